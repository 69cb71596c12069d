"""Say what breaks a contract: table, column, check, and the keys of the first offending rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from schemas.checks import RowCheck

if TYPE_CHECKING:
    from schemas.table import Table

MAX_EXAMPLES: Final = 5
"""Offending rows named in an error: enough to find the fault, short enough to read."""


@dataclass(frozen=True)
class Violation:
    """One broken check: where, how many rows, and the keys of the first of them."""

    table: str
    column: str
    check: str
    vi: str
    en: str
    n_rows: int = 0
    examples: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Say in one line what is wrong and where."""
        rows = f" ({self.n_rows} row{'s' if self.n_rows != 1 else ''})" if self.n_rows else ""
        at = f"; first: {' | '.join(self.examples)}" if self.examples else ""
        return f"{self.table}.{self.column}: {self.check}{rows}: {self.en}{at}"


class ContractError(ValueError):
    """A frame breaks the contract of its table.

    Attributes:
        violations: What is wrong, one entry per column and check.
    """

    def __init__(self, violations: Sequence[Violation]) -> None:
        """Keep the violations; they are the only argument, so that the error can be pickled."""
        self.violations: tuple[Violation, ...] = tuple(violations)
        super().__init__(self.violations)

    def __str__(self) -> str:
        """Say what is wrong, one line per violation."""
        return "\n".join(violation.text for violation in self.violations)


def frame_violations(frame: object, table: Table) -> list[Violation]:
    """Refuse everything but an eager frame: by default pandera checks no data of a LazyFrame."""
    if isinstance(frame, pl.DataFrame):
        return []
    kind = type(frame).__name__
    return [
        Violation(
            table=table.name,
            column="*",
            check="eager_frame",
            vi=f"cần pl.DataFrame, nhận được {kind}; hãy gọi .collect() trước",
            en=f"needs a pl.DataFrame, got {kind}; call .collect() first",
        )
    ]


def column_violations(frame: pl.DataFrame, table: Table) -> list[Violation]:
    """List what is wrong with the columns: missing, extra, of another type, out of order."""
    given, described = frame.schema, table.polars_schema()
    wrong = missing_violations(frame, table)
    wrong.extend(
        Violation(
            table=table.name,
            column=name,
            check="column_unknown",
            vi="cột thừa, không có trong mô tả bảng; hãy bỏ cột hoặc khai báo",
            en="extra column that the table does not describe; drop or describe it",
        )
        for name in given
        if name not in described
    )
    wrong.extend(
        Violation(
            table=table.name,
            column=name,
            check="dtype",
            vi=f"cần kiểu {dtype}, nhận được {given[name]}",
            en=f"needs type {dtype}, got {given[name]}",
        )
        for name, dtype in described.items()
        if name in given and given[name] != dtype
    )
    if not wrong and list(given) != list(described):
        wrong.append(
            Violation(
                table=table.name,
                column=next(
                    name for name, other in zip(described, given, strict=True) if name != other
                ),
                check="column_order",
                vi="các cột không đúng thứ tự của bảng",
                en="the columns are not in the table's order",
            )
        )
    return wrong


def missing_violations(frame: pl.DataFrame, table: Table) -> list[Violation]:
    """List the columns that are missing."""
    given = frozenset(frame.columns)
    return [
        Violation(
            table=table.name,
            column=name,
            check="column_missing",
            vi="thiếu cột",
            en="the column is missing",
        )
        for name in table.names
        if name not in given
    ]


def data_violations(frame: pl.DataFrame, table: Table, failed: frozenset[str]) -> list[Violation]:
    """Find the columns and rows behind failed checks, by the expressions that decided them.

    Args:
        frame: Frame whose columns are right.
        table: Its description.
        failed: Names of the checks that failed; a name unknown here is reported as it is.
    """
    wrong = [
        _violation(frame, table, check, bad)
        for check in table.checks
        if check.name in failed
        and (bad := frame.select(bad=(~check.holds).fill_null(False)).to_series()).any()
    ]
    if "unique_key" in failed:
        check = RowCheck(
            name="unique_key",
            column="+".join(table.key),
            vi="khóa phải là duy nhất, có dòng bị lặp",
            en="the key must be unique, rows are repeated",
            holds=pl.lit(True),
        )
        wrong.append(_violation(frame, table, check, frame.select(table.key).is_duplicated()))
    found = {violation.check for violation in wrong}
    wrong.extend(
        Violation(
            table=table.name,
            column="*",
            check=name,
            vi="pandera báo không đạt",
            en="pandera reports a failure",
        )
        for name in sorted(failed - found)
    )
    return wrong


def _violation(frame: pl.DataFrame, table: Table, check: RowCheck, bad: pl.Series) -> Violation:
    blamed = (check.column,) if check.column in frame.columns else ()
    examples = (
        frame.filter(bad).select(list(dict.fromkeys((*table.key, *blamed)))).head(MAX_EXAMPLES)
    )
    return Violation(
        table=table.name,
        column=check.column,
        check=check.name,
        vi=check.vi,
        en=check.en,
        n_rows=int(bad.sum()),
        examples=tuple(
            ", ".join(f"{name}={content}" for name, content in row.items())
            for row in examples.iter_rows(named=True)
        ),
    )
