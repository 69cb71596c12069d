"""Several machines write to one bucket: nobody loses, whoever dies, whatever answer is lost."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from dti_pipeline.release.objects import BucketError, SilentBucketError
from dti_pipeline.release.verify import broken_links
from dti_pipeline.store.storage import storage_of
from tests.conftest import REPOSITORY
from tests.release import content
from tests.release.buckets import Opened, bucket_of, looked_at
from tests.release.content import published_in, store_in
from tests.release.state import statuses, whole_release
from tests.release.steps import STEPS
from tests.release.writer import ACTIONS
from tests.servers import ObjectStore

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
    current = whole_release(looked_at(first))
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
    command = [sys.executable, "-m", "tests.release.bucket_writers", bucket.address]
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
    assert published.pointer_problem() is None
    assert broken_links(published, store, published.release(None)) == []
    saved = {name for name, event in done if event == "saved"}
    assert {revision.revision_id for revision in store.revisions()} == saved
    assert sorted(r.revision_no for r in store.revisions()) == list(range(1, len(saved) + 1))
    assert len(saved) == writers * rounds


# ---- a writer that dies ------------------------------------------------------------------------


@pytest.fixture
def before(bucket: Opened) -> Opened:
    """Return data that hold two releases and a draft."""
    before = Opened(bucket.server, f"{bucket.prefix}/before")
    data = before()
    for number in (1, 2):
        content.publish(published_in(data), number)
    content.publish(published_in(data), 3, is_draft=True)
    return before


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
    [pytest.param(name, marks=pytest.mark.slow if name == "draft" else ()) for name in STEPS],
)
def test_a_writer_that_dies_at_any_request_leaves_all_or_nothing(
    bucket: Opened, before: Opened, action: str
) -> None:
    # The first requests upload tables, one like the other.
    for step in range(5 if action in ("publish", "draft") else 1, 40):
        place = f"/{step}"
        for name in before.names():
            copied = f"{before.prefix}/{name}", f"{bucket.prefix}/{step}/{name}"
            bucket.server.objects.copy(*copied)
        data = bucket(place)
        death = Death(bucket.server, step)
        with suppress(BucketError):
            ACTIONS[action](data, **STEPS[action].arguments)
        bucket.server.before = bucket.server.after = lambda method, path: None
        if death.left:
            assert step > 2
            return
        other = bucket(place)
        whole_release(other)  # as pointer and manifest say
        assert statuses(other)  # every release is whole
        STEPS[action].take_once(other)
        published_in(other).recover()
        last = bucket(place)
        assert statuses(last) == STEPS[action].after
        assert published_in(last).pointer_problem() is None
        journal = published_in(last).journal.entries()
        assert len({(entry.release_id, entry.event) for entry in journal}) == len(journal)
        for revision in store_in(last).revisions():
            assert revision.revision_id == "test-r0001-00000000"
            assert store_in(last).table(revision, "dim_tile").height == content.ROWS
        assert len(store_in(last).revisions()) == (action == "save")
    raise AssertionError(f"{action} takes more than {step} requests")


@pytest.mark.slow
def test_writers_killed_at_random_never_harm_what_is_published(
    bucket: Opened, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "tests.release.bucket_writers", bucket.address]
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
        newest = whole_release(data).release_id
        assert newest >= last
        last = newest
        assert set(statuses(data).values()) <= {"draft", "superseded", "published"}
        content.publish(published_in(data), 10_000 + kill)
        assert published_in(data).pointer_problem() is None
        assert (
            broken_links(published_in(data), store_in(data), published_in(data).release(None)) == []
        )


# ---- answers that do not come --------------------------------------------------------------------


def test_a_line_whose_answer_was_lost_stands_once(bucket: Opened) -> None:
    data, lost = bucket(), [1]

    def lose(method: str, path: str) -> str | None:
        is_lost = method == "PUT" and path.endswith("journal.jsonl") and bool(lost)
        return "503 SERVICE UNAVAILABLE" if is_lost and lost.pop() else None

    bucket.server.after = lose
    content.publish(published_in(data), 1)
    assert lost == []
    assert len(published_in(bucket()).journal.entries()) == 1
    assert statuses(data) == {"r0001": "published"}


def test_a_store_without_conditional_writes_is_refused(
    bucket: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bucket.server, "heeds_conditions", False)
    with pytest.raises(BucketError, match="heeds no conditional writes"):
        content.publish(published_in(bucket()), 1)


@pytest.mark.parametrize(
    ("status", "is_silent"), [("403 FORBIDDEN", False), ("503 SERVICE UNAVAILABLE", True)]
)
def test_a_bucket_that_does_not_answer_is_told_from_one_that_refuses(
    bucket: Opened, status: str, is_silent: bool
) -> None:
    data = bucket()
    bucket.server.before = lambda method, path: status
    with pytest.raises(BucketError, match="s3://bucket/") as error:
        storage_of(data).refresh()
    assert isinstance(error.value, SilentBucketError) == is_silent
