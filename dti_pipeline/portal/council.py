"""The council: a draft release by the pipeline's own jobs, approved or withdrawn by two people."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import polars as pl
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from dti_pipeline.portal import audit, jobs
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.errors import NotAllowedError, RefusedError, require_reason
from dti_pipeline.portal.figures import require_seen, workspace
from dti_pipeline.portal.models import Decision, DraftRun, Round, Vote
from dti_pipeline.portal.reviews import write_appraisals
from dti_pipeline.portal.rights import require_role
from dti_pipeline.portal.sending import reconcile
from dti_pipeline.portal.settings import portal_folder
from dti_pipeline.release.folder import Release
from dti_pipeline.release.overview import STANDING
from dti_pipeline.release.releases import Published
from dti_pipeline.store.revisions import Store
from schemas.text import SpokenError
from schemas.words import words_of

_NEEDED: Final = 2
# Act → states of a round in which members vote on it.
ROUND_STATES_OF: Final = {"approve": ("council",), "withdraw": ("council", "final")}
# States of a release in which a decision has been carried out.
_DONE: Final = {"approve": STANDING, "withdraw": {"withdrawn"}}
# Shown of a log while it grows.
_LOG_CHARACTERS: Final = 20_000


def _folder(draft: DraftRun) -> Path:
    return portal_folder(settings.DTI_DATA) / "drafts" / str(draft.pk)


def start_draft(actor: Actor, round_: Round) -> DraftRun:
    """Start computing a draft release from the files, in a process of its own."""
    require_role(actor, ["operator", "council"], round_)
    if round_.state not in ("second_review", "council"):
        raise NotAllowedError
    if running := round_.drafts.filter(state="running").first():
        refresh(running)
        if running.state == "running":
            raise RefusedError("refused.draft_running")
    with transaction.atomic():
        write_appraisals(actor, round_)
        # Until its own process is there it ends with this one.
        draft = DraftRun.objects.create(round=round_, by=actor.person, process=os.getpid())
        audit.record(actor, "draft_started", round_, after=draft.pk)
    reconcile(round_)
    folder = _folder(draft)
    folder.mkdir(parents=True, exist_ok=True)
    reason = f"Dự thảo cho Hội đồng, {draft.by.name} · draft for the council"
    arguments = (folder, round_.assessment_id, workspace().data, reason)
    draft.process = jobs.start("draft_job", *arguments)
    draft.save(update_fields=["process"])
    return draft


def refresh(draft: DraftRun) -> DraftRun:
    if draft.state != "running":
        return draft
    folder, has_ended = _folder(draft), not Path(f"/proc/{draft.process}").exists()
    log, result = folder / "log.txt", folder / "result.json"
    if log.is_file():
        draft.log = log.read_text("utf-8", errors="replace")[-_LOG_CHARACTERS:]
    if result.is_file():
        outcome = json.loads(result.read_text("utf-8"))
        draft.release_id, draft.ended_at = outcome["release_id"] or "", timezone.now()
        without = "failed" if outcome["status"] else "same"
        draft.state = "done" if draft.release_id else without
    elif has_ended:
        draft.state, draft.ended_at = "failed", timezone.now()
        draft.log += "\nTiến trình đã dừng giữa chừng · the process ended before it was done"
    draft.save(update_fields=["state", "log", "release_id", "ended_at"])
    return draft


def comparison(draft: DraftRun) -> dict[str, Any]:
    """Return a draft beside the last release: causes of moves, stage scores, disputes."""
    published = Published(workspace().published)
    release, current = published.release(draft.release_id), published.latest()
    status = published.status(release.release_id)
    rows = _rows(release, draft, "fact_ranking").sort("rank", "unit_id", nulls_last=True)
    before = _by_unit(_rows(current, draft, "fact_ranking")) if current else {}
    causes = _by_unit(_rows(release, draft, "fact_change").sort("revision_id"))
    scores = _rows(release, draft, "fact_stage_score")
    stages = _by_unit(scores.pivot("stage", index="unit_id", values="points"))
    decisions = Decision.objects.filter(dossier__round=draft.round, stage__in=("second", "council"))
    contested = decisions.exclude(state="asked")
    names = set(scores["stage"]) - {"accepted_only"}
    return {
        "release_id": release.release_id,
        "status": words_of("statuses")[status],
        "act": "approve" if status == "draft" else "withdraw",
        "current_id": current.release_id if current else "",
        "stages": {name: text for name, text in words_of("stages").items() if name in names},
        "rows": [
            {
                **row,
                "before": before.get(row["unit_id"]),
                "cause": causes.get(row["unit_id"]),
                "stages": stages.get(row["unit_id"], {}),
            }
            for row in rows.iter_rows(named=True)
        ],
        "contested": contested.select_related("dossier__round", "by").order_by("-at"),
    }


def _rows(release: Release, draft: DraftRun, table: str) -> pl.DataFrame:
    return release.table(table).filter(
        pl.col("assessment_id") == draft.round.assessment_id, pl.col("scope") == "overall"
    )


def _by_unit(rows: pl.DataFrame) -> dict[str, dict[str, Any]]:
    return rows.rows_by_key("unit_id", named=True, include_key=True, unique=True)


def vote(actor: Actor, round_: Round, release_id: str, act: str, reason: str) -> Vote:
    """Give one of the two voices for approving or withdrawing a release.

    The second one, by another member of the council, carries it out.
    """
    require_role(actor, ["council"], round_)
    if round_.state not in ROUND_STATES_OF.get(act, ()):
        raise NotAllowedError
    reason = require_reason(reason)
    if not round_.drafts.filter(release_id=release_id, state="done").exists():
        raise NotAllowedError
    with transaction.atomic():
        Round.objects.select_for_update().get(pk=round_.pk)
        # A later draft may be there, which the page does not show.
        require_seen(actor, audit.lines_on(round_, "draft_started"), round_)
        voices = Vote.objects.filter(release_id=release_id, act=act)
        if voices.filter(by=actor.person).exists():
            raise RefusedError("refused.voted_already")
        voice = Vote.objects.create(
            round=round_, release_id=release_id, act=act, reason=reason, by=actor.person
        )
        audit.record(actor, f"council_{act}", round_, after=release_id, reason=reason)
        is_enough = voices.count() >= _NEEDED
    if is_enough:
        carry_out(release_id, act)
        voice.refresh_from_db()
    return voice


def carry_out(release_id: str, act: str) -> None:
    """Do what two members decided; done again after a kill, it finishes and changes nothing.

    Where it cannot be done the last voice is taken back, so that it can be given again.
    """
    votes = Vote.objects.filter(release_id=release_id, act=act)
    voices = list(votes.select_related("by").order_by("pk"))
    if len({voice.by_id for voice in voices}) < _NEEDED:
        return
    by = "; ".join(voice.by.name for voice in voices)
    reason = " | ".join(voice.reason for voice in voices)
    published = Published(workspace().published)
    try:
        with Store(workspace().store).writing():
            published.recover()
            if published.status(published.release(release_id).release_id) not in _DONE[act]:
                decide = published.approve if act == "approve" else published.withdraw
                decide(release_id, by=by, reason=reason)
    except SpokenError as error:
        with transaction.atomic():
            voices[-1].delete()
            audit.record(audit.SYSTEM, "release_refused", release_id, before=act, reason=str(error))
        raise RefusedError("refused.release_state", why=error.text) from None
    with transaction.atomic():
        votes.update(is_done=True)
        audit.record(audit.SYSTEM, f"release_{act}", release_id, after=by, reason=reason)


def finish_votes() -> None:
    """Carry out what two members had decided when a process was killed."""
    waiting = Vote.objects.filter(is_done=False).values_list("release_id", "act").distinct()
    for release_id, act in list(waiting):
        with suppress(RefusedError):  # the audit log says so; the portal starts all the same
            carry_out(release_id, act)
