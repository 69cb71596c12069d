"""``dti framework``: work with framework files."""

from pathlib import Path
from typing import Annotated

import typer

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.output import say

app = typer.Typer(no_args_is_help=True, help="Work with framework files.")


@app.command("check")
def check_framework(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A framework file (.toml).")],
) -> int:
    """Check a framework file; name every problem and its place."""
    from dti_pipeline.acceptance.plausibility.settings import CheckSettingsError, load_settings
    from dti_pipeline.acceptance.plausibility.sums import known_sums
    from dti_pipeline.exact import MICRO
    from dti_pipeline.index.frameworks.load import FrameworkError, read_framework

    if file.is_dir():
        msg = f"{file} is a folder; name one framework file in it, such as {file / 'name.toml'}"
        raise UsageError(msg)
    if not file.is_file():
        msg = f"{file}: no such file"
        raise UsageError(msg)
    try:
        framework = read_framework(file)
        settings = load_settings(framework.file.checks, framework_id=framework.id)
        known_sums(framework, settings.sums)
    except (FrameworkError, CheckSettingsError) as error:
        say(str(error))
        return 1
    kinds = sorted({component.kind for component in framework.components})
    say(
        f"{file}: {framework.id} is in order: {len(framework.mains)} mains, "
        f"{len(framework.components)} components, {framework.maximum / MICRO:g} points"
    )
    say(f"  rule kinds: {', '.join(kinds)}")
    return 0
