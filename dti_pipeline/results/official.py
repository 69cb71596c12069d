"""Compare computed results with published ones, value by value and rank by rank.

A mismatch never blocks: it is an issue that names both figures and the row of the published table.
Where a sample was calibrated to a published figure and still reproduces it, the result is marked
``calibrated_sample``; as soon as it differs, it is a plain sample again.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

import polars as pl

from dti_pipeline.exact import MICRO, figure_text
from dti_pipeline.index.units.registry import UnitRegistry
from dti_pipeline.scoring.aggregation import OVERALL, scope_name
from schemas.files.assessment import Assessment, OfficialTable
from schemas.issues.issue import Issue, make, to_frame
from schemas.text import Text

# Figures as Vietnamese messages name them; in English the columns' own words do.
_FIGURES_VI: Final = {"value": "giá trị", "points": "điểm", "rank": "hạng"}
LONG_COLUMNS: Final = ("unit", "scope", "scope_code", "value", "points", "rank")
PUBLISHED: Final = {
    "unit_id": pl.String,
    "scope": pl.String,
    "scope_code": pl.String,
    "what": pl.String,
    "published": pl.Int64,
    "raw_text": pl.String,
    "source_file": pl.String,
    "source_cell": pl.String,
}


@dataclass(frozen=True)
class Official:
    """Published figures: unit, scope, what (value, points, rank), figure in millionths, place."""

    figures: pl.DataFrame
    issues: pl.DataFrame


def read_official(
    paths: Sequence[Path], *, assessment: Assessment, registry: UnitRegistry, data_dir: Path
) -> Official:
    """Read the published tables of an assessment.

    Args:
        paths: files of its ``official`` folder.
        assessment: names the tables and their columns.
        registry: matches unit names, before any other filter.
        data_dir: data folder, to name files relative to it.

    Returns:
        Published figures, and issues for tables not found, units not known and figures that are
        no numbers.
    """
    frames: list[pl.DataFrame] = []
    issues: list[Issue] = []
    for table in assessment.official:
        matching = [path for path in paths if fnmatch(path.name, f"{table.match}.csv")]
        if not matching:
            issues.append(make("official.not_found", what=f"{assessment.id}: {table.match}"))
        for path in matching:
            name = path.relative_to(data_dir).as_posix()
            found, said = _read_table(path, name, table, assessment, registry)
            frames.append(found)
            issues.extend(said)
    return Official(
        figures=pl.concat(frames) if frames else pl.DataFrame(schema=PUBLISHED),
        issues=to_frame(issues),
    )


def _read_table(
    path: Path,
    name: str,
    table: OfficialTable,
    assessment: Assessment,
    registry: UnitRegistry,
) -> tuple[pl.DataFrame, list[Issue]]:
    rows = pl.read_csv(path, infer_schema=False, encoding="utf8").with_row_index("row", offset=2)
    units = registry.match(rows[table.unit_column], unit_set=assessment.unit_set)
    rows = rows.with_columns(unit_id=units["unit_id"])
    issues = [
        make(
            "official.not_found",
            source_file=name,
            source_cell=f"row {row['row']}",
            raw_text=row[table.unit_column],
            what=Text(f"đơn vị “{row[table.unit_column]}”", f"unit “{row[table.unit_column]}”"),
            action_taken="row left out of the comparison",
        )
        for row in rows.filter(pl.col("unit_id").is_null()).iter_rows(named=True)
    ]
    for column, text in table.where.items():
        rows = rows.filter(pl.col(column) == text.format(year=assessment.year))
    long = _long_form(rows, table)
    numbers = long.with_columns(
        published=(pl.col("raw_text").str.strip_chars().cast(pl.Decimal(38, 6), strict=False))
    )
    issues += [
        make(
            "official.not_found",
            unit_id=row["unit_id"],
            source_file=name,
            source_cell=f"row {row['row']}",
            raw_text=row["raw_text"],
            what=_figure_name(row),
            action_taken="figure left out of the comparison",
        )
        for row in numbers.filter(pl.col("published").is_null()).iter_rows(named=True)
    ]
    found = (
        numbers.filter(pl.col("published").is_not_null() & pl.col("unit_id").is_not_null())
        .with_columns(
            published=(pl.col("published") * MICRO).cast(pl.Int64),
            source_file=pl.lit(name),
            source_cell=pl.format("row {}", "row"),
        )
        .select(PUBLISHED.keys())
    )
    return found, issues


def _long_form(rows: pl.DataFrame, table: OfficialTable) -> pl.DataFrame:
    """Bring a published table to one figure per row."""
    if table.columns:
        frames = []
        for column, target in table.columns.items():
            scope, code, what = target.split(":")
            frames.append(
                rows.select(
                    "row",
                    "unit_id",
                    scope=pl.lit(scope),
                    scope_code=pl.lit(code),
                    what=pl.lit(what),
                    raw_text=pl.col(column),
                )
            )
        long = pl.concat(frames)
    else:
        long = rows.unpivot(
            ["value", "points", "rank"],
            index=["row", "unit_id", "scope", "scope_code"],
            variable_name="what",
            value_name="raw_text",
        )
    return long.filter(pl.col("raw_text").is_not_null() & (pl.col("raw_text") != ""))


def compare(official: Official, *, ranking: pl.DataFrame, assessment: Assessment) -> pl.DataFrame:
    """Set computed figures beside published ones.

    Args:
        official: published figures.
        ranking: unit_id, unit_name, scope, scope_code, value_units, points_micro, rank.
        assessment: its decimals say to how many places figures are published.

    Returns:
        The published figures with ``computed`` (Int64 in millionths, at published decimals) and
        ``agrees``; figures of scopes that the framework does not have are left out.
    """
    place = 10 ** (6 - assessment.value_decimals)
    cut = 10 ** (6 - assessment.points_decimals)
    computed = (
        pl.when(pl.col("what") == "value")
        .then(pl.col("value_units") * place)
        .when(pl.col("what") == "points")
        .then((pl.col("points_micro") * 2 + cut) // (2 * cut) * cut)
        .otherwise(pl.col("rank").cast(pl.Int64) * MICRO)
    )
    return official.figures.join(
        ranking.select(
            "unit_id", "unit_name", "scope", "scope_code", "value_units", "points_micro", "rank"
        ),
        on=["unit_id", "scope", "scope_code"],
        maintain_order="left",
    ).with_columns(computed=computed, agrees=(computed == pl.col("published")).fill_null(False))


def _figure_name(row: Mapping[str, Any]) -> Text:
    """Name a published figure that is no number, with its text."""
    scope, text = scope_name(row["scope"], row["scope_code"]), row["raw_text"]
    return Text(
        f"{scope.vi}, {_FIGURES_VI[row['what']]}: “{text}”", f"{scope.en}, {row['what']}: “{text}”"
    )


def agreement_issues(compared: pl.DataFrame) -> pl.DataFrame:
    """Return one issue per figure that differs from the published one."""
    return to_frame(list(_differences(compared)))


def _differences(compared: pl.DataFrame) -> Iterator[Issue]:
    for row in compared.filter(~pl.col("agrees")).iter_rows(named=True):
        rule = "official.rank_differs" if row["what"] == "rank" else "official.value_differs"
        yield make(
            rule,
            unit_id=row["unit_id"],
            unit_name=row["unit_name"],
            source_file=row["source_file"],
            source_cell=row["source_cell"],
            raw_text=row["raw_text"],
            scope=scope_name(row["scope"], row["scope_code"]),
            computed="–" if row["computed"] is None else figure_text(row["computed"]),
            published=figure_text(row["published"]),
            action_taken="computed result kept",
        )


def mean_issues(*, ranking: pl.DataFrame, assessment: Assessment) -> pl.DataFrame:
    """Compare the published means of the assessment's own year with the computed ones.

    Args:
        ranking: group_code, scope, scope_code, value_units, points_micro of every unit.
        assessment: its published means, and the decimals means are printed with.
    """
    issues = []
    for mean in assessment.published_means:
        if mean.year is not None:
            continue
        rows = ranking.filter(
            pl.col("scope") == mean.scope,
            pl.col("scope_code") == mean.scope_code,
            pl.col("value_units").is_not_null(),
        )
        if mean.group is not None:
            rows = rows.filter(pl.col("group_code") == mean.group)
        decimals, figures, unit = assessment.value_decimals, rows["value_units"], 1
        if mean.measure == "points":
            decimals = assessment.points_decimals
            figures, unit = rows["points_micro"], 10 ** (6 - decimals)
        total, n = int(figures.sum()), len(figures) * unit
        computed = (2 * total + n) // (2 * n) if n else None
        text = "–" if computed is None else f"{computed / 10**decimals:.{decimals}f}"
        if text != mean.mean:
            scope = scope_name(mean.scope, mean.scope_code)
            if mean.group:
                scope = Text(f"{mean.group}: {scope.vi}", f"{mean.group}: {scope.en}")
            issues.append(
                make(
                    "official.mean_differs",
                    scope=scope,
                    computed=text,
                    published=mean.mean,
                    action_taken="computed result kept",
                )
            )
    return to_frame(issues)


def calibrated(
    compared: pl.DataFrame, *, mains_outside: dict[str, tuple[str, ...]]
) -> pl.DataFrame:
    """Return the unit and scope pairs whose published value the computation reproduces.

    A pillar's value follows from the overall value and the mains outside the pillar, so a pillar
    is reproduced where all of those are.

    Args:
        compared: as ``compare`` returns it.
        mains_outside: pillar → codes of the counted mains that are *not* part of it.

    Returns:
        unit_id, scope_code, without repeats.
    """
    pairs = (
        compared.filter(pl.col("what") != "rank")
        .group_by("unit_id", "scope_code", maintain_order=True)
        .agg(pl.col("agrees").all())
        .filter("agrees")
        .select("unit_id", "scope_code")
    )
    frames = [pairs]
    for pillar, outside in mains_outside.items():
        needed = [OVERALL, *outside]
        frames.append(
            pairs.filter(pl.col("scope_code").is_in(needed))
            .group_by("unit_id", maintain_order=True)
            .agg(pl.len())
            .filter(pl.col("len") == len(needed))
            .select("unit_id", scope_code=pl.lit(pillar))
        )
    return pl.concat(frames).unique(maintain_order=True)
