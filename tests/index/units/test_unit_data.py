"""The shipped unit files hold what the decisions say."""

from datetime import date

import polars as pl
import pytest

from dti_pipeline.index.units.names import fold_expr, name_key_expr, plain_expr, type_of_plain
from dti_pipeline.index.units.registry import UnitRegistry, load_registry

REUSED_CODES = ("15", "24", "44", "52", "80", "82", "91")


@pytest.fixture(scope="module")
def registry() -> UnitRegistry:
    return load_registry()


def provinces(registry: UnitRegistry) -> pl.DataFrame:
    return registry.units.filter(level="province")


def name(registry: UnitRegistry, unit_id: str) -> str:
    return str(registry.units.filter(unit_id=unit_id).get_column("name_vi").item())


@pytest.mark.parametrize(("unit_set", "units", "cities"), [("province-63", 63, 5), ("province-34", 34, 6)])  # fmt: skip
def test_sets_have_their_units_and_cities(
    registry: UnitRegistry, unit_set: str, units: int, cities: int
) -> None:
    found = registry.of_set(unit_set)
    assert found.height == units
    assert found.filter(unit_type="thành phố").height == cities
    assert set(found.get_column("unit_type")) == {"tỉnh", "thành phố"}
    prefix = "VN-P63-" if units == 63 else "VN-P34-"
    assert (found.get_column("unit_id") == prefix + found.get_column("official_code")).all()
    assert found.get_column("official_code").str.contains(r"^\d\d$").all()


def test_keys_are_unique_within_each_set(registry: UnitRegistry) -> None:
    keyed = provinces(registry).with_columns(
        key=name_key_expr(pl.col("name_vi")), folded=fold_expr(name_key_expr(pl.col("name_vi")))
    )
    for column in ("key", "folded", "name_vi", "official_code"):
        assert keyed.filter(pl.struct("unit_set", column).is_duplicated()).is_empty(), column


def test_local_sets_have_their_groups_and_sample_names(registry: UnitRegistry) -> None:
    sizes = {
        unit_set: dict(registry.of_set(unit_set).group_by("group_code").len().iter_rows())
        for unit_set in ("commune-hcmc-2026", "ninh-binh-2022")
    }
    assert sizes == {
        "commune-hcmc-2026": {"ward": 113, "commune": 54, "special_zone": 1},
        "ninh-binh-2022": {"department": 18, "department-750": 6, "district": 8, "commune": 143},
    }
    communes = registry.units.filter(level="commune")
    fictitious = communes["name_vi"].str.contains(r"^\pL+(?: \pL+)? giả định \d{3}$")
    real = communes.filter(~fictitious)["name_vi"].to_list()
    assert real == ["Cần Giuộc", "Phúc Thành", "Đông Thành", "Vân Giang"]
    assert communes.filter(fictitious)["name_en"].str.contains(r"^Fictitious .* \d{3}$").all()
    names = registry.units.select("unit_set", "name_vi")
    assert not names.is_duplicated().any()


def test_names_carry_no_kind_of_unit_and_fold_to_their_ascii_form(registry: UnitRegistry) -> None:
    units = provinces(registry)
    assert not units.get_column("name_vi").str.contains("(?i)tỉnh |thành phố|tp").any()
    units = registry.units
    assert units.filter(fold_expr(pl.col("name_vi")) != pl.col("name_ascii")).is_empty()
    assert name(registry, "VN-P63-77") == "Bà Rịa - Vũng Tàu"
    assert name(registry, "VN-P63-46") == "Thừa Thiên Huế"
    assert name(registry, "VN-P34-46") == "Huế"


def test_sets_are_valid_up_to_and_from_the_merger(registry: UnitRegistry) -> None:
    spans = (
        provinces(registry).select("unit_set", "valid_from", "valid_to").unique().sort("unit_set")
    )
    assert spans.rows() == [
        ("province-34", date(2025, 7, 1), None),
        ("province-63", date(2008, 8, 1), date(2025, 6, 30)),
    ]


def test_regions_have_the_members_of_the_resolutions(registry: UnitRegistry) -> None:
    sizes = dict(provinces(registry).group_by("region_code").len().iter_rows())
    assert sizes == {
        "TDMN-2023": 14, "DBSH-2023": 11, "BTBDHMT-2023": 14, "TN-2023": 5, "DNB-2023": 6,
        "DBSCL-2023": 13, "TDMN-2025": 9, "DBSH-2025": 6, "BTB-2025": 5, "DHNTBTN-2025": 6,
        "DNB-2025": 3, "DBSCL-2025": 5,
    }  # fmt: skip
    region = dict(registry.units.select("unit_id", "region_name").iter_rows())
    assert region["VN-P63-22"] == "Đồng bằng sông Hồng"
    assert region["VN-P63-24"] == "Trung du và miền núi phía Bắc"
    assert region["VN-P63-68"] == "Tây Nguyên"
    assert region["VN-P34-68"] == "Duyên hải Nam Trung Bộ và Tây Nguyên"
    assert region["VN-P34-80"] == "Đông Nam Bộ"


def test_every_old_unit_has_one_successor_and_eleven_stay_alone(registry: UnitRegistry) -> None:
    old = registry.of_set("province-63").get_column("unit_id")
    new = registry.of_set("province-34").get_column("unit_id")
    succession = registry.succession.filter(pl.col("old_unit_id").str.starts_with("VN-P63-"))
    successors = dict(succession.select("old_unit_id", "new_unit_id").iter_rows())
    assert succession.height == len(successors) == len(old)
    assert set(successors) == set(old)
    assert set(successors.values()) == set(new)
    merged = dict(succession.sort("old_unit_id").group_by("new_unit_id").agg("old_unit_id").rows())
    assert sorted(map(len, merged.values())) == [1] * 11 + [2] * 17 + [3] * 6
    assert merged["VN-P34-79"] == ["VN-P63-74", "VN-P63-77", "VN-P63-79"]
    assert merged["VN-P34-48"] == ["VN-P63-48", "VN-P63-49"]
    assert successors["VN-P63-06"] == "VN-P34-19"
    assert set(succession.get_column("effective_date")) == {date(2025, 7, 1)}


def test_exactly_seven_codes_name_another_province_after_the_merger(registry: UnitRegistry) -> None:
    old = dict(registry.of_set("province-63").select("official_code", "name_vi").iter_rows())
    new = dict(registry.of_set("province-34").select("official_code", "name_vi").iter_rows())
    changed = {code for code in new if new[code] != old[code]} - {"46"}
    assert changed == set(REUSED_CODES)
    assert (old["46"], new["46"]) == ("Thừa Thiên Huế", "Huế")


@pytest.mark.parametrize("unit_set", ["province-63", "province-34"])
def test_tile_grid_looks_like_the_country(registry: UnitRegistry, unit_set: str) -> None:
    units = registry.of_set(unit_set)
    boxes = registry.tiles.filter(unit_set=unit_set)
    row = dict(units.select("name_ascii", "tile_row").iter_rows())
    col = dict(units.select("name_ascii", "tile_col").iter_rows())
    south = ["Cao Bang", "Ha Noi", "Thanh Hoa", "Nghe An", "Ha Tinh", "Quang Tri", "Da Nang",
             "Quang Ngai", "Gia Lai", "Dak Lak", "Khanh Hoa", "Ho Chi Minh", "Can Tho", "Ca Mau"]  # fmt: skip
    assert [row[place] for place in south] == sorted({row[place] for place in south})
    # The S: west in the north, west again at Nghệ An, east at the central coast, west in the south.
    assert col["Dien Bien"] < col["Ha Noi"] < col["Quang Ninh"]
    assert col["Nghe An"] < col["Da Nang"] == max(col["Khanh Hoa"], col["Da Nang"])
    assert col["Ca Mau"] < col["Ho Chi Minh"] < col["Khanh Hoa"]
    assert not pl.concat([units.select("tile_row", "tile_col"), boxes.select("tile_row", "tile_col")]).is_duplicated().any()  # fmt: skip
    assert boxes.get_column("label_vi").to_list() == ["Hoàng Sa (Đà Nẵng)", "Trường Sa (Khánh Hòa)"]
    assert min(boxes.get_column("tile_col")) > max(units.get_column("tile_col")) + 1


def test_shipped_aliases_are_not_what_the_rules_already_cover(registry: UnitRegistry) -> None:
    own = registry.units.select("unit_id", "name_vi", "unit_type")
    redundant = registry.aliases.join(own, on="unit_id").filter(
        name_key_expr(pl.col("alias")) == name_key_expr(pl.col("name_vi")),
        type_of_plain(plain_expr(pl.col("alias"))).is_null(),
    )
    assert redundant.is_empty()
