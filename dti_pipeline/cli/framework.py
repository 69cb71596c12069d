"""``dti framework``: draft and check framework files."""

from __future__ import annotations

import re
from datetime import date, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from dti_pipeline.cli.errors import UsageError, message_of
from dti_pipeline.cli.output import decimal_text, say, tell
from dti_pipeline.whole_file import write_whole
from schemas.codes import BASES, Level
from schemas.messages import message
from schemas.text import Text, day_text, joined

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dti_pipeline.index.frameworks.load import BoundFramework
    from schemas.files.framework import Validity

app = typer.Typer(no_args_is_help=True)
_ID: Final = re.compile(r"[0-9a-z]+(?:-[0-9a-z]+)*")
_LISTED: Final = 10
NewFile = Annotated[Path, typer.Argument(metavar="FILE")]


@app.command("new")
def new_framework(file: NewFile, level: Level = "province") -> int:
    name = _new_id(file)
    skeleton = files("dti_pipeline.cli").joinpath("framework_new.toml").read_text("utf-8")
    text = skeleton.replace("MY-SET", name).replace('level = "province"', f'level = "{level}"')
    _write(file, text)
    tell("draft.skeleton", file=file)
    return 0


@app.command("from-table")
def framework_from_table(
    table: Annotated[Path, typer.Argument(metavar="TABLE")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE")],
    level: Level = "commune",
    title: str = "",
    decision: str = "",
    source: str = "",
    basis: str | None = None,
) -> int:
    from dti_pipeline.index.frameworks.load import read_framework
    from dti_pipeline.index.toml_files import FileError
    from dti_pipeline.intake.tables.annex import read_annex
    from dti_pipeline.intake.tables.framework_draft import draft_framework

    name = _new_id(out)
    basis = basis or ("official" if decision else "inferred")
    if basis not in BASES:
        raise UsageError("draft.unknown_basis", basis=basis)
    if not table.is_file():
        raise UsageError("files.missing", file=table)
    mains = read_annex(table)
    draft = draft_framework(
        mains,
        framework_id=name,
        level=level,
        title=title or name,
        decision=decision,
        source=source or table.name,
        basis=basis,
    )
    _write(out, draft.text)
    n_components = sum(len(main.components) for main in mains)
    tell(
        "draft.made",
        file=out,
        mains=len(mains),
        components=n_components,
        rules=n_components - draft.text.count('kind = "given"'),
        questions=len(draft.questions),
    )
    places: dict[Text, list[int]] = {}
    for line, question in draft.questions:
        places.setdefault(question, []).append(line)
    for question, lines in places.items():
        rest = len(lines) - _LISTED
        numbers = ", ".join(map(str, lines[:_LISTED])) + (f", … +{rest}" if rest > 0 else "")
        tell("draft.question", lines=numbers, question=question)
    try:
        read_framework(out)
    except FileError as error:
        say(error.text)
    tell("draft.next", file=out)
    return 0


def _new_id(file: Path) -> str:
    """Return the id that the name of a file gives, which must not be there yet."""
    if file.suffix != ".toml" or not _ID.fullmatch(file.stem):
        raise UsageError("draft.wrong_name", file=file)
    if file.exists():
        raise UsageError("draft.exists", file=file)
    return file.stem


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, text.encode())


@app.command("check")
def check_framework(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    on: Annotated[
        datetime | None, typer.Option("--on", metavar="DATE", formats=["%Y-%m-%d", "%d/%m/%Y"])
    ] = None,
) -> int:
    from dti_pipeline.acceptance.plausibility.settings import (
        CheckSettingsError,
        load_check_settings,
    )
    from dti_pipeline.acceptance.plausibility.sums import known_sums
    from dti_pipeline.exact import MICRO
    from dti_pipeline.index.frameworks.load import read_framework
    from dti_pipeline.index.toml_files import FileError

    if file.is_dir():
        example = file / "name.toml"
        raise UsageError("framework.is_folder", file=file, example=example)
    if not file.is_file():
        raise UsageError("files.missing", file=file)
    try:
        framework = read_framework(file)
        settings = load_check_settings(framework.file.checks, framework_id=framework.id)
        known_sums(framework, settings.sums)
    except (FileError, CheckSettingsError) as error:
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
