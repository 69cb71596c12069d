"""The unit's workbook out and in: the same form, every difference shown, all or nothing."""

import io
import re
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from dti_pipeline.intake.forms.asked_units import asked_units
from dti_pipeline.intake.forms.layout import META_SHEET, REPORT_SHEET
from dti_pipeline.portal import answers, sending, workbooks
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.dossiers import take_step
from dti_pipeline.portal.errors import NotAllowedError, RefusedError
from dti_pipeline.portal.figures import definition_of, questions
from dti_pipeline.portal.models import Answer, Dossier, Event, WorkbookImport
from tests.intake.bad_files import FAULTS, Fault
from tests.portal.conftest import Actors, Browse, Put

KEY = ("0105", "press_items")
# Those that a browser can send: what lies in a folder of deliveries may be no file at all.
UPLOADED = [one for one in FAULTS if one.code not in ("file.missing", "file.not_regular")]


def change(content: bytes, entries: dict[tuple[str, str], Any]) -> bytes:
    """Fill some cells of a form, as a person would in a spreadsheet program."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheet = book[REPORT_SHEET]
    first = next(r[0].row for r in sheet.iter_rows() if any(c.value == "Mã chỉ số" for c in r))
    labels = {cell.value: cell.column for row in sheet.iter_rows(first, first + 1) for cell in row}
    for row in range(first + 1, sheet.max_row + 1):
        key = tuple(sheet.cell(row, labels[name]).value for name in ("Mã chỉ số", "Mã biến"))
        if key in entries:
            sheet.cell(row, labels["Số liệu báo cáo"]).value = entries[key]
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def upload(actor: Actor, dossier: Dossier, content: bytes) -> WorkbookImport:
    return workbooks.preview(actor, dossier, content, "bao cao.xlsx")


def test_a_form_comes_back_with_its_difference_and_is_taken_over_as_a_whole(
    dossier: Dossier, actors: Actors, browse: Browse
) -> None:
    specialist = actors["specialist"]
    answers.save_answer(specialist, dossier.pk, KEY, {"text": "225"}, base_version=0)
    content = sending.report_content(dossier)
    assert upload(specialist, dossier, content).changes == []
    read = upload(specialist, dossier, change(content, {KEY: 230, ("0101", "chair"): None}))
    assert [(one["code"], one["before"]["text"], one["after"]["text"]) for one in read.changes] == [
        ("0105", "225", "230")
    ]
    assert Answer.objects.get(component_code="0105").text == "225"
    page = browse("specialist").get(f"/imports/{read.pk}/").content.decode()
    assert "230" in page
    assert browse("specialist").post(f"/imports/{read.pk}/").status_code == 302
    assert Answer.objects.get(component_code="0105").value_micro == 230_000_000
    assert Event.objects.filter(action="workbook_applied").count() == 1
    with pytest.raises(RefusedError, match="dealt with already"):
        workbooks.apply(specialist, read.pk)


@pytest.mark.parametrize(
    ("cell", "is_unclear"), [("=1+1", True), ("#REF!", True), ("1,5", True), (7, False)]
)
def test_a_figure_that_cannot_be_read_is_marked_in_the_preview(
    dossier: Dossier, actors: Actors, browse: Browse, cell: object, is_unclear: bool
) -> None:
    content = change(sending.report_content(dossier), {KEY: cell})
    read = upload(actors["specialist"], dossier, content)
    page = browse("specialist").get(f"/imports/{read.pk}/").content.decode()
    assert ("chưa rõ" in page) == is_unclear


def test_a_change_since_the_preview_stops_all_of_it(dossier: Dossier, actors: Actors) -> None:
    specialist, content = actors["specialist"], sending.report_content(dossier)
    counted = (key for key, q in questions(dossier).items() if q.variable.kind == "count")
    second = next(key for key in counted if key != KEY)
    read = upload(specialist, dossier, change(content, {KEY: 7, second: 7}))
    assert len(read.changes) == 2
    answers.save_answer(specialist, dossier.pk, second, {"text": "8"}, base_version=0)
    with pytest.raises(RefusedError, match="Somebody changed"):
        workbooks.apply(specialist, read.pk)
    assert not Answer.objects.filter(component_code=KEY[0]).exclude(text="").exists()
    assert Answer.objects.get(component_code=second[0], variable=second[1]).text == "8"


@pytest.mark.parametrize("text", ["999999999999,999999", "12345678901,234567"])
def test_a_figure_of_more_digits_than_a_cell_keeps_comes_back_as_itself(
    dossier: Dossier, actors: Actors, text: str
) -> None:
    asked = questions(dossier)
    key = next(k for k, q in asked.items() if q.variable.kind == "amount")
    answers.save_answer(actors["specialist"], dossier.pk, key, {"text": text}, base_version=0)
    content = sending.report_content(dossier)
    assert upload(actors["specialist"], dossier, content).changes == []
    read = upload(actors["specialist"], dossier, change(content, {key: 7}))
    assert [(one["before"]["text"], one["after"]["text"]) for one in read.changes] == [(text, "7")]


def test_documents_alone_begin_the_work_on_a_returned_dossier(put: Put, actors: Actors) -> None:
    specialist, given = actors["specialist"], put("returned")
    read = upload(specialist, given, sending.report_content(given))
    named = {"code": "0105", "variable": "", "before": {}, "after": {"text": "12/QĐ-UBND"}}
    WorkbookImport.objects.filter(pk=read.pk).update(changes=[named])
    workbooks.apply(specialist, read.pk)
    given.refresh_from_db()
    assert (given.state, given.evidence.get().title) == ("declaring", "12/QĐ-UBND")


def test_a_form_adds_the_documents_that_its_component_does_not_have_yet(
    dossier: Dossier, actors: Actors
) -> None:
    specialist = actors["specialist"]
    for number, title in (("12/QĐ-UBND", "Kế hoạch"), ("", "Báo cáo"), ("13/QĐ-UBND", "Kế hoạch")):
        dossier.evidence.create(
            component_code="0105",
            number=number,
            issued=date(2022, 6, 5),
            title=title,
            by=specialist.person,
        )
    content = sending.report_content(dossier)
    assert upload(specialist, dossier, content).changes == []
    dossier.evidence.get(number="13/QĐ-UBND").delete()
    read = upload(specialist, dossier, content)
    added = "13/QĐ-UBND; 2022-06-05; Kế hoạch"
    assert [(one["code"], one["after"]["text"]) for one in read.changes] == [("0105", added)]
    workbooks.apply(specialist, read.pk)
    assert dossier.evidence.latest("pk").title == added
    assert upload(specialist, dossier, content).changes == []


def test_every_document_that_a_form_names_is_kept_whole(put: Put, actors: Actors) -> None:
    given = put("declaring")
    names = [f"{number}/QĐ-UBND ngày 05/6/2022 về chuyển đổi số" for number in range(20)]
    long = " ".join(["Nghị quyết về chuyển đổi số"] * 20)
    text = " | ".join([*names, long])
    workbooks.add_named_documents(actors["specialist"], given, "0105", text)
    titles = list(given.evidence.order_by("pk").values_list("title", flat=True))
    assert titles[:20] == names
    assert " ".join(titles[20:]) == long


def test_a_report_bears_its_own_unit_after_the_list_of_units_changed(
    dossier: Dossier, other: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list(asked_units(definition_of(dossier.round)).values())
    left = [unit for unit in asked if unit["unit_id"] != other.unit_id]
    monkeypatch.setattr(sending, "asked_units", lambda _: dict(enumerate(left, start=1)))
    assert sending.report_name(dossier) == "06_bac_kan.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(sending.report_content(dossier)))
    meta = dict(book[META_SHEET].iter_rows(max_col=2, values_only=True))
    assert (meta["unit_id"], meta["unit_name"]) == (dossier.unit_id, dossier.unit_name)
    with pytest.raises(RefusedError, match="no longer asks “Hà Nội”"):
        sending.report_content(other)


def test_an_ambiguous_cell_is_shown_as_unclear(dossier: Dossier, actors: Actors) -> None:
    content = change(sending.report_content(dossier), {KEY: "12,5"})
    read = upload(actors["specialist"], dossier, content)
    assert [one["status"] for one in read.changes] == ["ambiguous"]
    assert read.problems


@pytest.mark.parametrize("what", ["other unit", "no form", "not excel", "damaged"])
def test_a_workbook_that_is_not_this_units_form_is_refused(
    what: str, dossier: Dossier, actors: Actors
) -> None:
    content = sending.report_content(dossier)
    if what == "other unit":
        book = openpyxl.load_workbook(io.BytesIO(content))
        for row in book[META_SHEET].iter_rows():
            if row[0].value == "unit_id":
                row[1].value = "VN-P63-01"
        content = saved(book)
    elif what == "no form":
        content = saved(openpyxl.Workbook())
    elif what == "not excel":
        content = b"%PDF-1.7\n%%EOF\n"
    else:
        content = content[: len(content) // 2]
    with pytest.raises(RefusedError) as refused:
        upload(actors["specialist"], dossier, content)
    assert ("tệp ghi: Hà Nội" in refused.value.text.vi) == (what == "other unit")
    assert not WorkbookImport.objects.exists()


@pytest.mark.slow
@pytest.mark.parametrize("fault", UPLOADED, ids=lambda fault: fault.name)
def test_a_bad_workbook_is_refused_in_words(
    fault: Fault, dossier: Dossier, actors: Actors, tmp_path: Path
) -> None:
    path = tmp_path / fault.file
    fault.build(path)
    with pytest.raises(RefusedError) as refusal:
        upload(actors["specialist"], dossier, path.read_bytes())
    assert refusal.value.text.vi
    assert not re.search(r"\b(file|value)\.\w+|Traceback|/tmp/", " ".join(refusal.value.text))
    assert not WorkbookImport.objects.exists()


def test_nobody_uploads_a_workbook_when_the_unit_has_sent(put: Put, actors: Actors) -> None:
    dossier = put("declaring")
    content = change(sending.report_content(dossier), {KEY: 7})
    read = upload(actors["specialist"], dossier, content)
    put("sent")
    dossier.refresh_from_db()
    for act in (
        lambda: upload(actors["specialist"], dossier, content),
        lambda: workbooks.apply(actors["specialist"], read.pk),
    ):
        with pytest.raises(NotAllowedError):
            act()


def test_the_sent_file_is_whole_and_recalled_with_the_dossier(
    put: Put, actors: Actors, data: Path, django_capture_on_commit_callbacks: Any
) -> None:
    dossier = put("with_leader")
    with django_capture_on_commit_callbacks(execute=True):
        take_step(actors["leader"], dossier.pk, "send")
    delivery = dossier.sent.get()
    path = data / delivery.path
    assert path.is_file()
    path.unlink()
    assert sending.reconcile() == []
    assert path.is_file()
    path.write_bytes(b"somebody else's")
    assert sending.reconcile() == [delivery.path]
    assert path.read_bytes() == b"somebody else's"
    sending.place(delivery)
    with django_capture_on_commit_callbacks(execute=True):
        take_step(actors["leader"], dossier.pk, "recall", "phát hiện nhập sai")
    assert not path.exists()
    first = sending.receipt(delivery)
    assert first == sending.receipt(delivery)
