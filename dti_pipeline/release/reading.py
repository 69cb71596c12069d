"""The reading tables of a release: one per question, every name beside its code.

They repeat what the facts say and compute two things of their own: what points rest on, added up to
the points of the mains; and what the provinces of today would have had before they existed.
"""

from collections.abc import Mapping
from typing import Final

import polars as pl

from dti_pipeline.exact import as_figure, as_whole, difference
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.results.facts import BASIS_ORDER, first_of
from dti_pipeline.scoring.aggregation import (
    assessed_columns,
    maximum_column,
    points_column,
    scopes,
)
from dti_pipeline.scoring.merged_units import merged_sums, predecessors_mean, succeeded
from dti_pipeline.scoring.ranking import competition_rank, publish_values, value_column
from schemas.codes import LEVELS
from schemas.tables.rankings import RANK_CAUSES
from schemas.tables.reading import (
    DERIVATIONS,
    OutBasis,
    OutChange,
    OutComponent,
    OutHistory_34,
    OutRanking,
)
from schemas.words import CODES, words_of

Tables = Mapping[str, pl.DataFrame]
_SCOPE: Final = ["scope", "scope_code"]
_UNIT: Final = ("unit_set", "tile_label", "region_name", "region_name_en", "parent_unit_id")


def reading_tables(
    tables: Tables, frameworks: Mapping[str, BoundFramework]
) -> dict[str, pl.DataFrame]:
    """Return the reading tables, by name.

    Args:
        tables: of the release, with their keys.
        frameworks: framework → what its file says.
    """
    ranking = out_ranking(tables)
    frames = {
        OutRanking: ranking,
        OutComponent: out_component(tables),
        OutBasis: out_basis(tables),
        OutHistory_34: out_history_34(tables, frameworks),
        OutChange: out_change(tables, ranking),
    }
    return {table.name(): frame.select(table.names()) for table, frame in frames.items()}


def of_the_year(tables: Tables, frame: pl.DataFrame) -> pl.DataFrame:
    """Keep one assessment per year, all of the highest level that was assessed as a whole."""
    partial = tables["fact_ranking"].filter(scope="overall", rank_basis="published")
    is_partial = pl.col("assessment_id").is_in(partial["assessment_id"].implode())
    level = pl.col("level").cast(pl.Enum(LEVELS))
    chosen = (
        tables["dim_assessment"]
        .filter(~pl.col("is_derived") & (pl.col("is_complete") | ~is_partial))
        .filter(level == level.min())
        .sort("assessment_id")
        .unique("assessment_year", keep="first", maintain_order=True)
    )
    return frame.join(chosen, on="assessment_id", how="semi", maintain_order="left")


def out_ranking(tables: Tables) -> pl.DataFrame:
    """Return one row per unit and scope, with its distance to the mean and the best."""
    rows = of_the_year(tables, tables["fact_ranking"]).drop("is_counted", "scope_concept")
    means = tables["fact_group_summary"].filter(group_kind="pool", measure="value")
    region = pl.col("region_code").is_not_null()
    rows = rows.join(
        means.select("assessment_id", *_SCOPE, mean_value="mean"),
        on=["assessment_id", *_SCOPE],
        how="left",
        maintain_order="left",
    ).with_columns(
        best_in_region=pl.when(region).then(
            pl.col("value").max().over("assessment_id", *_SCOPE, "region_code")
        )
    )
    rows = rows.with_columns(
        gap_to_mean=difference(pl.col("value"), pl.col("mean_value")),
        gap_to_best_in_region=difference(pl.col("value"), pl.col("best_in_region")),
    )
    return _banded(_labelled(_described(rows, tables), "prev_break", "data_basis"), tables)


def out_component(tables: Tables) -> pl.DataFrame:
    """Return one row per unit and component, with the points lost that count."""
    indicators = tables["dim_indicator"]
    components = indicators.filter(indicator_level="component").select(
        "indicator_key", "lead_role", "lead_role_en"
    )
    rows = (
        of_the_year(tables, tables["fact_component_score"])
        .join(components, on="indicator_key", maintain_order="left")
        .with_columns(points_lost_counted=pl.when("is_counted").then("points_lost").otherwise(0.0))
    )
    rows = _described(_with_mains(rows, tables), tables, prefix="component_name")
    return _labelled(rows, "lost_reason", "source_kind", "evidence_state")


def out_basis(tables: Tables) -> pl.DataFrame:
    """Return the counted points of every unit and main by what they rest on.

    What a main has more or less than its components was made up for what does not apply.
    """
    key = ["assessment_id", "unit_id", "main_code"]
    mains = of_the_year(tables, tables["fact_main_score"]).filter("is_counted")
    final = tables["fact_stage_score"].filter(stage="final", scope="component")
    published = pl.col("data_basis") == "published"
    components = (
        tables["fact_component_score"]
        .join(mains, on=key, how="semi")
        .join(
            final.select(
                "assessment_id",
                "unit_id",
                "share_accepted",
                "share_unchecked",
                component_code="scope_code",
            ),
            on=["assessment_id", "unit_id", "component_code"],
            how="left",
        )
        .with_columns(
            ground=pl.when(published)
            .then(pl.lit("published"))
            .when(pl.col("points_micro") <= 0)
            .then(pl.lit("none"))
            .when(pl.col("share_unchecked") > 0)
            .then(pl.lit("unchecked"))
            .when(pl.col("share_accepted") > 0)
            .then(pl.lit("accepted"))
            .otherwise(pl.lit("central"))
        )
        .group_by(*key, "ground")
        .agg(pl.col("points_micro").sum())
    )
    sums = components.group_by(key).agg(added=pl.col("points_micro").sum())
    rest = mains.join(sums, on=key, how="left").select(
        *key,
        ground=pl.when(published).then(pl.lit("published")).otherwise(pl.lit("not_applicable")),
        points_micro=pl.col("points_micro") - pl.col("added").fill_null(0),
    )
    points = (
        pl.concat([components, rest])
        .group_by(*key, "ground")
        .agg(pl.col("points_micro").sum())
        .filter(pl.col("points_micro") != 0)
        .with_columns(points=as_figure(pl.col("points_micro")))
    )
    rows = mains.drop("points_micro", "points").join(points, on=key)
    return _labelled(_unit_described(_with_mains(rows, tables), tables), "ground")


def out_history_34(tables: Tables, frameworks: Mapping[str, BoundFramework]) -> pl.DataFrame:
    """Return what the provinces of today had, or would have had, in every year.

    A province that several old ones went into has the mean of their mains, in whole numbers, as
    DTI 2024 was published for the 34; where mains are not public, the mean of published values.
    """
    units = tables["dim_unit"].filter(level="province")
    bridge = tables["bridge_unit_succession"]
    today = units.filter(pl.col("unit_id").is_in(bridge["new_unit_id"].implode()))
    assessments = tables["dim_assessment"].filter(
        ~pl.col("is_derived"), pl.col("level") == "province"
    )
    frames = [pl.DataFrame(schema=_HISTORY)]
    for row in assessments.iter_rows(named=True):
        ranking = tables["fact_ranking"].filter(assessment_id=row["assessment_id"])
        succession = bridge.filter(
            pl.col("old_unit_id").is_in(ranking["unit_id"].implode())
            | pl.col("old_unit_id").is_in(
                units.filter(unit_set=row["unit_set"])["unit_id"].implode()
            ),
            pl.col("new_unit_id").is_in(today["unit_id"].implode()),
        )
        if succession.is_empty():
            continue
        own = tables["fact_main_score"].filter(assessment_id=row["assessment_id"])
        decimals = row["publication_value_decimals"]
        framework = frameworks[row["framework_id"]]
        values = _means_of_values(ranking, succession=succession, decimals=decimals)
        if own.height and set(framework.mains) == set(own["main_code"]):
            means = _means_of_mains(own, framework, succession=succession, decimals=decimals)
            values = pl.concat([means, values.join(means, on=["unit_id", *_SCOPE], how="anti")])
        frames.append(_history_rows(values, row, ranking, succession).select(list(_HISTORY)))
    rows = pl.concat(frames)
    rows = rows.join(
        units.select("unit_id", "region_code", unit_level="level", unit_name="name_vi"),
        on="unit_id",
    )
    return _labelled(_described(rows, tables), "derivation")


_HISTORY: Final = {
    "assessment_id": pl.String,
    "assessment_year": pl.Int32,
    "level": pl.String,
    "unit_id": pl.String,
    "indicator_key": pl.String,
    "scope": pl.String,
    "scope_code": pl.String,
    "value": pl.Float64,
    "rank": pl.Int32,
    "n_ranked": pl.Int32,
    "n_predecessors": pl.Int32,
    "is_derived": pl.Boolean,
    "derivation": pl.String,
    "data_basis": pl.String,
}


def _means_of_values(
    ranking: pl.DataFrame, *, succession: pl.DataFrame, decimals: int
) -> pl.DataFrame:
    means = predecessors_mean(
        ranking.select("unit_id", *_SCOPE, "value"),
        succession=succession,
        keys=_SCOPE,
        decimals=decimals,
    )
    return means.filter(pl.col("value").is_not_null()).with_columns(
        derivation=pl.lit("mean_of_values")
    )


def _means_of_mains(
    mains: pl.DataFrame, framework: BoundFramework, *, succession: pl.DataFrame, decimals: int
) -> pl.DataFrame:
    """Average the mains of the old units as an assessment of merged units does."""
    wide = mains.with_columns(
        **{
            name: as_whole(pl.col(figure))
            for name, figure in (
                ("points", "points"),
                ("maximum", "max_points_effective"),
                ("assessed", "points_assessed"),
                ("max_assessed", "max_points_assessed"),
            )
        }
    )
    sums = wide.select("unit_id").unique(maintain_order=True)
    for code in framework.mains:
        assessed, max_assessed = assessed_columns(code)
        own = wide.filter(main_code=code).select(
            "unit_id",
            pl.col("points").alias(points_column(code)),
            pl.col("maximum").alias(maximum_column(code)),
            pl.col("assessed").alias(assessed),
            pl.col("max_assessed").alias(max_assessed),
        )
        sums = sums.join(own, on="unit_id", how="left", maintain_order="left")
    merged = publish_values(
        merged_sums(sums, succession=succession, framework=framework),
        scopes=scopes(framework),
        decimals=decimals,
    )
    return pl.concat(
        merged.select(
            "unit_id",
            scope=pl.lit(scope.kind),
            scope_code=pl.lit(scope.code),
            value=as_figure(pl.col(value_column(scope.code)), decimals),
            derivation=pl.lit("mean_of_mains"),
        )
        for scope in scopes(framework)
    ).filter(pl.col("value").is_not_null())


def _history_rows(
    values: pl.DataFrame,
    assessment: Mapping[str, object],
    ranking: pl.DataFrame,
    succession: pl.DataFrame,
) -> pl.DataFrame:
    """Lay one year out; ranks only where the values of all units are known."""
    before = succession.group_by(unit_id="new_unit_id").agg(n_predecessors=pl.len().cast(pl.Int32))
    basis = succeeded(ranking.select("unit_id", "data_basis"), succession=succession)
    n_ranked = pl.col("value").count().over(_SCOPE).cast(pl.Int32)
    is_derived = pl.col("n_predecessors") > 1
    return (
        values.join(before, on="unit_id")
        .join(
            basis.group_by("unit_id").agg(data_basis=first_of(BASIS_ORDER, "data_basis")),
            on="unit_id",
        )
        .with_columns(
            assessment_id=pl.lit(assessment["assessment_id"]),
            assessment_year=pl.lit(assessment["assessment_year"], dtype=pl.Int32),
            level=pl.lit("province"),
            indicator_key=pl.concat_str(
                pl.lit(assessment["framework_id"]), "scope", "scope_code", separator="/"
            ),
            n_ranked=n_ranked,
            is_derived=is_derived,
            derivation=pl.when(is_derived).then("derivation").otherwise(pl.lit(DERIVATIONS[0])),
        )
        .with_columns(
            rank=pl.when(n_ranked == before.height).then(
                competition_rank(pl.col("value")).over(_SCOPE)
            )
        )
    )


def out_change(tables: Tables, ranking: pl.DataFrame) -> pl.DataFrame:
    """Return what changed since the assessment before, and since the release before."""
    compared = tables["dim_assessment"].select("assessment_id", "compared_with")
    before = (
        ranking.join(compared, on="assessment_id", maintain_order="left")
        .filter(pl.col("value_prev").is_not_null() | pl.col("rank_prev").is_not_null())
        .with_columns(
            **dict.fromkeys(("reason_vi", "reason_en"), pl.lit(None, dtype=pl.String)),
            **{f"rank_change_{name}": pl.lit(None, dtype=pl.Int32) for name in RANK_CAUSES},
            compared_with_kind=pl.lit("assessment"),
            value_from="value_prev",
            value_to="value",
            rank_from="rank_prev",
            rank_to="rank",
        )
        .select(OutChange.names())
    )
    current = tables["dim_revision"].filter(status="published")["revision_id"]
    steps = of_the_year(tables, tables["fact_change"]).filter(
        pl.col("revision_id").is_in(current.implode()), pl.col("indicator_key").is_not_null()
    )
    since = _described(
        steps.with_columns(
            compared_with_kind=pl.lit("release"),
            compared_with="revision_from",
            prev_break=pl.lit("none"),
        ),
        tables,
    )
    return pl.concat([before, since.select(OutChange.names())])


def _described(
    rows: pl.DataFrame, tables: Tables, *, prefix: str = "indicator_name"
) -> pl.DataFrame:
    """Add what the reading tables say of the unit and of the indicator."""
    names = {f"{prefix}_{language}": f"name_{language}" for language in ("vi", "en")}
    wanted = {
        "scope_concept": "scope_concept",
        "concept": "concept",
        "is_counted": "counted",
        "indicator_order": "sort_order",
    } | names
    indicators = tables["dim_indicator"].select(
        "indicator_key",
        **{name: source for name, source in wanted.items() if name not in rows.columns},
    )
    return _unit_described(rows.join(indicators, on="indicator_key", maintain_order="left"), tables)


def _unit_described(rows: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    units = tables["dim_unit"].select("unit_id", "parent_name", *_UNIT, unit_order="sort_order")
    return (
        rows.drop("unit_set", strict=False)
        .join(units, on="unit_id", how="left", maintain_order="left")
        .with_columns(year_date=pl.date(pl.col("assessment_year"), 12, 31))
    )


def _with_mains(rows: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    mains = tables["dim_indicator"].filter(indicator_level="main")
    return rows.join(
        mains.select("framework_id", "main_code", main_name_vi="name_vi", main_name_en="name_en"),
        on=["framework_id", "main_code"],
        maintain_order="left",
    )


def _labelled(rows: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """Add the words for codes in both languages: ``x_vi`` and ``x_en`` beside ``x``."""
    return rows.with_columns(
        pl.col(column)
        .replace_strict(
            {code: text[language] for code, text in words_of(CODES[column]).items()},
            default=None,
            return_dtype=pl.String,
        )
        .alias(f"{column}_{suffix}")
        for column in columns
        for language, suffix in enumerate(("vi", "en"))
    )


def _banded(rows: pl.DataFrame, tables: Tables) -> pl.DataFrame:
    """Add the words for a unit's band, as its framework names it."""
    bands = (
        tables["dim_code"]
        .filter(column_name="band_code")
        .select("code_set", band_code="code", band_vi="label_vi", band_en="label_en")
    )
    return rows.with_columns(code_set=pl.col("framework_id") + ".unit").join(
        bands, on=["code_set", "band_code"], how="left", maintain_order="left"
    )
