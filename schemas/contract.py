"""What every table keeps: columns, bounds, key and order, checked by pandera.

A table is a class. Its fields say type, unit, bounds, nullability and both descriptions; its key,
its order and what one row is stand in its first lines:

    class Share(Table, grain=Text("một đơn vị", "one unit"), key=["unit_id"]):
        unit_id: UnitId
        share: float = field("ratio", "Tỷ lệ", "Share", ge=0, le=1)

    Share.validate(frame)   # the frame as it is, or ContractError
    Share.conform(frame)    # columns in order, rows sorted, then validated

Inside the pipeline anything that breaks a contract is an error; what is wrong in deliveries is
sorted out before, and becomes an issue (`schemas.issues`).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, cast

import pandera.polars as pa
import polars as pl
import polars.selectors as cs
from pandera.api.polars.model_config import BaseConfig
from pandera.config import ValidationDepth, config_context
from pandera.constants import CHECK_OUTPUT_KEY
from pandera.errors import SchemaError, SchemaErrorReason, SchemaErrors

from schemas.messages import message
from schemas.one_query import CONDITION, all_hold, conditions, rises
from schemas.text import ForeseenError, Text

if TYPE_CHECKING:
    import pyarrow
    from pandera.api.polars.types import PolarsData
    from pandera.typing.polars import DataFrame

MAX_EXAMPLES: Final = 5
"""Rows named in an error: enough to find the fault, short enough to read."""

MICRO: Final = 1_000_000
"""Micro-points per point; every exact figure is an integer of these."""

MICRO_TOLERANCE: Final = 5e-7
"""Half a micro-point: a float copy further from its integer than this is another figure."""

DIFFERENCE_TOLERANCE: Final = 1e-6
"""Differences are taken between published figures of at most six decimals."""

_SMALLER: Final = (pl.Int8, pl.Int16, pl.Int32, pl.UInt8, pl.UInt16, pl.UInt32)
_SAFE_CASTS: Final[Mapping[pl.DataType, tuple[type[pl.DataType], ...]]] = {
    pl.String(): (pl.Categorical, pl.Enum),
    pl.Int32(): (*_SMALLER, pl.Int64, pl.UInt64),
    pl.Int64(): (*_SMALLER, pl.UInt64),
    pl.Float64(): (*_SMALLER, pl.Float32),
}
"""Casts `conform` makes beside those of an all-null column: no figure changes, a misfit raises."""

_NAMES: Final = {
    "not_nullable": "not_null",
    "multiple_fields_uniqueness": "unique_key",
    "greater_than_or_equal_to": "in_range",
    "less_than_or_equal_to": "in_range",
    "isin": "known_value",
    "str_matches": "pattern",
    "str_contains": "not_blank",
    "column_in_dataframe": "column_missing",
    "column_in_schema": "column_unknown",
    "column_ordered": "column_order",
}
"""pandera's own checks: the name an error gives them."""

_ABOUT_COLUMNS: Final = frozenset(
    {
        SchemaErrorReason.COLUMN_NOT_IN_DATAFRAME,
        SchemaErrorReason.COLUMN_NOT_IN_SCHEMA,
        SchemaErrorReason.COLUMN_NOT_ORDERED,
        SchemaErrorReason.WRONG_DATATYPE,
    }
)


@dataclass(frozen=True)
class Violation:
    """One broken check: where, what must hold, how many rows break it, and the first of them.

    `shown` names the columns that tell a row from others.
    """

    table: str
    column: str
    check: str
    must: Text
    n_rows: int = 0
    rows: tuple[Mapping[str, Any], ...] = ()
    shown: tuple[str, ...] = ()

    @property
    def examples(self) -> str:
        return " | ".join(
            ", ".join(f"{name}={row[name]}" for name in self.shown) for row in self.rows
        )

    def __str__(self) -> str:
        rows = f" ({self.n_rows} row{'s' if self.n_rows != 1 else ''})" if self.n_rows else ""
        first = f"; first: {self.examples}" if self.rows else ""
        return f"{self.table}.{self.column}: {self.check}{rows}: {self.must.en}{first}"


class ContractError(ForeseenError, ValueError):
    """A frame breaks the contract of its table; one violation per column and check."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        self.violations: tuple[Violation, ...] = tuple(violations)
        super().__init__(self.violations)

    def __str__(self) -> str:
        return "\n".join(str(violation) for violation in self.violations)


class Table(pa.DataFrameModel):
    """Base of all tables."""

    _grain: ClassVar[Text]
    _order: ClassVar[tuple[str, ...]]

    def __init_subclass__(
        cls,
        *,
        grain: Text | None = None,
        key: Sequence[str] = (),
        order: Sequence[str] = (),
        is_open: bool = False,
        **kwargs: Any,
    ) -> None:
        """Take what stands in the first lines of a table.

        Args:
            order: Columns to sort by before writing; those of the key that are not listed follow,
                so that the order is total.
            is_open: Other columns may follow; a check of the table says which.
        """
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        # No coercion: it hides a missing column behind an error of Polars.
        options: dict[str, Any] = {"name": name, "ordered": True, "coerce": False}
        options["strict"] = not is_open
        if key:
            options["unique"] = list(key)
            cls._order = tuple(dict.fromkeys((*order, *key)))
        if grain:
            cls._grain = grain
        cls.Config = type("Config", (BaseConfig,), options)
        super().__init_subclass__(**kwargs)  # type: ignore[no-untyped-call]

    @pa.dataframe_check(
        title="phải là số hữu hạn (không NaN, không vô cùng)",
        description="must be a finite number (no NaN, no infinity)",
    )
    def finite(cls, data: "PolarsData") -> pl.LazyFrame | bool:
        """Refuse NaN and infinity in every float: pandera's bounds let both through."""
        floats = data.lazyframe.select(cs.float())
        return floats.select(pl.all().is_finite()) if floats.collect_schema() else True

    @classmethod
    def validate(cls, frame: pl.DataFrame) -> "DataFrame[Self]":  # type: ignore[override]
        """Return the frame unchanged if it keeps the contract.

        Raises:
            ContractError: Names table, column, check and up to five rows. A LazyFrame is refused:
                pandera skips the checks of its data.
        """
        if not isinstance(frame, pl.DataFrame):
            raise ContractError([cls._not_eager(frame)])
        if (
            frame.schema == cls.schema()
            and cls._conditions()
            and (frame.is_empty() or all_hold(frame, cls._conditions(), key=cls.key()))
        ):
            return cast("DataFrame[Self]", frame)
        # Without rows, or without a key, there is nothing to check but the columns.
        has_data = frame.height > 0 and set(cls.key()) <= set(frame.columns)
        depth = ValidationDepth.SCHEMA_AND_DATA if has_data else ValidationDepth.SCHEMA_ONLY
        # The context is explicit: an environment variable can switch pandera off in silence. Checks
        # are hundreds of tiny queries: the streaming engine takes four times as long to start one.
        with (
            config_context(validation_enabled=True, validation_depth=depth),
            pl.Config(engine_affinity="in-memory"),
        ):
            try:
                cls.to_schema().validate(frame, lazy=True)
            except SchemaErrors as errors:
                raise ContractError(_violations(errors.schema_errors, frame, cls)) from None
        return cast("DataFrame[Self]", frame)

    @classmethod
    def conform(cls, frame: pl.DataFrame) -> "DataFrame[Self]":
        """Bring a frame into the table's shape, then validate it."""
        return cls.validate(cls.arrange(frame))

    @classmethod
    def arrange(cls, frame: pl.DataFrame) -> pl.DataFrame:
        """Bring a frame into the table's shape as far as it has the columns.

        Selects the columns in their order, makes the casts that change no figure (wider and
        narrower integers, integers to floats, categories to text, an all-null column to its type)
        and sorts, so that equal content gives equal bytes.

        Raises:
            ContractError: A figure does not fit its type.
        """
        if not isinstance(frame, pl.DataFrame):
            raise ContractError([cls._not_eager(frame)])
        dtypes = frame.schema
        try:
            shaped = frame.select(
                pl.col(name).cast(dtype)
                if isinstance(dtypes[name], (pl.Null, *_SAFE_CASTS.get(dtype, ())))
                else pl.col(name)
                for name, dtype in cls.schema().items()
                if name in dtypes
            )
        except pl.exceptions.InvalidOperationError as error:
            must = Text(
                f"một giá trị không vừa kiểu dữ liệu: {error}",
                f"a figure does not fit its type: {error}",
            )
            raise ContractError([Violation(cls.name(), "*", "dtype", must)]) from error
        if not set(cls._order) <= set(dtypes):
            return shaped  # to say what is missing is up to ``validate``
        if shaped.select(rises(cls._order)).item():
            return shaped
        return shaped.sort(cls._order, nulls_last=True, maintain_order=True)

    @classmethod
    def name(cls) -> str:
        """Return the name of the table, also the stem of its Parquet file."""
        return str(cls.Config.name)

    @classmethod
    def grain(cls) -> Text:
        return cls._grain

    @classmethod
    def key(cls) -> list[str]:
        return list(cls.to_schema().unique or ())

    @classmethod
    @cache
    def schema(cls) -> pl.Schema:
        columns = cls.to_schema().columns
        return pl.Schema({name: column.dtype.type for name, column in columns.items()})

    @classmethod
    @cache
    def _conditions(cls) -> tuple[pl.Expr, ...]:
        return conditions(cls.to_schema(), cls)

    @classmethod
    def computed_schema(cls) -> pl.Schema:
        """Return the columns that the stages compute: all but the revision, which saving adds."""
        return pl.Schema({k: v for k, v in cls.schema().items() if k != "revision_id"})

    @classmethod
    def names(cls) -> list[str]:
        return cls.schema().names()

    @classmethod
    def empty(cls, *_args: Any) -> "DataFrame[Self]":
        """Return a frame without rows, with the exact types of the table."""
        return cast("DataFrame[Self]", pl.DataFrame(schema=cls.schema()))

    @classmethod
    @cache
    def arrow_schema(cls) -> "pyarrow.Schema":
        """Return the Arrow schema; every field carries its unit and both descriptions.

        Fields stay formally nullable: required Parquet columns are read differently from reader
        to reader, and the contract has refused nulls already.
        """
        import pyarrow

        columns = cls.to_schema().columns
        fields = [
            pyarrow.field(
                field.name,
                pyarrow.string() if field.type == pyarrow.large_string() else field.type,
                metadata={
                    "unit": columns[field.name].metadata["unit"],
                    "description_vi": columns[field.name].metadata["vi"],
                    "description_en": columns[field.name].metadata["en"],
                },
            )
            for field in cls.empty().to_arrow().schema
        ]
        grain = {"grain_vi": cls._grain.vi, "grain_en": cls._grain.en}
        return pyarrow.schema(fields, metadata={"table": cls.name(), **grain})

    @classmethod
    def _not_eager(cls, frame: object) -> Violation:
        kind = type(frame).__name__
        must = Text(
            f"cần pl.DataFrame, nhận được {kind}; đề nghị gọi .collect() trước",
            f"needs a pl.DataFrame, got {kind}; call .collect() first",
        )
        return Violation(cls.name(), "*", "eager_frame", must)


def row_check(column: str, vi: str, en: str) -> Callable[[Callable[[Any], pl.Expr]], Any]:
    """Make a pandera check of a method that returns a condition between columns.

    ``column`` is the one to blame; ``vi`` and ``en`` say what must hold. A row where the condition
    is null counts as good.
    """

    def decorate(condition: Callable[[Any], pl.Expr]) -> Any:
        # The check gets its name from the method: pandera forgets a name given to the decorator
        # when a second class inherits the check.
        @wraps(condition)
        def check(table: Any, data: "PolarsData") -> pl.LazyFrame:
            return data.lazyframe.select(condition(table))

        blame = {"column": column, CONDITION: condition}
        return pa.dataframe_check(title=vi, description=en, statistics=blame)(check)

    return decorate


def matches_micro(points: str, micro: str) -> Any:
    """Check that a float column is its micro-point column divided by 10^6."""
    vi, en = f"phải bằng {micro} chia cho 1.000.000", f"must equal {micro} divided by 1,000,000"
    gap = pl.col(points) - pl.col(micro) / MICRO
    return _check("points_match_micro", points, gap.abs() < MICRO_TOLERANCE, vi, en)


def at_most(smaller: str, larger: str) -> Any:
    vi, en = f"không được lớn hơn {larger}", f"must not exceed {larger}"
    return _check("not_above", smaller, pl.col(smaller) <= pl.col(larger), vi, en)


def difference(name: str, *, later: str, earlier: str) -> Any:
    """Check that a change is one column minus another, where all three are known."""
    vi, en = f"phải bằng {later} trừ {earlier}", f"must equal {later} minus {earlier}"
    gap = pl.col(later) - pl.col(earlier) - pl.col(name)
    return _check("change_adds_up", name, gap.abs() < DIFFERENCE_TOLERANCE, vi, en)


def in_order(earlier: str, later: str) -> Any:
    vi, en = f"không được trước {earlier}", f"must not be before {earlier}"
    return _check("dates_in_order", later, pl.col(later) >= pl.col(earlier), vi, en)


def _check(name: str, column: str, condition: pl.Expr, vi: str, en: str) -> Any:
    """Make a check between columns that bears a name of its own in errors."""

    def holds(_: Any) -> pl.Expr:
        return condition

    holds.__name__ = name
    return row_check(column, vi, en)(holds)


def _violations(
    errors: Sequence[SchemaError], frame: pl.DataFrame, table: type[Table]
) -> list[Violation]:
    """Say what pandera's errors mean; of rows only where all columns are there and right."""
    about_columns = [error for error in errors if error.reason_code in _ABOUT_COLUMNS]
    if about_columns:
        return [_column_violation(error, frame, table) for error in about_columns]
    return [
        _row_violation(error, frame, table, column=column, bad=bad)
        for error in errors
        for column, bad in _bad_rows(error, frame, table).items()
        if bad.any()
    ]


def _column_violation(error: SchemaError, frame: pl.DataFrame, table: type[Table]) -> Violation:
    if error.reason_code is not SchemaErrorReason.WRONG_DATATYPE:
        check, column = str(error.check), str(error.failure_cases)
        return Violation(table.name(), column, _NAMES[check], message(f"contract.{check}"))
    column = str(error.schema.name)
    expected, given = error.schema.dtype.type, frame.schema[column]
    must = Text(f"cần kiểu {expected}, nhận được {given}", f"needs type {expected}, got {given}")
    return Violation(table.name(), column, "dtype", must)


def _bad_rows(
    error: SchemaError, frame: pl.DataFrame, table: type[Table]
) -> Mapping[str, pl.Series]:
    """Return the column to blame and which rows are at fault; of floats, each that is."""
    if error.check_output is None:  # the check itself failed
        raise error
    if error.reason_code is SchemaErrorReason.SERIES_CONTAINS_NULLS:  # which counts NaN as null
        return {error.schema.name: frame[error.schema.name].is_null()}
    bad = ~error.check_output[CHECK_OUTPUT_KEY]
    if error.reason_code is SchemaErrorReason.DUPLICATES:
        return {"+".join(table.key()): bad}
    if error.check.name == Table.finite.__name__:
        return {floats.name: ~floats.is_finite() for floats in frame.select(cs.float())}
    return {error.check.statistics.get("column", error.schema.name): bad}


def _row_violation(
    error: SchemaError, frame: pl.DataFrame, table: type[Table], *, column: str, bad: pl.Series
) -> Violation:
    name = error.check if isinstance(error.check, str) else error.check.name
    must = Text(name, name)
    if name in _NAMES:
        figures = {} if isinstance(error.check, str) else error.check.statistics
        name, must = _NAMES[name], message(f"contract.{name}", **figures)
    elif error.check.title:
        must = Text(error.check.title, error.check.description)
    names = [*table.key(), column] if column in frame.columns else table.key()
    return Violation(
        table=table.name(),
        column=column,
        check=name,
        must=must,
        n_rows=int(bad.sum()),
        rows=tuple(frame.filter(bad).head(MAX_EXAMPLES).to_dicts()),
        shown=tuple(dict.fromkeys(names)),
    )
