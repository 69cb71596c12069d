"""A backup in an empty bucket, and what stands there already."""

import json
import tarfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from dti_pipeline.cli import keeping
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.run import run_assessments
from dti_pipeline.release.objects import BucketError
from dti_pipeline.store.storage import storage_of
from tests.conftest import copy_deliveries
from tests.release import content
from tests.release.buckets import Command, Opened, end, files_below
from tests.release.content import published_in, store_in
from tests.release.state import statuses


def test_a_backup_in_an_empty_bucket_is_recomputed_and_goes_on_from_its_journal(
    bucket: Opened,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    dti: Command,
) -> None:
    plain, saved = copy_deliveries(tmp_path / "data", "province-2023"), tmp_path / "b.tar"
    assert run_assessments([], data=plain) == 0
    copy_deliveries(plain, "ninh-binh-2021")
    assert run_assessments([], data=plain, is_draft=True) == 0
    assert keeping.write_backup(saved, data=plain) == 0

    monkeypatch.setenv("DTI_DATA", bucket.address)
    assert "2 release(s) followed to their inputs" in dti("restore", str(saved))
    files = files_below(plain)
    for name in bucket.names():
        assert name == "store/.numbers/probe" or bucket.get(name) == files[name]
    for release in ("r0001", "r0002"):
        assert "recomputed" in dti("verify", "--recompute", release)
    dti("release", "approve", "r0002", "--by", "a", "--reason", "b")
    assert statuses(bucket()) == {"r0001": "superseded", "r0002": "published"}
    assert "Nothing new to release" in dti("run")
    assert f"{bucket.address} is not empty" in dti("restore", str(saved), status=1)


def test_the_folder_that_a_console_made_is_empty(bucket: Opened) -> None:
    data = bucket()
    for folder in ("", "raw/"):
        endpoint = bucket.server.environment["AWS_ENDPOINT_URL"]
        address = f"{endpoint}/bucket/{bucket.prefix}/{folder}"
        urlopen(Request(address, b"", method="PUT")).close()
    assert storage_of(data).is_empty(data)
    bucket.deliver({"a/central/1.csv": b"1"})
    assert not storage_of(data).is_empty(data)


def test_a_writer_that_fills_the_bucket_meanwhile_is_not_overwritten(
    bucket: Opened, tmp_path: Path
) -> None:
    staging, key = tmp_path / "staging", "published/journal.jsonl"
    data = bucket()
    bucket.put(key, b"theirs")
    (staging / "published").mkdir(parents=True)
    (staging / "published" / "journal.jsonl").write_bytes(b"mine")
    with pytest.raises(BucketError, match="another content"):
        storage_of(data).move_in(staging, data)
    assert bucket.get(key) == b"theirs"


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


def test_a_copy_from_before_the_loss_of_its_bucket_is_dropped(bucket: Opened) -> None:
    data = bucket()
    revision = content.save(store_in(data), 1)
    content.publish(published_in(data), 1)
    key = f"store/{revision.revision_id}/revision.json"
    again = json.loads(bucket.get(key)) | {"reason": "computed again"}
    del again["checksum"]
    end(data)
    bucket.server.objects.delete([f"{bucket.prefix}/{name}" for name in bucket.names()])
    bucket.put(key, json.dumps(again).encode())
    later = bucket()
    assert later == data
    assert store_in(later).revision(revision.revision_id).reason == "computed again"
