"""Changes between assessments, and what each of them stands on."""

import polars as pl
import pytest

from dti_pipeline.release.folder import Release
from dti_pipeline.release.years import add_change, add_component_change

SCHEMA = {
    "unit_id": pl.String,
    "scope": pl.String,
    "scope_code": pl.String,
    "concept": pl.String,
    "value": pl.Float64,
    "rank": pl.Int32,
    "rank_basis": pl.String,
    "max_points_effective": pl.Float64,
}


def rows(*listed: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame(listed, schema=SCHEMA, orient="row")


NOW = rows(("A", "main", "6", "government", 0.6, 2, "computed", 200.0))


def test_years_are_joined_on_the_concept_never_on_the_code() -> None:
    before = rows(
        ("A", "main", "7", "government", 0.5, 5, "computed", 200.0),
        ("A", "main", "6", "smart_city", 0.9, 1, "computed", 100.0),
    )
    row = add_change(NOW, previous=before, kind="framework_changed").row(0, named=True)
    assert (row["value_prev"], row["value_change"]) == (0.5, 0.1)
    assert (row["rank_prev"], row["rank_change"]) == (5, 3)
    assert (row["prev_basis"], row["prev_break"]) == ("computed", "framework_changed")


def test_the_basis_says_whether_the_earlier_figure_was_computed_or_published() -> None:
    published_rank = rows(("A", "main", "7", "government", None, 5, "published", None))
    row = add_change(NOW, previous=published_rank, kind="none").row(0, named=True)
    assert (row["value_prev"], row["rank_change"], row["prev_basis"]) == (None, 3, "published")
    published_value = rows(("A", "main", "7", "government", 0.5, None, "none", None))
    row = add_change(NOW, previous=published_value, kind="none").row(0, named=True)
    assert (row["value_change"], row["rank_prev"], row["prev_basis"]) == (0.1, None, "published")
    assert row["prev_break"] == "none"


def test_a_unit_unknown_in_the_compared_assessment_has_no_change_and_no_break() -> None:
    before = rows(("B", "main", "7", "government", 0.5, 5, "computed", 200.0))
    row = add_change(NOW, previous=before, kind="framework_changed").row(0, named=True)
    assert (row["value_prev"], row["prev_basis"], row["prev_break"]) == (None, "none", "none")


def test_across_a_merger_the_earlier_value_is_the_mean_and_there_is_no_earlier_rank() -> None:
    before = rows(
        ("OLD1", "main", "7", "government", 0.5001, 5, "computed", 200.0),
        ("OLD2", "main", "7", "government", 0.5004, 6, "computed", 200.0),
    )
    succession = pl.DataFrame({"old_unit_id": ["OLD1", "OLD2"], "new_unit_id": ["A", "A"]})
    row = add_change(NOW, previous=before, kind="units_changed", succession=succession).row(
        0, named=True
    )
    assert (row["value_prev"], row["rank_prev"], row["rank_change"]) == (0.5003, None, None)
    assert (row["prev_basis"], row["prev_break"]) == ("predecessors_mean", "units_changed")


def test_without_a_compared_assessment_nothing_is_compared() -> None:
    row = add_change(NOW, previous=None, kind="framework_changed").row(0, named=True)
    assert (row["value_prev"], row["prev_basis"], row["prev_break"]) == (None, "none", "none")


def test_every_released_change_carries_its_basis_and_its_break(national_release: Release) -> None:
    ranking = national_release.table("fact_ranking")
    changed = ranking.filter(pl.col("value_prev").is_not_null() | pl.col("rank_prev").is_not_null())
    found = changed.group_by("assessment_id").agg(
        pl.col("prev_break").unique().sort(), pl.col("prev_basis").unique().sort()
    )
    assert {row[0]: (row[1], row[2]) for row in found.rows()} == {
        "province-2021": (["framework_changed"], ["published"]),
        "province-2022": (["none"], ["published"]),
        "province-2023": (["none"], ["computed"]),
        "province-2024": (["framework_changed"], ["computed"]),
        "province-2024-34": (["units_changed"], ["predecessors_mean"]),
    }
    rest = ranking.join(changed, on=["assessment_id", "unit_id", "scope", "scope_code"], how="anti")
    assert rest["prev_basis"].unique().to_list() == ["none"]
    assert rest["prev_break"].unique().to_list() == ["none"]


COMPONENT = {
    "unit_id": pl.String,
    "framework_id": pl.String,
    "component_code": pl.String,
    "points": pl.Float64,
    "rank": pl.Int32,
    "points_prev": pl.Float64,
    "rank_prev": pl.Int32,
}


def components(*listed: tuple[object, ...]) -> pl.DataFrame:
    return pl.DataFrame([(*row, None, None) for row in listed], schema=COMPONENT, orient="row")


@pytest.mark.parametrize(
    ("before", "kind", "expected"),
    [
        (("A", "922", "0101", 7.5, 9), "none", (7.5, 2.5, 9, 6, "none")),
        (("A", "922", "0101", 7.5, None), "none", (7.5, 2.5, None, None, "none")),
        (("A", "405", "0101", 7.5, 9), "framework_changed", (None,) * 4 + ("framework_changed",)),
        (("B", "922", "0101", 7.5, 9), "units_changed", (None,) * 4 + ("units_changed",)),
        (("A", "922", "0102", 7.5, 9), "none", (None,) * 4 + ("none",)),
    ],
)
def test_a_component_is_compared_with_itself_under_the_same_framework(
    before: tuple[object, ...], kind: str, expected: tuple[object, ...]
) -> None:
    now = components(("A", "922", "0101", 10.0, 3))
    rows = add_component_change(now, previous=components(before), kind=kind)
    names = ("points_prev", "points_change", "rank_prev", "rank_change", "prev_break")
    assert rows.select(names).row(0) == expected


def test_without_a_compared_assessment_no_component_has_a_change() -> None:
    rows = add_component_change(
        components(("A", "922", "0101", 10.0, 3)), previous=None, kind="framework_changed"
    )
    assert rows.select("points_change", "rank_change", "prev_break").row(0) == (None, None, "none")
