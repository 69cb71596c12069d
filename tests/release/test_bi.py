"""What people ask the tables with the first query they write is right, without a second thought."""

import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from dti_pipeline.index.units.registry import load_registry
from dti_pipeline.release import keys
from dti_pipeline.release.folder import Release
from dti_pipeline.release.keys import require_references, with_keys
from dti_pipeline.release.lookups import in_vietnamese_order, unit_rows
from dti_pipeline.results.on_demand import OnDemand
from schemas.catalogue import RELEASE_TABLES, TABLES
from schemas.contract import ContractError
from schemas.tables.dimensions import DimUnit
from schemas.words import CODES, words_of
from tests.conftest import REPOSITORY

QUERIES = tomllib.loads(Path(__file__).with_name("bi_queries.toml").read_text("utf-8"))["query"]
ASSESSMENTS = REPOSITORY / "dti_pipeline" / "index" / "assessments"


@pytest.fixture(scope="session")
def database(national_release: Release) -> Iterator[duckdb.DuckDBPyConnection]:
    with views_on(national_release) as connection:
        yield connection


@contextmanager
def views_on(release: Release) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for path in release.folder.glob("*.parquet"):
            connection.execute(f"CREATE VIEW {path.stem} AS SELECT * FROM read_parquet('{path}')")
        yield connection


def cases(release: str) -> list[Any]:
    """Return the queries on one of the releases that tests share."""
    own = [query for query in QUERIES if query.get("release", "national") == release]
    return [pytest.param(query["sql"], query["rows"], id=query["name"]) for query in own]


def answer(database: duckdb.DuckDBPyConnection, sql: str) -> list[list[Any]]:
    rows = database.execute(sql).fetchall()
    return [["null" if cell is None else cell for cell in row] for row in rows]


@pytest.mark.parametrize(("sql", "rows"), cases("national"))
def test_the_first_query_gives_the_right_answer(
    sql: str, rows: list[Any], database: duckdb.DuckDBPyConnection
) -> None:
    assert answer(database, sql) == rows


@pytest.mark.parametrize(("sql", "rows"), cases("ninh_binh"))
def test_the_first_query_is_right_where_one_assessment_has_several_frameworks(
    sql: str, rows: list[Any], ninh_binh_release: Release
) -> None:
    with views_on(ninh_binh_release) as database:
        assert answer(database, sql) == rows


def test_every_unit_below_a_province_names_the_province() -> None:
    units = load_registry().units
    files = [tomllib.loads(path.read_text("utf-8")) for path in ASSESSMENTS.glob("*.toml")]
    parents = {a["unit_set"]: a["parent_unit_id"] for a in files if "parent_unit_id" in a}
    below = unit_rows(units.select(DimUnit.names()), parents).filter(
        pl.col("level").is_in(["department", "district", "commune"])
    )
    assert below.group_by("level").len().sort("level").rows() == [
        ("commune", 168 + 143 + 1),
        ("department", 24),
        ("district", 8),
    ]
    names = below.group_by("unit_set").agg(pl.col("parent_name").unique()).sort("unit_set")
    assert names["parent_name"].to_list() == [["Hồ Chí Minh"], ["Tây Ninh"], ["Ninh Bình"]]


def test_a_unit_that_the_others_of_its_set_lie_in_lies_in_none() -> None:
    units = load_registry().of_set("province-34").select(DimUnit.names())
    rows = unit_rows(units, {"province-34": "VN-P34-01"})
    above = dict(rows.select("unit_id", "parent_unit_id").rows())
    assert (above.pop("VN-P34-01"), {*above.values()}) == (None, {"VN-P34-01"})


def questions() -> list[tuple[str, str, list[list[str]]]]:
    """Return title, SQL and answer of every question in docs/bi.md."""
    page = (REPOSITORY / "docs" / "bi.md").read_text("utf-8")
    found = re.findall(
        r"\n## (\d+\. .*?)\n.*?```sql\n(.*?)\n```\n\n(.*?)\n(?=\n|\Z)", page, re.DOTALL
    )
    return [
        (title, sql, [line.strip("| ").split(" | ") for line in table.splitlines()])
        for title, sql, table in found
    ]


def shown(cell: object) -> str:
    if cell is None:
        return "–"
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


@pytest.mark.parametrize(("title", "sql", "table"), questions(), ids=[q[0] for q in questions()])
def test_the_questions_of_the_documentation_have_the_answers_it_gives(
    title: str, sql: str, table: list[list[str]], database: duckdb.DuckDBPyConnection
) -> None:
    cursor = database.execute(sql)
    names = [column[0] for column in cursor.description or ()]
    header, _, *answer = table
    assert header == names
    assert [[shown(cell) for cell in row] for row in cursor.fetchall()] == answer


def test_fifteen_questions_need_hardly_a_join() -> None:
    joins = [sql.count("JOIN") for _, sql, _ in questions()]
    assert len(joins) == 15
    assert joins.count(0) >= 11
    assert max(joins) <= 1


def test_provinces_of_today_have_in_2024_what_was_published(national_release: Release) -> None:
    key = ["unit_id", "scope", "scope_code"]
    history = national_release.table("out_history_34").filter(assessment_year=2024)
    official = national_release.table("fact_ranking").filter(assessment_id="province-2024-34")
    assert history.select(*key, "value").sort(key).equals(official.select(*key, "value").sort(key))
    ranks = official.filter(pl.col("rank").is_not_null()).select(*key, published="rank")
    assert ranks.height == 340
    assert history.join(ranks, on=key).filter(rank=pl.col("published")).height == 340


def test_provinces_of_today_are_ranked_where_the_framework_ranks(national_release: Release) -> None:
    history = national_release.table("out_history_34")
    unranked = history.filter(pl.col("n_ranked") == 0)
    assert set(unranked.select("assessment_year", "scope_code").rows()) == {
        *((2020, code) for code in "123"),
        (2022, "6"),
        (2023, "1+2+4+5"),
        (2024, "1+2+4+5"),
    }
    assert unranked["rank"].count() == 0
    key = ["unit_id", "scope", "scope_code"]
    official = national_release.table("fact_ranking").filter(assessment_id="province-2024-34")
    both = history.filter(assessment_year=2024).join(official, on=key, suffix="_official")
    assert both.height == official.height
    for name in ("rank", "n_ranked"):
        assert both[name].equals(both[f"{name}_official"], null_equal=True)


def test_provinces_of_today_say_what_is_derived(national_release: Release) -> None:
    history = national_release.table("out_history_34").filter(scope="overall")
    counts = history.group_by("assessment_year").agg(
        pl.len(), pl.col("rank").count().alias("ranks")
    )
    assert counts.sort("assessment_year").rows() == [
        (2020, 3, 0),
        (2021, 4, 0),
        (2022, 34, 34),
        (2023, 34, 34),
        (2024, 34, 34),
    ]
    assert history.filter(assessment_year=2023)["is_derived"].sum() == 23
    one = history.filter(assessment_year=2022, unit_name="Quảng Ninh").row(0, named=True)
    assert (one["is_derived"], one["derivation"], one["value"]) == (False, "assessed", 0.7024)


def test_every_row_refers_to_rows_that_are_there(national_release: Release) -> None:
    tables = OnDemand({name: national_release.table(name) for name in RELEASE_TABLES})
    for name, frame in tables.items():
        require_references(name, frame, tables=tables)
    ranking = tables["fact_ranking"].with_columns(unit_id=pl.lit("VN-P63-99"))
    with pytest.raises(ContractError, match=r"fact_ranking.unit_id: reference .*in dim_unit"):
        require_references("fact_ranking", ranking, tables=tables)


def test_rows_get_the_same_keys_however_many_are_placed_at_once(
    national_release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "fact_stage_score"
    of_revisions = {
        table: national_release.table(table).select(TABLES[table].names()) for table in TABLES
    }
    released = national_release.table(name).drop("release_id")
    for rows in (released.height, 1000):
        monkeypatch.setattr(keys, "ROWS_AT_ONCE", rows)
        assert with_keys(OnDemand(of_revisions))[name].select(released.columns).equals(released)


def test_every_closed_code_has_words() -> None:
    for table in RELEASE_TABLES.values():
        for name, column in table.to_schema().columns.items():
            for check in column.checks:
                codes = check.statistics.get("allowed_values", ())
                if name != "type":
                    assert set(codes) <= set(words_of(CODES[name]) if codes else ()), name


def test_letters_decide_before_tones() -> None:
    names = ["Đá", "Dạ", "Da", "Ạ", "Ăn", "Ân", "Anh", "Án", "Ôn", "Oa", "Ơn", "Ư", "U", "Uy", "Â"]
    frame = pl.DataFrame({"name": names}).sort(in_vietnamese_order(pl.col("name")))
    assert " ".join(frame["name"]) == "Ạ Án Anh Ăn Â Ân Da Dạ Đá Oa Ôn Ơn U Uy Ư"


def test_reading_tables_have_the_words_beside_every_code() -> None:
    for name, table in RELEASE_TABLES.items():
        if name.startswith("out_"):
            columns = set(table.names())
            words = {f"{code}_{lang}" for code in columns & set(CODES) for lang in ("vi", "en")}
            assert words
            assert words <= columns
