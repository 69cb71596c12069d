"""Texts that a spreadsheet must not take for a formula; everything we write goes through here.

Stands with the contracts because both ends need it: forms written for units, and the workbooks
and CSV files made from a release.
"""

from __future__ import annotations

import re
from typing import Final

import polars as pl

FORMULA_START: Final = r"^\s*[=+\-@\t\r＝＋－＠]"
"""Texts that a spreadsheet could take for a formula, also behind spaces that it would trim."""

UNWRITABLE: Final = r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]"
"""Characters that no XML file, hence no workbook, can hold."""

_FORMULA: Final = re.compile(FORMULA_START)
_BAD: Final = re.compile(UNWRITABLE)
_CONTROLS: Final = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"
"""The same for Polars, whose texts never hold half a surrogate pair."""


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


def plain_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Do the same to every text column of a frame; nulls stay null."""
    return frame.with_columns(
        pl.when(cleaned.str.contains(FORMULA_START))
        .then(pl.concat_str(pl.lit("'"), cleaned))
        .otherwise(cleaned)
        .alias(name)
        for name, dtype in frame.schema.items()
        if dtype == pl.String
        for cleaned in [pl.col(name).str.replace_all(_CONTROLS, "\ufffd")]
    )
