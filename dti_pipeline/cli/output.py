"""How commands print: lines and tables for people, JSON for programs.

Figures are printed at their published decimals; nothing is cut off when the output is not a
terminal, so that it can be searched and piped.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from typing import IO, TYPE_CHECKING, Any, Final

from dti_pipeline.cli.language import language, spoken
from dti_pipeline.reports.words import name_of, reason, words_of
from schemas.messages import message
from schemas.package_data import toml_beside
from schemas.plain_text import visible_text
from schemas.text import Text

if TYPE_CHECKING:
    import polars as pl

# Issues of one rule beyond this number are counted, not listed; every rule is there, and the
# release and ``--json`` hold all of them.
LISTED = 20
_PIPED: Final = 1_000_000
"""Characters that no row of a table in a pipe exceeds: a table is as wide as its cells."""
Row = Mapping[str, Any]


class _LastingFile(io.FileIO):
    """A pipe that takes what is written also when its reader has left, as ``head`` does."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data) or 0
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return len(data)


def outlast_readers() -> None:
    """Let the work go on when nobody reads what it prints any more, or can show it.

    Files and pipes get UTF-8 (a Vietnamese Windows would give windows-1258, which lacks `→`), a
    terminal or ``PYTHONIOENCODING`` what it wants, with escapes for what it does not have.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            continue
        if stream.isatty():
            stream.reconfigure(errors="backslashreplace")
            continue
        encoding = stream.encoding if "PYTHONIOENCODING" in os.environ else "utf-8"
        file = io.BufferedWriter(_LastingFile(stream.fileno(), "w", closefd=False))
        wrapped = io.TextIOWrapper(
            file, encoding, "backslashreplace", line_buffering=stream.line_buffering
        )
        setattr(sys, name, wrapped)


def say(text: Text | str = "") -> None:
    """Print a line at once, also into a pipe: what comes next may take a while."""
    print(visible_text(spoken(text)), flush=True)


def warn(text: Text | str) -> None:
    """Print what is wrong, for people: standard output may be read by a program."""
    print(visible_text(spoken(text)), file=sys.stderr)


def tell(key: str, /, **fields: object) -> None:
    """Print a text of the catalogue."""
    say(message(key, **fields))


def print_status(note: Text | None) -> None:
    """Print that a release is none that stands."""
    if note:
        say(f"⚠ {spoken(note)}")


def print_table(
    name: str,
    rows: Iterable[Row],
    /,
    *,
    title: Text | str = "",
    without: Collection[str] = (),
    **contents: Callable[[Row], object],
) -> None:
    """Print rows as a table, as wide as it needs when piped; numbers are set to the right.

    The name is that of a table in ``tables.toml``; ``contents`` are what its columns show where
    that is more than a field of the row.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text as Cell

    records = list(rows)
    table = Table(
        title=spoken(title) or None,
        title_justify="left",
        box=None,
        pad_edge=False,
        header_style="bold",
    )
    cells = []
    for field, column in toml_beside(__file__, "tables.toml")[name].items():
        if field in without:
            continue
        content = contents.get(field) or partial(_content, field, column.get("as", ""))
        values = [content(row) for row in records]
        is_numeric = any(isinstance(value, int | float) for value in values)
        table.add_column(
            column[language()] if "vi" in column else spoken(name_of(*column["word"].split("."))),
            justify="right" if is_numeric else "left",
            overflow="fold",
        )
        cells.append([Cell(cell_text(value)) for value in values])
    for texts in zip(*cells, strict=True):
        table.add_row(*texts)
    console = Console() if sys.stdout.isatty() else Console(width=_PIPED, highlight=False)
    console.print(table)


def _content(field: str, form: str, row: Row) -> object:
    kind, _, more = form.partition(".")
    if kind == "ends":
        write = FORMATS.get(more, cell_text)
        return " → ".join(str(write(row[f"{field}_{end}"])) for end in ("from", "to"))
    value = row[field] if field in row else row[f"{field}_{language()}"]
    if kind == "words":
        return name_of(more, value)
    return FORMATS[form](value) if form else value


def cell_text(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return spoken(Text("có", "yes") if value else Text("không", "no"))
    if isinstance(value, float):
        return fixed(value, 4)
    if isinstance(value, date):
        return spoken(Text(f"{value:%d/%m/%Y}", f"{value:%Y-%m-%d}"))
    return visible_text(spoken(value) if isinstance(value, Text) else str(value))


def rank_text(row: Row) -> str:
    """Write the rank of a row of ``fact_ranking`` among those ranked."""
    from dti_pipeline.reports.figures import rank_of

    return rank_of(row["rank"], row["n_ranked"])


def _digits(text: str) -> Text:
    """Exchange decimal comma and thousands dot for an English reader."""
    from dti_pipeline.reports.figures import english

    return Text(text, english(text))


def in_languages(figure: float | None, decimals: int) -> Text:
    """Write a figure with fixed decimals, rounded half up; a dash for nothing."""
    from dti_pipeline.reports import figures

    return _digits(figures.fixed(figure, decimals))


def fixed(figure: float | None, decimals: int) -> str:
    return spoken(in_languages(figure, decimals))


def whole(count: int) -> str:
    return fixed(count, 0)


def percent(share: float, decimals: int = 0) -> str:
    return f"{fixed(share * 100, decimals)}%"


def decimal_text(number: str | None) -> str:
    """Write a decimal number such as 1234.5 with the signs of the language; others as they are."""
    from dti_pipeline.reports import figures

    if number is None:
        return figures.NOTHING
    is_number = number.removeprefix("-").replace(".", "", 1).isdecimal()
    return spoken(_digits(figures.short(float(number)))) if is_number else number


def points_text(points: float | None) -> str:
    return fixed(points, 2)


def lost_text(row: Row) -> str:
    """Write the points lost: the maximum minus the points, both as they are shown."""
    from dti_pipeline.reports import figures

    return spoken(_digits(figures.lost(row["max_points_effective"], row["points"])))


def signed(change: float | None, *, decimals: int = 0) -> str:
    """Write a change with its sign; zero without one."""
    from dti_pipeline.reports import figures

    return spoken(_digits(figures.signed(change, decimals)))


def data_basis(row: Row) -> Text:
    return name_of("data_bases", row["data_basis"])


def print_json(rows: Sequence[Mapping[str, Any]], **rest: object) -> None:
    """Print one JSON object with the rows under ``rows``."""
    print(json.dumps({**rest, "rows": rows}, ensure_ascii=False, default=_iso_date))


def _iso_date(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    msg = f"{type(value).__name__} has no place in JSON"
    raise TypeError(msg)


def print_bases(rows: pl.DataFrame) -> None:
    for basis in rows["data_basis"].unique(maintain_order=True).to_list():
        say(f"  {spoken(name_of('data_basis_texts', basis))}")


def print_issues(
    issues: pl.DataFrame, *, stream: IO[str], most: int = LISTED, rest: str = "--json"
) -> None:
    """Print rows of ``dq_issue`` rule by rule, the blocking first.

    Args:
        most: issues of one rule that are written out.
        rest: where the others stand.
    """
    import polars as pl

    order = pl.col("severity").replace_strict({"blocking": 0, "warning": 1, "info": 2})
    for (severity, rule_id), of_rule in issues.sort(order, maintain_order=True).group_by(
        "severity", "rule_id", maintain_order=True
    ):
        name = spoken(name_of("severities", str(severity)))
        print(f"[{name}] {rule_id}: {whole(of_rule.height)}", file=stream)
        for row in of_rule.head(most).iter_rows(named=True):
            print(f"  - {row[f'message_{language()}']}", file=stream)
        if of_rule.height > most:
            print(f"  … +{whole(of_rule.height - most)} ({rest})", file=stream)
        # What only the operator can do about an issue; units that read its message cannot.
        if remedy := words_of("operator_remedies").get(str(rule_id)):
            print(f"  → {spoken(remedy)}", file=stream)


@contextmanager
def counting(unit: Text) -> Iterator[Callable[[str], None]]:
    """Count on the terminal what has been written; silent where nobody watches."""
    count = 0

    def show(name: str) -> None:
        nonlocal count
        count += 1
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{count} {spoken(unit)}: {name}\x1b[K")

    yield show
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")


def time_text(iso: str) -> Text:
    from dti_pipeline.reports.figures import moment

    return moment(datetime.fromisoformat(iso))


# How a column of `tables.toml` writes its field.
FORMATS: Final[Mapping[str, Callable[[Any], object]]] = {
    "decimal": decimal_text,
    "fixed2": partial(fixed, decimals=2),
    "fixed3": partial(fixed, decimals=3),
    "fixed4": partial(fixed, decimals=4),
    "percent": percent,
    "percent1": partial(percent, decimals=1),
    "points": points_text,
    "reason": reason,
    "signed": signed,
    "signed2": partial(signed, decimals=2),
    "signed4": partial(signed, decimals=4),
    "time": time_text,
}
