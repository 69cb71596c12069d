"""What holds of a data folder on a disk and of one in a bucket: several machines, one truth."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from dti_pipeline.release.releases import ReleaseStateError
from tests.release import content
from tests.release.buckets import looked_at
from tests.release.content import published_in, store_in
from tests.release.state import current_release, statuses, whole_release

Machine = Callable[[], Path]


@pytest.fixture(params=["folder", "bucket"])
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    """Return what opens the shared data on one more machine."""
    if request.param == "folder":
        return lambda: tmp_path / "data"
    opened: Machine = request.getfixturevalue("bucket")
    return opened


# ---- a folder and a bucket -----------------------------------------------------------------------


def test_what_one_machine_publishes_another_reads(machine: Machine) -> None:
    first, second = machine(), machine()
    release = content.publish(published_in(first), 1)
    other = whole_release(looked_at(second))
    assert other.manifest_sha256 == release.manifest_sha256
    assert other.table("dim_tile").equals(release.table("dim_tile"))


def test_machines_publish_in_turn_and_number_on(machine: Machine) -> None:
    machines = [machine(), machine(), machine()]
    for number in range(1, 7):
        content.publish(published_in(machines[number % 3]), number)
    for data in map(looked_at, machines):
        assert list(statuses(data).values()) == ["superseded"] * 5 + ["published"]
        releases = published_in(data).releases()
        before = [release.manifest["supersedes"] for release in releases]
        assert before == [None, *(release.release_id for release in releases[:-1])]


def test_what_is_current_is_not_published_again_by_another_machine(machine: Machine) -> None:
    first, second = machine(), machine()
    release = content.publish(published_in(first), 1)
    assert content.publish(published_in(second), 1).release_id == release.release_id
    assert len(published_in(looked_at(first)).journal.entries()) == 1


def test_decisions_of_several_machines_stand_in_one_journal(machine: Machine) -> None:
    first, second, third = machine(), machine(), machine()
    content.publish(published_in(first), 1)
    draft = content.publish(published_in(second), 2, is_draft=True)
    other = content.publish(published_in(third), 3, is_draft=True)
    approved = published_in(first).approve(draft.release_id, by="a", reason="b")
    assert approved.manifest_sha256 == draft.manifest_sha256
    published_in(second).discard(other.release_id, by="c", reason="d")
    after = published_in(third).withdraw("r0002", by="e", reason="f")
    assert after is not None
    assert after.release_id.startswith("r0001")
    published_in(first).readmit("x.csv", "0" * 64, by="g", reason="h")
    for data in map(looked_at, (first, second, third)):
        assert statuses(data) == {"r0001": "published", "r0002": "withdrawn"}
        lines = [(entry.event, entry.by) for entry in published_in(data).journal.entries()]
        assert [event for event, _ in lines] == [
            *("published", "drafted", "drafted", "approved", "published"),
            *("discarded", "withdrawn", "readmitted"),
        ]
        assert [by for _, by in lines[3:]] == ["a", "a", "c", "e", "g"]
        register = pl.read_parquet(data / "published" / "dim_release.parquet")
        assert register["status"].to_list() == ["published", "withdrawn"]


def test_a_draft_of_a_machine_that_knew_less_is_not_approved(machine: Machine) -> None:
    first, second = machine(), machine()
    draft = content.publish(published_in(first), 1, is_draft=True)
    content.publish(published_in(second), 2)
    with pytest.raises(ReleaseStateError, match=draft.release_id):
        published_in(first).approve(draft.release_id, by="a", reason="b")


def test_after_the_last_withdrawal_nothing_is_current_until_somebody_publishes(
    machine: Machine,
) -> None:
    first, second = machine(), machine()
    content.publish(published_in(first), 1)
    assert published_in(second).withdraw("r0001", by="a", reason="b") is None
    assert current_release(looked_at(first)) is None
    content.publish(published_in(first), 2)
    assert statuses(looked_at(second)) == {"r0001": "withdrawn", "r0002": "published"}


def test_revisions_of_several_machines_number_on_and_hold_their_inputs(machine: Machine) -> None:
    first, second = machine(), machine()
    saved = [content.save(store_in(data), n) for n, data in enumerate((first, second, first), 1)]
    assert [revision.revision_no for revision in saved] == [1, 2, 3]
    for data in map(looked_at, (first, second)):
        assert list(store_in(data).revisions("test")) == saved
        for revision in saved:
            assert store_in(data).table(revision, "dim_tile").height == content.ROWS
            for entry in revision.inputs:
                name = Path(entry["path"]).stem.encode()
                assert store_in(data).input_content(entry["sha256"]) == name


def test_a_bucket_holds_the_bytes_of_a_folder(bucket: Machine, tmp_path: Path) -> None:
    folders = [tmp_path / "data", bucket()]
    for data in folders:
        content.save(store_in(data), 1)
        content.publish(published_in(data), 1)
        draft = content.publish(published_in(data), 2, is_draft=True)
        published_in(data).approve(draft.release_id, by="a", reason="b")
    plain, fetched = folders[0], bucket()
    for release in published_in(fetched).releases():
        for name in release.entries:
            release.content(name)
    for revision in store_in(fetched).revisions():
        store_in(fetched).table(revision, "dim_tile")
    files = [
        path.relative_to(fetched)
        for path in fetched.glob("*/*/**/*.*")
        if path.name not in ("manifest.json", "revision.json")
    ]
    assert len(files) > 8
    for file in files:
        assert (fetched / file).read_bytes() == (plain / file).read_bytes()
