"""Recorded inputs laid out again as the data folder they came from."""

from errno import EXDEV
from hashlib import sha256
from pathlib import Path

import pytest

from dti_pipeline.intake.files.deliveries import list_deliveries
from dti_pipeline.store.inputs import NOTHING
from dti_pipeline.store.recorded import lay_out
from dti_pipeline.store.revisions import DamagedStoreError, Store
from tests.release import content
from tests.release.content import store_in


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = store_in(tmp_path / "data")
    content.save(store, 1)
    return store


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def test_inputs_lie_at_their_paths_as_the_files_of_the_store(store: Store, out: Path) -> None:
    first, second = store.revisions("test")[0].inputs
    refused = {"role": "refused", "path": "raw/test/bad.xls", "sha256": NOTHING}
    named = {"role": "ignored", "path": "raw/test/note.txt", "sha256": NOTHING}
    lay_out([first, second, refused, named], store, out)
    files = {path.relative_to(out).as_posix(): path for path in out.rglob("*") if path.is_file()}
    assert {name: path.read_bytes() for name, path in files.items()} == {
        "raw/test/central/a1.csv": b"a1",
        "raw/test/central/b1.csv": b"b1",
        "raw/test/note.txt": b"",
    }
    assert files[first["path"]].samefile(store.root / "inputs" / first["sha256"])


def test_what_is_laid_out_is_not_hashed_again(store: Store, out: Path) -> None:
    entries = store.revisions("test")[0].inputs
    workspace = lay_out(entries, store, out)
    for entry in entries:
        (out / entry["path"]).unlink()
        (out / entry["path"]).write_bytes(b"another")
    hashes = [file.sha256 for file in list_deliveries(workspace, "test").deliveries]
    assert hashes == [entry["sha256"] for entry in entries]
    (out / "raw/test/central/c1.csv").write_bytes(b"c1")
    (*_, third) = list_deliveries(workspace, "test").deliveries
    assert third.sha256 == sha256(b"c1").hexdigest()


def test_between_file_systems_inputs_are_copied(
    store: Store, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path, _target: Path) -> None:
        raise OSError(EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    entry = store.revisions("test")[0].inputs[0]
    lay_out([entry], store, out)
    copy = out / entry["path"]
    assert copy.read_bytes() == b"a1"
    assert copy.stat().st_nlink == 1


def test_a_path_that_is_recorded_twice_leaves_the_store_as_it_is(store: Store, out: Path) -> None:
    first, second = store.revisions("test")[0].inputs
    lay_out([first, {**second, "path": first["path"]}], store, out)
    assert (out / first["path"]).read_bytes() == b"b1"
    assert store.input_content(first["sha256"]) == b"a1"


def test_a_damaged_input_is_not_laid_out(store: Store, out: Path) -> None:
    entry = store.revisions("test")[0].inputs[0]
    (store.root / "inputs" / entry["sha256"]).write_bytes(b"a2")
    with pytest.raises(DamagedStoreError, match="is not as it was written"):
        lay_out([entry], store, out)
    assert not (out / entry["path"]).exists()
