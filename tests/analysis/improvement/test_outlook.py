from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dti_pipeline.analysis.improvement.outlook import RuleSteps, band_floor
from dti_pipeline.analysis.improvement.reachable import reachable
from dti_pipeline.analysis.improvement.rescoring import Accounts
from dti_pipeline.analysis.improvement.slope import step_to
from dti_pipeline.analysis.pools import gap_to_next
from dti_pipeline.cli.release_inputs import recorded_accounts
from dti_pipeline.cli.selection import Selection
from dti_pipeline.index.frameworks.load import load_framework
from dti_pipeline.index.rules.rule import Attainable
from dti_pipeline.release.folder import Release
from dti_pipeline.workspace import Workspace


def test_the_next_step_is_the_next_break_or_the_top() -> None:
    steps = RuleSteps.of(Attainable(levels=(0, 50), ranges=((36, 39),)))
    points = np.array([0, 20, 36, 38, 50], dtype=np.int64)
    assert steps.next_step(points).tolist() == [36, 36, 50, 50, 50]
    assert steps.top == 50


def test_a_result_between_two_steps_goes_up_to_the_next() -> None:
    steps = RuleSteps.of(Attainable(levels=(0, 50), ranges=((36, 39),)))
    asked = np.array([0, 1, 37, 40, 50], dtype=np.int64)
    assert steps.at_least(asked).tolist() == [0, 36, 37, 50, 50]


@pytest.mark.parametrize(
    ("band", "maximum", "expected"),
    [
        ("maximum", 15_000_000, 15_000_000),
        ("high", 15_000_000, 12_000_000),
        ("fair", 9_999_999, 6_500_000),
        ("very_low", 10_000_000, 1),
        ("none such", 10_000_000, None),
    ],
)
def test_the_fewest_points_of_a_band_respect_its_closed_side(
    band: str, maximum: int, expected: int | None
) -> None:
    framework = load_framework("province-922")
    assert band_floor(framework.file, band, maximum=maximum) == expected


@pytest.fixture(scope="module")
def outlook(province_release: Release) -> pl.DataFrame:
    return province_release.table("fact_component_outlook").filter(
        pl.col("assessment_id") == "province-2022"
    )


def test_every_component_of_every_province_is_looked_at(outlook: pl.DataFrame) -> None:
    assert outlook.height == 63 * 98
    assert outlook.select(
        (pl.col("points") <= pl.col("points_next")).all()
        & (pl.col("points_next") <= pl.col("points_top")).all()
        & (pl.col("points_target") <= pl.col("points_top")).all()
    ).item()


def test_known_steps_of_bac_kan(outlook: pl.DataFrame) -> None:
    rows = {
        row["component_code"]: row
        for row in outlook.filter(pl.col("unit_name") == "Bắc Kạn").iter_rows(named=True)
    }
    # A choice: the deputy chairs (5 of 10); next and last is the head.
    assert (rows["0101"]["points_next"], rows["0101"]["points_top"]) == (10.0, 10.0)
    # Zero → average: half of 15.
    assert (rows["0304"]["points_target"], rows["0304"]["points_top"]) == (7.5, 15.0)
    # 15 points bring 0.4091 and the 61st rank: Cao Bằng has 0.4081, Gia Lai 0.4069.
    assert (rows["0304"]["rank_if_top"], rows["0304"]["value_if_top"]) == (61, 0.4091)
    # The smart city is never counted: nothing moves.
    assert (rows["0601"]["rank_if_top"], rows["0601"]["value_if_top"]) == (63, 0.3941)


def test_ranks_equal_those_of_scoring_everything_again(
    province_data: Path, province_release: Release, outlook: pl.DataFrame
) -> None:
    workspace = Workspace(data=province_data)
    accounts = recorded_accounts(Selection(province_release, workspace, "province-2022"))
    rows = outlook.filter(
        pl.col("unit_name") == "Hà Nội",
        pl.col("points_top") > pl.col("points"),
        ~pl.col("is_relative"),
    ).sort("component_code")
    reach = reachable(accounts, "VN-P63-01", codes=rows["component_code"].to_list())
    checked = 0
    for row in rows.iter_rows(named=True):
        own = reach[row["component_code"]]
        changes = own.changes_for(own.top)
        # A figure that other components use as well moves more than this one component.
        borrowed = {
            column
            for component in accounts.framework_of("VN-P63-01").components
            for column in component.columns.values()
            if not column.startswith(component.code)
        }
        if changes is None or any(f"{code}.{name}" in borrowed for code, name in changes):
            continue
        again = accounts.with_figures("VN-P63-01", changes).row("VN-P63-01", "DTI")
        assert again["rank"] == row["rank_if_top"], row["component_code"]
        assert again["value_units"] == round(row["value_if_top"] * 10_000)
        checked += 1
    assert checked > 40


def test_the_gap_to_the_next_unit(ranking: pl.DataFrame) -> None:
    overall = ranking.filter(
        pl.col("assessment_id") == "province-2022", pl.col("scope") == "overall"
    )
    assert gap_to_next(overall, unit_id="VN-P63-06", decimals=4) == (62, 0.0128)
    assert gap_to_next(overall, unit_id="VN-P63-48", decimals=4) is None
    # Hậu Giang, 17th: two provinces share the 15th rank above it.
    hau_giang = gap_to_next(overall, unit_id="VN-P63-93", decimals=4)
    assert hau_giang is not None
    assert hau_giang[0] == 15


def test_the_slope_of_a_ratio_is_its_maximum_over_the_denominator(world: Accounts) -> None:
    reach = reachable(world, "U-1", codes=["0101", "0103", "0201"])
    step = step_to(reach["0101"], 8_000_000)
    assert step is not None
    assert (step.points, step.slope) == (8_000_000, 0.8)
    # Three more files online bring 2.5 points: the jump counts in.
    jump = step_to(reach["0201"], 5_000_000)
    assert jump is not None
    assert jump.slope == round(2.5 / 3, 12)
    answer = step_to(reach["0103"], 6_000_000)
    assert answer is not None
    assert answer.slope is None


def test_there_is_no_step_above_the_top(world: Accounts) -> None:
    reach = reachable(world, "U-2", codes=["0103"])
    assert step_to(reach["0103"], 6_000_000) is None
