"""Spreadsheet formulas of points, in the words that Excel and LibreOffice share.

A figure is a reference to a cell that holds a number in its own unit, an answer's place among the
options counted from 0, or a text where there is no figure. A formula gives points, an empty text
where nothing can be scored, or ``others`` where other units' figures decide. Differences are
rounded to the six decimals that figures have before they are compared, so that no binary fraction
decides a step.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Final

from dti_pipeline.exact import figure_text, show

NOTHING: Final = '""'
OTHERS: Final = '"others"'

Cells = Mapping[str, str]
"""Variable → reference of the cell with its figure."""


def total(cells: Cells, names: Iterable[str]) -> str:
    return "+".join(cells[name] for name in names)


def where_known(cells: Cells, names: Iterable[str], formula: str) -> str:
    references = list(dict.fromkeys(cells[name] for name in names))
    return f"IF(COUNT({','.join(references)})={len(references)},{formula},{NOTHING})"


def share(numerator: str, denominator: str, maximum: int) -> str:
    """Give numerator / denominator × maximum, from zero to the maximum."""
    top = figure_text(maximum)
    return f"ROUND(MAX(0,MIN({top},{top}*({numerator})/({denominator}))),6)"


def compares(numerator: str, operator: str, limit: Fraction, denominator: str) -> str:
    """Say whether numerator / denominator is on this side of a limit."""
    sides = f"({numerator})*{limit.denominator}-({denominator})*{limit.numerator}"
    return f"ROUND({sides},6){operator}0"


def chosen(cell: str, worth: Iterable[Fraction]) -> str:
    return f"CHOOSE({cell}+1,{','.join(map(show, worth))})"
