"""What the other cells of a file prove about a doubtful one.

Two proofs are looked for: a column in which some cell fits one decimal mark only, and rows in
which the parts must add up to the total. Nothing else counts.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product
from math import prod
from typing import Final, Literal

from dti_pipeline.intake.numbers import notation
from dti_pipeline.intake.numbers.empty_words import fold
from dti_pipeline.intake.numbers.notation import Candidate, Mark
from dti_pipeline.intake.numbers.policy import CellType, Evidence, NumberKind, RawCell

# More combinations than this in one row mean that the identity is not what the row is about.
MOST_COMBINATIONS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Resolution:
    """What an identity says about one row.

    Attributes:
        status: ``decided`` when exactly one combination of readings fulfils the identity.
        reason: ``one``, ``none`` or ``several`` combinations do; ``unread`` when a cell has no
            candidate at all.
        chosen: the candidate of every cell; empty unless decided.
    """

    status: Literal["decided", "ambiguous"]
    reason: Literal["one", "none", "several", "unread"]
    chosen: Mapping[str, Candidate] = field(default_factory=dict)


def column_evidence(cells: Iterable[tuple[str, RawCell]], *, kind: NumberKind) -> Evidence:
    """Find out which decimal mark a column provably uses.

    A text proves a mark when all figures it can stand for use that mark: ``12,5`` and
    ``1.234.567`` prove the comma, ``0.617`` and ``1,234.5`` the point; in a count ``2.154``
    proves the comma. ``1.29`` proves nothing where it may be 1290 with its zero lost (counts and
    amounts; percentages, ratios and scores are not in the thousands). Typed numbers prove
    nothing.

    Args:
        cells: place and raw cell, in reading order.
        kind: what the column measures.

    Returns:
        The mark with the place of the first cell that shows it, or no mark; ``mixed`` when both
        marks are shown.
    """
    shown: dict[Mark, str] = {}
    for place, raw in cells:
        if raw.cell_type is CellType.TEXT and (mark := _mark_shown_by(raw.text, kind)):
            shown.setdefault(mark, place)
    if len(shown) != 1:
        return Evidence(mixed=bool(shown))
    ((mark, place),) = shown.items()
    return Evidence(decimal_mark=mark, proof=place)


def _mark_shown_by(text: str, kind: NumberKind) -> Mark | None:
    pieces = notation.split(notation.tidy(text).removeprefix("'"))
    if pieces is None:
        return None
    thousands_possible = kind in {NumberKind.COUNT, NumberKind.AMOUNT}
    if thousands_possible and "." in pieces.body and notation.may_have_lost_zeros(pieces.body):
        return None
    candidates = notation.readings(pieces, whole=kind is NumberKind.COUNT)
    if any(one.label in notation.UNPROVEN for one in candidates):
        return None
    marks = {notation.IMPLIED_MARK.get(one.label) for one in candidates}
    return marks.pop() if len(marks) == 1 else None


def resolve_by_identity(
    rows: Iterable[Mapping[str, Sequence[Candidate]]], *, total: str, parts: Sequence[str]
) -> list[Resolution]:
    """Let ``total = sum of parts`` decide between the readings of the cells of each row.

    Args:
        rows: per row, the candidates of every column of the identity; a cell that is not in
            doubt has one candidate.
        total: the column of the total.
        parts: the columns that add up to it.

    Returns:
        One resolution per row, in order. It is decided only when a single combination of figures
        fulfils the identity exactly.

    Raises:
        KeyError: if a row lacks a column of the identity.
        ValueError: if a row allows more than ``MOST_COMBINATIONS`` combinations.
    """
    return [_resolve(row, total=total, parts=parts) for row in rows]


def _resolve(
    row: Mapping[str, Sequence[Candidate]], *, total: str, parts: Sequence[str]
) -> Resolution:
    columns = [total, *parts]
    choices = [row[column] for column in columns]
    if not all(choices):
        return Resolution("ambiguous", "unread")
    if (combinations := prod(map(len, choices))) > MOST_COMBINATIONS:
        msg = f"{combinations} combinations of readings in one row; at most {MOST_COMBINATIONS}"
        raise ValueError(msg)
    consistent: dict[tuple[Decimal, ...], tuple[Candidate, ...]] = {}
    for combination in product(*choices):
        figures = tuple(one.value for one in combination)
        if figures[0] == sum(figures[1:]):
            consistent.setdefault(figures, combination)
    if len(consistent) != 1:
        return Resolution("ambiguous", "several" if consistent else "none")
    (combination,) = consistent.values()
    return Resolution("decided", "one", dict(zip(columns, combination, strict=True)))


def repeated_names(names: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Find names that stand in more than one row, whatever their case, spaces or Unicode form.

    Args:
        names: one name per row.

    Returns:
        The first spelling of each repeated name, with the positions (from 0) of all its rows.
    """
    folded = [fold(name) for name in names]
    return {
        names[folded.index(name)]: tuple(at for at, other in enumerate(folded) if other == name)
        for name, times in Counter(folded).items()
        if times > 1 and name
    }
