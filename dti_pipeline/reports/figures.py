"""Numbers as people read them: fixed decimals, decimal comma, thousands dot, real minus sign.

Everything is written the Vietnamese way (``1.234,56``); the English way is the same text with
comma and dot exchanged, which is what the site's language switch does.
"""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

MICRO: Final = 1_000_000
NOTHING: Final = "–"
_SWAP: Final = str.maketrans(",.", ".,")


def exact(value: float) -> Decimal:
    """Return the decimal a float of the release stands for; all its figures are millionths."""
    return Decimal(to_micro(value)).scaleb(-6)


def to_micro(value: float) -> int:
    """Return a float of the release as whole millionths."""
    return round(Decimal(repr(float(value))).scaleb(6))


def rounded(value: float, decimals: int) -> Decimal:
    """Round a figure half up."""
    return exact(value).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def fixed(value: float | None, decimals: int) -> str:
    """Write a figure with fixed decimals, rounded half up; a dash for nothing.

    >>> fixed(1234.5, 2)
    '1.234,50'
    """
    if value is None:
        return NOTHING
    number = rounded(value, decimals)
    shown = number or abs(number)  # minus nothing is nothing
    return f"{shown:,.{decimals}f}".replace("-", "−").translate(_SWAP)


def signed(value: float | None, decimals: int) -> str:
    """Write a change with its sign; without one if it rounds to nothing."""
    text = fixed(value, decimals)
    is_positive = value is not None and value > 0 and text.strip("0,") != ""
    return f"+{text}" if is_positive else text


def whole(value: int | None) -> str:
    """Write a whole number."""
    return NOTHING if value is None else f"{value:,}".replace("-", "−").translate(_SWAP)


def short(value: float | None, most: int = 6) -> str:
    """Write a figure with as many decimals as it has, at most ``most``."""
    if value is None:
        return NOTHING
    digits = -int(rounded(value, most).normalize().as_tuple().exponent)
    return fixed(value, max(0, digits))


def moment(time: datetime) -> str:
    """Write a point in time as people read it, in UTC.

    >>> moment(datetime(2025, 7, 1, 0, 30, tzinfo=UTC))
    '01/07/2025 00:30 UTC'
    """
    return f"{time.astimezone(UTC):%d/%m/%Y %H:%M} UTC"


def english(text: str) -> str:
    """Exchange decimal comma and thousands dot."""
    return text.translate(_SWAP)


def rank_of(rank: int | None, count: int | None) -> str:
    """Write a rank with the number of units beside it; a dash without a rank."""
    return NOTHING if rank is None else f"{rank}/{NOTHING if count is None else count}"
