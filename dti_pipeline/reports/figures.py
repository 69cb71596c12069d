"""Numbers as people read them: fixed decimals, decimal comma, thousands dot, real minus sign.

Everything is written the Vietnamese way (``1.234,56``); the English way is the same text with
comma and dot exchanged, which is what the site's language switch does.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

from dti_pipeline.exact import as_decimal, as_micro, rounded_decimal, rounded_loss
from schemas.text import Text, day_text

NOTHING: Final = "–"
VIETNAM: Final = timezone(timedelta(hours=7))
_SWAP: Final = str.maketrans(",.", ".,")


def to_micro(value: float) -> int:
    return as_micro(as_decimal(value))


def fixed(value: float | None, decimals: int) -> str:
    """Write a figure with fixed decimals, rounded half up; a dash for nothing.

    >>> fixed(1234.5, 2)
    '1.234,50'
    """
    if value is None:
        return NOTHING
    return _text(rounded_decimal(value, decimals))


def lost(maximum: float | None, points: float | None) -> str:
    return NOTHING if maximum is None or points is None else _text(rounded_loss(maximum, points, 2))


def _text(number: Decimal) -> str:
    return f"{number:,f}".replace("-", "−").translate(_SWAP)


def signed(value: float | None, decimals: int) -> str:
    """Write a change with its sign; without one if it rounds to nothing."""
    text = fixed(value, decimals)
    is_positive = value is not None and value > 0 and text.strip("0,") != ""
    return f"+{text}" if is_positive else text


def missing(target: Mapping[str, Any]) -> str:
    """Write by how much a row of ``fact_target`` misses, so that the figures shown add up."""
    if not target["missing_by"]:
        return short(target["missing_by"])
    level, present = (rounded_decimal(target[key], 2) for key in ("target_value", "present_value"))
    return short(float(abs(level - present)), 2)


def whole(value: int | None) -> str:
    return fixed(value, 0)


def short(value: float | None, most: int = 6) -> str:
    """Write a figure with as many decimals as it has, at most ``most``."""
    if value is None:
        return NOTHING
    digits = -int(rounded_decimal(value, most).normalize().as_tuple().exponent)
    return fixed(value, max(0, digits))


def moment(time: datetime) -> Text:
    """Write a point in time as people read it, in the time of Vietnam, which has no summer time.

    >>> moment(datetime(2026, 7, 1, 1, 15, tzinfo=UTC)).vi
    '08:15 ngày 01/7/2026 (giờ Việt Nam)'
    """
    local = time.astimezone(VIETNAM)
    vi, en = day_text(local)
    return Text(f"{local:%H:%M} ngày {vi} (giờ Việt Nam)", f"{local:%H:%M} on {en} (Vietnam time)")


def english(text: str) -> str:
    return text.translate(_SWAP)


def rank_of(rank: int | None, count: int | None) -> str:
    """Write a rank among those ranked, alone where their number is not public."""
    if rank is None:
        return NOTHING
    return str(rank) if count is None else f"{rank}/{count}"
