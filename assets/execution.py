"""Execute a job for the command line by Dagster's own in-process execution.

With DAGSTER_HOME set the run stays on that instance, for the user interface; else nothing is kept.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import dagster as dg
import polars as pl

from assets.checks import NOTHING_BLOCKS
from assets.resources import PARTITIONS_NAME
from schemas.issues.issue import blocking

QUIET: Final = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Event messages of Dagster are for its user interface; a person at the terminal gets ours."""

_CLASS_PREFIX: Final = re.compile(r"^[\w.]+: ")


@dataclass(frozen=True)
class Failure:
    """A step that failed: an asset or check, the name of the error's class, its message."""

    step: str
    error: str
    text: str
    traceback: str


@dataclass(frozen=True)
class Outcome:
    """What came of a job.

    Attributes:
        metadata: by asset, what it said about its result; assets that did not run are missing.
        blocking: the issues that stopped the job; None if no blocking check failed.
    """

    metadata: Mapping[str, Mapping[str, Any]]
    blocking: pl.DataFrame | None = None
    failures: tuple[Failure, ...] = ()

    @property
    def is_done(self) -> bool:
        return self.blocking is None and not self.failures


def logs_json() -> bool:
    return os.environ.get("DTI_LOG") == "json"


def log_config() -> dict[str, Any]:
    """Return the settings of a run whose logs are lines of JSON; none where nobody asks for them.

    Without a setting of its own, a run has Dagster's logger for people.
    """
    return {"loggers": {"console": {"config": {"log_level": "DEBUG"}}}} if logs_json() else {}


@contextmanager
def open_instance() -> Iterator[dg.DagsterInstance]:
    """Yield the instance of DAGSTER_HOME, else one that keeps nothing."""
    is_kept = bool(os.environ.get("DAGSTER_HOME"))
    with dg.DagsterInstance.get() if is_kept else dg.DagsterInstance.ephemeral() as instance:
        yield instance


def execute(
    definitions: dg.Definitions,
    job: str,
    *,
    instance: dg.DagsterInstance,
    partition: str | None = None,
    settings: Mapping[str, dg.Config] | None = None,
) -> Outcome:
    """Execute a job; what assets raise becomes failures, what a person stops stops.

    Args:
        partition: the assessment of a partitioned job.
        settings: by asset.

    Raises:
        KeyboardInterrupt: if a signal ended it, which Dagster makes a failure like any other.
    """
    ops = {name: {"config": dict(config)} for name, config in (settings or {}).items()}
    if partition is not None:
        instance.add_dynamic_partitions(PARTITIONS_NAME, [partition])
    result = definitions.resolve_job_def(job).execute_in_process(
        partition_key=partition,
        instance=instance,
        raise_on_error=False,
        run_config=(log_config() or QUIET) | {"ops": ops},
        tags={"dti/reason": "dti run"},
    )
    metadata = {
        event.asset_key.to_user_string(): {
            name: value.value for name, value in event.materialization.metadata.items()
        }
        for event in result.get_asset_materialization_events()
        if event.asset_key is not None
    }
    if result.success:
        return Outcome(metadata)
    failed = {e.check_name for e in result.get_asset_check_evaluations() if not e.passed}
    if NOTHING_BLOCKS.name in failed:
        stage: Any = definitions.load_asset_value(
            "accepted_values", instance=instance, partition_key=partition
        )
        return Outcome(metadata, blocking=blocking(stage["issues"]))
    steps = tuple(failures(result.all_events))
    if any(step.error == dg.DagsterExecutionInterruptedError.__name__ for step in steps):
        raise KeyboardInterrupt
    return Outcome(metadata, failures=steps)


def failures(events: Iterable[dg.DagsterEvent]) -> Iterator[Failure]:
    """Yield every step that failed, without Dagster's own frame around its error.

    Where none did, as when a bucket is silent before the first step, it is the run that failed.
    """
    failed = [event for event in events if event.is_step_failure or event.is_job_failure]
    for event in [event for event in failed if event.is_step_failure] or failed:
        is_step = event.is_step_failure
        error = event.step_failure_data.error if is_step else event.job_failure_data.error
        if error is not None:
            error = error.cause or error
            message = error.message.strip()
            yield Failure(
                step=event.step_key or event.job_name,
                error=str(error.cls_name),
                text=_CLASS_PREFIX.sub("", message),
                traceback="".join(["Traceback (most recent call last):\n", *error.stack, message]),
            )
