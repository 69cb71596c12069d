import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pandera.errors import SchemaErrors

from schemas import stages
from schemas.catalogue import RELEASE_TABLES
from schemas.columns import UnitId, field, text
from schemas.contract import ContractError, Table, row_check
from schemas.files import units
from schemas.stages import ComponentPoints, ScopeSums
from schemas.tables.dimensions import DimUnit
from schemas.tables.rankings import FactChange, FactRanking
from schemas.tables.scores import FactComponentScore
from schemas.text import Text
from tests.schemas.conftest import statistics

MODELS = dict(RELEASE_TABLES) | {
    name: model
    for module in (stages, units)
    for name, model in vars(module).items()
    if isinstance(model, type) and issubclass(model, Table) and model.__module__ == module.__name__
    if name not in ("ComponentPoints", "ScopeSums")
}
"""All models but those of wide frames, which have a test of their own."""

every_model = pytest.mark.parametrize("table", MODELS.values(), ids=MODELS)


def first_row(name: str, content: object) -> pl.Expr:
    """Put a content into the first row of a column."""
    index = pl.int_range(pl.len())
    return pl.when(index == 0).then(pl.lit(content)).otherwise(pl.col(name)).alias(name)


def broken(frame: pl.DataFrame, table: type[Table]) -> set[tuple[str, str]]:
    """Return the (column, check) pairs that the contract blames."""
    with pytest.raises(ContractError) as caught:
        table.validate(frame)
    return {(violation.column, violation.check) for violation in caught.value.violations}


def with_column(column: pl.Expr, frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(column)


@dataclass(frozen=True)
class Fault:
    """What is done to a valid frame, and what the contract must blame for it."""

    spoil: Callable[[pl.DataFrame], pl.DataFrame]
    column: str
    check: str
    is_alone: bool = False


def faults(table: type[Table]) -> Iterator[tuple[str, Fault]]:
    """Yield one fault of every kind that a table can have, in every column that can have it."""
    last = table.names()[-1]
    label = next(name for name, dtype in table.schema().items() if dtype == pl.String())
    key = "+".join(table.key())
    yield "missing", Fault(lambda f: f.drop(last), last, "column_missing", is_alone=True)
    yield "extra", Fault(lambda f: f.with_columns(secret=1), "secret", "column_unknown", True)
    yield "type", Fault(lambda f: f.cast({label: pl.Categorical}), label, "dtype", is_alone=True)
    yield "order", Fault(lambda f: f.select(f.columns[::-1]), last, "column_order", is_alone=True)
    yield "key", Fault(lambda f: pl.concat([f, f.head(1)]), key, "unique_key", is_alone=True)
    for name, dtype in table.schema().items():
        for kind, content, check in contents(table, name):
            spoil = first_row(name, content).cast(dtype)
            yield f"{kind} {name}", Fault(partial(with_column, spoil), name, check)


def contents(table: type[Table], name: str) -> Iterator[tuple[str, object, str]]:
    """Yield what a column must not hold, and the check that refuses it."""
    column, allowed = table.to_schema().columns[name], statistics(table, name)
    if not column.nullable:
        yield "null", None, "not_null"
    if column.dtype.type == pl.Float64():
        yield "nan", float("nan"), "finite"
        yield "infinity", float("inf"), "finite"
        yield "-infinity", float("-inf"), "finite"
    if "min_value" in allowed:
        yield "small", allowed["min_value"] - 1, "in_range"
    if "max_value" in allowed:
        yield "large", allowed["max_value"] + 1, "in_range"
    if "allowed_values" in allowed:
        yield "unknown", "no_such_value", "known_value"
    if "pattern" in allowed:
        is_text = column.metadata["unit"] == "text"
        yield "blank", " ", "not_blank" if is_text else "pattern"


@pytest.mark.parametrize(
    ("texts", "at_fault"),
    [
        (["a", "a", " ", " "], 2),
        (["a", None, " "], 1),
        ([" ", None, " ", "a"], 2),
        ([None, " ", "a", " "], 2),
        (["a", "a", None, "a"], 0),
    ],
)
def test_a_text_is_looked_at_wherever_it_stands(texts: list[str | None], at_fault: int) -> None:
    class Note(Table, grain=Text("dòng", "row"), key=["number"]):
        number: int = field("count", "số", "number")
        note: str = text("ghi chú", "note", nullable=True)

    frame = pl.DataFrame({"number": range(len(texts)), "note": texts}, schema=Note.schema())
    if at_fault:
        with pytest.raises(ContractError) as caught:
            Note.validate(frame)
        (violation,) = caught.value.violations
        assert (violation.check, violation.n_rows) == ("not_blank", at_fault)
    else:
        assert Note.validate(frame) is frame


@pytest.mark.parametrize(
    ("table", "fault"),
    [
        pytest.param(table, fault, id=f"{name}: {kind}")
        for name, table in MODELS.items()
        for kind, fault in faults(table)
    ],
)
def test_every_fault_is_refused(table: type[Table], fault: Fault, valid_frame) -> None:
    found = broken(fault.spoil(valid_frame(table)), table)
    assert (fault.column, fault.check) in found
    assert len(found) == 1 or not fault.is_alone


@every_model
def test_faults_of_many_columns_are_blamed_at_once(table: type[Table], valid_frame) -> None:
    spoilt = {fault.column: fault for _, fault in faults(table) if isinstance(fault.spoil, partial)}
    frame = valid_frame(table)
    for fault in spoilt.values():
        frame = fault.spoil(frame)
    assert {(fault.column, fault.check) for fault in spoilt.values()} <= broken(frame, table)


@every_model
def test_a_valid_frame_passes_unchanged(table: type[Table], valid_frame) -> None:
    frame = valid_frame(table)
    assert table.validate(frame) is frame
    assert frame.height == 3


@every_model
def test_an_empty_frame_passes(table: type[Table]) -> None:
    frame = table.empty()
    assert table.validate(frame).schema == table.schema()


@every_model
def test_null_is_accepted_in_every_optional_column_at_once(table: type[Table], valid_frame) -> None:
    columns = table.to_schema().columns
    frame = valid_frame(table).with_columns(
        pl.lit(None, dtype=column.dtype.type).alias(name)
        for name, column in columns.items()
        if column.nullable
    )
    if "rank_basis" in columns:
        frame = frame.with_columns(rank_basis=pl.lit("none"))
    if "null_reason" in columns:
        frame = frame.with_columns(null_reason=pl.lit("too_many_points"))
    assert table.validate(frame) is frame


@every_model
def test_a_lazy_frame_is_refused(table: type[Table], valid_frame) -> None:
    lazy = valid_frame(table).lazy()
    with pytest.raises(ContractError, match=r"eager_frame.*collect"):
        table.validate(lazy)  # type: ignore[arg-type]
    with pytest.raises(ContractError, match=r"eager_frame.*collect"):
        table.conform(lazy)  # type: ignore[arg-type]


@every_model
def test_every_unit_goes_with_one_type(table: type[Table]) -> None:
    types = {
        **dict.fromkeys(("code", "key", "text", "sha256"), pl.String()),
        **dict.fromkeys(("rank", "places", "count", "order", "tile", "year", "digits"), pl.Int32()),
        **dict.fromkeys(("micro-points", "millionths"), pl.Int64()),
        **dict.fromkeys(("points", "ratio", "difference", "percent", "as measure"), pl.Float64()),
        "as unit_of_measure": pl.Float64(),
        "yes/no": pl.Boolean(),
        "date": pl.Date(),
    }
    for name, column in table.to_schema().columns.items():
        assert column.dtype.type == types[column.metadata["unit"]], name


@pytest.mark.parametrize(
    ("name", "content", "check"),
    [
        ("unit_id", None, "not_nullable"),
        ("value", float("nan"), "finite"),
        ("value", 7.0, "less_than_or_equal_to"),
        ("scope", "galaxy", "isin"),
        ("unit_name", " ", "str_contains"),
        ("unit_id", "a b", "str_matches"),
        ("rank_change", 1, "change_adds_up"),
    ],
)
def test_the_pandera_contract_refuses_by_itself_under_the_name_of_the_check(
    name: str, content: object, check: str, valid_frame
) -> None:
    contract = FactRanking.to_schema()
    frame = valid_frame(FactRanking)
    contract.validate(frame, lazy=True)
    spoilt = frame.with_columns(first_row(name, content).cast(frame.schema[name]))
    with pytest.raises(SchemaErrors) as caught:
        contract.validate(spoilt, lazy=True)
    failed = {getattr(error.check, "name", error.check) for error in caught.value.schema_errors}
    assert check in failed


def test_the_contract_holds_when_the_environment_switches_pandera_off(valid_frame) -> None:
    from pandera.config import ValidationDepth, config_context

    frame = valid_frame(FactComponentScore).with_columns(points=pl.lit(float("nan")))
    for off in ({"validation_enabled": False}, {"validation_depth": ValidationDepth.SCHEMA_ONLY}):
        with config_context(**off), pytest.raises(ContractError, match="points: finite"):
            FactComponentScore.validate(frame)


def test_the_message_names_table_column_check_and_the_first_five_keys(valid_frame) -> None:
    table = FactComponentScore
    frame = valid_frame(table, rows=9).with_columns(max_points=pl.lit(-3.0))
    with pytest.raises(ContractError) as caught:
        table.validate(frame)
    message = str(caught.value)
    assert message.startswith(
        "fact_component_score.max_points: in_range (9 rows): must be at least 0; first: "
        "assessment_id=code-00000, unit_id=x1, component_code=x1, max_points=-3.0 | "
    )
    assert message.count("unit_id=") == 5


def test_every_broken_check_has_its_own_line(valid_frame) -> None:
    table = FactComponentScore
    frame = valid_frame(table).with_columns(
        first_row("basis", "guess"), first_row("points_lost", float("inf"))
    )
    with pytest.raises(ContractError) as caught:
        table.validate(frame)
    assert [line.split(" (")[0] for line in str(caught.value).splitlines()] == [
        "fact_component_score.points_lost: in_range",
        "fact_component_score.basis: known_value",
        "fact_component_score.points_lost: finite",
    ]


@pytest.mark.parametrize(
    ("table", "change", "blamed"),
    [
        (FactComponentScore, {"points": 1.000001}, ("points", "points_match_micro")),
        (FactRanking, {"rank": 2, "rank_prev": 2}, ("rank", "not_above")),
        (FactRanking, {"rank_basis": "none"}, ("rank_basis", "rank_with_basis")),
        (FactRanking, {"value_change": 0.0001}, ("value_change", "change_adds_up")),
        (FactRanking, {"rank_change": 1}, ("rank_change", "change_adds_up")),
        (FactChange, {"rank_change_own": 1}, ("rank_change", "causes_add_up")),
        (DimUnit, {"name_vi": "Ha\u0300 No\u0323\u0302i"}, ("name_vi", "composed_text")),
        (DimUnit, {"name_ascii": "Hà Nội"}, ("name_ascii", "ascii_text")),
    ],
)
def test_conditions_between_columns_are_checked(
    table: type[Table], change: dict[str, object], blamed: tuple[str, str], valid_frame
) -> None:
    frame = valid_frame(table).with_columns(
        pl.lit(content).cast(table.schema()[name]).alias(name) for name, content in change.items()
    )
    assert broken(frame, table) == {blamed}


@pytest.mark.parametrize("table", RELEASE_TABLES.values(), ids=RELEASE_TABLES)
def test_arrow_types_are_those_every_reader_takes(table: type[Table]) -> None:
    allowed = {pa.string(), pa.int32(), pa.int64(), pa.float64(), pa.bool_(), pa.date32()}
    schema = table.arrow_schema()
    assert {field.type for field in schema} <= allowed | {pa.timestamp("us", tz="UTC")}
    assert all(name.isascii() and name == name.lower() for name in schema.names)
    assert schema.names[0] == "release_id"


def test_field_metadata_survives_a_parquet_file(tmp_path, valid_frame) -> None:
    table = RELEASE_TABLES["fact_ranking"]
    path = tmp_path / "fact_ranking.parquet"
    pq.write_table(valid_frame(table).to_arrow().cast(table.arrow_schema()), path)
    field = pq.read_schema(path).field("rank_change")
    assert field.type == pa.int32()
    about = {name.decode(): text.decode() for name, text in field.metadata.items()}
    assert about["unit"] == "places"
    assert about["description_vi"] == "Số bậc thay đổi của thứ hạng, dương là tăng"
    assert about["description_en"] == "Change of rank, positive is up"
    assert table.validate(pl.read_parquet(path)).height == 3


def test_conform_orders_columns_and_rows_and_drops_what_is_not_described(valid_frame) -> None:
    table = FactComponentScore
    frame = valid_frame(table)
    shuffled = frame.reverse().select(reversed(table.names())).with_columns(scratch=pl.lit(1))
    assert table.conform(shuffled).equals(frame)


def test_conform_makes_only_casts_that_change_no_figure(valid_frame) -> None:
    table = FactRanking
    frame = valid_frame(table)
    loose = frame.with_columns(
        pl.col("rank").cast(pl.UInt32),
        pl.col("n_ranked").cast(pl.Int64),
        pl.col("max_points").cast(pl.Int32),
        pl.col("scope").cast(pl.Categorical),
        band_code=pl.lit(None),
    )
    assert table.conform(loose).equals(frame.with_columns(band_code=pl.lit(None, dtype=pl.String)))
    with pytest.raises(ContractError, match=r"fact_ranking\.rank: dtype: needs type Int32"):
        table.conform(frame.with_columns(pl.col("rank").cast(pl.Float64)))
    with pytest.raises(ContractError, match="a figure does not fit its type"):
        table.conform(frame.with_columns(n_ranked=pl.lit(2**40)))
    with pytest.raises(ContractError, match=r"fact_ranking\.rank: column_missing"):
        table.conform(frame.drop("rank"))


def test_rows_without_a_rank_come_last(valid_frame) -> None:
    table = FactRanking
    frame = valid_frame(table).with_columns(
        assessment_id=pl.lit("province-2022"),
        unit_id=pl.Series(["c", "b", "a"]),
        rank=pl.Series([None, 1, 1], dtype=pl.Int32),
        rank_basis=pl.Series(["none", "computed", "computed"]),
        rank_change=pl.lit(None, dtype=pl.Int32),
    )
    assert table.conform(frame)["unit_id"].to_list() == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("table", "content", "blamed"),
    [
        (ComponentPoints, {"0101": [1, None], "0101!na": [True, False]}, None),
        (ComponentPoints, {"0101": [0.5, 1.0]}, ("*", "whole_points")),
        (ComponentPoints, {"0101": [float("nan"), 1.0]}, ("*", "whole_points")),
        (ComponentPoints, {"0101": [1, 2], "0101!na": [True, None]}, ("*", "whole_points")),
        (ComponentPoints, {"0101": [1, 2], "0101!gap": [True, False]}, None),
        (ComponentPoints, {"0101": [1, 2], "0101!gap": [None, False]}, ("*", "whole_points")),
        (ComponentPoints, {"0101": [1, 2], "unit_id": ["a", "a"]}, ("unit_id", "unique_key")),
        (ComponentPoints, {"unit_id": ["a", None]}, ("unit_id", "not_null")),
        (ScopeSums, {"points:1": [1, 2], "value:1": [1, None]}, None),
        (ScopeSums, {"points:1": [1, None]}, ("*", "whole_sums")),
        (ScopeSums, {"max:1": [1.0, 2.0]}, ("*", "whole_sums")),
    ],
)
def test_wide_frames_hold_whole_numbers(
    table: type[Table], content: dict[str, list[object]], blamed: tuple[str, str] | None
) -> None:
    frame = pl.DataFrame({"unit_id": ["a", "b"]} | content)
    if blamed is None:
        assert table.validate(frame) is frame
    else:
        assert blamed in broken(frame, table)


@every_model
def test_key_and_order_name_columns_and_the_order_is_total(table: type[Table]) -> None:
    assert table.key()
    assert set(table.key()) <= set(table._order) <= set(table.names())


def test_a_stage_describes_its_own_inner_table_in_a_few_lines() -> None:
    class Inner(Table, grain=Text("một đơn vị", "one unit"), key=["unit_id"]):
        unit_id: UnitId
        note: str = text("Ghi chú", "Note")
        p: float = field("points", "Điểm", "Points")

        @row_check("p", "phải chẵn", "must be even")
        def even(cls) -> pl.Expr:
            return pl.col("p") % 2 == 0

    frame = pl.DataFrame({"unit_id": ["a", "b"], "note": ["x", "y"], "p": [2.0, 3.0]})
    assert broken(frame, Inner) == {("p", "even")}
    assert Inner.validate(frame.head(1)).height == 1


def test_a_contract_error_survives_the_way_out_of_a_child_process() -> None:
    with pytest.raises(ContractError) as caught:
        FactRanking.validate(FactRanking.empty().drop("rank"))
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert again.violations == caught.value.violations
