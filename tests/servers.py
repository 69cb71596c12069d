"""PostgreSQL and Redis of Debian, each started in a temporary folder on a free port."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

POSTGRESQL = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


def free_port() -> int:
    with closing(socket.socket()) as chosen:
        chosen.bind(("127.0.0.1", 0))
        return int(chosen.getsockname()[1])


class PostgreSQL:
    """A server whose databases user `dti` may open without a password."""

    def __init__(self, *databases: str) -> None:
        if not POSTGRESQL:
            pytest.skip("no PostgreSQL is installed; on Debian: apt-get install postgresql")
        self.programs, self.port = POSTGRESQL[-1].parent, free_port()
        # Its path must be short, and its user's.
        self.folder = Path("/tmp") / f"dti-postgresql-{self.port}"
        self.as_user: list[str] = []
        self.databases = databases

    @property
    def address(self) -> str:
        """The address of its databases, without a scheme."""
        return f"dti@127.0.0.1:{self.port}"

    def __enter__(self) -> "PostgreSQL":
        self.folder.mkdir()
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
            self.as_user = ["runuser", "-u", "postgres", "--"]
        data = self.folder / "data"
        self._command("initdb", "-D", data, "-A", "trust", "-U", "dti", "-E", "UTF8", "--no-sync")
        self.start()
        for name in self.databases:
            self._command("createdb", "-h", self.folder, "-p", self.port, "-U", "dti", name)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop("immediate")
        shutil.rmtree(self.folder)

    def start(self) -> None:
        # Without forced writes, but every process of it may be killed.
        options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        log = self.folder / "log"
        self._command("pg_ctl", "-D", self.folder / "data", "-w", "-l", log, "-o", options, "start")

    def stop(self, mode: str) -> None:
        self._command("pg_ctl", "-D", self.folder / "data", "-m", mode, "stop")

    def _command(self, program: str, *arguments: object) -> None:
        command = [*self.as_user, str(self.programs / program), *map(str, arguments)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self.folder)


@contextmanager
def redis() -> Iterator[str]:
    """Start a server; yield its address."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no Redis is installed; on Debian: apt-get install redis-server")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(10)
