"""Moves between two years, on small tables counted by hand."""

import polars as pl
import pytest

from dti_pipeline.release.rank_moves import CAUSES, main_moves, rank_among, rank_moves

POINTS = 10**6


def ranking(values: dict[str, float], *, n_ranked: int | None = None) -> pl.DataFrame:
    rows = pl.DataFrame({"unit_id": list(values), "value": list(values.values())}).with_columns(
        pool=pl.lit("all"), n_ranked=pl.lit(n_ranked or len(values))
    )
    return rows.join(rank_among(rows, rows, by=["pool"]), on=["unit_id", "pool"], how="left")


def mains(points: dict[str, dict[str, int]], maxima: dict[str, int]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            (unit, "all", concept, value * POINTS, maxima[concept] * POINTS)
            for unit, own in points.items()
            for concept, value in own.items()
        ],
        schema=["unit_id", "pool", "concept", "points_micro", "max_micro"],
        orient="row",
    )


def parts(rows: pl.DataFrame, unit: str) -> tuple[int, ...]:
    return rows.filter(unit_id=unit).select(f"rank_change_{cause}" for cause in CAUSES).row(0)


SAME = {"a": {"m": 50}, "b": {"m": 40}, "c": {"m": 30}}


def test_equal_values_share_the_better_rank_among_others() -> None:
    rows = ranking({"a": 0.5, "b": 0.5, "c": 0.4})
    assert dict(rows.select("unit_id", "rank").iter_rows()) == {"a": 1, "b": 1, "c": 3}


@pytest.mark.parametrize(
    ("after", "unit", "expected"),
    [
        # c overtakes both; a keeps its value and is passed by c alone.
        ({"a": 0.5, "b": 0.4, "c": 0.6}, "a", (0, 0, -1, 0)),
        ({"a": 0.5, "b": 0.4, "c": 0.6}, "c", (0, 0, 0, 2)),
        # b loses a place to c and wins it back itself.
        ({"a": 0.5, "b": 0.46, "c": 0.45}, "b", (0, 0, -1, 1)),
        # d is new and first; c is gone.
        ({"a": 0.5, "b": 0.4, "d": 0.9}, "a", (0, -1, 0, 0)),
        ({"a": 0.5, "b": 0.6, "d": 0.9}, "b", (0, -1, 0, 1)),
    ],
)
def test_a_move_is_split_by_cause(
    after: dict[str, float], unit: str, expected: tuple[int, ...]
) -> None:
    old = mains(SAME, {"m": 100})
    new = mains({one: {"m": round(value * 100)} for one, value in after.items()}, {"m": 100})
    rows = rank_moves(
        ranking({"a": 0.5, "b": 0.4, "c": 0.3}), ranking(after), main_moves(old, new), decimals=4
    )
    assert parts(rows, unit) == expected


def test_new_weights_are_the_frameworks_part() -> None:
    maxima_before, maxima_after = {"m": 100, "n": 300}, {"m": 300, "n": 100}
    points = {"a": {"m": 90, "n": 30}, "b": {"m": 10, "n": 150}}
    later = {"a": {"m": 270, "n": 10}, "b": {"m": 30, "n": 50}}  # the same shares of each main
    rows = rank_moves(
        ranking({"a": 0.3, "b": 0.4}),
        ranking({"a": 0.7, "b": 0.2}),
        main_moves(mains(points, maxima_before), mains(later, maxima_after)),
        decimals=4,
    )
    assert parts(rows, "a") == (1, 0, 0, 0)
    assert parts(rows, "b") == (-1, 0, 0, 0)


def test_main_indices_of_one_year_alone_are_compared_together() -> None:
    before = mains({"a": {"m": 10, "x": 20, "y": 30}}, {"m": 100, "x": 100, "y": 100})
    after = mains({"a": {"m": 15, "z": 120}}, {"m": 100, "z": 400})
    rows = main_moves(before, after).sort("main")
    assert rows.select("main", "weight_to", "points_from", "points_to").rows() == [
        ("m", 100 * POINTS, 10 * POINTS, 15 * POINTS),
        ("rest", 400 * POINTS, 100 * POINTS, 120 * POINTS),
    ]


def test_a_year_that_is_public_in_part_is_not_split() -> None:
    old, new = mains(SAME, {"m": 100}), mains(SAME, {"m": 100})
    values = {"a": 0.5, "b": 0.4, "c": 0.3}
    rows = rank_moves(
        ranking(values, n_ranked=63), ranking(values), main_moves(old, new), decimals=4
    )
    assert rows.is_empty()


NO_MAINS = mains(SAME, {"m": 100}).clear()


@pytest.mark.parametrize("later", [NO_MAINS, mains(SAME, {"m": 100})])
def test_years_whose_weights_are_unknown_are_not_split(later: pl.DataFrame) -> None:
    before, after = ranking({"a": 0.5, "b": 0.4, "c": 0.3}), ranking({"a": 0.3, "b": 0.4, "c": 0.5})
    rows = rank_moves(before, after, main_moves(NO_MAINS, later), decimals=4)
    assert rows.is_empty()


def test_a_unit_without_mains_is_split_where_the_weights_are_the_same() -> None:
    old, new = (mains({unit: SAME[unit] for unit in "ab"}, {"m": 100}) for _ in range(2))
    before, after = ranking({"a": 0.5, "b": 0.4, "c": 0.3}), ranking({"a": 0.5, "b": 0.4, "c": 0.6})
    rows = rank_moves(before, after, main_moves(old, new), decimals=4)
    assert parts(rows, "c") == (0, 0, 0, 2)
