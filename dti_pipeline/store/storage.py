"""Where a data folder lies: on a disk, or in a bucket that several machines share.

Every stage works on a folder. That of a bucket is a copy on this machine that holds what was needed
so far (``release/bucket.py``). Whatever lies in store and releases never changes, so the two differ
in four things only, the methods of `Storage`.
"""

import shutil
from collections.abc import Callable, Collection, Mapping
from functools import partial, wraps
from hashlib import sha256
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, Protocol, TypeVar

from dti_pipeline.store.parquet import sync

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")
Place = TypeVar("Place", bound="HasRoot")


class Storage(Protocol):
    """What differs between a folder and a bucket."""

    taken: set[str]
    """Ids of releases that somebody else has used without publishing them."""

    def refresh(self) -> None:
        """Bring in what others have delivered, configured and published."""

    def bring(self, folder: Path) -> None:
        """Bring in a folder that only some commands need."""

    def change(self, step: Callable[[], Result]) -> Result:
        """Take a step that changes what is published: whole for everybody, or not at all.

        The step sees what is published now. Where another machine was first it is taken again.
        """

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

    def claim(self, number: str, owner: str) -> bool:
        """Say whether a number in the store is the owner's, and nobody else's from now on."""

    def fetch(self, path: Path) -> bool:
        """Get a file that the folder lacks, or that is damaged; say whether there is one."""

    def forget(self) -> None:
        """Drop what was copied of store and releases, so that it is read at its source."""

    def send(self) -> int:
        """Show everybody what was written beside store and releases; return how many files."""

    def address(self, path: Path) -> str:
        """Return where others find a file or folder."""

    def close(self) -> None:
        """Leave the folder to another process."""


class HasRoot(Protocol):
    root: Path


class Folder:
    """A folder on a disk: a rename is atomic, and the lock of the store keeps writers apart."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def refresh(self) -> None:
        pass

    def bring(self, folder: Path) -> None:
        pass

    def change(self, step: Callable[[], Result]) -> Result:
        return step()

    def add(self, files: Mapping[Path, bytes]) -> None:
        pass

    def place(self, staging: Path, place: Path, *, manifest: str, clocks: Collection[str]) -> None:
        try:
            staging.rename(place)
        except OSError:
            # On a share whose locks do nothing another machine was quicker with equal content.
            if not (place / manifest).is_file():
                raise
            shutil.rmtree(staging)
        sync(place.parent)

    def claim(self, number: str, owner: str) -> bool:
        return True

    def fetch(self, path: Path) -> bool:
        return False

    def forget(self) -> None:
        pass

    def send(self) -> int:
        return 0

    def address(self, path: Path) -> str:
        return str(path)

    def close(self) -> None:
        pass


_FOLDER: Final = Folder()
_BUCKETS: Final[dict[Path, Storage]] = {}
"""Local folder → the bucket it is a copy of, of this process."""


def register(folder: Path, storage: Storage) -> None:
    """Let a folder be the copy of a bucket from now on."""
    _BUCKETS[folder] = storage


def storage_of(path: Path) -> Storage:
    """Return the storage of a data folder, or of anything in it."""
    for folder, storage in _BUCKETS.items():
        if path.is_relative_to(folder):
            return storage
    return _FOLDER


def close_all() -> None:
    """Leave all copies of buckets."""
    while _BUCKETS:
        _, storage = _BUCKETS.popitem()
        storage.close()


def send_all() -> dict[str, int]:
    """Send what this process has written; return address → files."""
    sent = {storage.address(folder): storage.send() for folder, storage in _BUCKETS.items()}
    return {address: count for address, count in sent.items() if count}


def shared_step(
    step: Callable[Concatenate[Place, Arguments], Result],
) -> Callable[Concatenate[Place, Arguments], Result]:
    """Let a method of store or releases be one step in the sense of ``Storage.change``."""

    @wraps(step)
    def change(place: Place, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        taken: Callable[[], Result] = partial(step, place, *args, **kwargs)
        return storage_of(place.root).change(taken)

    return change


def content_of(path: Path, digest: str | None) -> bytes:
    """Read a file that never changes; one that is missing or damaged is fetched where it can be.

    Args:
        path: the file.
        digest: its SHA-256; None where nobody knows it. The caller refuses another content.

    Raises:
        FileNotFoundError: if there is none.
    """
    content = path.read_bytes() if path.is_file() else None
    is_whole = content is not None and digest in (None, sha256(content).hexdigest())
    if not is_whole and storage_of(path).fetch(path):
        content = path.read_bytes()
    return path.read_bytes() if content is None else content
