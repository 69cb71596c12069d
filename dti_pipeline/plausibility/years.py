"""Jumps on the compared assessment, where both are stored. Computed across years, never stored
with one: a revision holds figures of its own year only.
"""

from collections.abc import Iterator

import polars as pl

from dti_pipeline.plausibility.ratios import figure_limit
from dti_pipeline.plausibility.settings import Jump
from dti_pipeline.scoring.exact import figure_text
from schemas.issues import Issue, make

_KEY = ("unit_id", "component_code", "variable")


def figure_jumps(
    now: pl.DataFrame, before: pl.DataFrame, *, labels: dict[str, str], settings: Jump
) -> Iterator[Issue]:
    """Yield figures that grew or shrank beyond measure.

    Args:
        now: ``fact_observation`` of the assessment.
        before: the same of the compared assessment; both of one framework.
        labels: component → name in both languages.
        settings: the thresholds.
    """
    times = settings.times
    earlier = before.filter("accepted").select(*_KEY, before="value_micro")
    new, old = pl.col("value_micro"), pl.col("before")
    jumped = (
        now.filter("accepted")
        .join(earlier, on=list(_KEY), maintain_order="left")
        .filter(
            (old > 0) & (pl.max_horizontal(new, old) >= figure_limit(settings.least_figure)),
            (new * times.denominator > old * times.numerator)
            | (new * times.numerator < old * times.denominator),
        )
    )
    for row in jumped.iter_rows(named=True):
        code = row["component_code"]
        yield make(
            "jump.year_on_year",
            unit_id=row["unit_id"],
            unit_name=row["unit_name"],
            component_code=row["component_code"],
            source_file=row["source_file"],
            source_sheet=row["source_sheet"],
            source_cell=row["source_cell"],
            raw_text=row["raw_text"],
            variable=f"{labels.get(code, code)} ({row['variable']})",
            before=figure_text(row["before"]),
            after=figure_text(row["value_micro"]),
            threshold=f"×{settings.times}",
        )


def value_jumps(ranking: pl.DataFrame, *, settings: Jump) -> Iterator[Issue]:
    """Yield main indices whose value moved beyond measure.

    Args:
        ranking: ``fact_ranking`` with the change on the compared assessment.
        settings: the thresholds.
    """
    limit = settings.value
    change = pl.col("value_change").abs() * limit.denominator
    moved = ranking.filter(
        pl.col("scope") == "main", change.round(6) > float(limit.numerator)
    ).sort("unit_id", "scope_code")
    for row in moved.iter_rows(named=True):
        yield make(
            "jump.year_on_year",
            unit_id=row["unit_id"],
            unit_name=row["unit_name"],
            variable=f"Chỉ số chính / Main index {row['scope_code']}",
            before=f"{row['value_prev']:.4f}",
            after=f"{row['value']:.4f}",
            threshold=f"±{float(limit):.2f}",
        )
