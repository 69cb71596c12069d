"""Published figures of scopes that nobody computes are told."""

import polars as pl

from dti_pipeline.results.official import scope_issues
from schemas.stages import OfficialFigures
from tests.intake.intake_cases import framework

FILE = "raw/province-2022/official/01_published.csv"


def published(*scopes: tuple[str, str]) -> pl.DataFrame:
    rows = [
        (f"VN-P63-0{n}", scope, code, "value", 500_000, "0.5", FILE, f"row {n + 1}")
        for n, (scope, code) in enumerate(scopes, start=1)
    ]
    return pl.DataFrame(rows, schema=OfficialFigures.schema(), orient="row")


def test_scopes_that_no_framework_has_are_named_once_per_file() -> None:
    figures = published(("overall", "DTI"), ("main", "07"), ("main", "07"), ("Overall", "DTI"))
    issues = scope_issues(figures, {"small-922": framework()})
    assert issues.select("rule_id", "source_cell", "action_taken").sort("source_cell").rows() == [
        ("official.not_found", "row 3", "2 figures left out of the comparison"),
        ("official.not_found", "row 5", "1 figures left out of the comparison"),
    ]
    assert "07 (small-922)" in issues["message_vi"].str.join(" ").item()


def test_scopes_of_the_framework_are_no_issue() -> None:
    figures = published(("overall", "DTI"), ("main", "1"), ("main", "2"))
    assert scope_issues(figures, {"small-922": framework()}).is_empty()
