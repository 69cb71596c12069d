"""The command explain on the repository's own release."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.explain import _print_component, explain_unit, print_unit
from dti_pipeline.cli.explanation import Explanation, waterfall, why_not_assessed
from dti_pipeline.cli.language import choose_language
from dti_pipeline.cli.selection import Selection
from dti_pipeline.release.folder import Release
from dti_pipeline.reports.losses import ComponentLoss, Losses, MainLoss
from dti_pipeline.workspace import Workspace
from schemas.text import Text
from tests.cli.conftest import Call, Told


@pytest.fixture
def told(province_data: Path, printed: Call) -> Call:
    """Return what explains a unit of 2022 in a language, whole or in one component."""

    def explain(
        unit: str,
        *,
        lang: str = "vi",
        data: Path = province_data,
        assessment: str = "province-2022",
        **more: Any,
    ) -> str:
        choose_language(lang)
        return printed(explain_unit, assessment, unit, data=data, **more)

    return explain


@pytest.fixture
def explained(told: Call) -> Call:
    """Return what explains a unit of 2022 to a program."""
    return lambda unit, **more: json.loads(told(unit, as_json=True, **more))


@pytest.fixture
def bac_kan(explained: Call) -> dict[str, Any]:
    return explained("Bắc Kạn")


def test_the_34_zero_components_of_bac_kan_stand_largest_loss_first(
    bac_kan: dict[str, Any],
) -> None:
    zeros = [row for row in bac_kan["rows"] if row["counted"] and row["points_micro"] == 0]
    losses = [row["points_lost"] for row in zeros]
    assert len(zeros) == 34 == bac_kan["n_zero"]
    assert losses == sorted(losses, reverse=True)
    assert all(row["is_zero"] and row["lost_reason"] == "not_reached" for row in zeros)
    everybody = [row["points_lost"] for row in bac_kan["rows"] if row["counted"]]
    assert len(everybody) == 95
    assert everybody == sorted(everybody, reverse=True)


def test_every_figure_names_the_cell_it_came_from(bac_kan: dict[str, Any]) -> None:
    figures = [figure for row in bac_kan["rows"] for figure in row["figures"]]
    assert len(figures) > 98
    assert all(f["source_file"] and f["source_cell"] for f in figures)
    assert {f["source_file"].rsplit("/", 2)[1] for f in figures} == {"self_reports", "central"}


def test_points_lost_add_up_from_components_to_the_whole(bac_kan: dict[str, Any]) -> None:
    assert bac_kan["points_lost"] == pytest.approx(1000 - 394.13, abs=0.01)
    of_mains: dict[str, float] = {}
    for row in bac_kan["rows"]:
        if row["counted"]:
            of_mains[row["main_code"]] = of_mains.get(row["main_code"], 0) + row["points_lost"]
    steps = bac_kan["waterfall"]
    mains = {step["main_code"]: -step["points"] for step in steps if step["kind"] == "main"}
    assert of_mains == pytest.approx(mains)
    assert steps[0]["points"] - sum(mains.values()) == pytest.approx(steps[-1]["points"])
    assert steps[-1]["points"] == bac_kan["points"]


def main_loss(code: str, maximum: int, lost: int, other: int = 0, **parts: int) -> MainLoss:
    name = Text("", "")
    components = [
        ComponentLoss({"component_code": code}, code, name, None, (), micro, 0)
        for code, micro in parts.items()
    ]
    row = {"main_code": code, "max_points_effective": float(maximum)}
    return MainLoss(row, name, lost, 0, components, other=other)


def test_the_waterfall_walks_from_the_maximum_to_the_result() -> None:
    first = main_loss("1", 10, 3_000_000, c0102=2_000_000, c0101=1_000_000)
    # Huế 2020: 42.63 of 48 counts as 44.41 of 50.
    scaled = main_loss("3", 50, 5_593_750, 223_750, c0301=5_370_000, c0302=0)
    assert waterfall(Losses(0, [first, scaled, main_loss("4", 5, 1_000_000)], [])).rows() == [
        ("maximum", None, None, 65.0, 65.0),
        ("main", "1", None, -3.0, 62.0),
        ("component", "1", "c0102", -2.0, None),
        ("component", "1", "c0101", -1.0, None),
        ("main", "3", None, -5.59375, 56.40625),
        ("component", "3", "c0301", -5.37, None),
        ("adjustment", "3", None, -0.22375, None),
        ("main", "4", None, -1.0, 55.40625),
        ("result", None, None, 55.40625, 55.40625),
    ]


def test_a_unit_without_points_has_nothing_to_walk() -> None:
    assert waterfall(None).rows() == [
        ("maximum", None, None, 0.0, 0.0),
        ("result", None, None, 0, 0),
    ]


def test_the_unit_above_and_the_bands_are_told(bac_kan: dict[str, Any]) -> None:
    assert bac_kan["next_above"] == {"rank": 62, "value_missing": 0.0128}
    bands = {band["band_code"]: band["n"] for band in bac_kan["bands"]}
    assert (bands["zero"], sum(bands.values())) == (34, 95)


def test_the_first_has_nobody_above_and_two_may_share_the_rank_above(explained: Call) -> None:
    assert explained("Đà Nẵng")["next_above"] is None
    # Hậu Giang is 17th.
    assert explained("Hậu Giang")["next_above"]["rank"] == 15


def test_the_page_shows_zeros_cells_bars_and_what_is_not_official(told: Call) -> None:
    text = told("Bắc Kạn")
    head, _, rest = text.partition("Chỉ số thành phần 0 điểm: 34 (bị mất 311,00)")
    zeros, _, _ = rest.partition("Chỉ số thành phần chưa đạt điểm tối đa")
    listed = [line for line in zeros.splitlines() if line[:4].isdigit()]
    assert len(listed) == 34
    assert listed[0].startswith("0904  −20,00  0,00/20,00")
    assert "raw/province-2022/self_reports/06_bac_kan.xlsx › Báo cáo › H" in zeros
    assert "raw/province-2022/central/" in zeros
    assert "[theo báo cáo công khai; số liệu giả định]" in zeros
    assert "Chưa đối chiếu văn bản gốc: trong 98 chỉ số thành phần có " in head
    assert "Chỉ giá trị có dấu ◇ khớp kết quả đã công bố" in head
    assert "−130,34  ████████████████████████████████  7 Hoạt động chính quyền số" in head


def test_units_go_by_name_without_marks_code_or_id(told: Call) -> None:
    heads = {told(unit).splitlines()[0] for unit in ("Bac Kan", "06", "VN-P63-06", "Tỉnh Bắc Kạn")}
    assert len(heads) == 1
    assert heads.pop().startswith("Bắc Kạn · province-2022 · ")


@pytest.mark.parametrize(
    ("unit", "assessment", "component", "message"),
    [
        ("Bắc Kạnh", "province-2022", None, "nearest: Bắc Kạn"),
        ("zzz", "province-2022", None, "for example: Đà Nẵng"),
        ("06", "province-2019", None, "it has: province-2022, province-2023"),
        ("06", "province-2022", "9999", "known components: 0101, 0102"),
    ],
)
def test_a_wrong_name_is_answered_with_those_that_are(
    province_data: Path, unit: str, assessment: str, component: str | None, message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        explain_unit(assessment, unit, component=component, data=province_data)


def test_one_component_shows_rule_distances_figures_and_the_next_step(told: Call) -> None:
    text = told("06", component="0502", lang="en")
    assert "Rule: Points = Information systems with the full protection plan" in text
    assert "Ranking group: best 10.00 (−10.00), median 5.43 (−5.43)" in text
    assert "Target by band: 5.00; DTI rank if reached: 63" in text
    assert "evidence submitted, not reviewed; none (0), reported by the unit, made-up data" in text
    assert "“Không có”" in text
    # 32 systems share 10 points: 0.3125 each.
    assert (
        "Next scoring step 10.00: Information systems with the full protection plan: 0 → 32" in text
    )
    assert "(0.3125 points per unit)" in text


def test_there_is_no_next_step_above_the_top(explained: Call) -> None:
    found = explained("06", component="0103")
    (row,) = found["rows"]
    assert (row["points_lost"], found["next_step"]) == (0.0, None)


def test_borrowed_figures_are_shown_where_they_were_delivered(explained: Call) -> None:
    found = explained("06", component="0705")
    (row,) = found["rows"]
    assert [figure["component_code"] for figure in row["figures"]] == ["0705", "0704"]
    assert found["next_step"]["points"] == 9.0
    assert [m["variable"] for m in found["next_step"]["measures"]] == [
        row["figures"][0]["variable"]
    ]


def test_one_component_shows_the_names_a_correction_needs(told: Call, explained: Call) -> None:
    text = told("06", component="0304", lang="en")
    assert "Share of agencies on IPv6 [0304 ipv6_share, network.ipv6_share] = " in text
    borrowed = explained("06", component="0705")
    assert [figure["central"] for figure in borrowed["rows"][0]["figures"]] == [None, None]
    reported = told("06", component="0502", lang="en")
    assert "full protection plan [0502 " in reported


def test_the_zeros_of_the_unit_are_counted_also_where_one_component_is_asked_for(
    explained: Call,
) -> None:
    found = explained("06", component="0304")
    assert (len(found["rows"]), found["n_zero"]) == (1, 34)


@pytest.fixture
def explanation(province_data: Path, province_release: Release) -> Explanation:
    selection = Selection(province_release, Workspace(data=province_data), "province-2022")
    return Explanation.read(selection, "VN-P63-06")


@pytest.fixture
def component_lines(explanation: Explanation, capsys: Told) -> Call:
    """Return what prints one component of Bắc Kạn of which some columns are changed."""

    def lines(**changes: object) -> list[str]:
        component = explanation.of_component("0110")
        columns = {name: pl.lit(value) for name, value in changes.items()}
        changed = replace(component, components=component.components.with_columns(**columns))
        why = Text("lý do của năm", "reason of the year")
        _print_component(changed, step=None, why=why)
        return capsys.readouterr().out.splitlines()

    return lines


def test_a_component_that_is_not_assessed_says_so_and_why(component_lines: Call) -> None:
    changes = {"max_points_effective": 0.0, "points": 0.0, "lost_reason": None, "rank": None}
    told = component_lines(obs_status="not_assessed", cause=None, **changes)
    (line,) = [line for line in told if line.startswith("0110")]
    assert "· không đánh giá: lý do của năm  [" in line
    assert "0,00" not in line


@pytest.mark.parametrize(("points", "start"), [(-3.0, "−3,00  −3,00/0,00"), (1.5, "+1,50  1,50/")])
def test_a_penalty_and_a_bonus_show_their_points_though_they_have_no_maximum(
    component_lines: Call, points: float, start: str
) -> None:
    told = component_lines(max_points_effective=0.0, points=points, lost_reason=None, rank=None)
    assert [line for line in told if line.startswith(f"0110  {start}")]


def test_the_reason_why_a_component_is_not_assessed_is_that_of_the_assessment(
    province_data: Path, province_release: Release
) -> None:
    selection = Selection(province_release, Workspace(data=province_data), "province-2024")
    reason = why_not_assessed(selection, "1249")
    assert reason is not None
    assert reason.vi.startswith("60 điểm nền tảng không được đánh giá")
    assert why_not_assessed(selection, "0101") is None


def test_full_marks_lose_nothing_and_a_unit_without_region_has_no_line_of_it(
    component_lines: Call,
) -> None:
    full = {"points": 10.0, "max_points_effective": 10.0, "lost_reason": None, "cause": None}
    told = component_lines(**full, region_code=None)
    (line,) = [line for line in told if line.startswith("0110")]
    assert line.startswith("0110  0,00  10,00/10,00")
    assert "·" not in line
    assert not [line for line in told if line.startswith("  Vùng:")]
    assert [line for line in told if line.startswith("  Nhóm xếp hạng:")]


def test_a_framework_without_bands_gets_no_line_of_bands(
    explanation: Explanation, capsys: Told
) -> None:
    choose_language("en")
    print_unit(explanation)
    assert "Components per band: " in capsys.readouterr().out
    print_unit(replace(explanation, bands=explanation.bands.clear()))
    text = capsys.readouterr().out
    assert "Components per band" not in text
    assert "\n\n\n" not in text


def test_published_values_are_explained_down_to_the_printed_table(told: Call) -> None:
    text = told("Hà Nội", assessment="province-2024", lang="en")
    assert "Results as published." in text
    assert "“0.5661”" in text


def test_history_and_derived_units_say_that_they_have_no_components(
    told: Call, national_data: Path
) -> None:
    derived = told(data=national_data, unit="Huế", assessment="province-2024-34", lang="en")
    assert "No components: the values come from other units" in derived
    assert "747.39  result" in derived
    history = told(data=national_data, unit="Bắc Ninh", assessment="province-2021", lang="en")
    assert "Rank 4/63" in history
