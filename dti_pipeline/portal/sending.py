"""The unit's report as a file: written when it is sent, whole or not at all, with its receipt.

The database decides whether a dossier was sent. The file's bytes are on disk, by their hash, before
it says so; putting them into the folder of deliveries comes after, and `reconcile` does it again
for whatever a killed process left undone.
"""

import json
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from importlib.resources import as_file, files
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any, Final

import typst
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from dti_pipeline.intake.files.contents import digest_of
from dti_pipeline.intake.forms.asked_units import asked_units, form_name
from dti_pipeline.intake.forms.layout import Answer as FormAnswer
from dti_pipeline.intake.forms.layout import Evidence as FormEvidence
from dti_pipeline.intake.forms.layout import Question
from dti_pipeline.intake.forms.write import write_form
from dti_pipeline.intake.forms.write_rows import fits_cell
from dti_pipeline.intake.numbers.decimals import from_micro
from dti_pipeline.portal import audit, figures
from dti_pipeline.portal.answers import clear_text
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.errors import RefusedError
from dti_pipeline.portal.evidence import path_of, store
from dti_pipeline.portal.models import Answer, Delivery, Dossier, Round, StoredFile
from dti_pipeline.store.parquet import replace_file
from schemas.words import words_of

_READ: Final = ("ok", "percent")
_NONE: Final = "không có"
NOT_APPLICABLE: Final = words_of("obs_statuses")["not_applicable"].vi


def asked_unit(dossier: Dossier) -> tuple[int, dict[str, Any]]:
    """Return the unit of a dossier with its place now: the list may have changed since."""
    for place, unit in asked_units(figures.definition_of(dossier.round)).items():
        if unit["unit_id"] == dossier.unit_id:
            return place, unit
    raise RefusedError("refused.unit_not_asked", unit=dossier.unit_name)


def report_name(dossier: Dossier) -> str:
    return form_name(*asked_unit(dossier))


def report_content(dossier: Dossier, *, delivered_on: datetime | None = None) -> bytes:
    """Return the unit's workbook with what is entered so far.

    Without ``delivered_on``, the moment it was sent, it is one to fill in.
    """
    definition, questions = figures.definition_of(dossier.round), figures.questions(dossier)
    held = figures.answers_of(dossier).items()
    # Figures that a demonstration account typed are made up, and say so.
    is_demo = dossier.answers.filter(by__is_demo=True).exists()
    answers = {key: _form_answer(a, questions[key]) for key, a in held if key in questions}
    # The mark is read of a whole component; the words, of one figure among others.
    exempt = {key for key, a in answers.items() if a.not_applicable and a.value is None}
    mixed = {code for code, _ in questions.keys() - exempt}
    for key in exempt:
        if key[0] in mixed:
            answers[key] = replace(answers[key], value=NOT_APPLICABLE, not_applicable=False)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "report.xlsx"
        try:
            write_form(
                path,
                assessment=definition.assessment,
                framework=definition.frameworks[dossier.framework_id],
                unit=asked_unit(dossier)[1],
                answers=answers,
                evidence=_form_evidence(dossier),
                last_year=figures.last_year(dossier),
                data_basis="sample" if is_demo else None,
                delivered_on=timezone.localtime(delivered_on).date() if delivered_on else None,
            )
        except ValueError as error:
            raise RefusedError("refused.form_not_written", why=error) from None
        return path.read_bytes()


def _form_answer(answer: Answer, question: Question) -> FormAnswer:
    value: Any = answer.text or None
    if answer.option is not None:
        value = answer.option
    elif answer.status in _READ and answer.value_micro is not None:
        value = from_micro(answer.value_micro)
        if not fits_cell(value):
            value = clear_text(value, question.variable)
    elif answer.status == "none_declared":
        value = _NONE
    elif question.variable.answers:
        value = None
    is_exempt = answer.status == "not_applicable"
    is_marked = is_exempt or answer.is_not_applicable
    return FormAnswer(None if is_exempt else value, is_marked, answer.na_reason)


def _form_evidence(dossier: Dossier) -> dict[str, list[FormEvidence]]:
    codes = {code for code, _ in figures.questions(dossier)}
    documents: dict[str, list[FormEvidence]] = {}
    rows = dossier.evidence.filter(withdrawn_at=None, component_code__in=codes)
    for evidence in rows.order_by("pk"):
        link = f"sha256:{evidence.file_id}" if evidence.file_id else ""
        title = evidence.title or evidence.file_name
        document = FormEvidence(evidence.number, evidence.issued, title, link)
        documents.setdefault(evidence.component_code, []).append(document)
    return documents


def keep(
    actor: Actor, dossier: Dossier, kind: str, file: StoredFile, content: Any, **more: Any
) -> Delivery:
    """Record what was sent; an earlier one of its kind holds no longer."""
    dossier.sent.filter(kind=kind).update(is_current=False)
    common = {"round": dossier.round, "by": actor.person, "kind": kind}
    return dossier.sent.create(file=file, content=content, **common, **more)


def deliver(actor: Actor, dossier: Dossier) -> Delivery:
    """Write the report of a dossier that is being sent; called within its transaction."""
    now = timezone.now()
    file = store(report_content(dossier, delivered_on=now), "xlsx")
    path = f"raw/{dossier.round.assessment_id}/self_reports/{report_name(dossier)}"
    content = {"answers": dossier.answers.count()}
    delivery = keep(actor, dossier, "self_report", file, content, path=path, at=now)
    audit.record(actor, "delivered", dossier, after={"file": path, "sha256": file.sha256})
    transaction.on_commit(lambda: place(delivery))
    return delivery


def deliver_explanation(actor: Actor, dossier: Dossier) -> Delivery:
    content = {
        "assessment": dossier.round.assessment_id,
        "unit": dossier.unit_id,
        "explanations": {
            e.component_code: e.text
            for e in dossier.explanations.filter(stage="explain").order_by("component_code")
        },
        "evidence": [
            {"component": e.component_code, "number": e.number, "sha256": e.file_id}
            for e in dossier.evidence.filter(stage="explain", withdrawn_at=None).order_by("pk")
        ],
    }
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    file = store(text.encode(), "json")
    audit.record(actor, "explanation_delivered", dossier, after={"sha256": file.sha256})
    count = {"explanations": len(content["explanations"])}
    return keep(actor, dossier, "explanation", file, count)


def recall(dossier: Dossier) -> None:
    """Take back what was delivered; called within the transaction of the step."""
    deliveries = list(dossier.sent.filter(kind="self_report", is_current=True))
    dossier.sent.filter(kind="self_report").update(is_current=False)
    transaction.on_commit(lambda: _remove(deliveries))


def restore(dossier: Dossier) -> None:
    """Deliver again what was recalled last; called within the transaction of the step."""
    delivery = dossier.sent.filter(kind="self_report").latest("pk")
    dossier.sent.filter(pk=delivery.pk).update(is_current=True)
    transaction.on_commit(lambda: place(delivery))


def place(delivery: Delivery) -> None:
    """Put a delivery where the pipeline reads it; whole, or not there."""
    target = figures.workspace().data / delivery.path
    target.parent.mkdir(parents=True, exist_ok=True)
    replace_file(target, path_of(delivery.file_id).read_bytes())


def _remove(deliveries: Iterable[Delivery]) -> None:
    for delivery in deliveries:
        target = figures.workspace().data / delivery.path
        if target.is_file() and digest_of(target) == delivery.file_id:
            target.unlink()


def reconcile(round_: Round | None = None) -> list[str]:
    """Finish what a killed process left undone; return files that are not what was delivered.

    Nobody but a person can tell which of the two holds, so they are left as they are.
    """
    deliveries = Delivery.objects.exclude(path="").order_by("path", "pk")
    if round_ is not None:
        deliveries = deliveries.filter(round=round_)
    foreign = []
    for path, group in groupby(deliveries, attrgetter("path")):
        sent, target = list(group), figures.workspace().data / path
        digest = digest_of(target) if target.is_file() else None
        is_own = digest is None or digest in {delivery.file_id for delivery in sent}
        current = next((delivery for delivery in reversed(sent) if delivery.is_current), None)
        if current is not None and not is_own:
            foreign.append(path)
        elif current is not None and digest != current.file_id:
            place(current)
        elif current is None and digest is not None and is_own:
            target.unlink()
    return foreign


def receipt(delivery: Delivery) -> bytes:
    """Return the receipt of a delivery as PDF; the same delivery gives the same bytes."""
    assert delivery.dossier is not None
    dossier, local = delivery.dossier, timezone.localtime(delivery.at)
    definition = figures.definition_of(dossier.round)
    held_then = Q(withdrawn_at=None) | Q(withdrawn_at__gt=delivery.at)
    documents = dossier.evidence.filter(held_then, at__lte=delivery.at)
    n_attached = documents.exclude(file=None).count()
    kind = words_of("portal_deliveries")[delivery.kind]
    content = {
        "title": definition.assessment.title_vi,
        "title_en": definition.assessment.title_en,
        "unit": dossier.unit_name,
        "kind": kind.vi,
        "kind_en": kind.en,
        "sent": f"{local:%H:%M:%S ngày %d/%m/%Y}",
        "by": delivery.by.name,
        "office": delivery.by.office,
        "file": delivery.path.rpartition("/")[2] or "–",
        "size": str(delivery.file.size),
        "sha256": delivery.file_id,
        "number": f"{dossier.round.assessment_id}/{delivery.pk}",
        "evidence": str(n_attached),
        "named": str(documents.count() - n_attached),
        "is_demo": delivery.by.is_demo,
    }
    with as_file(files("dti_pipeline.portal") / "receipt.typ") as template:
        pdf: bytes = typst.compile(
            str(template),
            format="pdf",
            sys_inputs={"data": json.dumps(content, ensure_ascii=False)},
            ignore_system_fonts=True,
            timestamp=int(delivery.at.timestamp()),
        )
    return pdf
