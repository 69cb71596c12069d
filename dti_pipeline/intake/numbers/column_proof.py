"""What the other cells of a file prove about a doubtful cell.

Two proofs are looked for: a column in which some cell fits one decimal mark only, and rows in
which the parts must add up to the total. Nothing else counts.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import product
from math import prod
from typing import Final

from dti_pipeline.intake.files.cells import Cell, CellType
from dti_pipeline.intake.numbers import notation
from dti_pipeline.intake.numbers.notation import Candidate, Mark
from dti_pipeline.intake.numbers.policy import ColumnProof
from schemas.files.framework import VariableKind

# More combinations than this in one row mean that the identity is not what the row is about.
MAX_COMBINATIONS: Final = 100_000


def column_proof(cells: Iterable[tuple[str, Cell]], *, kind: VariableKind) -> ColumnProof:
    """Find out which decimal mark a column provably uses.

    A text proves a mark when all figures it can stand for use that mark: ``12,5`` and
    ``1.234.567`` prove the comma, ``0.617`` and ``1,234.5`` the point; in a count ``2.154``
    proves the comma. ``1.29`` proves nothing where it may be 1290 with its zero lost (counts and
    amounts; percentages, ratios and scores are not in the thousands). Typed numbers prove
    nothing. The proof is the first cell that shows the mark; both marks prove neither.
    """
    places: dict[Mark, str] = {}
    for place, raw in cells:
        is_text = raw.cell_type is CellType.TEXT and raw.look is None
        if is_text and (mark := _mark_shown_by(raw.text, kind)):
            places.setdefault(mark, place)
    if len(places) != 1:
        return ColumnProof(mixed=bool(places))
    ((mark, place),) = places.items()
    return ColumnProof(decimal_mark=mark, place=place)


def _mark_shown_by(text: str, kind: VariableKind) -> Mark | None:
    pieces = notation.split(notation.tidy(text).removeprefix("'"))
    if pieces is None:
        return None
    thousands_possible = kind in ("count", "amount")
    if thousands_possible and "." in pieces.body and notation.may_have_lost_zeros(pieces.body):
        return None
    candidates = notation.readings(pieces, whole=kind == "count")
    if any(candidate.label in notation.UNPROVEN for candidate in candidates):
        return None
    marks = {notation.IMPLIED_MARK.get(candidate.label) for candidate in candidates}
    return marks.pop() if len(marks) == 1 else None


def readings_that_add_up(
    row: Mapping[str, Sequence[Candidate]], *, total: str, parts: Sequence[str]
) -> list[dict[str, Candidate]]:
    """List the combinations of readings of a row's cells that fulfil ``total = sum of parts``.

    ``row`` holds the candidates of every column; a cell that is not in doubt has one, and a cell
    without any leaves no combination. Only a single one decides. Of the same figures the first
    counts. None is listed of a row that allows more than ``MAX_COMBINATIONS``.
    """
    columns = [total, *parts]
    choices = [row[column] for column in columns]
    if prod(map(len, choices)) > MAX_COMBINATIONS:
        return []
    consistent: dict[tuple[Decimal, ...], dict[str, Candidate]] = {}
    for combination in product(*choices):
        figures = tuple(candidate.value for candidate in combination)
        if figures[0] == sum(figures[1:]):
            consistent.setdefault(figures, dict(zip(columns, combination, strict=True)))
    return list(consistent.values())
