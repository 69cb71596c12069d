from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dti_pipeline.acceptance.figures import figures_frame
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.scoring.components import leaves_maximum, score_components, score_within
from schemas.files.assessment import NotAssessed
from tests.index.rules.cases import MICRO, component, count, framework, main, values_frame, yes_no

BEST = {
    "rule": {"kind": "best", "value": "x"},
    "variables": {"x": count("x")},
}


def two_components(folder: Path, **more: Any) -> BoundFramework:
    return framework(
        folder,
        mains=[main("1", 20)],
        components=[component("01", 10, **more), component("02", 10)],
    )


def not_assessed(code: str, scope: str = "main") -> NotAssessed:
    return NotAssessed.model_validate(
        {"component": code, "scope": scope, "reason_vi": "lý do", "reason_en": "reason"}
    )


def test_zero_blank_none_declared_and_not_applicable_are_four_things(tmp_path: Path) -> None:
    bound = two_components(tmp_path, not_applicable={"treatment": "full"})
    values = values_frame(
        [
            *(("zero", "01", name, figure, "ok") for name, figure in (("a", 0), ("b", 5))),
            ("blank", "01", "b", 5, "ok"),
            ("none", "01", "a", 0, "none_declared"),
            ("none", "01", "b", 5, "ok"),
            *(("away", "01", name, None, "not_applicable") for name in ("a", "b")),
        ]
    )
    figures = figures_frame(values, framework=bound, unit_ids=["zero", "blank", "none", "away"])
    points = score_components(figures, framework=bound)
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
    values = values_frame([("U", "01", "a", None, "not_applicable")])
    found = score_components(
        figures_frame(values, framework=bound, unit_ids=["U"]), framework=bound
    )
    assert found.row(0, named=True) == {
        "unit_id": "U",
        "01": points * MICRO,
        "02": None,
        "01!na": True,
    }
    assert leaves_maximum(bound.by_code["01"], {}) == leaves


@pytest.mark.parametrize(
    ("setting", "points", "is_away"), [("zero", None, None), ("not_applicable", 10 * MICRO, True)]
)
def test_a_denominator_of_zero_is_no_score_or_not_applicable(
    setting: str, points: int | None, is_away: bool | None, tmp_path: Path
) -> None:
    bound = two_components(tmp_path, zero_denominator=setting, not_applicable={"treatment": "full"})
    values = values_frame(
        [
            ("U", "01", "a", 0, "ok"),
            ("U", "01", "b", 0, "ok"),
            ("V", "01", "b", 0, "ok"),
        ]
    )
    found = score_components(
        figures_frame(values, framework=bound, unit_ids=["U", "V"]), framework=bound
    )
    first, second = found.iter_rows(named=True)
    assert first["01"] == points
    assert first.get("01!na") == is_away
    # A missing numerator stays a missing figure.
    assert second["01"] is None
    assert not second.get("01!na")


def test_a_component_that_nobody_was_assessed_on_leaves_the_maximum_for_all(tmp_path: Path) -> None:
    bound = two_components(tmp_path)
    values = values_frame([("U", "01", "a", 1, "ok"), ("U", "01", "b", 1, "ok")])
    figures = figures_frame(values, framework=bound, unit_ids=["U", "V"])
    found = score_components(figures, framework=bound, not_assessed=[not_assessed("01", "total")])
    assert found.select("01", "01!na").rows() == [(0, True), (0, True)]
    entry = not_assessed("01", "total")
    assert leaves_maximum(bound.by_code["01"], {"01": entry}) == "total"


def test_an_unassessed_unit_does_not_move_what_others_score(tmp_path: Path) -> None:
    bound = framework(tmp_path, mains=[main("1", 10)], components=[component("01", 10, **BEST)])
    values = values_frame([("U", "01", "x", 5, "ok"), ("V", "01", "x", 50, "ok")])
    both = score_components(
        figures_frame(values, framework=bound, unit_ids=["U", "V"]), framework=bound
    )
    assert both["01"].to_list() == [1 * MICRO, 10 * MICRO]
    alone = score_components(
        figures_frame(values, framework=bound, unit_ids=["U"]), framework=bound
    )
    assert alone["01"].to_list() == [10 * MICRO]


def test_a_unit_the_component_does_not_apply_to_is_nobodys_best(tmp_path: Path) -> None:
    bound = framework(
        tmp_path,
        mains=[main("1", 10)],
        components=[component("01", 10, not_applicable={"treatment": "zero"}, **BEST)],
    )
    values = values_frame([("U", "01", "x", 5, "ok"), ("V", "01", "x", 50, "not_applicable")])
    found = score_components(
        figures_frame(values, framework=bound, unit_ids=["U", "V"]), framework=bound
    )
    assert found.select("01", "01!na").rows() == [(10 * MICRO, False), (0, True)]


def test_units_of_another_pool_do_not_move_what_a_pool_scores(tmp_path: Path) -> None:
    bound = framework(
        tmp_path,
        mains=[main("1", 20)],
        components=[
            component("01", 10, **BEST),
            component("02", 10, not_applicable={"treatment": "full"}),
        ],
    )
    units = ["U", "V", "W"]
    values = values_frame(
        [
            *((unit, "01", "x", x, "ok") for unit, x in zip(units, (5, 50, 10), strict=True)),
            ("W", "02", "a", None, "not_applicable"),
        ]
    )
    figures = figures_frame(values, framework=bound, unit_ids=units)
    pooled = score_within(figures, framework=bound, pools=[["W", "U"], ["V"]])
    assert pooled.select("unit_id", "01", "02!na").rows() == [
        ("U", 5 * MICRO, False),
        ("V", 10 * MICRO, False),
        ("W", 10 * MICRO, True),
    ]
    together = score_within(figures, framework=bound, pools=[units])
    assert together["01"].to_list() == [1 * MICRO, 10 * MICRO, 2 * MICRO]


def test_figures_of_unknown_units_are_left_out_and_missing_ones_are_null(tmp_path: Path) -> None:
    bound = two_components(tmp_path)
    values = values_frame([("X", "01", "a", 1, "ok"), ("U", "02", "b", 3, "ok")])
    figures = figures_frame(values, framework=bound, unit_ids=["U", "V"])
    assert figures["unit_id"].to_list() == ["U", "V"]
    assert figures.columns == ["unit_id", "01.a", "01.b", "02.a", "02.b"]
    assert figures["02.b"].to_list() == [3 * MICRO, None]
    assert figures.schema["01.a"] == pl.Int128


def test_an_assessment_without_units_gives_an_empty_frame(tmp_path: Path) -> None:
    bound = framework(
        tmp_path,
        mains=[main("1", 10)],
        components=[
            component("01", 10, rule={"kind": "yes_no", "value": "g"}, variables={"g": yes_no("g")})
        ],
    )
    figures = figures_frame(values_frame([]), framework=bound, unit_ids=[])
    assert score_components(figures, framework=bound).rows() == []


@pytest.mark.parametrize("declared", [(), (("away", "01", "x", None, "not_applicable"),)])
def test_a_unit_that_does_not_apply_is_not_the_best_of_another_part(
    tmp_path: Path, declared: tuple[tuple[str, str, str, None, str], ...]
) -> None:
    """A zero denominator in one part takes the unit out of the comparison in the other.

    Also where another unit has declared before that the component does not apply to it.
    """
    bound = framework(
        tmp_path,
        mains=[main("1", 10)],
        components=[
            component(
                "01",
                10,
                parts=[
                    {
                        "share": "1/2",
                        "rule": {"kind": "ratio", "numerator": "a", "denominator": "b"},
                    },
                    {"share": "1/2", "rule": {"kind": "best", "value": "x"}},
                ],
                variables={name: count(name) for name in ("a", "b", "x")},
                zero_denominator="not_applicable",
                not_applicable={"treatment": "rescale"},
            )
        ],
    )
    values = values_frame(
        [
            (unit, "01", name, figure, "ok")
            for unit, figures in {"nothing": (0, 0, 9), "one": (1, 2, 4), "two": (2, 2, 2)}.items()
            for name, figure in zip(("a", "b", "x"), figures, strict=True)
        ]
        + list(declared)
    )
    figures = figures_frame(values, framework=bound, unit_ids=["nothing", "one", "two"])
    points = score_components(figures, framework=bound)
    assert points.select("unit_id", "01", "01!na").rows() == [
        ("nothing", 0, True),
        ("one", 7_500_000, False),
        ("two", 7_500_000, False),
    ]
