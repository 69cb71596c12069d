"""The whole runs of province-2023 and province-2024: published values, replayed."""

from decimal import Decimal

import polars as pl


def mean(ranking: pl.DataFrame, assessment_id: str, scope_code: str) -> str:
    """Return the mean over the 63 provinces at four decimals, from exact sums."""
    values = ranking.filter(assessment_id=assessment_id, scope_code=scope_code)["value"]
    assert len(values) == 63
    total = sum((Decimal(f"{value:.4f}") for value in values), Decimal(0))
    return f"{total / 63:.4f}"


def test_national_means_are_the_published_ones(ranking: pl.DataFrame) -> None:
    assert mean(ranking, "province-2023", "DTI") == "0.6783"
    assert mean(ranking, "province-2024", "DTI") == "0.6961"


def test_pillar_means_of_2024_come_out_with_940_effective_points(ranking: pl.DataFrame) -> None:
    means = [mean(ranking, "province-2024", code) for code in ("GOV", "ECO", "SOC")]
    assert means == ["0.7582", "0.7723", "0.7692"]
    overall = ranking.filter(assessment_id="province-2024", scope="overall")
    assert set(overall["max_points_effective"]) == {940.0}
    assert set(overall["max_points"]) == {1000.0}


def test_the_remainder_of_the_foundation_is_never_ranked(ranking: pl.DataFrame) -> None:
    remainder = ranking.filter(concept="foundation_other")
    assert set(remainder["scope_code"]) == {"1+2+4+5"}
    assert remainder["rank"].null_count() == remainder.height == 2 * 63
    assert set(remainder["rank_basis"]) == {"none"}


def test_changes_join_years_on_the_concept_and_never_on_the_code(ranking: pl.DataFrame) -> None:
    own = ranking.filter(concept="government", scope="main", unit_name="Đà Nẵng")
    before, government = (
        own.filter(assessment_id=name).row(0, named=True)
        for name in ("province-2023", "province-2024")
    )
    assert (government["scope_code"], before["scope_code"]) == ("6", "7")
    assert government["value_prev"] == before["value"] == 0.879
    assert government["prev_break"] == "framework_changed"


def test_published_values_are_marked_as_published(ranking: pl.DataFrame) -> None:
    of_years = ranking.filter(pl.col("assessment_id").is_in(["province-2023", "province-2024"]))
    assert set(of_years["data_basis"]) == {"published"}
