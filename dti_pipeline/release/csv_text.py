"""Tables as CSV that a spreadsheet opens rightly: UTF-8 with a byte-order mark, no formulas."""

from typing import Final

import polars as pl

from schemas.plain_text import FORMULA_START, UNWRITABLE

# Every figure of a release is a whole number of millionths; six decimals write it without noise.
CSV_DECIMALS: Final = 6


def csv_text(frame: pl.DataFrame) -> bytes:
    rounded = frame.with_columns(pl.col(pl.Float64).round(CSV_DECIMALS))
    return plain_texts(rounded).write_csv(include_bom=True).encode()


def plain_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """Do to every text column what ``plain_text`` does to one text; nulls stay null."""
    cleaned = pl.col(pl.String).str.replace_all(UNWRITABLE, "\ufffd")
    return frame.with_columns(cleaned.str.replace(FORMULA_START, "'${0}"))
