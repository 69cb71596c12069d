import unicodedata

import polars as pl
import pytest

from dti_pipeline.index.units.names import fold_expr, name_key_expr, plain_expr, type_of_plain

SAME = [
    ("Hòa Bình", ["Hoà Bình", "HÒA BÌNH", " hòa  bình ", "Tỉnh Hòa Bình", "T. Hòa Bình"]),
    ("Khánh Hòa", ["Khánh Hoà", "UBND tỉnh Khánh Hoà", "Ủy ban nhân dân tỉnh Khánh Hòa"]),
    ("Thanh Hóa", ["Thanh Hoá", "Uỷ ban nhân dân Tỉnh Thanh Hóa", "UBND: Thanh Hóa"]),
    ("Thủy Nguyên", ["Thuỷ Nguyên", "Huyện Thuỷ Nguyên", "H. Thủy Nguyên"]),
    ("Đắk Lắk", ["Đăk Lăk", "Đắc Lắc", "Ðắk Lắk", "Đắk\u00a0Lắk", "ĐẮK LẮK", "Đak Lăk"]),
    ("Đắk Nông", ["Đăk Nông", "Đắc Nông"]),
    ("Hải Phòng", ["TP.Hải Phòng", "TP. Hải Phòng", "Tp Hải Phòng", "T.P. Hải Phòng", "T.P Hải Phòng"]),
    ("Cần Thơ", ["UBND Thành phố Cần Thơ", "UBND TP. Cần Thơ", "THÀNH PHỐ CẦN THƠ"]),
    ("Phú Thọ", ["T.Phú Thọ", "Tỉnh\nPhú Thọ", "Phú\u200b Thọ"]),
    ("Bà Rịa - Vũng Tàu", ["Bà Rịa-Vũng Tàu", "Bà Rịa – Vũng Tàu", "Bà Rịa — Vũng Tàu", "Bà Rịa Vũng Tàu"]),
    ("Thừa Thiên Huế", ["Thừa Thiên - Huế", "Thừa Thiên-Huế"]),
    ("Ia H'Drai", ["Ia H’Drai", "Huyện Ia HDrai"]),
    ("Phường 1", ["Phường 01", "P.1", "P. 01"]),
    ("Phú Quốc", ["Đặc khu Phú Quốc", "ĐK. Phú Quốc"]),
    ("Kỳ Anh", ["Thị xã Kỳ Anh", "TX. Kỳ Anh", "TX Kỳ Anh", "Xã Kỳ Anh", "TT. Kỳ Anh"]),
]  # fmt: skip


def name_key(text: str | None) -> str | None:
    return pl.select(name_key_expr(pl.lit(text, dtype=pl.String))).item()


def name_type(text: str | None) -> str | None:
    return pl.select(type_of_plain(plain_expr(pl.lit(text, dtype=pl.String)))).item()


@pytest.mark.parametrize(("name", "spellings"), SAME, ids=[name for name, _ in SAME])
def test_spellings_of_one_name_share_a_key(name: str, spellings: list[str]) -> None:
    decomposed = [unicodedata.normalize("NFD", text) for text in [name, *spellings]]
    assert {name_key(text) for text in [*spellings, *decomposed]} == {name_key(name)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hà Nam", "Hà Nội"),
        ("Thanh Hóa", "Thạnh Hóa"),
        ("Bình Định", "Bình Đình"),
        ("Quảng Trị", "Quảng Trí"),
        ("Tân An", "Tấn An"),
        ("Tĩnh Gia", "Tịnh Gia"),
        ("Đông Hà", "Đồng Hà"),
        ("Hòa An", "Hoa An"),
        ("Thuận An", "Thuần An"),
        ("Đắk Lắk", "Đắk Lấp"),
        ("Dân Chủ", "Đàn Chủ"),
        ("Phường 1", "Phường 10"),
        ("Phường 1", "Quận 1"),
        ("Phường 1", "1"),
        ("Quan Sơn", "Quận Sơn"),
    ],
)
def test_different_names_keep_different_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Thành phố Cao Lãnh", "thành phố"),
        ("TP.HCM", "thành phố"),
        ("Huyện Cao Lãnh", "huyện"),
        ("UBND tỉnh Cà Mau", "tỉnh"),
        ("T.Phú Thọ", "tỉnh"),
        ("TX. Kỳ Anh", "thị xã"),
        ("Đặc khu Côn Đảo", "đặc khu"),
        ("Cao Lãnh", None),
        ("TPHCM", None),
        ("Quan Sơn", None),
        ("Phường 1", None),
        ("UBND tỉnh", None),
        ("Tỉnh", None),
        ("", None),
    ],
)
def test_kind_of_unit_is_read_only_before_a_name(text: str, kind: str | None) -> None:
    assert name_type(text) == kind


def test_lone_kind_of_unit_is_not_the_committee_of_that_kind() -> None:
    assert name_key("UBND tỉnh") == name_key("Ủy ban nhân dân tỉnh") != name_key("Tỉnh")


def test_no_name_has_neither_key_nor_kind() -> None:
    assert name_key(None) is None
    assert name_type(None) is None


def test_fold_drops_marks_but_keeps_case_and_dashes() -> None:
    folded = pl.select(fold_expr(pl.lit("Bà Rịa - Vũng Tàu, Đắk Lắk, Thừa Thiên Huế"))).item()
    assert folded == "Ba Ria - Vung Tau, Dak Lak, Thua Thien Hue"
