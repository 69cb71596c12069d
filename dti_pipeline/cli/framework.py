"""``dti framework``: work with framework files."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dti_pipeline.cli import framework_draft
from dti_pipeline.cli.errors import UsageError, message_of
from dti_pipeline.cli.output import decimal_text, say, tell
from schemas.messages import message
from schemas.text import Text, day_text, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dti_pipeline.index.frameworks.load import BoundFramework
    from schemas.files.framework import Validity

app = typer.Typer(no_args_is_help=True)
app.command("new")(framework_draft.new_framework)
app.command("from-table")(framework_draft.framework_from_table)


@app.command("check")
def check_framework(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    on: Annotated[
        datetime | None, typer.Option("--on", metavar="DATE", formats=["%Y-%m-%d", "%d/%m/%Y"])
    ] = None,
) -> int:
    from dti_pipeline.acceptance.plausibility.settings import CheckSettingsError, load_settings
    from dti_pipeline.acceptance.plausibility.sums import known_sums
    from dti_pipeline.exact import MICRO
    from dti_pipeline.index.frameworks.load import FrameworkError, read_framework

    if file.is_dir():
        example = file / "name.toml"
        raise UsageError("framework.is_folder", file=file, example=example)
    if not file.is_file():
        raise UsageError("files.missing", file=file)
    try:
        framework = read_framework(file)
        settings = load_settings(framework.file.checks, framework_id=framework.id)
        known_sums(framework, settings.sums)
    except (FrameworkError, CheckSettingsError) as error:
        say(message_of(error))
        return 1
    tell(
        "framework.summary",
        file=file,
        framework=framework.id,
        mains=len(framework.mains),
        components=len(framework.components),
        points=decimal_text(f"{framework.maximum / MICRO:g}"),
    )
    names = ", ".join(sorted({component.kind for component in framework.components}))
    say(Text(f"  loại quy tắc: {names}", f"  rule kinds: {names}"))
    if on is None:
        return 0
    lines = list(_not_in_force(framework, on.date()))
    for line in lines:
        say(line)
    if not lines:
        tell("framework.all_in_force", day=day_text(on))
    return 1 if lines else 0


def _not_in_force(framework: BoundFramework, day: date) -> Iterator[Text]:
    """Say what is not in force on a day: the set itself, components, what components rest on."""
    if not framework.file.validity.is_in_force(day):
        period = _period(framework.file.validity)
        yield message("framework.not_in_force", framework=framework.id, period=period)
    bases = {basis.id: basis for basis in framework.file.legal_bases}
    for bound in framework.components:
        component, code = bound.component, bound.printed_code
        name = component.name
        if not component.validity.is_in_force(day):
            period = _period(component.validity)
            yield message("framework.component", code=code, name=name, period=period)
        for basis in map(bases.__getitem__, component.legal_bases):
            if basis.validity.is_in_force(day):
                continue
            after = bases.get(basis.ended_by)
            yield message(
                f"framework.{'ended_basis' if after else 'basis'}",
                code=code,
                name=name,
                basis=basis.name,
                period=_period(basis.validity),
                after=after.name if after else "",
            )


def _period(validity: Validity) -> Text:
    first, last = validity.valid_from, validity.valid_to
    parts = [Text("có hiệu lực", "is in force")]
    if first:
        parts.append(joined([Text("từ", "from"), day_text(first)], " "))
    if last:
        parts.append(joined([Text("đến hết", "until"), day_text(last)], " "))
    return joined(parts, " ")
