"""The 34 provinces by decision 405 at component level: 940 effective points, made-up figures."""

from collections import Counter

import polars as pl
import pytest

from dti_pipeline.index.definition import define
from dti_pipeline.pipeline import compute
from dti_pipeline.workspace import Workspace
from tests.conftest import REPOSITORY

Tables = dict[str, pl.DataFrame]


@pytest.fixture(scope="module")
def tables() -> Tables:
    return compute(define("province-2025", workspace=Workspace(data=REPOSITORY / "data")))


def test_eight_mains_and_47_components_are_named_by_what_is_known(tables: Tables) -> None:
    indicators = tables["dim_indicator"]
    mains = indicators.filter(indicator_level="main")
    assert mains["max_points"].to_list() == [100] * 5 + [200, 150, 150]
    assert mains["concept"].to_list()[5:] == ["government", "economy", "society"]
    components = indicators.filter(indicator_level="component")
    assert components.height == 47
    assert Counter(components["basis"]) == {"inferred": 43, "illustrative": 4}


def test_60_foundation_points_leave_the_whole(tables: Tables) -> None:
    ranking = tables["fact_ranking"]
    effective = {
        code: (whole, counted)
        for code, whole, counted in ranking.unique("scope_code")
        .select("scope_code", "max_points", "max_points_effective")
        .iter_rows()
    }
    assert effective["DTI"] == (1000, 940)
    assert effective["GOV"] == (700, 640)
    assert effective["ECO"] == effective["SOC"] == (650, 590)
    assert (effective["1"], effective["3"]) == ((100, 80), (100, 100))
    away = tables["fact_component_score"].filter(max_points_effective=0)
    assert sorted(away["component_code"].unique()) == ["0104", "0204", "0404"]
    assert away.height == 3 * 34


def test_all_34_are_ranked_and_everything_is_marked_as_made_up(tables: Tables) -> None:
    overall = tables["fact_ranking"].filter(scope="overall")
    assert overall["rank"].count() == overall.height == 34
    for name in ("fact_ranking", "fact_component_score", "fact_observation"):
        assert set(tables[name]["data_basis"]) == {"sample"}
    assert tables["dq_issue"].filter(severity="blocking").is_empty()


def test_a_figure_that_nobody_supplies_is_a_zero_of_its_own(tables: Tables) -> None:
    reasons = tables["fact_component_score"].select("component_code", "lost_reason")
    without_path = reasons.filter(lost_reason="no_path")
    assert without_path["component_code"].to_list() == ["0405"] * 34
    assert "no_data" not in set(reasons["lost_reason"])
