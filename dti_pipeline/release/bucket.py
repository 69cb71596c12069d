"""A data folder in a bucket of any S3-compatible store, shared by several machines without a lock.

The bucket holds what a data folder holds, under the same names. Every process works on a copy of
its own below the cache folder, which keeps what it fetched for the next process.

- Revisions, inputs and releases never change: each object is created only if it is absent, the
  manifest of a folder last. A revision without its manifest is not seen by anybody.
- ``journal.jsonl`` decides. A step reads it, works on the copy, uploads what is new, and replaces
  the journal only if it is still the one that was read (If-Match). Of two writers one wins; the
  other reads again and takes its step again. A release without a line in the journal is not seen.
- ``latest.json`` and the table of releases follow the journal. A writer that dies between the two
  leaves a pointer to the release before, whole and readable; the next writer brings it up to date.
- The pointer carries the head of the journal, so its content and its ETag never repeat. Where every
  release was withdrawn it holds the head alone. No step depends on a clock.
"""

import fcntl
import json
import os
import random
import re
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from itertools import count
from pathlib import Path
from threading import RLock, get_ident
from typing import Any, Final, TypeVar

from dti_pipeline.intake.files.contents import digest_again
from dti_pipeline.release.folder import MANIFEST
from dti_pipeline.release.journal import JOURNAL, Journal
from dti_pipeline.release.objects import BucketError, Objects, State
from dti_pipeline.release.register import REGISTER
from dti_pipeline.store.parquet import replace_file
from dti_pipeline.store.revisions import REVISION_FILE
from dti_pipeline.store.storage import COPIES, Folder
from schemas.text import WrongUsageError

Result = TypeVar("Result")

# The pointer first: the journal is then at least as new as what the pointer was written after.
_STATE: Final = ("published/latest.json", f"published/{JOURNAL}", f"published/{REGISTER}")
_POINTER, _JOURNAL, _REGISTER = _STATE
_RELEASES: Final = "published/releases"
_DRAFTS: Final = "store/drafts"
# Last event in the journal → where the release lies; a discarded one lies nowhere.
_ROOMS: Final = {
    **dict.fromkeys(("drafted", "approved"), _DRAFTS),
    **dict.fromkeys(("published", "withdrawn"), _RELEASES),
}
# Folders of the store that are no revisions.
_NO_REVISIONS: Final = frozenset({"drafts", "inputs", "derived"})
# What people and other machines write: brought in whole.
_DELIVERED: Final = ("raw", "config")
# What is not for others, or has a protocol of its own.
_NOT_SENT: Final = frozenset({"store", "published", "evidence", "dagster", "portal"})
_INDEX: Final = ".objects.json"
_ATTEMPTS: Final = 60
_CONNECTIONS: Final = 16  # objects at a time


class _OthersWereFirstError(Exception):
    """The state is no longer the one that a step was taken on."""


def open_data(address: str | Path) -> Path:
    """Return the folder to work on: the data folder itself, or this process's copy of a bucket.

    Args:
        address: a path, or ``s3://bucket/prefix``.

    Raises:
        WrongUsageError: if it cannot be opened.
        BucketError: if the bucket does not answer.
    """
    # A path that was made of an address has lost one of its slashes.
    bucket = re.match(r"s3:/{1,2}(?P<bucket>[^/]+)/?(?P<prefix>.*)", str(address))
    if bucket is None:
        if str(address).startswith("s3:"):
            raise WrongUsageError("storage.no_address", address=address)
        return Path(address).resolve()
    opened = Bucket(bucket["bucket"], bucket["prefix"].strip("/"))
    opened.open()
    COPIES[opened.folder] = opened
    return opened.folder


class Bucket(Folder):
    """The copy of a bucket that one process works on, one step at a time."""

    def __init__(self, bucket: str, prefix: str) -> None:
        super().__init__()
        self._objects = Objects(bucket, prefix)
        self.name = self._objects.name
        self.folder, self.copy_lock = _free_copy(self.name)
        self._hashes: dict[str, str] = {}
        self._index: dict[str, list[Any]] = {}
        with suppress(FileNotFoundError, ValueError):  # without it everything is fetched again
            self._index = dict(json.loads((self.folder / _INDEX).read_bytes()))
        self._state: dict[str, State] = {}
        self._drafts: list[str] = []
        self._lock = RLock()
        self._is_changing = False
        # What a process that died has left unsent is stale.
        self._before = self._own_files()

    # ---- reading -------------------------------------------------------------------------------

    def open(self) -> None:
        """Begin with the copy; where another bucket lies under the name since, with a new one."""
        journal = self._objects.get(_JOURNAL).content or b""
        if not journal.startswith(self._content(_JOURNAL) or b""):
            self.forget()
        self.refresh()

    def refresh(self) -> None:
        with self._lock:
            for room in _DELIVERED:
                self._mirror(room)
            self._read_state()

    def bring(self, folder: Path) -> None:
        if folder != self.folder:
            self._mirror(self._key(folder))
            return
        keys = [entry["path"] for entry in self._objects.entries("") if entry["path"] not in _STATE]
        self._download_missing([key for key in keys if self._is_vouched_for(key)])

    def _is_vouched_for(self, key: str) -> bool:
        """Say whether an object is no part of a release that was never published, and the like."""
        place = Path(key).parent
        return (
            not key.startswith(("store/", "published/"))
            or place.name == "inputs"
            or (self.folder / place).is_dir()
        )

    def fetch(self, path: Path) -> bool:
        return self._download(self._key(path))

    def forget(self) -> None:
        with self._lock:
            for room in ("store", "published"):
                shutil.rmtree(self.folder / room, ignore_errors=True)
            self._read_state()

    def address(self, path: Path) -> str:
        return f"{self.name}/{self._key(path)}".removesuffix("/.")

    def _key(self, path: Path) -> str:
        return path.relative_to(self.folder).as_posix()

    def _mirror(self, room: str) -> None:
        """Make a folder hold exactly the objects of the bucket."""
        # Consoles make empty objects for folders; the slash at their end is not listed.
        entries = {entry["path"]: entry for entry in self._objects.entries(room)}
        folders = {parent.as_posix() for key in entries for parent in Path(key).parents}
        keys = {
            key
            for key, entry in entries.items()
            if entry["size"] or (key not in folders and Path(key).suffix)
        }
        self._download_missing(keys, {key: entries[key]["e_tag"] for key in keys})
        for path in sorted((self.folder / room).rglob("*"), reverse=True):
            if path.is_dir():
                if not any(path.iterdir()):
                    path.rmdir()
            elif self._key(path) not in keys:
                path.unlink()

    def _read_state(self) -> None:
        """Bring in what is published: journal, pointer, manifests. Tables follow when needed."""
        with self._lock:
            self._state = {key: self._objects.get(key) for key in _STATE}
            for key, state in self._state.items():
                self._write(key, None if _names_nothing(key, state.content) else state.content)
            rooms = self._rooms()
            folders = {room: self._objects.folders(room) for room in (_RELEASES, _DRAFTS)}
            self._drafts = folders[_DRAFTS]
            for room, names in folders.items():
                # Those that the journal vouches for.
                self._hold(room, [name for name in names if rooms.get(name) == room], MANIFEST)
            revisions = set(self._objects.folders("store")) - _NO_REVISIONS
            self._hold("store", revisions, REVISION_FILE)
            self._save_index()

    def _rooms(self) -> dict[str, str | None]:
        """Return where releases lie by the journal of the copy; None for those thrown away."""
        events = Journal(self.folder / "published").last_events()
        return {name: _ROOMS.get(entry.event) for name, entry in events.items()}

    def _hold(self, room: str, names: Collection[str], manifest: str) -> None:
        """Hold the manifests of these folders of a room, and no other folders."""
        self._download_missing([f"{room}/{name}/{manifest}" for name in names])
        for folder in (self.folder / room).glob("[!.]*/"):
            if room == "store" and folder.name in _NO_REVISIONS:
                continue
            if folder.name not in names or not (folder / manifest).is_file():
                shutil.rmtree(folder)

    def _download_missing(
        self, keys: Iterable[str], e_tags: Mapping[str, str | None] | None = None
    ) -> None:
        """Fetch what is not here as it was fetched last; objects without an ETag never change."""
        missing = [key for key in keys if not self._is_held(key, (e_tags or {}).get(key))]
        _at_once(self._download, missing)

    def _is_held(self, key: str, e_tag: str | None) -> bool:
        path, (last_tag, digest) = self.folder / key, self._index.get(key, (None, None))
        return (
            e_tag in (None, last_tag)
            and path.is_file()
            and digest_again(path, self._hashes) == digest
        )

    def _download(self, key: str) -> bool:
        state = self._objects.get(key)
        if state.content is None:
            return False
        self._write(key, state.content)
        self._index[key] = [state.e_tag, sha256(state.content).hexdigest()]
        return True

    def _write(self, key: str, content: bytes | None) -> None:
        path = self.folder / key
        if content is None:
            path.unlink(missing_ok=True)
        elif not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Not forced to disk: whatever is used is held against its hash, and fetched again.
            beside = self.folder / f".{get_ident()}.tmp"
            beside.write_bytes(content)
            beside.replace(path)

    def _save_index(self) -> None:
        index = {key: tags for key, tags in self._index.items() if (self.folder / key).is_file()}
        self._write(_INDEX, json.dumps(index).encode())

    # ---- changing what is published ------------------------------------------------------------

    def is_empty(self, data: Path) -> bool:
        entries = self._objects.entries("")
        return not any(entry["size"] for entry in entries)  # consoles make objects for folders

    def move_in(self, staging: Path, data: Path) -> None:
        self._require_conditions()
        paths = filter(Path.is_file, staging.rglob("*"))
        files = {path.relative_to(staging).as_posix(): path for path in paths}

        def create(key: str) -> None:  # unless somebody fills it at the same time
            self._create_once(key, files[key].read_bytes())

        _at_once(create, files.keys() - set(_STATE))
        # Nothing is released before the journal, which the pointer follows.
        for key in reversed(_STATE):
            if key in files:
                create(key)
        self.refresh()

    def _create_once(self, key: str, content: bytes) -> None:
        """Create an object; refuse where it is there with other content."""
        if self._objects.create(key, content) != content:
            raise BucketError("storage.other_content", address=f"{self.name}/{key}")

    def change(self, step: Callable[[], Result]) -> Result:
        with self._lock:
            if self._is_changing:
                return step()
            self._is_changing = True
            try:
                return self._changed(step)
            finally:
                self._is_changing = False

    def _require_conditions(self) -> None:
        """Refuse a store that heeds no conditions: two writers would both win."""
        probe = "store/.numbers/probe"
        self._objects.create(probe, b"1")
        if any(self._objects.replace(probe, b"2", state) for state in (State(), State(b"", '"0"'))):
            raise BucketError("storage.no_conditions", address=self.name)

    def _changed(self, step: Callable[[], Result]) -> Result:
        for attempt in range(_ATTEMPTS):
            # Not in step with others that lost at the same moment.
            time.sleep(random.uniform(0, min(2, 0.05 * attempt)))
            self._read_state()
            if self._state[_JOURNAL].content is None:  # of a new folder
                self._require_conditions()
            try:
                result = step()
                self._commit()
            except _OthersWereFirstError:
                continue
            return result
        raise BucketError("storage.contended", address=self.name)

    def _commit(self) -> None:
        """Let the journal of the copy be everybody's, then what follows from it."""
        journal = self._content(_JOURNAL)
        if journal is not None and journal != self._state[_JOURNAL].content:
            is_mine = self._objects.replace(_JOURNAL, journal, self._state[_JOURNAL])
            # Where the answer to an earlier try was lost, the lines of this step are there.
            if not is_mine and not (self._objects.get(_JOURNAL).content or b"").startswith(journal):
                raise _OthersWereFirstError
        for key in (_POINTER, _REGISTER):
            self._advance(key, journal)
        for name, room in self._rooms().items():
            if name in self._drafts and room != _DRAFTS:
                self._objects.delete(f"{_DRAFTS}/{name}")

    def _advance(self, key: str, journal: bytes | None) -> None:
        """Let an object follow the journal; whoever changed the journal since does it instead."""
        state, content = self._state[key], self._content(key)
        if content is None and _names_nothing(key, state.content):
            return
        if content is None:
            content = json.dumps({"journal_head": sha256(journal or b"").hexdigest()}).encode()
        while content != state.content and not self._objects.replace(key, content, state):
            if self._objects.get(_JOURNAL).content != journal:
                return
            state = self._objects.get(key)

    def _content(self, key: str) -> bytes | None:
        path = self.folder / key
        return path.read_bytes() if path.is_file() else None

    def place(self, staging: Path, place: Path, *, manifest: str, clocks: Collection[str]) -> None:
        key = self._key(place)
        files = {path.name: path.read_bytes() for path in staging.iterdir()}
        last = files.pop(manifest)
        keys = [f"{key}/{name}" for name in files]
        is_same = _at_once(self._objects.create, keys, files.values()) == [*files.values()]
        theirs = self._objects.create(f"{key}/{manifest}", last) if is_same else b"{}"
        # Of a writer that died, or that works on the same: its manifest is the folder's.
        if _without(theirs, clocks) != _without(last, clocks):
            if manifest == REVISION_FILE:
                raise BucketError("storage.other_content", address=self.address(place))
            self.taken.add(place.name)
            raise _OthersWereFirstError
        replace_file(staging / manifest, theirs)
        staging.rename(place)
        self._index[f"{key}/{manifest}"] = [None, sha256(theirs).hexdigest()]

    def claim(self, number: str, owner: str) -> bool:
        return self._objects.create(f"store/.numbers/{number}", owner.encode()) == owner.encode()

    def add(self, files: Mapping[Path, bytes]) -> None:
        contents = {self._key(path): content for path, content in files.items()}
        rooms = {str(Path(key).parent) for key in contents}
        there = {entry["path"] for room in rooms for entry in self._objects.entries(room)}
        missing = {key: content for key, content in contents.items() if key not in there}
        _at_once(self._objects.create, missing, missing.values())

    def send(self) -> int:
        with self._lock:
            now = self._own_files()
            changed = [path for path in now if now[path] != self._before.get(path)]
            paths = [path for path in changed if not self._is_held(self._key(path), None)]
            _at_once(self._send, paths)
            self._save_index()
            return len(paths)

    def _own_files(self) -> dict[Path, tuple[int, int]]:
        """Return the files that may be sent, and what tells that one was written since."""
        rooms = [room for room in self.folder.glob("[!.]*/") if room.name not in _NOT_SENT]
        paths = [path for room in rooms for path in sorted(room.rglob("*")) if path.is_file()]
        return {path: (path.stat().st_ino, path.stat().st_ctime_ns) for path in paths}

    def _send(self, path: Path) -> None:
        key, content = self._key(path), path.read_bytes()
        if key.split("/")[0] not in _DELIVERED:  # follows from a release
            self._objects.put(key, content)
        else:
            self._create_once(key, content)
        self._index[key] = [None, sha256(content).hexdigest()]


def _at_once(call: Callable[..., Result], *arguments: Iterable[Any]) -> list[Result]:
    with ThreadPoolExecutor(_CONNECTIONS) as pool:
        return list(pool.map(call, *arguments))


def _free_copy(address: str) -> tuple[Path, int]:
    """Return the first copy of a bucket that no living process works on, and its open lock."""
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    base = os.environ.get("DTI_CACHE") or Path(caches) / "dti"
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    digest = sha256(f"{endpoint} {address}".encode()).hexdigest()
    copies = Path(base).resolve() / digest[:16]
    copies.mkdir(0o700, parents=True, exist_ok=True)
    for number in count(1):
        lock = os.open(copies / f"{number}.lock", os.O_CREAT | os.O_RDWR)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            os.close(lock)
    folder = copies / str(number)
    folder.mkdir(exist_ok=True)
    return folder, lock


def _names_nothing(key: str, content: bytes | None) -> bool:
    """Say whether there is no object, or a pointer after the last release was withdrawn."""
    return content is None or (key == _POINTER and b'"release_id"' not in content)


def _without(manifest: bytes, clocks: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in json.loads(manifest).items() if name not in clocks}
