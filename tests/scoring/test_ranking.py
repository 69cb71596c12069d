import random
from fractions import Fraction
from pathlib import Path

import polars as pl
import pytest

from dti_pipeline.scoring.aggregation import Scope, scopes
from dti_pipeline.scoring.ranking import publish_values, rank_units
from tests.index.rules.cases import component, framework, main

DTI = Scope("overall", "DTI", "overall", ("1",), 10**9, is_ranked=True, is_counted=True)


def ranked(
    points: list[int], *, decimals: int = 4, pools: list[str | None] | None = None
) -> list[int | None]:
    sums = pl.DataFrame(
        {
            "unit_id": [f"U{n}" for n in range(len(points))],
            "points:DTI": points,
            "max:DTI": [10**9] * len(points),
            "pool": pools or ["all"] * len(points),
        },
        schema_overrides={"pool": pl.String},
    )
    values = publish_values(sums, scopes=[DTI], decimals=decimals)
    return rank_units(values, scopes=[DTI])["rank:DTI"].to_list()


def test_ties_share_the_better_rank_and_the_next_is_skipped() -> None:
    assert ranked([700_000_000, 600_000_000, 700_000_000, 500_000_000]) == [1, 3, 1, 4]


def test_equal_printed_values_share_a_rank_though_the_points_differ() -> None:
    points = [578_749_999, 578_650_000, 578_649_999]
    assert ranked(points) == [1, 1, 3]
    assert ranked(points, decimals=6) == [1, 2, 2]


def test_units_are_ranked_within_their_pool_and_those_without_one_are_not() -> None:
    points = [900, 800, 700, 600, 999]
    pools = ["a", "b", "a", "b", None]
    assert ranked([p * 10**6 for p in points], pools=pools) == [1, 1, 2, 2, None]


def test_a_unit_without_a_pool_takes_no_rank_from_others_in_a_single_pool() -> None:
    points = [900 * 10**6, 999 * 10**6, 800 * 10**6]
    assert ranked(points, pools=["all", None, "all"]) == [1, None, 2]


def test_a_unit_without_a_value_gets_no_rank() -> None:
    sums = pl.DataFrame({"unit_id": ["U", "V"], "points:DTI": [0, 5], "max:DTI": [0, 10]})
    values = publish_values(sums.with_columns(pool=pl.lit("all")), scopes=[DTI], decimals=4)
    assert values["value:DTI"].to_list() == [None, 5000]
    assert rank_units(values, scopes=[DTI])["rank:DTI"].to_list() == [None, 1]


def test_shuffling_ten_thousand_units_moves_no_rank() -> None:
    draw = random.Random(7)
    points = [draw.randrange(0, 1001) * 10**6 for _ in range(10_600)]
    order = list(range(len(points)))
    draw.shuffle(order)
    straight, shuffled = ranked(points), ranked([points[place] for place in order])
    assert shuffled == [straight[place] for place in order]
    better = [sum(other > p for other in points) for p in points[:50]]
    assert straight[:50] == [n + 1 for n in better]


@pytest.mark.parametrize("decimals", [0, 2, 4, 6])
def test_values_round_half_up_to_the_published_decimals(decimals: int) -> None:
    points = [5 * 10**8, 499_999_999, 123_455_000, 123_454_999, 1]
    sums = pl.DataFrame(
        {"unit_id": [str(p) for p in points], "points:DTI": points, "max:DTI": [10**9] * 5}
    )
    found = publish_values(sums, scopes=[DTI], decimals=decimals)["value:DTI"].to_list()
    exact = [Fraction(p, 10**9) * 10**decimals + Fraction(1, 2) for p in points]
    assert found == [value.numerator // value.denominator for value in exact]


def test_scopes_that_are_not_ranked_get_no_column(tmp_path: Path) -> None:
    bound = framework(
        tmp_path,
        component("01", 10),
        component("02", 10, main="2"),
        mains=[main("1", 10), main("2", 10, ranked=False)],
    )
    listed = scopes(bound)
    names = [f"{what}:{scope.code}" for scope in listed for what in ("points", "max")]
    sums = pl.DataFrame({"unit_id": ["U"], "pool": ["all"], **{name: [10] for name in names}})
    ranks = rank_units(publish_values(sums, scopes=listed, decimals=4), scopes=listed)
    assert ranks.columns == ["unit_id", "rank:DTI", "rank:1"]
