"""A figure is read exactly, or its status says why it is not. Never a wrong one."""

import tomllib
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dti_pipeline.intake.files.cells import Cell, CellType
from dti_pipeline.intake.numbers.decimals import from_micro, to_micro, without_float_noise
from dti_pipeline.intake.numbers.missing_words import Meaning, meaning_of, words
from dti_pipeline.intake.numbers.policy import (
    Bounds,
    CellReading,
    ColumnProof,
    Status,
    confirmed,
    read_number,
)
from schemas.plain_text import plain_text
from schemas.text import without_marks

KINDS = COUNT, RATIO, PERCENT, AMOUNT, SCORE = ("count", "ratio", "percent", "amount", "score")
S = Status
NBSP = "\u00a0"
CASES = tomllib.loads(Path(__file__).with_name("numbers.toml").read_text("utf-8"))


def read(text: str, kind: str = AMOUNT, **known: object) -> CellReading:
    return read_number(Cell(text=text), kind=kind, **known)  # type: ignore[arg-type]


def typed(text: str, kind: str = AMOUNT, number_format: str = "General") -> CellReading:
    return read_number(
        Cell(text=text, cell_type=CellType.NUMBER, number_format=number_format), kind=kind
    )


@pytest.mark.parametrize(("text", "kind", "value", "how"), CASES["figures"])
def test_a_clear_text_is_read(text: str, kind: str, value: str, how: str) -> None:
    assert read(text, kind) == CellReading(S.OK, Decimal(value), how)


@pytest.mark.parametrize(("text", "kind", "value", "how"), CASES["percentages"])
def test_a_percent_sign_settles_the_scale(text: str, kind: str, value: str, how: str) -> None:
    assert read(text, kind) == CellReading(S.PERCENT, Decimal(value), how)


@pytest.mark.parametrize(("text", "kind", "how", "candidates"), CASES["doubts"])
def test_a_doubtful_text_lists_what_it_can_stand_for(
    text: str, kind: str, how: str, candidates: list[str]
) -> None:
    reading = read(text, kind)
    assert (reading.status, reading.value, reading.how) == (S.AMBIGUOUS, None, how)
    assert [one.value for one in reading.candidates] == [Decimal(one) for one in candidates]
    assert reading.possible == reading.candidates


@pytest.mark.parametrize(("status", "how", "texts"), CASES["no_figures"])
def test_what_is_no_figure_says_so(status: str, how: str, texts: list[str]) -> None:
    for text in texts:
        assert read(text) == CellReading(Status(status), None, how), text


def test_counts_are_whole_and_not_negative() -> None:
    for text in ("0,5", "12,50", "1234,5", "1.234,5", "0.617"):
        assert read(text, COUNT) == CellReading(S.OUT_OF_RANGE, None, "not_whole"), text
    for text in ("-5", "-1.29"):
        assert read(text, COUNT) == CellReading(S.OUT_OF_RANGE, None, "negative_count"), text


@pytest.mark.parametrize(
    ("text", "kind", "number_format", "status", "value", "how"), CASES["cells"]
)
def test_a_typed_number_is_read_by_its_format(
    text: str, kind: str, number_format: str, status: str, value: str, how: str
) -> None:
    reading = typed(text, kind, number_format)
    expected = Decimal(value) if value else None
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
    for kind in KINDS:
        raw = Cell(text="2024", cell_type=cell_type, formula="=A1")
        assert read_number(raw, kind=kind) == CellReading(status, None, how)


def test_a_formula_with_a_result_is_read_by_the_result() -> None:
    raw = Cell(text="12", cell_type=CellType.NUMBER, formula="=A1")
    assert read_number(raw, kind=COUNT).value == 12
    assert read_number(Cell(text="x", formula="=A1"), kind=COUNT).status is S.TEXT


@pytest.mark.parametrize(("text", "unit", "status"), CASES["own_units"])
def test_only_the_own_unit_may_follow_a_figure(text: str, unit: str, status: str) -> None:
    reading = read(text, COUNT, unit=unit)
    assert reading.status is Status(status)
    assert ("unit" in reading.how.split("+")) is (status == "ok" and text != "12")


TEN = Bounds(Decimal(0), Decimal(10))


@pytest.mark.parametrize(("text", "status", "how"), CASES["bounds"])
def test_bounds_refuse_and_never_choose(text: str, status: str, how: str) -> None:
    reading = read(text, SCORE, bounds=TEN)
    assert (reading.status, reading.how) == (Status(status), how)
    assert [one.value for one in reading.candidates] == (
        [Decimal("1.234")] if status == "ambiguous" else []
    )


def test_one_open_bound_is_enough() -> None:
    assert read("-1", bounds=Bounds(minimum=Decimal(0))).status is S.OUT_OF_RANGE
    assert read("-1", bounds=Bounds(maximum=Decimal(0))).status is S.OK


def column(mark: str) -> ColumnProof:
    """Return what a column proves by its decimal mark, or does not where it holds both."""
    return ColumnProof(mark[0], "B7", mixed=mark.endswith("mixed"))  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "kind", "mark", "value", "how"), CASES["proofs"])
def test_the_column_can_prove_the_mark(
    text: str, kind: str, mark: str, value: str, how: str
) -> None:
    reading = read(text, kind, proof=column(mark))
    assert reading == CellReading(S.OK, Decimal(value), how)


@pytest.mark.parametrize(("text", "kind", "mark", "how"), CASES["against_column"])
def test_a_cell_against_its_column_stays_in_doubt(
    text: str, kind: str, mark: str, how: str
) -> None:
    reading = read(text, kind, proof=column(mark))
    assert (reading.status, reading.value, reading.how) == (S.AMBIGUOUS, None, how)


@pytest.mark.parametrize(("text", "kind", "status", "value"), CASES["scales"])
def test_a_known_scale_settles_what_it_can(text: str, kind: str, status: str, value: str) -> None:
    reading = read(text, kind, proof=ColumnProof(in_percent=True))
    assert reading.status is Status(status)
    assert reading.value == (Decimal(value) if value else None)


def test_an_outside_proof_confirms_a_candidate_and_is_recorded() -> None:
    reading = read("1.29", COUNT)
    (candidate,) = reading.candidates
    proved = confirmed(reading, candidate)
    assert proved == CellReading(S.OK, Decimal(1290), "lost_zeros_dot+identity")
    assert [one.value for one in proved.possible] == [Decimal(1290)]


def test_nothing_but_a_candidate_can_be_confirmed() -> None:
    reading = read("1.29", COUNT)
    with pytest.raises(ValueError, match="1291 is not a candidate"):
        confirmed(reading, reading.candidates[0]._replace(value=Decimal(1291)))
    with pytest.raises(ValueError, match="ok reading"):
        confirmed(read("5"), reading.candidates[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 0), ("1.5", 1_500_000), ("-1.5", -1_500_000), ("0.0000005", 1), ("-0.0000005", -1),
     ("0.00000049", 0), ("9223372036854.775807", 2**63 - 1), ("-9223372036854.775807", 1 - 2**63),
     ("9223372036854.7758074", 2**63 - 1), ("1E-400", 0), ("0E+99", 0),
     ("2.00000049999999999999999999999", 2_000_000)],
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
    for word in words()[meaning]:
        for form in (word, word.upper(), f" {word} ", without_marks(word)):
            assert meaning_of(form) == meaning, form
        assert read(word).status is Status(meaning), word


def test_no_word_has_two_meanings() -> None:
    bare = [without_marks(word) for group in words().values() for word in set(group)]
    assert len(bare) == len(set(bare))


# --- Properties: what is written in one of the two styles is read exactly, or is in doubt. ---

MICROS = st.integers(min_value=-(10**12), max_value=10**12)
STYLES = st.sampled_from([(",", "."), (".", ","), (",", NBSP), (",", ""), (".", "")])


def written(value: Decimal, places: int, style: tuple[str, str]) -> str:
    """Format a figure in a style: decimal mark and thousands mark."""
    decimal, thousands = style
    text = f"{value:,.{places}f}"
    return text.translate(str.maketrans({",": thousands or None, ".": decimal}))


def assert_never_wrong(reading: CellReading, value: Decimal) -> None:
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
    micro: int, places: int, style: tuple[str, str], kind: str
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
    proof = ColumnProof(style[0], "A1")  # type: ignore[arg-type]
    reading = read(written(value, places, style), AMOUNT, proof=proof)
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
       st.sampled_from(KINDS), st.sampled_from(CellType))  # fmt: skip
def test_no_text_crashes_and_only_figures_have_values(
    text: str, kind: str, cell_type: CellType
) -> None:
    reading = read_number(Cell(text=text, cell_type=cell_type), kind=kind)
    assert (reading.value is not None) is (reading.status in {S.OK, S.PERCENT})
    assert reading.how
    if reading.value is not None:
        assert from_micro(to_micro(reading.value)) == reading.value
        assert any(character.isdigit() for character in text)


def test_an_escaped_figure_still_reads() -> None:
    reading = read_number(Cell(text=plain_text("-5")), kind="amount")
    assert (reading.value, reading.how) == (Decimal(-5), "digits+apostrophe")
