"""Revisions: every computation that was ever made, with the inputs it was made from.

``data/store/<revision_id>/`` holds the tables of one revision and ``revision.json``;
``data/store/inputs/<sha256>`` holds every input once. Both are written beside and renamed, and
never change afterwards, so any revision can be read, compared and recomputed for ever. Whatever is
read is held against its hash first: a damaged file is an error, never a figure.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial, wraps
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

import polars as pl

from dti_pipeline.intake.files.kept import KeptResults
from dti_pipeline.results.on_demand import Tables
from dti_pipeline.store.inputs import NOTHING, PROVISIONAL, Input
from dti_pipeline.store.parquet import replace_file, sync, write_tables
from dti_pipeline.store.storage import OtherContentError, content_of, storage_of
from dti_pipeline.version import RULES_VERSION, lock_hash
from dti_pipeline.whole_file import naming
from dti_pipeline.workspace import Workspace
from schemas.catalogue import TABLES
from schemas.contract import Table
from schemas.messages import message
from schemas.text import SpokenError, Text

Result = TypeVar("Result")
Arguments = ParamSpec("Arguments")
Place = TypeVar("Place", bound=Any)  # a workspace, a store or releases

REVISION_FILE: Final = "revision.json"
LOCK: Final = ".lock"
# The stores this run holds already, so that a step inside a locked run does not wait for itself.
_HELD: Final[ContextVar[frozenset[Path]]] = ContextVar("held_stores", default=frozenset())


_GONE: Final = Text("không còn", "is missing")
_OTHER: Final = Text("không còn như khi ghi", "is not as it was written")


class DamagedStoreError(SpokenError, RuntimeError):
    """A file of the store that is gone or not as it was written; the message names the remedy."""

    def __init__(self, path: Path, what: Text) -> None:
        super().__init__(message("store.damaged", path=path, what=what, folder=path.parent))


class StoreBusyError(SpokenError, RuntimeError):
    """Another run is writing; the message says since when and what to do."""


@dataclass(frozen=True)
class Revision:
    """One computation of one assessment.

    Attributes:
        revision_id: running number with the input hash, unique in the store.
        revision_no: running number within the assessment, from 1.
        input_hash: hash of everything it was computed from.
        framework_hashes: framework id → SHA-256 of its file.
        supersedes: the revision before it, None for the first.
        sources: revisions it was derived from; empty for computed assessments.
        inputs: role, path and SHA-256 of every input in order.
        computed_at: clock time, for people only; never part of a table or a hash.
        sha256: hash of its ``revision.json``; not part of it.
    """

    assessment_id: str
    revision_id: str
    revision_no: int
    input_hash: str
    rules_version: str
    framework_hashes: dict[str, str]
    reason: str
    supersedes: str | None
    sources: tuple[str, ...]
    inputs: tuple[dict[str, str], ...]
    tables: dict[str, dict[str, Any]]
    computed_at: str
    sha256: str = field(default="", compare=False)

    @property
    def is_provisional(self) -> bool:
        """Say whether it leaves out units whose reports are still to come."""
        return any(entry["role"] == PROVISIONAL for entry in self.inputs)

    @property
    def framework_hash(self) -> str:
        """Return one hash for all frameworks of the revision."""
        hashes = sorted(self.framework_hashes.values())
        return hashes[0] if len(hashes) == 1 else sha256("".join(hashes).encode()).hexdigest()


def number_in(revision_id: str) -> int:
    """Return the running number that the id of a revision names."""
    return int(revision_id.split("-")[-2].removeprefix("r"))


def assessment_in(revision_id: str) -> str:
    """Return the assessment that the id of a revision names."""
    return revision_id.rsplit("-", 2)[0]


def shared_step(
    step: Callable[Concatenate[Place, Arguments], Result],
) -> Callable[Concatenate[Place, Arguments], Result]:
    """Let a function of such a place be one step of one writer, as in ``Folder.change``."""

    @wraps(step)
    def change(place: Place, /, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        whole: Callable[[], Result] = partial(step, place, *args, **kwargs)
        data: Path = place.data if isinstance(place, Workspace) else place.root.parent
        with Store(data / "store").writing(waits=True):
            return storage_of(data).change(whole)

    return change


class Store:
    """The revisions below one folder.

    Reading raises a DamagedStoreError where a file is gone or not as it was written.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @contextmanager
    def writing(self, *, waits: bool = False) -> Iterator[None]:
        """Hold the store and its releases for one writer.

        The lock is the kernel's: it ends with the process, so a dead one never blocks. What a
        killed writer left behind is cleared first. Steps inside a locked run pass through.

        Args:
            waits: wait for another writer to finish; for short steps of a scheduler's runs.

        Raises:
            StoreBusyError: if another process holds it and ``waits`` is not set.
        """
        here = self.root.resolve()
        if here in _HELD.get():
            yield
            return
        self.root.mkdir(parents=True, exist_ok=True)
        path = self.root / LOCK
        # Unbuffered, so that a full disk refuses the line here and not once more at the end.
        with path.open("ab+", buffering=0) as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
            except BlockingIOError:
                lock.seek(0)
                holder = lock.read().decode().strip() or "?"
                raise StoreBusyError("store.busy", holder=holder, folder=self.root) from None
            line = f"{os.getpid()} ({datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC)"
            with naming(path):
                lock.truncate(0)
                lock.write(line.encode())
            held = _HELD.set(_HELD.get() | {here})
            try:
                self._clear_leftovers()
                yield
            finally:
                _HELD.reset(held)
                lock.truncate(0)

    def _clear_leftovers(self) -> None:
        """Remove what a killed writer left half-written."""
        for folder in self.root.glob(".staging-*"):
            shutil.rmtree(folder)
        for file in self.root.glob("inputs/.*.tmp"):
            file.unlink()

    def revisions(self, assessment_id: str | None = None) -> tuple[Revision, ...]:
        """Return all revisions, or those of one assessment, by assessment and number."""
        if not self.root.is_dir():
            return ()
        # A name with a dot is a revision in the making: ``*`` finds it too.
        revisions = [self._load(path) for path in self.root.glob(f"[!.]*/{REVISION_FILE}")]
        of_assessment = [r for r in revisions if assessment_id in (None, r.assessment_id)]
        return tuple(sorted(of_assessment, key=lambda r: (r.assessment_id, r.revision_no)))

    def revision(self, revision_id: str) -> Revision:
        return self._load(self.root / revision_id / REVISION_FILE)

    def table(
        self, revision: Revision, name: str, *, columns: list[str] | None = None
    ) -> pl.DataFrame:
        """Read one table of a revision; empty where the revision has none of that name."""
        if name not in revision.tables:
            return TABLES[name].empty()
        return pl.read_parquet(BytesIO(self.table_content(revision, name)), columns=columns)

    def table_content(self, revision: Revision, name: str) -> bytes:
        path = self.root / revision.revision_id / f"{name}.parquet"
        return _content(path, revision.tables[name]["sha256"])

    @shared_step
    def save(
        self,
        tables: Tables,
        *,
        assessment_id: str,
        input_hash: str,
        inputs: Sequence[Input],
        framework_hashes: Mapping[str, str],
        reason: str,
        sources: Sequence[str] = (),
    ) -> Revision:
        """Write a new revision; visible only when it is complete.

        Args:
            tables: without revision_id.
            inputs: everything it was computed from; archived by content.
            reason: why it was computed, for people.
            sources: revisions it was derived from.
        """
        earlier = self.revisions(assessment_id)
        number = earlier[-1].revision_no + 1 if earlier else 1
        # Other libraries may write other bytes of the same inputs.
        owner, storage = f"{input_hash} {lock_hash()}", storage_of(self.root)
        while not storage.claim(f"{assessment_id}-r{number:04d}", owner):
            number += 1
        revision_id = f"{assessment_id}-r{number:04d}-{input_hash[:8]}"
        staging = self.root / f".staging-{revision_id}"
        if staging.exists():
            shutil.rmtree(staging)  # of a try that failed in this run
        staging.mkdir()
        with ThreadPoolExecutor(max_workers=1) as beside:
            archived = beside.submit(self.archive, inputs)
            files = write_tables(named(tables, revision_id=revision_id), folder=staging)
            archived.result()
        revision = Revision(
            assessment_id=assessment_id,
            revision_id=revision_id,
            revision_no=number,
            input_hash=input_hash,
            rules_version=RULES_VERSION,
            framework_hashes=dict(framework_hashes),
            reason=reason,
            supersedes=earlier[-1].revision_id if earlier else None,
            sources=tuple(sources),
            inputs=tuple(entry.record for entry in inputs),
            tables={name: asdict(entry) for name, entry in files.items()},
            computed_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        replace_file(staging / REVISION_FILE, _as_json(revision))
        sync(staging)
        clocks = ("computed_at", "checksum", "reason")
        place = self.root / revision_id
        storage.place(staging, place, manifest=REVISION_FILE, clocks=clocks)
        return self.revision(revision_id)

    def cached(self, kind: str, name: str, compute: Callable[[], pl.DataFrame]) -> pl.DataFrame:
        """Return a frame that follows from revisions alone; compute it the first time only.

        What is damaged, or was computed under other rules, is computed again.
        """
        kept = KeptResults(self.root / "derived" / RULES_VERSION / kind)
        (frame,) = kept.recall([name], lambda: [compute()])
        return frame

    def input_content(self, digest: str) -> bytes:
        """Return an archived input by its SHA-256."""
        return _content(self.root / "inputs" / digest, digest)

    def lay_input(self, digest: str, path: Path) -> None:
        """Put an archived input at a path, to be read there and not written to.

        Where the file system can, it is the archived file under a second name: copying a country's
        deliveries takes seconds.
        """
        content = self.input_content(digest)
        try:
            path.hardlink_to(self.root / "inputs" / digest)
        except OSError:  # another file system, or one without links
            path.unlink(missing_ok=True)  # which may be the second name of another input
            path.write_bytes(content)

    def archive(self, inputs: Sequence[Input]) -> None:
        """Keep every input once, by content; on disk before the revision that names it is.

        Inputs of a revision that breaks a contract stay: they are found again by their content.
        """
        folder = self.root / "inputs"
        folder.mkdir(parents=True, exist_ok=True)
        by_digest = {e.sha256: e for e in inputs if e.content or e.sha256 == NOTHING}
        targets = {
            folder / f".{digest}.{os.getpid()}.tmp": folder / digest
            for digest in by_digest
            if not (folder / digest).is_file()
        }
        storage_of(folder).add({path: by_digest[path.name].content for path in targets.values()})
        for beside, path in targets.items():
            beside.write_bytes(by_digest[path.name].content)
        # Forced to disk together: one by one, each would wait for the disk in turn.
        with ThreadPoolExecutor() as threads:
            list(threads.map(sync, targets))
        for beside, path in targets.items():
            beside.replace(path)
        sync(folder)

    def _load(self, path: Path) -> Revision:
        if not path.is_file():
            raise DamagedStoreError(path, _GONE)
        content = path.read_bytes()
        try:
            values = json.loads(content)
            checksum = values.pop("checksum", None)
            values["inputs"] = tuple(values["inputs"])
            values["sources"] = tuple(values["sources"])
            revision = Revision(**values, sha256=sha256(content).hexdigest())
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DamagedStoreError(
                path, Text(f"bị hỏng ({error})", f"is damaged ({error})")
            ) from None
        # Revisions of the first version have none.
        if checksum not in (None, _checksum(values)):
            raise DamagedStoreError(path, _OTHER)
        return revision


def _content(path: Path, digest: str) -> bytes:
    """Read a file and hold it against its hash."""
    try:
        return content_of(path, digest)
    except FileNotFoundError:
        raise DamagedStoreError(path, _GONE) from None
    except OtherContentError:
        raise DamagedStoreError(path, _OTHER) from None


def _as_json(revision: Revision) -> str:
    values = asdict(revision)
    del values["sha256"]
    return json.dumps(values | {"checksum": _checksum(values)}, ensure_ascii=False)


def _checksum(values: Mapping[str, Any]) -> str:
    return sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def named(tables: Tables, *, revision_id: str) -> Iterator[tuple[type[Table], pl.DataFrame]]:
    """Yield the tables of a revision with its id in them, and their contracts."""
    for name in tables:  # of which no frame is held while the next is made
        # Not `conform`, which holds the frame as it was while the other is checked.
        table, own_id = TABLES[name], pl.lit(revision_id)
        yield table, table.validate(table.arrange(tables[name].with_columns(revision_id=own_id)))
