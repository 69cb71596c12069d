"""``dti new``: next year's assessment from an existing one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.language import spoken
from dti_pipeline.cli.output import say
from dti_pipeline.workspace import Workspace
from schemas.messages import message
from schemas.text import Text, day_text, joined
from schemas.words import words_of

if TYPE_CHECKING:
    from schemas.files.assessment import Assessment

# Figures of the new year are delivered; only those of a year that is over can be published ones.
_BASIS: Final = "delivered"
# What a new assessment is, unless it continues a history, which is published by its nature.
_COMPUTED: Final = {"kind": "computed", "derived_from": None, "delivery_basis": _BASIS}
_NAME: Final = re.compile(r"[0-9a-z]+(?:-[0-9a-z]+)*")
_YEAR: Final = re.compile(r"(?<![0-9])20[0-9]{2}(?![0-9])")
_ENDS_IN_YEAR: Final = re.compile(r"[0-9]{4}$")
_SECTION: Final = re.compile(r"\[{1,2}([A-Za-z_]+)[^\]]*\]{1,2}\s*(?:#.*)?")
_KEY: Final = re.compile(r"([A-Za-z_]+)\s*=")
# A title that says that the figures of its year were made up.
_MADE_UP: Final = re.compile(r"\s*\((?:số liệu giả định|made-up (?:figures|data))\)")
# The keys of an official table that say which file and which rows are of the year.
_WHICH_TABLE: Final = re.compile(r"(match|where)\b")


def new_assessment(
    assessment: Annotated[str, typer.Argument(metavar="ASSESSMENT")],
    other: Annotated[str, typer.Option("--from", metavar="OTHER")],
    data: options.Data = Path("data"),
) -> int:
    from dti_pipeline.index.assessments.load import (
        assessment_ids,
        assessment_path,
        load_assessment,
        parse_assessment,
    )
    from dti_pipeline.store.parquet import replace_file

    workspace = Workspace(data=data.resolve())
    search = workspace.config("assessments")
    names = assessment_ids(search=search)
    if not _NAME.fullmatch(assessment):
        raise UsageError("new.bad_name", assessment=assessment)
    if assessment in names:
        path = assessment_path(assessment, search=search)
        raise UsageError("new.exists", assessment=assessment, path=path)
    if other not in names:
        raise UsageError("new.unknown_assessment", other=other, known=names)
    old = load_assessment(other, search=search)
    if _ENDS_IN_YEAR.search(other) and not _ENDS_IN_YEAR.search(assessment):
        example = f"{assessment}-{old.year + 1}"
        raise UsageError("new.no_year", assessment=assessment, other=other, example=example)
    years = _YEAR.findall(assessment)
    year = int(years[0]) if years else old.year + 1
    if year == old.year:
        example = _YEAR.sub(str(year + 1), assessment)
        raise UsageError(
            "new.same_year", assessment=assessment, year=year, other=other, example=example
        )
    path = assessment_path(other, search=search)
    new_text = text_for_year(
        path.read_text(encoding="utf-8-sig"), old=old, name=assessment, year=year
    )
    target = workspace.data / "config" / "assessments" / f"{assessment}.toml"
    if rest := _rest_of_year(old, parse_assessment(new_text, target)):
        raise UsageError("new.year_cannot_go", path=path, keys=rest, year=old.year, target=target)
    target.parent.mkdir(parents=True, exist_ok=True)
    replace_file(target, new_text)
    say(str(target))
    for line in _to_do(old, name=assessment, year=year, workspace=workspace):
        say(f"  - {spoken(line)}")
    return 0


def text_for_year(text: str, *, old: Assessment, name: str, year: int) -> str:
    """Return an assessment file's text for another year.

    The framework is named, not copied: it stays one file until it changes. Years in titles and
    dates move on, the new assessment is compared with the old one, and what was true of the old
    year only is left out.

    ``old`` is the file as read; a comment in it is kept where the lines below it are.
    """
    step = year - old.year
    fixed = {
        "id": f'id = "{name}"',
        "year": f"year = {year}",
        "compared_with": f'compared_with = "{old.id}"',
    }
    # The source tells where published or derived figures came from.
    dropped = {*_COMPUTED, "source"} if _is_reset(old) else set()
    blocks = list(_blocks(text))
    head = []
    for line in blocks[0][1]:
        match = _KEY.match(line)
        key = match[1] if match else ""
        if key in fixed:
            head.append(fixed.pop(key))
        elif key in ("period_start", "period_end", "deadline"):
            head.append(f"{key} = {_later(getattr(old, key), step).isoformat()}")
        elif key not in dropped:
            is_title = key.startswith("title_")
            head.append(_MADE_UP.sub("", _later_years(line, step)) if is_title else line)
    while head and not head[-1].strip():
        head.pop()
    rest = [
        _later_years(line, step) if section == "official" and _WHICH_TABLE.match(line) else line
        for section, lines in blocks[1:]
        if section not in words_of("of_the_year")
        for line in lines
    ]
    body = "\n".join([*head, *fixed.values(), "", *rest]).rstrip("\n")
    return f"{body}\n"


def _is_reset(old: Assessment) -> bool:
    """Say whether the new assessment has deliveries where the old one had other figures."""
    return old.kind == "derived" or (old.kind == "computed" and old.delivery_basis != _BASIS)


def _rest_of_year(old: Assessment, new: Assessment) -> list[str]:
    rest = [key for key in words_of("of_the_year") if getattr(new, key)]
    if old.kind != "history":
        rest += [key for key, value in _COMPUTED.items() if getattr(new, key) != value]
    return rest


def _blocks(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the head, then every section with the comments right above it."""
    section, lines = "", list[str]()
    for line in text.splitlines():
        heading = _SECTION.fullmatch(line.strip())
        if heading:
            above = len(lines)
            while above and lines[above - 1].startswith("#"):
                above -= 1
            yield section, lines[:above]
            section, lines = heading[1], lines[above:]
        lines.append(line)
    yield section, lines


def _later_years(line: str, step: int) -> str:
    return _YEAR.sub(lambda match: str(int(match[0]) + step), line)


def _later(day: date, years: int) -> date:
    """Return the same day of another year; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def _to_do(old: Assessment, *, name: str, year: int, workspace: Workspace) -> Iterator[Text]:
    from dti_pipeline.index.frameworks.load import framework_path
    from dti_pipeline.intake.files.deliveries import FOLDERS

    yield message("new.to_check", year=year, old=old.id)
    folder = workspace.data / "config" / "frameworks"
    for framework_id in old.framework_ids():
        path = framework_path(framework_id, search=workspace.config("frameworks"))
        yield message("new.framework", framework=framework_id, path=path, folder=folder)
    yield from _ended_units(old, year=year, workspace=workspace)
    if old.kind == "derived":
        yield message("new.derived", source=old.derived_from, year=year)
    if _is_reset(old):
        changes = [
            f"{key}: {was} → {_COMPUTED[key]}"
            for key in ("kind", "delivery_basis")
            if (was := getattr(old, key)) != _COMPUTED[key]
        ]
        yield message("new.basis", change=", ".join(changes), year=year)
    for table in old.official:
        if _YEAR.search(f"{table.match} {table.where}"):
            yield message("new.official", table=table.match, year=year)
    if old.comparability_break is not None:
        old_break = old.comparability_break
        yield message(
            "new.kept_break",
            kind=old_break.kind,
            before=old.year,
            year=year,
            text=old_break.name,
        )
    dropped = [text for key, text in words_of("of_the_year").items() if getattr(old, key)]
    if dropped:
        names = joined(dropped, "; ")
        yield message("new.left_out", year=old.year, names=names)
    place = f"{workspace.raw / name}/{{{','.join(dict.fromkeys(FOLDERS))}}}"
    yield message("new.deliveries", place=place, name=name)


def _ended_units(old: Assessment, *, year: int, workspace: Workspace) -> Iterator[Text]:
    import polars as pl

    from dti_pipeline.index.units.registry import load_registry

    registry = load_registry(search=workspace.config("units"))
    units = registry.of_set(old.unit_set)
    start, end = (_later(day, year - old.year) for day in (old.period_start, old.period_end))
    ended = units.filter(pl.col("valid_to") < end)
    gone = ended.filter(pl.col("valid_to") < start)
    if ended.is_empty():
        return
    if is_refused := not gone.is_empty():
        ended = gone
    heirs = registry.succession.filter(pl.col("old_unit_id").is_in(ended["unit_id"].to_list()))
    sets = registry.units.filter(pl.col("unit_id").is_in(heirs["new_unit_id"].to_list()))
    names = sets["unit_set"].unique().sort().to_list() or Text(
        "(chưa ghi trong succession.csv)", "(none in succession.csv)"
    )
    day = ended["valid_to"].min()
    assert isinstance(day, date)
    yield message(
        "new.units_gone" if is_refused else "new.units_ended",
        unit_set=old.unit_set,
        count=ended.height,
        day=day_text(day),
        names=names,
    )
