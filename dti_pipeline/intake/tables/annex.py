"""The annex of a decision as people have it: a table of code, name, maximum and rule in words.

Mains stand in columns of their own, or as rows above their components: with Roman numerals or
letters, or with one number where components have two or more (1, then 1.1). A row whose code other
codes go on from, below a main, is a heading.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from dti_pipeline.intake.tables.rows import columns_of
from dti_pipeline.intake.tables.user_file import (
    UserFileError,
    number_of,
    read_user_table,
    row_place,
)
from schemas.package_data import toml_beside

_ROMAN: Final = re.compile(r"[IVX]+|[A-Z]")
_TOTAL: Final = re.compile(r"(tổng|cộng|total)\b.*", re.IGNORECASE)


@dataclass(frozen=True)
class AnnexItem:
    """A main, heading or component as the table has it; ``points`` is None where none stand."""

    row: int
    code: str
    name: str
    name_en: str = ""
    points: Fraction | None = None
    rule: str = ""
    source: str = ""
    evidence: str = ""
    heading: str = ""


@dataclass
class AnnexMain:
    item: AnnexItem
    headings: list[AnnexItem] = field(default_factory=list)
    components: list[AnnexItem] = field(default_factory=list)


def annex_words() -> dict[str, dict[str, Any]]:
    return toml_beside(__file__)


def read_annex(path: Path) -> list[AnnexMain]:
    """Read the table, XLSX or CSV.

    Raises:
        UserFileError: if columns are missing, a component lies under no main, or codes repeat.
    """
    needed, optional = (annex_words()[name] for name in ("columns", "optional_columns"))
    columns = columns_of(needed | optional, needed=needed, keys=("code", "main_code"))
    table = read_user_table(path, columns, is_strict=False)
    mains: dict[str, AnnexMain] = {}
    items: list[AnnexItem] = []
    for row in table.rows():
        place, code = row_place(path, row), row.text("code").rstrip(".")
        name = row.text("name")
        if not name or _TOTAL.fullmatch(code) or (_TOTAL.fullmatch(name) and not code):
            continue
        if not code:
            raise UserFileError("annex.no_code", place=place, name=name)
        texts = {key: row.text(key) for key in ("name_en", "rule", "source", "evidence")}
        item = AnnexItem(
            row.number, code, name, points=number_of(row, "points", place=place), **texts
        )
        main_code = row.text("main_code")
        if main_code and main_code not in mains:
            points = number_of(row, "main_points", place=place)
            names = (row.text("main_name"), row.text("main_name_en"))
            mains[main_code] = AnnexMain(AnnexItem(row.number, main_code, *names, points))
        if main_code:
            mains[main_code].components.append(item)
        else:
            items.append(item)
    _hang(items, mains, path)
    codes: set[str] = set()
    for main in mains.values():
        _set_headings(main)
        for item in main.components:
            if item.code in codes:
                raise _repeated(item, path)
            codes.add(item.code)
    return list(mains.values())


def _hang(items: Sequence[AnnexItem], mains: dict[str, AnnexMain], path: Path) -> None:
    """Put rows below the mains that stand above them as rows of their own.

    Codes that go on from a numeral (I.1 below I), or all of them from its number (1.1 below I, 2.1
    below II), are whole; others are counted anew below each numeral and get it before them.
    """
    is_lettered = any(_ROMAN.fullmatch(item.code) for item in items)
    below: list[tuple[AnnexMain, str, AnnexItem]] = []
    current: AnnexMain | None = None
    for item in items:
        is_main = bool(_ROMAN.fullmatch(item.code)) if is_lettered else "." not in item.code
        if is_main and item.code in mains:
            raise _repeated(item, path)
        if is_main:
            current = mains[item.code] = AnnexMain(item)
        elif current is None:
            raise UserFileError("annex.no_main", path=path, row=item.row, code=item.code)
        else:
            below.append((current, f"{len(mains)}.", item))
    goes_on = all(item.code.startswith(number) for _, number, item in below)
    for main, _, item in below:
        letter = f"{main.item.code}."
        is_whole = goes_on or not is_lettered or item.code.startswith(letter)
        code = item.code if is_whole else letter + item.code
        main.components.append(replace(item, code=code))


def _set_headings(main: AnnexMain) -> None:
    """Tell headings from components, and name the nearest heading of each component.

    A heading that has no row, such as 4.22 over 4.22.1, is made from the codes below it.
    """
    items, depth = main.components, main.item.code.count(".")
    parents = dict.fromkeys(item.code.rpartition(".")[0] for item in items)
    headings = [code for code in parents if code.count(".") > depth]
    rows = {item.code: item for item in items}
    main.headings = [rows.get(code, AnnexItem(0, code, "")) for code in headings]
    components = [item for item in items if item.code not in headings]
    above = [item.code.rpartition(".")[0] for item in components]
    main.components = [
        replace(item, heading=code if code in headings else "")
        for item, code in zip(components, above, strict=True)
    ]


def _repeated(item: AnnexItem, path: Path) -> UserFileError:
    return UserFileError("annex.repeated", path=path, row=item.row, code=item.code)
