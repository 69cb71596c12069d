"""Reports that came without the portal: their files lie in the folder, their figures are read."""

from pathlib import Path

from django.db import transaction
from django.utils import timezone

from dti_pipeline.intake.files.cells import Sheet
from dti_pipeline.intake.files.workers import read_files
from dti_pipeline.intake.forms.reader import FormEntry
from dti_pipeline.portal import audit
from dti_pipeline.portal.answers import fill
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.errors import NotAllowedError
from dti_pipeline.portal.evidence import store
from dti_pipeline.portal.figures import workspace
from dti_pipeline.portal.models import Answer, Dossier, Round
from dti_pipeline.portal.rights import require_role
from dti_pipeline.portal.sending import keep, report_name
from dti_pipeline.portal.workbooks import add_named_documents, read_sheets, retype


def adopt(actor: Actor, round_: Round) -> int:
    """Take over the reports of units that have not begun; return their number.

    The files stay as they are; the dossier counts as sent.
    """
    require_role(actor, ["operator"], round_)
    if round_.state not in ("open", "closed"):
        raise NotAllowedError
    folder = workspace().raw / round_.assessment_id / "self_reports"
    waiting = [
        (dossier, folder / report_name(dossier))
        for dossier in round_.dossiers.filter(state="not_started").select_related("round")
    ]
    present = [(dossier, path) for dossier, path in waiting if path.is_file()]
    contents = read_files([path for _, path in present], root=workspace().data)
    count = 0
    for (dossier, path), content in zip(present, contents, strict=True):
        if content.sheets is not None:
            _take_over(actor, dossier, path, content.sheets)
            count += 1
    return count


def _take_over(actor: Actor, dossier: Dossier, path: Path, sheets: tuple[Sheet, ...]) -> None:
    reading = read_sheets(dossier, sheets, path.name)
    name = f"raw/{dossier.round.assessment_id}/self_reports/{path.name}"
    with transaction.atomic():
        Answer.objects.bulk_create(_answer(actor, dossier, entry) for entry in reading.entries)
        texts = {e.question.component.code: e.evidence_text for e in reading.entries}
        for code, text in texts.items():
            if text:
                add_named_documents(actor, dossier, code, text)
        file, content = store(path.read_bytes(), "xlsx"), {"answers": len(reading.entries)}
        keep(actor, dossier, "self_report", file, content, path=name)
        before, dossier.state, dossier.state_since = dossier.state, "sent", timezone.now()
        dossier.save(update_fields=["state", "state_since"])
        after = {"state": "sent", "file": name}
        audit.record(actor, "adopted", dossier, before=before, after=after)


def _answer(actor: Actor, dossier: Dossier, entry: FormEntry) -> Answer:
    code, name = entry.question.key
    answer = Answer(dossier=dossier, component_code=code, variable=name)
    fill(answer, retype(entry), entry.question, actor)
    return answer
