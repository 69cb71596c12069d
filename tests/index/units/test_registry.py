import dataclasses
from pathlib import Path

import polars as pl
import pytest

from dti_pipeline.index.units import registry as registry_module
from dti_pipeline.index.units.registry import UnitRegistry, UnknownUnitError, load_registry
from schemas.files.units import UnitFile

# The 63 names as the ministry's published tables print them, in the order of the codes.
PUBLISHED_63 = (
    "TP. Hà Nội,Hà Giang,Cao Bằng,Bắc Kạn,Tuyên Quang,Lào Cai,Điện Biên,Lai Châu,Sơn La,Yên Bái,"
    "Hòa Bình,Thái Nguyên,Lạng Sơn,Quảng Ninh,Bắc Giang,Phú Thọ,Vĩnh Phúc,Bắc Ninh,Hải Dương,"
    "TP. Hải Phòng,Hưng Yên,Thái Bình,Hà Nam,Nam Định,Ninh Bình,Thanh Hóa,Nghệ An,Hà Tĩnh,"
    "Quảng Bình,Quảng Trị,TP. Huế,TP. Đà Nẵng,Quảng Nam,Quảng Ngãi,Bình Định,Phú Yên,Khánh Hòa,"
    "Ninh Thuận,Bình Thuận,Kon Tum,Gia Lai,Đắk Lắk,Đắk Nông,Lâm Đồng,Bình Phước,Tây Ninh,"
    "Bình Dương,Đồng Nai,Bà Rịa - Vũng Tàu,TP. Hồ Chí Minh,Long An,Tiền Giang,Bến Tre,Trà Vinh,"
    "Vĩnh Long,Đồng Tháp,An Giang,Kiên Giang,TP. Cần Thơ,Hậu Giang,Sóc Trăng,Bạc Liêu,Cà Mau"
)
CODES_63 = (
    "01 02 04 06 08 10 11 12 14 15 17 19 20 22 24 25 26 27 30 31 33 34 35 36 37 38 40 42 44 45 46 "
    "48 49 51 52 54 56 58 60 62 64 66 67 68 70 72 74 75 77 79 80 82 83 84 86 87 89 91 92 93 94 95 96"
)
# The 34 as the service-quality index prints them, in the order of the codes.
CITIES_34 = ("01", "31", "46", "48", "79", "92")
NAMES_34 = (
    "01 Hà Nội,04 Cao Bằng,08 Tuyên Quang,11 Điện Biên,12 Lai Châu,14 Sơn La,15 Lào Cai,"
    "19 Thái Nguyên,20 Lạng Sơn,22 Quảng Ninh,24 Bắc Ninh,25 Phú Thọ,31 Hải Phòng,33 Hưng Yên,"
    "37 Ninh Bình,38 Thanh Hóa,40 Nghệ An,42 Hà Tĩnh,44 Quảng Trị,46 Huế,48 Đà Nẵng,51 Quảng Ngãi,"
    "52 Gia Lai,56 Khánh Hòa,66 Đắk Lắk,68 Lâm Đồng,75 Đồng Nai,79 Hồ Chí Minh,80 Tây Ninh,"
    "82 Đồng Tháp,86 Vĩnh Long,91 An Giang,92 Cần Thơ,96 Cà Mau"
)


@pytest.fixture(scope="module")
def registry() -> UnitRegistry:
    return load_registry()


@pytest.fixture(scope="module")
def districts(tmp_path_factory: pytest.TempPathFactory) -> UnitRegistry:
    """Districts of a made-up province in which names recur, as in real ones."""
    folder = tmp_path_factory.mktemp("units")
    names = [
        *(("thành phố", "Cao Lãnh"), ("huyện", "Cao Lãnh"), ("huyện", "Quan Sơn")),
        *(("thị xã", "Tân An"), ("huyện", "Tấn An"), ("huyện", "Lấp Vò"), ("quận", "Quận 1")),
        *(
            ("xã", "Mỹ An"),
            ("xã", "Mĩ An"),
            ("phường", "Quy Nhơn"),
            ("xã", "Quí Lộc"),
            ("xã", "Lý"),
        ),
    ]
    rows = [
        f"D-{n},district-sample,district,{n:03d},{name},{name},District {n},{kind},,,,,,2020-01-01,,,"
        for n, (kind, name) in enumerate(names)
    ]
    text = "\n".join([",".join(UnitFile.content()), *rows, ""])
    (folder / "sample.csv").write_text(text, encoding="utf-8")
    return load_registry(search=[folder])


def match(registry: UnitRegistry, *names: str | None, unit_set: str, are_codes: bool = False) -> list[str | None]:  # fmt: skip
    found = registry.match(
        pl.Series(names, dtype=pl.String), unit_set=unit_set, are_codes=are_codes
    )
    return found.get_column("unit_id").to_list()


def of_districts(districts: UnitRegistry, *names: str) -> list[str | None]:
    return match(districts, *names, unit_set="district-sample")


def test_every_published_name_of_the_63_finds_its_code(registry: UnitRegistry) -> None:
    found = match(registry, *PUBLISHED_63.split(","), unit_set="province-63")
    assert found == [f"VN-P63-{code}" for code in CODES_63.split()]


def test_every_name_of_the_34_finds_its_code_in_every_dress(registry: UnitRegistry) -> None:
    for code, name in (entry.split(" ", 1) for entry in NAMES_34.split(",")):
        city = code in CITIES_34
        dresses = [f"TP.{name}", f"UBND Thành phố {name}"] if city else [f"UBND tỉnh {name}"]
        found = match(registry, name, *dresses, name.upper(), unit_set="province-34")
        assert set(found) == {f"VN-P34-{code}"}, name


# Code of a province → names that are found.
SPELLINGS = {
    "01": ("Hanoi", "HA NOI", "01", "1. Hà Nội", "Hà Nội (1)", "Hà Nội*"),
    "02": ("Tinh Ha Giang",),
    "06": ("Bắc Cạn",),
    "17": ("Tỉnh Hoà Bình", "7. Tỉnh Hoà Bình [2]"),
    "38": ("Tỉnh Thanh Hóa",),
    "46": ("Thừa Thiên - Huế", "Thừa Thiên-Huế", "Huế", "Thành phố Huế", "TT. Huế", "(2) TP. Huế"),
    "48": ("TP. Da Nang",),
    "66": ("Đăk Lăk", "Đắc Lắc", "Daklak"),
    "67": ("Dak Nong",),
    "77": ("BR-VT", "Bà Rịa Vũng Tàu", "Bà Rịa–Vũng Tàu", "Ba Ria - Vung Tau"),
    "79": (
        *("TP.HCM", "Tp HCM", "TPHCM", "UBND TP. Hồ Chí Minh", "Hồ Chí Minh", "Ho Chi Minh City"),
        *(" 79 ", "VN-P63-79"),
    ),
    "96": ("UBND tinh Ca Mau", "63)Cà Mau"),
}


@pytest.mark.parametrize(
    ("name", "code"), [(name, code) for code, names in SPELLINGS.items() for name in names]
)
def test_real_spellings_match_without_the_number_of_a_row_and_a_footnote_mark(
    registry: UnitRegistry, name: str, code: str
) -> None:
    assert match(registry, name, unit_set="province-63") == [f"VN-P63-{code}"]


@pytest.mark.parametrize(
    "name",
    ["", "  ", "Hà Noi", "Hả Nội", "Thành phố Ninh Bình", "Huyện Hà Nam", "Hà", "Bình", "1", "03",
     "63", "VN-P34-79", "Sài Gòn", "Cả nước", "Tỉnh", "Tổng số", None,
     "1 Hà Nội", "Hà Nội 1", "Hà Nội (2022)", "1. 79", "(1)"],
)  # fmt: skip
def test_what_names_no_unit_of_the_set_is_never_guessed(
    registry: UnitRegistry, name: str | None
) -> None:
    assert match(registry, name, unit_set="province-63") == [None]


@pytest.mark.parametrize("name", ["Bắc Giang", "Yên Bái", "Bình Dương", "TP. Thủ Đức", "Ha Nam"])
def test_merged_provinces_do_not_match_the_unit_that_took_them_over(
    registry: UnitRegistry, name: str
) -> None:
    assert match(registry, name, unit_set="province-34") == [None]


@pytest.mark.parametrize(
    ("code", "before", "after"),
    [
        ("15", "Yên Bái", "Lào Cai"),
        ("24", "Bắc Giang", "Bắc Ninh"),
        ("44", "Quảng Bình", "Quảng Trị"),
        ("52", "Bình Định", "Gia Lai"),
        ("80", "Long An", "Tây Ninh"),
        ("82", "Tiền Giang", "Đồng Tháp"),
        ("91", "Kiên Giang", "An Giang"),
    ],
)
def test_a_reused_code_never_leads_across_the_merger(
    registry: UnitRegistry, code: str, before: str, after: str
) -> None:
    old, new = f"VN-P63-{code}", f"VN-P34-{code}"
    assert match(registry, code, before, unit_set="province-63") == [old, old]
    assert match(registry, code, before, after, unit_set="province-34") == [new, None, new]
    # Both old provinces went into the new one: a join by code would take one part for the whole.
    [namesake] = match(registry, after, unit_set="province-63")
    into = registry.succession.filter(new_unit_id=new)
    assert {old, namesake} <= set(into["old_unit_id"])


def test_cities_of_2026_match_the_provinces_of_the_merger(registry: UnitRegistry) -> None:
    names = ("Thành phố Quảng Ninh", "Thành phố Bắc Ninh", "TP. Đồng Nai", "Thừa Thiên Huế")
    assert match(registry, *names, unit_set="province-34") == [
        f"VN-P34-{code}" for code in ("22", "24", "75", "46")
    ]
    assert match(registry, names[0], unit_set="province-63") == [None]


def test_number_without_its_zero_is_a_code_only_in_a_code_column(registry: UnitRegistry) -> None:
    numbers = pl.Series([1, 79, 3])
    found = registry.match(numbers, unit_set="province-63", are_codes=True)
    assert found.get_column("unit_id").to_list() == ["VN-P63-01", "VN-P63-79", None]
    assert match(registry, "1", "79", unit_set="province-63") == [None, "VN-P63-79"]
    assert match(registry, "Huế", unit_set="province-63", are_codes=True) == ["VN-P63-46"]


def test_rows_keep_their_number_and_order(registry: UnitRegistry) -> None:
    names = pl.Series("tỉnh", ["Thanh Hóa", None, "Thanh Hoá", "?", "Thanh Hóa", "Phú Thọ", None])
    found = registry.match(names, unit_set="province-34")
    assert found.columns == ["raw_name", "unit_id", "candidates"]
    assert found.get_column("raw_name").to_list() == names.to_list()
    assert found.get_column("unit_id").to_list() == [
        "VN-P34-38", None, "VN-P34-38", None, "VN-P34-38", "VN-P34-25", None,
    ]  # fmt: skip
    empty = registry.match(pl.Series([], dtype=pl.String), unit_set="province-34")
    assert empty.schema == found.schema == pl.Schema(dict.fromkeys(found.columns, pl.String()))


def test_unmatched_names_come_with_the_nearest_ones(registry: UnitRegistry) -> None:
    found = registry.match(
        pl.Series(["Ninh Bìn", "Quảng Ninhh", "Thành phố Ninh Bình", "zzzz", "Hà Nội", ""]),
        unit_set="province-63",
    ).get_column("candidates")
    assert found[0] == "Ninh Bình; Điện Biên; Bình Định"
    assert found[1].split("; ")[0] == "Quảng Ninh"
    assert found[2].split("; ")[0] == "Ninh Bình"
    assert found[3:].to_list() == [None, None, None]


def test_candidates_are_looked_for_only_so_far(
    registry: UnitRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_module, "MAX_COMPARISONS", 63 * 2)
    found = registry.match(pl.Series(["Hà Nộ", "Hà Na", "Hà Tĩn"]), unit_set="province-63")
    assert found.get_column("candidates").is_null().to_list() == [False, False, True]


def test_a_shared_name_matches_only_with_its_kind(districts: UnitRegistry) -> None:
    names = ("Thành phố Cao Lãnh", "Huyện Cao Lãnh", "TP. Cao Lãnh", "H. Cao Lãnh")
    assert of_districts(districts, *names) == ["D-0", "D-1", "D-0", "D-1"]
    found = districts.match(pl.Series(["Cao Lãnh", "Cao Lanh"]), unit_set="district-sample")
    assert found.get_column("unit_id").to_list() == [None, None]
    assert found.get_column("candidates")[0].startswith(
        "thành phố Cao Lãnh (D-0); huyện Cao Lãnh (D-1)"
    )


def test_unmarked_name_that_fits_two_units_matches_neither(districts: UnitRegistry) -> None:
    names = ("Tan An", "Thi xa Tan An", "Tân An")
    assert of_districts(districts, *names) == [None, "D-3", "D-3"]


def test_a_number_that_belongs_to_a_name_stays(districts: UnitRegistry) -> None:
    names = ("3. Quận 1", "Quận 1 (2)", "Quận (1)", "Quận (2)", "1. Tan An")
    assert of_districts(districts, *names) == ["D-6", "D-6", "D-6", None, None]


def test_i_and_y_are_one_letter_where_only_one_unit_is_called_so(districts: UnitRegistry) -> None:
    names = ("Qui Nhơn", "P. Qui Nhơn", "Qui Nhon", "Quý Lộc", "Xã Quý Lộc", "LÍ", "Lỳ", "Lyn")
    found = of_districts(districts, *names)
    assert found == ["D-9", "D-9", "D-9", "D-10", "D-10", "D-11", None, None]
    both = ("Mỹ An", "xã Mĩ An", "My An", "Mi An", "Mị An")
    assert of_districts(districts, *both) == ["D-7", "D-8", "D-7", "D-8", None]


def test_a_name_that_begins_like_a_kind_of_unit_is_kept_whole(districts: UnitRegistry) -> None:
    names = ("Quan Sơn", "Quan Son", "huyen Quan Son", "Quận Sơn", "Quận 01", "Q.1", "1")
    found = of_districts(districts, *names)
    assert found == ["D-2", "D-2", "D-2", None, "D-6", "D-6", None]


def test_unknown_set_names_the_known_ones(registry: UnitRegistry) -> None:
    with pytest.raises(UnknownUnitError, match=r"province-99.*province-34, province-63"):
        registry.match(pl.Series(["Hà Nội"]), unit_set="province-99")


def test_registry_cannot_be_changed(registry: UnitRegistry) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        registry.units = registry.tiles  # type: ignore[misc]


def test_loading_does_not_depend_on_the_working_folder(
    registry: UnitRegistry, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    again = load_registry(search=[tmp_path / "missing"])
    for frame in ("units", "aliases", "succession", "tiles", "forms"):
        assert getattr(again, frame).equals(getattr(registry, frame)), frame


def test_the_same_files_are_read_once_wherever_they_lie(tmp_path: Path) -> None:
    folders = [tmp_path / "a", tmp_path / "b"]
    for folder in folders:
        folder.mkdir()
        (folder / "aliases.csv").write_text("unit_id,alias\nVN-P63-01,Thủ đô\n", "utf-8")
    first, second = (load_registry(search=[folder]) for folder in folders)
    assert second is first
    (folders[1] / "aliases.csv").write_text("unit_id,alias\nVN-P63-01,Kinh đô\n", "utf-8")
    assert load_registry(search=[folders[1]]).known(["Kinh đô"], unit_set="province-63")
