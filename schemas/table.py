"""Describe a table once; derive its contract, its Arrow schema and its documentation.

A `Table` is the only place where a column's type, unit, bounds and description stand.  From it
come the pandera contract (`Table.pandera`), the Parquet field metadata (`Table.arrow_schema`) and
the rows of `meta_column` (`Table.meta_rows`), so the three cannot drift apart.

Inside the pipeline anything that breaks a contract is an error (`ContractError`); bad deliveries
are sorted out before, and become issues (see `schemas.issues.issue`).

    validate(frame, FACT_RANKING)   # ContractError, or the frame as it was
    conform(frame, FACT_RANKING)    # columns in order, rows sorted, then validated
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from schemas.checks import RowCheck, column_checks
from schemas.violations import (
    ContractError,
    Violation,
    column_violations,
    data_violations,
    frame_violations,
    missing_violations,
)

if TYPE_CHECKING:
    import pandera.polars as pa
    import pyarrow

__all__ = [
    "ARROW_NAMES",
    "RELEASE_ID",
    "Column",
    "ContractError",
    "RowCheck",
    "Table",
    "Violation",
    "conform",
    "empty",
    "load_contracts",
    "validate",
]

ARROW_NAMES: Final[Mapping[pl.DataType, str]] = {
    pl.String(): "string",
    pl.Int32(): "int32",
    pl.Int64(): "int64",
    pl.Float64(): "float64",
    pl.Boolean(): "bool",
    pl.Date(): "date",
    pl.Datetime("us", "UTC"): "timestamp",
}
"""The only types a published table may have: every reader tried took these."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]*")
"""Names that need no quoting in any query language."""

_SAFE_CASTS: Final[Mapping[pl.DataType, tuple[type[pl.DataType], ...]]] = {
    pl.String(): (pl.Categorical, pl.Enum),
    pl.Int32(): (pl.Int8, pl.Int16, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64),
    pl.Int64(): (pl.Int8, pl.Int16, pl.Int32, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64),
    pl.Float64(): (pl.Float32, pl.Int8, pl.Int16, pl.Int32, pl.UInt8, pl.UInt16, pl.UInt32),
}
"""Casts `conform` makes: no figure changes, and what does not fit raises."""


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: Lower-case ASCII name.
        dtype: Polars type; one of those in `ARROW_NAMES`.
        unit: Unit of measure or nature of the content (`points`, `code`, `text`, ...).
        vi: Description in Vietnamese.
        en: Description in English.
        nullable: Whether null is allowed.
        values: The allowed values, if they are a closed list.
        minimum: Smallest allowed value.
        maximum: Largest allowed value.
        pattern: Regular expression that text must match somewhere; by default, not blank.
        raw: Text as received: may be blank, and is not looked at.
    """

    name: str
    dtype: pl.DataType
    unit: str
    vi: str
    en: str
    nullable: bool = False
    values: tuple[str, ...] | None = None
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    raw: bool = False

    def __post_init__(self) -> None:
        """Refuse a name or a type that not every reader takes."""
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"Description of column {self.name}: name must be lower-case ASCII.")
        if self.dtype not in ARROW_NAMES:
            raise ValueError(
                f"Description of column {self.name}: type {self.dtype} is not allowed."
            )

    @property
    def arrow_name(self) -> str:
        """Name the column's Arrow type."""
        return ARROW_NAMES[self.dtype]


RELEASE_ID: Final = Column(
    name="release_id",
    dtype=pl.String(),
    unit="code",
    vi="Mã bản công bố chứa dòng này",
    en="Release that holds this row",
    pattern=r"^[0-9A-Za-z][0-9A-Za-z._+-]*$",
)
"""Added first to every table when a release is put together."""


@dataclass(frozen=True)
class Table:
    """One table: its grain, key, order and columns.

    Attributes:
        name: Table name, also the stem of its Parquet file.
        grain_vi: What one row is, in Vietnamese.
        grain_en: What one row is, in English.
        key: Columns that identify a row.
        columns: The columns, in their published order.
        sort: Columns to order by before writing; empty: the key.  Key columns that are not
            listed follow, so that the order is total.
        row_checks: Conditions between columns.
    """

    name: str
    grain_vi: str
    grain_en: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    sort: tuple[str, ...] = ()
    row_checks: tuple[RowCheck, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a description that contradicts itself."""
        names = self.names
        if len(set(names)) != len(names):
            raise ValueError(f"Table {self.name}: a column is described twice.")
        blamed = tuple(check.column for check in self.row_checks)
        unknown = sorted({*self.key, *self.sort, *blamed} - set(names))
        if unknown or not self.key:
            raise ValueError(f"Table {self.name}: key, sort or checks name no column: {unknown}.")

    @property
    def names(self) -> tuple[str, ...]:
        """List the column names in order."""
        return tuple(column.name for column in self.columns)

    @property
    def order(self) -> tuple[str, ...]:
        """List the columns that put the rows in their one total order."""
        return tuple(dict.fromkeys((*self.sort, *self.key)))

    def column(self, name: str) -> Column:
        """Return the column of that name; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"Table {self.name} has no column {name}.")

    @cached_property
    def checks(self) -> tuple[RowCheck, ...]:
        """Collect all checks of rows, the columns' own first."""
        implied = (check for column in self.columns for check in column_checks(column))
        return (*implied, *self.row_checks)

    def with_release_id(self) -> Table:
        """Return the table as released: the same with `release_id` first."""
        return self._released

    @cached_property
    def _released(self) -> Table:
        return replace(self, columns=(RELEASE_ID, *self.columns))

    def polars_schema(self) -> pl.Schema:
        """Return the Polars schema."""
        return pl.Schema({column.name: column.dtype for column in self.columns})

    def arrow_schema(self) -> pyarrow.Schema:
        """Return the Arrow schema; every field carries its unit and both descriptions.

        Fields stay formally nullable: required Parquet columns are read differently from reader
        to reader, and the contract has refused nulls already.
        """
        import pyarrow

        types = {
            "string": pyarrow.string(),
            "int32": pyarrow.int32(),
            "int64": pyarrow.int64(),
            "float64": pyarrow.float64(),
            "bool": pyarrow.bool_(),
            "date": pyarrow.date32(),
            "timestamp": pyarrow.timestamp("us", tz="UTC"),
        }
        fields = [
            pyarrow.field(
                column.name,
                types[column.arrow_name],
                metadata={
                    "unit": column.unit,
                    "description_vi": column.vi,
                    "description_en": column.en,
                },
            )
            for column in self.columns
        ]
        return pyarrow.schema(
            fields,
            metadata={"table": self.name, "grain_vi": self.grain_vi, "grain_en": self.grain_en},
        )

    def meta_rows(self) -> list[dict[str, Any]]:
        """Return the rows of `meta_column` about this table, position counted from 1."""
        return [
            {
                "table_name": self.name,
                "column_name": column.name,
                "position": position,
                "type": column.arrow_name,
                "unit": column.unit,
                "description_vi": column.vi,
                "description_en": column.en,
            }
            for position, column in enumerate(self.columns, start=1)
        ]

    def pandera(self) -> pa.DataFrameSchema:
        """Return the pandera contract: strict, ordered, no coercion, named checks.

        The checks are grouped by name at frame level (`not_null`, `finite`, `in_range`,
        `known_value`, `not_blank`, `pattern`, `unique_key`, and those between columns): pandera
        runs one query per check, and one check per column made a 12,000-row table take 110 ms.
        """
        return self._pandera

    @cached_property
    def _pandera(self) -> pa.DataFrameSchema:
        import pandera.polars as pa

        named: dict[str, list[pl.Expr]] = {}
        for check in self.checks:
            named.setdefault(check.name, []).append(check.holds.all())
        return pa.DataFrameSchema(
            # Nulls are refused by the frame-level check `not_null`, hence nullable=True here.
            {column.name: pa.Column(column.dtype, nullable=True) for column in self.columns},
            name=self.name,
            strict=True,
            ordered=True,
            coerce=False,
            checks=[
                *(_frame_check(name, holds) for name, holds in named.items()),
                _frame_check("unique_key", [self._unique_key]),
            ],
        )

    @cached_property
    def _content(self) -> pa.DataFrameSchema:
        """The same contract for a frame whose columns are right, with all checks as one query.

        It does not say which check failed. `validate` compares the columns itself, with better
        messages; holding each of them against pandera again took more time than all the checks.
        """
        import pandera.polars as pa

        holds = [*(check.holds.all() for check in self.checks), self._unique_key]
        return pa.DataFrameSchema(name=self.name, checks=[_frame_check("content", holds)])

    @property
    def _unique_key(self) -> pl.Expr:
        return ~pl.struct(self.key).is_duplicated().any()


def validate(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Return the frame unchanged if it keeps the contract of the table.

    Args:
        frame: An eager frame; a caller's LazyFrame is refused, as its content may still change.
        table: The description to hold it against.

    Raises:
        ContractError: Names the table, the column, the check and up to five offending rows.
    """
    _refuse(frame_violations(frame, table))
    _refuse(column_violations(frame, table))

    from pandera.config import ValidationDepth, config_context
    from pandera.errors import SchemaErrors

    # The context is explicit: an environment variable can switch pandera off in silence.
    with config_context(validation_enabled=True, validation_depth=ValidationDepth.SCHEMA_AND_DATA):
        try:
            # A lazy view of the frame: of an eager one pandera makes two copies on the way.
            table._content.validate(frame.lazy(), lazy=True)
        except SchemaErrors:
            # Only now ask each check by its name: nearly every frame keeps its contract.
            raise ContractError(data_violations(frame, table, _failed(frame, table))) from None
    return frame


def load_contracts() -> None:
    """Load what contracts are checked with; otherwise the first `validate` does, and takes longer.

    A command that waits for something else anyway calls it then.
    """
    import pandera.polars as pa

    pa.DataFrameSchema().validate(pl.LazyFrame())


def _failed(frame: pl.DataFrame, table: Table) -> frozenset[str]:
    from pandera.errors import SchemaErrors

    try:
        table.pandera().validate(frame, lazy=True)
    except SchemaErrors as errors:
        return frozenset(
            str(getattr(error.check, "name", None) or error.check) for error in errors.schema_errors
        )
    return frozenset({"content"})


def conform(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    """Bring a frame into the table's shape, then validate it.

    Selects the table's columns in their order, makes the casts that change no figure (wider and
    narrower integers, integers to floats, categories to text, an all-null column to its type) and
    sorts, so that equal content gives equal bytes.

    Raises:
        ContractError: A column is missing, a figure does not fit its type, or a check fails.
    """
    _refuse(frame_violations(frame, table))
    _refuse(missing_violations(frame, table))
    given = frame.schema
    try:
        shaped = frame.select(
            pl.col(column.name).cast(column.dtype)
            if isinstance(given[column.name], (pl.Null, *_SAFE_CASTS.get(column.dtype, ())))
            else pl.col(column.name)
            for column in table.columns
        )
    except pl.exceptions.InvalidOperationError as error:
        misfit = Violation(
            table=table.name,
            column="*",
            check="dtype",
            vi=f"một giá trị không vừa kiểu dữ liệu: {error}",
            en=f"a figure does not fit its type: {error}",
        )
        raise ContractError([misfit]) from error
    ordered = shaped.sort(table.order, nulls_last=True, maintain_order=True)
    return validate(ordered, table)


def empty(table: Table) -> pl.DataFrame:
    """Return a frame without rows, with the exact types of the table."""
    return pl.DataFrame(schema=table.polars_schema())


def _refuse(violations: Sequence[Violation]) -> None:
    if violations:
        raise ContractError(violations)


def _frame_check(name: str, holds: Sequence[pl.Expr]) -> pa.Check:
    import pandera.polars as pa

    # One column per check, on an eager frame: joined to one expression, or as a lazy query, the same
    # checks took up to twice the time; there is nothing in them that an optimizer could save.
    asked = [hold.alias(str(at)) for at, hold in enumerate(holds)]

    def all_hold(data: Any) -> bool:
        return all(data.lazyframe.collect().select(asked).row(0))

    return pa.Check(all_hold, name=name)
