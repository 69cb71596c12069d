"""The Celery worker of this project, where several machines work; needs the extra `service`.

    celery --app assets.celery_worker worker --queues dagster --hostname NAME@%h

Celery itself takes the address of Redis from CELERY_BROKER_URL and CELERY_RESULT_BACKEND.
"""

import json
import signal
import subprocess
import sys
from typing import Any

from dagster_celery.config import TASK_EXECUTE_JOB_NAME
from dagster_celery.make_app import make_app

app = make_app()
app.conf.update(
    broker_connection_retry_on_startup=True,
    worker_concurrency=1,
    # A worker takes a run when it is free, not before: a waiting run is not lost with a worker.
    worker_disable_prefetch=True,
    worker_prefetch_multiplier=1,
)


@app.task(name=TASK_EXECUTE_JOB_NAME, track_started=True)  # type: ignore[untyped-decorator]
def execute_run(execute_job_args_packed: dict[str, Any]) -> None:
    """Execute a run in a process of its own, as Dagster does on one machine.

    dagster-celery executes it in Celery's process, which may not start others, and deliveries are
    read in such. The process belongs to the worker's group: they are killed together.

    Raises:
        subprocess.CalledProcessError: the run failed, or its process died.
    """
    # Without the instance of the daemon, whose folders are another machine's: DAGSTER_HOME says it.
    own = execute_job_args_packed | {"instance_ref": None}
    command = [sys.executable, "-m", "dagster", "api", "execute_run"]
    with subprocess.Popen([*command, json.dumps(own)]) as process:
        # Who terminates the run in Dagster sends this; the run then says that it was cancelled.
        signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
