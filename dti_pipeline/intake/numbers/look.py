"""A cell whose look and content disagree is not read: both readings are named."""

import re
from typing import Final

from dti_pipeline.intake.files.cells import Cell, CellType, Look, LookKind
from dti_pipeline.intake.numbers import notation
from dti_pipeline.intake.place import Place
from dti_pipeline.intake.text_keys import text_key
from schemas.issues.issue import Issue
from schemas.text import Text
from schemas.words import words_of

_WHOLE_CELL: Final = (LookKind.STRUCK, LookKind.INVISIBLE, LookKind.MERGED)
_FIGURE_AND_UNIT: Final = re.compile(r"(-?[0-9]+(?:\.[0-9]+)?)\s*(.*)")


def look_of_figure(raw: Cell, unit: str) -> Look | None:
    """Return how a cell looks where it shows another figure than it holds.

    ``unit`` and a percent sign are the words that a number format may show behind the figure.
    """
    look = raw.look
    if look is None or look.kind in _WHOLE_CELL:
        return look
    if look.kind is LookKind.FORMAT:
        match = _FIGURE_AND_UNIT.fullmatch(look.text)
        if match is None or text_key(match[2]) not in ("%", text_key(unit)):
            return look
        is_number = raw.cell_type is CellType.NUMBER
        is_same = float(match[1]) == float(raw.text) if is_number else match[1] == raw.text.strip()
        return None if is_same else look
    content, rest = (notation.split(notation.tidy(text)) for text in (raw.text, look.text))
    is_same = content is not None and rest is not None and content[:2] == rest[:2]
    return None if is_same else look


def look_issue(raw: Cell, look: Look, place: Place) -> Issue:
    return place.issue(
        "value.look_differs",
        raw_text=raw.text or None,
        content=_quoted(raw.text),
        why=words_of("looks")[look.kind],
        shown=_quoted(look.text),
    )


def _quoted(text: str) -> Text:
    return Text(f"“{text}”", f"“{text}”") if text else Text("ô trống", "an empty cell")
