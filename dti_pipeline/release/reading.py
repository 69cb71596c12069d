"""The reading tables of a release: one per question, every name beside its code.

They repeat what the facts say and compute two things of their own: what points rest on, added up to
the points of the mains; and what the provinces of today would have had before they existed.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import polars as pl

from dti_pipeline.exact import as_figure, as_whole, difference
from dti_pipeline.index.beside import beside
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.release.keys import filled
from dti_pipeline.results.facts import BASIS_ORDER, first_of
from dti_pipeline.results.on_demand import OnDemand, Tables
from dti_pipeline.scoring.aggregation import scopes
from dti_pipeline.scoring.merged_units import merged_sums, predecessors_mean
from dti_pipeline.scoring.ranking import competition_rank, publish_values, value_column
from schemas.catalogue import RELEASE_TABLES
from schemas.codes import LEVELS
from schemas.tables.reading import DERIVATIONS
from schemas.words import CODES, words_of

_SCOPE: Final = ["scope", "scope_code"]


def reading_tables(
    tables: Tables, frameworks: Mapping[str, BoundFramework], *, without_keys: Tables
) -> OnDemand:
    """Return the reading tables, by name; tables ``without_keys`` are for what needs none."""
    ranking = out_ranking(tables)
    frames = {
        "out_ranking": ranking,
        "out_basis": out_basis(tables, without_keys),
        "out_history_34": out_history_34(tables, frameworks),
        "out_change": out_change(tables, ranking),
    }
    large = {"out_component": lambda: out_component(tables)}
    return OnDemand(frames, large).changed(partial(_laid_out, tables=tables))


def _laid_out(name: str, rows: pl.DataFrame, *, tables: Tables) -> pl.DataFrame:
    """Add to the rows of a reading table what its columns say of unit, indicator and codes."""
    columns = [column for column in RELEASE_TABLES[name].names() if column != "release_id"]
    indicators = tables["dim_indicator"].rename(
        {"counted": "is_counted", "sort_order": "indicator_order"}
    )
    units = tables["dim_unit"].rename(
        {"sort_order": "unit_order", "name_vi": "unit_name", "level": "unit_level"}
    )
    mains = _named("main", indicators.filter(indicator_level="main")).select(
        "framework_id", "main_name_vi", "main_name_en", main_code="indicator_code"
    )
    places = [
        (["unit_id"], units),
        (["framework_id", "main_code"], mains),
        (["indicator_key"], _named("component", _named("indicator", indicators))),
    ]
    words = {
        f"{column}_{language}": pl.col(column).replace_strict(
            {code: text[place] for code, text in words_of(CODES[column]).items()},
            default=None,
            return_dtype=pl.String,
        )
        for column in columns
        if column in CODES
        for place, language in enumerate(("vi", "en"))
    }
    year_date = pl.date(pl.col("assessment_year"), 12, 31)
    rows = filled(rows, columns, places)
    return rows.with_columns(year_date=year_date, **words).select(columns)


def _named(what: str, rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(**{f"{what}_name_{lang}": f"name_{lang}" for lang in ("vi", "en")})


def of_the_year(tables: Tables, frame: pl.DataFrame) -> pl.DataFrame:
    """Keep one assessment per year, all of the highest level that was assessed as a whole.

    Units that an assessment leaves out are its own affair; what is public in part ranks nobody.
    """
    computed = tables["fact_ranking"].filter(scope="overall", rank_basis="computed")
    is_partial = ~pl.col("assessment_id").is_in(computed["assessment_id"].implode())
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
    place, band = ["assessment_id", *_SCOPE], ["code_set", "band_code"]
    means = tables["fact_group_summary"].filter(group_kind="pool", measure="value")
    bands = tables["dim_code"].filter(column_name="band_code")
    rows = of_the_year(tables, tables["fact_ranking"]).with_columns(
        code_set=pl.col("framework_id") + ".unit"
    )
    rows = beside(rows, means.select(*place, mean_value="mean"), on=place)
    names = bands.select("code_set", band_code="code", band_vi="label_vi", band_en="label_en")
    best = pl.col("value").max().over("assessment_id", *_SCOPE, "region_code")
    return (
        beside(rows, names, on=band)
        .with_columns(best_in_region=pl.when(pl.col("region_code").is_not_null()).then(best))
        .with_columns(
            gap_to_mean=difference(pl.col("value"), pl.col("mean_value")),
            gap_to_best_in_region=difference(pl.col("value"), pl.col("best_in_region")),
        )
    )


def out_component(tables: Tables) -> pl.DataFrame:
    """Return one row per unit and component, with the points lost that count."""
    return of_the_year(tables, tables["fact_component_score"]).with_columns(
        points_lost_counted=pl.when("is_counted").then("points_lost").otherwise(0.0)
    )


def out_basis(tables: Tables, without_keys: Tables) -> pl.DataFrame:
    """Return the counted points of every unit and main by what they rest on.

    What a main has more or less than its components was made up for what does not apply.
    """
    key = ["assessment_id", "unit_id", "main_code"]
    mains = of_the_year(tables, tables["fact_main_score"]).filter("is_counted")
    final = without_keys["fact_stage_score"].filter(stage="final", scope="component")
    shares = ["share_accepted", "share_unchecked"]
    published = pl.col("data_basis") == "published"
    components = (
        without_keys["fact_component_score"]
        .join(mains, on=key, how="semi")
        .join(
            final.select("assessment_id", "unit_id", *shares, component_code="scope_code"),
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
    return mains.drop("points_micro", "points").join(points, on=key)


def out_history_34(tables: Tables, frameworks: Mapping[str, BoundFramework]) -> pl.DataFrame:
    """Return what the provinces of today had, or would have had, in the years before they existed.

    A province that several old ones went into has the mean of their mains, in whole numbers, as
    DTI 2024 was published for the 34; where mains are not public, the mean of published values.
    """
    units = tables["dim_unit"].filter(level="province")
    bridge = tables["bridge_unit_succession"]
    bridge = bridge.filter(pl.col("new_unit_id").is_in(units["unit_id"].implode()))
    assessments = tables["dim_assessment"].filter(~pl.col("is_derived"), level="province")
    years = []
    for assessment in assessments.iter_rows(named=True):
        own = {
            name: tables[name].filter(assessment_id=assessment["assessment_id"])
            for name in ("fact_ranking", "fact_main_score")
        }
        assessed = [own["fact_ranking"], units.filter(unit_set=assessment["unit_set"])]
        old = pl.concat(frame["unit_id"] for frame in assessed)
        succession = bridge.filter(pl.col("old_unit_id").is_in(old.implode()))
        if not succession.is_empty():
            framework = frameworks[assessment["framework_id"]]
            years.append(_year_of_history(assessment, own, framework, succession=succession))
    return pl.concat(years) if years else RELEASE_TABLES["out_history_34"].empty()


def _year_of_history(
    assessment: Mapping[str, Any],
    own: Tables,
    framework: BoundFramework,
    *,
    succession: pl.DataFrame,
) -> pl.DataFrame:
    """Lay one year out; ranks only where units are ranked and the values of all are known."""
    mains, decimals = own["fact_main_score"], assessment["publication_value_decimals"]
    values = predecessors_mean(
        own["fact_ranking"].select("unit_id", *_SCOPE, "value"),
        succession=succession,
        keys=_SCOPE,
        decimals=decimals,
    ).with_columns(derivation=pl.lit("mean_of_values"))
    if mains.height and set(framework.mains) == set(mains["main_code"]):
        means = _means_of_mains(mains, framework, succession=succession, decimals=decimals)
        values = pl.concat([means, values.join(means, on=["unit_id", *_SCOPE], how="anti")])
    basis = first_of(BASIS_ORDER, "data_basis")
    bases = own["fact_ranking"].group_by(old_unit_id="unit_id").agg(data_basis=basis)
    units = (
        succession.join(bases, on="old_unit_id", how="left")
        .group_by(unit_id="new_unit_id")
        .agg(n_predecessors=pl.len().cast(pl.Int32), data_basis=basis)
    )
    ranked = [scope.code for scope in scopes(framework) if scope.is_ranked]
    n_ranked = (
        pl.when(pl.col("scope_code").is_in(ranked))
        .then(pl.col("value").count().over(_SCOPE))
        .otherwise(0)
        .cast(pl.Int32)
    )
    is_derived = pl.col("n_predecessors") > 1
    rank = competition_rank(pl.col("value")).over(_SCOPE)
    return (
        values.filter(pl.col("value").is_not_null())
        .join(units, on="unit_id")
        .with_columns(
            assessment_id=pl.lit(assessment["assessment_id"]),
            assessment_year=pl.lit(assessment["assessment_year"], dtype=pl.Int32),
            level=pl.lit("province"),
            framework_id=pl.lit(assessment["framework_id"]),
            indicator_key=pl.concat_str(pl.lit(assessment["framework_id"]), *_SCOPE, separator="/"),
            n_ranked=n_ranked,
            rank=pl.when(n_ranked == units.height).then(rank),
            is_derived=is_derived,
            derivation=pl.when(is_derived).then("derivation").otherwise(pl.lit(DERIVATIONS[0])),
        )
    )


def _means_of_mains(
    mains: pl.DataFrame, framework: BoundFramework, *, succession: pl.DataFrame, decimals: int
) -> pl.DataFrame:
    """Average the mains of the old units as an assessment of merged units does."""
    figures = {"points": "points", "max": "max_points_effective"}
    figures |= {"assessed": "points_assessed", "max_assessed": "max_points_assessed"}
    whole = mains.select(
        "unit_id", "main_code", **{name: as_whole(pl.col(f)) for name, f in figures.items()}
    )
    # Columns are named as `add_up` names them: points:1, max:1, ….
    sums = whole.pivot("main_code", index="unit_id", values=list(figures), separator=":")
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


def out_change(tables: Tables, ranking: pl.DataFrame) -> pl.DataFrame:
    """Return what changed since the assessment before, and since the release before."""
    compared = tables["dim_assessment"].select("assessment_id", "compared_with")
    before = (
        ranking.join(compared, on="assessment_id", maintain_order="left")
        .filter(pl.col("value_prev").is_not_null() | pl.col("rank_prev").is_not_null())
        .with_columns(
            compared_with_kind=pl.lit("assessment"),
            value_from="value_prev",
            value_to="value",
            rank_from="rank_prev",
            rank_to="rank",
        )
    )
    current = tables["dim_revision"].filter(status="published")["revision_id"]
    since = (
        of_the_year(tables, tables["fact_change"])
        .filter(
            pl.col("revision_id").is_in(current.implode()), pl.col("indicator_key").is_not_null()
        )
        .with_columns(
            compared_with_kind=pl.lit("release"),
            compared_with="revision_from",
            prev_break=pl.lit("none"),
        )
    )
    return pl.concat([before, since], how="diagonal")
