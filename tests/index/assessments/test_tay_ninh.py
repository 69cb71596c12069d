"""One commune of Tây Ninh 2025: its real self-scores and appraised scores come out exactly."""

from collections import Counter
from csv import DictReader
from decimal import Decimal

import polars as pl
import pytest

from dti_pipeline.index.definition import define
from dti_pipeline.pipeline import compute
from dti_pipeline.workspace import Workspace
from tests.conftest import REPOSITORY
from tests.tables import one

SCORES = REPOSITORY / "tools" / "sample" / "reference" / "tayninh_cangiuoc_2025_components.csv"
UNIT = "VN-TN-C01"
Tables = dict[str, pl.DataFrame]


@pytest.fixture(scope="module")
def tables() -> Tables:
    return compute(define("commune-tayninh-2025", workspace=Workspace(data=REPOSITORY / "data")))


@pytest.fixture(scope="module")
def stages(tables: Tables) -> pl.DataFrame:
    return tables["fact_stage_score"].filter(unit_id=UNIT)


@pytest.fixture(scope="module")
def components(tables: Tables) -> pl.DataFrame:
    printed = tables["dim_indicator"].select("printed_code", component_code="indicator_code")
    return tables["fact_component_score"].join(printed, on="component_code")


@pytest.mark.parametrize(
    ("stage", "points", "value"),
    [
        ("self_scored", 787_840_000, 0.8207),
        *((stage, 606_270_000, 0.6315) for stage in ("appraised", "final", "accepted_only")),
    ],
)
def test_the_whole_at_every_stage(
    stage: str, points: int, value: float, stages: pl.DataFrame
) -> None:
    row = one(stages, scope_code="DTI", stage=stage)
    assert (row["points_micro"], row["value"]) == (points, value)
    assert (row["max_points_effective"], row["rank"]) == (960, None)


def test_every_component_has_the_printed_scores(
    stages: pl.DataFrame, components: pl.DataFrame
) -> None:
    with SCORES.open(encoding="utf-8-sig", newline="") as file:
        printed = {
            row["component_code"]: tuple(
                int(Decimal(row[name]) * 10**6) for name in ("self_score", "appraised_score")
            )
            for row in DictReader(file)
        }
    by_stage = stages.filter(scope="component").pivot(
        "stage", index="scope_code", values="points_micro"
    )
    rows = components.join(by_stage, left_on="component_code", right_on="scope_code")
    computed = {
        code: (claimed, appraised)
        for code, claimed, appraised in rows.select(
            "printed_code", "self_scored", "appraised"
        ).iter_rows()
    }
    assert computed == printed
    assert len(printed) == 62


def test_five_are_raised_and_twenty_two_lowered_seventeen_of_them_to_zero(
    stages: pl.DataFrame,
) -> None:
    moves = stages.filter(scope="component", stage="appraised")["move"]
    assert Counter(moves) == {"unchanged": 35, "to_zero": 17, "lowered": 5, "raised": 5}
    assert set(stages.filter(stage="self_scored")["move"]) == {"unchanged"}
    assert stages.filter(scope_code="1", stage="appraised")["move"].to_list() == ["lowered"]


def test_zeros_are_of_two_kinds(components: pl.DataFrame) -> None:
    zeros = components.filter(points_micro=0)
    assert Counter(zeros["lost_reason"]) == {"evidence_rejected": 17, "not_reached": 1}
    assert zeros.filter(lost_reason="not_reached")["printed_code"].to_list() == ["4.9"]


def test_points_lost_add_up_to_what_the_whole_lacks(components: pl.DataFrame) -> None:
    assert components["points_lost"].sum() == pytest.approx(960 - 606.27)
    lost = dict(components.group_by("main_code").agg(pl.col("points_lost").sum()).iter_rows())
    assert {code: round(points, 2) for code, points in lost.items()} == {
        "1": 30.0,
        "2": 64.62,
        "3": 5.48,
        "4": 199.06,
        "5": 0.0,
        "6": 54.57,
    }


def test_codes_of_three_levels_keep_their_width_and_their_print(tables: Tables) -> None:
    rows = tables["dim_indicator"].filter(indicator_level="component")
    assert rows["indicator_code"].str.len_bytes().unique().to_list() == [6]
    printed = dict(rows.select("indicator_code", "printed_code").iter_rows())
    assert (printed["042211"], printed["041000"], printed["040100"]) == ("4.22.11", "4.10", "4.1")
    below = rows.filter(heading_code="4.22")
    assert below.height == 11
    assert below["heading_max_points"].unique().to_list() == [230.0] == [below["max_points"].sum()]
    maxima = tables["dim_indicator"].filter(indicator_level="main")["max_points"].to_list()
    assert maxima == [80, 100, 100, 520, 80, 80]


def test_nobody_is_ranked_among_units_that_are_not_public(tables: Tables) -> None:
    assert set(tables["fact_ranking"]["rank"]) == {None}
    assert set(tables["fact_ranking"]["rank_basis"]) == {"none"}
