"""Documents: recognised by their content, kept once by their hash, served only as attachments."""

import hashlib
import io
import unicodedata
import zipfile
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Final

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dti_pipeline.intake.files.safety import ARCHIVE_ERRORS
from dti_pipeline.portal import audit
from dti_pipeline.portal.answers import locked, note_editing, open_stage
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.errors import NotAllowedError, RefusedError, whole_text
from dti_pipeline.portal.models import Evidence, StoredFile
from dti_pipeline.portal.settings import portal_folder
from dti_pipeline.store.parquet import replace_file

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Names of streams inside the older office formats, as they stand in the file.
_WORD: Final = "WordDocument".encode("utf-16-le")
_EXCEL: Final = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
_MACROS: Final = "_VBA_PROJECT".encode("utf-16-le")
MEDIA_TYPES: Final = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# What a browser shows by itself, and how it begins; all else is for keeping only.
SHOWN_KINDS: Final = {"pdf": b"%PDF-", "png": b"\x89PNG\r\n\x1a\n", "jpg": b"\xff\xd8\xff"}
_MOST_MEMBERS: Final = 5_000


def kind_of(content: bytes, refusal: str = "refused.file_kind") -> str:
    """Return what a file is, by its content alone; refuse other kinds, and two at once."""
    if not content:
        raise RefusedError("refused.file_empty")
    shown = next((kind for kind, mark in SHOWN_KINDS.items() if content.startswith(mark)), None)
    if shown == "pdf" and b"%%EOF" not in content[-2048:]:
        raise RefusedError("refused.file_pdf_cut")
    if shown is not None:
        if zipfile.is_zipfile(io.BytesIO(content)):
            raise RefusedError("refused.file_in_file")
        return shown
    if content.startswith(_OLE):
        if _MACROS in content:
            raise RefusedError("refused.file_macro")
        if _WORD in content:
            return "doc"
        if any(mark in content for mark in _EXCEL):
            return "xls"
    if content.startswith(b"PK\x03\x04"):
        return _office_kind(content)
    raise RefusedError(refusal)


def _office_kind(content: bytes) -> str:
    """Tell an office document from other archives; nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except ARCHIVE_ERRORS:
        names = []
    lower = [name.lower() for name in names]
    if any(name.endswith("vbaproject.bin") for name in lower):
        raise RefusedError("refused.file_macro")
    is_safe = (
        "[content_types].xml" in lower
        and len(names) <= _MOST_MEMBERS
        and not any(name.startswith("/") or ".." in PurePosixPath(name).parts for name in names)
    )
    if is_safe and any(name.startswith("word/") for name in lower):
        return "docx"
    if is_safe and any(name.startswith("xl/") for name in lower):
        return "xlsx"
    raise RefusedError("refused.file_archive")


def path_of(sha256: str) -> Path:
    return portal_folder(settings.DTI_DATA) / "files" / sha256[:2] / sha256


def store(content: bytes, kind: str) -> StoredFile:
    """Keep content by its hash; on disk before the database tells of it."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = path_of(sha256)
    if not path.is_file() or path.stat().st_size != len(content):
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, content)
    file, _ = StoredFile.objects.get_or_create(
        sha256=sha256, defaults={"size": len(content), "kind": kind}
    )
    return file


def safe_name(name: str) -> str:
    """Return a file's name without folders and without what is no letter, digit or mark."""
    # Some systems send a letter and its marks apart.
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if c.isalnum() or c in " ._-()").strip(" .")
    return kept[-120:] or "tep"


@transaction.atomic
def attach(
    actor: Actor,
    dossier_id: int,
    code: str,
    *,
    content: bytes,
    file_name: str,
    number: str = "",
    issued: date | None = None,
    title: str = "",
) -> Evidence:
    """Attach a document; one that is there already, as a double click sends it, stays as it is."""
    dossier = locked(dossier_id)
    if (stage := open_stage(actor, dossier, code)) is None:
        raise NotAllowedError
    document = {
        "component_code": code,
        "file": store(content, kind_of(content)),
        "file_name": safe_name(file_name),
        "number": whole_text(number, 120),
        "issued": issued,
        "title": whole_text(title, 400),
        "stage": stage,
    }
    if present := dossier.evidence.filter(**document, withdrawn_at=None).first():
        return present
    evidence = dossier.evidence.create(**document, by=actor.person)
    after = {"file": evidence.file_name, "sha256": evidence.file_id, "number": number}
    audit.record(actor, "evidence_attached", f"{dossier} {code}", after=after)
    if stage == "declare":
        note_editing(dossier, actor)
    return evidence


@transaction.atomic
def withdraw(actor: Actor, evidence_id: int) -> Evidence:
    """Take a document out of the dossier; the file itself stays on record."""
    evidence = Evidence.objects.select_related("dossier__round").get(pk=evidence_id)
    dossier = locked(evidence.dossier_id)
    if evidence.stage != open_stage(actor, dossier, evidence.component_code):
        raise NotAllowedError
    if evidence.withdrawn_at is None:
        evidence.withdrawn_at, evidence.withdrawn_by = timezone.now(), actor.person
        evidence.save(update_fields=["withdrawn_at", "withdrawn_by"])
        subject = f"{evidence.dossier} {evidence.component_code}"
        before = {"file": evidence.file_name, "sha256": evidence.file_id}
        audit.record(actor, "evidence_withdrawn", subject, before=before)
        if evidence.stage == "declare":
            note_editing(dossier, actor)
    return evidence
