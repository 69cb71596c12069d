"""Hashes of files that are looked at again: read when they may have changed, and only then."""

import os
from pathlib import Path

import pytest

from dti_pipeline.intake.files import contents
from dti_pipeline.intake.files.contents import digest_again


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    reads: list[str] = []

    def digest_of(path: Path) -> str:
        reads.append(path.read_text("utf-8"))
        return reads[-1]

    monkeypatch.setattr(contents, "digest_of", digest_of)
    return reads


def test_a_file_is_read_once_until_it_changes(
    tmp_path: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "_RECENT_NS", 0)
    file, known = tmp_path / "a.csv", dict[str, str]()
    file.write_text("one", "utf-8")
    time = file.stat().st_mtime_ns
    assert [digest_again(file, known) for _ in range(3)] == ["one"] * 3
    later = dict(known)
    assert digest_again(file, later) == "one"
    assert reads == ["one"]
    file.write_text("two", "utf-8")
    os.utime(file, ns=(time, time))  # same size, same time
    assert [digest_again(file, later) for _ in range(2)] == ["two"] * 2
    beside = tmp_path / "b.csv"
    beside.write_text("new", "utf-8")
    os.utime(beside, ns=(time, time))
    beside.replace(file)
    assert digest_again(file, later) == "new"
    assert reads == ["one", "two", "new"]


def test_a_change_in_the_moment_of_the_last_look_is_seen(
    tmp_path: Path, reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a file system whose clock counts in seconds both contents have the same times."""
    file, known = tmp_path / "a.csv", dict[str, str]()
    file.write_text("one", "utf-8")
    state = file.stat()
    assert digest_again(file, known) == "one"
    file.write_text("two", "utf-8")
    monkeypatch.setattr(Path, "stat", lambda *_, **__: state)
    assert digest_again(file, known) == "two"
    monkeypatch.setattr(contents.time, "time_ns", lambda: state.st_ctime_ns + 3 * 10**9)
    assert [digest_again(file, known) for _ in range(3)] == ["two"] * 3
    assert reads == ["one", "two", "two"]
