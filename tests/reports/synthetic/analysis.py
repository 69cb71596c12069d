"""What is computed from the ranking of a made-up assessment, and what is asked of it."""

from typing import Any, Final

import polars as pl

from tests.reports.synthetic.figures import HOSTILE_EVIDENCE, OTHER_FORMULA, Figures
from tests.reports.synthetic.scores import component_rows, overall_rows


def robustness_rows(ranking: pl.DataFrame) -> pl.DataFrame:
    rank = pl.col("rank")
    rows = overall_rows(ranking).drop_nulls("rank")
    return rows.with_columns(
        rank_p05=pl.max_horizontal(rank - 2, pl.lit(1)),
        rank_p50=rank,
        rank_p95=rank + 3,
        rank_min=pl.max_horizontal(rank - 4, pl.lit(1)),
        rank_max=rank + 5,
        rank_without_decisive=rank,
    )


def outlook_rows(figures: Figures, ranking: pl.DataFrame) -> pl.DataFrame:
    better = pl.max_horizontal(pl.col("rank") - 1, pl.lit(1))
    ranks = overall_rows(ranking).select("unit_id", "rank", "n_ranked")
    rows = component_rows(figures).filter(pl.col("max_points_effective") > 0)
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


def index_check_rows(figures: Figures) -> pl.DataFrame:
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


def target_rows(figures: Figures) -> pl.DataFrame:
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


def reconciliation_rows(figures: Figures) -> pl.DataFrame:
    return pl.DataFrame({"unit_id": figures.ids[:3], "unit_name": figures.names[:3]})


def issue_rows(figures: Figures) -> pl.DataFrame:
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
