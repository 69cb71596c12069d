"""A figure is read exactly, or its status says why it is not. Never a wrong one."""

from decimal import ROUND_HALF_UP, Decimal
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dti_pipeline.intake.files.cells import CellType, RawCell
from dti_pipeline.intake.numbers.decimals import from_micro, to_micro, without_float_noise
from dti_pipeline.intake.numbers.missing_words import WORDS, Meaning, meaning_of
from dti_pipeline.intake.numbers.policy import (
    Bounds,
    Evidence,
    NumberKind,
    Reading,
    Status,
    confirmed,
    read_number,
)
from dti_pipeline.intake.text_keys import without_marks

COUNT, RATIO, PERCENT, AMOUNT, SCORE = NumberKind
S = Status
NBSP, THIN, NARROW = "\u00a0", "\u2009", "\u202f"


def read(text: str, kind: NumberKind = AMOUNT, **known: object) -> Reading:
    return read_number(RawCell(text), kind=kind, **known)  # type: ignore[arg-type]


def typed(text: str, kind: NumberKind = AMOUNT, number_format: str = "General") -> Reading:
    return read_number(RawCell(text, CellType.NUMBER, number_format), kind=kind)


FIGURES = [
    # plain
    ("2154", COUNT, "2154", "digits"),
    ("0", COUNT, "0", "digits"),
    ("05", COUNT, "5", "digits"),
    ("+7", COUNT, "7", "digits"),
    ("-5", AMOUNT, "-5", "digits"),
    ("−5", AMOUNT, "-5", "digits"),
    ("-0", AMOUNT, "0", "digits"),
    ("  12  ", COUNT, "12", "digits"),
    # one style only
    ("12,5", AMOUNT, "12.5", "decimal_comma"),
    ("12.5", AMOUNT, "12.5", "decimal_point"),
    ("-12,5", AMOUNT, "-12.5", "decimal_comma"),
    ("0,617", AMOUNT, "0.617", "decimal_comma"),
    ("0.617", SCORE, "0.617", "decimal_point"),
    ("0.8002", SCORE, "0.8002", "decimal_point"),
    ("05,5", SCORE, "5.5", "decimal_comma"),
    ("1234.567", AMOUNT, "1234.567", "decimal_point"),
    ("1234,567", AMOUNT, "1234.567", "decimal_comma"),
    ("1.2345", AMOUNT, "1.2345", "decimal_point"),
    ("8435.7", AMOUNT, "8435.7", "decimal_point"),
    ("1.234.567", AMOUNT, "1234567", "thousands_dot"),
    ("1,234,567", AMOUNT, "1234567", "thousands_comma"),
    ("1.234,5", AMOUNT, "1234.5", "decimal_comma"),
    ("1.234,567", AMOUNT, "1234.567", "decimal_comma"),
    ("1,234.5", AMOUNT, "1234.5", "decimal_point"),
    ("1.234.567,89", AMOUNT, "1234567.89", "decimal_comma"),
    ("1,234,567.89", AMOUNT, "1234567.89", "decimal_point"),
    # whole numbers only
    ("1.234", COUNT, "1234", "thousands_dot+whole_number"),
    ("2.154", COUNT, "2154", "thousands_dot+whole_number"),
    ("1,234", COUNT, "1234", "thousands_comma+whole_number"),
    ("1.234.567", COUNT, "1234567", "thousands_dot"),
    ("12.0", COUNT, "12", "decimal_point"),
    ("12,00", COUNT, "12", "decimal_comma"),
    ("1.234,0", COUNT, "1234", "decimal_comma"),
    # look-alikes
    ("１２３", COUNT, "123", "digits"),
    ("１．２３４", COUNT, "1234", "thousands_dot+whole_number"),
    ("１２，５", AMOUNT, "12.5", "decimal_comma"),
    (f"12{NBSP}345", COUNT, "12345", "thousands_space"),
    (f"12{THIN}345", COUNT, "12345", "thousands_space"),
    (f"1{NARROW}234{NARROW}567", COUNT, "1234567", "thousands_space"),
    (f"1{NBSP}234,567", AMOUNT, "1234.567", "thousands_space"),
    ("\u200b12\ufeff", COUNT, "12", "digits"),
    ("'12", COUNT, "12", "digits+apostrophe"),
    ("'12,5", AMOUNT, "12.5", "decimal_comma+apostrophe"),
    # float noise and long fractions
    ("0.30000000000000004", SCORE, "0.3", "decimal_point+float_noise"),
    ("1234567.8900000001", AMOUNT, "1234567.89", "decimal_point+float_noise"),
    ("0,3333333", SCORE, "0.333333", "decimal_comma+rounded_to_micro"),
    ("0.0000005", SCORE, "0.000001", "decimal_point+rounded_to_micro"),
    ("-0.0000005", AMOUNT, "-0.000001", "decimal_point+rounded_to_micro"),
    ("0.00000049", SCORE, "0", "decimal_point+rounded_to_micro"),
    ("0.66666666666666663", SCORE, "0.666667", "decimal_point+rounded_to_micro"),
    # the largest figure
    ("9223372036854,775807", AMOUNT, "9223372036854.775807", "decimal_comma"),
    # percentages without a sign
    ("61,7", PERCENT, "61.7", "decimal_comma"),
    ("61.7", PERCENT, "61.7", "decimal_point"),
    ("100", PERCENT, "100", "digits"),
    ("0", PERCENT, "0", "digits"),
    ("0,617", RATIO, "0.617", "decimal_comma"),
    ("1", RATIO, "1", "digits"),
]


@pytest.mark.parametrize(("text", "kind", "value", "how"), FIGURES)
def test_a_clear_text_is_read(text: str, kind: NumberKind, value: str, how: str) -> None:
    assert read(text, kind) == Reading(S.OK, Decimal(value), how)


PERCENTAGES = [
    ("61,7%", PERCENT, "61.7", "decimal_comma+percent_sign"),
    ("61.7 %", PERCENT, "61.7", "decimal_point+percent_sign"),
    ("61,7％", PERCENT, "61.7", "decimal_comma+percent_sign"),
    (f"61,7{NBSP}%", PERCENT, "61.7", "decimal_comma+percent_sign"),
    ("0,617%", PERCENT, "0.617", "decimal_comma+percent_sign"),
    ("0%", PERCENT, "0", "digits+percent_sign"),
    ("1%", PERCENT, "1", "digits+percent_sign"),
    ("120%", PERCENT, "120", "digits+percent_sign"),
    ("-2,5%", PERCENT, "-2.5", "decimal_comma+percent_sign"),
    ("61,7%", RATIO, "0.617", "decimal_comma+percent_sign"),
    ("100%", RATIO, "1", "digits+percent_sign"),
    ("0,0001%", RATIO, "0.000001", "decimal_comma+percent_sign"),
]


@pytest.mark.parametrize(("text", "kind", "value", "how"), PERCENTAGES)
def test_a_percent_sign_settles_the_scale(
    text: str, kind: NumberKind, value: str, how: str
) -> None:
    assert read(text, kind) == Reading(S.PERCENT, Decimal(value), how)


DOUBTS = [
    ("1.234", AMOUNT, "either_mark", ["1.234", "1234"]),
    ("1,234", AMOUNT, "either_mark", ["1.234", "1234"]),
    ("-1.234", AMOUNT, "either_mark", ["-1.234", "-1234"]),
    ("100.000", SCORE, "either_mark", ["100", "100000"]),
    ("1.234", PERCENT, "either_mark", ["1.234", "1234"]),
    ("61.234%", PERCENT, "either_mark", ["61.234", "61234"]),
    ("61.234%", RATIO, "either_mark", ["0.61234", "612.34"]),
    ("'1.234", AMOUNT, "either_mark", ["1.234", "1234"]),
    ("1.000", COUNT, "either_mark", ["1", "1000"]),
    ("2,000", COUNT, "either_mark", ["2", "2000"]),
    ("1.29", COUNT, "lost_zeros_dot", ["1290"]),
    ("1.1", COUNT, "lost_zeros_dot", ["1100"]),
    ("12.5", COUNT, "lost_zeros_dot", ["12500"]),
    ("12,5", COUNT, "lost_zeros_comma", ["12500"]),
    ("12 345", COUNT, "plain_space", ["12345"]),
    ("1 234 567", AMOUNT, "plain_space", ["1234567"]),
    ("1 234,5", AMOUNT, "plain_space", ["1234.5"]),
    ("0.617", PERCENT, "percent_or_fraction", ["0.617", "61.7"]),
    ("0,617", PERCENT, "percent_or_fraction", ["0.617", "61.7"]),
    ("1", PERCENT, "percent_or_fraction", ["1", "100"]),
    ("-0,5", PERCENT, "percent_or_fraction", ["-0.5", "-50"]),
    ("61,7", RATIO, "percent_or_fraction", ["61.7", "0.617"]),
    ("61,7%", COUNT, "percent_on_count", []),
    ("45 %", AMOUNT, "percent_on_amount", []),
    ("61,7%", SCORE, "percent_on_score", []),
]


@pytest.mark.parametrize(("text", "kind", "how", "candidates"), DOUBTS)
def test_a_doubtful_text_lists_what_it_can_stand_for(
    text: str, kind: NumberKind, how: str, candidates: list[str]
) -> None:
    reading = read(text, kind)
    assert (reading.status, reading.value, reading.how) == (S.AMBIGUOUS, None, how)
    assert [one.value for one in reading.candidates] == [Decimal(one) for one in candidates]
    assert reading.possible == reading.candidates


NO_FIGURES = {
    (S.BLANK, "empty_text"): ("", "   ", NBSP, "\u200b", "'"),
    (S.BLANK, "word:..."): ("...",),
    (S.BLANK, "word:chưa có số liệu"): ("Chưa có số liệu",),
    (S.NONE_DECLARED, "word:không có"): ("không có", "kho\u0302ng co\u0301"),
    (S.NONE_DECLARED, "word:không có."): ("KHÔNG  CÓ.",),
    (S.NONE_DECLARED, "word:không có;"): ("không có;",),
    (S.NONE_DECLARED, "word:không"): ("Không",),
    (S.NONE_DECLARED, "word:khong co"): ("khong co",),
    (S.NONE_DECLARED, "word:-"): ("-", "'-"),
    (S.NONE_DECLARED, "word:–"): ("–",),
    (S.NOT_APPLICABLE, "word:không phát sinh"): ("không phát sinh",),
    (S.NOT_APPLICABLE, "word:không áp dụng"): ("Không áp dụng",),
    (S.NOT_APPLICABLE, "word:n/a"): ("N/A",),
    (S.FORMULA_ERROR, "error_text"): ("#N/A", "#REF!", "#DIV/0!", "#value!", "Err:502"),
    (S.FORMULA_WITHOUT_VALUE, "formula_text"): ("=A1+1",),
    (S.TEXT, "other_unit"): (
        *("12 máy", "1,5 tỷ", "12.", "12‰", "12/15", "01/02/2024", "1-Feb", "10²", "1'234", "5-"),
        "5%%",
    ),
    (S.TEXT, "exponent_text"): ("1E+05", "1,5e3"),
    (S.TEXT, "not_a_number"): (
        *("1.5.2", "1.234.56", "1,234.567,8", "1.234,567.8", "0.123.456", "12 3", "2023 150"),
        *(f"1 234{NBSP}567", "1..2", ",5", "(5)", "--5", "- 5", "khoảng 12", "inf", "NaN", "١٢٣"),
        *("½", "9" * 65),
    ),
    (S.OUT_OF_RANGE, "beyond_int64"): (
        *("9" * 64, "9223372036854,775808", "-9223372036854,775808", "99999999999999"),
    ),
}


@pytest.mark.parametrize(("status", "how"), NO_FIGURES)
def test_what_is_no_figure_says_so(status: Status, how: str) -> None:
    for text in NO_FIGURES[status, how]:
        assert read(text) == Reading(status, None, how), text


def test_counts_are_whole_and_not_negative() -> None:
    for text in ("0,5", "12,50", "1234,5", "1.234,5", "0.617"):
        assert read(text, COUNT) == Reading(S.OUT_OF_RANGE, None, "not_whole"), text
    for text in ("-5", "-1.29"):
        assert read(text, COUNT) == Reading(S.OUT_OF_RANGE, None, "negative_count"), text


CELLS = [
    ("2154", COUNT, "General", S.OK, "2154", "number_cell"),
    ("1.234", AMOUNT, "General", S.OK, "1.234", "number_cell"),
    ("1.234", AMOUNT, "#,##0.000", S.OK, "1.234", "number_cell"),
    ("1E+05", COUNT, "General", S.OK, "100000", "number_cell"),
    ("1.5E-3", AMOUNT, "General", S.OK, "0.0015", "number_cell"),
    ("0.30000000000000004", SCORE, "General", S.OK, "0.3", "number_cell+float_noise"),
    ("3.0000000000000004", COUNT, "0", S.OK, "3", "number_cell+float_noise"),
    ("0.1234567", SCORE, "General", S.OK, "0.123457", "number_cell+rounded_to_micro"),
    ("0.33333333333333331", SCORE, "0.00", S.OK, "0.333333", "number_cell+rounded_to_micro"),
    ("99.9999999999986", SCORE, "0.0", S.OK, "100", "number_cell+rounded_to_micro"),
    ("1E-300", SCORE, "General", S.OK, "0", "number_cell+rounded_to_micro"),
    ("0.617", RATIO, "General", S.OK, "0.617", "number_cell"),
    ("61.7", PERCENT, "General", S.OK, "61.7", "number_cell"),
    ("0.617", PERCENT, "0%", S.PERCENT, "61.7", "number_cell+percent_format"),
    ("1", PERCENT, "0.00%", S.PERCENT, "100", "number_cell+percent_format"),
    ("0.0061700000000000001", PERCENT, "0%", S.PERCENT, "0.617", "number_cell+percent_format"),
    ("0.61699999999999999", PERCENT, "0%", S.PERCENT, "61.7", "number_cell+percent_format"),
    ("0.617", RATIO, "0.0%", S.PERCENT, "0.617", "number_cell+percent_format"),
    ("61.7", PERCENT, '0.0"%"', S.PERCENT, "61.7", "number_cell+percent_literal"),
    ("0.617", PERCENT, "0.0\\%", S.PERCENT, "0.617", "number_cell+percent_literal"),
    ("61.7", RATIO, '0.0"%"', S.PERCENT, "0.617", "number_cell+percent_literal"),
    ("61.7", PERCENT, "0.0_%", S.OK, "61.7", "number_cell"),
    ("0.617", PERCENT, "General", S.AMBIGUOUS, None, "percent_or_fraction"),
    ("1", PERCENT, "0", S.AMBIGUOUS, None, "percent_or_fraction"),
    ("61.7", RATIO, "General", S.AMBIGUOUS, None, "percent_or_fraction"),
    ("1.29", COUNT, "General", S.AMBIGUOUS, None, "lost_zeros_dot"),
    ("0.5", COUNT, "0%", S.AMBIGUOUS, None, "percent_on_count"),
    ("0.5", COUNT, "General", S.OUT_OF_RANGE, None, "not_whole"),
    ("1.23456", COUNT, "General", S.OUT_OF_RANGE, None, "not_whole"),
    ("-3", COUNT, "General", S.OUT_OF_RANGE, None, "negative_count"),
    ("1E+13", AMOUNT, "General", S.OUT_OF_RANGE, None, "beyond_int64"),
    ("1E+300", RATIO, "General", S.OUT_OF_RANGE, None, "beyond_int64"),
    ("1E+400", AMOUNT, "General", S.OUT_OF_RANGE, None, "not_finite"),
    ("-1E+9999", COUNT, "General", S.OUT_OF_RANGE, None, "not_finite"),
    ("INF", AMOUNT, "General", S.OUT_OF_RANGE, None, "not_finite"),
    ("NaN", AMOUNT, "General", S.OUT_OF_RANGE, None, "not_finite"),
    ("1,5", AMOUNT, "General", S.TEXT, None, "not_a_number"),
    ("1E+99999", AMOUNT, "General", S.TEXT, None, "not_a_number"),
    ("12x", AMOUNT, "General", S.TEXT, None, "not_a_number"),
    ("", AMOUNT, "General", S.TEXT, None, "not_a_number"),
]


@pytest.mark.parametrize(("text", "kind", "number_format", "status", "value", "how"), CELLS)
def test_a_typed_number_is_read_by_its_format(
    text: str, kind: NumberKind, number_format: str, status: Status, value: str | None, how: str
) -> None:
    reading = typed(text, kind, number_format)
    expected = None if value is None else Decimal(value)
    assert (reading.status, reading.value, reading.how) == (status, expected, how)


@pytest.mark.parametrize(
    ("cell_type", "status", "how"),
    [
        (CellType.EMPTY, S.BLANK, "empty_cell"),
        (CellType.ERROR, S.FORMULA_ERROR, "error_cell"),
        (CellType.FORMULA, S.FORMULA_WITHOUT_VALUE, "formula_cell"),
        (CellType.BOOLEAN, S.TEXT, "boolean_cell"),
        (CellType.DATE, S.TEXT, "date_cell"),
    ],
)
def test_other_cells_hold_no_figure(cell_type: CellType, status: Status, how: str) -> None:
    for kind in NumberKind:
        raw = RawCell("2024", cell_type, "General", "=A1")
        assert read_number(raw, kind=kind) == Reading(status, None, how)


def test_a_formula_with_a_result_is_read_by_the_result() -> None:
    raw = RawCell("12", CellType.NUMBER, "General", "=A1")
    assert read_number(raw, kind=COUNT).value == 12
    assert read_number(RawCell("x", CellType.TEXT, "General", "=A1"), kind=COUNT).status is S.TEXT


@pytest.mark.parametrize(
    ("text", "unit", "status"),
    [
        ("12 máy", "máy", S.OK),
        ("12 MÁY", "máy", S.OK),
        ("12máy", "máy", S.OK),
        ("12 m\u0061\u0301y", "máy", S.OK),
        ("12 máy tính", "máy", S.TEXT),
        ("1,5 tỷ", "tỷ đồng", S.TEXT),
        ("12", "máy", S.OK),
        ("12 .", "", S.TEXT),
    ],
)
def test_only_the_own_unit_may_follow_a_figure(text: str, unit: str, status: Status) -> None:
    reading = read(text, COUNT, unit=unit)
    assert reading.status is status
    assert ("unit" in reading.how.split("+")) is (status is S.OK and text != "12")


TEN = Bounds(Decimal(0), Decimal(10))


@pytest.mark.parametrize(
    ("text", "status", "how"),
    [
        ("10", S.OK, "digits"),
        ("0", S.OK, "digits"),
        ("10,000001", S.OUT_OF_RANGE, "outside_bounds"),
        ("10,0000001", S.OUT_OF_RANGE, "outside_bounds"),
        ("-0,1", S.OUT_OF_RANGE, "outside_bounds"),
        ("12.345", S.OUT_OF_RANGE, "outside_bounds"),
        ("1.234", S.AMBIGUOUS, "either_mark"),
    ],
)
def test_bounds_refuse_and_never_choose(text: str, status: Status, how: str) -> None:
    reading = read(text, SCORE, bounds=TEN)
    assert (reading.status, reading.how) == (status, how)
    assert [one.value for one in reading.candidates] == (
        [Decimal("1.234")] if status is S.AMBIGUOUS else []
    )


def test_one_open_bound_is_enough() -> None:
    assert read("-1", bounds=Bounds(minimum=Decimal(0))).status is S.OUT_OF_RANGE
    assert read("-1", bounds=Bounds(maximum=Decimal(0))).status is S.OK


COMMA, POINT = Evidence(",", "B7"), Evidence(".", "B7")


@pytest.mark.parametrize(
    ("text", "kind", "evidence", "value", "how"),
    [
        ("1.234", AMOUNT, COMMA, "1234", "thousands_dot+column:B7"),
        ("1.234", AMOUNT, POINT, "1.234", "decimal_point+column:B7"),
        ("1,234", AMOUNT, COMMA, "1.234", "decimal_comma+column:B7"),
        ("1,234", AMOUNT, POINT, "1234", "thousands_comma+column:B7"),
        ("1.000", COUNT, COMMA, "1000", "thousands_dot+column:B7"),
        ("1.000", COUNT, POINT, "1", "decimal_point+column:B7"),
        ("1.234", COUNT, COMMA, "1234", "thousands_dot+whole_number"),
        ("12,5", AMOUNT, COMMA, "12.5", "decimal_comma"),
        ("15", AMOUNT, COMMA, "15", "digits"),
        ("12.5", AMOUNT, Evidence(",", "B7", mixed=True), "12.5", "decimal_point"),
    ],
)
def test_the_column_can_prove_the_mark(
    text: str, kind: NumberKind, evidence: Evidence, value: str, how: str
) -> None:
    assert read(text, kind, evidence=evidence) == Reading(S.OK, Decimal(value), how)


@pytest.mark.parametrize(
    ("text", "kind", "evidence", "how"),
    [
        ("12.5", AMOUNT, COMMA, "against_column"),
        ("12,5", AMOUNT, POINT, "against_column"),
        ("1.234", COUNT, POINT, "against_column"),
        ("1.234.567", AMOUNT, POINT, "against_column"),
        ("1.29", COUNT, COMMA, "lost_zeros_dot"),
        ("1.29", COUNT, POINT, "against_column"),
        ("12 345", AMOUNT, COMMA, "plain_space"),
        ("1.234", AMOUNT, Evidence(",", "B7", mixed=True), "either_mark"),
    ],
)
def test_a_cell_against_its_column_stays_in_doubt(
    text: str, kind: NumberKind, evidence: Evidence, how: str
) -> None:
    reading = read(text, kind, evidence=evidence)
    assert (reading.status, reading.value, reading.how) == (S.AMBIGUOUS, None, how)


@pytest.mark.parametrize(
    ("text", "kind", "percent_as", "status", "value"),
    [
        ("0,617", PERCENT, "fraction", S.PERCENT, "61.7"),
        ("0,617", PERCENT, "percent", S.OK, "0.617"),
        ("1", PERCENT, "fraction", S.PERCENT, "100"),
        ("61,7", PERCENT, "percent", S.OK, "61.7"),
        ("61,7", PERCENT, "fraction", S.AMBIGUOUS, None),
        ("61,7", RATIO, "percent", S.PERCENT, "0.617"),
        ("1,05", RATIO, "fraction", S.OK, "1.05"),
        ("0,617", RATIO, "fraction", S.OK, "0.617"),
        ("0,617", RATIO, "percent", S.AMBIGUOUS, None),
        ("0", PERCENT, "fraction", S.OK, "0"),
        ("0", RATIO, "percent", S.OK, "0"),
        ("61,7%", PERCENT, "fraction", S.PERCENT, "61.7"),
        ("61,7", AMOUNT, "fraction", S.OK, "61.7"),
    ],
)
def test_a_known_scale_settles_what_it_can(
    text: str, kind: NumberKind, percent_as: str, status: Status, value: str | None
) -> None:
    reading = read(text, kind, evidence=Evidence(percent_as=percent_as))  # type: ignore[arg-type]
    assert reading.status is status
    assert reading.value == (None if value is None else Decimal(value))


def test_an_outside_proof_confirms_a_candidate_and_is_recorded() -> None:
    reading = read("1.29", COUNT)
    (candidate,) = reading.candidates
    proved = confirmed(reading, candidate, proof="identity")
    assert proved == Reading(S.OK, Decimal(1290), "lost_zeros_dot+identity")
    assert [one.value for one in proved.possible] == [Decimal(1290)]


def test_nothing_but_a_candidate_can_be_confirmed() -> None:
    reading = read("1.29", COUNT)
    with pytest.raises(ValueError, match="1291 is not a candidate"):
        confirmed(reading, reading.candidates[0]._replace(value=Decimal(1291)), proof="identity")
    with pytest.raises(ValueError, match="ok reading"):
        confirmed(read("5"), reading.candidates[0], proof="identity")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 0), ("1.5", 1_500_000), ("-1.5", -1_500_000), ("0.0000005", 1), ("-0.0000005", -1),
     ("0.00000049", 0), ("9223372036854.775807", 2**63 - 1), ("-9223372036854.775807", 1 - 2**63),
     ("9223372036854.7758074", 2**63 - 1), ("1E-400", 0), ("0E+99", 0)],
)  # fmt: skip
def test_micro_units_are_rounded_half_away_from_zero(text: str, expected: int) -> None:
    assert to_micro(Decimal(text)) == expected


@pytest.mark.parametrize("text", ["9223372036854.7758075", "1E+13", "-1E+13", "1E+999999"])
def test_what_does_not_fit_64_bits_is_refused(text: str) -> None:
    with pytest.raises(OverflowError, match="too large"):
        to_micro(Decimal(text))


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_what_is_not_finite_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a finite figure"):
        to_micro(Decimal(text))


def test_a_long_exact_text_is_no_float_noise() -> None:
    exact = Decimal("0.1234560000000000001")
    assert without_float_noise(exact) == exact
    assert without_float_noise(Decimal("0.30000000000000004")) == Decimal("0.3")


@pytest.mark.parametrize("meaning", get_args(Meaning))
def test_every_listed_word_has_its_meaning(meaning: Meaning) -> None:
    for word in WORDS[meaning]:
        for form in (word, word.upper(), f" {word} ", without_marks(word)):
            assert meaning_of(form) == meaning, form
        assert read(word).status is Status(meaning), word


def test_no_word_has_two_meanings() -> None:
    words = [without_marks(word) for group in WORDS.values() for word in set(group)]
    assert len(words) == len(set(words))


# --- Properties: what is written in one of the two styles is read exactly, or is in doubt. ---

MICROS = st.integers(min_value=-(10**12), max_value=10**12)
STYLES = st.sampled_from([(",", "."), (".", ","), (",", NBSP), (",", ""), (".", "")])


def written(value: Decimal, places: int, style: tuple[str, str]) -> str:
    """Format a figure in a style: decimal mark and thousands mark."""
    decimal, thousands = style
    text = f"{value:,.{places}f}"
    return text.translate(str.maketrans({",": thousands or None, ".": decimal}))


def assert_never_wrong(reading: Reading, value: Decimal) -> None:
    """A figure is the right one; a doubt has the right one among its candidates."""
    assert reading.status in {S.OK, S.PERCENT, S.AMBIGUOUS}, reading
    if reading.status is S.AMBIGUOUS:
        assert reading.value is None
        assert value in [one.value for one in reading.candidates], reading
    else:
        assert reading.value == value, reading


@settings(deadline=None)
@given(MICROS, st.integers(0, 6), STYLES, st.sampled_from([AMOUNT, SCORE]))
def test_every_written_figure_is_exact_or_in_doubt(
    micro: int, places: int, style: tuple[str, str], kind: NumberKind
) -> None:
    value = round(Decimal(micro) / 10**6, places)
    assert_never_wrong(read(written(value, places, style), kind), value)


@settings(deadline=None)
@given(st.integers(0, 10**13 - 10**12), st.integers(0, 3), STYLES)
def test_every_written_count_is_exact_or_in_doubt(
    count: int, places: int, style: tuple[str, str]
) -> None:
    assert_never_wrong(read(written(Decimal(count), places, style), COUNT), Decimal(count))


@settings(deadline=None)
@given(MICROS, st.integers(0, 6), STYLES)
def test_with_the_column_known_every_written_figure_is_exact(
    micro: int, places: int, style: tuple[str, str]
) -> None:
    value = round(Decimal(micro) / 10**6, places)
    evidence = Evidence(style[0], "A1")  # type: ignore[arg-type]
    reading = read(written(value, places, style), AMOUNT, evidence=evidence)
    assert (reading.status, reading.value) == (S.OK, value)


@settings(deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 4), STYLES, st.sampled_from(["%", " %", ""]))
def test_every_written_percentage_is_exact_or_in_doubt(
    micro: int, places: int, style: tuple[str, str], sign: str
) -> None:
    value = round(Decimal(micro) / 10**6, places)
    text = written(value, places, style) + sign
    assert_never_wrong(read(text, PERCENT), value)
    if sign:
        assert_never_wrong(read(text, RATIO), value / 100)


@settings(deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 6), STYLES)
def test_every_written_fraction_is_exact_or_in_doubt(
    micro: int, places: int, style: tuple[str, str]
) -> None:
    value = round(Decimal(micro) / 10**6, places)
    text = written(value, places, style)
    assert_never_wrong(read(text, RATIO), value)
    assert_never_wrong(read(text, PERCENT), value * 100)


@settings(deadline=None)
@given(st.integers(1001, 999_999).filter(lambda count: count % 1000))
def test_a_count_that_lost_its_zeros_is_exact_or_in_doubt(count: int) -> None:
    shown = f"{count:,}".replace(",", ".").rstrip("0")
    assert_never_wrong(read(shown, COUNT), Decimal(count))
    assert_never_wrong(typed(shown, COUNT), Decimal(count))


@settings(deadline=None)
@given(st.integers(-(10**14), 10**14), st.integers(0, 6))
def test_a_typed_number_is_the_figure_that_was_typed(digits: int, places: int) -> None:
    value = Decimal(digits).scaleb(-places)
    reading = typed(repr(float(value)))
    if abs(value) > from_micro(2**63 - 1):
        assert reading.how == "beyond_int64"
    else:
        assert (reading.status, reading.value) == (S.OK, value)


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["General", "0%"]))
def test_any_double_reads_as_its_fifteen_digits(number: float, number_format: str) -> None:
    reading = typed(repr(number), PERCENT, number_format)
    if reading.value is None:
        assert reading.status in {S.OUT_OF_RANGE, S.AMBIGUOUS}
    else:
        shown = Decimal(f"{number:.14e}") * (100 if number_format == "0%" else 1)
        assert reading.value == shown.quantize(Decimal("1e-6"), rounding=ROUND_HALF_UP)


@settings(deadline=None)
@given(st.text(max_size=70) | st.from_regex(r"[ +-]?[0-9.,\u00a0 ']{1,12}[%a]?", fullmatch=True),
       st.sampled_from(NumberKind), st.sampled_from(CellType))  # fmt: skip
def test_no_text_crashes_and_only_figures_have_values(
    text: str, kind: NumberKind, cell_type: CellType
) -> None:
    reading = read_number(RawCell(text, cell_type), kind=kind)
    assert (reading.value is not None) is (reading.status in {S.OK, S.PERCENT})
    assert reading.how
    if reading.value is not None:
        assert from_micro(to_micro(reading.value)) == reading.value
        assert any(character.isdigit() for character in text)
