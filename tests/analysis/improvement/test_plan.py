import itertools
from fractions import Fraction
from pathlib import Path
from statistics import median

import pytest

from dti_pipeline.analysis.improvement.plan import (
    Aim,
    Planner,
    UnknownBandError,
    plan_by_band,
    plan_for,
)
from dti_pipeline.analysis.improvement.prices import Duty
from dti_pipeline.analysis.improvement.rescoring import Accounts
from dti_pipeline.analysis.settings import PlanSettings, Price, load_analysis_settings
from dti_pipeline.exact import least_numerator
from tests.analysis.improvement.world import (
    FIGURES,
    PAIR,
    RATIO,
    TARGET,
    UNIT_IDS,
    accounts_of,
    choice,
    definition,
    observations,
    small_framework,
)
from tests.index.rules.cases import component, count

# Results of each component of the index below, by figure: written down here by hand.
RESULTS = {
    "0101": [Fraction(8 * done, 10) for done in range(11)],
    "0102": [Fraction(0), Fraction(2), Fraction(6)],
    "0201": [Fraction(done, 2) if done < 8 else Fraction(5) for done in range(11)],
    "0202": [Fraction(0)] * 9 + [Fraction(9, 10) * 4, Fraction(4)],
    "0203": [Fraction(3 * done, 4) for done in range(5)],
}
MAINS = {"1": ("0101", "0102"), "2": ("0201", "0202", "0203")}
PRESENT = {
    "U-1": {"0101": 5, "0102": 1, "0201": 6, "0202": 8, "0203": 1},
    "U-2": {"0101": 9, "0102": 2, "0201": 9, "0202": 9, "0203": 3},
    "U-3": {"0101": 6, "0102": 1, "0201": 7, "0202": 10, "0203": 4},
    "U-4": {"0101": 1, "0102": 0, "0201": 2, "0202": 0, "0203": 0},
}


@pytest.fixture
def steps(tmp_path: Path) -> Accounts:
    """Return an index in which every component moves in steps."""
    coverage = {"kind": "coverage", "value": "n", "of": 4}
    components = [
        component("0101", 8, rule=RATIO, variables=PAIR),
        component("0102", 6, **choice("c", {"no": "0", "draft": "1/3", "done": "1"})),
        component("0201", 5, main="2", rule=TARGET, variables=PAIR),
        component("0202", 4, main="2", rule={**RATIO, "kind": "cliff"}, variables=PAIR),
        component("0203", 3, main="2", rule=coverage, variables={"n": count("n")}),
    ]
    names = {"0101": "b", "0102": "c", "0201": "b", "0202": "b", "0203": "n"}
    figures = {
        unit_id: {(code, names[code]): figure for code, figure in own.items()}
        | {(code, "a"): 10 for code in ("0101", "0201", "0202")}
        for unit_id, own in PRESENT.items()
    }
    return accounts_of(tmp_path, components, {"1": 14, "2": 12}, observations(figures))


def planner(accounts: Accounts, unit_id: str, **more: object) -> Planner:
    """Return a planner with the medians of all four offices."""
    points = {unit: accounts.points_of(unit) for unit in UNIT_IDS}
    medians = {
        code: int(median(points[unit][code] or 0 for unit in UNIT_IDS)) for code in points["U-1"]
    }
    return Planner(
        accounts=accounts,
        unit_id=unit_id,
        medians=medians,
        settings=more.pop("settings", load_analysis_settings().plan),  # type: ignore[arg-type]
        **more,  # type: ignore[arg-type]
    )


def value_of(points: Fraction, maximum: int) -> int:
    """Round to four places half up, as published."""
    exact = points * 10_000 / maximum
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def least_by_trying(unit_id: str, codes: tuple[str, ...], worst_rank: int) -> Fraction | None:
    """Try every combination of figures and return the least effort that brings the rank."""
    maximum = sum(int(max(RESULTS[code])) for code in codes)
    values = {
        unit: value_of(sum((RESULTS[code][own[code]] for code in codes), Fraction(0)), maximum)
        for unit, own in PRESENT.items()
    }
    others = [value for unit, value in values.items() if unit != unit_id]
    medians = {code: median(RESULTS[code][own[code]] for own in PRESENT.values()) for code in codes}
    efforts = []
    for chosen in itertools.product(*(RESULTS[code] for code in codes)):
        now = [RESULTS[code][PRESENT[unit_id][code]] for code in codes]
        if any(after < before for after, before in zip(chosen, now, strict=True)):
            continue
        value = value_of(sum(chosen, Fraction(0)), maximum)
        if 1 + sum(other > value for other in others) > worst_rank:
            continue
        efforts.append(
            sum(
                max(min(after, medians[code]) - before, Fraction(0))
                + 3 * (after - max(before, medians[code]) if after > medians[code] else 0)
                for code, before, after in zip(codes, now, chosen, strict=True)
            )
        )
    return min(efforts, default=None)


@pytest.mark.parametrize("unit_id", UNIT_IDS)
@pytest.mark.parametrize("rank", [1, 2, 3])
@pytest.mark.parametrize("scope_code", ["DTI", "1", "2"])
def test_a_plan_needs_no_more_effort_than_any_combination_of_figures(
    steps: Accounts, unit_id: str, rank: int, scope_code: str
) -> None:
    codes = MAINS.get(scope_code, tuple(RESULTS))
    plan = plan_for(planner(steps, unit_id), Aim(scope_code=scope_code, rank=rank))
    expected = least_by_trying(unit_id, codes, rank)
    assert plan.is_reached
    assert plan.rank <= rank
    assert plan.effort == expected
    assert plan.bound == expected or plan.effort == 0


def test_the_promised_rank_is_what_scoring_everything_again_gives(steps: Accounts) -> None:
    plan = plan_for(planner(steps, "U-4"), Aim(scope_code="DTI", rank=2))
    again = steps.with_figures("U-4", plan.outcome.changes)
    row = again.row("U-4", "DTI")
    assert row["rank"] == plan.rank == 2
    assert row["value_units"] == plan.value_units
    assert steps.row("U-4", "DTI")["rank"] == 4
    # The others keep their values: no rule of this index compares units.
    assert [again.row(u, "DTI")["value_units"] for u in UNIT_IDS[:3]] == [
        steps.row(u, "DTI")["value_units"] for u in UNIT_IDS[:3]
    ]


def test_a_value_may_be_the_target(steps: Accounts) -> None:
    plan = plan_for(planner(steps, "U-1"), Aim(scope_code="DTI", value_units=8_000))
    assert plan.is_reached
    assert plan.value_units >= 8_000


def test_who_stands_there_already_has_nothing_to_do(steps: Accounts) -> None:
    plan = plan_for(planner(steps, "U-2"), Aim(scope_code="DTI", rank=2))
    assert (plan.effort, plan.outcome.changes, plan.is_reached) == (0, {}, True)


def test_a_target_out_of_reach_shows_what_doing_everything_brings(steps: Accounts) -> None:
    trend = {"U-2": 5_000, "U-3": 0, "U-4": 0}
    everything = plan_for(planner(steps, "U-1"), Aim(scope_code="DTI", value_units=10_000))
    assert (everything.is_reached, everything.value_units) == (True, 10_000)
    beyond = plan_for(planner(steps, "U-1"), Aim(scope_code="DTI", value_units=10_001))
    assert (beyond.is_reached, beyond.value_units, beyond.bound) == (False, 10_000, None)
    # Nobody's trend goes beyond the whole: first place is then shared.
    shared = plan_for(planner(steps, "U-1", trend=trend), Aim(scope_code="DTI", rank=1))
    assert (shared.is_reached, shared.value_units, shared.rank) == (True, 10_000, 1)


def test_rivals_that_move_on_ask_for_more(steps: Accounts) -> None:
    still = plan_for(planner(steps, "U-1"), Aim(scope_code="DTI", rank=2))
    moving = plan_for(planner(steps, "U-1", trend={"U-3": 500}), Aim(scope_code="DTI", rank=2))
    third = steps.row("U-3", "DTI")["value_units"]
    assert isinstance(third, int)
    assert third <= still.value_units < third + 500 <= moving.value_units
    assert (still.rank, moving.rank) == (2, 2)
    assert moving.effort > still.effort


def test_an_effort_of_its_own_replaces_the_settings(steps: Accounts) -> None:
    duties = {"0202": Duty(effort=Fraction(0), texts={}), "0102": Duty(effort=None, texts={})}
    plan = plan_for(planner(steps, "U-1", duties=duties), Aim(scope_code="2", rank=2))
    gained = plan.outcome.after["0202"] - plan.outcome.before["0202"]
    assert gained > 0
    assert plan.ways["0202"].effort(4_000_000) == 0


def test_prices_of_the_settings_decide_where_points_are_looked_for(steps: Accounts) -> None:
    flat = PlanSettings(price=Price(to_median="1", beyond_median="1"), by_band={})
    cheap = plan_for(planner(steps, "U-1", settings=flat), Aim(scope_code="DTI", rank=1))
    assert cheap.effort == sum(
        Fraction(cheap.outcome.after[code] - before, 1_000_000)
        for code, before in cheap.outcome.before.items()
    )


def test_components_that_share_a_figure_keep_their_points(world: Accounts) -> None:
    # Training more staff lowers the share that is certified: the plan certifies more as well.
    duties = {"0101": Duty(effort=Fraction(0), texts={})}
    plan = plan_for(planner(world, "U-1", duties=duties), Aim(scope_code="1", rank=2))
    after, before = plan.outcome.after, plan.outcome.before
    assert plan.is_reached
    trained = plan.outcome.changes["0101", "trained"]
    assert trained > 5_000_000
    assert plan.outcome.changes["0102", "certified"] * 5 >= trained * 2
    assert all(after[code] >= points for code, points in before.items())


def test_a_plan_on_a_rule_that_compares_units_is_scored_with_everybody(world: Accounts) -> None:
    plan = plan_for(planner(world, "U-4"), Aim(scope_code="2", rank=1))
    assert plan.is_reached
    assert plan.rank == 1
    assert plan.value_units == plan.outcome.accounts.row("U-4", "2")["value_units"]


def test_figures_that_only_lack_evidence_come_back_without_a_change(tmp_path: Path) -> None:
    rows = observations(FIGURES, rejected=(("U-2", "0202", "visits"),))
    accounts = Accounts.of(definition(small_framework(tmp_path), tmp_path), rows)
    duties = {"0202": Duty(effort=Fraction(0), texts={})}
    aim = Aim(scope_code="2", value_units=10_000)
    plan = plan_for(planner(accounts, "U-2", duties=duties), aim)
    assert plan.is_reached
    assert plan.outcome.changes == {("0202", "visits"): 100_000_000}
    assert plan.outcome.before["0202"] == 0


def test_bands_lead_to_the_bands_of_next_year(steps: Accounts) -> None:
    # 0101: 4 of 8 is average → fair (65 %): 5.6 is the next step; 0102: 2 of 6 is low → average.
    assert by_band(steps, "U-1") == [5_600_000, 6_000_000, 3_500_000, 3_600_000, 1_500_000]
    # The maximum stays, high (0101: 7.2 of 8; 0202: 3.6 of 4) → maximum, fair (0203: 75 %) stays.
    assert by_band(steps, "U-2") == [8_000_000, 6_000_000, 5_000_000, 4_000_000, 2_250_000]


def by_band(accounts: Accounts, unit_id: str) -> list[int]:
    """Return the points of every component of the plan, in the order of ``RESULTS``."""
    after = plan_by_band(planner(accounts, unit_id), Aim(scope_code="DTI")).outcome.after
    assert after.keys() == RESULTS.keys()
    return [after[code] for code in RESULTS]


def test_fair_may_aim_higher_by_a_setting(steps: Accounts) -> None:
    settings = PlanSettings(
        price=load_analysis_settings().plan.price,
        by_band={**load_analysis_settings().plan.by_band, "fair": "high"},
    )
    plan = plan_by_band(planner(steps, "U-2", settings=settings), Aim(scope_code="DTI"))
    assert plan.outcome.after["0203"] == 3_000_000


def test_a_band_the_framework_does_not_have_is_named(steps: Accounts) -> None:
    settings = PlanSettings(price=load_analysis_settings().plan.price, by_band={"good": "maximum"})
    message = "không có mức xếp loại good; đang có: maximum, high, fair"
    with pytest.raises(UnknownBandError, match=message):
        plan_by_band(planner(steps, "U-2", settings=settings), Aim(scope_code="DTI"))


@pytest.mark.parametrize("units", [1, 6_214, 8_002, 10_000])
def test_the_fewest_points_just_reach_the_printed_value(units: int) -> None:
    fewest = least_numerator(units, 10_000, 940_000_000)
    assert value_of(Fraction(fewest, 1_000_000), 940) == units
    assert value_of(Fraction(fewest - 1, 1_000_000), 940) == units - 1
