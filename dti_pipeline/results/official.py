"""Compare computed results with published ones, value by value and rank by rank.

A mismatch never blocks: it is an issue that names both figures and the row of the published table.
Where a sample was calibrated to a published figure and still reproduces it, the result is marked
``calibrated_sample``; as soon as it differs, it is a plain sample again.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import polars as pl
from pandera.typing.polars import DataFrame

from dti_pipeline.exact import MICRO, figure_words, half_up, to_places
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.scoring.aggregation import OVERALL, scopes
from schemas.files.assessment import COMBINED, Assessment
from schemas.issues.issue import make, place_of, to_frame
from schemas.stages import OfficialComparison
from schemas.text import Text
from schemas.words import scope_name


def compare(
    figures: pl.DataFrame, *, ranking: pl.DataFrame, assessment: Assessment
) -> DataFrame[OfficialComparison]:
    """Set computed figures beside published ones, at the assessment's decimals.

    Points may be published with more. Figures of scopes that the framework does not have are left
    out (``scope_issues``).
    """
    computed = (
        pl.when(pl.col("what") == "value")
        .then("value_micro")
        .when(pl.col("what") == "points")
        .then(_points_as_printed(assessment.points_decimals))
        .otherwise(pl.col("rank").cast(pl.Int64) * MICRO)
    )
    compared = (
        figures.filter(pl.col("what") != "rank_of")
        .join(
            ranking.select(
                "unit_id", "unit_name", "scope", "scope_code", "value_micro", "points_micro", "rank"
            ),
            on=["unit_id", "scope", "scope_code"],
            maintain_order="left",
        )
        .with_columns(computed=computed, agrees=(computed == pl.col("published")).fill_null(False))
    )
    return OfficialComparison.validate(compared.select(OfficialComparison.names()))


def scope_issues(figures: pl.DataFrame, frameworks: Mapping[str, BoundFramework]) -> pl.DataFrame:
    """Name the published scopes that no framework has, each once per file."""
    own = {(scope.kind, scope.code) for of in frameworks.values() for scope in scopes(of)}
    unknown = figures.group_by("scope", "scope_code", "source_file", maintain_order=True).agg(
        pl.col("source_cell").first(), count=pl.len()
    )
    return to_frame(
        make(
            "official.not_found",
            **place_of(row),
            what=unknown_scope(row, frameworks),
            action_taken=f"{row['count']} figures left out of the comparison",
        )
        for row in unknown.iter_rows(named=True)
        if (row["scope"], row["scope_code"]) not in own
    )


def unknown_scope(row: Mapping[str, str], frameworks: Iterable[str]) -> Text:
    """Name the scope of a row, with the frameworks that do not have it."""
    name, ids = scope_name(row["scope"], row["scope_code"]), ", ".join(frameworks)
    return Text(f"{name.vi} ({ids})", f"{name.en} ({ids})")


def _points_as_printed(decimals: int) -> pl.Expr:
    """Round points to the places of the published ones, to ``decimals`` where these have fewer."""
    points = rounded = pl.col("points_micro")
    for places in range(5, decimals - 1, -1):
        is_printed = pl.col("published") % 10 ** (6 - places) == 0
        rounded = pl.when(is_printed).then(to_places(points, places)).otherwise(rounded)
    return rounded


def agreement_issues(compared: DataFrame[OfficialComparison]) -> pl.DataFrame:
    """Return one issue per figure that differs from the published one."""
    return to_frame(
        make(
            "official.rank_differs" if row["what"] == "rank" else "official.value_differs",
            **place_of(row),
            scope=scope_name(row["scope"], row["scope_code"]),
            computed="–" if row["computed"] is None else figure_words(row["computed"]),
            published=figure_words(row["published"]),
            action_taken="computed result kept",
        )
        for row in compared.filter(~pl.col("agrees")).iter_rows(named=True)
    )


def mean_issues(*, ranking: pl.DataFrame, assessment: Assessment) -> pl.DataFrame:
    """Compare the published means of the assessment's own year with the computed ones."""
    issues = []
    for mean in assessment.published_means:
        if mean.year is not None or not mean.is_compared:
            continue
        rows = ranking.filter(
            pl.col("scope") == mean.scope,
            pl.col("scope_code") == mean.scope_code,
            pl.col("value_micro").is_not_null(),
        )
        if mean.group is not None:
            rows = rows.filter(pl.col("group_code").is_in(mean.group.split(COMBINED)))
        is_value = mean.measure == "value"
        decimals = assessment.value_decimals if is_value else assessment.points_decimals
        figures = rows[f"{mean.measure}_micro"].to_list()
        text = "–"
        if figures:
            units = half_up(sum(figures), len(figures) * 10 ** (6 - decimals))
            text = f"{Decimal(units).scaleb(-decimals):f}"
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


def reproduced_pairs(compared: pl.DataFrame, framework: BoundFramework) -> pl.DataFrame:
    """Return unit_id and scope_code of the published values that the computation reproduces.

    A pillar's value follows from the overall value and the counted mains outside the pillar, so a
    pillar is reproduced where all of those are.
    """
    pairs = (
        compared.filter(pl.col("what") != "rank")
        .group_by("unit_id", "scope_code", maintain_order=True)
        .agg(pl.col("agrees").all())
        .filter("agrees")
        .select("unit_id", "scope_code")
    )
    frames = [pairs]
    counted = [main.code for main in framework.file.mains if main.counted]
    for pillar in framework.file.pillars:
        needed = [OVERALL, *(code for code in counted if code not in pillar.mains)]
        frames.append(
            pairs.filter(pl.col("scope_code").is_in(needed))
            .group_by("unit_id", maintain_order=True)
            .agg(pl.len())
            .filter(pl.col("len") == len(needed))
            .select("unit_id", scope_code=pl.lit(pillar.code))
        )
    return pl.concat(frames)
