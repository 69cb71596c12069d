"""Look at a delivered file before anything opens it, and say why it must not be opened.

Nothing is unpacked to disk and no cell is read here. Macros, external links and document type
declarations have no place in a report of figures, so they are refused instead of disarmed.
"""

import os
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from dti_pipeline.index.csv_rows import Finding


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a delivery may be.

    A form of 300 rows and 14 columns is about 40 kB and unpacks to 200 kB. 64 MiB of XML are some
    1.7 million cells, 150 figures for each of 11,000 communes. Sheets of figures pack 5 fold and
    sheets of styled empty cells 11 to 17 fold; deflate ends at about 1,030 fold.
    """

    file_bytes: int = 25 * 2**20
    members: int = 1_000  # parts in the workbook's archive
    unpacked_bytes: int = 64 * 2**20  # all parts together
    ratio: int = 150  # unpacked over packed size, for the whole archive
    member_ratio: int = 300  # the same for one part
    ratio_from_bytes: int = 2**20  # what unpacks to less may have any ratio


DEFAULT_LIMITS: Final = Limits()


# What the archive library raises for an archive that is broken in one way or another.
ARCHIVE_ERRORS: Final = (
    zipfile.BadZipFile,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
    zlib.error,
)

# Code and details of a finding.
_Fault = tuple[str, dict[str, str | int]]


class DocumentTypeError(Exception):
    """An XML part declares a document type or an entity."""


class Damage(Exception):
    """A part that does not follow the format, or is no XML."""


def inspect(path: Path, *, root: Path, limits: Limits = DEFAULT_LIMITS) -> list[Finding]:
    """Return the reasons not to open a delivered workbook or CSV file; none when it may be read.

    ``root`` is the folder that it must lie in, links followed. A file that fails an early check
    (place, size, archive) is not looked into any further. Raises ``OSError`` where it cannot be
    opened.
    """
    code = _misplacement(path, root=root)
    faults = [(code, {})] if code else _file_faults(path, limits=limits)
    return [Finding(code, str(path), details) for code, details in faults]


def _file_faults(path: Path, *, limits: Limits) -> Iterator[_Fault]:
    size = path.stat().st_size
    suffix = path.suffix.lower()
    if size == 0:
        yield "file.empty", {}
    elif size > limits.file_bytes:
        yield "file.too_large", {"bytes": size, "limit": limits.file_bytes}
    elif suffix in {".xlsm", ".xltm", ".xlam"}:
        yield "file.macro", {"part": path.name}
    elif suffix in {".xlsx", ".xls"}:
        yield from _workbook_faults(path, size=size, limits=limits)
    elif suffix != ".csv":
        yield "file.unknown_kind", {"suffix": suffix}


def _misplacement(path: Path, *, root: Path) -> str | None:
    """Check where a path leads, its links followed, and that a regular file stands there."""
    real_root, absolute = os.path.realpath(root), Path(os.path.abspath(path))
    if not any(map(absolute.is_relative_to, (os.path.abspath(root), real_root))):
        return "file.outside_root"
    if not Path(os.path.realpath(path)).is_relative_to(real_root):
        return "file.symlink_outside"
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return "file.missing"
    return None if stat.S_ISREG(mode) else "file.not_regular"


def _workbook_faults(path: Path, *, size: int, limits: Limits) -> list[_Fault]:
    with path.open("rb") as file:
        start = file.read(8)
        if start == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
            # The old container holds an .xls workbook, or a new one behind a password.
            locked = "EncryptedPackage".encode("utf-16-le") in file.read()
            return [("file.encrypted" if locked else "file.legacy_workbook", {})]
    if not start.startswith(b"PK\x03\x04"):
        return [("file.not_a_workbook", {})]
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            faults = list(_archive_faults(members, size=size, limits=limits))
            return faults or list(_package_faults(archive, members))
    except ARCHIVE_ERRORS as error:
        return [("file.damaged", {"part": "", "reason": str(error)})]


def _archive_faults(
    members: list[zipfile.ZipInfo], *, size: int, limits: Limits
) -> Iterator[_Fault]:
    """Check the archive by its directory alone; the sizes in it bound what unpacking gives."""
    if len(members) > limits.members:
        yield "file.too_many_members", {"members": len(members), "limit": limits.members}
        return
    if any(member.flag_bits & 1 for member in members):
        yield "file.encrypted", {}
    unpacked = sum(member.file_size for member in members)
    if unpacked > limits.unpacked_bytes:
        yield "file.unpacks_too_large", {"bytes": unpacked, "limit": limits.unpacked_bytes}
    sizes = [("", unpacked, size, limits.ratio)] + [
        (member.filename, member.file_size, member.compress_size, limits.member_ratio)
        for member in members
    ]
    for part, full, packed, limit in sizes:
        if full > limits.ratio_from_bytes and full > limit * packed:
            ratio = full // max(packed, 1)
            yield "file.compression_ratio", {"part": part, "ratio": ratio, "limit": limit}
    if sum(member.compress_size for member in members) > size:
        yield "file.overlapping_members", {}
    for part, times in Counter(member.filename.lower() for member in members).items():
        if times > 1:
            yield "file.repeated_member", {"part": part}


def _package_faults(archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> Iterator[_Fault]:
    names = {member.filename.lower(): member.filename for member in members}
    if not {"[content_types].xml", "_rels/.rels", "xl/workbook.xml"} <= set(names):
        yield "file.not_a_workbook", {}
        return
    for lower, name in names.items():
        if lower.endswith("vbaproject.bin") or "/macrosheets/" in lower:
            yield "file.macro", {"part": name}
        if lower.startswith(("xl/externallinks/", "xl/connections", "xl/querytables/")):
            yield "file.external_link", {"part": name, "target": ""}
        if lower.endswith((".xml", ".rels", ".vml")):
            yield from _part_faults(archive, name)


def _part_faults(archive: zipfile.ZipFile, name: str) -> Iterator[_Fault]:
    faults: list[_Fault] = []

    def on_element(_name: str, attributes: Mapping[str, str]) -> None:
        target = attributes.get("Target", "")
        kind = attributes.get("Type", "").rpartition("/")[2]
        if attributes.get("TargetMode", "").lower() == "external" and kind != "hyperlink":
            # A link that a person clicks is fine as evidence; one that a program follows is not.
            faults.append(("file.external_link", {"part": name, "target": target}))
        if "macroenabled" in attributes.get("ContentType", "").lower():
            faults.append(("file.macro", {"part": name}))

    lists_parts = name.lower().endswith(".rels") or name == "[Content_Types].xml"
    try:
        with archive.open(name) as stream:
            check_xml(stream, on_element if lists_parts else _stop)
    except DocumentTypeError:
        faults.append(("file.entity", {"part": name}))
    except Damage as error:
        faults.append(("file.damaged", {"part": name, "reason": str(error)}))
    yield from faults


class _FirstElementError(Exception):
    """Ends a parse at the first element."""


def _stop(_name: str, _attributes: Mapping[str, str]) -> None:
    raise _FirstElementError


def check_xml(stream: IO[bytes], on_element: Callable[[str, Any], None] = _stop) -> None:
    """Refuse a document type or entity declaration in an XML part.

    Both can only stand before the first element, where reading ends unless ``on_element`` goes on.
    Raises ``DocumentTypeError``, or ``Damage`` where the part is not XML.
    """
    # defusedxml's parser brings network modules along, which programs that only need the types
    # of this module should not load.
    from xml.sax import ContentHandler, SAXParseException

    from defusedxml import DefusedXmlException
    from defusedxml.sax import make_parser

    handler = ContentHandler()
    handler.startElement = on_element  # type: ignore[method-assign, assignment]
    parser = make_parser()
    parser.forbid_dtd = True
    parser.setContentHandler(handler)
    try:
        with suppress(_FirstElementError):
            parser.parse(stream)
    except DefusedXmlException as error:
        raise DocumentTypeError(str(error)) from None
    except SAXParseException as error:
        raise Damage(error.getMessage()) from None
    except (LookupError, ValueError) as error:  # an encoding that does not exist or fit
        raise Damage(str(error)) from None
