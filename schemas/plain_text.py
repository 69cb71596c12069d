"""Texts that a spreadsheet must not take for a formula, nor a terminal for an order.

Stands with the contracts because both ends need it: the forms written for units, and the
workbooks and CSV files made from a release. Imports nothing heavy: reading deliveries in a process
of its own uses it too.
"""

from __future__ import annotations

import re
from typing import Final

FORMULA_START: Final = r"^\s*[=+\-@\t\r＝＋－＠]"
"""Texts that a spreadsheet could take for a formula, also behind spaces that it would trim."""

UNWRITABLE: Final = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"
"""Characters that no XML file, hence no workbook, can hold, as Polars spells them."""

_FORMULA: Final = re.compile(FORMULA_START)
_BAD: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def plain_text(value: object) -> str:
    """Turn a value into text that no spreadsheet takes for a formula.

    A text that starts with ``=``, ``+``, ``-``, ``@``, a tab or a carriage return, also behind
    spaces and in full width, gets an apostrophe in front, which stays visible and which reading
    numbers ignores. Characters that a workbook cannot hold become U+FFFD. Numbers are not texts
    and are written as they are; None becomes an empty text.
    """
    if value is None:
        return ""
    if not isinstance(value, str):
        return str(value)
    text = _BAD.sub("\ufffd", value)
    return f"'{text}" if _FORMULA.match(text) else text


# Controls but tab and line feed, marks of writing direction, halves of pairs, odd line ends.
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def visible_text(text: str) -> str:
    """Write characters that steer a terminal or turn a line around as escapes, such as \\u202e."""
    return _INVISIBLE.sub(lambda match: ascii(match[0])[1:-1], text)
