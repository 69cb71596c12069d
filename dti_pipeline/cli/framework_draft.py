"""``dti framework new`` and ``dti framework from-table``: the first draft of an index set."""

import re
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

import typer

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.output import say, tell
from dti_pipeline.whole_file import write_whole
from schemas.codes import BASES, Level
from schemas.text import Text

_ID: Final = re.compile(r"[0-9a-z]+(?:-[0-9a-z]+)*")
_LISTED: Final = 10
NewFile = Annotated[Path, typer.Argument(metavar="FILE")]
LevelOption = Level


def new_framework(file: NewFile, level: LevelOption = "province") -> int:
    name = _new_id(file)
    skeleton = files("dti_pipeline.cli").joinpath("framework_new.toml").read_text("utf-8")
    text = skeleton.replace("MY-SET", name).replace('level = "province"', f'level = "{level}"')
    _write(file, text)
    tell("draft.skeleton", file=file)
    return 0


def framework_from_table(
    table: Annotated[Path, typer.Argument(metavar="TABLE")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE")],
    level: LevelOption = "commune",
    title: str = "",
    decision: str = "",
    source: str = "",
    basis: str | None = None,
) -> int:
    from dti_pipeline.index.frameworks.load import FrameworkError, read_framework
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
    except FrameworkError as error:
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
