import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dti_pipeline.analysis.robustness.simulation import simulate_ranks
from dti_pipeline.analysis.robustness.table import (
    RankedUnits,
    fact_robustness,
    ranked_units,
    robustness_rows,
)
from dti_pipeline.analysis.settings import RobustnessSettings, load_settings
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.robustness import show_robustness
from dti_pipeline.release.folder import Release
from schemas.tables.analysis import FactRobustness

pytestmark = pytest.mark.xdist_group("provinces")

NAMES = ("fact_ranking", "fact_component_score", "fact_main_score")
CERTAIN = RobustnessSettings(draws=3, seed=1, weight_noise="0", rejection={})


def of(release: Release, assessment: str) -> dict[str, pl.DataFrame]:
    return {
        name: release.table(name).filter(pl.col("assessment_id") == assessment) for name in NAMES
    }


def ranked(tables: dict[str, pl.DataFrame], settings: RobustnessSettings = CERTAIN) -> RankedUnits:
    found = ranked_units(
        tables["fact_ranking"],
        components=tables["fact_component_score"],
        mains=tables["fact_main_score"],
        settings=settings,
        decimals=4,
    )
    assert found is not None
    return found


@pytest.fixture(scope="module")
def of_2022(province_release: Release) -> dict[str, pl.DataFrame]:
    return of(province_release, "province-2022")


def test_the_release_holds_intervals_for_every_ranked_unit(province_release: Release) -> None:
    table = province_release.table("fact_robustness")
    assert FactRobustness.conform(table.drop("release_id")).height == table.height
    counts = dict(table.group_by("assessment_id").len().sort("assessment_id").iter_rows())
    assert counts == {"province-2022": 63, "province-2023": 63, "province-2024": 63}
    assert table["n_draws"].unique().to_list() == [load_settings().robustness.draws]
    inside = (pl.col("rank_min") <= pl.col("rank")) & (pl.col("rank") <= pl.col("rank_max"))
    assert table.select(inside.all()).item()


def test_the_table_comes_out_again_to_the_last_bit(
    of_2022: dict[str, pl.DataFrame], province_release: Release
) -> None:
    again = fact_robustness(
        of_2022["fact_ranking"],
        components=of_2022["fact_component_score"].sample(fraction=1.0, shuffle=True, seed=3),
        mains=of_2022["fact_main_score"],
        settings=load_settings().robustness,
        decimals=4,
    )
    published = province_release.table("fact_robustness").filter(
        pl.col("assessment_id") == "province-2022"
    )
    assert again.sort("unit_id").equals(published.select(again.columns).sort("unit_id"))


def test_without_noise_every_draw_is_the_ranking_itself(of_2022: dict[str, pl.DataFrame]) -> None:
    found = ranked(of_2022)
    rows = robustness_rows(found, simulate_ranks(found.points, CERTAIN))
    same = pl.all_horizontal(
        pl.col("rank") == pl.col(name)
        for name in ("rank_min", "rank_p05", "rank_p50", "rank_p95", "rank_max")
    )
    assert rows.select(same.all()).item()
    assert rows["p_same"].unique().to_list() == [1.0]
    # Thanh Hóa and Yên Bái share the 15th rank; nobody is told to be 16th.
    assert sorted(rows["rank"].to_list())[13:17] == [14, 15, 15, 17]


def test_rejecting_every_report_leaves_the_points_of_central_figures(
    of_2022: dict[str, pl.DataFrame],
) -> None:
    settings = RobustnessSettings(draws=2, seed=1, weight_noise="0", rejection={"reported": "100%"})
    found = ranked(of_2022, settings)
    rows = robustness_rows(found, simulate_ranks(found.points, settings))
    counted = of_2022["fact_main_score"].filter("is_counted")["main_code"].unique()
    left = (
        of_2022["fact_component_score"]
        .filter(pl.col("main_code").is_in(counted.implode()))
        .with_columns(
            stands=pl.when(
                (pl.col("evidence_state") != "reported") | (pl.col("source_kind") == "central")
            )
            .then("points_micro")
            .otherwise(0)
        )
        .group_by("unit_id")
        .agg(pl.col("stands").sum())
        .with_columns(value=(pl.col("stands") * 20 + 1_000_000) // 2_000_000)
        .with_columns(expected=pl.col("value").rank("min", descending=True).cast(pl.Int32))
    )
    both = rows.join(left, on="unit_id")
    assert both.height == 63
    assert (both["rank_p50"] == both["expected"]).all()
    assert (both["rank_p50"] != both["rank"]).any()


def test_the_deciding_component_moves_the_rank_as_a_ranking_without_it(
    of_2022: dict[str, pl.DataFrame], province_release: Release
) -> None:
    table = province_release.table("fact_robustness").filter(
        pl.col("assessment_id") == "province-2022"
    )
    row = table.filter(pl.col("decisive_component").is_not_null()).sort("rank").row(5, named=True)
    counted = of_2022["fact_main_score"].filter("is_counted")["main_code"].unique()
    rest = (
        of_2022["fact_component_score"]
        .filter(
            pl.col("main_code").is_in(counted.implode()),
            pl.col("component_code") != row["decisive_component"],
        )
        .group_by("unit_id")
        .agg(points=pl.col("points_micro").sum(), maximum=pl.col("max_points_effective").sum())
    )
    values = {
        unit_id: int(Fraction(points * 10_000, round(maximum * 1_000_000)) + Fraction(1, 2))
        for unit_id, points, maximum in rest.iter_rows()
    }
    own = values[row["unit_id"]]
    assert 1 + sum(value > own for value in values.values()) == row["rank_without_decisive"]
    assert row["rank_without_decisive"] != row["rank"]


def test_a_main_scaled_up_keeps_its_published_points() -> None:
    # Huế 2020: 42.63 of 48 counts as 44.41 of 50; the second unit has all 50 assessed.
    tables = scaled_up()
    found = ranked(tables)
    assert found.points.points_micro.sum(axis=1).tolist() == [44_406_250, 30_000_000]
    assert found.points.max_micro.sum(axis=1).tolist() == [50_000_000, 50_000_000]
    assert found.units["value_units"].to_list() == [8881, 6000]


def scaled_up() -> dict[str, pl.DataFrame]:
    about = {"assessment_id": "hue-2020", "assessment_year": 2020, "level": "department"}
    common = {"group_code": "all", "data_basis": "published", **about}
    ranking = [
        {
            **common,
            "unit_id": unit_id,
            "unit_name": unit_id,
            "framework_id": "f",
            "scope": "overall",
            "scope_code": "DTI",
            "value": value,
            "rank": rank,
            "n_ranked": 2,
            "rank_in_group": rank,
            "n_in_group": 2,
            "rank_basis": "computed",
        }
        for unit_id, value, rank in (("U-1", 0.8881, 1), ("U-2", 0.6000, 2))
    ]
    components = [
        {
            "unit_id": unit_id,
            "main_code": "3",
            "component_code": code,
            "points_micro": points,
            "max_points_effective": maximum,
            "source_kind": "self_report",
            "evidence_state": "reported",
        }
        for unit_id, code, points, maximum in (
            ("U-1", "0301", 20_000_000, 25.0),
            ("U-1", "0302", 22_630_000, 23.0),
            ("U-1", "0303", 0, 0.0),
            ("U-2", "0301", 10_000_000, 25.0),
            ("U-2", "0302", 20_000_000, 23.0),
            ("U-2", "0303", 0, 2.0),
        )
    ]
    mains = [
        {
            "unit_id": unit_id,
            "main_code": "3",
            "points_micro": points,
            "max_points_effective": 50.0,
            "is_counted": True,
        }
        for unit_id, points in (("U-1", 44_406_250), ("U-2", 30_000_000))
    ]
    return dict(zip(NAMES, map(pl.DataFrame, (ranking, components, mains)), strict=True))


def test_tables_that_do_not_belong_together_are_refused(of_2022: dict[str, pl.DataFrame]) -> None:
    other = of_2022["fact_ranking"].with_columns(pl.col("value") + 0.01)
    with pytest.raises(ValueError, match="province-2022: the components of"):
        ranked({**of_2022, "fact_ranking": other})


def test_nobody_ranked_by_computation_gives_an_empty_table(
    of_2022: dict[str, pl.DataFrame],
) -> None:
    printed = of_2022["fact_ranking"].with_columns(rank_basis=pl.lit("published"))
    found = fact_robustness(
        printed,
        components=of_2022["fact_component_score"],
        mains=of_2022["fact_main_score"],
        settings=CERTAIN,
        decimals=4,
    )
    assert found.is_empty()
    assert "rank_p05" in found.columns


@pytest.mark.parametrize(
    ("rejection", "message"),
    [({"unchecked": "10%"}, "unknown state of evidence"), ({"reported": "110%"}, "outside 0 to 1")],
)
def test_settings_that_make_no_sense_are_refused(rejection: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RobustnessSettings(draws=1, seed=1, weight_noise="25%", rejection=rejection)


def shown(
    data: Path, capsys: pytest.CaptureFixture[str], assessment: str = "province-2022", **more: Any
) -> dict[str, Any]:
    assert show_robustness(assessment, data=data, as_json=True, **more) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_the_command_shows_the_table_of_the_release(
    province_data: Path, province_release: Release, capsys: pytest.CaptureFixture[str]
) -> None:
    found = shown(province_data, capsys)
    published = (
        province_release.table("fact_robustness")
        .filter(pl.col("assessment_id") == "province-2022")
        .sort("rank", "unit_id")
    )
    assert [row["rank_p95"] for row in found["rows"]] == published["rank_p95"].to_list()
    assert (found["draws"], found["seed"], found["rejection"]) == (2000, 922, {"reported": 0.1})


def test_one_unit_has_the_chance_of_each_rank_and_against_another(
    province_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = shown(
        province_data, capsys, unit="Ninh Bình", versus="Bắc Kạn", draws=500, seed=7, left_out=2
    )
    assert sum(entry["chance"] for entry in found["rank_chances"]) == pytest.approx(1)
    assert found["p_above"] > 0.99
    assert found["left_out"] == 2
    moves = [abs(entry["rank_change"]) for entry in found["without_component"]]
    assert moves == sorted(moves, reverse=True)
    assert {entry["main_code"] for entry in found["without_main"]} <= set("12345789")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"versus": "Hà Nội"}, "--versus compares with a unit"),
        ({"left_out": 95}, "there are only 95 components"),
        ({"unit": "Hà Nộ"}, "nearest: Hà Nội"),
    ],
)
def test_wrong_usage_of_the_command_is_explained(
    province_data: Path,
    capsys: pytest.CaptureFixture[str],
    more: dict[str, Any],
    message: str,
) -> None:
    with pytest.raises(UsageError, match=message):
        shown(province_data, capsys, draws=10, **more)


def test_the_page_names_what_was_drawn(
    province_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = show_robustness(
        "province-2022", draws=100, seed=3, unit="06", versus="01", data=province_data
    )
    text = capsys.readouterr().out
    assert status == 0
    assert "100 lần thử · draws, seed 3; trọng số · weights ±25%" in text
    assert "reported 10%" in text
    assert "Bắc Kạn trên · above Hà Nội: 0.0%" in text
    assert "calibrated_sample" in text
