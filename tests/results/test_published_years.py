"""DTI 2020 and 2021 as far as public, and the changes that provinces report."""

import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dti_pipeline.index.definition import define
from dti_pipeline.pipeline import accept, agree, compute, rank, read, score
from dti_pipeline.release.folder import Release
from dti_pipeline.workspace import Workspace
from tests.conftest import copy_deliveries
from tests.tables import one


@pytest.fixture(scope="module")
def ranking(national_release: Release) -> pl.DataFrame:
    return national_release.table("fact_ranking")


def agreed(assessment_id: str, data: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the scopes of an assessment beside official results, and the issues of that."""
    definition = define(assessment_id, workspace=Workspace(data=data))
    intake = read(definition)
    accepted = accept(definition, intake.observations)
    facts = rank(definition, score(definition, accepted.values), accepted.observations)
    return agree(definition, facts.scopes, intake.official)


def of_unit(ranking: pl.DataFrame, year: int, unit: str, scope_code: str = "DTI") -> dict[str, Any]:
    return one(ranking, assessment_id=f"province-{year}", unit_name=unit, scope_code=scope_code)


@pytest.mark.parametrize(
    ("unit", "pillars", "overall", "rank"),
    [
        ("Quảng Ninh", (0.4513, 0.3019, 0.3955), 0.3897, 4),
        ("Bắc Ninh", (0.4449, 0.3668, 0.4052), 0.4096, 3),
        ("Bắc Giang", (0.4455, 0.3019, 0.3092), 0.3615, 10),
    ],
)
def test_the_overall_value_of_2020_follows_from_the_pillars(
    ranking: pl.DataFrame, unit: str, pillars: tuple[float, ...], overall: float, rank: int
) -> None:
    row = of_unit(ranking, 2020, unit)
    assert (row["value"], row["max_points_effective"]) == (overall, 1000.0)
    assert (row["rank"], row["rank_basis"], row["n_ranked"]) == (rank, "published", 63)
    found = [of_unit(ranking, 2020, unit, code)["value"] for code in ("GOV", "ECO", "SOC")]
    assert found == list(pillars)


def test_a_printed_overall_value_that_the_pillars_do_not_give_is_an_issue(tmp_path: Path) -> None:
    data = copy_deliveries(tmp_path / "data", "province-2020")
    official = next((data / "raw/province-2020/official").iterdir())
    text = official.read_text(encoding="utf-8")
    official.write_text(text.replace("0.3615", "0.3651"), encoding="utf-8")
    _, issues = agreed("province-2020", data)
    assert issues["rule_id"].to_list() == ["official.value_differs"]
    assert "0.3615" in issues["message_en"].item()
    assert "0.3651" in issues["message_en"].item()


@pytest.mark.parametrize("year", [2020, 2021])
def test_an_assessment_of_some_units_never_shows_a_rank_of_its_own(
    ranking: pl.DataFrame, national_release: Release, year: int
) -> None:
    rows = ranking.filter(assessment_id=f"province-{year}")
    assert set(rows["rank_basis"]) <= {"published", "none"}
    assert rows.filter(pl.col("rank").is_not_null())["n_ranked"].unique().to_list() == [63]
    assert rows["rank_in_group"].null_count() == rows.height
    assert rows["rank_in_region"].null_count() == rows.height
    row = national_release.table("dim_assessment").filter(assessment_id=f"province-{year}")
    assert row["is_complete"].item() is False
    assert row["n_units"].item() == {2020: 31, 2021: 28}[year]


def test_units_known_by_rank_only_have_no_value(ranking: pl.DataFrame) -> None:
    row = of_unit(ranking, 2020, "Ninh Bình")
    assert (row["rank"], row["value"], row["points"]) == (8, None, None)
    assert row["data_basis"] == "published"


def test_the_changes_to_2022_are_those_the_provinces_report(ranking: pl.DataFrame) -> None:
    ninh_binh = of_unit(ranking, 2022, "Ninh Bình")
    assert ninh_binh["value_change"] == pytest.approx(0.1150, abs=1e-9)
    assert (ninh_binh["rank_prev"], ninh_binh["rank"]) == (6, 21)
    assert ninh_binh["rank_change"] == -15
    assert (ninh_binh["prev_basis"], ninh_binh["prev_break"]) == ("published", "none")
    bac_kan = [of_unit(ranking, year, "Bắc Kạn") for year in (2021, 2022)]
    assert f"{bac_kan[1]['points'] - bac_kan[0]['points']:+.2f}" == "+74.02"
    assert (bac_kan[1]["rank_prev"], bac_kan[1]["rank"]) == (51, 63)
    tra_vinh = of_unit(ranking, 2022, "Trà Vinh")
    assert tra_vinh["value_change"] == pytest.approx(0.1783, abs=1e-9)


def test_vinh_phuc_moved_from_55th_to_12th_with_its_published_main_ranks(
    ranking: pl.DataFrame,
) -> None:
    row = of_unit(ranking, 2021, "Vĩnh Phúc")
    assert (row["rank_prev"], row["rank"], row["rank_change"]) == (55, 12, 43)
    assert row["prev_break"] == "framework_changed"
    assert row["is_tied"]  # with Thanh Hóa, 0.4880 both
    mains = {code: of_unit(ranking, 2021, "Vĩnh Phúc", code) for code in ("2", "4", "5")}
    assert [row["rank"] for row in mains.values()] == [1, 3, 4]
    concepts = [row["concept"] for row in mains.values()]
    assert concepts == ["institutions", "human_resources", "cyber_security"]
    assert all(row["value"] is None for row in mains.values())


def test_pillars_of_2020_are_compared_as_pillars_and_never_with_activity_indices(
    ranking: pl.DataFrame,
) -> None:
    of_2020 = ranking.filter(assessment_id="province-2020", scope="main")
    assert set(of_2020["concept"]) == {"government_pillar", "economy_pillar", "society_pillar"}
    later = ranking.filter(pl.col("assessment_id") != "province-2020", scope="main")
    assert set(of_2020["concept"]).isdisjoint(set(later["concept"]))


def test_history_holds_no_issue_about_what_was_never_owed(national_release: Release) -> None:
    issues = national_release.table("dq_issue").filter(
        pl.col("assessment_id").is_in(["province-2020", "province-2021"])
    )
    assert issues.is_empty()


def test_a_published_scope_the_framework_does_not_have_is_an_issue(tmp_path: Path) -> None:
    data = copy_deliveries(tmp_path / "data", "province-2021")
    official = next((data / "raw/province-2021/official").iterdir())
    with official.open("a", encoding="utf-8") as file:
        file.write("2021,Vĩnh Phúc,main,77,0.5,,3\n")
    rows, issues = agreed("province-2021", data)
    assert issues["rule_id"].to_list() == ["official.not_found"]
    assert "Main index 77" in issues["message_en"].item()
    assert "77" not in rows["scope_code"].to_list()


def test_a_year_that_publishes_main_indices_only_has_its_units_and_their_basis(
    tmp_path: Path,
) -> None:
    data = copy_deliveries(tmp_path / "data", "province-2021")
    official = next((data / "raw/province-2021/official").iterdir())
    head, *rows = official.read_text(encoding="utf-8").splitlines()
    mains = [row for row in rows if row.startswith("2021,") and ",main," in row]
    official.write_text("\n".join([head, *mains, ""]), encoding="utf-8")
    for other in ("central", "self_reports"):
        shutil.rmtree(data / "raw/province-2021" / other, ignore_errors=True)
    tables = compute(define("province-2021", workspace=Workspace(data=data)))
    row = tables["dim_assessment"].row(0, named=True)
    n_units = tables["fact_ranking"]["unit_id"].n_unique()
    assert n_units > 0
    assert (row["n_units"], row["n_ranked"], row["data_basis"]) == (n_units, 0, "published")
