"""The copy of a bucket: what it fetches, when, and what is damaged in it."""

import os
from pathlib import Path

import pytest

from dti_pipeline.release.bucket import Bucket
from dti_pipeline.release.objects import BucketError
from dti_pipeline.release.verify import broken_links
from dti_pipeline.store.storage import storage_of
from tests.release import content
from tests.release.buckets import Opened, end, files_below, looked_at
from tests.release.content import published_in, store_in, unpacked
from tests.release.state import statuses


def test_deliveries_follow_the_bucket(bucket: Opened) -> None:
    data = bucket()
    first = {"a/central/1 Đà Nẵng [2].csv": b"1", "a/central/2.csv": b"2", "b/central/3.csv": b"3"}
    bucket.deliver(first)
    assert files_below(looked_at(data) / "raw") == first
    bucket.deliver({"a/central/2.csv": b"two", "b/central/3.csv": None, "c/x.csv": b""})
    # Consoles leave an empty object for a folder that somebody made.
    bucket.put("raw/a/self_reports", b"")
    second = {"a/central/1 Đà Nẵng [2].csv": b"1", "a/central/2.csv": b"two", "c/x.csv": b""}
    assert files_below(looked_at(data) / "raw") == second
    assert not (data / "raw" / "b").exists()


def test_what_is_damaged_in_a_copy_is_fetched_again(bucket: Opened) -> None:
    bucket.deliver({"a/central/1.csv": b"unit,figure"})
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
            assert store_in(data).table(revision, "dim_tile").height == content.ROWS
            for entry in revision.inputs:
                store_in(data).input_content(entry["sha256"])
            assert path.read_bytes() == before


def test_what_is_damaged_in_the_bucket_is_named_whatever_the_copy_holds(bucket: Opened) -> None:
    data = bucket()
    release = content.publish(published_in(data), 1)
    table = f"published/releases/{release.release_id}/dim_tile.parquet"
    bucket.put(table, b"PAR1")
    assert broken_links(published_in(data), store_in(data), release) == []
    storage_of(data).forget()
    problems = broken_links(published_in(data), store_in(data), published_in(data).release(None))
    assert [text.en for text in problems] == [
        "dim_tile.parquet: the content differs from the manifest"
    ]


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


def test_everything_can_be_brought_in_but_what_was_never_published(bucket: Opened) -> None:
    data = bucket()
    content.save(store_in(data), 1)
    content.publish(published_in(data), 1)
    whole = {name for name in files_below(data) if not Path(name).name.startswith(".")}
    bucket.put("published/releases/r0002-x/manifest.json", b"{}")
    bucket.put("store/test-r0002-x/dim_tile.parquet", b"")
    other = bucket()
    storage_of(other).bring(other)
    assert {name for name in files_below(other) if not Path(name).name.startswith(".")} == whole


def test_pages_are_sent_and_a_delivery_is_never_replaced(bucket: Opened) -> None:
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
    assert bucket.get("site/r0001/index.html") == b"2"
    assert (looked_at(bucket()) / "config/assessments/a.toml").read_text("utf-8") == "1"
    bucket.deliver({"a/central/1.csv": b"theirs"})
    mine = data / "raw" / "a" / "central" / "1.csv"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    with pytest.raises(BucketError, match="another content"):
        storage_of(data).send()
    assert bucket.get("raw/a/central/1.csv") == b"theirs"


def test_what_a_process_that_died_has_not_sent_is_not_sent_later(bucket: Opened) -> None:
    first = bucket()
    stale = first / "reports" / "dti.duckdb"
    stale.parent.mkdir()
    stale.write_bytes(b"r0001")
    end(first)
    bucket.put("reports/dti.duckdb", b"r0002")
    later = Bucket("bucket", bucket.prefix)
    assert later.folder == first
    assert later.send() == 0
    os.close(later.copy_lock)
    assert bucket.get("reports/dti.duckdb") == b"r0002"


def test_a_folder_of_the_first_version_may_be_copied_to_a_bucket(
    bucket: Opened, tmp_path: Path
) -> None:
    plain = unpacked("first_version", tmp_path)
    for name, file in files_below(plain).items():
        bucket.put(name, file)
    data = bucket()
    published = published_in(data)
    assert statuses(data) == statuses(plain)
    assert broken_links(published, store_in(data), published.release(None)) == []
    published.withdraw("r0003", by="a", reason="b")
    assert statuses(bucket())["r0002"] == "published"
