"""Which figures to change, and how far, so that a measure gets where a result needs it.

Denominators stay as they are. Counts end on whole numbers, never more than one above the need.
"""

from collections.abc import Mapping, Sequence

from dti_pipeline.exact import MICRO
from dti_pipeline.index.rules.rule import Figures


def least_numerator(points: int, maximum: int, den: int) -> int:
    """Return the smallest numerator whose share of ``maximum`` rounds half up to ``points``."""
    return max(-(-((2 * points - 1) * den) // (2 * maximum)), 0)


def raised(
    measured: Sequence[str],
    denominator: Sequence[str],
    wanted: int,
    *,
    figures: Figures,
    now: Mapping[str, int],
) -> dict[str, int] | None:
    """Return figures whose sum is at least ``wanted``.

    The last measured figure that is not also in the denominator grows: in (b+c)/a that is the one
    a unit can act on without changing what it is measured against. Where every measured figure has
    a denominator of its own, as in (b+d)/(a+c), none grows above its partner while others have
    room.

    Args:
        measured: variables whose sum counts.
        denominator: variables it is divided by; empty where a figure stands by itself.
        wanted: the sum in millionths.
        figures: the component's variables.
        now: present figures in millionths.

    Returns:
        The changed figures, empty where nothing has to change; None where no figure is free.
    """
    free = _free(measured, denominator)
    if not free:
        return None
    partners = dict(zip(measured, denominator, strict=False))
    is_paired = 1 < len(measured) == len(denominator) == len(free)
    lacking = wanted - sum(now.get(name, 0) for name in measured)
    changes: dict[str, int] = {}
    for name in reversed(free):
        present = now.get(name, 0)
        room = max(now.get(partners[name], 0) - present, 0) if is_paired else lacking
        if lacking > 0 and room > 0:
            changes[name] = _whole(name, present + min(lacking, room), figures, up=True)
            lacking -= changes[name] - present
    if lacking > 0:
        # Even with all partners reached something lacks (a target above 100 %).
        last = free[-1]
        changes[last] = _whole(
            last, changes.get(last, now.get(last, 0)) + lacking, figures, up=True
        )
    return changes


def lowered(
    measured: Sequence[str],
    denominator: Sequence[str],
    wanted: int,
    *,
    figures: Figures,
    now: Mapping[str, int],
) -> dict[str, int] | None:
    """Return figures whose sum is at most ``wanted``: the last free one shrinks.

    Args and result as for ``raised``; None also where the others alone are more than ``wanted``.
    """
    excess = sum(now.get(name, 0) for name in measured) - wanted
    if excess <= 0:
        return {}
    free = _free(measured, denominator)
    if not free:
        return None
    figure = _whole(free[-1], now.get(free[-1], 0) - excess, figures, up=False)
    return {free[-1]: figure} if figure >= 0 else None


def _free(measured: Sequence[str], denominator: Sequence[str]) -> list[str]:
    """Return the measured figures that can change without changing the denominator."""
    return [name for name in measured if name not in denominator]


def _whole(name: str, figure: int, figures: Figures, *, up: bool) -> int:
    """Bring a count to a whole number; leave other figures as they are."""
    if not figures.is_whole(name):
        return figure
    return (-(-figure // MICRO) if up else figure // MICRO) * MICRO
