"""Checks of the index itself, for the people who design the next framework.

Which components tell no unit from another, move against the rest of their main, or repeat another;
and whether the components of a main hang together (Cronbach's alpha). Correlations are Pearson's on
points. They say nothing on whether a component is right, only where to look.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dti_pipeline.analysis.pools import Results
from dti_pipeline.analysis.settings import IndexCheckThresholds
from dti_pipeline.exact import as_whole, decimal_words, round_statistic
from dti_pipeline.results.facts import BASIS_ORDER
from schemas.messages import message
from schemas.tables.analysis import FactIndexCheck

# Fewer units make a correlation that says nothing.
LEAST_UNITS: Final = 5

Array = NDArray[np.float64]


def index_checks(results: Results, *, thresholds: IndexCheckThresholds) -> pl.DataFrame:
    """Return the rows of ``fact_index_check`` of one assessment, without revision_id.

    None where there are no components. A unit that a component does not apply to is left out
    wherever the component takes part.
    """
    rows = []
    for (framework_id,), units in results.overall.group_by("framework_id", maintain_order=True):
        scored = results.components.join(units.select("unit_id"), on="unit_id", how="semi")
        if scored.is_empty():
            continue
        of_mains = results.mains.join(units.select("unit_id"), on="unit_id", how="semi")
        head = units.select("assessment_id", "assessment_year", "level").row(0, named=True)
        basis = min(scored["data_basis"].unique().to_list(), key=BASIS_ORDER.index)
        common = head | {"framework_id": framework_id, "data_basis": basis}
        rows += [
            common | row | _finding(row, thresholds) for row in _framework_rows(scored, of_mains)
        ]
    return pl.DataFrame(rows, schema=FactIndexCheck.computed_schema())


def _matrices(frame: pl.DataFrame, *, code: str) -> tuple[list[str], Array, Array]:
    """Return codes, and micro-points and maxima of units (rows) on them (columns).

    NaN where one does not apply. Whole numbers, so that sums are exact and equal ones are seen to
    be equal.
    """
    codes = frame[code].unique().sort().to_list()
    applies = pl.col("max_points_effective") > 0
    figures = (pl.col("points_micro"), as_whole(pl.col("max_points_effective")))
    points, maxima = (
        frame.with_columns(figure=pl.when(applies).then(figure))
        .pivot(code, index="unit_id", values="figure")
        .sort("unit_id")
        .select(pl.col(codes).cast(pl.Float64).fill_null(np.nan))
        .to_numpy()
        for figure in figures
    )
    return codes, points, maxima


def _framework_rows(components: pl.DataFrame, mains: pl.DataFrame) -> Iterator[dict[str, Any]]:
    main_codes, points, maxima = _matrices(mains.filter("is_counted"), code="main_code")
    whole = points.sum(axis=1)
    codes, of_components, maxima_of_components = _matrices(components, code="component_code")
    main_of = dict(components.select("component_code", "main_code").unique().iter_rows())
    for place, main_code in enumerate(main_codes):
        own = points[:, place]
        places = [at for at, code in enumerate(codes) if main_of[code] == main_code]
        parts = of_components[:, places]
        yield _spread(own, maxima[:, place]) | {
            "indicator_level": "main",
            "indicator_code": main_code,
            "main_code": main_code,
            "correlation_main": correlation(own, whole),
            "correlation_rest": correlation(own, whole - own),
            "n_components": int((~np.isnan(parts).all(axis=0)).sum()),
            "alpha": cronbach_alpha(parts),
        }
        yield from _component_rows(
            main_code, [codes[at] for at in places], parts, maxima_of_components[:, places]
        )


def _component_rows(
    main_code: str, codes: Sequence[str], points: Array, maxima: Array
) -> Iterator[dict[str, Any]]:
    # Nothing for a unit that another component does not apply to: its sum is of fewer points.
    total = points[:, ~np.isnan(points).all(axis=0)].sum(axis=1)
    for place, code in enumerate(codes):
        own = points[:, place]
        others = np.delete(points, place, axis=1)
        # Of equal correlations the first: which is larger in the last digit is chance.
        near = {
            other: c
            for other, column in zip(codes, points.T, strict=True)
            if other != code and (c := correlation(own, column)) is not None
        }
        nearest = max(near, key=near.__getitem__, default=None)
        yield _spread(own, maxima[:, place]) | {
            "indicator_level": "component",
            "indicator_code": code,
            "main_code": main_code,
            "correlation_main": correlation(own, total),
            "correlation_rest": correlation(own, total - own) if others.size else None,
            "nearest_code": nearest,
            "nearest_correlation": None if nearest is None else near[nearest],
            "n_components": 1,
            "alpha_without": cronbach_alpha(others),
        }


def _spread(points: Array, maximum: Array) -> dict[str, Any]:
    """Return how far the units come: mean share, shares at the maximum and at zero."""
    applies = ~np.isnan(points)
    if not applies.any():
        return {"n_units": 0}
    own, top = points[applies], maximum[applies]
    return {
        "n_units": len(own),
        "mean_share": round_statistic(float(np.clip((own / top).mean(), 0, 1))),
        "share_at_maximum": round_statistic(float((own >= top).mean())),
        "share_at_zero": round_statistic(float((own <= 0).mean())),
    }


def correlation(first: Array, second: Array) -> float | None:
    """Return Pearson's correlation over the units that have both.

    None for fewer than five units, or where one of the two does not vary.
    """
    in_both = ~(np.isnan(first) | np.isnan(second))
    if in_both.sum() < LEAST_UNITS:
        return None
    a, b = first[in_both], second[in_both]
    # Equal figures are compared as they are: their float mean may differ from them.
    if (a == a[0]).all() or (b == b[0]).all():
        return None
    a, b = a - a.mean(), b - b.mean()
    return round_statistic(float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum())))


def cronbach_alpha(points: Array) -> float | None:
    """Return Cronbach's alpha of the columns, over the units that all of them apply to.

    Columns that apply to nobody are left out.
    alpha = k / (k - 1) × (1 - sum of the variances / variance of the sum), on points.
    None for fewer than two columns or five units, or where the sum does not vary.
    """
    applied = points[:, ~np.isnan(points).all(axis=0)]
    complete = applied[~np.isnan(applied).any(axis=1)]
    size = applied.shape[1]
    if size < 2 or len(complete) < LEAST_UNITS:
        return None
    total = complete.sum(axis=1)
    if (total == total[0]).all():
        return None
    variances = complete.var(axis=0, ddof=1).sum()
    return round_statistic(float(size / (size - 1) * (1 - variances / total.var(ddof=1))))


def _finding(row: dict[str, Any], thresholds: IndexCheckThresholds) -> dict[str, str]:
    """Say what deserves a second look, the plainest first; nothing where all is well."""
    if row["n_units"] == 0:
        return {}
    if row["indicator_level"] == "main":
        alpha = row["alpha"]
        if alpha is None or alpha >= thresholds.weak_main:
            return {}
        return _texts("weak_main", alpha=decimal_words(f"{alpha:.2f}"))
    if row["share_at_maximum"] >= thresholds.all_pass:
        return _texts("all_pass", share=f"{row['share_at_maximum']:.0%}")
    if row["share_at_zero"] >= thresholds.none_pass:
        return _texts("none_pass", share=f"{row['share_at_zero']:.0%}")
    rest, nearest = row["correlation_rest"], row["nearest_correlation"]
    if rest is not None and rest <= -float(thresholds.against_rest) / row["n_units"] ** 0.5:
        return _texts("against_rest", correlation=decimal_words(f"{rest:.2f}"))
    if nearest is not None and nearest >= thresholds.repeats_another:
        correlation = decimal_words(f"{nearest:.2f}")
        return _texts("repeats_another", code=row["nearest_code"], correlation=correlation)
    return {}


def _texts(finding: str, **fields: object) -> dict[str, str]:
    text = message(f"index_findings.{finding}", **fields)
    return {"finding": finding, "finding_vi": text.vi, "finding_en": text.en}
