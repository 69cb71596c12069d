"""A published file that is gone or broken: told by name with the remedy, and mended by the next run."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dti_pipeline.release.folder import DamagedReleaseError, Release
from dti_pipeline.release.journal import JournalError
from dti_pipeline.release.overview import POINTER_NAMES, NoReleaseError, UnknownReleaseError
from dti_pipeline.release.releases import Published
from dti_pipeline.store.revisions import DamagedStoreError
from tests.release import content
from tests.release.content import published_in, store_in

NUMBERS = dict.fromkeys(sorted(POINTER_NAMES), 1)


@pytest.fixture
def published(tmp_path: Path) -> Published:
    """Return a folder with two releases, the second one current."""
    found = published_in(tmp_path / "data")
    content.publish(found, 1)
    content.publish(found, 2)
    return found


def current(published: Published) -> Release:
    return published.release(None)


def remove(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:50])


@pytest.mark.parametrize(("damage", "told"), [(remove, "is missing"), (cut, "is damaged")])
def test_a_table_is_named_whether_it_is_read_or_scanned(
    published: Published, damage: Callable[[Path], None], told: str
) -> None:
    release = current(published)
    damage(release.folder / "dim_tile.parquet")
    for read in (release.table, release.scan):
        with pytest.raises(DamagedReleaseError, match=rf"dim_tile\.parquet {told}.*dti verify"):
            read("dim_tile")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (remove, "is missing"),
        (cut, "is damaged"),
        (lambda manifest: shutil.rmtree(manifest.parent), "is missing"),
    ],
)
def test_a_release_without_a_manifest_is_named(
    published: Published, damage: Callable[[Path], None], told: str
) -> None:
    damage(current(published).folder / "manifest.json")
    with pytest.raises(DamagedReleaseError, match=rf"r0002-.*manifest\.json {told}"):
        current(published)


POINTERS = ["{", "[]", "[1, 2]", "3", '{"release_id": "r0001"}', json.dumps(NUMBERS)]
MANIFESTS = ["{}", "[1, 2]", '{"release_id": "r0001"}']


@pytest.mark.parametrize(
    ("file", "text"),
    [
        *(("latest.json", text) for text in POINTERS),
        *(("releases/r0001-*/manifest.json", text) for text in MANIFESTS),
    ],
)
def test_a_broken_pointer_or_manifest_is_named(published: Published, file: str, text: str) -> None:
    (path,) = published.root.glob(file)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DamagedReleaseError, match=re.escape(f"{path} is damaged")):
        published.recover()  # which reads the pointer, then all manifests


def test_a_manifest_of_another_release_is_named(published: Published) -> None:
    first, second = (release.folder / "manifest.json" for release in published.releases())
    first.write_bytes(second.read_bytes())
    with pytest.raises(DamagedReleaseError, match=rf"it is no manifest of {first.parent.name}"):
        published.releases()


def test_a_line_of_the_journal_without_a_time_is_named(published: Published) -> None:
    line = json.loads(published.journal.path.read_bytes().splitlines()[0]) | {"at": "hôm qua"}
    published.journal.path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    with pytest.raises(JournalError, match=r"journal\.jsonl, line 1: .*hôm qua"):
        published.journal.entries()


def test_a_revision_that_the_store_lacks_is_named_with_its_remedy(published: Published) -> None:
    store = store_in(published.root.parent)
    with pytest.raises(DamagedStoreError, match=r"test-r0001/revision\.json is missing; restore"):
        store.revision("test-r0001")


def test_the_number_of_a_draft_that_an_account_may_not_see_is_not_used_again(
    published: Published,
) -> None:
    content.publish(published, 3, is_draft=True)
    published.drafts.rename(published.drafts.with_name("of-others"))
    assert content.publish(published, 4).release_id.startswith("r0004")


def test_a_lost_pointer_is_told_and_set_again_by_the_next_writer(published: Published) -> None:
    before = current(published)
    journal = published.journal.entries()
    (published.root / "latest.json").unlink()
    with pytest.raises(NoReleaseError, match=r"latest\.json is missing; `dti run` points"):
        current(published)
    published.recover()
    assert current(published).release_id == before.release_id
    assert published.journal.entries() == journal
    content.publish(published, 2)
    assert len(published.releases()) == 2


def test_a_lost_pointer_never_brings_a_withdrawn_release_back(published: Published) -> None:
    first, second = (release.release_id for release in published.releases())
    published.withdraw(second, by="Council", reason="wrong")
    (published.root / "latest.json").unlink()
    published.recover()
    assert current(published).release_id == first
    published.withdraw(first, by="Council", reason="wrong too")
    published.recover()
    with pytest.raises(NoReleaseError, match=r"every release was withdrawn"):
        current(published)


def test_a_release_is_found_by_its_number_alone(published: Published) -> None:
    first = published.releases()[0]
    assert published.release("r0001").release_id == first.release_id
    with pytest.raises(UnknownReleaseError, match=rf"no release 'r0003'.*{first.release_id}"):
        published.release("r0003")


def test_an_empty_folder_has_nothing_to_mend(tmp_path: Path) -> None:
    published = published_in(tmp_path / "data")
    published.recover()
    with pytest.raises(NoReleaseError, match=r"nothing has been published"):
        current(published)


def test_the_remedy_that_is_told_brings_the_release_back(
    published: Published, tmp_path: Path
) -> None:
    release = current(published)
    cut(release.folder / "dim_tile.parquet")
    shutil.move(release.folder, tmp_path / "away")
    (published.root / "latest.json").unlink()
    content.publish(published, 2)
    again = current(published)
    assert again.release_id == release.release_id
    assert again.table("dim_tile").height == release.manifest["files"]["dim_tile.parquet"]["rows"]
