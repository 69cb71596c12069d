"""The whole run of province-2022: computed results equal what was published."""

import csv
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest

from dti_pipeline.release.folder import Release
from tests.conftest import REPOSITORY
from tests.tables import one

# Mains of the six provinces that published all eight (DTI 2022), and the overall value.
PUBLISHED_MAINS = {
    "Đà Nẵng": "1.0000 0.9000 0.8253 0.8487 0.7578 0.8575 0.7836 0.5197",
    "Hồ Chí Minh": "0.8917 0.9000 0.8258 0.6267 0.5580 0.8406 0.7611 0.3590",
    "Quảng Ninh": "0.9581 0.9000 0.7648 0.6250 0.5382 0.8385 0.5904 0.4505",
    "Thừa Thiên Huế": "0.9500 0.9000 0.6823 0.6794 0.6423 0.8262 0.6787 0.3001",
    "Cần Thơ": "0.9000 0.8000 0.7233 0.7376 0.7226 0.7325 0.7556 0.2947",
}
MAINS = ("1", "2", "3", "4", "5", "7", "8", "9")
BAC_KAN_POINTS = "67.50 40.00 47.42 58.07 17.04 69.66 68.31 26.13"
PILLARS = ("GOV", "ECO", "SOC")
OF_2022 = {"assessment_id": "province-2022"}


@pytest.fixture(scope="module")
def of_2022(ranking: pl.DataFrame) -> pl.DataFrame:
    return ranking.filter(**OF_2022)


def printed(frame: pl.DataFrame, unit: str, codes: Sequence[str], column: str) -> str:
    """Return a unit's figures of some scopes as they are printed."""
    decimals = {"value": 4, "points": 2}[column]
    rows = [one(frame, unit_name=unit, scope_code=code) for code in codes]
    return " ".join(f"{row[column]:.{decimals}f}" for row in rows)


def test_all_63_overall_values_and_four_mains_equal_the_published_table(
    of_2022: pl.DataFrame,
) -> None:
    path = REPOSITORY / "data/raw/province-2022/official/01_published_dti_2022_2024.csv"
    with path.open(encoding="utf-8-sig", newline="") as source:
        rows = [row for row in csv.DictReader(source) if row["Nam"] == "2022"]
    names = {"TP. Huế": "Thừa Thiên Huế", "TP. Hồ Chí Minh": "Hồ Chí Minh"}
    columns = {"DTI_Tong": "DTI", "HaTangSo": "3"}
    columns |= {"DTI_ChinhQuyenSo": "7", "DTI_KinhTeSo": "8", "DTI_XaHoiSo": "9"}
    assert len(rows) == 63
    for row in rows:
        name = names.get(row["TinhThanh"], row["TinhThanh"].removeprefix("TP. "))
        for column, code in columns.items():
            computed = one(of_2022, unit_name=name, scope_code=code)["value"]
            assert f"{computed:.4f}" == f"{float(row[column]):.4f}", (name, column)


def test_ranks_follow_the_published_order_with_a_shared_fifteenth_place(
    of_2022: pl.DataFrame,
) -> None:
    overall = of_2022.filter(scope="overall")
    ranks = dict(overall.select("unit_name", "rank").iter_rows())
    values = overall.sort("value", descending=True)["value"].to_list()
    assert sorted(ranks.values()) == sorted(1 + values.index(value) for value in values)
    assert ranks["Đà Nẵng"] == 1
    assert ranks["Thanh Hóa"] == ranks["Yên Bái"] == 15
    assert ranks["Hậu Giang"] == 17
    assert ranks["Ninh Bình"] == 21
    assert ranks["Bắc Kạn"] == 63
    assert set(overall["n_ranked"]) == {63}
    assert overall.filter("is_tied")["unit_name"].sort().to_list() == ["Thanh Hóa", "Yên Bái"]
    in_region = one(overall, unit_name="Bắc Kạn")
    assert (in_region["rank_in_region"], in_region["n_in_region"]) == (14, 14)


@pytest.mark.parametrize("name", PUBLISHED_MAINS)
def test_all_eight_mains_of_five_provinces_equal_the_published_values(
    of_2022: pl.DataFrame, name: str
) -> None:
    assert printed(of_2022, name, MAINS, "value") == PUBLISHED_MAINS[name]


def test_bac_kan_has_its_published_points(of_2022: pl.DataFrame) -> None:
    assert printed(of_2022, "Bắc Kạn", MAINS, "points") == BAC_KAN_POINTS
    assert printed(of_2022, "Bắc Kạn", ["DTI"], "points") == "394.13"


def test_pillars_hold_the_foundation(of_2022: pl.DataFrame) -> None:
    assert printed(of_2022, "Quảng Ninh", PILLARS, "value") == "0.7804 0.7187 0.6864"
    ha_noi = [one(of_2022, unit_name="Hà Nội", scope_code=code)["rank"] for code in PILLARS]
    assert ha_noi == [40, 18, 30]
    tra_vinh = [one(of_2022, unit_name="Trà Vinh", scope_code=code) for code in PILLARS]
    # Printed 0.6683, 0.6647, 0.5991 from unrounded inputs: equal within one last place.
    for row, published in zip(tra_vinh, (6683, 6647, 5991), strict=True):
        assert abs(round(row["value"] * 10_000) - published) <= 1
    assert [row["rank"] for row in tra_vinh] == [29, 27, 26]


def test_components_add_up_to_mains_and_mains_to_the_whole(province_release: Release) -> None:
    components = province_release.table("fact_component_score").filter(**OF_2022)
    mains = province_release.table("fact_main_score").filter(**OF_2022)
    overall = province_release.table("fact_ranking").filter(**OF_2022, scope="overall")
    assert (components.height, mains.height, overall.height) == (63 * 98, 63 * 9, 63)
    summed = components.group_by("unit_id", "main_code").agg(pl.col("points_micro").sum())
    both = mains.join(summed, on=["unit_id", "main_code"], suffix="_summed")
    assert both.height == 63 * 9
    assert both.filter(pl.col("points_micro") != pl.col("points_micro_summed")).is_empty()
    totals = mains.filter("is_counted").group_by("unit_id").agg(pl.col("points_micro").sum())
    whole = overall.join(totals, on="unit_id")
    assert whole.height == 63
    difference = (whole["points"] * 1_000_000).round().cast(pl.Int64) - whole["points_micro"]
    assert set(difference) == {0}


def test_smart_city_is_scored_for_reference_and_never_counted(province_release: Release) -> None:
    mains = province_release.table("fact_main_score").filter(**OF_2022, concept="smart_city")
    assert set(mains["is_counted"]) == {False}
    assert mains["points_micro"].sum() > 0


def test_numbers_of_zero_and_full_components_are_the_published_ones(
    province_release: Release,
) -> None:
    components = province_release.table("fact_component_score").filter(**OF_2022)
    counted = components.filter(pl.col("main_code") != "6")

    def count(name: str, frame: pl.DataFrame, condition: pl.Expr) -> int:
        return frame.filter(condition, unit_name=name).height

    is_zero = pl.col("points_micro") == 0
    is_full = pl.col("points_lost") == 0
    assert count("Bắc Kạn", counted, is_zero) == 34
    assert count("Cà Mau", counted, pl.lit(value=True)) == 95
    assert (count("Cà Mau", counted, is_full), count("Cà Mau", counted, is_zero)) == (30, 17)
    assert count("Hà Giang", components, is_zero) == 28


def test_foundation_has_56_components_and_activity_42(province_release: Release) -> None:
    components = province_release.table("dim_indicator").filter(
        framework_id="province-922", indicator_level="component"
    )
    is_foundation = components["parent_code"].cast(pl.Int8) <= 6
    assert (is_foundation.sum(), (~is_foundation).sum()) == (56, 42)


def test_no_illustrative_component_passes_for_official(province_release: Release) -> None:
    indicators = province_release.table("dim_indicator").filter(
        framework_id="province-922", indicator_level="component"
    )
    assert indicators.height == 98
    assert set(indicators["basis"]) == {"inferred", "illustrative"}


def test_every_result_of_2022_is_marked_as_a_sample(province_release: Release) -> None:
    ranking = province_release.table("fact_ranking").filter(**OF_2022)
    assert set(ranking["data_basis"]) == {"sample", "calibrated_sample"}
    foundation = ranking.filter(pl.col("scope_code").is_in(["1", "2", "4", "5"]))
    calibrated = foundation.filter(data_basis="calibrated_sample")
    assert set(calibrated["unit_name"]) == {*PUBLISHED_MAINS, "Bắc Kạn"}
    components = province_release.table("fact_component_score").filter(**OF_2022)
    assert "published" not in set(components["data_basis"])


def test_no_made_up_report_of_a_province_contradicts_the_centre(province_release: Release) -> None:
    issues = province_release.table("dq_issue")
    assert issues.filter(rule_id="source.disagrees").is_empty()


def test_every_figure_names_its_file_and_place(province_release: Release) -> None:
    observations = province_release.table("fact_observation").filter(**OF_2022)
    assert observations.height > 10_000
    assert observations["source_cell"].null_count() == 0
    assert observations["source_sha256"].str.len_chars().unique().to_list() == [64]
    for name in observations["source_file"].unique():
        assert (REPOSITORY / "data" / Path(name)).is_file()
