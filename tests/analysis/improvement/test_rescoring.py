from pathlib import Path

import polars as pl
import pytest

from dti_pipeline.analysis.improvement.rescoring import Accounts, NotScoredError, differences
from tests.analysis.improvement.world import FIGURES, definition, observations, small_framework


def test_points_and_ranks_are_those_of_the_rules(world: Accounts) -> None:
    points = {"0101": 4_000_000, "0102": 2_400_000, "0103": 2_000_000}
    assert world.points_of("U-1") == points | {"0201": 2_500_000, "0202": 1_000_000}
    row = world.row("U-1", "DTI")
    # 11.9 of 30 points.
    assert (row["points_micro"], row["value_units"], row["rank"]) == (11_900_000, 3967, 3)


def test_a_changed_figure_moves_everybody_a_relative_rule_compares(world: Accounts) -> None:
    changed = world.with_figures("U-2", {("0202", "visits"): 200_000_000})
    assert changed.points_of("U-1")["0202"] == 500_000
    assert changed.points_of("U-2")["0202"] == 5_000_000
    assert world.points_of("U-1")["0202"] == 1_000_000


def test_a_shared_figure_moves_both_components(world: Accounts) -> None:
    points = world.with_figures("U-1", {("0101", "trained"): 10_000_000}).points_of("U-1")
    assert (points["0101"], points["0102"]) == (8_000_000, 1_200_000)


def test_no_change_is_no_computation(world: Accounts) -> None:
    assert world.with_figures("U-1", {}) is world


def test_a_component_that_does_not_apply_is_known(tmp_path: Path) -> None:
    rows = observations(FIGURES, not_applicable=(("U-1", "0201", "online"),))
    accounts = Accounts.of(definition(small_framework(tmp_path), tmp_path), rows)
    assert accounts.exempt_of("U-1") == {"0201"}
    assert accounts.exempt_of("U-2") == set()


def test_a_history_has_no_figures_to_change(tmp_path: Path) -> None:
    past = definition(small_framework(tmp_path), tmp_path, kind="history")
    with pytest.raises(NotScoredError, match="world-2025 is not scored from figures of its own"):
        Accounts.of(past, observations(FIGURES))


def test_what_differs_from_a_ranking_is_named(world: Accounts) -> None:
    ranking = world.standing.select(
        "unit_id", "scope_code", "rank", value=pl.col("value_units") / 10_000
    )
    assert differences(world, ranking) == []
    is_whole = (pl.col("unit_id") == "U-1") & (pl.col("scope_code") == "DTI")
    other = ranking.with_columns(rank=pl.when(is_whole).then(9).otherwise("rank"))
    assert differences(world, other) == ["U-1 DTI"]
