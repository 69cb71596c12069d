"""Exact decimal figures: millionths, moving the mark, and what binary floats leave behind.

Plain decimal arithmetic rounds to 28 digits without a word; everything here is exact, or rounds
once and says so.
"""

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Final

from dti_pipeline.exact import as_micro

# Figures are stored as 64-bit whole millionths; from here on they would round to more.
_TOO_LARGE: Final = Decimal("9223372036854.7758075")

# A workbook keeps numbers as binary doubles, which carry 15 decimal digits and no more.
_DOUBLE: Final = Context(prec=15, rounding=ROUND_HALF_EVEN)
# Wide enough for every double and every text short enough to be a figure.
_EXACT: Final = Context(prec=500)


def to_micro(value: Decimal) -> int:
    """Turn a figure into whole millionths, half away from zero.

    Raises:
        ValueError: if the figure is not finite.
        OverflowError: if the millionths do not fit 64 bits.
    """
    if not value.is_finite():
        raise ValueError(f"{value} is not a finite figure")
    if not fits_micro(value):
        raise OverflowError(f"{value} is too large to be kept as 64-bit millionths")
    if is_short(value):  # exact, as nearly every figure is
        return int(shifted(value, 6))
    micro = as_micro(Fraction(value.copy_abs()))
    return -micro if value < 0 else micro


def fits_micro(value: Decimal) -> bool:
    return value.copy_abs() < _TOO_LARGE


def from_micro(micro: int) -> Decimal:
    """Turn whole millionths back into a figure without trailing zeros."""
    return plain(shifted(Decimal(micro), -6))


def shifted(value: Decimal, places: int) -> Decimal:
    """Move the decimal mark to the right (left when negative) without rounding."""
    return value.scaleb(places, context=_EXACT)


def plain(value: Decimal) -> Decimal:
    """Drop trailing zeros and exponents: 1.500 is 1.5, 1E+2 is 100, -0 is 0."""
    return Decimal(format(value.normalize(_EXACT), "f")) if value else Decimal(0)


def is_short(value: Decimal) -> bool:
    """Tell whether a figure has at most six decimals and fifteen digits: it is kept as it is."""
    _, digits, exponent = value.as_tuple()
    return isinstance(exponent, int) and exponent >= -6 and len(digits) <= 15


def is_whole(value: Decimal) -> bool:
    return value == value.to_integral_value()


def without_float_noise(value: Decimal) -> Decimal:
    """Drop what binary floats leave behind the fifteenth digit: 0.30000000000000004 is 0.3.

    Only what is exactly the shortest print of a double is touched; a long exact text stays.
    """
    if len(value.as_tuple().digits) <= 15 or Decimal(repr(float(value))) != value:
        return value
    # From the double itself: rounding its shortest print would round twice.
    return _DOUBLE.create_decimal(Decimal(float(value)))
