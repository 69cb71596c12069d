"""Sums and effective maxima, against results that were published."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dti_pipeline.acceptance.figures import NA
from dti_pipeline.index.frameworks.load import BoundFramework, load_framework
from dti_pipeline.scoring.aggregation import add_up, assessed_columns, scopes
from dti_pipeline.scoring.ranking import publish_values
from tests.index.rules.cases import MICRO, component, count, framework, main


def rescaled(scope: str = "main") -> dict[str, Any]:
    return {"not_applicable": {"treatment": "rescale", "scope": scope}}


def outside(code: str, **settings: str) -> dict[str, Any]:
    """Describe a bonus or a penalty of a point an event."""
    rule = {"value": "n", "each": "1", **settings}
    return component(code, 0, rule=rule, variables={"n": count("n")})


def points_frame(
    bound: BoundFramework, *rows: dict[str, float | None], away: tuple[str, ...] = ()
) -> pl.DataFrame:
    """Return points per component in whole points; ``away`` does not apply to the first unit."""
    frame = pl.DataFrame(
        {"unit_id": [f"U{n}" for n in range(len(rows))]}
        | {
            code: [
                None if row.get(code) is None else round(row[code] * MICRO)  # type: ignore[operator]
                for row in rows
            ]
            for code in bound.by_code
        },
        schema={"unit_id": pl.String, **dict.fromkeys(bound.by_code, pl.Int64)},
    )
    flags = {code + NA: [n == 0 for n in range(len(rows))] for code in away}
    return frame.with_columns(pl.Series(name, flag) for name, flag in flags.items())


def summed(bound: BoundFramework, *rows: dict[str, float | None], **more: Any) -> pl.DataFrame:
    return add_up(points_frame(bound, *rows, **more), framework=bound)


def in_points(sums: pl.DataFrame, column: str, row: int = 0) -> float:
    return float(sums[column][row]) / MICRO


@pytest.mark.parametrize(
    ("maximum", "left", "points", "scaled"), [(50, 48, 42.63, 44.41), (100, 92, 78.53, 85.36)]
)
def test_hue_2020_scales_the_rest_of_a_main_up_to_its_maximum(
    maximum: int, left: int, points: float, scaled: float, tmp_path: Path
) -> None:
    rest = component("02", maximum - left, **rescaled())
    bound = framework(tmp_path, component("01", left), rest)
    sums = summed(bound, {"01": points, "02": 0}, {"01": points, "02": 1}, away=("02",))
    assert round(in_points(sums, "points:1"), 2) == scaled
    assert in_points(sums, "max:1") == maximum
    assessed, max_assessed = assessed_columns("1")
    assert in_points(sums, assessed) == points
    assert in_points(sums, max_assessed) == left
    # The unit to which everything applies is not scaled.
    assert in_points(sums, "points:1", 1) == round(points + 1, 2)
    assert in_points(sums, max_assessed, 1) == maximum


def test_scaling_rounds_half_up_once(tmp_path: Path) -> None:
    bound = framework(tmp_path, component("01", 48), component("02", 2, **rescaled()))
    sums = summed(bound, {"01": 42.63}, away=("02",))
    assert sums["points:1"][0] == 44_406_250
    sums = summed(bound, {"01": 0.000012}, away=("02",))
    assert sums["points:1"][0] == 13  # 12.5 millionths


def test_dti_2024_counts_440_foundation_points_and_940_in_all() -> None:
    bound = load_framework("province-405-published")
    assert bound.maximum == 1000 * MICRO
    points = points_frame(
        bound, {c.code: c.maximum / MICRO for c in bound.components}, away=("1249",)
    )
    points = points.with_columns(pl.lit(0, dtype=pl.Int64).alias("1249"))
    sums = add_up(points, framework=bound, not_assessed={"1249": "total"})
    assert in_points(sums, "max:DTI") == 940
    listed = {scope.code: scope for scope in scopes(bound)}
    for code in ("GOV", "ECO", "SOC"):
        own = next(m for m in listed[code].mains if bound.mains[m].group == "activity")
        foundation = in_points(sums, f"max:{code}") - in_points(sums, f"max:{own}")
        assert foundation == 440, code
    # Everything that was assessed was reached: the value is 1, not 0.94.
    values = publish_values(sums, scopes=scopes(bound), decimals=4)
    assert values["value:DTI"][0] == 10_000


def test_a_main_without_anything_that_applies_leaves_the_whole(tmp_path: Path) -> None:
    bound = framework(
        tmp_path,
        component("01", 10, **rescaled()),
        component("02", 90, main="2"),
        mains=[main("1", 10), main("2", 90)],
    )
    sums = summed(bound, {"01": 0, "02": 45}, away=("01",))
    assert in_points(sums, "max:1") == 0
    assert in_points(sums, "points:1") == 0
    assert in_points(sums, "max:DTI") == 90
    values = publish_values(sums, scopes=scopes(bound), decimals=4)
    assert values["value:1"][0] is None
    assert values["value:DTI"][0] == 5000


def test_both_treatments_in_one_main_shrink_it_first_and_scale_it_then(tmp_path: Path) -> None:
    bound = framework(
        tmp_path,
        component("01", 60),
        component("02", 20, **rescaled()),
        component("03", 20, **rescaled("total")),
    )
    sums = summed(bound, {"01": 30}, away=("02", "03"))
    assert in_points(sums, "max:1") == 80
    assert in_points(sums, "points:1") == 40
    assert in_points(sums, assessed_columns("1")[1]) == 60


def test_full_and_zero_stay_in_the_maximum(tmp_path: Path) -> None:
    bound = framework(
        tmp_path,
        component("01", 10, not_applicable={"treatment": "full"}),
        component("02", 10, not_applicable={"treatment": "zero"}),
        component("03", 10),
    )
    sums = summed(bound, {"01": 10, "02": 0, "03": 4}, away=("01", "02"))
    assert in_points(sums, "max:1") == 30
    assert in_points(sums, "points:1") == 14


def test_missing_scores_add_nothing(tmp_path: Path) -> None:
    bound = framework(tmp_path, component("01", 10), component("02", 10))
    sums = summed(bound, {"01": None, "02": 3}, {})
    assert sums["points:1"].to_list() == [3 * MICRO, 0]


@pytest.mark.parametrize(
    ("kind", "own", "moved", "expected"),
    [("bonus", 7, 2, 9), ("bonus", 9, 2, 10), ("penalty", 7, -2, 5), ("penalty", 1, -2, 0)],
)
def test_bonus_and_penalty_never_leave_the_range_of_the_main(
    kind: str, own: int, moved: int, expected: int, tmp_path: Path
) -> None:
    bound = framework(tmp_path, component("01", 10), outside("02", kind=kind, cap="2"))
    sums = summed(bound, {"01": own, "02": moved})
    assert in_points(sums, "points:1") == expected
    assert in_points(sums, "max:1") == 10


def test_a_bonus_ends_at_what_was_assessed_before_it_is_scaled(tmp_path: Path) -> None:
    bonus = outside("03", kind="bonus", cap="9")
    bound = framework(tmp_path, component("01", 8), component("02", 2, **rescaled()), bonus)
    sums = summed(bound, {"01": 7, "03": 5}, away=("02",))
    assert in_points(sums, "points:1") == 10


def test_a_pillar_holds_the_foundation_and_the_whole_is_no_mean_of_pillars() -> None:
    bound = load_framework("province-922")
    # Đà Nẵng 2022, as published: mains 1-5 and 7-9.
    values = dict(
        zip("12345789", (1, 0.9, 0.8253, 0.8487, 0.7578, 0.8575, 0.7836, 0.5197), strict=True)
    )
    first = {code: bound.of_main(code)[0].code for code in values}
    points = {
        first[code]: v * (200 if code == "7" else 150 if code in "89" else 100)
        for code, v in values.items()
    }
    sums = summed(bound, points)
    published = publish_values(sums, scopes=scopes(bound), decimals=4)
    assert published["value:DTI"][0] == 8002
    assert [in_points(sums, f"max:{code}") for code in ("GOV", "ECO", "SOC")] == [700, 650, 650]
    foundation = sum(points[first[code]] for code in "12345")
    assert in_points(sums, "points:GOV") == pytest.approx(foundation + points[first["7"]])
    mean = sum(published[f"value:{code}"][0] for code in ("GOV", "ECO", "SOC")) / 3
    assert abs(mean - 8002) > 10


def test_the_smart_city_main_is_kept_but_never_counted() -> None:
    bound = load_framework("province-922")
    smart = {c.code: c.maximum / MICRO for c in bound.of_main("6")}
    sums = summed(bound, smart)
    assert in_points(sums, "points:6") == 100
    assert in_points(sums, "points:DTI") == 0
    assert in_points(sums, "max:DTI") == 1000
