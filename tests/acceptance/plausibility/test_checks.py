"""Each check finds the trouble it is for, and is quiet on figures without it."""

import re
from pathlib import Path

import polars as pl
import pytest

from dti_pipeline.acceptance.plausibility.checks import doubts
from dti_pipeline.acceptance.plausibility.settings import CheckSettingsError, load_check_settings
from dti_pipeline.acceptance.plausibility.sums import known_sums
from dti_pipeline.index.frameworks.load import read_framework
from dti_pipeline.release.jumps import Year, figure_jumps, jumps, value_jumps
from schemas.text import Text

FRAMEWORK_FILE = Path(__file__).parent / "checks.toml"
UNITS = [f"U{number:02}" for number in range(12)]
MICRO = 1_000_000
Figures = dict[tuple[str, str, str], float]


def sound() -> Figures:
    """Return figures of twelve different units with nothing odd about them."""
    found: Figures = {}
    for number, unit in enumerate(UNITS):
        officials = 1000 + 137 * number
        found |= {
            (unit, "0101", "trained"): officials * (20 + 6 * number) // 100,
            (unit, "0101", "officials"): officials,
            (unit, "0102", "firms"): 3000 + 411 * number,
            (unit, "0102", "people"): 800 + 53 * number,
            (unit, "0103", "full"): 500 + 31 * number,
            (unit, "0103", "partial"): 300 + 17 * number,
            (unit, "0103", "total"): 800 + 48 * number,
            (unit, "0104", "share"): 40 + 3.5 * number,
        }
    return found


def issues_of(figures: Figures, framework: Path = FRAMEWORK_FILE) -> pl.DataFrame:
    observations = pl.DataFrame(
        [
            {
                "unit_id": unit,
                "component_code": code,
                "variable": name,
                "value_micro": round(value * MICRO),
                "obs_status": "ok",
                "source_kind": "self_report",
                "source_file": f"{unit}.xlsx",
                "source_sheet": "Báo cáo",
                "source_cell": f"H{number}",
                "raw_text": str(value),
                "accepted": True,
            }
            for number, ((unit, code, name), value) in enumerate(figures.items())
        ]
    )
    units = pl.DataFrame({"unit_id": UNITS, "unit_name": UNITS}).with_columns(
        framework_id=pl.lit("checks")
    )
    return doubts(observations, frameworks={"checks": read_framework(framework)}, units=units)


def told(figures: Figures) -> list[tuple[str, str | None, str | None]]:
    issues = issues_of(figures)
    assert set(issues["severity"]) <= {"warning"}
    return list(issues.select("rule_id", "unit_id", "component_code").iter_rows())


def test_sound_figures_raise_nothing() -> None:
    assert told(sound()) == []


@pytest.mark.parametrize(
    ("place", "value", "rule_id"),
    [
        (("U03", "0101", "trained"), 5000, "value.numerator_above_denominator"),
        (("U05", "0103", "total"), 1100, "value.parts_do_not_add_up"),
    ],
)
def test_a_figure_that_contradicts_another_is_told(
    place: tuple[str, str, str], value: int, rule_id: str
) -> None:
    assert told(sound() | {place: value}) == [(rule_id, *place[:2])]


GATED = """
[[components]]
code = "0105"
main = "1"
points = "0"
name_vi = "Hồ sơ trực tuyến"
name_en = "Online files"
basis = "illustrative"
rule = { kind = "ladder", numerator = "online", denominator = "files", steps = [">= 50%: 1"], gate = "has_portal" }

[components.variables]
has_portal = { vi = "Có cổng", en = "Portal", kind = "yes_no" }
online = { vi = "Trực tuyến", en = "Online", unit = "hồ sơ" }
files = { vi = "Hồ sơ", en = "Files", unit = "hồ sơ", minimum = "0" }
"""


@pytest.mark.parametrize(("answers", "blocked"), [((0, 1), ["U01"]), ((0, 0), [])])
def test_a_denominator_of_zero_behind_a_closed_gate_is_not_needed(
    answers: tuple[int, int], blocked: list[str], tmp_path: Path
) -> None:
    framework = tmp_path / FRAMEWORK_FILE.name
    framework.write_text(FRAMEWORK_FILE.read_text("utf-8") + GATED, encoding="utf-8")
    figures = sound()
    for unit, answer in zip(UNITS[:2], answers, strict=True):
        figures |= {(unit, "0105", "has_portal"): answer}
        figures |= {(unit, "0105", name): 0 for name in ("online", "files")}
    issues = issues_of(figures, framework).filter(rule_id="value.zero_denominator")
    assert issues["unit_id"].to_list() == blocked


def test_figures_in_different_units_are_no_share_of_each_other() -> None:
    assert all(sound()[u, "0102", "firms"] > sound()[u, "0102", "people"] for u in UNITS)
    assert told(sound()) == []


PEOPLE, SHARE = ("0102", "people"), ("0104", "share")


@pytest.mark.parametrize(
    ("figure", "slips"),
    [
        (PEOPLE, {"U04": 1000}),
        (PEOPLE, {"U04": 0.001}),
        (SHARE, {"U04": 0.01}),  # a percentage written as a fraction
        (PEOPLE, {"U00": 1000}),  # the smallest
        (PEOPLE, {"U11": 1000}),  # the largest: shifted back it is still above all others
        (PEOPLE, {"U00": 0.001}),
        (PEOPLE, {"U11": 0.001}),
        (PEOPLE, {"U04": 1000, "U05": 1000}),  # two that would hide each other
        (PEOPLE, {"U10": 1000, "U11": 1000}),
        (PEOPLE, {"U00": 0.001, "U01": 0.001}),
        (PEOPLE, {"U03": 1000, "U08": 0.001}),  # one at either end
        (PEOPLE, {"U03": 1000, "U06": 1000, "U09": 1000}),
        (SHARE, {"U00": 0.01}),
        (SHARE, {"U11": 0.01}),
        (SHARE, {"U04": 0.01, "U05": 0.01}),
        (SHARE, {"U00": 0.01, "U06": 0.01, "U11": 0.01}),
    ],
)
def test_figures_that_only_fit_another_unit_of_measure_are_told(
    figure: tuple[str, str], slips: dict[str, float]
) -> None:
    figures = sound()
    for unit, factor in slips.items():
        figures[unit, *figure] *= factor
    assert told(figures) == [("unit_of_measure.suspect", unit, figure[0]) for unit in sorted(slips)]


@pytest.mark.parametrize(
    "tail",
    [
        {"U10": 9000, "U11": 20_000},  # two large cities
        {"U11": 40_000},
        {"U00": 3, "U01": 8, "U02": 30, "U03": 110, "U04": 400},  # a long tail without a gap
        {f"U{number:02}": 10**number for number in range(10)},  # figures of every size
    ],
)
def test_figures_of_another_size_are_not_suspected(tail: dict[str, float]) -> None:
    figures = sound()
    for unit, value in tail.items():
        figures[unit, *PEOPLE] = value
    assert "unit_of_measure.suspect" not in issues_of(figures)["rule_id"]


def test_too_few_units_show_no_middle() -> None:
    figures = {key: value for key, value in sound().items() if key[0] < "U07"}
    figures["U04", *PEOPLE] *= 1000
    assert "unit_of_measure.suspect" not in issues_of(figures)["rule_id"]


def test_a_large_unit_is_not_suspected_for_its_size() -> None:
    figures = sound()
    figures["U11", "0102", "people"] = 9000
    assert told(figures) == []


def test_a_copied_report_is_told_once() -> None:
    figures = sound()
    for (unit, code, name), value in list(figures.items()):
        if unit == "U02":
            figures["U07", code, name] = value
    assert told(figures) == [("identical.answers", "U07", None)]


def heaped() -> Figures:
    """Return figures of which eleven units pass one half by a hair."""
    figures = sound()
    for number, unit in enumerate(UNITS[:11]):
        figures[unit, "0101", "officials"] = 10_000 + 1000 * number
        figures[unit, "0101", "trained"] = 5_010 + 501 * number
    return figures


def test_units_heaped_just_above_a_threshold_are_told() -> None:
    assert told(heaped()) == [("heaping.above_threshold", None, "0101")]


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("ladder", 'steps = [">= 50%: 1", ">= 20%: 1/2"]'),
        ("ladder", 'steps = ["> 80%: 1", "> 50%: 1/2"]'),
        ("cliff", 'floor = "50%"'),
    ],
)
def test_every_rule_that_pays_in_jumps_is_watched(kind: str, settings: str, tmp_path: Path) -> None:
    text = FRAMEWORK_FILE.read_text("utf-8")
    rule = f'rule = {{ kind = "{kind}", numerator = "trained", denominator = "officials", '
    changed = re.sub(r'rule = { kind = "target".*', f"{rule}{settings} }}", text)
    framework = tmp_path / FRAMEWORK_FILE.name
    framework.write_text(changed, "utf-8")
    assert issues_of(heaped(), framework)["rule_id"].to_list() == ["heaping.above_threshold"]


def test_a_heap_on_both_sides_is_no_heap() -> None:
    figures = sound()
    for number, unit in enumerate(UNITS):
        figures[unit, "0101", "officials"] = 10_000 + 1000 * number
        side = 1.002 if number % 2 else 0.998
        figures[unit, "0101", "trained"] = round(figures[unit, "0101", "officials"] / 2 * side)
    assert told(figures) == []


def observed(value: float) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "unit_id": ["U01"],
            "unit_name": ["Một"],
            "component_code": ["0101"],
            "variable": ["trained"],
            "value_micro": [round(value * MICRO)],
            "option": pl.Series([None], dtype=pl.String),
            "accepted": [True],
            "assessment_id": ["one-2025"],
            "source_kind": ["self_report"],
            "source_file": ["U01.xlsx"],
            "source_sheet": ["Báo cáo"],
            "source_cell": ["H11"],
            "source_sha256": [str(value)],
            "raw_text": [str(value)],
        }
    )


@pytest.mark.parametrize(("now", "expected"), [(4999, 0), (5001, 1), (201, 0), (199, 1)])
def test_a_figure_that_jumps_beyond_the_factor_is_told(now: float, expected: int) -> None:
    settings = load_check_settings().jump
    found = list(figure_jumps(observed(now), observed(1000), labels={}, settings=settings))
    assert len(found) == expected


def test_small_figures_may_jump() -> None:
    found = figure_jumps(observed(9), observed(1), labels={}, settings=load_check_settings().jump)
    assert list(found) == []


def test_a_main_index_that_jumps_is_told_with_both_values() -> None:
    ranking = pl.DataFrame(
        {
            "scope": ["main", "main", "overall"],
            "scope_code": ["7", "8", "DTI"],
            "unit_id": ["U01", "U01", "U01"],
            "unit_name": ["Một"] * 3,
            "value_prev": [0.3, 0.3, 0.1],
            "value": [0.66, 0.65, 0.9],
            "value_change": [0.36, 0.35, 0.8],
        }
    )
    (issue,) = value_jumps(ranking, settings=load_check_settings().jump)
    assert "0.3000" in issue.message_en
    assert "0.6600" in issue.message_en


def year(value: float, framework_id: str, value_change: float = 0.0) -> Year:
    units = pl.DataFrame({"unit_id": ["U01"], "framework_id": [framework_id]})
    ranking = units.with_columns(
        scope=pl.lit("main"),
        scope_code=pl.lit("7"),
        unit_name=pl.lit("Một"),
        value_prev=pl.lit(0.2),
        value=0.2 + value_change,
        value_change=value_change,
    )
    return Year(units=units, observations=observed(value), ranking=ranking)


def test_figures_are_compared_within_one_framework_and_values_across() -> None:
    names = {"a": {"0101": Text("Đào tạo", "Training")}}
    settings = {"a": load_check_settings()}
    now = year(9000, "a", 0.4)
    same = list(jumps(now, year(1000, "a"), names=names, settings=settings))
    assert [issue.component_code for issue in same] == ["0101", None]
    assert same[0].message_vi.startswith("“Đào tạo (trained)” thay đổi từ 1.000 thành 9.000")
    assert same[0].message_en.startswith("“Training (trained)” went from 1,000 to 9,000")
    other = list(jumps(now, year(1000, "b"), names=names, settings=settings))
    assert [issue.component_code for issue in other] == [None]


def test_every_framework_of_an_assessment_has_thresholds_of_its_own() -> None:
    settings = {"a": load_check_settings({"jump": {"times": "10", "value": "0.5"}})}
    found = jumps(year(9000, "a", 0.4), year(1000, "a"), names={"a": {}}, settings=settings)
    assert list(found) == []


def test_the_hint_speaks_the_language_of_its_message() -> None:
    figures = sound()
    figures["U04", "0102", "people"] *= 1000
    (issue,) = issues_of(figures).iter_rows(named=True)
    assert "có thể lớn gấp nghìn lần" in issue["message_vi"]
    assert "it may be a thousand times too large" in issue["message_en"]
    assert "thousand" not in issue["message_vi"]
    assert "nghìn" not in issue["message_en"]


def test_a_framework_may_set_thresholds_of_its_own() -> None:
    settings = load_check_settings({"heaping": {"least_units": "3"}})
    assert settings.heaping.least_units == 3
    assert settings.heaping.width == load_check_settings().heaping.width


def test_an_unknown_threshold_is_refused() -> None:
    with pytest.raises(ValueError, match="heap_of_units"):
        load_check_settings({"heaping": {"heap_of_units": "3"}})


@pytest.mark.parametrize("sums", [{"0109.total": "0103.full"}, {"0103.total": "0103.full + part"}])
def test_a_sum_of_unknown_variables_is_refused(sums: dict[str, str]) -> None:
    with pytest.raises(CheckSettingsError, match="which is no variable"):
        known_sums(read_framework(FRAMEWORK_FILE), sums)
