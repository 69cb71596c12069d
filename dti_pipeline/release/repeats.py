"""Last year's data delivered as this year's: a file, a column or a report that says the same again.

Values are compared as a whole, not unit by unit, so that a column shifted by a row or with two
units exchanged is recognised too; one new figure among them does not hide the rest. Figures are
rows of ``fact_observation``; those of two years that are compared are of one framework.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import polars as pl

from dti_pipeline.acceptance.plausibility.settings import Identical
from dti_pipeline.exact import as_micro
from schemas.codes import CENTRAL_KINDS
from schemas.issues.issue import Issue, make
from schemas.text import Text

# Fewer different figures are equal by chance.
_LEAST_DISTINCT: Final = 5
_COLUMN: Final = ["component_code", "variable"]
_CELL: Final = ["source_sha256", "source_sheet", "source_cell"]


def repeated_files(now: pl.DataFrame, others: pl.DataFrame) -> Iterator[Issue]:
    """Yield files from which another year's figures were read at the same cells.

    A table of several years, of which each assessment reads its own rows, is no repetition.
    """
    cells = now.filter(pl.col("source_cell").is_not_null())
    same = cells.join(others, on=_CELL, nulls_equal=True, suffix="_other")
    for file, assessment_id, other in (
        same.select("source_file", "assessment_id_other", "source_file_other")
        .unique(["source_file"], maintain_order=True)
        .sort("source_file")
        .iter_rows()
    ):
        yield make("delivery.of_other_year", source_file=file, assessment=assessment_id, file=other)


def repeated_columns(
    now: pl.DataFrame, before: pl.DataFrame, *, labels: Mapping[str, Text]
) -> Iterator[Issue]:
    """Yield columns of central tables whose figures are those of the compared year."""
    is_central = pl.col("source_kind").is_in(CENTRAL_KINDS)
    columns = _figures(now, before).filter(is_central)
    repeats = _repeats(columns, _figures(before).filter(is_central), on=_COLUMN)
    files = columns.unique(_COLUMN, keep="first", maintain_order=True)
    for row in repeats.join(files, on=_COLUMN, maintain_order="left").iter_rows(named=True):
        yield make(
            "column.of_other_year",
            component_code=row["component_code"],
            source_file=row["source_file"],
            source_sheet=row["source_sheet"],
            variable=figure_name(row, labels),
            shared=row["shared"],
            count=row["count"],
            assessment=row["assessment_id_before"],
        )


def figure_name(row: Mapping[str, Any], labels: Mapping[str, Text]) -> Text:
    """Return the name of a row's component in both languages, and the variable."""
    code = row["component_code"]
    return Text(*(f"{name} ({row['variable']})" for name in labels.get(code, Text(code, code))))


def repeated_reports(
    now: pl.DataFrame, before: pl.DataFrame, *, settings: Identical
) -> Iterator[Issue]:
    """Yield reports whose figures are those of a report of the compared year.

    Figures that are small, or that many units share, say nothing of whose they are.
    """
    is_report = pl.col("source_kind") == "self_report"
    reports, earlier = _figures(now, before).filter(is_report), _figures(before).filter(is_report)
    owner = pl.col("unit_id").alias("owner_id")
    own = _repeats(reports.with_columns(owner), earlier.with_columns(owner), on=["owner_id"])
    is_large = pl.col("value_micro") >= as_micro(settings.least_figure)
    is_rare = pl.len().over("value_micro") <= int(settings.shared_by_most)
    foreign = _repeats(
        reports.filter(is_large).with_columns(owner),
        earlier.filter(is_large & is_rare).with_columns(owner),
        on=["owner_id"],
        across=True,
    )
    repeats = pl.concat([own, foreign]).unique(["owner_id"], keep="first", maintain_order=True)
    first = reports.unique("unit_id", keep="first", maintain_order=True)
    names = dict(before.select("unit_id", "unit_name").iter_rows())
    for row in (
        repeats.join(first, left_on="owner_id", right_on="unit_id", maintain_order="left")
        .sort("owner_id")
        .iter_rows(named=True)
    ):
        yield make(
            "report.of_other_year",
            unit_id=row["owner_id"],
            unit_name=row["unit_name"],
            source_file=row["source_file"],
            shared=row["shared"],
            count=row["count"],
            assessment=row["assessment_id_before"],
            other=names[row["owner_id_before"]],
        )


def _figures(observations: pl.DataFrame, other: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return what was read as a figure, and not from a file that is the other year's as a whole."""
    figures = observations.filter("accepted", pl.col("option").is_null(), pl.col("value_micro") > 0)
    if other is not None:
        figures = figures.join(other, on=_CELL, how="anti", nulls_equal=True, maintain_order="left")
    return figures


def _repeats(
    now: pl.DataFrame, before: pl.DataFrame, *, on: Sequence[str], across: bool = False
) -> pl.DataFrame:
    """Return the groups all of whose figures but one at most are those of an earlier group.

    The columns ``on`` make a group, which is compared with its namesake; ``across``: with all.
    """
    key = [*on, "value_micro"]
    times, times_before = (
        side.group_by(key, maintain_order=True).agg(pl.col("assessment_id").first(), times=pl.len())
        for side in (now, before)
    )
    others = pl.exclude("value_micro").name.suffix("_before")
    earlier = times_before.select("value_micro", others, *([] if across else on))
    joined = times.join(earlier, on=["value_micro"] if across else key, maintain_order="left")
    group = [*on, *(f"{name}_before" for name in on)]
    return (
        joined.group_by(group, maintain_order=True)
        .agg(
            pl.col("assessment_id_before").first(),
            shared=pl.min_horizontal("times", "times_before").sum(),
            distinct=pl.len(),
        )
        .join(now.group_by(on).agg(count=pl.len()), on=on, maintain_order="left")
        .filter(pl.col("shared") + 1 >= pl.col("count"), pl.col("distinct") >= _LEAST_DISTINCT)
        .select(*group, "assessment_id_before", "shared", "count")
    )
