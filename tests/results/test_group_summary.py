"""Means, medians, extremes and growth per group of units."""

import polars as pl
import pytest

from dti_pipeline.exact import with_figures
from dti_pipeline.index.assessments.load import load_assessment
from dti_pipeline.release.folder import Release
from dti_pipeline.release.years import CHANGES, add_growth, add_unit_changes
from dti_pipeline.results.group_summary import group_summary
from dti_pipeline.results.official import mean_issues
from schemas.files.assessment import Assessment, CombinedGroup, Group, PublishedMean
from tests.assessments import assessment
from tests.tables import one

# Group means of Ninh Bình as published: 2021 and 2022, in points.
NINH_BINH = {
    "department": ("207.73", "299.33", 44.1),
    "district": ("381.21", "521.76", 36.87),
    "commune": ("232.93", "343.93", 47.65),
}


def local(**settings: object) -> Assessment:
    return assessment(
        "local-2022", level="local", unit_set="local", **({"framework": "local"} | settings)
    )


def grouped(*codes: str, **settings: object) -> Assessment:
    """Return an assessment whose units are ranked within groups, each with its framework."""
    groups = [Group(code=code, name_vi=code, framework=code) for code in codes]
    return local(framework=None, groups=groups, rank_pool="group", **settings)


def printed(mean: str, **more: object) -> PublishedMean:
    """Return a published mean of points over the whole index."""
    usual = {"scope": "overall", "scope_code": "DTI", "measure": "points", "source": "published"}
    return PublishedMean.model_validate(usual | {"mean": mean} | more)


def scopes(*rows: tuple[str, str | None, int, int]) -> pl.DataFrame:
    """Return overall rows from group, region, value in 10^-4 and points in 10^-6."""
    codes, figures = ("group_code", "region_code"), ("value_micro", "points_micro")
    schema = dict.fromkeys(codes, pl.String()) | dict.fromkeys(figures, pl.Int64())
    texts = {"scope": "overall", "scope_code": "DTI", "concept": "overall", "data_basis": "sample"}
    return pl.DataFrame(rows, schema=schema, orient="row").with_columns(
        value_micro=pl.col("value_micro") * 100,
        max_points_effective_micro=pl.lit(10**9),
        **{name: pl.lit(text) for name, text in texts.items()},
    )


def summary(rows: pl.DataFrame, assessment: Assessment) -> pl.DataFrame:
    return with_figures(group_summary(rows, assessment=assessment))


@pytest.fixture(scope="module")
def released(national_release: Release) -> pl.DataFrame:
    return national_release.table("fact_group_summary").filter(
        group_kind="pool", scope="overall", measure="value"
    )


@pytest.mark.parametrize(
    ("year", "mean", "median", "above"),
    [(2022, 0.5787, 0.5796, 32), (2023, 0.6783, 0.6848, 33), (2024, 0.6961, 0.7118, 37)],
)
def test_national_means_and_medians_are_the_published_ones(
    released: pl.DataFrame, year: int, mean: float, median: float, above: int
) -> None:
    row = one(released, assessment_id=f"province-{year}")
    assert (row["n"], row["mean"], row["median"]) == (63, mean, median)
    assert row["n_at_or_above_mean"] == above


def test_growth_runs_through_the_published_means_of_2020_and_2021(released: pl.DataFrame) -> None:
    listed = released.sort("assessment_year", "assessment_id").select(
        "assessment_id", "mean", "mean_prev", "growth", "prev_break"
    )
    assert listed.rows() == [
        ("province-2020", 0.3026, None, None, "none"),
        ("province-2021", 0.4014, 0.3026, 0.0988, "framework_changed"),
        ("province-2022", 0.5787, 0.4014, 0.1773, "none"),
        ("province-2023", 0.6783, 0.5787, 0.0996, "none"),
        ("province-2024", 0.6961, 0.6783, 0.0178, "framework_changed"),
        ("province-2024-34", 0.7005, 0.6783, 0.0222, "units_changed"),
    ]


def test_a_history_has_the_published_mean_and_no_other_statistic(released: pl.DataFrame) -> None:
    row = one(released, assessment_id="province-2021")
    assert row["n"] == 13
    assert [row[name] for name in ("median", "min", "max", "n_at_or_above_mean")] == [None] * 4


def test_means_are_exact_and_round_half_up_once() -> None:
    rows = scopes(("a", None, 1, 1_000_000), ("a", None, 2, 1_010_000))
    found = summary(rows, local())
    assert one(found, measure="value")["mean"] == 0.0002
    assert one(found, measure="points")["mean"] == 1.01
    assert one(found, measure="value")["median"] == 0.0002
    # Half a unit above the exact mean of 1.5 units: one of two units lies at or above it.
    assert one(found, measure="value")["n_at_or_above_mean"] == 1


def test_units_equal_to_the_mean_count_as_at_or_above() -> None:
    found = summary(scopes(*[("a", None, 5000, 500_000_000)] * 3), local())
    assert one(found, measure="value")["n_at_or_above_mean"] == 3


def test_regions_and_groups_have_rows_of_their_own_and_units_without_a_value_do_not_count() -> None:
    rows = pl.concat(
        [
            scopes(("a", "R1", 1000, 1), ("a", "R2", 3000, 1), ("b", "R2", 5000, 1)),
            scopes(("b", "R2", 0, 0)).with_columns(
                value_micro=pl.lit(None, dtype=pl.Int64), points_micro=pl.lit(None, dtype=pl.Int64)
            ),
        ]
    )
    found = summary(rows, local()).filter(measure="value")
    listed = {(row["group_kind"], row["group_code"]): row for row in found.to_dicts()}
    assert {key: (row["n"], row["mean"]) for key, row in listed.items()} == {
        ("pool", "all"): (3, 0.3),
        ("region", "R1"): (1, 0.1),
        ("region", "R2"): (2, 0.4),
        ("group", "a"): (2, 0.2),
        ("group", "b"): (1, 0.5),
    }
    assert (listed["pool", "all"]["min"], listed["pool", "all"]["max"]) == (0.1, 0.5)


def test_points_of_a_unit_of_which_nothing_was_assessed_are_no_zero() -> None:
    assessed = scopes(("a", None, 7500, 7_500_000))
    nothing = scopes(*[("a", None, 0, 0)] * 2).with_columns(
        value_micro=pl.lit(None, dtype=pl.Int64), max_points_effective_micro=pl.lit(0)
    )
    found = summary(pl.concat([assessed, nothing]), local())
    for measure, figure in (("value", 0.75), ("points", 7.5)):
        row = one(found, measure=measure)
        assert (row["n"], row["mean"], row["median"], row["min"]) == (1, figure, figure, figure)


def test_one_code_of_two_concepts_is_not_summarised_over_units_of_both() -> None:
    both = CombinedGroup(name_vi="Cả hai", name_en="Both", groups=["a", "b"])
    mixed = grouped("a", "b", combined_groups=[both])
    mains = [
        scopes((group, region, 5000, 5_000_000)).with_columns(
            scope=pl.lit("main"), scope_code=pl.lit("1"), concept=pl.lit(concept)
        )
        for group, region, concept in (
            ("a", "R1", "awareness"),
            ("b", "R1", "government"),
            ("b", "R2", "government"),
        )
    ]
    overall = scopes(("a", "R1", 5000, 1), ("b", "R1", 5000, 1), ("b", "R2", 5000, 1))
    found = summary(pl.concat([overall, *mains]), mixed).filter(measure="value")
    kinds = ["group_kind", "group_code", "concept", "n"]
    assert sorted(found.filter(scope="main").select(kinds).rows()) == [
        ("group", "a", "awareness", 1),
        ("group", "b", "government", 2),
        ("region", "R2", "government", 1),
    ]
    assert found.filter(scope="overall", group_code="a+b")["n"].item() == 3


def test_points_that_were_published_without_a_value_count() -> None:
    published = scopes(("a", None, 0, 394_130_000)).with_columns(
        value_micro=pl.lit(None, dtype=pl.Int64),
        max_points_effective_micro=pl.lit(None, dtype=pl.Int64),
    )
    row = one(summary(published, local()), measure="points")
    assert (row["n"], row["mean"]) == (1, 394.13)


def ninh_binh(**earlier: str) -> Assessment:
    means = [printed(mean, group=code, year=2021) for code, mean in earlier.items()]
    return grouped(*NINH_BINH, published_means=means)


def test_growth_of_groups_is_counted_from_published_earlier_means() -> None:
    stated = ninh_binh(**{code: before for code, (before, _, _) in NINH_BINH.items()})
    points = {code: round(float(now) * 10**6) for code, (_, now, _) in NINH_BINH.items()}
    rows = scopes(*((code, None, 3000, micro) for code, micro in points.items()))
    found = add_growth(summary(rows, stated), previous=None, kind="none")
    assert found.filter(group_kind="pool").is_empty()
    for code, (before, now, percent) in NINH_BINH.items():
        row = one(found, group_code=code, measure="points")
        assert (row["mean"], row["mean_prev"]) == (float(now), float(before))
        assert row["growth"] == pytest.approx(float(now) - float(before), abs=1e-9)
        assert row["growth_pct"] == percent


def test_a_stated_earlier_mean_stands_above_the_compared_assessment() -> None:
    stated = ninh_binh(department="207.73")
    rows = scopes(("department", None, 3000, 299_330_000), ("district", None, 1, 521_760_000))
    now = summary(rows, stated)
    before = now.with_columns(mean=pl.lit(100.0))
    found = add_growth(now, previous=before, kind="not_comparable").filter(measure="points")
    assert one(found, group_code="department")["mean_prev"] == 207.73
    assert one(found, group_code="district")["mean_prev"] == 100.0
    assert found["prev_break"].unique().to_list() == ["not_comparable"]


# Points, and points before, of the districts; Yên Khánh and Yên Mô changed most and least.
DISTRICTS = [
    ("district", "587.41", "423.32"),
    ("district", "487.09", "295.34"),
    ("district", "507.549812", "420.819820"),
    ("department", "299.33", "300"),
    ("department", "250", "150"),
]


def unit_changes(
    *rows: tuple[str, str, str | None], n_not_assessed: int = 0
) -> dict[str, tuple[object, ...]]:
    """Return group → least and largest change and how many rose, in points.

    Of the last rows nothing was assessed.
    """
    now = scopes(*((group, None, 3000, int(float(points) * 10**6)) for group, points, _ in rows))
    all_groups = CombinedGroup(name_vi="Tất cả", name_en="All", groups=["district", "department"])
    combined = grouped(*all_groups.groups, combined_groups=[all_groups])
    is_assessed = pl.int_range(pl.len()) < len(rows) - n_not_assessed
    ranking = (
        with_figures(now)
        .with_row_index("unit_id")
        .with_columns(max_points_effective=pl.when(is_assessed).then(1000.0).otherwise(0.0))
    )
    before = ranking.with_columns(
        points=pl.Series([None if p is None else float(p) for _, _, p in rows])
    )
    found = add_unit_changes(
        summary(now, combined),
        ranking=ranking.with_columns(value_change=pl.lit(None, dtype=pl.Float64)),
        previous=before,
        points_decimals=2,
    ).filter(measure="points")
    return {row[0]: row[1:] for row in found.select("group_code", *CHANGES).rows()}


def test_groups_carry_the_least_and_the_largest_change_and_how_many_rose() -> None:
    assert unit_changes(*DISTRICTS) == {
        "district": (86.73, 191.75, 3),
        "department": (-0.67, 100.0, 1),
        "district+department": (-0.67, 191.75, 4),
    }


def test_changes_are_unknown_where_one_unit_has_no_figure_before() -> None:
    found = unit_changes(*DISTRICTS, ("department", "200", None))
    assert found["district"] == (86.73, 191.75, 3)
    assert found["department"] == found["district+department"] == (None, None, None)


def test_a_unit_of_which_nothing_was_assessed_has_no_change() -> None:
    found = unit_changes(*DISTRICTS, ("department", "0", "500"), n_not_assessed=1)
    assert found["department"] == (-0.67, 100.0, 1)


def test_every_province_has_a_change_on_the_year_before(released: pl.DataFrame) -> None:
    rose = {row["assessment_id"]: row["n_rose"] for row in released.to_dicts()}
    assert rose == {
        **dict.fromkeys(("province-2020", "province-2021", "province-2022")),
        **{"province-2023": 63, "province-2024": 41, "province-2024-34": 25},
    }


@pytest.mark.parametrize(
    ("group", "growth", "least", "largest", "rose"),
    [
        ("department+department-750", 91.60, 45.04, 129.16, 23),
        ("district", 140.55, 86.73, 191.75, 8),
        ("commune", 111.00, 69.77, 155.99, 143),
    ],
)
def test_all_units_of_ninh_binh_rose(
    group: str, growth: float, least: float, largest: float, rose: int, ninh_binh_release: Release
) -> None:
    row = one(
        ninh_binh_release.table("fact_group_summary"),
        assessment_id="ninh-binh-2022",
        group_code=group,
        scope="overall",
        measure="points",
    )
    assert (row["growth"], row["change_min"], row["change_max"]) == (growth, least, largest)
    assert row["n_rose"] == row["n"] == rose


def test_a_published_mean_over_two_groups_is_checked_over_both() -> None:
    mean = printed("200.00", group="department+office")
    rows = scopes(
        ("department", None, 1, 300_000_000),
        ("office", None, 1, 100_000_000),
        ("district", None, 1, 900_000_000),
    )
    assert mean_issues(ranking=rows, assessment=local(published_means=[mean])).is_empty()


def test_a_combined_group_of_unknown_groups_is_refused() -> None:
    combined = CombinedGroup(name_vi="x", name_en="x", groups=["a", "b"])
    with pytest.raises(ValueError, match="combined_groups: no group b"):
        grouped("a", combined_groups=[combined])


def test_published_means_of_groups_are_checked_at_their_decimals() -> None:
    means = [printed("299.33", group="department"), printed("521.77", group="district")]
    rows = scopes(
        ("department", None, 3000, 299_325_000),
        ("department", None, 3000, 299_334_999),
        ("district", None, 5000, 521_760_000),
    )
    issues = mean_issues(ranking=rows, assessment=local(published_means=means))
    assert issues.height == 1
    assert "521.76" in issues["message_en"].item()
    assert "district" in issues["message_en"].item()


def test_a_published_mean_of_a_later_year_is_refused() -> None:
    with pytest.raises(ValueError, match="only earlier years"):
        local(published_means=[printed("0.5", year=2022)])


# Two provinces whose mean is 0.5787.
OF_2022 = [("province", None, 5786, 578_600_000), ("province", None, 5788, 578_800_000)]


def test_the_printed_mean_of_2022_is_kept_beside_the_computed_one() -> None:
    assessment = load_assessment("province-2022")
    rows = group_summary(scopes(*OF_2022), assessment=assessment)
    row = one(rows, measure="value", group_kind="pool")
    assert (row["mean_micro"], row["mean_published_micro"]) == (578_700, 579_100)
    assert mean_issues(ranking=scopes(*OF_2022), assessment=assessment).is_empty()


def test_a_mean_that_the_authority_printed_is_held_against_the_computed_one() -> None:
    assessment = load_assessment("province-2022")
    (mean,) = assessment.published_means
    means = [mean.model_copy(update={"is_compared": True})]
    compared = assessment.model_copy(update={"published_means": means})
    issues = mean_issues(ranking=scopes(*OF_2022), assessment=compared)
    assert issues["rule_id"].to_list() == ["official.mean_differs"]
