"""Checks of the index itself, for the people who design the next framework.

Which components tell no unit from another, move against the rest of their main, or repeat another;
and whether the components of a main hang together (Cronbach's alpha). Correlations are Pearson's on
points. They say nothing on whether a component is right, only where to look.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from dti_pipeline.analysis.settings import IndexCheckThresholds
from dti_pipeline.exact import MICRO, round_statistic, rounded_decimal
from dti_pipeline.results.facts import BASIS_ORDER
from schemas.tables.analysis import FactIndexCheck

# Fewer units make a correlation that says nothing.
LEAST_UNITS: Final = 5

Array = NDArray[np.float64]


def index_checks(
    ranking: pl.DataFrame,
    *,
    components: pl.DataFrame,
    mains: pl.DataFrame,
    thresholds: IndexCheckThresholds,
) -> pl.DataFrame:
    """Check the framework(s) of one assessment.

    Args:
        ranking: rows of ``fact_ranking``.
        components: rows of ``fact_component_score``.
        mains: rows of ``fact_main_score``.
        thresholds: when a check speaks up.

    Returns:
        The rows of ``fact_index_check``, without revision_id; none where there are no components.
        A unit that a component does not apply to is left out wherever the component takes part.
    """
    overall = ranking.filter(pl.col("scope") == "overall")
    rows = []
    for (framework_id,), units in overall.group_by("framework_id", maintain_order=True):
        scored = components.join(units.select("unit_id"), on="unit_id", how="semi")
        if scored.is_empty():
            continue
        of_mains = mains.join(units.select("unit_id"), on="unit_id", how="semi")
        head = units.select("assessment_id", "assessment_year", "level").row(0, named=True)
        basis = min(scored["data_basis"].unique().to_list(), key=BASIS_ORDER.index)
        common = head | {"framework_id": framework_id, "data_basis": basis}
        rows += [common | row for row in _framework_rows(scored, of_mains, thresholds=thresholds)]
    return pl.DataFrame(rows, schema=FactIndexCheck.computed_schema())


@dataclass(frozen=True)
class _Matrix:
    """Points of some units (rows) on some indicators (columns); NaN where one does not apply."""

    codes: tuple[str, ...]
    points: Array
    maximum: Array

    @classmethod
    def of(cls, frame: pl.DataFrame, *, code: str) -> "_Matrix":
        """Lay a long frame out by unit and indicator."""
        applies = pl.col("max_points_effective") > 0
        wide = (
            frame.sort("unit_id", code)
            .with_columns(
                points=pl.when(applies).then(pl.col("points_micro") / MICRO),
                maximum=pl.when(applies).then("max_points_effective"),
            )
            .pivot(code, index="unit_id", values=["points", "maximum"])
        )
        codes = tuple(frame[code].unique().sort().to_list())
        return cls(
            codes=codes,
            points=_columns(wide, [f"points_{c}" for c in codes]),
            maximum=_columns(wide, [f"maximum_{c}" for c in codes]),
        )

    def only(self, codes: Collection[str]) -> "_Matrix":
        """Return the matrix of some of the indicators."""
        wanted = set(codes)
        places = [place for place, code in enumerate(self.codes) if code in wanted]
        return _Matrix(
            codes=tuple(self.codes[place] for place in places),
            points=self.points[:, places],
            maximum=self.maximum[:, places],
        )


def _columns(wide: pl.DataFrame, names: list[str]) -> Array:
    array: Array = np.asarray(
        wide.select(pl.col(names).cast(pl.Float64).fill_null(np.nan)).to_numpy(), dtype=np.float64
    )
    return array


def _framework_rows(
    components: pl.DataFrame, mains: pl.DataFrame, *, thresholds: IndexCheckThresholds
) -> Iterator[dict[str, Any]]:
    counted = _Matrix.of(mains.filter("is_counted"), code="main_code")
    whole = counted.points.sum(axis=1)
    matrices = _Matrix.of(components, code="component_code")
    codes = dict(
        components.group_by("main_code").agg(pl.col("component_code").unique()).iter_rows()
    )
    for place, main_code in enumerate(counted.codes):
        own = counted.points[:, place]
        matrix = matrices.only(codes.get(main_code, ()))
        row = _spread(own, counted.maximum[:, place]) | {
            "indicator_level": "main",
            "indicator_code": main_code,
            "main_code": main_code,
            "correlation_main": _rounded(correlation(own, whole)),
            "correlation_rest": _rounded(correlation(own, whole - own)),
            "n_components": int((~np.isnan(matrix.points).all(axis=0)).sum()),
            "alpha": _rounded(cronbach_alpha(matrix.points)),
        }
        yield row | _finding(row, thresholds)
        yield from _component_rows(matrix, main_code, thresholds=thresholds)


def _component_rows(
    matrix: _Matrix, main_code: str, *, thresholds: IndexCheckThresholds
) -> Iterator[dict[str, Any]]:
    total = np.nansum(matrix.points, axis=1)
    together = correlations(matrix.points)
    for place, code in enumerate(matrix.codes):
        own = matrix.points[:, place]
        others = np.delete(matrix.points, place, axis=1)
        known = np.where(np.isnan(together[place]), -np.inf, together[place])
        known[place] = -np.inf
        nearest = int(known.argmax())
        closest = float(known[nearest]) if np.isfinite(known[nearest]) else None
        row = _spread(own, matrix.maximum[:, place]) | {
            "indicator_level": "component",
            "indicator_code": code,
            "main_code": main_code,
            "correlation_main": _rounded(correlation(own, total)),
            "correlation_rest": (
                _rounded(correlation(own, total - own)) if others.shape[1] else None
            ),
            "nearest_code": None if closest is None else matrix.codes[nearest],
            "nearest_correlation": _rounded(closest),
            "n_components": 1,
            "alpha_without": _rounded(cronbach_alpha(others)),
        }
        yield row | _finding(row, thresholds)


def _spread(points: Array, maximum: Array) -> dict[str, Any]:
    """Return how far the units come: mean share, shares at the maximum and at zero."""
    known = ~np.isnan(points)
    if not known.any():
        return {"n_units": 0}
    own, top = points[known], maximum[known]
    return {
        "n_units": int(known.sum()),
        "mean_share": _rounded(float(np.clip((own / top).mean(), 0, 1))),
        "share_at_maximum": _rounded(float((own >= top).mean())),
        "share_at_zero": _rounded(float((own <= 0).mean())),
    }


def correlation(first: Array, second: Array) -> float | None:
    """Return Pearson's correlation over the units that have both.

    Returns:
        None for fewer than five units, or where one of the two does not vary.
    """
    known = ~(np.isnan(first) | np.isnan(second))
    if known.sum() < LEAST_UNITS:
        return None
    a, b = first[known], second[known]
    # Equal figures are compared as they are: their float mean may differ from them.
    if (a == a[0]).all() or (b == b[0]).all():
        return None
    a, b = a - a.mean(), b - b.mean()
    found = float((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))
    return max(-1.0, min(1.0, found))


def correlations(points: Array) -> Array:
    """Return the correlations of all columns with each other; NaN where ``correlation`` has none.

    Without gaps all of them come from one matrix product; with gaps each pair has units of its own.
    """
    size = points.shape[1]
    if np.isnan(points).any():
        found = [
            [correlation(points[:, a], points[:, b]) for b in range(size)] for a in range(size)
        ]
        return np.array(found, dtype=np.float64)
    if len(points) < LEAST_UNITS:
        return np.full((size, size), np.nan)
    varies = ~(points == points[:1]).all(axis=0)
    centred = points - points.mean(axis=0)
    length = np.where(varies, np.sqrt((centred * centred).sum(axis=0)), np.nan)
    matrix: Array = np.clip(centred.T @ centred / np.outer(length, length), -1, 1)
    return matrix


def cronbach_alpha(points: Array) -> float | None:
    """Return Cronbach's alpha of the columns, over the units that all of them apply to.

    Columns that apply to nobody are left out.
    alpha = k / (k - 1) × (1 - sum of the variances / variance of the sum), on points.

    Returns:
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
    return float(size / (size - 1) * (1 - variances / total.var(ddof=1)))


def _rounded(number: float | None) -> float | None:
    return None if number is None else round_statistic(number)


def _finding(row: dict[str, Any], thresholds: IndexCheckThresholds) -> dict[str, str]:
    """Say what deserves a second look, the plainest first; nothing where all is well."""
    if row["n_units"] == 0:
        return {}
    if row["indicator_level"] == "main":
        alpha = row["alpha"]
        if alpha is None or alpha >= thresholds.weak_main:
            return {}
        return _told(
            "weak_main",
            f"Các thành phần ít gắn kết với nhau (alpha {_comma(alpha)})",
            f"Its components hardly hang together (alpha {rounded_decimal(alpha, 2)})",
        )
    if row["share_at_maximum"] >= thresholds.all_pass:
        share = f"{row['share_at_maximum']:.0%}"
        return _told(
            "all_pass",
            f"{share} đơn vị đạt điểm tối đa: không còn phân biệt các đơn vị",
            f"{share} of the units are at the maximum: it tells nobody apart",
        )
    if row["share_at_zero"] >= thresholds.none_pass:
        share = f"{row['share_at_zero']:.0%}"
        return _told(
            "none_pass",
            f"{share} đơn vị không có điểm: không phân biệt các đơn vị",
            f"{share} of the units are at zero: it tells nobody apart",
        )
    rest, nearest = row["correlation_rest"], row["nearest_correlation"]
    if rest is not None and rest <= -float(thresholds.against_rest) / row["n_units"] ** 0.5:
        return _told(
            "against_rest",
            f"Đi ngược các thành phần còn lại (tương quan {_comma(rest)})",
            f"Moves against the other components (correlation {rounded_decimal(rest, 2)})",
        )
    if nearest is not None and nearest >= thresholds.repeats_another:
        return _told(
            "repeats_another",
            f"Gần như trùng với {row['nearest_code']} (tương quan {_comma(nearest)})",
            f"Nearly repeats {row['nearest_code']} (correlation {rounded_decimal(nearest, 2)})",
        )
    return {}


def _comma(number: float) -> str:
    """Write a figure with two decimals the Vietnamese way."""
    return f"{rounded_decimal(number, 2)}".replace(".", ",")


def _told(finding: str, vi: str, en: str) -> dict[str, str]:
    return {"finding": finding, "finding_vi": vi, "finding_en": en}
