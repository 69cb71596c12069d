"""A release is explained and planned from with what it was computed from, not with today's files."""

import shutil
from pathlib import Path

import pytest

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.selection import Selection
from dti_pipeline.index.frameworks.load import framework_path


@pytest.fixture
def changed(province_data: Path, tmp_path: Path) -> Path:
    """Return a data folder whose framework 922 was edited after the release."""
    data = tmp_path / "data"
    for room in ("published", "store"):
        shutil.copytree(province_data / room, data / room)
    edited = data / "config" / "frameworks" / "province-922.toml"
    edited.parent.mkdir(parents=True)
    text = framework_path("province-922", search=()).read_text(encoding="utf-8")
    edited.write_text(text.replace("Nhận thức số", "Nhận thức khác"), encoding="utf-8")
    return data


def selection(data: Path) -> Selection:
    return Selection.open(data, "province-2022", as_of=None)


def test_an_edited_framework_is_read_from_the_stores_copy(changed: Path) -> None:
    release = selection(changed).release
    framework = selection(changed).framework("province-922")
    assert framework.content_hash == release.manifest["frameworks"]["province-922"]
    assert framework.mains["1"].name_vi == "Nhận thức số"


def test_without_a_copy_the_reader_is_told_what_to_do(changed: Path) -> None:
    shutil.rmtree(changed / "store")
    with pytest.raises(
        UsageError, match=r"province-922 has changed since release .*; run: dti run"
    ):
        selection(changed).framework("province-922")
    with pytest.raises(UsageError, match="does not hold province-2022-r0001"):
        selection(changed).definition()


def test_a_release_without_its_store_is_planned_from_if_the_files_are_the_same(
    changed: Path,
) -> None:
    shutil.rmtree(changed / "store")
    shutil.rmtree(changed / "config")
    accounts = selection(changed).accounts()
    assert accounts.row("VN-P63-48", "DTI")["rank"] == 1
