"""A bucket: writers that lose, die or know less, damaged copies, a network that is gone."""

import json
import os
import random
import signal
import subprocess
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Protocol
from urllib.request import Request, urlopen

import pytest

from dti_pipeline import cli
from dti_pipeline.cli import keeping, watch
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.run import run_assessments
from dti_pipeline.release.bucket import Bucket, open_data
from dti_pipeline.release.objects import BucketError, SilentBucketError
from dti_pipeline.release.verify import broken_links
from dti_pipeline.store.storage import COPIES, storage_of
from schemas.text import WrongUsageError
from tests.conftest import REPOSITORY, copy_deliveries
from tests.release import content
from tests.release.content import published_in, store_in
from tests.release.state import current_release, statuses
from tests.servers import ObjectStore

Opened = Callable[..., Path]
FIRST_VERSION = Path(__file__).parent / "data" / "first_version.tar.xz"


@pytest.fixture
def prefix(tmp_path: Path) -> str:
    return tmp_path.name


def looked_at(data: Path) -> Path:
    storage_of(data).refresh()
    return data


def bucket_of(data: Path) -> Bucket:
    found = storage_of(data)
    assert isinstance(found, Bucket)
    return found


def end(data: Path) -> None:
    """Let the process of a copy end."""
    os.close(bucket_of(data).copy_lock)
    COPIES.pop(data)


def keys(object_store: ObjectStore, prefix: str) -> list[str]:
    return sorted(one["path"] for one in object_store.objects.list(prefix).collect())


# ---- two writers at once -----------------------------------------------------------------------


def test_a_writer_that_was_second_takes_its_step_again(
    bucket: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = bucket(), bucket()
    content.publish(published_in(first), 1)
    commit, is_first = bucket_of(second)._commit, True

    def commit_after_the_other() -> None:
        nonlocal is_first
        if is_first:
            is_first = False
            content.publish(published_in(first), 2)
        commit()

    monkeypatch.setattr(bucket_of(second), "_commit", commit_after_the_other)
    release = content.publish(published_in(second), 3)
    assert release.manifest["supersedes"].startswith("r0002")
    for data in map(looked_at, (first, second, bucket())):
        assert list(statuses(data).values()) == ["superseded", "superseded", "published"]


def test_two_machines_that_publish_the_same_publish_one_release(
    bucket: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = bucket(), bucket()
    commit, is_first = bucket_of(second)._commit, True

    def commit_after_the_other() -> None:
        nonlocal is_first
        if is_first:
            is_first = False
            bucket_of(second)._is_changing = False
            content.publish(published_in(first), 1)
        commit()

    monkeypatch.setattr(bucket_of(second), "_commit", commit_after_the_other)
    store = bucket_of(second)
    release = store.change(lambda: content.publish(published_in(second), 1))
    current = current_release(looked_at(first))
    assert current is not None
    assert (current.release_id, current.manifest_sha256) == (
        release.release_id,
        release.manifest_sha256,
    )
    assert len(published_in(first).journal.entries()) == 1


def test_eight_writers_lose_no_release_no_line_and_no_revision(
    bucket: Opened, tmp_path: Path
) -> None:
    work_of_writers(bucket, tmp_path, writers=8, rounds=1)


@pytest.mark.slow
def test_eight_writers_lose_nothing_in_many_rounds(bucket: Opened, tmp_path: Path) -> None:
    work_of_writers(bucket, tmp_path, writers=8, rounds=5)


def work_of_writers(bucket: Opened, tmp_path: Path, *, writers: int, rounds: int) -> None:
    address = f"s3://bucket/{tmp_path.name}"
    command = [sys.executable, "-m", "tests.release.bucket_writers", address]
    command += [str(tmp_path / "caches"), str(writers), str(rounds)]
    run = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    done = Counter(tuple(line.split()) for line in run.stdout.splitlines())
    assert max(done.values()) == 1
    data = bucket()
    published, store = published_in(data), store_in(data)
    lines = Counter((entry.release_id, entry.event) for entry in published.journal.entries())
    events = {event: [n for n, e in done if e == event] for event in ("published", "discarded")}
    assert all(lines[line] == 1 for line in done if line[1] != "saved")
    assert sorted(n for n, event in lines if event == "published") == sorted(events["published"])
    assert set(published.journal.last_events()) == {n for n, event in done if event != "saved"}
    assert statuses(data)  # every release is whole
    releases = published.releases()
    assert sorted(r.release_id for r in releases) == sorted(events["published"])
    numbers = {name[:5] for name in published.journal.last_events()}
    assert len(numbers) == len(published.journal.last_events())
    current = published.latest()
    assert current is not None
    assert published.pointer_problem() is None
    assert broken_links(published, store, current) == []
    saved = {name for name, event in done if event == "saved"}
    assert {revision.revision_id for revision in store.revisions()} == saved
    assert sorted(r.revision_no for r in store.revisions()) == list(range(1, len(saved) + 1))
    assert len(saved) == writers * rounds


# ---- a writer that dies ------------------------------------------------------------------------


@pytest.fixture
def before(bucket: Opened, prefix: str) -> str:
    """Return a prefix that holds two releases and a draft."""
    data = bucket("/before")
    for number in (1, 2):
        content.publish(published_in(data), number)
    content.publish(published_in(data), 3, is_draft=True)
    return f"{prefix}/before"


ACTIONS = {
    "publish": lambda data: content.publish(published_in(data), 4),
    "draft": lambda data: content.publish(published_in(data), 4, is_draft=True),
    "approve": lambda data: published_in(data).approve("r0003", by="a", reason="b"),
    "discard": lambda data: published_in(data).discard("r0003", by="a", reason="b"),
    "withdraw": lambda data: published_in(data).withdraw("r0002", by="a", reason="b"),
    "save": lambda data: content.save(store_in(data), 1),
}
AFTER = {
    "publish": {"r0002": "superseded", "r0003": "draft", "r0004": "published"},
    "draft": {"r0003": "draft", "r0004": "draft"},
    "approve": {"r0002": "superseded", "r0003": "published"},
    "discard": {},
    "withdraw": {"r0001": "published", "r0002": "withdrawn", "r0003": "draft"},
    "save": {"r0003": "draft"},
}
# What the journal says of a decision that was made: it is not made again.
MADE = {"approve": "approved", "discard": "discarded", "withdraw": "withdrawn"}


class Death:
    """Lets the bucket refuse everything from the n-th change on."""

    def __init__(self, object_store: ObjectStore, step: int) -> None:
        self.left = step
        object_store.before = self._count

    def _count(self, method: str, path: str) -> str | None:
        self.left -= method != "GET" and self.left > 0
        return "403 FORBIDDEN" if self.left == 0 else None


@pytest.mark.parametrize(
    "action",
    [pytest.param(name, marks=pytest.mark.slow if name == "draft" else ()) for name in ACTIONS],
)
def test_a_writer_that_dies_at_any_request_leaves_all_or_nothing(
    bucket: Opened, object_store: ObjectStore, before: str, prefix: str, action: str
) -> None:
    # The first requests upload tables, one like the other.
    for step in range(5 if action in ("publish", "draft") else 1, 40):
        place = f"/{step}"
        for key in keys(object_store, before):
            object_store.objects.copy(key, f"{prefix}{place}{key.removeprefix(before)}")
        data = bucket(place)
        death = Death(object_store, step)
        with suppress(BucketError):
            ACTIONS[action](data)
        object_store.before = object_store.after = lambda method, path: None
        if death.left:
            assert step > 2
            return
        other = bucket(place)
        assert current_release(other) is not None  # whole, and as pointer and manifest say
        assert statuses(other)  # every release is whole
        events = {entry.event for entry in published_in(other).journal.entries()}
        if MADE.get(action) not in events:
            ACTIONS[action](other)
        published_in(other).recover()
        last = bucket(place)
        assert statuses(last) == {"r0001": "superseded", "r0002": "published"} | AFTER[action]
        assert published_in(last).pointer_problem() is None
        journal = published_in(last).journal.entries()
        assert len({(entry.release_id, entry.event) for entry in journal}) == len(journal)
        for revision in store_in(last).revisions():
            assert revision.revision_id == "test-r0001-00000000"
            assert store_in(last).table(revision.revision_id, "dim_tile").height == content.ROWS
        assert len(store_in(last).revisions()) == (action == "save")
    raise AssertionError(f"{action} takes more than {step} requests")


@pytest.mark.slow
def test_writers_killed_at_random_never_harm_what_is_published(
    bucket: Opened, tmp_path: Path, prefix: str
) -> None:
    command = [sys.executable, "-m", "tests.release.bucket_writers", f"s3://bucket/{prefix}"]
    chance, last = random.Random(19), ""
    for kill in range(12):
        arguments = [str(tmp_path / "caches" / str(kill % 3)), "2", "50", str(1000 * kill)]
        with subprocess.Popen(
            [*command, *arguments], cwd=REPOSITORY, stdout=subprocess.PIPE, start_new_session=True
        ) as writers:
            assert writers.stdout is not None
            writers.stdout.readline()  # both are at work
            time.sleep(chance.uniform(0, 1.5))
            os.killpg(writers.pid, signal.SIGKILL)
        data = bucket()
        current = current_release(data)
        assert current is not None
        assert current.release_id >= last
        last = current.release_id
        assert set(statuses(data).values()) <= {"draft", "superseded", "published"}
        content.publish(published_in(data), 10_000 + kill)
        assert published_in(data).pointer_problem() is None
        assert (
            broken_links(published_in(data), store_in(data), published_in(data).release(None)) == []
        )


# ---- copies ------------------------------------------------------------------------------------


def deliver(object_store: ObjectStore, prefix: str, files: dict[str, bytes | None]) -> None:
    for name, delivery in files.items():
        if delivery is None:
            object_store.objects.delete(f"{prefix}/raw/{name}")
        else:
            object_store.objects.put(f"{prefix}/raw/{name}", delivery)


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_deliveries_follow_the_bucket(
    bucket: Opened, object_store: ObjectStore, prefix: str
) -> None:
    data = bucket()
    first = {"a/central/1 Đà Nẵng [2].csv": b"1", "a/central/2.csv": b"2", "b/central/3.csv": b"3"}
    deliver(object_store, prefix, first)
    assert files_below(looked_at(data) / "raw") == first
    deliver(
        object_store, prefix, {"a/central/2.csv": b"two", "b/central/3.csv": None, "c/x.csv": b""}
    )
    # Consoles leave an empty object for a folder that somebody made.
    object_store.objects.put(f"{prefix}/raw/a/self_reports", b"")
    second = {"a/central/1 Đà Nẵng [2].csv": b"1", "a/central/2.csv": b"two", "c/x.csv": b""}
    assert files_below(looked_at(data) / "raw") == second
    assert not (data / "raw" / "b").exists()


def test_what_is_damaged_in_a_copy_is_fetched_again(
    bucket: Opened, object_store: ObjectStore, prefix: str
) -> None:
    deliver(object_store, prefix, {"a/central/1.csv": b"unit,figure"})
    data = bucket()
    revision = content.save(store_in(data), 1)
    release = content.publish(published_in(data), 1)
    rows = release.table("dim_tile")
    whole = {path: path.read_bytes() for path in data.glob("[!.]*/**/*") if path.is_file()}
    for path, before in whole.items():
        if path.name == ".lock":
            continue
        for damage in (before[:-1] + b"~", before[:-1], None):
            if damage is None:
                path.unlink()
            else:
                path.write_bytes(damage)
            looked_at(data)
            assert published_in(data).release(None).table("dim_tile").equals(rows)
            assert statuses(data) == {"r0001": "published"}
            assert store_in(data).revisions() == (revision,)
            assert store_in(data).table(revision.revision_id, "dim_tile").height == content.ROWS
            for entry in revision.inputs:
                store_in(data).input_content(entry["sha256"])
            assert path.read_bytes() == before


def test_what_is_damaged_in_the_bucket_is_named_whatever_the_copy_holds(
    bucket: Opened, object_store: ObjectStore, prefix: str
) -> None:
    data = bucket()
    release = content.publish(published_in(data), 1)
    table = f"published/releases/{release.release_id}/dim_tile.parquet"
    object_store.objects.put(f"{prefix}/{table}", b"PAR1")
    assert broken_links(published_in(data), store_in(data), release) == []
    storage_of(data).forget()
    problems = broken_links(published_in(data), store_in(data), published_in(data).release(None))
    assert problems == ["dim_tile.parquet: the content differs from the manifest"]


def test_processes_at_the_same_time_have_a_copy_each_and_later_ones_use_them_again(
    bucket: Opened,
) -> None:
    first, second = bucket(), bucket()
    assert first != second
    end(second)
    assert bucket() == second


def test_a_new_copy_holds_manifests_and_fetches_tables_when_they_are_read(bucket: Opened) -> None:
    content.publish(published_in(bucket()), 1)
    release = published_in(bucket()).release(None)
    assert [path.name for path in release.folder.iterdir()] == ["manifest.json"]
    assert release.table("dim_tile").height == content.ROWS
    assert (release.folder / "dim_tile.parquet").is_file()


def test_everything_can_be_brought_in_but_what_was_never_published(
    bucket: Opened, object_store: ObjectStore, prefix: str
) -> None:
    data = bucket()
    content.save(store_in(data), 1)
    content.publish(published_in(data), 1)
    whole = {name for name in files_below(data) if not Path(name).name.startswith(".")}
    object_store.objects.put(f"{prefix}/published/releases/r0002-x/manifest.json", b"{}")
    object_store.objects.put(f"{prefix}/store/test-r0002-x/dim_tile.parquet", b"")
    other = bucket()
    storage_of(other).bring(other)
    assert {name for name in files_below(other) if not Path(name).name.startswith(".")} == whole


def test_pages_are_sent_and_a_delivery_is_never_replaced(
    bucket: Opened, object_store: ObjectStore, prefix: str
) -> None:
    data = bucket()
    page, config = (
        data / "site" / "r0001" / "index.html",
        data / "config" / "assessments" / "a.toml",
    )
    for path in (page, config):
        path.parent.mkdir(parents=True)
        path.write_text("1", encoding="utf-8")
    assert [storage_of(data).send() for _ in range(2)] == [2, 0]
    page.write_text("2", encoding="utf-8")
    assert storage_of(data).send() == 1
    assert object_store.get(f"{prefix}/site/r0001/index.html") == b"2"
    assert (looked_at(bucket()) / "config/assessments/a.toml").read_text("utf-8") == "1"
    deliver(object_store, prefix, {"a/central/1.csv": b"theirs"})
    mine = data / "raw" / "a" / "central" / "1.csv"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    with pytest.raises(BucketError, match="another content"):
        storage_of(data).send()
    assert object_store.get(f"{prefix}/raw/a/central/1.csv") == b"theirs"


def test_what_a_process_that_died_has_not_sent_is_not_sent_later(
    bucket: Opened, object_store: ObjectStore, prefix: str
) -> None:
    first = bucket()
    stale = first / "reports" / "dti.duckdb"
    stale.parent.mkdir()
    stale.write_bytes(b"r0001")
    end(first)
    object_store.objects.put(f"{prefix}/reports/dti.duckdb", b"r0002")
    later = Bucket("bucket", prefix)
    assert later.folder == first
    assert later.send() == 0
    os.close(later.copy_lock)
    assert object_store.get(f"{prefix}/reports/dti.duckdb") == b"r0002"


def test_a_folder_of_the_first_version_may_be_copied_to_a_bucket(
    bucket: Opened, object_store: ObjectStore, prefix: str, tmp_path: Path
) -> None:
    with tarfile.open(FIRST_VERSION) as archive:
        archive.extractall(tmp_path, filter="data")
    for name, file in files_below(tmp_path / "data").items():
        object_store.objects.put(f"{prefix}/{name}", file)
    data = bucket()
    published = published_in(data)
    assert statuses(data) == statuses(tmp_path / "data")
    assert broken_links(published, store_in(data), published.release(None)) == []
    published.withdraw("r0003", by="a", reason="b")
    assert statuses(bucket())["r0002"] == "published"


# ---- answers that do not come --------------------------------------------------------------------


def test_a_line_whose_answer_was_lost_stands_once(
    bucket: Opened, object_store: ObjectStore
) -> None:
    data, lost = bucket(), [1]

    def lose(method: str, path: str) -> str | None:
        is_lost = method == "PUT" and path.endswith("journal.jsonl") and bool(lost)
        return "503 SERVICE UNAVAILABLE" if is_lost and lost.pop() else None

    object_store.after = lose
    content.publish(published_in(data), 1)
    assert lost == []
    assert len(published_in(bucket()).journal.entries()) == 1
    assert statuses(data) == {"r0001": "published"}


def test_a_store_without_conditional_writes_is_refused(
    bucket: Opened, object_store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_store, "heeds_conditions", False)
    with pytest.raises(BucketError, match="heeds no conditional writes"):
        content.publish(published_in(bucket()), 1)


@pytest.mark.parametrize(
    ("status", "is_silent"), [("403 FORBIDDEN", False), ("503 SERVICE UNAVAILABLE", True)]
)
def test_a_bucket_that_does_not_answer_is_told_from_one_that_refuses(
    bucket: Opened, object_store: ObjectStore, status: str, is_silent: bool
) -> None:
    data = bucket()
    object_store.before = lambda method, path: status
    with pytest.raises(BucketError, match="s3://bucket/") as error:
        storage_of(data).refresh()
    assert isinstance(error.value, SilentBucketError) == is_silent


def test_watching_outlasts_a_silent_bucket(
    bucket: Opened,
    object_store: ObjectStore,
    prefix: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    deliver(object_store, prefix, {"a/central/1.csv": b"1"})
    data = bucket()
    started: list[int] = []
    look = 0

    def next_look(_: float) -> None:
        nonlocal look
        look += 1
        if look == 2:
            deliver(object_store, prefix, {"a/central/1.csv": b"2"})
            object_store.before = lambda method, path: "403 FORBIDDEN"
        elif look == 4:
            object_store.before = lambda method, path: None
        elif look == 8:
            raise KeyboardInterrupt

    monkeypatch.setattr(watch, "_run", lambda *_, **__: started.append(look) or True)
    monkeypatch.setattr("time.sleep", next_look)
    assert watch.watch_deliveries(every=10, data=data) == 0
    assert started == [1, 5]
    assert capsys.readouterr().err.count(f"dti: s3://bucket/{prefix}") == 2


@pytest.mark.parametrize(
    ("address", "variables", "status", "text"),
    [
        ("s3://bucket/a", {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, 1, "AWS_ENDPOINT_URL"),
        ("s3://no-such-bucket/a", {}, 1, "NoSuchBucket"),
        ("s3://bucket/a", {"AWS_ALLOW_HTTP": ""}, 1, "AWS_ALLOW_HTTP=true"),
        ("s3://", {}, 2, "s3://bucket/prefix"),
    ],
)
def test_a_bucket_that_cannot_be_opened_is_one_message(
    bucket: Opened,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    address: str,
    variables: dict[str, str],
    status: int,
    text: str,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    arguments = ["dti", "--lang", "en", "rank", "province-2023", "--data", address]
    monkeypatch.setattr(sys, "argv", arguments)
    assert cli.execute() == status
    said = capsys.readouterr().err
    assert said.startswith("dti: ")
    assert text in said
    assert said.count("\n") == 1


def test_without_the_extra_the_message_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(WrongUsageError, match=r"pip install 'dti-pipeline\[service\]'"):
        open_data("s3://bucket/prefix")


def test_the_portal_refuses_a_bucket(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["dti", "--lang", "en", "portal", "--data", "s3://bucket/a"])
    assert cli.execute() == 2
    assert "the portal needs a folder" in " ".join(capsys.readouterr().err.split())


# ---- the commands ------------------------------------------------------------------------------


class Command(Protocol):
    def __call__(self, *arguments: str, status: int = 0) -> str: ...


@pytest.fixture
def dti(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command as at a terminal; return what it says, or why it fails, on one line."""

    def run(*arguments: str, status: int = 0) -> str:
        monkeypatch.setattr(sys, "argv", ["dti", "--lang", "en", *arguments])
        assert cli.execute() == status
        shown = capsys.readouterr()
        return " ".join((shown.err if status else shown.out).split())

    return run


def test_the_commands_work_on_a_bucket_and_release_the_bytes_of_a_folder(
    bucket: Opened,
    object_store: ObjectStore,
    prefix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    dti: Command,
) -> None:
    plain = copy_deliveries(tmp_path / "data", "province-2023")
    for name, delivery in files_below(plain).items():
        object_store.objects.put(f"{prefix}/{name}", delivery)

    assert run_assessments([], data=plain, reason="") == 0
    monkeypatch.setenv("DTI_DATA", f"s3://bucket/{prefix}")
    assert f"s3://bucket/{prefix}/published/releases/r0001-" in dti("run")
    release = published_in(plain).release(None)
    for name in release.entries:
        key = f"{prefix}/published/releases/{release.release_id}/{name}"
        assert object_store.get(key) == (release.folder / name).read_bytes()
    assert "Nothing new to release" in dti("run")
    assert "Đà Nẵng" in dti("rank", "province-2023", "--top", "1")
    assert "province-2023-r0001" in dti("status", "province-2023")
    assert release.release_id in dti("release", "list")
    assert "recomputed" in dti("verify", "--recompute")
    dti("report")
    assert f"{prefix}/site/{release.release_id}/index.html" in keys(object_store, prefix)
    dti("duckdb", "--embed", "--out", str(tmp_path / "dti.duckdb"))
    dti("release", "withdraw", "r0001", "--by", "a", "--reason", "b")
    assert "withdrawn" in dti("release", "list")


# ---- a backup back in ---------------------------------------------------------------------------


def test_a_backup_in_an_empty_bucket_is_recomputed_and_goes_on_from_its_journal(
    bucket: Opened,
    object_store: ObjectStore,
    prefix: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    dti: Command,
) -> None:
    plain, saved = copy_deliveries(tmp_path / "data", "province-2023"), tmp_path / "b.tar"
    assert run_assessments([], data=plain) == 0
    copy_deliveries(plain, "ninh-binh-2021")
    assert run_assessments([], data=plain, is_draft=True) == 0
    assert keeping.write_backup(saved, data=plain) == 0

    monkeypatch.setenv("DTI_DATA", f"s3://bucket/{prefix}")
    assert "2 releases followed to their inputs" in dti("restore", str(saved))
    files = files_below(plain)
    for key in keys(object_store, prefix):
        name = key.removeprefix(f"{prefix}/")
        assert name == "store/.numbers/probe" or object_store.get(key) == files[name]
    for release in ("r0001", "r0002"):
        assert "recomputed" in dti("verify", "--recompute", release)
    dti("release", "approve", "r0002", "--by", "a", "--reason", "b")
    assert statuses(bucket()) == {"r0001": "superseded", "r0002": "published"}
    assert "Nothing new to release" in dti("run")
    assert f"s3://bucket/{prefix} is not empty" in dti("restore", str(saved), status=1)


def test_the_folder_that_a_console_made_is_empty(
    bucket: Opened, object_store: ObjectStore, prefix: str
) -> None:
    data = bucket()
    for folder in (f"{prefix}/", f"{prefix}/raw/"):
        address = f"{object_store.environment['AWS_ENDPOINT_URL']}/bucket/{folder}"
        urlopen(Request(address, b"", method="PUT")).close()
    assert storage_of(data).is_empty(data)
    deliver(object_store, prefix, {"a/central/1.csv": b"1"})
    assert not storage_of(data).is_empty(data)


def test_a_writer_that_fills_the_bucket_meanwhile_is_not_overwritten(
    bucket: Opened, object_store: ObjectStore, prefix: str, tmp_path: Path
) -> None:
    staging, key = tmp_path / "staging", f"{prefix}/published/journal.jsonl"
    data = bucket()
    object_store.objects.put(key, b"theirs")
    (staging / "published").mkdir(parents=True)
    (staging / "published" / "journal.jsonl").write_bytes(b"mine")
    with pytest.raises(BucketError, match="another content"):
        storage_of(data).move_in(staging, data)
    assert object_store.get(key) == b"theirs"


def test_a_backup_with_a_portal_needs_a_folder(bucket: Opened, tmp_path: Path) -> None:
    saved = tmp_path / "b.tar"
    with tarfile.open(saved, "w") as archive:
        for name, file in (
            (keeping.PORTAL, b""),
            ("backup.json", b'{"portal.tar": "%b"}' % sha256().hexdigest().encode()),
        ):
            entry = tarfile.TarInfo(name)
            entry.size = len(file)
            archive.addfile(entry, BytesIO(file))
    with pytest.raises(UsageError, match="needs a folder of this machine"):
        keeping.restore_backup(saved, data=bucket())


def test_a_copy_from_before_the_loss_of_its_bucket_is_dropped(
    bucket: Opened, object_store: ObjectStore, prefix: str
) -> None:
    data = bucket()
    revision = content.save(store_in(data), 1)
    content.publish(published_in(data), 1)
    key = f"{prefix}/store/{revision.revision_id}/revision.json"
    again = json.loads(object_store.get(key)) | {"reason": "computed again"}
    del again["checksum"]
    end(data)
    object_store.objects.delete(keys(object_store, prefix))
    object_store.objects.put(key, json.dumps(again).encode())
    later = bucket()
    assert later == data
    assert store_in(later).revision(revision.revision_id).reason == "computed again"
