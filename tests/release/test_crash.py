"""A kill at any moment leaves the last release readable, and the next run clean.

Writers are killed twice over: at moments drawn at random, and right before each single step on
disk, so that no window between two steps is left out.
"""

import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dti_pipeline.release.journal import JournalError
from dti_pipeline.release.releases import ReleaseStateError
from tests.release import content
from tests.release.content import published_in, store_in
from tests.release.state import (
    current_release,
    folders,
    leftovers,
    revisions,
    statuses,
    whole_release,
)
from tests.release.steps import STEPS, Step
from tests.release.writer import ACTIONS, Writers

KILLED = -signal.SIGKILL
# More steps than any of the actions takes; reaching it would mean that one never ends.
MANY = 60
# Steps of a publication before the last file of the staging folder; the first test of this file
# goes through them all, the others start behind them.
STAGING = 9


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with two releases and a draft."""
    data = tmp_path_factory.mktemp("before") / "data"
    published = published_in(data)
    content.publish(published, 1)
    content.publish(published, 2)
    content.publish(published, 3, is_draft=True)
    content.save(store_in(data), 1)
    return data


def in_every_window(
    writing: Writers,
    before: Path,
    tmp_path: Path,
    action: str,
    *,
    after_kill: Callable[[Path], object],
    again: Callable[[Path], object],
    first: int = 1,
    **arguments: object,
) -> list[Path]:
    """Kill the action before each of its steps, each time from the same state; then redo it.

    Returns:
        The data folders after the second try, one per window.
    """
    done = []
    for step in range(first, MANY):
        data = shutil.copytree(before, tmp_path / str(step))
        status = writing.run(action, data, die_at=step, **arguments)
        if status == 0:
            return done
        assert status == KILLED
        assert (current_release(data) is None) == (not (before / "published/latest.json").exists())
        after_kill(data)
        again(data)
        assert leftovers(data) == []
        done.append(data)
    raise AssertionError(f"{action} takes more than {MANY} steps")


def current_number(data: Path) -> str | None:
    release = current_release(data)
    return release.release_id[:5] if release else None


def test_a_publication_killed_in_any_window_is_done_or_not_begun(
    writing: Writers, before: Path, tmp_path: Path
) -> None:
    seen = []
    windows = in_every_window(
        writing,
        before,
        tmp_path,
        "publish",
        after_kill=lambda data: seen.append((current_number(data), folders(data))),
        again=STEPS["publish"].take_once,
        **STEPS["publish"].arguments,
    )
    old, new = ["r0001", "r0002"], ["r0001", "r0002", "r0004"]
    # Not begun, renamed but not yet pointed to, pointed to: every window has been met.
    assert [state for n, state in enumerate(seen) if n == 0 or state != seen[n - 1]] == [
        ("r0002", old),
        ("r0002", new),
        ("r0004", new),
    ]
    for data in windows:
        assert current_number(data) == "r0004"
        assert statuses(data) == STEPS["publish"].after


def test_the_first_publication_killed_in_any_window_leaves_nothing_or_one_release(
    writing: Writers, tmp_path: Path
) -> None:
    for step in range(STAGING, MANY):
        data = tmp_path / str(step)
        data.mkdir()
        if writing.run("publish", data, die_at=step, number=1) == 0:
            break
        assert current_number(data) in (None, "r0001")
        content.publish(published_in(data), 1)
        assert leftovers(data) == []
        assert statuses(data) == {"r0001": "published"}
    assert step > STAGING + 5


@pytest.mark.parametrize(
    ("step", "currents", "entry"),
    [
        (STEPS["draft"], {"r0002"}, None),
        (STEPS["approve"], {"r0002", "r0003"}, ("published", "Hội đồng", "đã thẩm định")),
        (STEPS["discard"], {"r0002"}, ("discarded", "Tổ giúp việc", "lập nhầm")),
        (STEPS["withdraw"], {"r0001", "r0002"}, ("withdrawn", "Hội đồng", "sai số liệu")),
    ],
    ids=["draft", "approve", "discard", "withdraw"],
)
def test_a_step_killed_in_any_window_is_carried_out_or_never_begun(
    writing: Writers,
    before: Path,
    tmp_path: Path,
    step: Step,
    currents: set[str],
    entry: tuple[str, str, str] | None,
) -> None:
    seen = set()
    windows = in_every_window(
        writing,
        before,
        tmp_path,
        step.action,
        after_kill=lambda data: seen.add(current_number(data)),
        again=step.take_once,
        first=STAGING if step.action == "draft" else 1,
        **step.arguments,
    )
    assert seen == currents
    assert len(windows) >= (4 if step.action == "approve" else 3)
    for data in windows:
        assert statuses(data) == step.after
        assert step.after[current_number(data) or ""] == "published"
        drafts = {folder.name[:5] for folder in published_in(data).drafts.glob("*")}
        assert drafts == {name for name, status in step.after.items() if status == "draft"}
        if entry is not None:
            number = step.arguments["release_id"]
            events = published_in(data).journal.last_events().items()
            (last,) = (line for name, line in events if name.startswith(number))
            assert (last.event, last.by, last.reason) == entry


def test_what_is_withdrawn_is_not_withdrawn_again(before: Path, tmp_path: Path) -> None:
    data = shutil.copytree(before, tmp_path / "data")
    STEPS["withdraw"].take_once(data)
    with pytest.raises(ReleaseStateError, match="is withdrawn"):
        ACTIONS["withdraw"](data, **STEPS["withdraw"].arguments)


def test_a_clean_up_killed_in_any_window_is_done_by_the_next(
    writing: Writers, before: Path, tmp_path: Path
) -> None:
    # As a writer leaves it that is killed between the rename and the pointer.
    orphaned = shutil.copytree(before, tmp_path / "orphaned")
    published = published_in(orphaned)
    kept = {path: path.read_bytes() for path in published.root.iterdir() if path.is_file()}
    content.publish(published, 4)
    for path, text in kept.items():
        path.write_bytes(text)
    half_written = published.root / ".staging-r0005-00000000"
    half_written.mkdir()
    (half_written / "dim_tile.parquet").write_bytes(b"PAR1")
    assert folders(orphaned) == ["r0001", "r0002", "r0004"]

    windows = in_every_window(
        writing,
        orphaned,
        tmp_path,
        "recover",
        after_kill=lambda data: current_number(data) == "r0002" or pytest.fail("moved"),
        again=lambda data: content.publish(published_in(data), 5),
    )
    assert len(windows) >= 5
    for data in windows:
        assert folders(data) == ["r0001", "r0002", "r0004"]
        assert whole_release(data).table("dim_tile")["label_en"].unique().to_list() == ["tile 5"]


def test_a_revision_killed_in_any_window_is_stored_whole_or_not_at_all(
    writing: Writers, before: Path, tmp_path: Path
) -> None:
    seen = []
    windows = in_every_window(
        writing,
        before,
        tmp_path,
        "save",
        after_kill=lambda data: seen.append(revisions(data)),
        again=lambda data: content.save(store_in(data), 2),
        number=2,
    )
    # Also a reader that looks before anybody has cleared up sees no half revision.
    assert all(names in (["test-r0001"], ["test-r0001", "test-r0002"]) for names in seen)
    assert seen[0] == ["test-r0001"]
    assert len(windows) >= 8
    for data in windows:
        assert revisions(data) == ["test-r0001", "test-r0002"]


def test_a_journal_line_cut_off_anywhere_is_no_line_and_the_next_one_is_whole(
    before: Path, tmp_path: Path
) -> None:
    journal = published_in(shutil.copytree(before, tmp_path / "data")).journal
    whole = journal.path.read_bytes()
    entries = journal.entries()
    release_id = entries[-1].release_id
    journal.add(release_id, "withdrawn", by="Hội đồng", reason="số liệu sai thẩm quyền")
    last = journal.path.read_bytes().removeprefix(whole)
    assert len(last) > 100
    for cut in range(len(last)):
        journal.path.write_bytes(whole + last[:cut])
        assert journal.entries() == entries
        journal.add(release_id, "withdrawn", by="a", reason="b")
        assert [entry.event for entry in journal.entries()[len(entries) :]] == ["withdrawn"]


def test_a_journal_line_damaged_in_the_middle_is_named(before: Path, tmp_path: Path) -> None:
    journal = published_in(shutil.copytree(before, tmp_path / "data")).journal
    first, rest = journal.path.read_bytes().split(b"\n", 1)
    journal.path.write_bytes(first[:-5] + b"\n" + rest)
    with pytest.raises(JournalError, match=r"journal\.jsonl, line 1"):
        journal.entries()


def test_a_lost_journal_stops_the_next_writer_and_readers(before: Path, tmp_path: Path) -> None:
    data = shutil.copytree(before, tmp_path / "data")
    published = published_in(data)
    published.journal.path.unlink()
    for use in (published.latest, published.recover, lambda: content.publish(published, 4)):
        with pytest.raises(JournalError, match=r"journal\.jsonl is missing or lacks lines.*backup"):
            use()
    assert folders(data) == ["r0001", "r0002"]


def kill_at_random(writing: Writers, data: Path, *, kills: int, releases: int, seed: int) -> None:
    """Kill writers at random moments, each going on from what the one before left.

    Args:
        writing: starts the writers.
        data: an empty data folder.
        kills: kills at least.
        releases: releases that must have come about in between; on a slow machine it takes more
            kills to get there.
        seed: of the moments.
    """
    moments = random.Random(seed)
    published = published_in(data)
    content.publish(published, 1)
    newest, kill = 1, 0
    while kill < kills or newest < releases:
        kill += 1
        assert kill < 10 * kills, f"{kill} kills, and only {newest} releases"
        writer = writing.start("publish_for_ever", data, first=1_000 * kill)
        # Ever longer, so that a slow machine gets to publish as well.
        time.sleep(moments.uniform(0.0, 0.4) * (1 + kill / kills))
        os.kill(writer, signal.SIGKILL)
        assert writing.wait() == KILLED
        release = whole_release(data)
        number = int(release.release_id[1:5])
        assert number >= newest
        newest = number
        # What the next run does first; it goes on from the last number.
        published.recover()
        assert leftovers(data) == []
        assert published.release(None).release_id == release.release_id
        assert folders(data) == [f"r{n:04d}" for n in range(1, newest + 1)]
    followed = content.publish(published, 2)
    assert int(followed.release_id[1:5]) == newest + 1
    found = list(statuses(data).values())
    assert found == ["superseded"] * (len(found) - 1) + ["published"]
    events = [entry.event for entry in published.journal.entries()]
    assert events == ["published"] * len(found)
    chain = [release.manifest["supersedes"] for release in published.releases()]
    assert chain == [None, *(release.release_id for release in published.releases()[:-1])]


def test_twenty_kills_at_random_moments_lose_nothing(writing: Writers, tmp_path: Path) -> None:
    kill_at_random(writing, tmp_path / "data", kills=20, releases=5, seed=2022)


@pytest.mark.slow
def test_two_hundred_kills_at_random_moments_lose_nothing(writing: Writers, tmp_path: Path) -> None:
    kill_at_random(writing, tmp_path / "data", kills=220, releases=50, seed=922)
