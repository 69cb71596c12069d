"""Jobs and schedules: assess one assessment, publish the newest revisions."""

from collections.abc import Sequence

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

TIMEZONE = "Asia/Ho_Chi_Minh"


def assess_job() -> UnresolvedAssetJobDefinition:
    """Build the partitioned job: deliveries of one assessment to its revision."""
    return dg.define_asset_job(
        "assess",
        selection=dg.AssetSelection.assets("revision").upstream(),
        description="Deliveries of one assessment to a revision in the store.",
    )


def publish_job() -> UnresolvedAssetJobDefinition:
    """Build the job that publishes the newest revisions in one release."""
    return dg.define_asset_job(
        "publish",
        selection=dg.AssetSelection.assets("release"),
        description="Newest revision of every assessment to one release.",
    )


def yearly_schedule(
    job: UnresolvedAssetJobDefinition, assessment_ids: Sequence[str]
) -> dg.ScheduleDefinition:
    """Build the yearly schedule: the provincial assessment of the year that has just ended.

    It ticks on 1 July, when reports of the year before are due at the latest. Publication itself
    fell anywhere from July to fourteen months later, so a tick only computes.
    """

    @dg.schedule(
        job=job,
        cron_schedule="0 6 1 7 *",
        execution_timezone=TIMEZONE,
        name="yearly_assessment",
        description="On 1 July: assess the provinces for the year before.",
    )
    def yearly_assessment(
        context: dg.ScheduleEvaluationContext,
    ) -> dg.RunRequest | dg.SkipReason:
        year = context.scheduled_execution_time.year - 1
        wanted = f"province-{year}"
        if wanted not in assessment_ids:
            return dg.SkipReason(
                f"there is no assessment {wanted}; create it with: dti new {wanted} --from …"
            )
        return dg.RunRequest(
            run_key=wanted, partition_key=wanted, tags={"dti/reason": f"yearly tick {year + 1}"}
        )

    return yearly_assessment
