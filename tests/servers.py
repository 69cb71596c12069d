"""Servers for tests on free ports: PostgreSQL and Redis of Debian, an object store."""

import os
import shutil
import socket
import subprocess
from collections.abc import Callable
from contextlib import closing
from functools import cached_property
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest

if TYPE_CHECKING:
    from obstore.store import S3Store

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


class Redis:
    """A server that keeps nothing when it ends."""

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            pytest.skip("no Redis is installed; on Debian: apt-get install redis-server")
        self.port = free_port()
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self.address = f"redis://127.0.0.1:{self.port}/0"

    def __enter__(self) -> "Redis":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(10)


class ObjectStore:
    """A bucket on loopback: moto's S3, one request after the other, so that conditions are atomic.

    Attributes:
        before: called with method and path of a request; a status is answered instead of it.
        after: called in the same way once a request was carried out.
        heeds_conditions: whether it looks at If-Match and If-None-Match.
    """

    def __init__(self) -> None:
        from moto.server import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import WSGIRequestHandler, make_server

        class Quiet(WSGIRequestHandler):
            def log_request(self, *_: object) -> None:
                pass

        self._application = DomainDispatcherApplication(create_backend_app)
        self.before: Callable[[str, str], str | None] = lambda method, path: None
        self.after: Callable[[str, str], str | None] = lambda method, path: None
        self.heeds_conditions = True
        self.server = make_server("127.0.0.1", 0, self._answer, request_handler=Quiet)
        self.environment = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.server.server_port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "dti",
            "AWS_SECRET_ACCESS_KEY": "dti",
        }

    def __enter__(self) -> "ObjectStore":
        self._thread = Thread(target=self.server.serve_forever, daemon=True)
        self._thread.start()
        urlopen(Request(f"{self.environment['AWS_ENDPOINT_URL']}/bucket", method="PUT")).close()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self._thread.join()
        self.server.server_close()

    @cached_property
    def objects(self) -> "S3Store":
        """The bucket as somebody else sees it."""
        from obstore.store import S3Store

        names = {name.removeprefix("AWS_").lower(): v for name, v in self.environment.items()}
        del names["allow_http"]
        return S3Store("bucket", config=names, client_options={"allow_http": True})

    def get(self, key: str) -> bytes:
        return bytes(self.objects.get(key).bytes())

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        from werkzeug.test import run_wsgi_app

        call = environ["REQUEST_METHOD"], environ["PATH_INFO"].encode("latin-1").decode()
        answer = self.before(*call)
        if answer is None:
            if not self.heeds_conditions:
                for name in ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"):
                    environ.pop(name, None)
            body, status, headers = run_wsgi_app(self._application, environ, buffered=True)
            answer = self.after(*call)
            if answer is None:
                start_response(status, headers.to_wsgi_list())
                return body
        start_response(answer, [("Content-Length", "0")])
        return []
