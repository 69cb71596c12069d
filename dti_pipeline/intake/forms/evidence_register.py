"""The register of documents that reports name, and what is wrong with each of them."""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from http.client import HTTPException
from pathlib import Path
from string import punctuation
from typing import Final
from urllib.parse import quote, unquote
from urllib.request import Request, urlopen

from dti_pipeline.intake.forms.layout import Document
from dti_pipeline.intake.forms.reports import Report
from dti_pipeline.intake.numbers.entry import day_of
from dti_pipeline.intake.text_keys import text_key
from schemas.files.assessment import Assessment

_SECONDS: Final = 10
_AT_ONCE: Final = 8
_BETWEEN_LINKS: Final = re.compile(r"[;,](?:\s+|$)")
_SHA256: Final = re.compile(r"sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class RegisterEntry:
    """One document of one component; a component without any has an entry with problems only."""

    unit_id: str
    source_file: str
    document: Document
    problems: tuple[str, ...]


def register(
    reports: Sequence[Report], assessment: Assessment, *, folder: Path, portal_files: Path
) -> list[RegisterEntry]:
    """List the documents of all reports.

    Links without http lead to ``folder``, or to ``portal_files`` by their hash.
    """
    entries: list[RegisterEntry] = []
    for report in reports:
        documents, path = report.reading.documents, report.delivery.path
        days: dict[str, set[str]] = {}
        for document in documents:
            if document.number and document.date:
                day = str(day_of(document.date) or document.date)
                days.setdefault(text_key(document.number), set()).add(day)
        for document in documents:
            problems = list(_problems(document, assessment, folder, portal_files))
            if len(days.get(text_key(document.number), ())) > 1:
                problems.append("number_twice")
            entries.append(RegisterEntry(report.unit_id, path, document, tuple(problems)))
        codes = {document.component_code for document in documents}
        for component in report.reading.without_evidence():
            if component.code not in codes:
                nothing = Document(component.code, "", "", "", "", 0)
                entries.append(RegisterEntry(report.unit_id, path, nothing, ("no_document",)))
    return entries


def with_links_opened(entries: Sequence[RegisterEntry]) -> list[RegisterEntry]:
    """Open every web link once and add who does not answer."""
    links = sorted({link for entry in entries for link in _links(entry.document) if _is_web(link)})
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        is_open = dict(zip(links, pool.map(_opens, links), strict=True))
    return [
        entry
        if all(is_open.get(link, True) for link in _links(entry.document))
        else replace(entry, problems=(*entry.problems, "link_dead"))
        for entry in entries
    ]


def _problems(
    document: Document, assessment: Assessment, folder: Path, portal_files: Path
) -> Iterator[str]:
    if not document.number:
        yield "no_number"
    day = day_of(document.date)
    if not document.date:
        yield "no_date"
    elif day is None:
        yield "date_unreadable"
    elif assessment.deadline and day > assessment.deadline:
        yield "after_deadline"
    elif not assessment.period_start <= day <= assessment.period_end:
        yield "outside_period"
    if not document.title:
        yield "no_title"
    if not document.link:
        yield "no_link"
    elif not _is_there(document.link, folder, portal_files) and not all(
        _is_web(link) or _is_there(link, folder, portal_files) for link in _links(document)
    ):
        yield "file_missing"


def _links(document: Document) -> list[str]:
    """Return the links of a document, which may have several files."""
    return [link for link in _BETWEEN_LINKS.split(document.link) if link]


def _is_web(link: str) -> bool:
    return link.casefold().startswith(("http://", "https://"))


def _is_there(link: str, folder: Path, portal_files: Path) -> bool:
    """Say whether the file of a link is in the folder, or in the portal by its hash."""
    if hashes := _SHA256.findall(link):
        return all((portal_files / digest[:2] / digest).is_file() for digest in hashes)
    with suppress(OSError, ValueError):  # prose is too long for a name; no name holds NUL
        path = (folder / unquote(link).replace("\\", "/")).resolve()
        return path.is_relative_to(folder.resolve()) and path.is_file()
    return False


def _opens(link: str) -> bool:
    try:
        # Browsers show spaces and Vietnamese letters, which an address must not hold.
        request = Request(quote(link, safe=punctuation), headers={"User-Agent": "dti"})
        with urlopen(request, timeout=_SECONDS) as answer:
            return bool(answer.status < 400)
    except (HTTPException, OSError, ValueError):
        return False
