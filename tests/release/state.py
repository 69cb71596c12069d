"""What must hold of a data folder: after every kill, and after the run that follows."""

import json
from hashlib import sha256
from pathlib import Path

from dti_pipeline.release.folder import Release, differing_files, open_release
from tests.release.content import published_in, store_in


def current_release(data: Path) -> Release | None:
    """Open the current release as a reader does, and check it against pointer and manifest."""
    pointer = data / "published" / "latest.json"
    if not pointer.exists():
        return None
    named = json.loads(pointer.read_text(encoding="utf-8"))
    folder = data / "published" / named["path"]
    manifest = (folder / "manifest.json").read_bytes()
    assert sha256(manifest).hexdigest() == named["manifest_sha256"]
    release = open_release(folder)
    assert release.release_id == named["release_id"] == folder.name
    assert differing_files(release) == []
    for name in release.manifest["files"]:
        rows = release.table(name.removesuffix(".parquet"))
        assert set(rows["release_id"].unique()) <= {release.release_id}
    return release


def whole_release(data: Path) -> Release:
    """Return the current release, which must be there and whole."""
    release = current_release(data)
    assert release is not None
    return release


def leftovers(data: Path) -> list[str]:
    """List what only a killed writer leaves behind: hidden files and folders."""
    return sorted(
        path.relative_to(data).as_posix()
        for path in data.rglob(".*")
        if path != data / "store" / ".lock"
    )


def statuses(data: Path) -> dict[str, str]:
    """Return the status of every release and draft by number; all of them must verify."""
    published = published_in(data)
    releases = published.releases()
    assert all(differing_files(release) == [] for release in releases)
    standing = {
        name
        for name, entry in published.journal.last_events().items()
        if entry.event != "discarded"
    }
    assert standing == {release.release_id for release in releases}
    return {release.release_id[:5]: published.status(release.release_id) for release in releases}


def folders(data: Path) -> list[str]:
    """Return the first five letters of the folders of releases: their numbers."""
    return sorted(path.name[:5] for path in (data / "published" / "releases").iterdir())


def revisions(data: Path) -> list[str]:
    """Return the stored revisions; the archived inputs of each must be there, byte for byte."""
    store = store_in(data)
    found = store.revisions()
    for revision in found:
        assert store.revision(revision.revision_id) == revision
        assert store.table(revision, "dim_tile").height == 400
        for entry in revision.inputs:
            assert store.input_content(entry["sha256"]) == Path(entry["path"]).stem.encode()
    return [revision.revision_id[:10] for revision in found]
