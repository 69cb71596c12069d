"""Ranks of components and of the two groups of main indices, against figures worked out apart."""

from bisect import bisect_left
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import polars as pl
import pytest

from dti_pipeline.pipeline import compute
from dti_pipeline.release.folder import Release
from tests.index.rules.cases import RATIO, component, main
from tests.small_index import SmallIndex, of_agency
from tests.tables import one

KEY = ["assessment_id", "component_code"]

# Foundation and activity of 2022, from the main indices that are public (DOMAIN: Đà Nẵng, Bắc Kạn):
# 433.18 and 366.995 of 500; 230.03 and 164.10 of 500.
GROUPS = [
    ("Đà Nẵng", "FOUNDATION", 0.8664),
    ("Đà Nẵng", "ACTIVITY", 0.7340),
    ("Bắc Kạn", "FOUNDATION", 0.4601),
    ("Bắc Kạn", "ACTIVITY", 0.3282),
]


@pytest.fixture
def scores(province_release: Release) -> pl.DataFrame:
    return province_release.table("fact_component_score")


def places(values: list[Decimal]) -> list[int]:
    """Rank from the largest down, ties on the better place, by counting the larger values."""
    ascending = sorted(-value for value in values)
    return [bisect_left(ascending, -value) + 1 for value in values]


def value(points: int, maximum: float) -> Decimal:
    quotient = Decimal(points) / Decimal(10**6) / Decimal(repr(maximum))
    return quotient.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("rank", "count", "among"),
    [
        ("rank", "n_ranked", []),
        ("rank_in_group", "n_in_group", ["group_code"]),
        ("rank_in_region", "n_in_region", ["region_code"]),
    ],
)
def test_every_component_ranks_the_units_it_applies_to(
    scores: pl.DataFrame, rank: str, count: str, among: list[str]
) -> None:
    applies = scores.filter(pl.col("max_points_effective") > 0)
    n_checked = 0
    for _, rows in applies.group_by(*KEY, *among):
        values = [
            value(*row) for row in rows.select("points_micro", "max_points_effective").iter_rows()
        ]
        assert rows["value"].to_list() == [*map(float, values)]
        assert rows[rank].to_list() == places(values)
        assert rows[count].unique().to_list() == [len(values)]
        n_checked += len(values)
    assert n_checked == applies.height > 6_000


def test_a_component_that_does_not_apply_ranks_nobody(scores: pl.DataFrame) -> None:
    exempt = scores.filter(max_points_effective=0)
    assert exempt.height > 0
    nulls = exempt.select("value", "rank", "rank_in_region").null_count().row(0)
    assert nulls == (exempt.height,) * 3


def test_a_unit_without_a_region_has_neither_rank_nor_number_of_units_in_it(tmp_path: Path) -> None:
    index = SmallIndex(tmp_path)
    figures = {"a": of_agency("a"), "b": of_agency("b")}
    index.framework([component("01", 10, rule=RATIO, variables=figures)], [main("1", 10)])
    index.units({"U1": "R1", "U2": "", "U3": ""})
    index.assessment()
    index.agency({"U1": [5, 10], "U2": [4, 10], "U3": [9, 10]})
    tables = compute(index.define())
    for table in ("fact_component_score", "fact_ranking"):
        rows = tables[table].select("unit_id", "rank", "rank_in_region", "n_in_region").unique()
        expected = [("U1", 2, 1, 1), ("U2", 3, None, 0), ("U3", 1, None, 0)]
        assert rows.sort("unit_id").rows() == expected


def test_stages_rank_components_as_the_result_does(
    province_release: Release, scores: pl.DataFrame
) -> None:
    final = province_release.table("fact_stage_score").filter(scope="component", stage="final")
    both = final.join(
        scores,
        left_on=["assessment_id", "unit_id", "scope_code"],
        right_on=["assessment_id", "unit_id", "component_code"],
        suffix="_result",
    )
    assert both.height == final.height > 6_000
    assert both["rank"].equals(both["rank_result"], check_names=False)
    assert both["n_ranked"].equals(both["n_ranked_result"], check_names=False)


@pytest.mark.parametrize(("unit", "code", "expected"), GROUPS)
def test_foundation_and_activity_follow_from_the_public_mains(
    ranking: pl.DataFrame, unit: str, code: str, expected: float
) -> None:
    row = one(ranking, assessment_id="province-2022", unit_name=unit, scope_code=code)
    assert (row["scope"], row["value"], row["max_points"]) == ("main_group", expected, 500.0)


@pytest.mark.parametrize("year", [2022, 2023, 2024])
def test_both_groups_add_up_to_the_whole_and_rank_all_units(
    ranking: pl.DataFrame, year: int
) -> None:
    rows = ranking.filter(assessment_id=f"province-{year}")
    groups = rows.filter(scope="main_group")
    total = groups.group_by("unit_id").agg(pl.col("points").sum()).sort("unit_id")
    overall = rows.filter(scope="overall").sort("unit_id")
    assert total["points"].round(6).equals(overall["points"].round(6))
    for code in ("FOUNDATION", "ACTIVITY"):
        of_group = groups.filter(scope_code=code)
        values = [Decimal(repr(figure)) for figure in of_group["value"].to_list()]
        assert len(values) == 63
        assert of_group["rank"].to_list() == places(values)
