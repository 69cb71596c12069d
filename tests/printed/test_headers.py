"""Headers and names of printed tables, as many hands write them."""

import pytest

from dti_pipeline.printed.headers import column_of, is_unit_label, plain_words


@pytest.mark.parametrize(
    ("label", "quantity", "concept", "year"),
    [
        ("Giá trị DTI 2022", "level", None, 2022),
        ("Năm 2021", "level", None, 2021),
        ("Tổng điểm", "level", None, None),
        ("Hạ tầng số", "level", "infrastructure", None),
        ("HaTangSo", "level", "infrastructure", None),
        ("Ha tang so", "level", "infrastructure", None),  # no increase (tăng)
        ("DTI_ChinhQuyenSo", "level", "government", None),
        ("An toàn thông tin mạng", "level", "cyber_security", None),
        ("Thứ hạng năm 2021", "rank", None, 2021),
        ("Xếp hạng Kinh tế số", "rank", "economy", None),
        ("rank_prev", "rank", None, None),
        ("Tăng/giảm", "change", None, None),
        ("Tăng so với 2021", "change", None, 2021),
        ("+/-", "change", None, None),
        ("Tăng giảm bậc", "rank_change", None, None),
        ("rank_change", "rank_change", None, None),
        ("Điểm tối đa", "maximum", None, None),
    ],
)
def test_a_header_says_what_its_column_holds(
    label: str, quantity: str, concept: str | None, year: int | None
) -> None:
    column = column_of(label, 3)
    assert column is not None
    assert (column.quantity, column.concept, column.year) == (quantity, concept, year)


@pytest.mark.parametrize("label", ["STT", "Ghi chú", "Nam", "rank_in_region", "Tỷ lệ điểm đạt (%)"])
def test_other_headers_are_left_out(label: str) -> None:
    assert column_of(label, 1) is None


def test_a_pillar_is_told_from_an_activity_index_where_the_header_says_so() -> None:
    kinds = {
        label: column_of(label, 1).kinds
        for label in ("Trụ cột Chính quyền số", "Hoạt động chính quyền số", "Chính quyền số")
    }
    assert list(kinds.values()) == [("pillar",), ("main",), ("pillar", "main")]


def test_a_percent_sign_and_an_earlier_year_are_seen() -> None:
    assert column_of("Tăng (%)", 1).is_percent
    assert column_of("value_prev", 1).is_earlier
    assert not column_of("Change on the year before", 1).is_earlier


@pytest.mark.parametrize(
    ("label", "is_unit"),
    [
        ("Đơn vị", True),
        ("Tỉnh", True),
        ("TinhThanh", True),
        ("Tên sở, ngành", True),
        ("unit_name", True),
        ("Province", True),
        ("Số thủ tục", False),
        ("Xã hội số", False),
        ("Giá trị", False),
    ],
)
def test_the_column_of_units_is_known_by_its_header(label: str, is_unit: bool) -> None:
    assert is_unit_label(label) is is_unit


def test_words_are_reduced_without_marks() -> None:
    assert plain_words("  Đơn-vị  ĐẠT ") == "don vi dat"
