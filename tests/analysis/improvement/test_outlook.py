from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from dti_pipeline.analysis.improvement.outlook import RuleSteps, band_floor
from dti_pipeline.analysis.improvement.reachable import reachable
from dti_pipeline.analysis.improvement.rescoring import Accounts
from dti_pipeline.cli.selection import Selection
from dti_pipeline.index.frameworks.load import load_framework
from dti_pipeline.index.rules.rule import Attainable
from dti_pipeline.pipeline import compute
from dti_pipeline.release.folder import Release
from dti_pipeline.workspace import Workspace
from tests.index.rules.cases import component, main
from tests.small_index import NOT_APPLICABLE, SmallIndex, of_agency

BONUS = {"kind": "bonus", "value": "n", "each": "5", "cap": "10"}
PENALTY = {"kind": "penalty", "value": "n", "each": "2", "cap": "8"}
COLUMNS = ["points", "points_next", "points_target", "points_top", "rank_if_top", "value_if_top"]


STEPS = RuleSteps.of(Attainable(levels=(0, 50), ranges=((36, 39),)))


def test_the_next_step_is_the_next_break_or_the_top() -> None:
    points = np.array([0, 20, 36, 38, 50], dtype=np.int64)
    assert STEPS.next_step(points).tolist() == [36, 36, 50, 50, 50]
    assert STEPS.top == 50


def test_a_result_between_two_steps_goes_up_to_the_next() -> None:
    asked = np.array([0, 1, 37, 40, 50], dtype=np.int64)
    assert STEPS.at_least(asked).tolist() == [0, 36, 37, 50, 50]


@pytest.mark.parametrize(
    ("band", "maximum", "expected"),
    [
        ("maximum", 15_000_000, 15_000_000),
        ("high", 15_000_000, 12_000_000),
        ("fair", 9_999_999, 6_500_000),
        ("very_low", 10_000_000, 1),
        ("none such", 10_000_000, 0),
    ],
)
def test_the_fewest_points_of_a_band_respect_its_closed_side(
    band: str, maximum: int, expected: int
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
    of_bac_kan = outlook.filter(unit_name="Bắc Kạn").iter_rows(named=True)
    rows = {row["component_code"]: row for row in of_bac_kan}
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
    accounts = Selection(province_release, workspace, "province-2022").accounts()
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


def test_the_slope_of_a_ratio_is_its_maximum_over_the_denominator(world: Accounts) -> None:
    reach = reachable(world, "U-1", codes=["0101", "0103", "0201"])
    aims = {"0101": 8_000_000, "0103": 6_000_000, "0201": 5_000_000}
    slopes = {
        code: reach[code].slope(aim, reach[code].changes_for(aim) or {})
        for code, aim in aims.items()
    }
    # Three more files online bring 2.5 points: the jump counts in. An answer has no slope.
    assert slopes == {"0101": 0.8, "0103": None, "0201": round(2.5 / 3, 12)}


def ratio(code: str, points: int, main: str = "1", **more: object) -> dict[str, object]:
    """Describe a component whose two figures stand in the agency's table: a01, b01."""
    rule = {"kind": "ratio", "numerator": f"a{code}", "denominator": f"b{code}"}
    variables = {name: of_agency(name) for name in (f"a{code}", f"b{code}")}
    return component(code, points, main=main, rule=rule, variables=variables, **more)


def outside(code: str, rule: dict[str, str]) -> dict[str, object]:
    return component(code, 0, rule=rule, variables={"n": of_agency("n")})


Rows = Mapping[str, Sequence[object]]


def outlooks(index: SmallIndex, rows: Rows) -> dict[tuple[str, str], tuple[object, ...]]:
    """Return unit and component → ``COLUMNS``."""
    index.agency(rows)
    table = compute(index.define())["fact_component_outlook"]
    rows_of_table = table.select("unit_id", "component_code", *COLUMNS).iter_rows()
    return {(unit, code): tuple(rest) for unit, code, *rest in rows_of_table}


def standing(index: SmallIndex, rows: Rows) -> dict[str, tuple[float, int]]:
    """Return unit → overall value and rank."""
    index.agency(rows)
    overall = compute(index.define())["fact_ranking"].filter(scope="overall")
    return {
        unit: (value, rank) for unit, value, rank in overall[["unit_id", "value", "rank"]].rows()
    }


@pytest.fixture
def index(tmp_path: Path) -> SmallIndex:
    index = SmallIndex(tmp_path)
    index.units({"U1": "", "U2": "", "U3": ""})
    index.assessment()
    return index


def test_a_bonus_carries_no_main_above_its_maximum_and_has_an_outlook_of_its_own(
    index: SmallIndex,
) -> None:
    index.framework([ratio("01", 10), ratio("02", 10), outside("03", BONUS)], [main("1", 20)])
    found = outlooks(
        index, {"U1": [10, 10, 5, 10, 1], "U2": [1, 10, 1, 10, 0], "U3": [5, 10, 9, 10, 2]}
    )
    # 10 + 5 + 5 of 20 points: nothing more counts.
    assert found["U1", "02"] == (5.0, 10.0, 5.0, 10.0, 1, 1.0)
    assert found["U1", "03"] == (5.0, 10.0, 5.0, 10.0, 1, 1.0)
    assert found["U2", "03"] == (0.0, 10.0, 0.0, 10.0, 3, 0.6)


def test_what_a_penalty_swallows_is_no_gain(index: SmallIndex) -> None:
    index.framework(
        [ratio("01", 10), outside("02", PENALTY), ratio("03", 10, "2")],
        [main("1", 10), main("2", 10)],
    )
    rows = {"U1": [1, 10, 4, 5, 10], "U2": [6, 10, 0, 2, 10], "U3": [3, 10, 1, 1, 10]}
    found = outlooks(index, rows)
    # 1 - 8 points count 0, and 10 - 8 would count 2; 0.40 is the best.
    assert found["U1", "01"] == (1.0, 10.0, 1.0, 10.0, 2, 0.35)
    assert found["U1", "02"] == (-8.0, 0.0, -8.0, 0.0, 2, 0.3)
    assert standing(index, rows | {"U1": [10, 10, 4, 5, 10]})["U1"] == (0.35, 2)


def test_a_gain_in_a_main_that_is_scaled_up_rounds_as_scoring_does(index: SmallIndex) -> None:
    rescaled = {"not_applicable": {"treatment": "rescale", "scope": "main"}}
    rule, variables = {"kind": "given", "value": "n"}, {"n": of_agency("n", kind="score")}
    given = component("03", 10, main="2", rule=rule, variables=variables)
    index.framework(
        [ratio("01", 3), ratio("02", 7, **rescaled), given], [main("1", 10), main("2", 10)]
    )
    others = {"U2": [3, 3, 10, 10, "0.002"], "U3": [0, 3, 5, 10, 5]}
    nothing = [NOT_APPLICABLE] * 2
    found = outlooks(index, {"U1": [1, 3, *nothing, "0.001"], **others})
    assert found["U1", "01"][-2:] == (1, 0.5001)
    assert standing(index, {"U1": [3, 3, *nothing, "0.001"], **others})["U1"] == (0.5001, 1)
