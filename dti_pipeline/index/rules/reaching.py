"""Which figures to change, and how far, so that a measure gets where a result needs it.

Denominators stay as they are. Counts end on whole numbers, never more than one above the need. A
figure that nobody delivered has to be: a rule scores nothing without it.
"""

from collections.abc import Sequence

from dti_pipeline.exact import MICRO
from dti_pipeline.index.rules.rule import Changes, Present, ScoredPart


def raised(
    measured: Sequence[str], denominator: Sequence[str], least: int, part: ScoredPart, now: Present
) -> Changes | None:
    """Return figures whose sum is at least ``least`` (in millionths); None where no figure is free.

    The last measured figure that is not also in the denominator grows: in (b+c)/a that is the one
    a unit can act on without changing what it is measured against. Where every measured figure has
    a denominator of its own, as in (b+d)/(a+c), none grows above its partner while others have
    room. ``denominator`` is empty where a figure stands by itself.
    """
    free = _free(measured, denominator)
    if not free:
        return None
    partners = dict(zip(measured, denominator, strict=False))
    is_paired = 1 < len(measured) == len(denominator) == len(free)
    lacking = least - sum(now.get(name, 0) for name in measured)
    changes: Changes = {name: 0 for name in free if name not in now}
    for name in reversed(free):
        present = now.get(name, 0)
        room = max(now.get(partners[name], 0) - present, 0) if is_paired else lacking
        if lacking > 0 and room > 0:
            changes[name] = _whole(name, present + min(lacking, room), part, up=True)
            lacking -= changes[name] - present
    if lacking > 0:
        # Even with all partners reached something lacks (a target above 100 %).
        last = free[-1]
        figure = changes.get(last, now.get(last, 0)) + lacking
        changes[last] = _whole(last, figure, part, up=True)
    return changes


def lowered(
    measured: Sequence[str], denominator: Sequence[str], most: int, part: ScoredPart, now: Present
) -> Changes | None:
    """Return figures whose sum is at most ``most``: the last free one shrinks, or is the rest.

    None where none is free, or the others alone are more than ``most``.
    """
    free = _free(measured, denominator)
    changes: Changes = {name: 0 for name in free if name not in now}
    excess = sum(now.get(name, 0) for name in measured) - most
    if excess > 0 or (free and free[-1] in changes):
        if not free or now.get(free[-1], 0) < excess:
            return None
        changes[free[-1]] = _whole(free[-1], now.get(free[-1], 0) - excess, part, up=False)
    return changes


def _free(measured: Sequence[str], denominator: Sequence[str]) -> list[str]:
    """Return the measured figures that can change without changing the denominator."""
    return [name for name in measured if name not in denominator]


def _whole(name: str, figure: int, part: ScoredPart, *, up: bool) -> int:
    """Bring a count to a whole number; leave other figures as they are."""
    if not part.is_whole(name):
        return figure
    return (-(-figure // MICRO) if up else figure // MICRO) * MICRO
