"""Observations, points, values and ranks of a made-up assessment."""

import numpy as np
import polars as pl

from schemas.codes import LOST_REASONS
from tests.reports.synthetic.figures import HOSTILE_EVIDENCE, MICRO, Figures, Shape, value


def _long(figures: Figures) -> pl.DataFrame:
    """Return one row per unit and component with the unit's columns."""
    shape = figures.shape
    per_unit = shape.mains * shape.components
    codes = [code for main in figures.codes for code in main]
    return pl.DataFrame(
        {
            "unit_id": np.repeat(figures.ids, per_unit),
            "unit_name": np.repeat(np.array(figures.names, dtype=object), per_unit),
            "group_code": np.repeat(figures.group, per_unit),
            "component_code": np.tile(codes, shape.units),
            "main_code": np.tile(
                np.repeat([str(main + 1) for main in range(shape.mains)], shape.components),
                shape.units,
            ),
            "points_micro": figures.points.ravel(),
            "maximum": np.tile(figures.maxima.ravel(), shape.units),
            "absent": figures.absent.ravel(),
            "place": np.arange(shape.units * per_unit),
        },
        schema_overrides={"unit_name": pl.String},
    )


def component_rows(figures: Figures) -> pl.DataFrame:
    effective = pl.when("absent").then(0).otherwise(pl.col("maximum"))
    lost = effective - pl.col("points_micro")
    share = pl.col("points_micro") / pl.col("maximum")
    reason = pl.lit(list(LOST_REASONS)).list.get(pl.col("place") % len(LOST_REASONS))
    return _long(figures).with_columns(
        points=pl.col("points_micro") / MICRO,
        max_points=pl.col("maximum") / MICRO,
        max_points_effective=effective / MICRO,
        points_lost=lost / MICRO,
        lost_reason=pl.when(lost > 0).then(reason),
        band_code=pl.when("absent")
        .then(None)
        .when(share >= 1)
        .then(pl.lit("maximum"))
        .when(share >= 0.5)
        .then(pl.lit("fair"))
        .otherwise(pl.lit("low")),
        obs_status=pl.when("absent").then(pl.lit("not_applicable")).otherwise(pl.lit("ok")),
        basis=pl.lit(["official", "inferred", "illustrative"]).list.get(
            (pl.col("place") % figures.shape.components) % 3
        ),
        is_counted=pl.lit(value=True),
        value=pl.when(effective > 0).then((share * 10_000).round() / 10_000),
        prev_break=pl.lit("none"),
        **_component_ranks(pl.when(effective > 0).then(share)),
    )


def _component_ranks(share: pl.Expr) -> dict[str, pl.Expr]:
    within, in_group = ["component_code"], ["component_code", "group_code"]
    rank = share.rank("min", descending=True)
    return {
        "rank": rank.over(within),
        "n_ranked": share.count().over(within),
        "rank_in_group": rank.over(in_group),
        "n_in_group": share.count().over(in_group),
        "n_in_region": pl.lit(0),
    }


def observation_rows(figures: Figures) -> pl.DataFrame:
    return _long(figures).with_columns(
        value=pl.col("place").cast(pl.Float64),
        value_micro=pl.col("place") * MICRO,
        source_cell=pl.format("H{}", pl.col("place") % 100 + 10),
        raw_text=pl.lit(HOSTILE_EVIDENCE if figures.shape.hostile else "12"),
    )


def main_rows(figures: Figures) -> pl.DataFrame:
    shape = figures.shape
    n, m = shape.units, shape.mains
    flat = {
        "points_micro": figures.main.ravel(),
        "assessed": figures.assessed.ravel(),
        "assessed_max": figures.assessed_max.ravel(),
        "maximum": np.tile(figures.main_max, n),
    }
    frame = pl.DataFrame(
        {
            "unit_id": np.repeat(figures.ids, m),
            "unit_name": np.repeat(np.array(figures.names, dtype=object), m),
            "group_code": np.repeat(figures.group, m),
            "main_code": np.tile([str(main + 1) for main in range(m)], n),
            "is_counted": np.tile([main in figures.counted for main in range(m)], n),
            **flat,
        },
        schema_overrides={"unit_name": pl.String},
    )
    return frame.with_columns(
        concept=pl.format("concept_{}", "main_code"),
        points=pl.col("points_micro") / MICRO,
        points_assessed=pl.col("assessed") / MICRO,
        max_points_assessed=pl.col("assessed_max") / MICRO,
        max_points=pl.col("maximum") / MICRO,
        max_points_effective=pl.col("maximum") / MICRO,
        value=pl.Series(value(flat["points_micro"], flat["maximum"]) / 10_000),
    )


def ranking_rows(figures: Figures, before: Shape | None) -> pl.DataFrame:
    scopes = [("overall", "DTI", "overall", figures.total, figures.total_max)]
    scopes += [
        ("main", str(m + 1), f"concept_{m + 1}", figures.main[:, m], int(figures.main_max[m]))
        for m in range(figures.shape.mains)
    ]
    frames = [_scope(figures, *scope) for scope in scopes]
    frame = pl.concat(frames)
    if before is None:
        return frame.with_columns(prev_basis=pl.lit("none"), prev_break=pl.lit("none"))
    earlier = ranking_rows(Figures(before), None).select(
        "unit_id", "scope_code", value_prev="value", rank_prev="rank"
    )
    return frame.join(earlier, on=["unit_id", "scope_code"], how="left").with_columns(
        value_change=(pl.col("value") - pl.col("value_prev")).round(6),
        rank_change=pl.col("rank_prev") - pl.col("rank"),
        prev_basis=pl.lit("computed"),
        prev_break=pl.lit(figures.shape.comparability),
    )


def _scope(
    figures: Figures, kind: str, code: str, concept: str, points: np.ndarray, maximum: int
) -> pl.DataFrame:
    ranked = (kind == "overall") | (code != str(figures.shape.mains))
    several = len(figures.shape.groups) > 1
    # The last unit is assessed but not ranked.
    holds = pl.lit(ranked) & (pl.col("unit_id") != figures.ids[-1])

    def rank(within: str | None) -> pl.Expr:
        value = pl.when(holds).then(pl.col("value"))
        found = value.rank("min", descending=True).cast(pl.Int32)
        return found.over(within) if within else found

    def count(within: str | None) -> pl.Expr:
        return holds.sum().over(within) if within else holds.sum()

    pool = "group_code" if several else None
    return (
        pl.DataFrame(
            {
                "unit_id": figures.ids,
                "unit_name": figures.names,
                "group_code": figures.group,
                "region_code": figures.region,
                "value": value(points, maximum) / 10_000,
                "points": points / MICRO,
            }
        )
        .with_columns(
            scope=pl.lit(kind),
            scope_code=pl.lit(code),
            concept=pl.lit(concept),
            max_points=pl.lit(maximum / MICRO),
            max_points_effective=pl.lit(maximum / MICRO),
            rank=rank(pool),
            n_ranked=count(pool),
            rank_in_group=rank("group_code"),
            n_in_group=count("group_code"),
            rank_in_region=rank("region_code"),
            n_in_region=count("region_code"),
            rank_basis=pl.when(holds).then(pl.lit("computed")).otherwise(pl.lit("none")),
        )
        .with_columns(is_tied=(pl.len().over("value") > 1) & pl.col("rank").is_not_null())
    )


def overall_rows(ranking: pl.DataFrame) -> pl.DataFrame:
    return ranking.filter(pl.col("scope") == "overall")


def stage_rows(figures: Figures, ranking: pl.DataFrame) -> pl.DataFrame:
    rows = overall_rows(ranking).with_columns(points_micro=pl.Series(figures.total))
    return pl.concat([rows.with_columns(stage=pl.lit(s)) for s in ("self_scored", "final")])


def group_rows(ranking: pl.DataFrame) -> pl.DataFrame:
    pool = ranking.with_columns(group_kind=pl.lit("pool"), group_code=pl.lit("all"))
    region = ranking.with_columns(group_kind=pl.lit("region"), group_code=pl.col("region_code"))
    return (
        pl.concat([pool, region])
        .group_by("group_kind", "group_code", "scope", "scope_code", "concept", maintain_order=True)
        .agg(
            n=pl.col("value").count(),
            mean=pl.col("value").mean().round(4),
            median=pl.col("value").median().round(4),
            min=pl.col("value").min(),
            max=pl.col("value").max(),
            n_at_or_above_mean=(pl.col("value") >= pl.col("value").mean()).sum(),
        )
    )


def change_rows(figures: Figures, ranking: pl.DataFrame) -> pl.DataFrame:
    shape = figures.shape
    rows = overall_rows(ranking).drop_nulls("rank").head(12 if shape.revisions > 1 else 0)
    return rows.drop("value_change", "rank_change", strict=False).with_columns(
        revision_from=pl.lit(f"{shape.assessment_id}-r0001-00000000"),
        value_from="value",
        value_to="value",
        rank_from=pl.col("rank") + 2,
        rank_to="rank",
    )
