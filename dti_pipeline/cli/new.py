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
from dti_pipeline.cli.output import say
from dti_pipeline.workspace import Workspace

if TYPE_CHECKING:
    from schemas.files.assessment import Assessment

# What is true of one year only; it is left out, and a message names it.
OF_THE_YEAR: Final = {
    "published_means": "trung bình đã công bố · published means",
    "comparability_break": "điểm gãy so sánh · break against the year before",
    "without_report": "đơn vị không nộp báo cáo · units without a report",
    "not_assessed": "chỉ số không đánh giá · components that were not assessed",
}
# Figures of the new year are delivered; only those of a year that is over can be published ones.
_BASIS: Final = "delivered"
# What a new assessment is, unless it continues a history, which is published by its nature.
_COMPUTED: Final = {"kind": "computed", "derived_from": None, "delivery_basis": _BASIS}
_NAME: Final = re.compile(r"[0-9a-z]+(?:-[0-9a-z]+)*")
_YEAR: Final = re.compile(r"(?<![0-9])20[0-9]{2}(?![0-9])")
_ENDS_IN_YEAR: Final = re.compile(r"[0-9]{4}$")
_SECTION: Final = re.compile(r"\[{1,2}([A-Za-z_]+)[^\]]*\]{1,2}\s*(?:#.*)?")
_KEY: Final = re.compile(r"([A-Za-z_]+)\s*=")
# The keys of an official table that say which file and which rows are of the year.
_WHICH_TABLE: Final = re.compile(r"(match|where)\b")


def new_assessment(
    assessment: Annotated[
        str, typer.Argument(metavar="ASSESSMENT", help="The new one, such as province-2025.")
    ],
    other: Annotated[str, typer.Option("--from", metavar="OTHER", help="The one to start from.")],
    data: options.Data = Path("data"),
) -> int:
    """Start next year's assessment from an existing one."""
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
        msg = f"'{assessment}' is no assessment name; write it like province-2025"
        raise UsageError(msg)
    if assessment in names:
        path = assessment_path(assessment, search=search)
        msg = f"{assessment} exists already: {path}; nothing was overwritten"
        raise UsageError(msg)
    if other not in names:
        msg = f"no assessment '{other}'; known assessments: {', '.join(names)}"
        raise UsageError(msg)
    old = load_assessment(other, search=search)
    if _ENDS_IN_YEAR.search(other) and not _ENDS_IN_YEAR.search(assessment):
        msg = (
            f"'{assessment}' does not end in a year as {other} does; write it like "
            f"{assessment}-{old.year + 1}"
        )
        raise UsageError(msg)
    years = _YEAR.findall(assessment)
    year = int(years[0]) if years else old.year + 1
    if year == old.year:
        msg = (
            f"{assessment} would be of {year}, as {other} is; write the new year into its name, "
            f"such as {_YEAR.sub(str(year + 1), assessment)}"
        )
        raise UsageError(msg)
    path = assessment_path(other, search=search)
    new_text = text_for_year(path.read_text(encoding="utf-8"), old=old, name=assessment, year=year)
    target = workspace.data / "config" / "assessments" / f"{assessment}.toml"
    if rest := _rest_of_year(old, parse_assessment(new_text, target)):
        msg = (
            f"{path}: {', '.join(rest)}: true of {old.year} only, but not in a form that can be "
            f"left out; write each key plainly on its own line and each list as [[sections]]; "
            f"{target} was not written"
        )
        raise UsageError(msg)
    target.parent.mkdir(parents=True, exist_ok=True)
    replace_file(target, new_text)
    say(str(target))
    for line in _to_do(old, name=assessment, year=year, workspace=workspace):
        say(f"  - {line}")
    return 0


def text_for_year(text: str, *, old: Assessment, name: str, year: int) -> str:
    """Return an assessment file's text for another year.

    The framework is named, not copied: it stays one file until it changes. Years in titles and
    dates move on, the new assessment is compared with the old one, and what was true of the old
    year only is left out.

    Args:
        text: the old file; a comment is kept where the lines below it are.
        old: the same, read.
        name: id of the new assessment.
        year: its year.
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
        key = _KEY.match(line)
        if key is None:
            head.append(line)
        elif key[1] in fixed:
            head.append(fixed.pop(key[1]))
        elif key[1] in dropped:
            continue
        elif key[1] in ("period_start", "period_end", "deadline"):
            day = getattr(old, key[1])
            head.append(f"{key[1]} = {_later(day, step).isoformat()}")
        elif key[1].startswith("title_"):
            head.append(_later_years(line, step))
        else:
            head.append(line)
    while head and not head[-1].strip():
        head.pop()
    kept = [
        _later_years(line, step) if section == "official" and _WHICH_TABLE.match(line) else line
        for section, lines in blocks[1:]
        if section not in OF_THE_YEAR
        for line in lines
    ]
    body = "\n".join([*head, *fixed.values(), "", *kept]).rstrip("\n")
    return f"{body}\n"


def _is_reset(old: Assessment) -> bool:
    """Say whether the new assessment has deliveries where the old one had other figures."""
    return old.kind == "derived" or (old.kind == "computed" and old.delivery_basis != _BASIS)


def _rest_of_year(old: Assessment, new: Assessment) -> list[str]:
    """Return the keys that still say what is true of the old year only."""
    rest = [key for key in OF_THE_YEAR if getattr(new, key)]
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


def _to_do(old: Assessment, *, name: str, year: int, workspace: Workspace) -> Iterator[str]:
    """Yield what a person still has to look at, in Vietnamese and English."""
    from dti_pipeline.index.frameworks.load import framework_path
    from dti_pipeline.intake.files.deliveries import FOLDERS

    yield (
        f"năm {year}, so với {old.id}: kiểm tra ngày và tên · "
        f"year {year}, compared with {old.id}: check dates, titles and source"
    )
    for framework_id in old.framework_ids():
        path = framework_path(framework_id, search=workspace.config("frameworks"))
        yield (
            f"bộ chỉ số {framework_id} ({path}): nếu đổi, tạo tệp mới trong "
            f"{workspace.data / 'config' / 'frameworks'} và thêm [comparability_break] · "
            "framework: if it changes, add a new file there and a [comparability_break]"
        )
    yield from _ended_units(old, year=year, workspace=workspace)
    if old.kind == "derived":
        yield (
            f"derived_from = {old.derived_from}: đã bỏ, năm {year} được tính từ số liệu nộp; kiểm "
            f"tra bộ chỉ số · left out, {year} is computed from deliveries; check the framework"
        )
    if _is_reset(old):
        yield (
            f"delivery_basis: {old.delivery_basis} → {_BASIS}: số liệu của năm {year} là số liệu "
            f"nộp, hãy ghi source · the figures of {year} count as delivered; write their source"
        )
    for table in old.official:
        if _YEAR.search(f"{table.match} {table.where}"):
            yield (
                f"official {table.match}: đổi sang năm {year}, kiểm tra match và where · moved on "
                f"to {year}, check match and where"
            )
    if old.comparability_break is not None:
        kept = old.comparability_break
        yield (
            f"comparability_break = {kept.kind}: còn đúng giữa {old.year} và {year} không? Nếu "
            f"đúng, ghi lại vào tệp: “{kept.vi}” · does it hold between {old.year} and {year} "
            f"too? If so, write it into the file again: “{kept.en}”"
        )
    dropped = [text for key, text in OF_THE_YEAR.items() if getattr(old, key)]
    if dropped:
        yield f"đã bỏ · left out, true of {old.year} only: {'; '.join(dropped)}"
    yield (
        f"số liệu nộp đặt vào · deliveries go into {workspace.raw / name}/"
        f"{{{','.join(dict.fromkeys(FOLDERS))}}}; sau đó · then: dti check {name}"
    )


def _ended_units(old: Assessment, *, year: int, workspace: Workspace) -> Iterator[str]:
    """Say where units of the set no longer exist in the new year."""
    import polars as pl

    from dti_pipeline.index.units.registry import load_registry

    registry = load_registry(search=workspace.config("units"))
    units = registry.of_set(old.unit_set)
    period_end = _later(old.period_end, year - old.year)
    ended = units.filter(pl.col("valid_to") < period_end)
    if ended.is_empty():
        return
    heirs = registry.succession.filter(pl.col("old_unit_id").is_in(ended["unit_id"].to_list()))
    sets = registry.units.filter(pl.col("unit_id").is_in(heirs["new_unit_id"].to_list()))
    names = ", ".join(sets["unit_set"].unique().sort().to_list())
    yield (
        f"unit_set = {old.unit_set}: {ended.height} đơn vị kết thúc ngày "
        f"{ended['valid_to'].min()!s}, tập kế thừa {names or '–'} · units ended, use their "
        f"successors and add a [comparability_break] of kind units_changed"
    )
