"""One fingerprint per column, the same from every reader that reads the same values.

Uses nothing but the standard library: it runs in environments of other readers as well, and
``js/digest.mjs`` does the same in JavaScript.
"""

import struct
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from hashlib import sha256
from numbers import Integral, Real
from typing import Any

# Fingerprint of a column: its values, how many are null, and the types a reader makes of them.
Fingerprint = dict[str, Any]


def fingerprint(values: Iterable[Any], kind: str) -> Fingerprint:
    """Return the fingerprint of a column.

    Args:
        values: as the reader gives them; None for null.
        kind: the type in the manifest: string, int32, int64, double, bool or date32[day].
    """
    digest, nulls, seen = sha256(), 0, set()
    for value in values:
        if value is None:
            nulls += 1
            digest.update(b"-")
            continue
        seen.add(type(value).__name__)
        text = plain(value, kind).encode("utf-8")
        digest.update(b"%d:" % len(text) + text)
    return {"sha256": digest.hexdigest(), "nulls": nulls, "seen": sorted(seen)}


def in_text_order(columns: Sequence[Sequence[Any]], kinds: Sequence[str]) -> list[list[Any]]:
    """Order the rows by their own text, for a reader that promises no order.

    Args:
        columns: the columns of one table, equally long.
        kinds: their types in the manifest.
    """

    def text(row: tuple[Any, ...]) -> list[str]:
        pairs = zip(row, kinds, strict=True)
        return ["" if value is None else "=" + plain(value, kind) for value, kind in pairs]

    rows = sorted(zip(*columns, strict=True), key=text)
    return [[row[place] for row in rows] for place in range(len(columns))]


def plain(value: Any, kind: str) -> str:
    """Write one value exactly, in the form of its published type.

    Raises:
        TypeError: if the reader made something of it that cannot stand for the published type.
    """
    if kind == "string" and isinstance(value, str):
        return value
    if kind == "bool" and (isinstance(value, bool) or type(value).__name__ in ("bool_", "bool")):
        return "true" if value else "false"
    # A whole column of floats is what some readers make of whole numbers beside nulls.
    if kind in ("int32", "int64") and isinstance(value, Real) and value == int(value):
        return str(int(value))
    if kind == "double" and isinstance(value, Real) and not isinstance(value, Integral):
        return struct.pack(">d", value).hex()
    if kind == "date32[day]" and isinstance(value, date):
        moment = value if isinstance(value, datetime) else None
        if moment is None or (moment.hour, moment.minute, moment.second) == (0, 0, 0):
            return f"{value.year:04d}-{value.month:02d}-{value.day:02d}"
    raise TypeError(f"{value!r} ({type(value).__name__}) cannot stand for {kind}")
