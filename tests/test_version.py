"""Results do not move under an unchanged version of the rules."""

import re
import tomllib
from hashlib import sha256

import polars as pl
import pytest

from dti_pipeline.release.folder import Release
from dti_pipeline.version import RULES_VERSION
from tests.conftest import REPOSITORY

# What the rules of a version make of the repository's own deliveries of 2022, 2023 and 2024.
FINGERPRINTS = {
    "1": "b7c35c942c654f4e",
    "2": "b7c35c942c654f4e",
    "3": "366f96564129cc45",
    "4": "366f96564129cc45",
    "5": "366f96564129cc45",
    "6": "366f96564129cc45",
    "7": "366f96564129cc45",
    "8": "366f96564129cc45",
    "9": "366f96564129cc45",
    "10": "366f96564129cc45",
}
RESULTS = {
    "fact_component_score": (
        "assessment_id",
        "unit_id",
        "component_code",
        "points_micro",
        "max_points_effective",
        "lost_reason",
        "band_code",
    ),
    "fact_ranking": ("assessment_id", "unit_id", "scope", "scope_code", "points", "value", "rank"),
    "dq_issue": ("assessment_id", "rule_id", "severity", "unit_id", "component_code"),
}


@pytest.fixture
def results(province_release: Release) -> dict[str, pl.DataFrame]:
    return {name: province_release.table(name).select(columns) for name, columns in RESULTS.items()}


def fingerprint(results: dict[str, pl.DataFrame]) -> str:
    digest = sha256()
    for rows in results.values():
        digest.update(rows.sort(pl.all()).write_csv(float_precision=6).encode())
    return digest.hexdigest()[:16]


def test_results_are_those_of_this_version_of_the_rules(results: dict[str, pl.DataFrame]) -> None:
    found = fingerprint(results)
    assert found == FINGERPRINTS[RULES_VERSION], (
        f"the results of the repository's deliveries are {found} now. If the rules were to change, "
        "raise RULES_VERSION and add its fingerprint here; if not, find out what moved them"
    )


def test_the_fingerprint_sees_a_single_micro_point(results: dict[str, pl.DataFrame]) -> None:
    first = (pl.int_range(pl.len()) == 0).cast(pl.Int64)
    moved = results["fact_component_score"].with_columns(pl.col("points_micro") + first)
    assert fingerprint(results | {"fact_component_score": moved}) != fingerprint(results)


def test_the_version_of_the_package_is_the_newest_in_the_changelog() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    changelog = (REPOSITORY / "CHANGELOG.md").read_text("utf-8")
    assert re.findall(r"^## (\d[\d.]*)$", changelog, re.MULTILINE)[0] == project["version"]
