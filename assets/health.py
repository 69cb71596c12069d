"""Whether the service is at work: Dagster's daemons, sensors that tick, the last runs."""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import dagster as dg

from dti_pipeline.reports.figures import moment
from schemas.messages import message
from schemas.text import Text

SILENT_MINUTES: Final = 15
"""After how many minutes without a tick a sensor counts as silent; DTI_ALERT_MINUTES sets it."""
MOST_ERROR: Final = 200
"""Characters of an error that are shown."""


def running_sensors(instance: dg.DagsterInstance) -> list[Any]:
    states = instance.all_instigator_state()
    return [s for s in states if s.is_running and s.instigator_type.value == "SENSOR"]


def silence() -> timedelta:
    """Return how long a sensor may be silent."""
    text = os.environ.get("DTI_ALERT_MINUTES") or str(SILENT_MINUTES)
    return timedelta(minutes=int(text) if text.isdecimal() else SILENT_MINUTES)


def service_problems(
    instance: dg.DagsterInstance, *, now: datetime | None = None
) -> Iterator[tuple[str, Text]]:
    """Yield what is wrong, each with a key that stays while it lasts."""
    now = now or datetime.now(UTC)
    states = running_sensors(instance)
    if states:
        for name, status in instance.get_daemon_statuses().items():
            if status.required and not status.healthy:
                yield f"daemon {name}", message("health.daemon_stopped", name=name.lower())
    for state in states:
        name = state.instigator_name
        data = state.instigator_data
        latest = max(
            filter(None, (data.last_tick_timestamp, data.last_sensor_start_timestamp)), default=0.0
        )
        since = datetime.fromtimestamp(latest, UTC)
        if now - since > silence():
            yield (
                f"silent {name}",
                message("health.sensor_silent", name=name, since=moment(since)),
            )
        for tick in instance.get_ticks(state.instigator_origin_id, state.selector_id, limit=1):
            if tick.error is not None:
                error = (tick.error.cause or tick.error).message.strip()[:MOST_ERROR]
                yield f"failed {name}", message("health.sensor_failed", name=name, error=error)


def failed_runs(
    instance: dg.DagsterInstance, partitions: Sequence[str]
) -> Iterator[tuple[str, Text]]:
    """Yield the assessments, and the steps after them, whose last run failed."""
    jobs = [*(("assess", name) for name in partitions), ("publish", None), ("follow", None)]
    for job, partition in jobs:
        tags = {"dagster/partition": partition} if partition else {}
        filters = dg.RunsFilter(job_name=job, tags=tags)
        for run in instance.get_runs(filters=filters, limit=1):
            if run.status == dg.DagsterRunStatus.FAILURE:
                details = {"run": run.run_id[:8], "partition": partition}
                yield f"run {run.run_id}", message(f"health.{job}_failed", **details)
