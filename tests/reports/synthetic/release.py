"""Releases made up for tests and benchmarks of reports: any size, every table filled.

Nothing in here goes through the pipeline: reports read a release and nothing else, so a release is
all they need. Figures are random but lawful, and every table passes its contract when it is
published. All rows are marked as samples.
"""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from dti_pipeline.release.folder import Release
from dti_pipeline.release.releases import Published
from dti_pipeline.release.tables import complete
from dti_pipeline.results.on_demand import OnDemand
from dti_pipeline.store.revisions import Revision
from schemas.catalogue import TABLES
from schemas.contract import Table
from tests.reports.synthetic.analysis import (
    index_check_rows,
    issue_rows,
    outlook_rows,
    reconciliation_rows,
    robustness_rows,
    target_rows,
)
from tests.reports.synthetic.dimensions import (
    assessment_rows,
    indicator_rows,
    revision_rows,
    tile_rows,
    unit_rows,
)
from tests.reports.synthetic.figures import Figures, Shape
from tests.reports.synthetic.scores import (
    change_rows,
    component_rows,
    group_rows,
    main_rows,
    observation_rows,
    overall_rows,
    ranking_rows,
    stage_rows,
)

# Columns that hold one value in every row, by table.
CONSTANTS: Final = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


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
    return complete(OnDemand(found), frameworks={}, assessments=[])


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
    ranking = ranking_rows(figures, before)
    parts = {
        "dim_unit": unit_rows(figures),
        "bridge_unit_succession": pl.DataFrame(schema=TABLES["bridge_unit_succession"].schema()),
        "dim_tile": tile_rows(figures),
        "dim_indicator": indicator_rows(figures),
        "dim_assessment": assessment_rows(figures),
        "dim_revision": revision_rows(shape),
        "fact_observation": observation_rows(figures),
        "fact_reconciliation": reconciliation_rows(figures),
        "fact_component_score": component_rows(figures),
        "fact_main_score": main_rows(figures),
        "fact_stage_score": stage_rows(figures, ranking),
        "fact_ranking": ranking,
        "fact_group_summary": group_rows(ranking),
        "fact_change": change_rows(figures, ranking),
        "fact_robustness": robustness_rows(ranking),
        "fact_component_outlook": outlook_rows(figures, ranking),
        "fact_index_check": index_check_rows(figures),
        "fact_target": target_rows(figures),
        "dq_issue": issue_rows(figures),
        "ranking_wide": overall_rows(ranking),
    }
    return {name: fill(frame, TABLES[name], shape) for name, frame in parts.items()}
