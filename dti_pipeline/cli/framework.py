"""``dti framework``: work with framework files."""

from pathlib import Path
from typing import Annotated

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import UsageError, message_of
from dti_pipeline.cli.output import decimal_text, say
from schemas.text import Text

app = typer.Typer(no_args_is_help=True, help="Work with framework files.")


@app.command("check")
def check_framework(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A framework file (.toml).")],
    lang: options.Lang = "vi",  # noqa: ARG001 - its callback chooses the language
) -> int:
    """Check a framework file; name every problem and its place."""
    from dti_pipeline.acceptance.plausibility.settings import CheckSettingsError, load_settings
    from dti_pipeline.acceptance.plausibility.sums import known_sums
    from dti_pipeline.exact import MICRO
    from dti_pipeline.index.frameworks.load import FrameworkError, read_framework

    if file.is_dir():
        example = file / "name.toml"
        raise UsageError(
            Text(
                f"{file} là thư mục; đề nghị ghi tên một tệp bộ chỉ số, ví dụ {example}",
                f"{file} is a folder; name one framework file in it, such as {example}",
            )
        )
    if not file.is_file():
        raise UsageError(
            Text(
                f"không có tệp {file}",
                f"{file}: no such file",
            )
        )
    try:
        framework = read_framework(file)
        settings = load_settings(framework.file.checks, framework_id=framework.id)
        known_sums(framework, settings.sums)
    except (FrameworkError, CheckSettingsError) as error:
        say(message_of(error))
        return 1
    kinds = sorted({component.kind for component in framework.components})
    n_mains, n_components = len(framework.mains), len(framework.components)
    points = decimal_text(f"{framework.maximum / MICRO:g}")
    say(
        Text(
            f"{file}: bộ chỉ số {framework.id} hợp lệ: {n_mains} chỉ số chính, "
            f"{n_components} chỉ số thành phần, {points} điểm",
            f"{file}: {framework.id} is in order: {n_mains} mains, "
            f"{n_components} components, {points} points",
        )
    )
    names = ", ".join(kinds)
    say(Text(f"  loại quy tắc: {names}", f"  rule kinds: {names}"))
    return 0
