"""Jobs, schedule and sensors: assess what has changed, publish what was assessed."""

import json
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import dagster as dg
from sqlalchemy.exc import DBAPIError

from assets.execution import log_config
from assets.resources import ASSESSMENTS, PARTITIONS_NAME, WorkspaceResource
from dti_pipeline.index.assessments.load import YearlyTick, assessment_ids, derived_assessments
from dti_pipeline.intake.files.contents import digest_again
from dti_pipeline.intake.files.deliveries import FOLDERS, Delivery, list_deliveries
from dti_pipeline.store.revisions import Store
from dti_pipeline.version import RULES_VERSION

TIMEZONE = "Asia/Ho_Chi_Minh"
REASON_TAG = "dti/reason"
# Where several machines work, the queue lets one run of each of its values run at a time.
ALONE_TAG: Final = "dti/alone"
# What the steps of a dead run handed on lay with its worker: a retry computes all of them.
WHOLE_RETRY: Final = {"dagster/retry_strategy": "ALL_STEPS"}


@dg.failure_hook
def retry_where_dagster_lost_its_database(context: dg.HookContext) -> None:
    """Let Dagster's daemon run again what failed only because PostgreSQL went away meanwhile.

    A run has the tags of the one it repeats: another failure says that it is not to be retried.
    """
    is_lost = is_lost_database(context.op_exception)
    tags = {"dagster/retry_on_asset_or_op_failure": str(is_lost).lower()}
    context.instance.add_run_tags(context.run_id, tags)


def is_lost_database(error: BaseException | None) -> bool:
    """Say whether a connection to Dagster's database broke, or could not be opened.

    Dagster alone uses SQLAlchemy here. An error without a statement is one of opening: it is the
    cause of what dagster-postgres raises after some tries.
    """
    while error is not None:
        if isinstance(error, DBAPIError) and (error.connection_invalidated or not error.statement):
            return True
        error = error.__cause__
    return False


_job: Final = partial(dg.define_asset_job, hooks={retry_where_dagster_lost_its_database})
ASSESS: Final = _job(
    "assess",
    selection=dg.AssetSelection.assets("revision").upstream(),
    tags=WHOLE_RETRY,
    description="Deliveries of one assessment to a revision in the store.",
)
PUBLISH: Final = _job(
    "publish",
    selection=dg.AssetSelection.assets("release"),
    tags={**WHOLE_RETRY, ALONE_TAG: "publish"},
    description="Newest revision of every assessment to one release.",
)
FOLLOW: Final = _job(
    "follow",
    selection=dg.AssetSelection.assets("site", "duckdb_file"),
    tags={**WHOLE_RETRY, ALONE_TAG: "follow"},
    description="What stands beside every release: its site, and the DuckDB file for BI tools.",
)


def yearly_schedules(ticks: Mapping[str, YearlyTick]) -> list[dg.ScheduleDefinition]:
    """Build a schedule for every series of assessments that names its yearly tick.

    A tick computes only: publication itself fell anywhere from July to fourteen months later.

    Args:
        ticks: series, such as ``province``, and the tick of its newest assessment.
    """
    return [_yearly_schedule(series, tick) for series, tick in ticks.items()]


def _yearly_schedule(series: str, tick: YearlyTick) -> dg.ScheduleDefinition:
    @dg.schedule(
        job=ASSESS,
        cron_schedule=f"0 6 {tick.day} {tick.month} *",
        execution_timezone=TIMEZONE,
        name=f"yearly_{series.replace('-', '_')}",
        description=f"On {tick.day}/{tick.month}: assess {series} for the year before.",
    )
    def yearly(
        context: dg.ScheduleEvaluationContext, workspace: WorkspaceResource
    ) -> dg.RunRequest | dg.SkipReason:
        # Dagster hands the time over in UTC: on 1 January in Vietnam it is still the year before.
        local = context.scheduled_execution_time.astimezone(ZoneInfo(TIMEZONE))
        name = f"{series}-{local.year - 1}"
        # What `dti new` has made since the start counts.
        if name not in assessment_ids(search=workspace.paths.config("assessments")):
            newest = tick.assessment_ids[-1]
            return dg.SkipReason(
                f"there is no assessment {name}; create it with: dti new {name} --from {newest}"
            )
        if name not in workspace.paths.assessments_with_deliveries():
            return dg.SkipReason(f"{name} has no deliveries yet")
        context.instance.add_dynamic_partitions(PARTITIONS_NAME, [name])
        return dg.RunRequest(
            run_key=name,
            partition_key=name,
            run_config=log_config(),
            tags={REASON_TAG: f"yearly tick {local.year}"},
        )

    return yearly


def delivery_sensor(*, seconds: int = 60) -> dg.SensorDefinition:
    """Build the sensor that sees new, changed and removed deliveries, and keeps the partitions.

    Its cursor holds the content of every assessment's folder as file → hash, so it requests
    exactly the partitions that a delivery touches; `digest_again` says which files are read anew.
    What the cursor does not hold yet, at the first tick everything, is compared with what the store
    has computed. Within one tick, assessments are requested in the order in which their files were
    numbered.
    """

    @dg.sensor(
        job=ASSESS,
        name="new_deliveries",
        minimum_interval_seconds=seconds,
        description="Requests a run for every assessment whose deliveries changed.",
    )
    def new_deliveries(
        context: dg.SensorEvaluationContext, workspace: WorkspaceResource
    ) -> dg.SensorResult | dg.SkipReason:
        seen: dict[str, dict[str, str]] = json.loads(context.cursor or "{}")
        data, search = workspace.paths.data, workspace.paths.config("assessments")
        hashes = {str(data / p): h for files in seen.values() for p, h in files.items()}
        digest = partial(digest_again, hashes=hashes)
        requests: list[tuple[tuple[int, str], dg.RunRequest]] = []
        delivered = workspace.paths.assessments_with_deliveries()
        derived = derived_assessments(search=search)
        followers = [name for name, source in derived.items() if source in delivered]
        ids = assessment_ids(search=search)
        chosen = list(dict.fromkeys([*delivered, *followers]))
        for assessment_id in chosen:
            if assessment_id not in ids:
                context.log.warning("%s has deliveries but no assessment file", assessment_id)
                continue
            # A delivery touches what is derived from its assessment as well.
            deliveries = [
                delivery
                for folder in filter(None, (derived.get(assessment_id), assessment_id))
                for delivery in list_deliveries(workspace.paths, folder, digest=digest).deliveries
            ]
            if assessment_id in seen:
                before = {path: entry.split()[0] for path, entry in seen[assessment_id].items()}
            else:
                before = _computed_from(workspace.store, assessment_id)
            if before != {delivery.path: delivery.sha256 for delivery in deliveries}:
                requests.append(_request(assessment_id, deliveries, before=before))
            paths = [delivery.path for delivery in deliveries]
            seen[assessment_id] = {path: hashes[str(data / path)] for path in paths}
        partitions = set(context.instance.get_dynamic_partitions(PARTITIONS_NAME))
        added = [name for name in chosen if name in ids and name not in partitions]
        removed = sorted(partitions.difference(chosen))
        cursor = json.dumps(seen, ensure_ascii=False, sort_keys=True)
        nothing = dg.SkipReason("no delivery is new, changed or gone")
        if context.cursor and not requests and not added and not removed:
            context.update_cursor(cursor)
            return nothing
        ordered = [request for _, request in sorted(requests, key=lambda entry: entry[0])]
        return dg.SensorResult(
            run_requests=ordered,
            skip_reason=None if ordered else nothing,
            cursor=cursor,
            dynamic_partitions_requests=[
                *([ASSESSMENTS.build_add_request(added)] if added else []),
                *([ASSESSMENTS.build_delete_request(removed)] if removed else []),
            ],
        )

    return new_deliveries


def _computed_from(store: Store, assessment_id: str) -> dict[str, str]:
    """Return path → hash of the deliveries that the newest revision was computed from."""
    revisions = [r for r in store.revisions(assessment_id) if not r.is_provisional]
    if not revisions or revisions[-1].rules_version != RULES_VERSION:
        return {}
    kinds = FOLDERS.values()
    return {e["path"]: e["sha256"] for e in revisions[-1].inputs if e["role"] in kinds}


def _request(
    assessment_id: str, deliveries: Sequence[Delivery], *, before: dict[str, str]
) -> tuple[tuple[int, str], dg.RunRequest]:
    """Return a run request with its reason, and what orders it among the others."""
    changed = [one for one in deliveries if before.get(one.path) != one.sha256]
    removed = sorted(set(before) - {one.path for one in deliveries})
    names = [one.path.rpartition("/")[2] for one in changed] + [f"-{path}" for path in removed]
    reason = f"{len(names)} deliveries: {', '.join(names[:3])}" + (" …" if len(names) > 3 else "")
    first = min((one.delivery_no for one in changed), default=0)
    # No run key: the cursor tells what was seen, and files that come back must be computed again.
    request = dg.RunRequest(
        partition_key=assessment_id, run_config=log_config(), tags={REASON_TAG: reason}
    )
    return (first, assessment_id), request


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[ASSESS],
    request_job=PUBLISH,
    name="publish_after_assess",
    description="Publishes the newest revisions once an assessment has been computed.",
)
def publish_after_assess(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
    # Without a reason of its own: the release says what is new in it, which may be more than the
    # run that woke the sensor.
    return _unless_queued(PUBLISH.name, context)


@dg.run_status_sensor(
    run_status=dg.DagsterRunStatus.SUCCESS,
    monitored_jobs=[PUBLISH],
    request_job=FOLLOW,
    name="follow_after_publish",
    description="Writes site and DuckDB file of the new release once it is published.",
)
def follow_after_publish(context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
    return _unless_queued(FOLLOW.name, context)


def _unless_queued(job: str, context: dg.RunStatusSensorContext) -> dg.RunRequest | dg.SkipReason:
    """Request a run, unless one waits that has yet to look at what is newest."""
    waiting = dg.RunsFilter(job_name=job, statuses=[dg.DagsterRunStatus.QUEUED])
    if context.instance.get_runs_count(waiting):
        return dg.SkipReason(f"a run of {job} that will take this along waits already")
    return dg.RunRequest(run_key=context.dagster_run.run_id, run_config=log_config())
