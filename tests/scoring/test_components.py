from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dti_pipeline.acceptance.figures import figures_frame
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.scoring.components import leaves_maximum, score_within
from tests.index.rules.cases import (
    MICRO,
    RATIO,
    component,
    count,
    framework,
    scored,
    values_frame,
    yes_no,
)

BEST = {"rule": {"kind": "best", "value": "x"}, "variables": {"x": count("x")}}


def two_components(folder: Path, **more: Any) -> BoundFramework:
    return framework(folder, component("01", 10, **more), component("02", 10))


def test_zero_blank_none_declared_and_not_applicable_are_four_things(tmp_path: Path) -> None:
    bound = two_components(tmp_path, not_applicable={"treatment": "full"})
    points = scored(
        bound,
        *(("zero", "01", "a", 0, "ok"), ("none", "01", "a", 0, "none_declared")),
        *((unit, "01", "b", 5, "ok") for unit in ("zero", "blank", "none")),
        *(("away", "01", name, None, "not_applicable") for name in ("a", "b")),
        units=["zero", "blank", "none", "away"],
    )
    assert points.select("unit_id", "01", "01!na").rows() == [
        ("zero", 0, False),
        ("blank", None, False),
        ("none", 0, False),
        ("away", 10 * MICRO, True),
    ]


@pytest.mark.parametrize(
    ("treatment", "points", "leaves"),
    [("full", 10, None), ("zero", 0, None), ("refuse", 0, None), ("rescale", 0, "main")],
)
def test_not_applicable_is_treated_as_the_component_says(
    treatment: str, points: int, leaves: str | None, tmp_path: Path
) -> None:
    bound = two_components(tmp_path, not_applicable={"treatment": treatment})
    found = scored(bound, ("U", "01", "a", None, "not_applicable"))
    expected = {"unit_id": "U", "01": points * MICRO, "02": None, "01!na": True}
    assert found.to_dicts() == [expected]
    assert leaves_maximum(bound.by_code["01"], {}) == leaves


@pytest.mark.parametrize(
    ("setting", "points", "is_away"), [("zero", None, None), ("not_applicable", 10 * MICRO, True)]
)
def test_a_denominator_of_zero_is_no_score_or_not_applicable(
    setting: str, points: int | None, is_away: bool | None, tmp_path: Path
) -> None:
    bound = two_components(tmp_path, zero_denominator=setting, not_applicable={"treatment": "full"})
    figures = [("U", "01", "a"), ("U", "01", "b"), ("V", "01", "b")]
    found = scored(bound, *((*figure, 0, "ok") for figure in figures), units=["U", "V"])
    first, second = found.iter_rows(named=True)
    assert first["01"] == points
    assert first.get("01!na") == is_away
    # A missing numerator stays a missing figure.
    assert second["01"] is None
    assert not second.get("01!na")


def test_a_component_that_nobody_was_assessed_on_leaves_the_maximum_for_all(tmp_path: Path) -> None:
    bound = two_components(tmp_path)
    values = [("U", "01", name, 1, "ok") for name in ("a", "b")]
    found = scored(bound, *values, units=["U", "V"], not_assessed=["01"])
    assert found.select("01", "01!na").rows() == [(0, True), (0, True)]
    assert leaves_maximum(bound.by_code["01"], {"01": "total"}) == "total"


def test_an_unassessed_unit_does_not_move_what_others_score(tmp_path: Path) -> None:
    bound = framework(tmp_path, component("01", 10, **BEST))
    values = [("U", "01", "x", 5, "ok"), ("V", "01", "x", 50, "ok")]
    both = scored(bound, *values, units=["U", "V"])
    assert both["01"].to_list() == [1 * MICRO, 10 * MICRO]
    alone = scored(bound, *values, units=["U"])
    assert alone["01"].to_list() == [10 * MICRO]


def test_a_unit_the_component_does_not_apply_to_is_nobodys_best(tmp_path: Path) -> None:
    bound = framework(tmp_path, component("01", 10, not_applicable={"treatment": "zero"}, **BEST))
    values = [("U", "01", "x", 5, "ok"), ("V", "01", "x", 50, "not_applicable")]
    found = scored(bound, *values, units=["U", "V"])
    assert found.select("01", "01!na").rows() == [(10 * MICRO, False), (0, True)]


def test_units_of_another_pool_do_not_move_what_a_pool_scores(tmp_path: Path) -> None:
    exempt = component("02", 10, not_applicable={"treatment": "full"})
    bound = framework(tmp_path, component("01", 10, **BEST), exempt)
    values = values_frame(
        ("U", "01", "x", 5, "ok"),
        ("V", "01", "x", 50, "ok"),
        ("W", "01", "x", 10, "ok"),
        ("W", "02", "a", None, "not_applicable"),
    )
    figures = figures_frame(values, framework=bound, unit_ids=["U", "V", "W"])
    pooled = score_within(figures, framework=bound, pools=[["W", "U"], ["V"]])
    assert pooled.select("unit_id", "01", "02!na").rows() == [
        ("U", 5 * MICRO, False),
        ("V", 10 * MICRO, False),
        ("W", 10 * MICRO, True),
    ]
    together = score_within(figures, framework=bound, pools=[["U", "V", "W"]])
    assert together["01"].to_list() == [1 * MICRO, 10 * MICRO, 2 * MICRO]


def test_figures_of_unknown_units_are_left_out_and_missing_ones_are_null(tmp_path: Path) -> None:
    bound = two_components(tmp_path)
    values = values_frame(("X", "01", "a", 1, "ok"), ("U", "02", "b", 3, "ok"))
    figures = figures_frame(values, framework=bound, unit_ids=["U", "V"])
    assert figures["unit_id"].to_list() == ["U", "V"]
    assert figures.columns == ["unit_id", "01.a", "01.b", "02.a", "02.b"]
    assert figures["02.b"].to_list() == [3 * MICRO, None]
    assert figures.schema["01.a"] == pl.Int128


def test_an_assessment_without_units_gives_an_empty_frame(tmp_path: Path) -> None:
    rule = {"kind": "yes_no", "value": "g"}
    bound = framework(tmp_path, component("01", 10, rule=rule, variables={"g": yes_no("g")}))
    assert scored(bound, units=[]).rows() == []


@pytest.mark.parametrize("declared", [(), (("away", "01", "x", None, "not_applicable"),)])
def test_a_unit_that_does_not_apply_is_not_the_best_of_another_part(
    tmp_path: Path, declared: tuple[tuple[str, str, str, None, str], ...]
) -> None:
    """A zero denominator in one part takes the unit out of the comparison in the other.

    Also where another unit has declared before that the component does not apply to it.
    """
    entry = component(
        "01",
        10,
        parts=[{"share": "1/2", "rule": rule} for rule in (RATIO, BEST["rule"])],
        variables={name: count(name) for name in ("a", "b", "x")},
        zero_denominator="not_applicable",
        not_applicable={"treatment": "rescale"},
    )
    figures = {"nothing": (0, 0, 9), "one": (1, 2, 4), "two": (2, 2, 2)}
    values = [
        (unit, "01", name, figure, "ok")
        for unit, row in figures.items()
        for name, figure in zip("abx", row, strict=True)
    ]
    points = scored(framework(tmp_path, entry), *values, *declared, units=[*figures])
    assert points.select("unit_id", "01", "01!na").rows() == [
        ("nothing", 0, True),
        ("one", 7_500_000, False),
        ("two", 7_500_000, False),
    ]
