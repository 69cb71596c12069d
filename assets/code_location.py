"""Assets, checks, jobs, schedules and sensors over one data folder, as Dagster's definitions."""

import os
from collections.abc import Sequence
from pathlib import Path

import dagster as dg

from assets.alerts import alert_sensors
from assets.assessment import assessment_assets
from assets.automation import (
    ASSESS,
    FOLLOW,
    PUBLISH,
    delivery_sensor,
    follow_after_publish,
    publish_after_assess,
    yearly_schedules,
)
from assets.execution import logs_json
from assets.release import release
from assets.reports import REPORT, duckdb_file, onepagers, site, workbooks
from assets.resources import ASSESSMENTS, StageStore, WorkspaceResource
from dti_pipeline.index.assessments.load import yearly_ticks
from dti_pipeline.workspace import Workspace


def build(data_dir: Path, *, assessments: Sequence[str] | None = None) -> dg.Definitions:
    """Build the definitions over a data folder.

    Args:
        data_dir: the folder with raw, config, store and published.
        assessments: the partitions of an instance that ends with its run. None: those that a kept
            instance keeps, with what one stage hands to the next as Parquet files, for inspection
            and for rerunning one stage. It looks partitions up at every input of a step, which
            takes a tenth of a run.
    """
    stages = str(data_dir / "dagster" / "stages") if assessments is None else ""
    partitions = ASSESSMENTS if assessments is None else dg.StaticPartitionsDefinition(assessments)
    workspace = Workspace(data=data_dir)
    assets = assessment_assets(partitions)
    seconds = int(os.environ.get("DTI_SENSOR_SECONDS", "60"))
    return dg.Definitions(
        assets=[*assets, release, site, workbooks, onepagers, duckdb_file],
        jobs=[ASSESS, PUBLISH, FOLLOW, REPORT],
        schedules=yearly_schedules(yearly_ticks(search=workspace.config("assessments"))),
        sensors=[
            delivery_sensor(seconds=seconds),
            publish_after_assess,
            follow_after_publish,
            *alert_sensors(seconds=seconds),
        ],
        resources={
            "workspace": WorkspaceResource(data_dir=str(data_dir)),
            "io_manager": StageStore(folder=stages),
            "nothing": dg.mem_io_manager,
        },
        executor=dg.in_process_executor,
        # Lines of JSON with the id of the run, for whatever collects logs.
        loggers={"console": dg.json_console_logger} if logs_json() else None,
    )
