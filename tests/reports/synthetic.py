"""Releases made up for tests and benchmarks of reports: any size, every table filled.

Nothing in here goes through the pipeline: reports read a release and nothing else, so a release is
all they need. Figures are random but lawful, and every table passes its contract when it is
published. All rows are marked as samples.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl

from dti_pipeline.release.folder import Release
from dti_pipeline.release.releases import Published
from dti_pipeline.release.tables import complete
from dti_pipeline.results.on_demand import OnDemand
from dti_pipeline.store.revisions import Revision
from schemas.catalogue import TABLES
from schemas.codes import LOST_REASONS
from schemas.contract import Table

MICRO: Final = 1_000_000
# Columns that hold one value in every row, by table.
CONSTANTS: Final = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
HOSTILE_NAMES: Final = (
    '<script>window.hacked="name"</script>',
    '"><img src=x onerror=window.hacked=1>',
    "</script><script>window.hacked=2</script>",
    '=HYPERLINK("http://outside.invalid","Ninh Bình")',
    "{{ 7 * 7 }} #panic[x] & 'Đắk Lắk'",
)
HOSTILE_EVIDENCE: Final = '<svg onload=window.hacked=3> </details></script> "Báo cáo" số 1/BC'
OTHER_FORMULA: Final = "+cmd|' /C calc'!A0"


@dataclass(frozen=True)
class Shape:
    """One made-up assessment.

    Assessments of one unit set share their units. The last main counts in no total. Several groups
    are ranked within themselves. Two revisions fill ``fact_change``.
    """

    assessment_id: str
    units: int
    year: int = 2025
    mains: int = 4
    components: int = 5
    groups: Sequence[str] = ("commune",)
    level: str = "commune"
    unit_set: str = "made-up"
    compared_with: str | None = None
    comparability: str = "none"
    seed: int = 1
    hostile: bool = False
    revisions: int = 1

    @property
    def revision_id(self) -> str:
        return f"{self.assessment_id}-r{self.revisions:04d}-00000000"


class Figures:
    """The random figures of one assessment, in whole millionths of a point."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        rng = np.random.default_rng(shape.seed)
        n, m, c = shape.units, shape.mains, shape.components
        self.maxima = rng.integers(2, 21, (m, c)) * MICRO
        shares = np.clip(rng.normal(0.68, 0.25, (n, m, c)), 0, 1)
        shares[rng.random((n, m, c)) < 0.08] = 1
        self.points = (self.maxima[None] * shares).astype(np.int64)
        # One unit in seven does not have the first component: its main is scaled up.
        self.absent = np.zeros((n, m, c), dtype=bool)
        self.absent[::7, 0, 0] = c > 1
        self.points[self.absent] = 0
        self.assessed = self.points.sum(axis=2)
        self.assessed_max = (self.maxima[None] * ~self.absent).sum(axis=2)
        self.main_max = self.maxima.sum(axis=1)
        self.main = self.assessed * self.main_max[None] // self.assessed_max
        self.counted = [place for place in range(m) if place < m - 1]
        self.total = self.main[:, self.counted].sum(axis=1)
        self.total_max = int(self.main_max[self.counted].sum())
        names = [f"Xã Thử Nghiệm {place + 1}" for place in range(n)]
        if n > 10:
            names[5], names[6] = "Ninh Bình", "Đắk Lắk"
        if shape.hostile:
            names[: len(HOSTILE_NAMES)] = HOSTILE_NAMES
        self.names = names
        self.ids = [f"{shape.unit_set.upper()}-{place:05d}" for place in range(n)]
        self.group = [shape.groups[place % len(shape.groups)] for place in range(n)]
        self.region = [f"V{place % 5}" for place in range(n)]
        self.codes = [[f"{main + 1:02d}{part + 1:02d}" for part in range(c)] for main in range(m)]


def value(points: np.ndarray, maximum: Any) -> np.ndarray:
    """Return points over maximum with four decimals, rounded half up, as whole ten-thousandths."""
    return (points * 20_000 + maximum) // (2 * maximum)


def publish(shapes: Sequence[Shape], root: Path) -> Release:
    """Publish a release of made-up assessments below ``root``."""
    revisions = [
        Revision(
            assessment_id=shape.assessment_id,
            revision_id=shape.revision_id,
            revision_no=shape.revisions,
            input_hash="0" * 64,
            rules_version="1",
            framework_hashes={"made-up": "1" * 64},
            reason="bản thử",
            supersedes=None,
            sources=(),
            inputs=(),
            tables={},
            computed_at="2026-01-01T00:00:00+00:00",
        )
        for shape in shapes
    ]
    return Published(root).publish(tables(shapes), revisions=revisions, reason="bản thử")


def tables(shapes: Sequence[Shape]) -> dict[str, pl.DataFrame]:
    """Return every table of the release, without release_id."""
    parts = [assessment_tables(shape, shapes) for shape in shapes]
    found = {
        name: pl.concat([part[name] for part in parts]).unique(maintain_order=True)
        for name in parts[0]
    }
    found["dim_unit"] = found["dim_unit"].unique("unit_id", maintain_order=True)
    return complete(OnDemand(found), files=[])


def fill(frame: pl.DataFrame, table: type[Table], shape: Shape) -> pl.DataFrame:
    """Add what every row of a table carries, and null for what is not known."""
    constants: dict[str, Any] = {
        "assessment_id": shape.assessment_id,
        "assessment_year": shape.year,
        "level": shape.level,
        "data_basis": "sample",
        "revision_id": shape.revision_id,
        "framework_id": f"made-up-{shape.assessment_id}",
        **CONSTANTS.get(table.name(), {}),
    }
    missing = [name for name in table.names() if name not in frame.columns]
    return frame.with_columns(pl.lit(constants.get(name)).alias(name) for name in missing).select(
        pl.col(name).cast(dtype) for name, dtype in table.schema().items()
    )


def assessment_tables(shape: Shape, shapes: Sequence[Shape]) -> dict[str, pl.DataFrame]:
    """Return the rows of one assessment in every table."""
    figures = Figures(shape)
    before = next((s for s in shapes if s.assessment_id == shape.compared_with), None)
    ranking = _ranking(figures, before)
    parts = {
        "dim_unit": _units(figures),
        "bridge_unit_succession": pl.DataFrame(schema=TABLES["bridge_unit_succession"].schema()),
        "dim_tile": _tile(figures),
        "dim_indicator": _indicators(figures),
        "dim_assessment": _assessment(figures),
        "dim_revision": _revisions(shape),
        "fact_observation": _observations(figures),
        "fact_reconciliation": _reconciliation(figures),
        "fact_component_score": _components(figures),
        "fact_main_score": _mains(figures),
        "fact_stage_score": _stages(figures, ranking),
        "fact_ranking": ranking,
        "fact_group_summary": _groups(ranking),
        "fact_change": _changes(figures, ranking),
        "fact_robustness": _robustness(ranking),
        "fact_component_outlook": _outlook(figures, ranking),
        "fact_index_check": _index_check(figures),
        "fact_target": _targets(figures),
        "dq_issue": _issues(figures),
        "ranking_wide": _overall(ranking),
    }
    return {name: fill(frame, TABLES[name], shape) for name, frame in parts.items()}


def _units(figures: Figures) -> pl.DataFrame:
    shape = figures.shape
    return pl.DataFrame(
        {
            "unit_id": figures.ids,
            "unit_set": shape.unit_set,
            "official_code": [str(place) for place in range(shape.units)],
            "name_vi": figures.names,
            "name_en": figures.names,
            "name_ascii": [
                {"Ninh Bình": "Ninh Binh", "Đắk Lắk": "Dak Lak"}.get(name, f"Unit {place + 1}")
                for place, name in enumerate(figures.names)
            ],
            "group_code": figures.group,
            "region_code": figures.region,
            "region_name": [f"Vùng {code}" for code in figures.region],
            "region_name_en": [f"Region {code}" for code in figures.region],
            "tile_row": [place // 9 if shape.units < 100 else None for place in range(shape.units)],
            "tile_col": [place % 9 if shape.units < 100 else None for place in range(shape.units)],
        }
    )


def _tile(figures: Figures) -> pl.DataFrame:
    rows = [
        {"tile_row": row, "tile_col": 11, "label_vi": vi, "label_en": en}
        for row, vi, en in ((1, "Hoàng Sa", "Hoang Sa"), (3, "Trường Sa", "Truong Sa"))
    ]
    return pl.DataFrame(rows).with_columns(unit_set=pl.lit(figures.shape.unit_set))


def _indicators(figures: Figures) -> pl.DataFrame:
    bases = ("official", "inferred", "illustrative")
    rows: list[dict[str, Any]] = [_indicator("overall", "DTI", "Tổng", figures.total_max)]
    for main, codes in enumerate(figures.codes):
        rows.append(
            _indicator("main", str(main + 1), f"Chỉ số {main + 1}", int(figures.main_max[main]))
            | {"counted": main in figures.counted, "concept": f"concept_{main + 1}"}
        )
        rows += [
            _indicator("component", code, f"Thành phần {code}", int(figures.maxima[main, part]))
            | {
                "counted": main in figures.counted,
                "main_code": str(main + 1),
                "basis": bases[part % 3],
                "rule_kind": "ratio",
                "rule_text_vi": f"Điểm = a / b × {figures.maxima[main, part] // MICRO}.",
                "rule_text_en": f"Points = a / b × {figures.maxima[main, part] // MICRO}.",
                "lead_role": "Phòng Văn hóa - Xã hội",
                "lead_role_en": "Culture and society",
                "source_kind": "self_report",
            }
            for part, code in enumerate(codes)
        ]
    return pl.DataFrame(rows, infer_schema_length=None).with_row_index("sort_order")


def _indicator(level: str, code: str, name: str, maximum: int) -> dict[str, Any]:
    return {
        "indicator_level": level,
        "indicator_code": code,
        "printed_code": code,
        "name_vi": name,
        "name_en": f"{name} in English",
        "max_points": maximum / MICRO,
        "max_points_micro": maximum,
        "counted": True,
        "basis": "illustrative",
    }


def _assessment(figures: Figures) -> pl.DataFrame:
    shape = figures.shape
    broken = shape.comparability != "none"
    return pl.DataFrame(
        {
            "title_vi": [f"Chỉ số thử {shape.assessment_id}"],
            "title_en": [f"Made-up index {shape.assessment_id}"],
            "unit_set": [shape.unit_set],
            "compared_with": [shape.compared_with],
            "comparability": [shape.comparability],
            "break_vi": ["Đổi bộ chỉ số thử nghiệm." if broken else None],
            "break_en": ["The made-up framework changed." if broken else None],
            "period_start": [date(shape.year, 1, 1)],
            "period_end": [date(shape.year, 12, 31)],
            "n_units": [shape.units],
            "n_ranked": [shape.units - 1],
        },
        schema_overrides={"compared_with": pl.String, "break_vi": pl.String, "break_en": pl.String},
    )


def _revisions(shape: Shape) -> pl.DataFrame:
    numbers = range(1, shape.revisions + 1)
    return pl.DataFrame(
        {
            "revision_id": [f"{shape.assessment_id}-r{number:04d}-00000000" for number in numbers],
            "revision_no": numbers,
            "status": ["superseded"] * (shape.revisions - 1) + ["published"],
        }
    )


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


def _components(figures: Figures) -> pl.DataFrame:
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


def _observations(figures: Figures) -> pl.DataFrame:
    return _long(figures).with_columns(
        value=pl.col("place").cast(pl.Float64),
        value_micro=pl.col("place") * MICRO,
        source_cell=pl.format("H{}", pl.col("place") % 100 + 10),
        raw_text=pl.lit(HOSTILE_EVIDENCE if figures.shape.hostile else "12"),
    )


def _mains(figures: Figures) -> pl.DataFrame:
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


def _ranking(figures: Figures, before: Shape | None) -> pl.DataFrame:
    scopes = [("overall", "DTI", "overall", figures.total, figures.total_max)]
    scopes += [
        ("main", str(m + 1), f"concept_{m + 1}", figures.main[:, m], int(figures.main_max[m]))
        for m in range(figures.shape.mains)
    ]
    frames = [_scope(figures, *scope) for scope in scopes]
    frame = pl.concat(frames)
    if before is None:
        return frame.with_columns(prev_basis=pl.lit("none"), prev_break=pl.lit("none"))
    earlier = _ranking(Figures(before), None).select(
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


def _overall(ranking: pl.DataFrame) -> pl.DataFrame:
    return ranking.filter(pl.col("scope") == "overall")


def _stages(figures: Figures, ranking: pl.DataFrame) -> pl.DataFrame:
    rows = _overall(ranking).with_columns(points_micro=pl.Series(figures.total))
    return pl.concat([rows.with_columns(stage=pl.lit(s)) for s in ("self_scored", "final")])


def _groups(ranking: pl.DataFrame) -> pl.DataFrame:
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


def _changes(figures: Figures, ranking: pl.DataFrame) -> pl.DataFrame:
    shape = figures.shape
    rows = _overall(ranking).drop_nulls("rank").head(12 if shape.revisions > 1 else 0)
    return rows.drop("value_change", "rank_change", strict=False).with_columns(
        revision_from=pl.lit(f"{shape.assessment_id}-r0001-00000000"),
        value_from="value",
        value_to="value",
        rank_from=pl.col("rank") + 2,
        rank_to="rank",
    )


def _robustness(ranking: pl.DataFrame) -> pl.DataFrame:
    rank = pl.col("rank")
    rows = _overall(ranking).drop_nulls("rank")
    return rows.with_columns(
        rank_p05=pl.max_horizontal(rank - 2, pl.lit(1)),
        rank_p50=rank,
        rank_p95=rank + 3,
        rank_min=pl.max_horizontal(rank - 4, pl.lit(1)),
        rank_max=rank + 5,
        rank_without_decisive=rank,
    )


def _outlook(figures: Figures, ranking: pl.DataFrame) -> pl.DataFrame:
    better = pl.max_horizontal(pl.col("rank") - 1, pl.lit(1))
    ranks = _overall(ranking).select("unit_id", "rank", "n_ranked")
    rows = _components(figures).filter(pl.col("max_points_effective") > 0)
    group = ("group_code", "component_code")
    return rows.join(ranks, on="unit_id", maintain_order="left").with_columns(
        best_in_group=pl.col("points").max().over(group),
        median_in_group=pl.col("points").median().over(group).round(6),
        points_next=(pl.col("points") + pl.col("points_lost") / 2).round(6),
        points_target=pl.col("max_points_effective"),
        points_top=pl.col("max_points_effective"),
        rank_if_next=better,
        rank_if_target=better,
        rank_if_top=pl.when(pl.col("rank").is_not_null()).then(pl.lit(1)),
    )


# What the check says of the first components of the first main: one of each kind.
FINDINGS: Final = ("all_pass", "none_pass", "against_rest", "repeats_another", None)


def _index_check(figures: Figures) -> pl.DataFrame:
    rows: list[dict[str, Any]] = []
    for main, codes in enumerate(figures.codes[:-1]):
        common = {"main_code": str(main + 1), "n_units": figures.shape.units, "mean_share": 0.68125}
        finding = "weak_main" if main == 0 else None
        rows.append(
            {
                **common,
                "indicator_level": "main",
                "indicator_code": str(main + 1),
                "n_components": len(codes),
                "alpha": -0.123456 if main == 0 else 0.75,
                "correlation_main": 0.9,
                "finding": finding,
            }
        )
        rows += [
            {
                **common,
                "indicator_level": "component",
                "indicator_code": code,
                "n_components": 1,
                "share_at_maximum": 1.0 if (main, part) == (0, 0) else 0.125,
                "share_at_zero": 1.0 if (main, part) == (0, 1) else 0.0,
                "correlation_main": 0.5,
                "correlation_rest": -0.654321 if (main, part) == (0, 2) else 0.25,
                "nearest_code": codes[0],
                "nearest_correlation": 0.987654 if (main, part) == (0, 3) else 0.4,
                "alpha_without": 0.7,
                "finding": FINDINGS[part % len(FINDINGS)] if main == 0 else None,
            }
            for part, code in enumerate(codes)
        ]
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(
        finding_vi=pl.col("finding"), finding_en=pl.col("finding")
    )


def _targets(figures: Figures) -> pl.DataFrame:
    reached = [None if place % 3 == 0 else place % 3 == 1 for place in range(figures.shape.units)]
    return pl.DataFrame(
        {
            "unit_id": figures.ids,
            "unit_name": figures.names,
            "present_value": [{None: None, True: 80.0, False: 61.123456}[r] for r in reached],
            "is_reached": reached,
            "missing_by": [{None: None, True: 0.0, False: 8.876544}[r] for r in reached],
        },
        schema_overrides={"is_reached": pl.Boolean},
    )


def _reconciliation(figures: Figures) -> pl.DataFrame:
    return pl.DataFrame({"unit_id": figures.ids[:3], "unit_name": figures.names[:3]})


def _issues(figures: Figures) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "issue_no": [1, 2],
            "rule_id": ["evidence.missing", "number.ambiguous"],
            "severity": ["warning", "info"],
            "message_vi": [HOSTILE_EVIDENCE, OTHER_FORMULA],
            "message_en": [HOSTILE_EVIDENCE, OTHER_FORMULA],
            "unit_id": figures.ids[:2],
            "raw_text": [OTHER_FORMULA, "=1+1"],
        }
    )
