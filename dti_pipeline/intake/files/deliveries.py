"""List what was delivered: which files, of which kind, in which order.

The order is the kind (tables, reports, corrections, appraisals, official results), then the number
at the start of the file's name, then the name. Times of files are never looked at: copying a
folder would change the result.
"""

import errno
import os
import re
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final, Literal

from dti_pipeline.intake.files.contents import digest_of
from dti_pipeline.workspace import Workspace
from schemas.issues.issue import Issue, make
from schemas.plain_text import visible_text
from schemas.text import Text
from schemas.words import words_of

Kind = Literal["central", "self_report", "correction", "appraisal", "official"]

FOLDERS: Final[dict[str, Kind]] = {
    "central": "central",
    "self_reports": "self_report",
    "corrections": "correction",
    "appraisals": "appraisal",
    "official": "official",
}
"""Folder of an assessment → kind of its files, in the order in which kinds are applied."""

KINDS: Final[tuple[Kind, ...]] = tuple(FOLDERS.values())

# Figures in a format that is not read must not be overlooked; other files (scans) may lie about.
_TABLES: Final = frozenset(
    {".xlsx", ".xls", ".xlsm", ".xlsb", ".xltx", ".ods", ".csv", ".tsv", ".et", ".numbers"}
)
_ARCHIVES: Final = frozenset({".zip", ".rar", ".7z", ".gz", ".tar"})
_NUMBERED: Final[frozenset[Kind]] = frozenset({"correction", "appraisal"})
_LEADING_NUMBER: Final = re.compile(r"^(\d{1,6})(?!\d)")
_NOTES: Final = re.compile(r"^(readme|sources)(\..*)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file as received."""

    delivery_no: int  # the number at the start of its name; 1 where there is none
    path: str  # begins in the data folder and has forward slashes
    kind: Kind
    sha256: str

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Listing:
    """The deliveries of one assessment in their order, and what is wrong in the folder."""

    deliveries: tuple[Delivery, ...]
    issues: tuple[Issue, ...]


def assessment_folder(assessment_id: str) -> str:
    return f"raw/{assessment_id}"


def require_access(workspace: Workspace, assessment_id: str) -> None:
    """Refuse a folder of reports that may not be read: it would seem to hold no report.

    For commands that say who has delivered. A run is blocked by what `list_deliveries` finds.

    Raises:
        PermissionError: if it may not be read.
    """
    with suppress(FileNotFoundError, NotADirectoryError):
        os.scandir(workspace.data / assessment_folder(assessment_id) / "self_reports").close()


def list_deliveries(
    workspace: Workspace,
    assessment_id: str,
    *,
    kinds: Collection[Kind] = KINDS,
    digest: Callable[[Path], str] | None = None,
) -> Listing:
    """List the files of one assessment, sorted.

    Folders of other kinds than ``kinds`` are not looked into: every delivery is hashed once per
    reading, by ``digest``; without one, as far as the workspace does not know its hash.

    What programs leave behind and notes (README, SOURCES) are left out with an issue of severity
    info, documents and files in other folders with a warning. Tables in the wrong place, files
    whose link leads out of the data folder, files whose name is no UTF-8, and files that cannot be
    opened block.
    """
    data_dir, digests = workspace.data, workspace.digests
    hash_of = digest or (lambda path: digests.get(path) or digest_of(path))
    folder, root = data_dir / assessment_folder(assessment_id), data_dir.resolve()
    # Only links lead elsewhere; asking the system for each of a country's files takes a second.
    is_here = Path(os.path.realpath(folder)).is_relative_to(root)
    deliveries: list[Delivery] = []
    issues: list[Issue] = []
    folders = [name for name, kind in FOLDERS.items() if kind in kinds]
    for path, is_link, refusal in _files(folder, None if kinds == KINDS else folders):
        name = path.relative_to(data_dir).as_posix()
        try:
            name.encode("utf-8")
        except UnicodeEncodeError:
            issues.append(make("file.name_encoding", source_file=visible_text(name)))
            continue
        if refusal is not None:
            issues.append(_unread(name, refusal))
            continue
        # ``Path.resolve`` gives up on a link that leads to itself; opening it says so.
        is_inside = Path(os.path.realpath(path)).is_relative_to(root) if is_link else is_here
        is_folder = is_link and path.is_dir()
        kind = _kind_of(path, name, is_inside=is_inside, is_folder=is_folder, folder=folder)
        result = kind if isinstance(kind, Issue) else _delivery(path, name, kind, hash_of)
        if isinstance(result, Issue):
            issues.append(result)
        else:
            deliveries.append(result)
    deliveries.sort(key=lambda file: (KINDS.index(file.kind), file.delivery_no, file.path))
    return Listing(tuple(deliveries), tuple(issues))


def _delivery(path: Path, name: str, kind: Kind, digest: Callable[[Path], str]) -> Delivery | Issue:
    number = _LEADING_NUMBER.match(path.name)
    if kind in _NUMBERED and number is None:
        return make("delivery.order_unknown", source_file=name)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            fault = words_of("file_faults")["file.not_regular"]
            return make("file.not_a_file", source_file=name, what=fault)
        sha256 = digest(path)
    except OSError as error:
        return _unread(name, error)
    return Delivery(int(number[1]) if number else 1, name, kind, sha256)


def _files(
    folder: Path, names: Collection[str] | None = None
) -> Iterator[tuple[Path, bool, OSError | None]]:
    """Yield all files below a folder in the order of their names, and whether each is a link.

    ``names`` are the entries of the folder to look at. Links to folders stay as they are. A folder
    that cannot be looked into, or that is called like a table, comes with the error.
    """
    try:
        if not folder.is_dir():
            return
        with os.scandir(folder) as entries:  # which know what they are without asking the system
            files = sorted(
                (file.name, file.is_symlink(), file.is_dir(follow_symlinks=False))
                for file in entries
                if names is None or file.name in names
            )
    except OSError as error:
        yield folder, False, error
        return
    for name, is_link, is_folder in files:
        path = folder / name
        if not is_folder:
            yield path, is_link, None
        elif path.suffix.lower() in _TABLES:
            yield path, False, IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        else:
            yield from _files(path)


def _kind_of(
    path: Path, name: str, *, is_inside: bool, is_folder: bool, folder: Path
) -> Kind | Issue:
    parts, suffix = path.relative_to(folder).parts, path.suffix.lower()
    for pattern, what in words_of("leftovers").items():
        if any(re.fullmatch(pattern, part, re.IGNORECASE) for part in parts):
            return make("file.leftover", source_file=name, name=path.name, what=what)
    if _NOTES.match(path.name):
        return make("file.ignored", source_file=name, name=path.name, action_taken="ignored")
    if not is_inside:
        return make("file.symlink_outside", source_file=name)
    if is_folder:
        return make("table.unknown", source_file=name, table=path.name, action_taken="ignored")
    kind = FOLDERS.get(parts[0])
    endings = ".xlsx" if kind == "self_report" else ".xlsx, .csv"
    if suffix in _ARCHIVES:
        return make("file.not_a_workbook", source_file=name, what=suffix)
    if suffix not in _TABLES:
        end, documents = suffix or path.name, words_of("documents").items()
        unknown = Text(f"tệp “{end}”", f"a “{end}” file")
        what = next((what for ends, what in documents if suffix in ends.split()), unknown)
        return make("file.other_kind", source_file=name, what=what, wanted=endings)
    if kind is None or len(parts) != 2:
        place = "/".join(parts[:-1]) or "."
        for target in get_close_matches(parts[0].casefold(), FOLDERS, n=1, cutoff=0.75):
            return make("file.misplaced", source_file=name, place=place, target=target)
        return make("file.no_folder", source_file=name, place=place, folders=", ".join(FOLDERS))
    # Reports are workbooks; everything else may be CSV as well.
    if suffix == ".xlsx" or (suffix == ".csv" and kind != "self_report"):
        return kind
    return make("file.not_a_workbook", source_file=name, what=suffix)


def _unread(name: str, error: OSError) -> Issue:
    if isinstance(error, PermissionError):
        return make("file.no_permission", source_file=name)
    is_none = errno.errorcode.get(error.errno or 0) in words_of("os_errors")
    what = in_words(error.strerror or str(error))
    return make("file.not_a_file" if is_none else "file.unreadable", source_file=name, what=what)


def in_words(reason: str) -> Text:
    """Return a reason of system or library in both languages; its own words where it is unknown."""
    unknown = Text(f"nguyên văn lỗi: {reason}", f"error: {reason}")
    of_system = {
        os.strerror(getattr(errno, code)): what for code, what in words_of("os_errors").items()
    }
    return {**words_of("library_errors"), **of_system}.get(reason, unknown)
