import pickle
from collections.abc import Callable

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pandera.errors import SchemaErrors

from schemas.catalogue import RELEASE_TABLES
from schemas.checks import RowCheck
from schemas.columns import code, points, text
from schemas.dimensions import DIM_UNIT
from schemas.rankings import FACT_CHANGE, FACT_RANKING
from schemas.scores import FACT_COMPONENT_SCORE
from schemas.table import Column, ContractError, Table, conform, empty, validate


def tables_with(wanted: Callable[[Column], bool]) -> pytest.MarkDecorator:
    """Run a test for every released table that has such a column."""
    found = {n: t for n, t in RELEASE_TABLES.items() if any(map(wanted, t.columns))}
    return pytest.mark.parametrize("table", found.values(), ids=found)


every_table = tables_with(lambda _: True)


def first_row(name: str, content: object) -> pl.Expr:
    """Put a content into the first row of a column."""
    index = pl.int_range(pl.len())
    return pl.when(index == 0).then(pl.lit(content)).otherwise(pl.col(name)).alias(name)


def broken(frame: pl.DataFrame, table: Table) -> set[tuple[str, str]]:
    """Return the (column, check) pairs that the contract blames."""
    with pytest.raises(ContractError) as caught:
        validate(frame, table)
    return {(violation.column, violation.check) for violation in caught.value.violations}


@every_table
def test_a_valid_frame_passes_unchanged(table: Table, valid_frame) -> None:
    frame = valid_frame(table)
    assert validate(frame, table) is frame
    assert frame.height == 3


@every_table
def test_an_empty_frame_passes(table: Table) -> None:
    frame = empty(table)
    assert validate(frame, table).schema == table.polars_schema()


@every_table
def test_null_is_refused_in_every_required_column(table: Table, valid_frame) -> None:
    required = [column for column in table.columns if not column.nullable]
    frame = valid_frame(table).with_columns(
        pl.lit(None, dtype=column.dtype).alias(column.name) for column in required
    )
    found = broken(frame, table)
    assert {(column.name, "not_null") for column in required} <= found


@every_table
def test_null_is_accepted_in_every_optional_column_at_once(table: Table, valid_frame) -> None:
    optional = [column for column in table.columns if column.nullable]
    frame = valid_frame(table).with_columns(
        pl.lit(None, dtype=column.dtype).alias(column.name) for column in optional
    )
    if "rank_basis" in table.names:
        frame = frame.with_columns(rank_basis=pl.lit("none"))
    assert validate(frame, table) is frame


@every_table
def test_a_repeated_key_is_refused(table: Table, valid_frame) -> None:
    frame = valid_frame(table)
    assert broken(pl.concat([frame, frame.head(1)]), table) == {("+".join(table.key), "unique_key")}


@tables_with(lambda column: column.dtype == pl.Float64())
def test_nan_and_infinity_are_refused_in_every_float_column(table: Table, valid_frame) -> None:
    floats = [column.name for column in table.columns if column.dtype == pl.Float64()]
    odd = pl.Series([float("nan"), float("inf"), float("-inf")])
    with pytest.raises(ContractError) as caught:
        validate(valid_frame(table).with_columns(odd.alias(name) for name in floats), table)
    found = {(v.column, v.check): v.n_rows for v in caught.value.violations}
    assert {name: found[name, "finite"] for name in floats} == dict.fromkeys(floats, 3)


@tables_with(lambda column: column.minimum is not None)
def test_figures_beyond_their_bounds_are_refused(table: Table, valid_frame) -> None:
    bounds = {
        column.name: [
            bound + step
            for bound, step in ((column.minimum, -1), (column.maximum, 1))
            if bound is not None
        ]
        for column in table.columns
    }
    outside = {name: contents for name, contents in bounds.items() if contents}
    frame = valid_frame(table).with_columns(
        pl.Series(name, [contents[0], contents[-1], contents[0]], dtype=table.column(name).dtype)
        for name, contents in outside.items()
    )
    with pytest.raises(ContractError) as caught:
        validate(frame, table)
    found = [v.column for v in caught.value.violations if v.check == "in_range"]
    assert {name: found.count(name) for name in outside} == {
        name: len(contents) for name, contents in outside.items()
    }


@tables_with(lambda column: column.values is not None)
def test_unknown_values_are_refused_in_every_closed_list(table: Table, valid_frame) -> None:
    closed = [column.name for column in table.columns if column.values is not None]
    frame = valid_frame(table).with_columns(first_row(name, "no_such_value") for name in closed)
    assert {(name, "known_value") for name in closed} <= broken(frame, table)


@every_table
def test_blank_text_and_malformed_codes_are_refused(table: Table, valid_frame) -> None:
    texts = [
        column
        for column in table.columns
        if column.dtype == pl.String() and column.values is None and not column.raw
    ]
    frame = valid_frame(table).with_columns(first_row(column.name, " ") for column in texts)
    expected = {(c.name, "pattern" if c.pattern else "not_blank") for c in texts}
    assert expected <= broken(frame, table)


@every_table
def test_a_missing_column_is_refused(table: Table, valid_frame) -> None:
    last = table.names[-1]
    assert broken(valid_frame(table).drop(last), table) == {(last, "column_missing")}


@every_table
def test_an_extra_column_is_refused(table: Table, valid_frame) -> None:
    frame = valid_frame(table).with_columns(secret=pl.lit(1))
    assert broken(frame, table) == {("secret", "column_unknown")}


@every_table
def test_another_order_of_columns_is_refused(table: Table, valid_frame) -> None:
    frame = valid_frame(table).select(reversed(table.names))
    assert {check for _, check in broken(frame, table)} == {"column_order"}


@every_table
def test_another_type_is_refused_and_never_coerced(table: Table, valid_frame) -> None:
    name = table.names[0]
    frame = valid_frame(table).with_columns(pl.col(name).cast(pl.Categorical))
    assert broken(frame, table) == {(name, "dtype")}


@every_table
def test_a_lazy_frame_is_refused(table: Table, valid_frame) -> None:
    lazy = valid_frame(table).lazy()
    with pytest.raises(ContractError, match=r"eager_frame.*collect"):
        validate(lazy, table)  # type: ignore[arg-type]
    with pytest.raises(ContractError, match=r"eager_frame.*collect"):
        conform(lazy, table)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "content", "check"),
    [
        ("unit_id", None, "not_null"),
        ("value", float("nan"), "finite"),
        ("value", 7.0, "in_range"),
        ("scope", "galaxy", "known_value"),
        ("unit_name", " ", "not_blank"),
        ("unit_id", "a b", "pattern"),
        ("rank_change", 1, "change_adds_up"),
    ],
)
def test_the_pandera_contract_refuses_by_itself_under_the_name_of_the_check(
    name: str, content: object, check: str, valid_frame
) -> None:
    contract = FACT_RANKING.pandera()
    frame = valid_frame(FACT_RANKING)
    contract.validate(frame, lazy=True)
    with pytest.raises(SchemaErrors) as caught:
        contract.validate(
            frame.with_columns(first_row(name, content).cast(frame.schema[name])), lazy=True
        )
    assert check in {error.check.name for error in caught.value.schema_errors}


def test_the_contract_holds_when_the_environment_switches_pandera_off(valid_frame) -> None:
    import pandera.config

    table = FACT_COMPONENT_SCORE
    frame = valid_frame(table).with_columns(points=pl.lit(float("nan")))
    with (
        pandera.config.config_context(validation_enabled=False),
        pytest.raises(ContractError, match="points: finite"),
    ):
        validate(frame, table)
    with (
        pandera.config.config_context(validation_depth=pandera.config.ValidationDepth.SCHEMA_ONLY),
        pytest.raises(ContractError, match="points: finite"),
    ):
        validate(frame, table)


def test_the_message_names_table_column_check_and_the_first_five_keys(valid_frame) -> None:
    table = FACT_COMPONENT_SCORE
    frame = valid_frame(table, rows=9).with_columns(max_points=pl.lit(-3.0))
    with pytest.raises(ContractError) as caught:
        validate(frame, table)
    message = str(caught.value)
    assert message.startswith(
        "fact_component_score.max_points: in_range (9 rows): must be at least 0; first: "
        "assessment_id=code-00000, unit_id=x1, component_code=x1, max_points=-3.0 | "
    )
    assert message.count("unit_id=") == 5


def test_every_broken_check_has_its_own_line(valid_frame) -> None:
    table = FACT_COMPONENT_SCORE
    frame = valid_frame(table).with_columns(
        first_row("basis", "guess"), first_row("points_lost", float("inf"))
    )
    with pytest.raises(ContractError) as caught:
        validate(frame, table)
    assert [line.split(" (")[0] for line in str(caught.value).splitlines()] == [
        "fact_component_score.points_lost: finite",
        "fact_component_score.points_lost: in_range",
        "fact_component_score.basis: known_value",
    ]


@pytest.mark.parametrize(
    ("table", "change", "blamed"),
    [
        (FACT_COMPONENT_SCORE, {"points": 1.000001}, ("points", "points_match_micro")),
        (FACT_RANKING, {"rank": 2, "rank_prev": 2}, ("rank", "not_above")),
        (FACT_RANKING, {"rank_basis": "none"}, ("rank_basis", "rank_with_basis")),
        (FACT_RANKING, {"value_change": 0.0001}, ("value_change", "change_adds_up")),
        (FACT_RANKING, {"rank_change": 1}, ("rank_change", "change_adds_up")),
        (FACT_CHANGE, {"rank_change_own": 1}, ("rank_change", "causes_add_up")),
        (DIM_UNIT, {"name_vi": "Ha\u0300 No\u0323\u0302i"}, ("name_vi", "composed_text")),
        (DIM_UNIT, {"name_ascii": "Hà Nội"}, ("name_ascii", "ascii_text")),
    ],
)
def test_conditions_between_columns_are_checked(
    table: Table, change: dict[str, object], blamed: tuple[str, str], valid_frame
) -> None:
    frame = valid_frame(table).with_columns(
        pl.lit(content).cast(table.column(name).dtype).alias(name)
        for name, content in change.items()
    )
    assert broken(frame, table) == {blamed}


@every_table
def test_arrow_types_are_those_every_reader_takes(table: Table) -> None:
    allowed = {
        pa.string(),
        pa.int32(),
        pa.int64(),
        pa.float64(),
        pa.bool_(),
        pa.date32(),
        pa.timestamp("us", tz="UTC"),
    }
    schema = table.arrow_schema()
    assert {field.type for field in schema} <= allowed
    assert all(name.isascii() and name == name.lower() for name in schema.names)
    assert schema.names[0] == "release_id"


def test_field_metadata_survives_a_parquet_file(tmp_path, valid_frame) -> None:
    table = RELEASE_TABLES["fact_ranking"]
    path = tmp_path / "fact_ranking.parquet"
    pq.write_table(valid_frame(table).to_arrow().cast(table.arrow_schema()), path)
    field = pq.read_schema(path).field("rank_change")
    assert field.type == pa.int32()
    assert field.metadata[b"unit"] == b"places"
    assert field.metadata[b"description_vi"].decode() == "Thay đổi hạng, dương là tăng hạng"
    assert field.metadata[b"description_en"].decode() == "Change of rank, positive is up"
    assert validate(pl.read_parquet(path), table).height == 3


def test_conform_orders_columns_and_rows_and_drops_what_is_not_described(valid_frame) -> None:
    table = FACT_COMPONENT_SCORE
    frame = valid_frame(table)
    shuffled = frame.reverse().select(reversed(table.names)).with_columns(scratch=pl.lit(1))
    assert conform(shuffled, table).equals(frame)


def test_conform_makes_only_casts_that_change_no_figure(valid_frame) -> None:
    table = FACT_RANKING
    frame = valid_frame(table)
    loose = frame.with_columns(
        pl.col("rank").cast(pl.UInt32),
        pl.col("n_ranked").cast(pl.Int64),
        pl.col("max_points").cast(pl.Int32),
        pl.col("scope").cast(pl.Categorical),
        band_code=pl.lit(None),
    )
    assert conform(loose, table).equals(frame.with_columns(band_code=pl.lit(None, dtype=pl.String)))
    with pytest.raises(ContractError, match=r"fact_ranking\.rank: dtype: needs type Int32"):
        conform(frame.with_columns(pl.col("rank").cast(pl.Float64)), table)
    with pytest.raises(ContractError, match="a figure does not fit its type"):
        conform(frame.with_columns(n_ranked=pl.lit(2**40)), table)
    with pytest.raises(ContractError, match=r"fact_ranking\.rank: column_missing"):
        conform(frame.drop("rank"), table)


def test_rows_without_a_rank_come_last(valid_frame) -> None:
    table = FACT_RANKING
    frame = valid_frame(table).with_columns(
        assessment_id=pl.lit("province-2022"),
        unit_id=pl.Series(["c", "b", "a"]),
        rank=pl.Series([None, 1, 1], dtype=pl.Int32),
        rank_basis=pl.Series(["none", "computed", "computed"]),
        rank_change=pl.lit(None, dtype=pl.Int32),
    )
    assert conform(frame, table)["unit_id"].to_list() == ["a", "b", "c"]


def test_a_table_that_contradicts_itself_is_refused() -> None:
    name = code("name", "Tên", "Name")
    with pytest.raises(ValueError, match="described twice"):
        Table("t", "một dòng", "one row", key=("name",), columns=(name, name))
    with pytest.raises(ValueError, match="name no column: \\['other'\\]"):
        Table("t", "một dòng", "one row", key=("name",), sort=("other",), columns=(name,))
    with pytest.raises(ValueError, match="name no column"):
        Table("t", "một dòng", "one row", key=(), columns=(name,))
    with pytest.raises(ValueError, match="column size: type Decimal"):
        Column("size", pl.Decimal(10, 2), "points", "Cỡ", "Size")
    with pytest.raises(ValueError, match="column Cỡ: name"):
        Column("Cỡ", pl.Int32(), "points", "Cỡ", "Size")


def test_a_stage_describes_its_own_inner_table_in_a_few_lines() -> None:
    table = Table(
        name="inner",
        grain_vi="một đơn vị",
        grain_en="one unit",
        key=("unit_id",),
        columns=(
            code("unit_id", "Mã", "Code"),
            text("note", "Ghi chú", "Note"),
            points("p", "Điểm", "Points"),
        ),
        row_checks=(RowCheck("even", "p", "phải chẵn", "must be even", pl.col("p") % 2 == 0),),
    )
    frame = pl.DataFrame({"unit_id": ["a", "b"], "note": ["x", "y"], "p": [2.0, 3.0]})
    assert broken(frame, table) == {("p", "even")}
    assert validate(frame.head(1), table).height == 1


def test_a_contract_error_survives_the_way_out_of_a_child_process() -> None:
    with pytest.raises(ContractError) as caught:
        validate(empty(FACT_RANKING).drop("rank"), FACT_RANKING)
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert again.violations == caught.value.violations
