"""Dagster's Celery launcher, which also asks whether a worker is still at work on a run.

Loaded by `deploy/dagster.yaml` where several machines work; needs the extra `service`.
"""

from typing import Final

import dagster as dg
from dagster_celery.launcher import (  # type: ignore[attr-defined]
    CeleryRunLauncher,
    CheckRunHealthResult,  # Dagster has no public place for what a launcher answers
    WorkerStatus,
)
from dagster_celery.tags import DAGSTER_CELERY_TASK_ID_TAG

# A worker answers within milliseconds, also while it computes: a process beside it does that.
ANSWER_SECONDS: Final = 5.0


class AskingCeleryRunLauncher(CeleryRunLauncher):
    """The launcher of dagster-celery 0.29 calls a run alive once its task has started, for ever.

    A run that is called dead by mistake does no harm: it is computed twice, and the same revision
    or release is stored once.
    """

    def check_run_worker_health(self, run: dg.DagsterRun) -> CheckRunHealthResult:
        # Dagster asks about runs that have started, and looks again at one that is called dead:
        # it may have ended meanwhile.
        task_id = run.tags.get(DAGSTER_CELERY_TASK_ID_TAG)
        if task_id is None:
            return CheckRunHealthResult(WorkerStatus.FAILED, "The daemon died as it launched it.")
        task = self.celery.AsyncResult(task_id)
        if task.state != "STARTED":
            return CheckRunHealthResult(WorkerStatus.FAILED, f"Its Celery task is {task.state}.")
        worker = task.info["hostname"]
        question = self.celery.control.inspect(destination=[worker], timeout=ANSWER_SECONDS)
        if task_id not in (question.query_task(task_id) or {}).get(worker, {}):
            return CheckRunHealthResult(WorkerStatus.FAILED, f"Worker {worker} has died with it.")
        return CheckRunHealthResult(WorkerStatus.RUNNING)
