"""Ministries and the nation: what was published comes out, two lists ranked apart."""

from csv import DictReader
from datetime import date
from functools import cache

import polars as pl
import pytest

from dti_pipeline.index.definition import define
from dti_pipeline.index.frameworks.load import load_framework
from dti_pipeline.index.units.registry import load_registry
from dti_pipeline.pipeline import compute
from dti_pipeline.release.years import add_unit_changes
from dti_pipeline.workspace import Workspace
from tests.conftest import REPOSITORY

WORKSPACE = Workspace(data=REPOSITORY / "data")
RESULTS = REPOSITORY / "data/raw/ministry-2020/official/01_ministry_results.csv"
YEARS = (2020, 2021, 2022, 2023)


def published(year: int) -> set[tuple[object, ...]]:
    """Return list, ministry, value, rank and number of ranked ones as the table has them."""
    with RESULTS.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in DictReader(file) if row["metric"] == "overall"]
    return {
        (
            row["list"],
            row["unit_vi"].replace("KH&CN Việt Nam", "Khoa học và Công nghệ Việt Nam"),
            float(row["value"]) if row["value"] else None,
            int(row["rank"]) if row["rank"] else None,
            int(row["rank_of"]) if row["rank_of"] else None,
        )
        for row in rows
        if int(row["year"]) == year and not row["unit_vi"].startswith("(")
    }


@cache
def tables(assessment_id: str) -> dict[str, pl.DataFrame]:
    return compute(define(assessment_id, workspace=WORKSPACE))


@pytest.mark.parametrize("year", YEARS)
def test_published_values_and_ranks_come_out_exactly(year: int) -> None:
    ranking = tables(f"ministry-{year}")["fact_ranking"].filter(scope="overall")
    computed = ranking.select("group_code", "unit_name", "value", "rank", "n_ranked").rows()
    assert set(computed) == published(year)
    assert len(computed) == {2020: 15, 2021: 13, 2022: 5, 2023: 10}[year]
    assert set(ranking["rank_basis"]) == {"published"}


def test_the_first_of_both_lists_are_no_tie() -> None:
    first = tables("ministry-2023")["fact_ranking"].filter(scope="overall", rank=1)
    assert sorted(first["group_code"]) == ["with_services", "without_services"]
    assert first["is_tied"].to_list() == [False, False]


@pytest.mark.parametrize(
    ("year", "means"),
    [
        (2020, {"with_services": 0.3982, "without_services": 0.2342}),
        (2021, {"with_services": 0.4595, "without_services": 0.2151}),
        (2022, {}),
        (2023, {"with_services": 0.6355, "without_services": 0.4347}),
    ],
)
def test_means_of_the_lists_are_the_published_ones(
    year: int, means: dict[str, float | None]
) -> None:
    summary = tables(f"ministry-{year}")["fact_group_summary"].filter(
        scope="overall", measure="value", group_kind="group"
    )
    assert dict(summary.select("group_code", "mean").iter_rows()) == means


def test_a_year_without_any_value_has_no_changes_of_groups() -> None:
    later, before = (tables(f"ministry-{year}") for year in (2022, 2021))
    changes = add_unit_changes(
        later["fact_group_summary"],
        ranking=later["fact_ranking"].with_columns(value_change=None),
        previous=before["fact_ranking"],
        points_decimals=2,
    )
    assert changes.is_empty()
    assert {"change_min", "change_max", "n_rose"} <= set(changes.columns)


@pytest.mark.parametrize("year", YEARS)
def test_every_row_of_the_table_is_read(year: int) -> None:
    issues = tables(f"ministry-{year}")["dq_issue"]
    assert set(issues["rule_id"]) <= {"table.row_ignored"}
    assert set(issues["severity"]) <= {"info"}


@pytest.mark.parametrize(("year", "value"), [(2022, 0.71), (2023, 0.7326), (2024, 0.7955)])
def test_the_nation_has_its_published_value(year: int, value: float) -> None:
    (row,) = tables(f"nation-{year}")["fact_ranking"].to_dicts()
    assert (row["unit_name"], row["scope_code"], row["value"]) == ("Việt Nam", "DTI", value)
    assert (row["rank"], row["rank_basis"]) == (None, "none")


@pytest.mark.parametrize(("name", "components"), [("ministry-922", 70), ("ministry-405", 31)])
def test_the_sets_of_ministries_have_their_public_shape_and_nothing_official(
    name: str, components: int
) -> None:
    framework = load_framework(name)
    assert (len(framework.mains), len(framework.components)) == (6, components)
    assert {one.component.basis for one in framework.components} == {"illustrative"}
    assert {main.basis for main in framework.mains.values()} == {"illustrative"}
    names = [one.component.name_vi for one in framework.components]
    assert len(set(names)) == components
    assert not any("tỉnh" in name or "huyện" in name for name in names)


def test_ministries_merged_on_1_march_2025() -> None:
    registry = load_registry()
    old = registry.of_set("ministry-2020")
    rows = registry.succession.filter(pl.col("old_unit_id").is_in(old["unit_id"].implode()))
    assert set(rows["effective_date"]) == {date(2025, 3, 1)}
    assert set(old["unit_id"]) == set(rows["old_unit_id"])
    names = registry.of_set("ministry-2025").select("unit_id", name="name_vi")
    merged = (
        rows.join(old.select(old_unit_id="unit_id", old="name_vi"), on="old_unit_id")
        .join(names, left_on="new_unit_id", right_on="unit_id")
        .group_by("name")
        .agg(pl.col("old").sort())
    )
    predecessors = dict(merged.iter_rows())
    assert predecessors["Bộ Nông nghiệp và Môi trường"] == [
        "Bộ Nông nghiệp và Phát triển nông thôn",
        "Bộ Tài nguyên và Môi trường",
    ]
    assert predecessors["Bộ Khoa học và Công nghệ"] == [
        "Bộ Khoa học và Công nghệ",
        "Bộ Thông tin và Truyền thông",
    ]
    assert predecessors["Bộ Xây dựng"] == ["Bộ Giao thông vận tải", "Bộ Xây dựng"]
    assert predecessors["Bộ Nội vụ"] == ["Bộ Lao động - Thương binh và Xã hội", "Bộ Nội vụ"]


def test_a_release_describes_the_ministries_that_took_over() -> None:
    described = tables("ministry-2023")
    heirs = described["bridge_unit_succession"]["new_unit_id"]
    assert heirs.n_unique() == 13
    assert set(heirs) <= set(described["dim_unit"]["unit_id"])
