"""``dti doctor``: whether the machine, the data folder and the service are in order."""

import fcntl
import os
import platform
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple
from urllib.parse import urlsplit

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import foreseen_errors, text_of
from dti_pipeline.cli.language import spoken
from dti_pipeline.cli.output import in_languages, print_json, say, time_text
from dti_pipeline.workspace import Workspace
from schemas.messages import message
from schemas.text import Text, day_text

GIGABYTE: Final = 2**30
# A run writes a revision of each assessment, a release, and reads it back.
RELEASES_OF_SPACE: Final = 5
CLOCK_SECONDS: Final = 60
ANSWER_SECONDS: Final = 5
# The address of a socket has 107 bytes, of which multiprocessing adds 32; readers talk through one.
LONGEST_TEMPORARY: Final = 75


class Finding(NamedTuple):
    """What one check says: all well, something that waits for people, or a fault to mend."""

    state: Literal["ok", "waits", "problem"]
    text: Text


STATES: Final = {
    "ok": Text("tốt", "ok"),
    "waits": Text("chờ", "waits"),
    "problem": Text("CẦN XỬ LÝ", "PROBLEM"),
}


def examine_service(
    is_alert: Annotated[bool, typer.Option("--alert")] = False,
    data: options.Data = Path("data"),
    as_json: options.Json = False,
) -> int:
    workspace = Workspace(data=data.resolve())
    findings = [(name, f) for name in CHECKS for f in _findings(name, workspace)]
    problems = [finding.text for _, finding in findings if finding.state == "problem"]
    if is_alert and problems:
        from assets.alerts import AlertSettingsError, alert_settings, send

        subject = message("alert.health", count=len(problems))
        refusals: dict[str, str] = {}
        with suppress(AlertSettingsError):  # one of the problems already
            refusals = send(subject, problems, alert_settings())
        for target, error in refusals.items():
            text = message("alert.not_sent", target=target, error=error)
            findings.append(("alerts", Finding("problem", text)))
            problems.append(text)
    count = len(problems)
    if as_json:
        rows = [
            {"check": name, "state": state, "text_vi": text.vi, "text_en": text.en}
            for name, (state, text) in findings
        ]
        print_json(rows, problems=count)
        return 1 if problems else 0
    for name, (state, text) in findings:
        say(f"[{spoken(STATES[state])}] {spoken(CHECKS[name][0])}: {spoken(text)}")
    say(message("doctor.problems", count=count) if problems else message("doctor.healthy"))
    return 1 if problems else 0


def _findings(name: str, workspace: Workspace) -> Iterator[Finding]:
    """Make one check; what it cannot read is its finding."""
    try:
        yield from CHECKS[name][1](workspace)
    except foreseen_errors() as error:
        yield Finding("problem", text_of(error))


def _ok(key: str, **fields: object) -> Finding:
    return Finding("ok", message(f"doctor.{key}", **fields))


def _problem(key: str, **fields: object) -> Finding:
    return Finding("problem", message(f"doctor.{key}", **fields))


def _versions(workspace: Workspace) -> Iterator[Finding]:
    from dti_pipeline.release.releases import Published
    from dti_pipeline.version import RULES_VERSION

    names = {"package": "dti-pipeline", "dagster": "dagster", "polars": "polars"}
    installed = {key: version(name) for key, name in names.items()}
    yield _ok("versions", **installed, rules=RULES_VERSION, python=platform.python_version())
    latest = Published(workspace.published).latest()
    if latest is None:
        return
    old, package = str(latest.manifest["rules_version"]), latest.manifest["code_version"]
    if int(old) > int(RULES_VERSION):
        yield _problem("newer_rules", old=old, new=RULES_VERSION, package=package)
    elif old != RULES_VERSION:
        yield Finding("waits", message("doctor.older_rules", old=old, new=RULES_VERSION))


def _space(workspace: Workspace) -> Iterator[Finding]:
    from dti_pipeline.release.releases import Published

    latest = Published(workspace.published).latest()
    size = sum(path.stat().st_size for path in latest.folder.iterdir()) if latest else 0
    need = max(GIGABYTE, RELEASES_OF_SPACE * size)
    free = shutil.disk_usage(workspace.data).free
    details = {"free": in_languages(free / GIGABYTE, 1), "need": in_languages(need / GIGABYTE, 1)}
    yield _problem("no_space", **details) if free < need else _ok("space", **details)


def _temporary(_: Workspace) -> Iterator[Finding]:
    folder = tempfile.gettempdir()
    length = len(os.fsencode(folder))
    details = {"folder": folder, "length": length, "most": LONGEST_TEMPORARY}
    yield (_problem if length > LONGEST_TEMPORARY else _ok)("temporary", **details)


def _locks(workspace: Workspace) -> Iterator[Finding]:
    from dti_pipeline.store.revisions import LOCK

    folder = workspace.store if workspace.store.is_dir() else workspace.data
    with (
        tempfile.NamedTemporaryFile(dir=folder, prefix=".doctor-") as first,
        open(first.name, encoding="utf-8") as second,
    ):
        fcntl.flock(first, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            fcntl.flock(second, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield _problem("no_locks", folder=folder)
        except BlockingIOError:
            # Taking the lock of the store itself could turn a run away.
            lock = workspace.store / LOCK
            holder = lock.read_text("utf-8").strip() if lock.is_file() else ""
            # A killed run leaves its number there, which is another process's by and by.
            locks = Path("/proc/locks")  # Linux alone has it
            number = f":{lock.stat().st_ino} " if holder and locks.is_file() else None
            if number and number in locks.read_text("utf-8"):
                yield _ok("locked", holder=holder)
            else:
                yield _ok("locks")


def _clock(workspace: Workspace) -> Iterator[Finding]:
    from dti_pipeline.release.journal import Journal
    from dti_pipeline.reports.figures import moment

    now = datetime.now(UTC)
    with tempfile.NamedTemporaryFile(dir=workspace.data, prefix=".doctor-") as file:
        seconds = abs(os.stat(file.name).st_mtime - time.time())
    entries = Journal(workspace.published).entries()
    last = max((datetime.fromisoformat(entry.at) for entry in entries), default=now)
    if last - now > timedelta(seconds=CLOCK_SECONDS):
        yield _problem("clock_behind", now=moment(now), last=moment(last))
    elif seconds > CLOCK_SECONDS:
        yield _problem("clock_differs", seconds=round(seconds))
    else:
        yield _ok("clock", now=moment(now))


def _permissions(workspace: Workspace) -> Iterator[Finding]:
    from dti_pipeline.release.journal import account
    from dti_pipeline.release.releases import Published

    portal = workspace.data / "portal"
    # Who may see the path; bits that nobody else may have; what takes them away.
    guarded = {
        workspace.data: (0o002, "o-w"),
        workspace.raw: (0o002, "o-w"),
        workspace.data / "config": (0o002, "o-w"),
        workspace.store: (0o002, "o-w"),
        workspace.published: (0o002, "o-w"),
        Published(workspace.published).drafts: (0o007, "o-rwx"),
        portal / "portal.sqlite3": (0o007, "o-rwx"),
        portal / "files": (0o007, "o-rwx"),
        portal / "secret_key": (0o077, "go-rwx"),
    }
    faults = []
    for path, (bits, remedy) in guarded.items():
        if path.exists() and path.stat().st_mode & bits:
            mode = f"{path.stat().st_mode & 0o7777:04o}"
            faults.append(_problem("open_folder", path=path, mode=mode, remedy=remedy))
    for path in (workspace.store, workspace.published):
        if path.exists() and not os.access(path, os.W_OK):
            faults.append(_problem("not_writable", path=path, account=account()))
    yield from faults or [_ok("permissions", account=account())]


def _last_run(workspace: Workspace) -> Iterator[Finding]:
    from dti_pipeline.release.folder import DamagedReleaseError
    from dti_pipeline.release.releases import Published
    from dti_pipeline.store.revisions import Store
    from dti_pipeline.store.storage import COPIES

    published, store = Published(workspace.published), Store(workspace.store)
    latest = published.latest()
    if latest is None and published.newest() is not None:
        published.release(None)  # refuses with what every command says that reads a release
    if latest is None or not latest.revisions:
        yield _ok("nothing_yet")
        return
    for name in latest.revisions.values():
        store.revision(name)  # refuses one that is gone or damaged
    newest = max(store.revisions(), key=lambda revision: revision.computed_at)
    yield _ok(
        "last_run",
        release=latest.release_id,
        at=time_text(published.journal.last_events()[latest.release_id].at),
        revision=newest.revision_id,
        computed=time_text(newest.computed_at),
    )
    # A copy of a bucket gets a file when somebody reads it. Contents are for `dti verify`.
    is_whole = not any(map(latest.folder.is_relative_to, COPIES))
    for name, entry in latest.entries.items() if is_whole else ():
        path = latest.folder / name
        if not path.is_file():
            yield Finding("problem", text_of(DamagedReleaseError(path, FileNotFoundError())))
        elif path.stat().st_size != entry["bytes"]:
            sizes = f"{path.stat().st_size} ≠ {entry['bytes']} byte"
            yield Finding("problem", text_of(DamagedReleaseError(path, Text(sizes, sizes))))


def _waits(workspace: Workspace) -> Iterator[Finding]:
    from dti_pipeline.cli.status import waiting_state
    from dti_pipeline.index.definition import define
    from dti_pipeline.release.due import overdue
    from dti_pipeline.release.releases import Published
    from dti_pipeline.reports.figures import VIETNAM

    is_waiting = False
    published = Published(workspace.published)
    drafts = [one for one in published.releases() if one.folder.parent == published.drafts]
    drafted = {revision for draft in drafts for revision in draft.revisions.values()}
    for name in workspace.assessments_with_deliveries():
        try:
            waiting = waiting_state(define(name, workspace=workspace))
        except foreseen_errors() as error:
            is_waiting = True  # and a run refuses it
            yield _problem("waits", assessment=name, state=text_of(error))
            continue
        if waiting.changes or (waiting.unreleased and waiting.unreleased not in drafted):
            is_waiting = True
            yield Finding("waits", message("doctor.waits", assessment=name, state=waiting.text))
    for name, entry in published.journal.last_events().items():
        if entry.event == "drafted":
            is_waiting = True
            since = day_text(datetime.fromisoformat(entry.at).astimezone(VIETNAM))
            yield Finding("waits", message("doctor.draft_waits", release=name, since=since))
    for late in overdue(workspace, options.day_or_today(None)):
        is_waiting = True
        yield Finding("problem" if late.has_file else "waits", late.text)
    if not is_waiting:
        yield _ok("nothing_waits")


def _backup(workspace: Workspace) -> Iterator[Finding]:
    from dti_pipeline.release.backup import leftover

    left = leftover(workspace)
    yield _problem("backup_interrupted", leftover=left) if left else _ok("backup")


def _service(workspace: Workspace) -> Iterator[Finding]:
    if not os.environ.get("DAGSTER_HOME"):
        yield _ok("no_dagster")
        return
    from assets.execution import open_instance
    from assets.health import failed_runs, running_sensors, service_problems

    for name, port in {"DTI_DAGSTER_URL": 5432, "CELERY_BROKER_URL": 6379}.items():
        # Without the password: SQLAlchemy takes signs in it that this would read as an address.
        host = os.environ.get(name, "").partition("://")[2].rpartition("@")[2].partition("/")[0]
        try:
            parts = urlsplit(f"//{host}")
            if parts.hostname:
                address = parts.hostname, parts.port or port
                host = ":".join(map(str, address))
                socket.create_connection(address, ANSWER_SECONDS).close()
        except (OSError, ValueError) as error:  # no address, no port
            yield _problem("no_answer", name=name, host=host, error=error)
            return
    with open_instance() as instance:
        problems = dict(service_problems(instance))
        problems |= dict(failed_runs(instance, workspace.assessments_with_deliveries()))
        count = len(running_sensors(instance))
    yield from (Finding("problem", text) for text in problems.values())
    if not count:
        yield Finding("waits", message("doctor.no_sensors"))
    elif not problems:
        yield _ok("dagster", count=count)


def _alerts(_: Workspace) -> Iterator[Finding]:
    from assets.alerts import Outbox, alert_settings

    targets = alert_settings().targets
    yield (
        _ok("alerts", targets=targets) if targets else Finding("waits", message("doctor.no_alerts"))
    )
    if not os.environ.get("DAGSTER_HOME"):
        return
    outbox = Outbox(os.environ["DAGSTER_HOME"])
    if waiting := list(outbox.waiting().values()):
        problems = {to: text for alert in waiting for to, text in alert["problems"].items()}
        yield _problem(
            "alerts_wait",
            count=len(waiting),
            since=time_text(min(alert["since"] for alert in waiting)),
            targets=list(problems),
            error="; ".join(dict.fromkeys(problems.values())),
            folder=outbox.folder,
        )


CHECKS: Final[Mapping[str, tuple[Text, Callable[[Workspace], Iterator[Finding]]]]] = {
    "versions": (Text("Phiên bản", "Versions"), _versions),
    "space": (Text("Ổ đĩa", "Disk"), _space),
    "temporary": (Text("Thư mục tạm", "Temporary folder"), _temporary),
    "locks": (Text("Khóa tệp", "Locks"), _locks),
    "clock": (Text("Giờ máy", "Clock"), _clock),
    "permissions": (Text("Quyền truy cập", "Permissions"), _permissions),
    "last_run": (Text("Lần chạy cuối", "Last run"), _last_run),
    "waits": (Text("Đang chờ", "Waits"), _waits),
    "backup": (Text("Sao lưu", "Backup"), _backup),
    "service": (Text("Dagster", "Dagster"), _service),
    "alerts": (Text("Cảnh báo", "Alerts"), _alerts),
}
