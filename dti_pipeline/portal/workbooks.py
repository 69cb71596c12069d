"""The unit's workbook out and in: every difference shown first, taken over all or not at all."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from django.db import transaction

from dti_pipeline.intake.files.cells import Sheet
from dti_pipeline.intake.files.deliveries import Delivery
from dti_pipeline.intake.files.file_issues import file_issue
from dti_pipeline.intake.files.workers import read_files
from dti_pipeline.intake.forms.meta import read_meta
from dti_pipeline.intake.forms.reader import FormEntry, FormReading, read_form
from dti_pipeline.intake.numbers.policy import Status
from dti_pipeline.intake.place import Place
from dti_pipeline.intake.text_keys import visible
from dti_pipeline.portal import audit, figures
from dti_pipeline.portal.answers import locked, note_editing, require_editing, save_answer, text_of
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.errors import RefusedError
from dti_pipeline.portal.evidence import kind_of, safe_name, store
from dti_pipeline.portal.models import Answer, Dossier, WorkbookImport
from dti_pipeline.portal.rights import unit_names
from schemas.issues.issue import Issue
from schemas.text import Text

_READ = (Status.OK, Status.PERCENT)


def preview(actor: Actor, dossier: Dossier, content: bytes, file_name: str) -> WorkbookImport:
    """Read a workbook that came back, and say how it differs; nothing is taken over yet."""
    require_editing(actor, dossier)
    if kind_of(content, needed := "refused.workbook_needed") != "xlsx":
        raise RefusedError(needed)
    sheets = open_apart(content)
    require_own(dossier, read_meta(sheets).get("unit_id"))
    reading = read_sheets(dossier, sheets, "form.xlsx")
    if not reading.entries:
        raise RefusedError(_blocking(reading.issues))
    changes = [*_changes(dossier, reading), *_documents(dossier, reading)]
    problems = [
        {"vi": issue.message_vi, "en": issue.message_en, "code": issue.component_code or ""}
        for issue in reading.issues
        if issue.rule_id not in _EXPECTED and issue.severity != "info"
    ]
    with transaction.atomic():
        result = WorkbookImport.objects.create(
            dossier=dossier,
            file=store(content, "xlsx"),
            file_name=safe_name(file_name),
            changes=changes,
            problems=problems,
            by=actor.person,
        )
        after = {"sha256": result.file_id, "changes": len(changes)}
        audit.record(actor, "workbook_read", dossier, after=after)
    return result


# What is said of a form that is still being filled in, and is nobody's fault.
_EXPECTED = ("value.missing", "evidence.missing", "late.after_deadline", "value.read_by_proof")


def require_own(dossier: Dossier, unit_id: str | None) -> None:
    """Refuse a workbook of another unit, by that unit's name."""
    if unit_id != dossier.unit_id:
        named = unit_names().get(unit_id or "", unit_id or "–")
        raise RefusedError("refused.workbook_of_others", unit=dossier.unit_name, named=named)


def read_sheets(dossier: Dossier, sheets: Sequence[Sheet], file_name: str) -> FormReading:
    return read_form(
        sheets,
        assessment=figures.definition_of(dossier.round).assessment,
        framework=figures.framework_of(dossier),
        place=Place(file_name, unit_id=dossier.unit_id, unit_name=dossier.unit_name),
    )


def open_apart(content: bytes) -> tuple[Sheet, ...]:
    """Read a workbook apart from this process, within limits, by the rules for deliveries."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "form.xlsx"
        path.write_bytes(content)
        (result,) = read_files([path], root=Path(folder))
    if result.sheets is None:
        delivery = Delivery(1, path.name, "self_report", "0" * 64)
        raise RefusedError(_blocking([file_issue(one, delivery) for one in result.findings]))
    return result.sheets


def _blocking(issues: Iterable[Issue]) -> Text:
    grave = [issue for issue in issues if issue.severity == "blocking"] or list(issues)
    return Text(
        " ".join(issue.message_vi for issue in grave) or "Không đọc được biểu mẫu.",
        " ".join(issue.message_en for issue in grave) or "The form cannot be read.",
    )


def _changes(dossier: Dossier, reading: FormReading) -> list[dict[str, Any]]:
    answers = figures.answers_of(dossier)
    changes = []
    for entry in reading.entries:
        present = answers.get(entry.question.key) or Answer()
        new, read = retype(entry), entry.entry
        is_same_figure = (
            read.value_micro is not None
            and not new["is_not_applicable"]
            and not present.is_not_applicable
            and (present.value_micro, present.option, present.status in _READ)
            == (read.value_micro, read.option, read.status in _READ)
        )
        if is_same_figure or new == present.entry:
            continue
        changes.append(
            {
                "code": entry.question.component.code,
                "variable": entry.question.name,
                "before": present.entry,
                "after": new,
                "cell": f"{entry.sheet or ''} {entry.cell or ''}".strip(),
                "status": read.status.value,
                "base_version": present.version,
            }
        )
    return changes


def _documents(dossier: Dossier, reading: FormReading) -> Iterator[dict[str, Any]]:
    """Yield, by component, the documents that a form names and the dossier does not have yet."""
    present = {
        (evidence.component_code, evidence.number, visible(evidence.title or evidence.file_name))
        for evidence in dossier.evidence.filter(withdrawn_at=None)
    }
    additions: dict[str, list[str]] = {}
    for code, number, day, title, link, _ in reading.documents:
        text = "; ".join(filter(None, (number, day, title, link)))
        # As it was attached, or as an earlier form named it.
        if text and not present & {(code, number, title), (code, "", _titles(text)[0])}:
            additions.setdefault(code, []).append(text)
    for code, texts in additions.items():
        text = " | ".join(dict.fromkeys(texts))
        yield {"code": code, "variable": "", "before": {}, "after": {"text": text}}


def _titles(document: str) -> list[str]:
    return wrap(document, 400)


def add_named_documents(actor: Actor, dossier: Dossier, code: str, text: str) -> None:
    """Add each document that a form names; a name too long for one row goes on in the next."""
    for document in text.split(" | "):
        for title in _titles(document):
            dossier.evidence.create(component_code=code, title=title, by=actor.person)


def retype(entry: FormEntry) -> dict[str, Any]:
    """Return a form's entry as a person would type it; what was read is written clearly."""
    read = entry.entry
    is_marked = read.status is Status.NOT_APPLICABLE or read.reading == "figure_and_mark"
    text = entry.raw_text or ""
    if read.status in _READ:
        text = text_of(read.value_micro, read.option, entry.question.variable)
    elif read.status is Status.NOT_APPLICABLE:
        text = ""
    return {"text": text, "is_not_applicable": is_marked, "na_reason": entry.na_reason or ""}


@transaction.atomic
def apply(actor: Actor, import_id: int) -> WorkbookImport:
    """Take over all differences of a preview, or none if an answer was changed since."""
    result = WorkbookImport.objects.select_for_update().get(pk=import_id)
    dossier = locked(result.dossier_id)
    require_editing(actor, dossier)
    if result.state != "preview":
        raise RefusedError("refused.workbook_done")
    for change in result.changes:
        key = (change["code"], change["variable"])
        if not change["variable"]:
            add_named_documents(actor, dossier, change["code"], change["after"]["text"])
            note_editing(locked(dossier.pk), actor)
            continue
        version, entry = change["base_version"], change["after"]
        _, late = save_answer(
            actor, dossier.pk, key, entry, base_version=version, origin="workbook"
        )
        if late is not None:
            raise RefusedError("refused.workbook_overtaken", code=change["code"])
    result.state = "applied"
    result.save(update_fields=["state"])
    after = {"sha256": result.file_id, "changes": len(result.changes)}
    audit.record(actor, "workbook_applied", dossier, after=after)
    return result
