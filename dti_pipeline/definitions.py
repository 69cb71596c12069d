"""What Dagster loads: assets, checks, jobs and schedules over one data folder.

The only module that looks at files and the environment when it is imported: partitions are the
assessments that exist.
"""

import os
import warnings
from pathlib import Path

import dagster as dg
from dagster_shared.utils.warnings import PreviewWarning

from assets.assessment import assessment_assets
from assets.automation import (
    assess_job,
    delivery_sensor,
    publication_sensor,
    publish_job,
    yearly_schedule,
)
from assets.checks import assessment_checks
from assets.release import release
from assets.reports import onepagers, report_job, site, workbooks
from assets.resources import StageStore, WorkspaceResource
from dti_pipeline.index.assessments.load import assessment_ids
from dti_pipeline.workspace import Workspace


def build(data_dir: Path) -> dg.Definitions:
    """Build the definitions over a data folder.

    Args:
        data_dir: the folder with raw, config, store and published.
    """
    workspace = Workspace(data=data_dir)
    known = assessment_ids(search=workspace.config("assessments"))
    partitions = dg.StaticPartitionsDefinition(list(known))
    assets = assessment_assets(partitions)
    with warnings.catch_warnings():
        # Partitioned asset checks are marked as a preview in this release of Dagster; without the
        # partitions a check would load every assessment instead of the one that runs.
        warnings.simplefilter("ignore", category=PreviewWarning)
        checks = assessment_checks(partitions)
    assess, publish = assess_job(), publish_job()
    return dg.Definitions(
        assets=[*assets, release, site, workbooks, onepagers],
        asset_checks=checks,
        jobs=[assess, publish, report_job()],
        schedules=[yearly_schedule(assess, known)],
        sensors=[delivery_sensor(assess, known), publication_sensor(assess, publish)],
        resources={
            "workspace": WorkspaceResource(data_dir=str(data_dir)),
            "io_manager": StageStore(folder=str(data_dir / "dagster" / "stages")),
            "nothing": dg.mem_io_manager,
        },
        executor=dg.in_process_executor,
    )


defs = build(Path(os.environ.get("DTI_DATA", "data")).resolve())
