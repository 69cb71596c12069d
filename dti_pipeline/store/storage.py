"""Where a data folder lies: on a disk, or in a bucket that several machines share.

Every stage works on a folder. That of a bucket is a copy on this machine, which holds what was
needed so far (``release/bucket.py``). Whatever lies in store and releases never changes, so the two
differ in the methods of `Folder` only.
"""

import shutil
from collections.abc import Callable, Collection, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeVar

from dti_pipeline.store.parquet import sync

Result = TypeVar("Result")


class OtherContentError(Exception):
    """A file that never changes does not hold what its hash says; the caller names the remedy."""


class Folder:
    """A folder on a disk: a rename is atomic, and the lock of the store keeps writers apart."""

    def __init__(self) -> None:
        # Ids of releases that somebody has used without publishing them.
        self.taken: set[str] = set()

    def refresh(self) -> None:
        """Bring in what others have delivered, configured and published."""

    def bring(self, folder: Path) -> None:
        """Bring in a folder that only some commands need; the data folder: everything."""

    def is_empty(self, data: Path) -> bool:
        """Say whether a data folder, which may be missing, holds nothing that others see."""
        return not (data.is_dir() and any(data.iterdir()))

    def move_in(self, staging: Path, data: Path) -> None:
        """Let everything in a folder be all there is in an empty data folder."""
        # What is published comes last: a release that is seen has its store.
        for place in sorted(staging.iterdir(), key=lambda place: place.name == "published"):
            place.rename(data / place.name)

    def change(self, step: Callable[[], Result]) -> Result:
        """Take a step that changes what is published: whole for everybody, or not at all.

        The step sees what is published now. Where another machine was first it is taken again.
        """
        return step()

    def add(self, files: Mapping[Path, bytes]) -> None:
        """Show everybody files whose names say their content, before they lie in the folder."""

    def place(self, staging: Path, place: Path, *, manifest: str, clocks: Collection[str]) -> None:
        """Give a complete folder its name, once; nobody sees it before it is whole.

        Args:
            staging: the folder, on the same file system.
            place: its name. Where it is there already with the same content, that one stays.
            manifest: the file that comes last.
            clocks: what may differ between the manifests of the same content.
        """
        try:
            staging.rename(place)
        except OSError:
            # On a share whose locks do nothing another machine was quicker with equal content.
            if not (place / manifest).is_file():
                raise
            shutil.rmtree(staging)
        sync(place.parent)

    def claim(self, number: str, owner: str) -> bool:
        """Say whether a number in the store is the owner's, and nobody else's from now on."""
        return True

    def fetch(self, path: Path) -> bool:
        """Get a file that the folder lacks, or that is damaged; say whether there is one."""
        return False

    def forget(self) -> None:
        """Drop what was copied of store and releases, so that it is read at its source."""

    def send(self) -> int:
        """Show everybody what was written beside store and releases; return how many files."""
        return 0

    def address(self, path: Path) -> str:
        """Return where others find a file or folder."""
        return str(path)


_FOLDER: Final = Folder()
COPIES: Final[dict[Path, Folder]] = {}
"""Local folder → the bucket that it is this process's copy of."""


def storage_of(path: Path) -> Folder:
    """Return the storage of a data folder, or of anything in it."""
    for folder, storage in COPIES.items():
        if path.is_relative_to(folder):
            return storage
    return _FOLDER


def content_of(path: Path, digest: str | None) -> bytes:
    """Read a file that never changes; one that is missing or damaged is fetched where it can be.

    Args:
        digest: SHA-256 of the file; None where nobody knows it.

    Raises:
        FileNotFoundError: if there is none.
        OtherContentError: if its content is not what the hash says.
    """
    if not path.is_file():
        storage_of(path).fetch(path)
    content = path.read_bytes()
    if digest in (None, sha256(content).hexdigest()):
        return content
    if storage_of(path).fetch(path):
        content = path.read_bytes()
        if digest == sha256(content).hexdigest():
            return content
    raise OtherContentError(path)
