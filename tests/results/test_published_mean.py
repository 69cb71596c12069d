"""A printed mean stands beside the computed one; neither replaces the other."""

import polars as pl
import pytest

from dti_pipeline.index.assessments.load import load_assessment
from dti_pipeline.results.group_summary import group_summary
from dti_pipeline.results.official import mean_issues


@pytest.fixture
def scopes() -> pl.DataFrame:
    """Return two provinces whose mean is 0.5787."""
    return pl.DataFrame(
        {
            "group_code": ["province", "province"],
            "region_code": pl.Series([None, None], dtype=pl.String),
            "scope": ["overall", "overall"],
            "scope_code": ["DTI", "DTI"],
            "concept": ["overall", "overall"],
            "value_micro": [578_600, 578_800],
            "points_micro": [578_600_000, 578_800_000],
            "max_points_effective_micro": [10**9, 10**9],
            "data_basis": ["published", "published"],
        }
    )


def test_the_printed_mean_of_2022_is_kept_beside_the_computed_one(scopes: pl.DataFrame) -> None:
    assessment = load_assessment("province-2022")
    rows = group_summary(scopes, assessment=assessment).filter(measure="value", group_kind="pool")
    assert rows.select("mean_micro", "mean_published_micro").row(0) == (578_700, 579_100)
    assert mean_issues(ranking=scopes, assessment=assessment).is_empty()


def test_a_mean_that_the_authority_printed_is_held_against_the_computed_one(
    scopes: pl.DataFrame,
) -> None:
    assessment = load_assessment("province-2022")
    (mean,) = assessment.published_means
    compared = assessment.model_copy(
        update={"published_means": [mean.model_copy(update={"is_compared": True})]}
    )
    issues = mean_issues(ranking=scopes, assessment=compared)
    assert issues["rule_id"].to_list() == ["official.mean_differs"]
