"""What `deploy/` says is what Dagster and Celery understand."""

import threading
from typing import Any

import pytest
import yaml

pytest.importorskip("dagster_celery")

from dagster import DagsterRun
from dagster._core.instance.config import dagster_instance_config
from dagster._core.launcher import WorkerStatus

from assets import celery_launcher
from assets.automation import ALONE_TAG, ASSESS, FOLLOW, PUBLISH
from tests.servers import Redis
from tests.service.cluster import DEPLOY

TASK = "a-task"


def test_dagster_takes_the_settings(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("DTI_WORKERS", "2")
    (tmp_path / "dagster.yaml").write_bytes((DEPLOY / "dagster.yaml").read_bytes())
    settings, _ = dagster_instance_config(str(tmp_path))
    assert settings["run_monitoring"]["max_resume_run_attempts"] == 0
    assert settings["run_retries"]["retry_on_asset_or_op_failure"] is False
    limits = settings["run_coordinator"]["config"]["tag_concurrency_limits"]
    assert {(limit["key"], limit["limit"]) for limit in limits} == {
        ("dagster/partition", 1),
        (ALONE_TAG, 1),
    }
    assert settings["retention"]["sensor"]["purge_after_days"]["skipped"] == 1
    launcher = settings["run_launcher"]
    assert hasattr(celery_launcher, launcher["class"])
    assert launcher["module"] == celery_launcher.__name__


@pytest.mark.parametrize("job", [ASSESS, PUBLISH, FOLLOW])
def test_a_dead_run_is_computed_anew_from_its_first_step(job) -> None:
    assert job.tags["dagster/retry_strategy"] == "ALL_STEPS"


def test_publications_and_sites_are_made_one_at_a_time() -> None:
    assert (PUBLISH.tags[ALONE_TAG], FOLLOW.tags[ALONE_TAG]) == ("publish", "follow")
    assert ALONE_TAG not in ASSESS.tags


def test_the_first_page_and_usage_reports_are_off() -> None:
    settings = yaml.safe_load((DEPLOY / "dagster.yaml").read_text("utf-8"))
    assert (settings["telemetry"]["enabled"], settings["nux"]["enabled"]) == (False, False)


@pytest.mark.parametrize(
    ("task", "state", "answer", "status"),
    [
        (None, "STARTED", {"one@here": {TASK: ["active", {}]}}, WorkerStatus.FAILED),
        (TASK, "STARTED", {"one@here": {TASK: ["active", {}]}}, WorkerStatus.RUNNING),
        (TASK, "STARTED", {"one@here": {}}, WorkerStatus.FAILED),
        (TASK, "STARTED", None, WorkerStatus.FAILED),
        (TASK, "SUCCESS", {"one@here": {TASK: ["active", {}]}}, WorkerStatus.FAILED),
        (TASK, "FAILURE", {"one@here": {}}, WorkerStatus.FAILED),
        (TASK, "PENDING", None, WorkerStatus.FAILED),
    ],
    ids=[
        "the daemon died before it noted the task",
        "the worker is at work on it",
        "the worker was started again",
        "no worker of that name answers",
        "the task ended and the run did not",
        "the process of the run died",
        "Redis has forgotten it",
    ],
)
def test_a_run_is_alive_while_a_worker_is_at_work_on_it(
    monkeypatch: pytest.MonkeyPatch,
    task: str | None,
    state: str,
    answer: Any,
    status: WorkerStatus,
) -> None:
    launcher = celery_launcher.AskingCeleryRunLauncher(
        default_queue="dagster", broker="memory://", backend="cache+memory://"
    )
    if state != "PENDING":
        launcher.celery.backend.store_result(TASK, {"hostname": "one@here"}, state)
    monkeypatch.setattr("celery.app.control.Inspect.query_task", lambda self, *ids: answer)
    tags = {celery_launcher.DAGSTER_CELERY_TASK_ID_TAG: task} if task else {}
    run = DagsterRun(job_name="assess", tags=tags)
    assert launcher.check_run_worker_health(run).status == status


def test_a_launch_waits_for_a_redis_that_died() -> None:
    settings = yaml.safe_load((DEPLOY / "dagster.yaml").read_text("utf-8"))
    options = settings["run_launcher"]["config"]["config_source"]
    with Redis() as redis:
        launcher = celery_launcher.AskingCeleryRunLauncher(
            "dagster", redis.address, redis.address, config_source=options
        )
        first = launcher.celery.send_task("first", queue="dagster")
        redis.kill()
        again = threading.Timer(2, redis.start)
        again.start()
        second = launcher.celery.send_task("second", queue="dagster")
        assert second.state == "PENDING"
        for task in (first, second):
            task.forget()  # else it asks a Redis that has ended when it is collected
        again.join()
