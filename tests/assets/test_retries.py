"""A queue's run that only lost Dagster's database is run again by the daemon; others are not."""

import logging
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
import yaml
from dagster._core.test_utils import create_run_for_test, in_process_test_workspace
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.context import WorkspaceRequestContext
from dagster._daemon.auto_run_reexecution.auto_run_reexecution import (
    consume_new_runs_for_automatic_reexecution,
)
from sqlalchemy.exc import DBAPIError, OperationalError

from assets.alerts import alert_sensors
from assets.automation import ASSESS, FOLLOW, PUBLISH
from tests.conftest import REPOSITORY

RETRIES = 2

# Dagster itself asks every schedule for it.
pytestmark = pytest.mark.filterwarnings("ignore:Property .*environment_vars:DeprecationWarning")


def lost_database(error: type[DBAPIError], statement: str | None, text: str) -> DBAPIError:
    return error(statement, {}, Exception(text), connection_invalidated=statement is not None)


UNREACHABLE = RuntimeError("too many retries for DB connection")
UNREACHABLE.__cause__ = lost_database(OperationalError, None, "Connection refused")
ERRORS: dict[str, Exception] = {
    "lost": lost_database(OperationalError, "INSERT", "server closed the connection unexpectedly"),
    "lost_between_two_reads": lost_database(DBAPIError, "SELECT", "cursor closed"),
    "unreachable": UNREACHABLE,
    "disk_full": OperationalError("INSERT", {}, Exception("could not extend file")),
    "fault": ValueError("a fault of the program"),
}


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """Keep runs as the queue's settings say, and execute each as it is submitted."""
    settings = yaml.safe_load((REPOSITORY / "deploy/dagster.yaml").read_text("utf-8"))
    overrides = {
        "run_retries": settings["run_retries"] | {"max_retries": RETRIES},
        "run_coordinator": {
            "module": "dagster.core.run_coordinator",
            "class": "DefaultRunCoordinator",
        },
        "run_launcher": {
            "module": "dagster._core.launcher.sync_in_memory_run_launcher",
            "class": "SyncInMemoryRunLauncher",
        },
    }
    with dg.instance_for_test(overrides, temp_dir=str(tmp_path)) as instance:
        yield instance


@pytest.fixture
def workspace(instance: dg.DagsterInstance) -> Iterator[WorkspaceRequestContext]:
    origin = LoadableTargetOrigin(module_name="dti_pipeline.definitions", attribute="defs")
    with in_process_test_workspace(instance, origin) as workspace:
        yield workspace


def runs_of(
    instance: dg.DagsterInstance, workspace: WorkspaceRequestContext
) -> list[dg.DagsterRun]:
    """Publish, and let the daemon look at what failed until nothing new has."""
    (location,) = workspace.code_locations
    (repository,) = location.get_repositories().values()
    job = repository.get_full_job(PUBLISH.name)
    run = create_run_for_test(
        instance,
        job_name=PUBLISH.name,
        remote_job_origin=job.get_remote_origin(),
        job_code_origin=job.get_python_origin(),
        tags=PUBLISH.tags,
    )
    instance.submit_run(run.run_id, workspace)
    daemon: Any = SimpleNamespace(instance=instance, create_request_context=lambda: workspace)
    for _ in range(RETRIES + 2):
        records = instance.get_run_records()
        list(consume_new_runs_for_automatic_reexecution(daemon, records, logging.getLogger()))
    return [record.dagster_run for record in reversed(instance.get_run_records())]


def tell(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Let `alert_on_failure` look at a failed run."""
    records = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.RUN_FAILURE)
    (record,) = records.records
    context = dg.build_run_status_sensor_context(
        sensor_name="alert_on_failure",
        dagster_event=record.event_log_entry.get_dagster_event(),
        dagster_instance=instance,
        dagster_run=run,
    )
    alert_sensors()[0](context.for_run_failure())


@pytest.mark.parametrize(
    ("errors", "statuses", "letters"),
    [
        ("lost", "FAILURE SUCCESS", 0),
        ("lost_between_two_reads", "FAILURE SUCCESS", 0),
        ("unreachable", "FAILURE SUCCESS", 0),
        ("unreachable lost", "FAILURE FAILURE SUCCESS", 0),
        ("lost lost lost lost lost lost lost lost lost", "FAILURE FAILURE FAILURE", 1),
        ("fault", "FAILURE", 1),
        ("disk_full", "FAILURE", 1),
        ("lost fault", "FAILURE FAILURE", 1),
    ],
)
def test_only_what_lost_the_database_is_run_again_and_only_the_last_try_is_told(
    errors: str,
    statuses: str,
    letters: int,
    instance: dg.DagsterInstance,
    workspace: WorkspaceRequestContext,
    mailbox: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    storage, waiting = type(instance.event_log_storage), [ERRORS[name] for name in errors.split()]
    store_event = storage.store_event

    def store(self: Any, event: Any) -> None:
        if event.dagster_event_type == dg.DagsterEventType.STEP_START and waiting:
            raise waiting.pop(0)
        store_event(self, event)

    manifest = {"files": {}, "content_hash": ""}
    publication = SimpleNamespace(
        release_id="r0001", folder=Path("r0001"), revisions={}, manifest=manifest
    )
    monkeypatch.setattr("assets.release.publish_newest", lambda *_, **__: (publication, True))
    monkeypatch.setattr(storage, "store_event", store)
    runs = runs_of(instance, workspace)
    assert " ".join(run.status.value for run in runs) == statuses
    assert {run.root_run_id or run.run_id for run in runs} == {runs[0].run_id}
    for run in runs:
        if run.status == dg.DagsterRunStatus.FAILURE:
            tell(instance, run)
    assert len(mailbox) == letters


def test_every_job_of_the_queue_is_run_again() -> None:
    assert ASSESS.hooks == PUBLISH.hooks == FOLLOW.hooks
