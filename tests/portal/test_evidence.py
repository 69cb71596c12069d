"""Documents: by content, not by name; hostile ones with a message; served to few, as attachments."""

import io
import unicodedata
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from dti_pipeline.portal import evidence, sending
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.dossiers import take_step
from dti_pipeline.portal.errors import NotAllowedError, RefusedError
from dti_pipeline.portal.evidence import kind_of
from dti_pipeline.portal.models import Dossier, Event, Evidence, StoredFile
from tests.portal.conftest import OTHER, Actors, Browse, Put

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 60
JPG = b"\xff\xd8\xff\xe0" + b"\0" * 60
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100


def archive(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return stream.getvalue()


DOCX = archive("[Content_Types].xml", "word/document.xml")
XLSX = archive("[Content_Types].xml", "xl/workbook.xml")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, "pdf"),
        (PNG, "png"),
        (JPG, "jpg"),
        (DOCX, "docx"),
        (XLSX, "xlsx"),
        (OLE + "WordDocument".encode("utf-16-le"), "doc"),
        (OLE + "Workbook".encode("utf-16-le"), "xls"),
    ],
)
def test_kinds_are_recognised_by_content(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><script>alert(1)</script>",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"GIF89a" + b"\0" * 50,
        b"MZ" + b"\0" * 50,
        b"%PDF-1.7 cut off",
        PDF + b"\n" * 3000 + b"<script>",
        PDF.replace(b"%%EOF", archive("a.exe") + b"%%EOF"),
        PNG + archive("a.jar"),
        archive("a.txt"),
        archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        archive("[Content_Types].xml", "word/document.xml", "../../etc/passwd"),
        archive("[Content_Types].xml", "word/document.xml", "/etc/passwd"),
        DOCX[: len(DOCX) // 2],
        OLE,
        OLE + "WordDocument".encode("utf-16-le") + "_VBA_PROJECT".encode("utf-16-le"),
    ],
    ids=lambda content: f"{content[:4].hex()}-{len(content)}",
)
def test_hostile_files_get_a_message(content: bytes) -> None:
    with pytest.raises(RefusedError) as error:
        kind_of(content)
    assert error.value.text.vi


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\bo\\Quyết định số 5.pdf", "Quyết định số 5.pdf"),
        (unicodedata.normalize("NFD", "Quyết định số 5.pdf"), "Quyết định số 5.pdf"),
        ("a\r\nSet-Cookie: x=1.pdf", "aSet-Cookie x1.pdf"),
        ("..", "tep"),
        ("<b>.pdf", "b.pdf"),
    ],
)
def test_names_of_files_keep_no_path_and_no_markup(name: str, kept: str) -> None:
    assert evidence.safe_name(name) == kept


def attach(actor: Actor, dossier: Dossier, code: str = "0105", content: bytes = PDF) -> Evidence:
    return evidence.attach(actor, dossier.pk, code, content=content, file_name="cv.html")


def test_a_document_that_is_sent_twice_is_attached_once(
    dossier: Dossier, actors: Actors, browse: Browse
) -> None:
    """As a double click sends it; another number is another document, and one withdrawn is gone."""
    client, address = browse("specialist"), f"/dossiers/{dossier.pk}/evidence/"

    def post(**more: str) -> None:
        file = SimpleUploadedFile("cv.pdf", PDF)
        form = {"code": "0105", "number": "12/QĐ", "issued": "05/06/2022", "file": file, **more}
        assert client.post(address, form).status_code == 302

    post()
    post()
    assert Evidence.objects.count() == 1
    assert Event.objects.filter(action="evidence_attached").count() == 1
    for other in ({"number": "13/QĐ"}, {"issued": ""}, {"title": "Quyết định"}, {"code": "0106"}):
        post(**other)
    assert Evidence.objects.count() == 5
    evidence.withdraw(actors["specialist"], Evidence.objects.earliest("pk").pk)
    post()
    assert Evidence.objects.filter(withdrawn_at=None).count() == 5


def test_a_file_is_kept_once_by_its_content(dossier: Dossier, actors: Actors, data: Path) -> None:
    first, second = (attach(actors["specialist"], dossier, code) for code in ("0105", "0106"))
    assert first.file_id == second.file_id
    assert StoredFile.objects.count() == 1
    assert evidence.path_of(first.file_id).read_bytes() == PDF
    assert not list(data.rglob("*.staging"))


@pytest.mark.parametrize("excess", [0, 1, 1000, 200_000])
def test_a_page_refuses_what_is_one_byte_too_large_by_its_length_or_while_it_comes(
    dossier: Dossier, browse: Browse, settings: Any, excess: int
) -> None:
    settings.DTI_MAX_FILE_BYTES = 1000
    content = PDF[:8] + b" " * (1000 - len(PDF) + excess) + PDF[8:]
    form = {"code": "0105", "file": SimpleUploadedFile("a.pdf", content, "application/pdf")}
    answer = browse("specialist").post(f"/dossiers/{dossier.pk}/evidence/", form)
    assert answer.status_code == (409 if excess else 302)
    assert ("lớn hơn" in answer.content.decode()) == bool(excess)
    assert Evidence.objects.exists() != bool(excess)


def test_a_document_is_served_as_attachment_to_those_who_see_its_dossier(
    dossier: Dossier, actors: Actors, browse: Browse
) -> None:
    document = attach(actors["specialist"], dossier)
    address = f"/evidence/{document.pk}/"
    answer = browse("reviewer").get(address)
    assert answer.content == PDF
    assert answer["Content-Disposition"].startswith('attachment; filename="cv.pdf"')
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "script-src" not in answer["Content-Security-Policy"]
    actors["specialist"].person.assignments.update(unit_id=OTHER)
    assert browse("specialist").get(address).status_code == 403
    assert browse("admin").get(address).status_code == 403


@pytest.mark.parametrize(
    ("content", "media_type"),
    [(PDF, "application/pdf"), (PNG, "image/png"), (JPG, "image/jpeg"), (DOCX, None)],
)
def test_a_document_is_shown_in_the_page_where_a_browser_shows_such_content(
    content: bytes, media_type: str | None, dossier: Dossier, actors: Actors, browse: Browse
) -> None:
    document = attach(actors["specialist"], dossier, content=content)
    address = f"/evidence/{document.pk}/view/"
    page = browse("reviewer").get(f"/dossiers/{dossier.pk}/?main=1").content.decode()
    assert (f'src="{address}"' in page) == (media_type is not None)
    answer = browse("reviewer").get(address)
    if media_type is None:
        assert answer.status_code == 403
        return
    assert answer.content == content
    assert answer["Content-Type"] == media_type
    assert answer["Content-Disposition"].startswith("inline")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    policy = answer["Content-Security-Policy"]
    assert policy == "default-src 'none'; sandbox; frame-ancestors 'self'"
    # Whoever keeps it gets it in no frame at all; the page itself may be framed by nobody.
    kept = browse("reviewer").get(f"/evidence/{document.pk}/")
    assert kept["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in kept["Content-Security-Policy"]
    actors["specialist"].person.assignments.update(unit_id=OTHER)
    assert browse("specialist").get(address).status_code == 403
    assert browse("admin").get(address).status_code == 403


def test_a_document_may_be_withdrawn_until_the_unit_has_sent(put: Put, actors: Actors) -> None:
    dossier = put("declaring")
    document = attach(actors["specialist"], dossier)
    evidence.withdraw(actors["specialist"], document.pk)
    document.refresh_from_db()
    assert document.withdrawn_at
    assert evidence.path_of(document.file_id).is_file()
    again = attach(actors["specialist"], dossier)
    put("sent")
    with pytest.raises(NotAllowedError):
        evidence.withdraw(actors["specialist"], again.pk)


def test_a_document_alone_answers_what_was_asked_back(put: Put, actors: Actors) -> None:
    dossier = put("returned")
    attached = attach(actors["specialist"], dossier)
    dossier.refresh_from_db()
    assert dossier.state == "declaring"
    take_step(actors["specialist"], dossier.pk, "submit")
    put("returned")
    evidence.withdraw(actors["specialist"], attached.pk)
    dossier.refresh_from_db()
    assert dossier.state == "declaring"


def test_a_dossier_that_was_asked_back_may_be_submitted_as_it_was(put: Put, actors: Actors) -> None:
    dossier = put("returned")
    assert take_step(actors["specialist"], dossier.pk, "submit").state == "with_leader"


@pytest.mark.parametrize(
    ("address", "needed"),
    [
        ("/dossiers/{dossier}/import/", "Cần tệp biểu mẫu .xlsx tải về từ hệ thống."),
        ("/dossiers/{dossier}/plan/", "Đề nghị nộp tệp Excel do cơ quan chủ trì gửi"),
        ("/deliveries/{delivery}/signed/", "Cần tệp PDF đã ký số."),
        ("/dossiers/{dossier}/evidence/", "Chỉ nhận PDF, DOC, DOCX"),
    ],
)
def test_a_file_of_no_known_kind_is_refused_by_what_the_form_needs(
    address: str, needed: str, dossier: Dossier, actors: Actors, put: Put, browse: Browse
) -> None:
    delivery = sending.deliver(actors["leader"], dossier)
    put("sent" if "signed" in address else "declaring")
    form = {"code": "0105", "upload": "1", "file": SimpleUploadedFile("a.csv", b"a,b")}
    address = address.format(dossier=dossier.pk, delivery=delivery.pk)
    page = browse("specialist").post(address, form)
    assert page.status_code == 409
    assert needed in page.content.decode()
