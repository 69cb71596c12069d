"""Exact arithmetic: the one place that rounds.

Points are whole numbers of millionths of a point (micro-points); figures are whole millionths of
their unit. Every quotient is rounded half up once, from 128-bit intermediates: a figure of nine
billion times a maximum of 200 points already needs 104 bits, and 64-bit products wrap in silence.
"""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil, lcm
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from schemas.text import Text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# One point, and one unit of any figure, in the integers that scoring uses.
MICRO: Final = 1_000_000
_EXCHANGED: Final = str.maketrans(",.", ".,")

# Doubles hold every whole number up to here.
EXACT_LIMIT: Final = 2**53
# The largest whole number of 128 bits.
WIDE_LIMIT: Final = 2**127 - 1
# So many ratios Python compares and divides before Polars has begun: measured.
FEW_RATIOS: Final = 300

# What a numerator and a denominator count in a sum of both.
Weights = tuple[Fraction | int, Fraction | int]


def rounded(numerator: pl.Expr, denominator: pl.Expr | int) -> pl.Expr:
    """Divide and round half up to a whole number.

    Args:
        numerator: Int128 expression, any sign.
        denominator: Int128 expression or integer, not negative (figures have lower bounds, and a
            denominator's is at least zero).

    Returns:
        Int128 expression; null where the denominator is zero or an operand is null.
    """
    if isinstance(denominator, int) and denominator <= 0:
        msg = f"a fixed denominator must be positive, not {denominator}"
        raise ValueError(msg)
    return (numerator * 2 + denominator) // (denominator * 2)


def quotient(numerator: pl.Expr, denominator: pl.Expr | int) -> pl.Expr:
    """Divide and round half up to a whole number of 64 bits; as ``rounded`` otherwise."""
    return rounded(numerator, denominator).cast(pl.Int64)


def share_of(numerator: pl.Expr, denominator: pl.Expr | int, maximum: int) -> pl.Expr:
    """Return numerator / denominator × maximum, rounded half up, from zero to the maximum.

    The bounds hold before the result becomes 64 bits wide: a numerator far above its denominator
    is the maximum and no overflow.

    Args and result as for ``quotient``.
    """
    points = (numerator * (2 * maximum) + denominator) // (denominator * 2)
    return points.clip(0, maximum).cast(pl.Int64)


def share_of_sums(ratios: pl.DataFrame, above: Weights, below: Weights, maximum: int) -> pl.Series:
    """Return a weighted sum of both columns / another one × maximum, as ``share_of`` does.

    In 128 bits where the largest figures prove that no sum wraps, else in Python's whole numbers.

    Args:
        ratios: num and den (Int128); num is null where den is.
        above: weights of num and den in the sum that is divided.
        below: their weights in the sum it is divided by.
        maximum: the most that the result can be.
    """
    scale = lcm(*(weight.denominator for weight in (*above, *below)))
    halves = [int(scale * weight) for weight in below]
    # Half up: twice the product and one divisor more, over twice the divisor.
    a, b = (
        2 * maximum * int(scale * weight) + half for weight, half in zip(above, halves, strict=True)
    )
    c, d = (2 * half for half in halves)
    num_size, den_size = map(largest_size, ratios)
    largest_sum = max(abs(a) * num_size + abs(b) * den_size, abs(c) * num_size + abs(d) * den_size)
    if ratios.height > FEW_RATIOS and largest_sum <= WIDE_LIMIT:
        dividend = pl.col("num") * a + pl.col("den") * b
        divisor = pl.col("num") * c + pl.col("den") * d
        points = (dividend // divisor).clip(0, maximum).cast(pl.Int64)
        return ratios.select(points).to_series()
    shares: list[int | None] = []
    for num, den in ratios.rows():
        lower = None if num is None else num * c + den * d
        shares.append(min(max((num * a + den * b) // lower, 0), maximum) if lower else None)
    return pl.Series(shares, dtype=pl.Int64)


def end_ratios(ratios: pl.DataFrame) -> pl.DataFrame:
    """Return the ratios of num and den that may be the smallest or the largest.

    Rounding down keeps their order, here in the finest unit that 128 bits hold: the largest is
    among those whose quotient is the largest.
    """
    if ratios.height <= FEW_RATIOS:
        return ratios
    unit = WIDE_LIMIT // largest_size(ratios["num"])
    order = pl.col("order")
    return (
        ratios.with_columns(order=pl.col("num") * unit // pl.col("den"))
        .filter((order == order.min()) | (order == order.max()))
        .drop("order")
    )


def largest_size(whole: pl.Series) -> int:
    """Return the largest absolute value, at least 1."""
    ends: tuple[Any, Any] = whole.min() or 1, whole.max() or 1
    size: int = max(1, *map(abs, ends))
    return size


def wide(expression: pl.Expr) -> pl.Expr:
    """Widen an integer expression to 128 bits, so that products cannot wrap."""
    return expression.cast(pl.Int128)


def value_units(points: pl.Expr, maximum: pl.Expr, decimals: int) -> pl.Expr:
    """Round points / maximum half up to ``decimals`` places, as a whole number of last places.

    This integer, not a float, is what ranks compare.
    """
    return quotient(wide(points) * 10**decimals, wide(maximum))


def in_micro(whole: pl.Expr, decimals: int) -> pl.Expr:
    """Return whole last places as whole millionths."""
    place: int = 10 ** (6 - decimals)
    return whole * place


def to_places(micro: pl.Expr, decimals: int) -> pl.Expr:
    """Round whole millionths half up to published decimals; the result is in millionths too."""
    return in_micro(quotient(wide(micro), 10 ** (6 - decimals)), decimals)


def twice_median(whole: pl.Expr) -> pl.Expr:
    """Return twice the median of whole numbers, which is whole; nulls are left out."""
    ordered = whole.drop_nulls().sort()
    n = ordered.len().cast(pl.Int64)
    return ordered.get((n - 1) // 2) + ordered.get(n // 2)


def as_figure(whole: pl.Expr, decimals: int = 6) -> pl.Expr:
    """Return whole last places as the float nearest to that decimal, for tables.

    Polars divides by a constant by multiplying with its reciprocal, which makes 6837 / 10^4 the
    float 0.6837000000000001; rounding gives the one that every reader writes as 0.6837.
    """
    places: int = 10**decimals
    return (whole / places).round(decimals)


def as_whole(figure: pl.Expr, decimals: int = 6) -> pl.Expr:
    """Return the whole last places that a table's figure was written from: undoes ``as_figure``.

    Exact, because a figure has at most these decimals, and a double holds 15 digits.
    """
    places: int = 10**decimals
    return (figure * places).round().cast(pl.Int64)


def difference(later: pl.Expr, earlier: pl.Expr) -> pl.Expr:
    """Return the difference of two figures of tables, exact in their six decimals.

    The whole numbers stay doubles, which hold them exactly: a cast would write other bytes under
    nulls, and the id of a release is a hash of these too.
    """
    return as_figure((later * MICRO).round() - (earlier * MICRO).round())


def with_figures(frame: pl.DataFrame) -> pl.DataFrame:
    """Add to every column ``x_micro`` of whole millionths the float ``x`` that tables show."""
    return frame.with_columns(
        as_figure(pl.col(name)).alias(name.removesuffix("_micro"))
        for name in frame.columns
        if name.endswith("_micro")
    )


def as_decimal(figure: float | Decimal | Fraction) -> Decimal:
    """Return the decimal of at most six places that a table's figure was written from."""
    return Decimal(repr(round(float(figure), 6)))


def rounded_decimal(figure: float | Decimal | Fraction, decimals: int) -> Decimal:
    """Round a table's figure for people: half up, below zero half down; zero has no sign.

    The one rounding of every text: Python's own formats round the binary float, half to even.
    """
    number = as_decimal(figure).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return number or abs(number)


def rounded_loss(maximum: float, points: float, decimals: int) -> Decimal:
    """Return the points lost as people read them: the maximum shown minus the points shown."""
    return rounded_decimal(maximum, decimals) - rounded_decimal(points, decimals)


def rounded_places(micro: pl.Expr, decimals: int) -> pl.Expr:
    """Round whole millionths as `rounded_decimal` does, to whole last places."""
    return micro.sign() * quotient(wide(micro.abs()), 10 ** (6 - decimals))


def as_micro(number: Fraction | Decimal | int) -> int:
    """Turn an exact number into whole millionths, rounded half up once."""
    if isinstance(number, Decimal):
        return int((number * MICRO).to_integral_value(rounding=ROUND_HALF_UP))
    return round_half_up(Fraction(number) * MICRO)


def half_up(numerator: int, denominator: int) -> int:
    """Divide by a positive whole number and round half up."""
    return (2 * numerator + denominator) // (2 * denominator)


def round_half_up(number: Fraction) -> int:
    """Round an exact fraction half up to a whole number."""
    return half_up(number.numerator, number.denominator)


def ratio(numerator: int, denominator: int, *, decimals: int) -> float:
    """Divide, round half up, and return the float nearest to that decimal."""
    return round_half_up(Fraction(numerator, denominator) * 10**decimals) / int(10**decimals)


def round_statistic(number: float) -> float:
    """Round a statistic of floats to six decimals: more would differ from machine to machine."""
    return round(number, 6)


def points_of(micro: int, share: Fraction) -> int:
    """Take an exact share of a number of micro-points, rounded half up once."""
    return round_half_up(micro * share)


def points_below(micro: int, share: Fraction) -> int:
    """Return the most that a share under ``share`` can give: just under it still rounds up."""
    return max(ceil(micro * share - Fraction(1, 2)), 0)


def least_share(points: int, maximum: int) -> Fraction:
    """Return the smallest share of ``maximum`` that rounds half up to ``points`` (above zero)."""
    return Fraction(2 * points - 1, 2 * maximum)


def least_numerator(points: int, maximum: int, denominator: int) -> int:
    """Return the smallest numerator whose share of ``maximum`` rounds half up to ``points``."""
    return max(-(-((2 * points - 1) * denominator) // (2 * maximum)), 0)


def array_value_units(
    points: "NDArray[np.float64]", maximum: "NDArray[np.float64]", *, decimals: int
) -> "NDArray[np.int64]":
    """Round points / maximum as `value_units` does, for the many draws of a simulation.

    Only the division can round: y = fl(fl(10^d * fl(1 / m)) * n) + 1/2 has three roundings, each of
    relative size at most 2**-53, so its error is below (|y| + 1) * 2**-51. Twice that is the guard
    band, and every value that lies closer to a rounding boundary is divided again in whole numbers.

    Args:
        points: whole numbers of size below `EXACT_LIMIT`, any sign.
        maximum: the same, positive; its shape broadcasts against that of points.
        decimals: published decimals.

    Raises:
        ValueError: if a maximum is not positive: a maximum of zero is never a zero score.
    """
    import numpy as np

    if maximum.min() <= 0:
        msg = "a unit has nothing left to be scored on (its maximum is zero); take it out first"
        raise ValueError(msg)
    rest = points * (10**decimals / maximum) + 0.5
    whole = np.floor(rest)
    rest -= whole
    guard = (np.abs(whole).max() + 1) * 2.0**-50
    values: NDArray[np.int64] = whole.astype(np.int64)
    doubtful = np.nonzero((rest < guard) | (rest > 1 - guard))
    denominator = np.broadcast_to(maximum, points.shape)[doubtful].astype(np.int64)
    quotient, remainder = np.divmod(points[doubtful].astype(np.int64), denominator)
    # Digit by digit: remainders stay below 10 * 2**53, far from 2**63.
    for _ in range(decimals):
        digit, remainder = np.divmod(remainder * 10, denominator)
        quotient = quotient * 10 + digit
    values[doubtful] = quotient + (2 * remainder >= denominator)
    return values


def show(number: Fraction) -> str:
    """Write a fraction as people read it: a terminating decimal where it is short, else p/q."""
    if number.denominator == 1:
        return str(number.numerator)
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest == 1 and len(text := format(Decimal(number.numerator) / number.denominator, "f")) <= 8:
        return text
    return f"{number.numerator}/{number.denominator}"


def figure_text(micro: int) -> str:
    """Write whole millionths as a plain decimal: 1290000000 is ``1290``."""
    return format((Decimal(micro) / MICRO).normalize(), "f")


def decimal_words(number: Decimal | str) -> Text:
    """Write a decimal without thousands in both languages: ``0,25`` and ``0.25``."""
    return Text(f"{number}".replace(".", ","), f"{number}")


def figure_words(micro: int) -> Text:
    """Write whole millionths in both languages: 1290500000 is ``1.290,5`` and ``1,290.5``."""
    text = f"{Decimal(figure_text(micro)):,f}"
    return Text(text.translate(_EXCHANGED), text)
