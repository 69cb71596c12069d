from decimal import Decimal
from fractions import Fraction

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dti_pipeline import exact
from dti_pipeline.exact import (
    FEW_RATIOS,
    WIDE_LIMIT,
    array_value_units,
    as_figure,
    as_micro,
    as_whole,
    difference,
    end_ratios,
    figure_text,
    least_numerator,
    points_below,
    points_of,
    quotient,
    ratio,
    round_half_up,
    rounded,
    rounded_decimal,
    rounded_loss,
    rounded_places,
    share_of,
    share_of_sums,
    show,
    to_places,
    twice_median,
    value_units,
    with_figures,
)

WIDE = pl.Int128
LARGEST_FIGURE = 2**63 - 1
FIGURES = st.one_of(
    st.integers(-4, 4), st.integers(0, 10**12), st.integers(-LARGEST_FIGURE, LARGEST_FIGURE)
)
RATIOS = st.lists(
    st.one_of(
        st.tuples(FIGURES, st.one_of(st.integers(0, 4), FIGURES.map(abs))), st.just((None, 7))
    ),
    min_size=1,
    max_size=8,
)
WEIGHTS = st.tuples(
    *[st.one_of(st.integers(-3, 3), st.fractions(-10, 10, max_denominator=10**9))] * 2
)


def test_quotients_round_half_up_also_below_zero() -> None:
    frame = pl.DataFrame({"a": [5, 7, -5, -7, 0, None], "b": [2, 2, 2, 2, 2, 2]}).cast(WIDE)
    found = frame.select(quotient(pl.col("a"), pl.col("b"))).to_series()
    assert found.to_list() == [3, 4, -2, -3, 0, None]
    assert found.dtype == pl.Int64


def test_dividing_by_zero_gives_null_and_never_a_number() -> None:
    frame = pl.DataFrame({"a": [0, 5], "b": [0, 0]}).cast(WIDE)
    assert frame.select(rounded(pl.col("a"), pl.col("b"))).to_series().to_list() == [None, None]
    assert frame.select(share_of(pl.col("a"), pl.col("b"), 10)).to_series().to_list() == [None] * 2


@pytest.mark.parametrize("denominator", [0, -1])
def test_a_fixed_denominator_must_be_positive(denominator: int) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        rounded(pl.col("a"), denominator)


def test_products_beyond_64_bits_are_exact() -> None:
    top = 9_000_000_000_000 * 10**6
    frame = pl.DataFrame({"a": [top - 1, top], "b": [top, top]}).cast(WIDE)
    found = frame.select(share_of(pl.col("a"), pl.col("b"), 200 * 10**6)).to_series()
    assert found.to_list() == [200 * 10**6, 200 * 10**6]
    # The same product in 64 bits is another number altogether.
    narrow = frame.cast(pl.Int64).select(pl.col("a") * (2 * 200 * 10**6)).to_series()
    assert narrow[0] != (top - 1) * 2 * 200 * 10**6


def test_a_share_ends_at_zero_and_at_the_maximum_without_overflow() -> None:
    frame = pl.DataFrame({"a": [9 * 10**18, -9 * 10**18], "b": [1, 1]}).cast(WIDE)
    found = frame.select(share_of(pl.col("a"), pl.col("b"), 200 * 10**6)).to_series()
    assert found.to_list() == [200 * 10**6, 0]


def many(ratios: list[tuple[int | None, int]]) -> pl.DataFrame:
    """Repeat ratios until Polars takes them."""
    return pl.DataFrame(
        ratios * (FEW_RATIOS // len(ratios) + 1), schema={"num": WIDE, "den": WIDE}, orient="row"
    )


@settings(max_examples=150, deadline=None, derandomize=True)
@given(ratios=RATIOS, above=WEIGHTS, below=WEIGHTS, maximum=st.integers(0, 200 * 10**6))
@example([(LARGEST_FIGURE, LARGEST_FIGURE)], (Fraction(1, 3), -1), (1, 1), 200 * 10**6)
@example([(3, 0), (0, 3), (0, 0), (None, 7)], (1, 1), (1, 0), 7)
def test_shares_of_sums_equal_exact_fractions(
    ratios: list[tuple[int | None, int]], above: exact.Weights, below: exact.Weights, maximum: int
) -> None:
    def share(num: int | None, den: int) -> int | None:
        divisor = 0 if num is None else num * below[0] + den * below[1]
        if num is None or not divisor:
            return None
        dividend = num * above[0] + den * above[1]
        return min(max(round_half_up(Fraction(dividend * maximum) / divisor), 0), maximum)

    frame = many(ratios)
    expected = [share(*ratio) for ratio in ratios]
    for size in (len(ratios), frame.height):
        points = share_of_sums(frame[:size], above, below, maximum)
        assert points.dtype == pl.Int64
        assert points.to_list() == (expected * frame.height)[:size]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("excess", [0, 1])
def test_sums_that_128_bits_just_hold_and_just_do_not_are_exact(sign: int, excess: int) -> None:
    # Half up, 2 × num + den over 2 × den: with a denominator of 1, one more would wrap.
    largest = (WIDE_LIMIT - 1) // 2 + excess
    frame = many([(sign * largest, 1), (1, 3), (0, 1)])
    points = share_of_sums(frame, (1, 0), (0, 1), 1)
    assert points[:3].to_list() == [1 if sign > 0 else 0, 0, 0]
    doubled = frame.select(pl.col("num") * 2 + pl.col("den")).to_series()[0]
    assert (doubled == sign * largest * 2 + 1) == (excess == 0 or sign < 0)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(ratios=RATIOS)
@example([(1, 3), (333_333_333_333, 10**12), (None, 7)])
@example([(LARGEST_FIGURE - 1, LARGEST_FIGURE), (LARGEST_FIGURE - 2, LARGEST_FIGURE - 1), (0, 5)])
def test_the_smallest_and_the_largest_ratio_are_at_the_ends(
    ratios: list[tuple[int | None, int]],
) -> None:
    measured = [(None, 7) if den == 0 else (num, den) for num, den in ratios]
    known = {Fraction(num, den) for num, den in measured if num is not None}
    for frame in (many(measured)[: len(measured)], many(measured)):
        ends = {Fraction(num, den) for num, den in end_ratios(frame).rows() if num is not None}
        assert min(ends, default=0) == min(known, default=0)
        assert max(ends, default=0) == max(known, default=0)


def test_of_many_ratios_few_are_at_the_ends() -> None:
    frame = many([(num, 10**12 + 1) for num in range(FEW_RATIOS + 1)])
    assert end_ratios(frame).rows() == [(0, 10**12 + 1), (FEW_RATIOS, 10**12 + 1)]


def test_values_are_whole_numbers_of_last_places() -> None:
    frame = pl.DataFrame({"p": [716_355_000, 500_049_999, 500_050_000], "m": [10**9] * 3})
    found = frame.select(value_units(pl.col("p"), pl.col("m"), 4)).to_series().to_list()
    assert found == [7164, 5000, 5001]


def test_fractions_become_millionths_rounded_once() -> None:
    assert as_micro(Fraction(1, 3)) == 333_333
    assert as_micro(Decimal("0.0000005")) == 1
    assert points_of(5_000_000, Fraction(1, 3)) == 1_666_667
    assert [round_half_up(Fraction(n, 2)) for n in (1, 3, -1, -3)] == [1, 2, 0, -1]


def test_numbers_are_shown_as_people_write_them() -> None:
    shown = [show(Fraction(n)) for n in ("52", "1/2", "1/3", "995/10")]
    assert shown == ["52", "0.5", "1/3", "99.5"]
    assert figure_text(1_290_000_000) == "1290"
    assert figure_text(61_700_000) == "61.7"


def test_a_written_figure_reads_back_as_the_whole_it_was_made_from() -> None:
    whole = pl.Series([0, 1, 68_370_000, -2_500_001, 999_999_999_999])
    figures = whole.to_frame("a").select(as_figure(pl.col("a"))).to_series()
    assert figures.to_frame("a").select(as_whole(pl.col("a"))).to_series().to_list() == list(whole)


def test_millionths_round_to_published_places_and_stay_millionths() -> None:
    frame = pl.DataFrame({"a": [12_345_649, 12_345_650, -12_345_650, None]})
    published = frame.select(to_places(pl.col("a"), 4)).to_series()
    assert published.to_list() == [12_345_600, 12_345_700, -12_345_600, None]
    assert frame.select(to_places(pl.col("a"), 6)).to_series().equals(frame["a"])


@pytest.mark.parametrize(
    ("whole", "expected"), [([4], 8), ([3, 1, 2], 4), ([7, None, 2], 9), ([1, 2, 3, 9], 5)]
)
def test_twice_the_median_is_whole(whole: list[int | None], expected: int) -> None:
    assert pl.DataFrame({"a": whole}).select(twice_median(pl.col("a"))).item() == expected


def test_a_difference_of_figures_has_no_noise_of_doubles() -> None:
    frame = pl.DataFrame({"a": [0.3, 0.7353, 1e6], "b": [0.1, 0.7352, 999_999.999999]})
    found = frame.select(difference(pl.col("a"), pl.col("b"))).to_series()
    assert found.to_list() == [0.2, 0.0001, 0.000001]


def test_every_column_of_millionths_gets_its_figure() -> None:
    micro = {"unit_id": "U", "points_micro": 1_500_000, "max_micro": None}
    figures = with_figures(pl.DataFrame([micro])).to_dicts()
    assert figures == [micro | {"points": 1.5, "max": None}]


def test_the_most_under_a_share_still_rounds_up() -> None:
    # Just under 90 % of 5 is 4.5 less a little, which rounds to 4; of 7 it is 6.3, so 6.
    assert [points_below(top, Fraction(9, 10)) for top in (5, 7, 10)] == [4, 6, 9]
    assert points_below(0, Fraction(9, 10)) == 0


@pytest.mark.parametrize("maximum", [1, 3, 10])
def test_limits_of_a_ratio_are_the_last_that_round_to_the_points(maximum: int) -> None:
    def points(numerator: int, denominator: int) -> int:
        return round_half_up(Fraction(numerator * maximum, denominator))

    for wanted in range(1, maximum + 1):
        for size in range(1, 40):
            least = least_numerator(wanted, maximum, size)
            assert points(least, size) >= wanted
            assert least == 0 or points(least - 1, size) < wanted


# --- values of many draws -----------------------------------------------------------------------


def exact_value(numerator: int, denominator: int, decimals: int) -> int:
    return (Fraction(numerator, denominator) * 10**decimals * 2 + 1) // 2


def test_an_exact_half_of_an_array_rounds_up() -> None:
    values = array_value_units(np.array([12345.0, 12344.0]), np.array([100_000.0]), decimals=4)
    assert values.tolist() == [1235, 1234]


def test_values_next_to_a_half_round_to_their_own_side() -> None:
    """One part in 2**52 below a half: the float quotient itself sits on the half."""
    maximum = 2**52 - 5 * 2**20 * 5**3  # any large maximum will do
    half = (2 * 1234 + 1) * maximum / 20_000
    below, above = float(np.floor(half)), float(np.ceil(half))
    values = array_value_units(np.array([below, above]), np.array([float(maximum)]), decimals=4)
    exact_values = [exact_value(int(one), maximum, 4) for one in (below, above)]
    assert values.tolist() == exact_values == [1234, 1235]


@pytest.mark.parametrize("decimals", [0, 2, 4, 6, 9])
def test_values_of_an_array_agree_with_fractions(decimals: int) -> None:
    random = np.random.default_rng(decimals)
    denominators = random.integers(1, 2**50, 400)
    numerators = (random.random(400) * 1.1 * denominators).astype(np.int64)
    # Every fourth is an exact half of the last place, or its neighbour, or a penalty.
    denominators[::4] = 2 * 10**decimals * random.integers(1, 2**18, 100)
    step = denominators[::4] // (2 * 10**decimals)
    numerators[::4] = step * (2 * random.integers(0, 10**decimals, 100) + 1)
    numerators[::8] -= 1
    numerators[3::8] *= -1
    pairs = zip(numerators.tolist(), denominators.tolist(), strict=True)
    expected = [exact_value(*pair, decimals) for pair in pairs]
    values = array_value_units(
        numerators.astype(float), denominators.astype(float), decimals=decimals
    )
    assert values.tolist() == expected


def test_a_maximum_of_zero_is_an_error_not_a_zero_score() -> None:
    with pytest.raises(ValueError, match="maximum is zero"):
        array_value_units(np.array([0.0]), np.array([0.0]), decimals=4)


def test_a_ratio_is_rounded_half_up_once_with_its_sign() -> None:
    assert ratio(5, 2, decimals=0) == 3.0
    assert ratio(1, -3, decimals=4) == -0.3333
    assert ratio(5, 6, decimals=12) == 0.833333333333


@pytest.mark.parametrize(
    ("figure", "decimals", "text"),
    [
        (54.915, 2, "54.92"),
        (54.925, 2, "54.93"),
        (1.005, 2, "1.01"),
        (70.84999499999999, 2, "70.85"),
        (0.00005, 4, "0.0001"),
        (-12.345, 2, "-12.35"),
        (-0.004, 2, "0.00"),
        (Decimal("2.675"), 2, "2.68"),
        (Fraction(1, 8), 2, "0.13"),
        (2.5, 0, "3"),
    ],
)
def test_figures_for_people_round_half_up_whatever_the_float_holds(
    figure: float | Decimal | Fraction, decimals: int, text: str
) -> None:
    assert f"{rounded_decimal(figure, decimals):f}" == text
    places = pl.select(rounded_places(pl.lit(as_micro(Fraction(str(figure)))), decimals)).item()
    assert Decimal(places).scaleb(-decimals) == Decimal(text)


def test_points_shown_and_points_lost_give_the_maximum_shown() -> None:
    assert str(rounded_decimal(54.915, 2) + rounded_loss(60, 54.915, 2)) == "60.00"
    assert str(rounded_loss(60, 54.915, 2)) == "5.08"
