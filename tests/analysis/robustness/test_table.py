import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dti_pipeline.analysis.pools import Results
from dti_pipeline.analysis.robustness.points import NotDrawnError
from dti_pipeline.analysis.robustness.simulation import simulate_ranks
from dti_pipeline.analysis.robustness.table import (
    RankedUnits,
    fact_robustness,
    ranked_units,
    robustness_rows,
)
from dti_pipeline.analysis.settings import RobustnessSettings, load_analysis_settings
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.robustness import show_robustness
from dti_pipeline.release.folder import Release
from schemas.tables.analysis import FactRobustness

Tables = dict[str, pl.DataFrame]
NAMES = {
    "ranking": "fact_ranking",
    "components": "fact_component_score",
    "mains": "fact_main_score",
}
CERTAIN = RobustnessSettings(draws=3, seed=1, weight_noise="0", rejection={})


@pytest.fixture(scope="module")
def of_2022(province_release: Release) -> Tables:
    of_year = pl.col("assessment_id") == "province-2022"
    return {key: province_release.table(name).filter(of_year) for key, name in NAMES.items()}


@pytest.fixture(scope="module")
def published(province_release: Release) -> pl.DataFrame:
    table = province_release.table("fact_robustness")
    return table.filter(pl.col("assessment_id") == "province-2022").sort("rank", "unit_id")


def ranked(tables: Tables, settings: RobustnessSettings = CERTAIN) -> RankedUnits:
    units = ranked_units(Results(**tables, decimals=4), settings=settings)
    assert units is not None
    return units


def simulated(tables: Tables, settings: RobustnessSettings) -> pl.DataFrame:
    units = ranked(tables, settings)
    return robustness_rows(units, simulate_ranks(units.points, settings))


def test_the_release_holds_intervals_for_every_ranked_unit(province_release: Release) -> None:
    table = province_release.table("fact_robustness")
    assert FactRobustness.conform(table.drop("release_id")).height == table.height
    counts = dict(table.group_by("assessment_id").len().sort("assessment_id").iter_rows())
    assert counts == {"province-2022": 63, "province-2023": 63, "province-2024": 63}
    assert table["n_draws"].unique().to_list() == [load_analysis_settings().robustness.draws]
    inside = (pl.col("rank_min") <= pl.col("rank")) & (pl.col("rank") <= pl.col("rank_max"))
    assert table.select(inside.all()).item()


def test_the_table_comes_out_again_to_the_last_bit(
    of_2022: Tables, published: pl.DataFrame
) -> None:
    shuffled = of_2022["components"].sample(fraction=1.0, shuffle=True, seed=3)
    results = Results(**{**of_2022, "components": shuffled}, decimals=4)
    again = fact_robustness(results, settings=load_analysis_settings().robustness)
    assert again.sort("rank", "unit_id").equals(published.select(again.columns))


def test_without_noise_every_draw_is_the_ranking_itself(of_2022: Tables) -> None:
    rows = simulated(of_2022, CERTAIN)
    same = pl.all_horizontal(
        pl.col("rank") == pl.col(name)
        for name in ("rank_min", "rank_p05", "rank_p50", "rank_p95", "rank_max")
    )
    assert rows.select(same.all()).item()
    assert rows["p_same"].unique().to_list() == [1.0]
    # Thanh Hóa and Yên Bái share the 15th rank; nobody is told to be 16th.
    assert sorted(rows["rank"].to_list())[13:17] == [14, 15, 15, 17]


def test_rejecting_every_report_leaves_the_points_of_central_figures(of_2022: Tables) -> None:
    settings = RobustnessSettings(draws=2, seed=1, weight_noise="0", rejection={"reported": "100%"})
    rows = simulated(of_2022, settings)
    counted = of_2022["mains"].filter("is_counted")["main_code"].unique()
    left = (
        of_2022["components"]
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
    of_2022: Tables, published: pl.DataFrame
) -> None:
    row = published.filter(pl.col("decisive_component").is_not_null()).row(5, named=True)
    counted = of_2022["mains"].filter("is_counted")["main_code"].unique()
    rest = (
        of_2022["components"]
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
    units = ranked(scaled_up())
    assert units.points.points_micro.sum(axis=1).tolist() == [44_406_250, 30_000_000]
    assert units.points.max_micro.sum(axis=1).tolist() == [50_000_000, 50_000_000]
    assert units.units["value_units"].to_list() == [8881, 6000]


def scaled_up() -> Tables:
    common = {
        **{"assessment_id": "hue-2020", "assessment_year": 2020, "level": "department"},
        **{"group_code": "all", "data_basis": "published", "framework_id": "f"},
        **{"scope": "overall", "scope_code": "DTI", "rank_basis": "computed"},
        **{"n_ranked": 2, "n_in_group": 2},
    }
    ranking = [
        {**common, "unit_id": unit, "unit_name": unit, "value": v, "rank": r, "rank_in_group": r}
        for unit, v, r in (("U-1", 0.8881, 1), ("U-2", 0.6000, 2))
    ]
    scores = {"unit_id": pl.String, "component_code": pl.String, "points_micro": pl.Int64}
    components = pl.DataFrame(
        [
            ("U-1", "0301", 20_000_000, 25.0),
            ("U-1", "0302", 22_630_000, 23.0),
            ("U-1", "0303", 0, 0.0),
            ("U-2", "0301", 10_000_000, 25.0),
            ("U-2", "0302", 20_000_000, 23.0),
            ("U-2", "0303", 0, 2.0),
        ],
        schema={**scores, "max_points_effective": pl.Float64},
        orient="row",
    ).with_columns(
        main_code=pl.lit("3"), source_kind=pl.lit("self_report"), evidence_state=pl.lit("reported")
    )
    mains = pl.DataFrame(
        {"unit_id": ["U-1", "U-2"], "points_micro": [44_406_250, 30_000_000]}
    ).with_columns(main_code=pl.lit("3"), max_points_effective=50.0, is_counted=True)
    return {"ranking": pl.DataFrame(ranking), "components": components, "mains": mains}


def one_component(tables: Tables) -> Tables:
    """Keep the first component, which makes the whole value."""
    components = tables["components"].filter(component_code="0301")
    mains = tables["mains"].join(components.select("unit_id", "points_micro"), on="unit_id")
    mains = mains.with_columns(points_micro="points_micro_right", max_points_effective=25.0)
    values = pl.Series("value", [0.8, 0.4])
    return {
        "ranking": tables["ranking"].with_columns(values),
        "components": components,
        "mains": mains.drop("points_micro_right"),
    }


def of_another_value(tables: Tables) -> Tables:
    return {**tables, "ranking": tables["ranking"].with_columns(pl.col("value") + 0.01)}


def of_billions(tables: Tables) -> Tables:
    """Make points and maxima a million times as large; the values stay."""
    larger = {
        name: tables[name].with_columns(
            pl.col("points_micro") * 1_000_000, pl.col("max_points_effective") * 1e6
        )
        for name in ("components", "mains")
    }
    return {**tables, **larger}


@pytest.mark.parametrize(
    ("change", "reason", "message"),
    [
        (of_another_value, "other_value", "hue-2020: the components of U-1"),
        (of_billions, "too_many_points", "too many for exact sums"),
        (one_component, "only_component", "one component only"),
    ],
)
def test_where_nothing_can_be_drawn_the_rows_say_why(
    change: Callable[[Tables], Tables], reason: str, message: str
) -> None:
    tables = change(scaled_up())
    with pytest.raises(NotDrawnError, match=message):
        simulate_ranks(ranked(tables).points, load_analysis_settings().robustness)
    settings = load_analysis_settings().robustness
    rows = fact_robustness(Results(**tables, decimals=4), settings=settings)
    assert rows.select("unit_id", "rank", "n_ranked", "null_reason").rows() == [
        ("U-1", 1, 2, reason),
        ("U-2", 2, 2, reason),
    ]
    drawn = rows.select("n_draws", r"^rank_.+$", r"^p_.+$", "cluster", "decisive_component")
    assert drawn.select(pl.all_horizontal(pl.all().is_null()).all()).item()
    stored = rows.with_columns(revision_id=pl.lit("hue-2020-r0001-0")).cast(FactRobustness.schema())
    FactRobustness.validate(stored.select(FactRobustness.names()))


def test_a_rank_that_nothing_decides_says_so(published: pl.DataFrame) -> None:
    alone = pl.col("decisive_component").is_null()
    assert published.select((alone == (pl.col("null_reason") == "nothing_decides")).all()).item()


def test_nobody_ranked_by_computation_gives_an_empty_table(of_2022: Tables) -> None:
    printed = of_2022["ranking"].with_columns(rank_basis=pl.lit("published"))
    results = Results(**{**of_2022, "ranking": printed}, decimals=4)
    table = fact_robustness(results, settings=CERTAIN)
    assert table.is_empty()
    assert "rank_p05" in table.columns


@pytest.mark.parametrize(
    ("rejection", "message"),
    [
        ({"unchecked": "10%"}, "Input should be 'not_required', 'missing'"),
        ({"reported": "110%"}, "less than or equal to 1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(rejection: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RobustnessSettings(draws=1, seed=1, weight_noise="25%", rejection=rejection)


def shown(
    data: Path, capsys: pytest.CaptureFixture[str], assessment: str = "province-2022", **more: Any
) -> dict[str, Any]:
    assert show_robustness(assessment, data=data, as_json=True, **more) == 0
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def test_the_command_shows_the_table_of_the_release(
    province_data: Path, published: pl.DataFrame, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = shown(province_data, capsys)
    assert [row["rank_p95"] for row in answer["rows"]] == published["rank_p95"].to_list()
    assert (answer["draws"], answer["seed"], answer["rejection"]) == (2000, 922, {"reported": 0.1})


def test_one_unit_has_the_chance_of_each_rank_and_against_another(
    province_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = shown(
        province_data, capsys, unit="Ninh Bình", versus="Bắc Kạn", draws=500, seed=7, left_out=2
    )
    assert sum(entry["chance"] for entry in answer["rank_chances"]) == pytest.approx(1)
    assert answer["p_above"] > 0.99
    assert answer["left_out"] == 2
    moves = [abs(entry["rank_change"]) for entry in answer["without_component"]]
    assert moves == sorted(moves, reverse=True)
    assert {entry["main_code"] for entry in answer["without_main"]} <= set("12345789")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"versus": "Hà Nội"}, "--versus compares with a unit"),
        ({"left_out": 95}, "there are only 95 components"),
        ({"unit": "Hà Nộ"}, "nearest: Hà Nội"),
    ],
)
def test_wrong_usage_of_the_command_is_explained(
    province_data: Path, more: dict[str, Any], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        show_robustness("province-2022", data=province_data, as_json=True, draws=10, **more)


def test_the_page_names_what_was_drawn(
    province_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = {"draws": 100, "seed": 3, "unit": "06", "versus": "01", "data": province_data}
    assert show_robustness("province-2022", **options) == 0
    text = capsys.readouterr().out
    assert "100 lần mô phỏng (seed 3); trọng số ±25%" in text
    assert "đã nộp, chưa thẩm định 10%" in text
    assert "Bắc Kạn xếp trên Hà Nội: 0,0%" in text
    assert "Chỉ giá trị có dấu ◇ khớp kết quả đã công bố" in text
