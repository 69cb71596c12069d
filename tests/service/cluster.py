"""Several machines on one: PostgreSQL, Redis, Dagster's daemon and Celery workers as processes.

Each process has what `deploy/` gives it, and a home and a temporary folder of its own: nothing is
shared but the data, PostgreSQL and Redis. Every process leads a group, which `kill` ends at once,
with all that it started.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg
import yaml

from tests.conftest import REPOSITORY
from tests.servers import PostgreSQL, Redis

DEPLOY = REPOSITORY / "deploy"
PROGRAMS = Path(sys.executable).parent


@dataclass
class Cluster:
    """A running service.

    Attributes:
        folder: homes and logs of its machines.
        variables: the environment all of them have.
        poll_seconds: how often runs whose worker died are looked for.
        start_seconds: within which a run must start once it is given to Celery.
    """

    folder: Path
    variables: Mapping[str, str]
    postgresql: PostgreSQL
    redis: Redis
    poll_seconds: int
    start_seconds: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def home(self, machine: str) -> dict[str, str]:
        """Make the folders of a machine; return its environment."""
        home = self.folder / machine
        if not home.exists():
            settings = yaml.safe_load((DEPLOY / "dagster.yaml").read_text("utf-8"))
            settings["run_monitoring"] |= {
                "poll_interval_seconds": self.poll_seconds,
                "start_timeout_seconds": self.start_seconds,
            }
            (home / "tmp").mkdir(parents=True)
            (home / "dagster.yaml").write_text(yaml.safe_dump(settings), "utf-8")
        own = {
            "DAGSTER_HOME": str(home),
            "TMPDIR": str(home / "tmp"),
            "XDG_CACHE_HOME": str(home / "cache"),
            "PYTHONPATH": str(REPOSITORY),
        }
        return {**os.environ, **self.variables, **own}

    def start(self, machine: str) -> None:
        """Start the process of a machine: `daemon`, or a worker of another name."""
        if machine == "daemon":
            command = ["dagster-daemon", "run", "-w", str(DEPLOY / "workspace.yaml")]
        else:
            command = ["celery", "--app", "assets.celery_worker", "worker"]
            command += ["--queues", "dagster", "--hostname", f"{machine}@%h"]
        with (self.folder / f"{machine}.log").open("ab") as log:
            self.processes[machine] = subprocess.Popen(
                [PROGRAMS / command[0], *command[1:]],
                cwd=self.folder,
                env=self.home(machine),
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def kill(self, machine: str) -> None:
        """End a machine's processes at once, as a power cut does."""
        process = self.processes.pop(machine)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def dagster(self, *arguments: str) -> None:
        """Run the command `dagster` on the deployed workspace."""
        command = [PROGRAMS / "dagster", *arguments, "-w", DEPLOY / "workspace.yaml"]
        done = subprocess.run(
            command, capture_output=True, text=True, env=self.home("desk"), check=False
        )
        assert done.returncode == 0, done.stderr

    def runs(self, job: str) -> list[dg.DagsterRun]:
        """Return the runs of a job, oldest first."""
        with self.instance() as instance:
            return list(reversed(instance.get_runs(dg.RunsFilter(job_name=job))))

    @contextmanager
    def instance(self) -> Iterator[dg.DagsterInstance]:
        before = dict(os.environ)
        os.environ.update(self.home("desk"))
        try:
            with dg.DagsterInstance.get() as instance:
                yield instance
        finally:
            os.environ.clear()
            os.environ.update(before)

    def wait(self, condition: Callable[[], bool], *, seconds: float) -> None:
        """Wait for a condition; start again what ended by itself, as systemd does."""
        deadline = time.monotonic() + seconds
        while not condition():
            for machine, process in list(self.processes.items()):
                if process.poll() is not None:
                    self.start(machine)
            assert time.monotonic() < deadline, self.logs()
            time.sleep(0.5)

    def logs(self) -> str:
        return "\n".join(
            f"== {path.name}\n" + "\n".join(path.read_text("utf-8").splitlines()[-40:])
            for path in sorted(self.folder.glob("*.log"))
        )


@contextmanager
def cluster(
    variables: Mapping[str, str], *, poll_seconds: int = 3, start_seconds: int = 30
) -> Iterator[Cluster]:
    """Start PostgreSQL and Redis; yield a service without daemon and workers yet.

    Args:
        variables: environment of all machines, with `DTI_DATA` and what it needs.
        poll_seconds: shorter than what `deploy/` says, so that a test need not wait.
        start_seconds: likewise.
    """
    with ExitStack() as stack:
        # Sockets of worker processes lie in it: their paths must be short.
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="dti-", dir="/tmp")))
        postgresql = stack.enter_context(PostgreSQL("dagster"))
        redis = stack.enter_context(Redis())
        shared = {
            "DTI_DAGSTER_URL": f"postgresql+psycopg2://{postgresql.address}/dagster",
            "CELERY_BROKER_URL": redis.address,
            "CELERY_RESULT_BACKEND": redis.address,
            "DTI_WORKERS": "2",
        }
        service = Cluster(
            folder, shared | variables, postgresql, redis, poll_seconds, start_seconds
        )
        try:
            with service.instance():
                pass  # makes the tables: two processes at once would not agree who does
            yield service
        finally:
            for machine in list(service.processes):
                service.kill(machine)
