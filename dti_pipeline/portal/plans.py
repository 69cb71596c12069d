"""The plan that a unit follows: the workbook of `dti plan`, how far it is, and where it leads."""

import tempfile
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from dti_pipeline.analysis.improvement.progress import STATUSES, Progress, read_progress, report
from dti_pipeline.analysis.improvement.rescoring import Accounts, NotScoredError
from dti_pipeline.index.definition import define
from dti_pipeline.intake.tables.user_file import UserFileError
from dti_pipeline.portal import audit
from dti_pipeline.portal.answers import lines_of, locked
from dti_pipeline.portal.audit import Actor, lines_on
from dti_pipeline.portal.errors import NotAllowedError, RefusedError
from dti_pipeline.portal.evidence import kind_of, path_of, store
from dti_pipeline.portal.figures import require_seen, workspace
from dti_pipeline.portal.models import Dossier, UnitPlan
from dti_pipeline.portal.rights import require_step
from dti_pipeline.portal.workbooks import open_apart, require_own
from dti_pipeline.release.releases import Published
from dti_pipeline.workspace import Workspace


def keep_plan(actor: Actor, dossier: Dossier, content: bytes) -> None:
    """Keep the plan of a unit instead of the one before; progress begins as the workbook has it."""
    require_step(actor, dossier, "follow_plan")
    if kind_of(content, needed := "refused.plan_unreadable") != "xlsx":
        raise RefusedError(needed)
    open_apart(content)
    require_own(dossier, _read(content).meta["unit_id"])
    with transaction.atomic():
        dossier = locked(dossier.pk)
        lines = lines_of(actor, dossier).filter(action__in=("plan_kept", "plan_progress"))
        require_seen(actor, lines, dossier.round)
        values = {"file": store(content, "xlsx"), "progress": {}, "by": actor.person}
        plan, _ = UnitPlan.objects.update_or_create(dossier=dossier, defaults=values)
        audit.record(actor, "plan_kept", dossier, after={"sha256": plan.file_id})


def _read(content: bytes) -> Progress:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.xlsx"
        path.write_bytes(content)
        try:
            return read_progress(path)
        except UserFileError:
            raise RefusedError("refused.plan_unreadable") from None


@transaction.atomic
def set_progress(actor: Actor, dossier: Dossier, code: str, status: str, percent: int) -> None:
    share = {"not_started": 0, "done": 100}.get(status, percent)
    if status not in STATUSES or share > 100 or (status == "in_progress" and share == 100):
        raise RefusedError("refused.plan_share")
    require_step(actor, locked(dossier.pk), "follow_plan")
    plan = UnitPlan.objects.filter(dossier=dossier).first()
    if plan is None or code not in {task.component_code for task in progress_of(plan).tasks}:
        raise NotAllowedError
    subject = f"{dossier} {code}"
    lines = lines_on(subject, "plan_progress") | lines_on(dossier, "plan_kept")
    require_seen(actor, lines, dossier.round)
    before = plan.progress.get(code, "")
    plan.progress[code] = {"status": status, "percent": share}
    plan.save(update_fields=["progress"])
    after = plan.progress[code]
    audit.record(actor, "plan_progress", subject, before=before, after=after)


def progress_of(plan: UnitPlan) -> Progress:
    """Return the plan as its workbook has it, with what was entered here."""
    progress = _read(path_of(plan.file_id).read_bytes())
    tasks = [
        replace(task, status=entry["status"], progress=Fraction(entry["percent"], 100))
        if (entry := plan.progress.get(task.component_code))
        else task
        for task in progress.tasks
    ]
    return replace(progress, tasks=tuple(tasks))


def report_of(plan: UnitPlan) -> dict[str, Any] | None:
    """Return what `dti plan --progress` says; None where no release has the plan's assessment."""
    progress, release = progress_of(plan), Published(workspace().published).latest()
    name = progress.meta["assessment_id"]
    if release is None or name not in release.revisions:
        return None
    try:
        accounts = _accounts(name, workspace().data, release.release_id)
    except NotScoredError:
        return None
    return report(progress, accounts, today=timezone.localdate())


@lru_cache(maxsize=4)
def _accounts(assessment_id: str, data: Path, release_id: str) -> Accounts:
    place = Workspace(data=data)
    figures = Published(place.published).release(release_id).table("fact_observation")
    own = figures.filter(assessment_id=assessment_id)
    return Accounts.of(define(assessment_id, workspace=place), own)
