"""Commands on a bucket, and what they say where it does not answer."""

import sys
from pathlib import Path

import pytest

from dti_pipeline import cli
from dti_pipeline.cli import watch
from dti_pipeline.cli.run import run_assessments
from dti_pipeline.release.bucket import open_data
from schemas.text import WrongUsageError
from tests.conftest import copy_deliveries
from tests.release.buckets import Command, Opened, files_below
from tests.release.content import published_in


def test_watching_outlasts_a_silent_bucket(
    bucket: Opened,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bucket.deliver({"a/central/1.csv": b"1"})
    data = bucket()
    started: list[int] = []
    look = 0

    def next_look(_: float) -> None:
        nonlocal look
        look += 1
        if look == 2:
            bucket.deliver({"a/central/1.csv": b"2"})
            bucket.server.before = lambda method, path: "403 FORBIDDEN"
        elif look == 4:
            bucket.server.before = lambda method, path: None
        elif look == 8:
            raise KeyboardInterrupt

    monkeypatch.setattr(watch, "_run", lambda *_, **__: started.append(look) or True)
    monkeypatch.setattr("time.sleep", next_look)
    assert watch.watch_deliveries(every=10, data=data) == 0
    assert started == [1, 5]
    assert capsys.readouterr().err.count(f"dti: {bucket.address}") == 2


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


def test_the_commands_work_on_a_bucket_and_release_the_bytes_of_a_folder(
    bucket: Opened,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    dti: Command,
) -> None:
    plain = copy_deliveries(tmp_path / "data", "province-2023")
    for name, delivery in files_below(plain).items():
        bucket.put(name, delivery)

    assert run_assessments([], data=plain, reason="") == 0
    monkeypatch.setenv("DTI_DATA", bucket.address)
    assert f"{bucket.address}/published/releases/r0001-" in dti("run")
    release = published_in(plain).release(None)
    for name in release.entries:
        key = f"published/releases/{release.release_id}/{name}"
        assert bucket.get(key) == (release.folder / name).read_bytes()
    assert "Nothing new to release" in dti("run")
    assert "Đà Nẵng" in dti("rank", "province-2023", "--top", "1")
    assert "province-2023-r0001" in dti("status", "province-2023")
    assert release.release_id in dti("release", "list")
    assert "recomputed" in dti("verify", "--recompute")
    dti("report")
    assert f"site/{release.release_id}/index.html" in bucket.names()
    dti("duckdb", "--embed", "--out", str(tmp_path / "dti.duckdb"))
    dti("release", "withdraw", "r0001", "--by", "a", "--reason", "b")
    assert "withdrawn" in dti("release", "list")
