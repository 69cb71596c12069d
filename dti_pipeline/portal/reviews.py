"""Decisions of reviewers and the council: with compulsory reasons, per stage, then as files."""

import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

import xlsxwriter
from django.db import transaction
from django.utils import timezone

from dti_pipeline.intake.files.deliveries import list_deliveries
from dti_pipeline.intake.tables.decisions import decision_words
from dti_pipeline.intake.tables.rows import BASIS_COLUMN
from dti_pipeline.portal import audit, figures
from dti_pipeline.portal.answers import locked, read_text, require_commenting, text_of
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.errors import NotAllowedError, RefusedError, require_reason, whole_text
from dti_pipeline.portal.evidence import store
from dti_pipeline.portal.models import Answer, Decision, Delivery, Dossier, Round
from dti_pipeline.portal.rights import require_step, steps_for
from dti_pipeline.portal.sending import NOT_APPLICABLE, place
from schemas.causes import CAUSES
from schemas.files.framework import GENERAL, Variable
from schemas.messages import message
from schemas.text import Text
from schemas.words import words_of

STATES: Final = words_of("portal_decisions")
# The catalogue of opinions; a free note stands beside each.
OPINIONS: Final = words_of("portal_opinions")
_LISTED_WORDS: Final = {
    side.casefold() for text in (*STATES.values(), *OPINIONS.values()) for side in text
}
AGREEING: Final = frozenset({"agree", "central_confirms"})
_STAGE_OF: Final = {"decide": "review", "decide_again": "second", "council_decide": "council"}
STAGE_NAMES: Final = words_of("portal_stages")
_CREATED: Final = datetime(2020, 1, 1)


def stage_now(actor: Actor, dossier: Dossier, code: str = "") -> str | None:
    """Return the stage at which an actor may decide about a component now; None if not."""
    bound = _component(dossier, code) if code else None
    steps = steps_for(
        actor.person, dossier, component_code=code, main_code=bound.component.main if bound else ""
    )
    return next((stage for name, stage in _STAGE_OF.items() if name in steps), None)


def _component(dossier: Dossier, code: str) -> Any:
    for key, question in figures.questions(dossier).items():
        if key[0] == code and question.component.is_scored:
            return question.component
    raise NotAllowedError


@dataclass(frozen=True)
class Ruling:
    """What somebody decides about a component, or one figure of it, as a form says it."""

    state: str
    variable: str = ""
    value_text: str = ""
    opinion: str = ""
    note: str = ""
    cause: str = ""
    cause_note: str = ""


def decide(
    actor: Actor, dossier_id: int, code: str, ruling: Ruling, *, base_version: int = 0
) -> Decision:
    """Keep a ruling.

    Raises:
        RefusedError: if the reason is missing or says nothing, the figure cannot be read, or
            somebody else decided meanwhile.
    """
    with transaction.atomic():
        dossier = locked(dossier_id)
        stage = stage_now(actor, dossier, code)
        if stage is None:
            raise NotAllowedError
        micro, ruling = _checked(dossier, code, ruling)
        of_stage = dossier.decisions.filter(component_code=code, stage=stage)
        key = {"component_code": code, "variable": ruling.variable, "stage": stage}
        new = Decision(dossier=dossier, version=0, **key)
        decision = of_stage.filter(variable=ruling.variable).first() or new
        if base_version != decision.version:
            by = "–" if decision is new else decision.by
            raise RefusedError(message("refused.decided_meanwhile", by=by, note=ruling.note))
        if ruling.state not in figures.EFFECTIVE:
            # The pipeline would go on with what a file says of what this replaces.
            pks = {pk for pk, _ in _written(dossier.round)}
            if any(d.pk in pks for d in of_stage if ruling.variable in ("", d.variable)):
                raise RefusedError(message("refused.decision_written"))
        before = "" if decision is new else _shown(decision)
        for name, text in asdict(ruling).items():
            setattr(decision, name, text)
        decision.points_before = _all_points(
            dossier, figures.STAGES[figures.STAGES.index(stage) - 1]
        )[code]
        decision.value_micro = micro
        decision.by, decision.at = actor.person, timezone.now()
        decision.version += 1
        decision.save()
        if not ruling.variable:
            # A word on the whole component replaces those on its figures.
            of_stage.exclude(pk=decision.pk).delete()
        decision.points_after = _all_points(dossier, stage)[code]
        decision.save(update_fields=["points_after"])
        subject, after = f"{dossier} {code} {ruling.variable}".strip(), _shown(decision)
        audit.record(
            actor, f"decided_{stage}", subject, before=before, after=after, reason=ruling.note
        )
    return decision


def _checked(dossier: Dossier, code: str, ruling: Ruling) -> tuple[int | None, Ruling]:
    """Return the recognised figure, and a ruling that may hold."""
    if ruling.state not in STATES or ruling.opinion not in OPINIONS:
        raise RefusedError(message("refused.ruling_incomplete"))
    key = (code, ruling.variable)
    if ruling.variable:
        if key not in figures.questions(dossier):
            raise NotAllowedError
        if not figures.questions(dossier)[key].is_appraised:
            raise RefusedError(message("refused.figure_of_agency"))
    if ruling.cause not in ("", *CAUSES) or (ruling.cause_note.strip() and not ruling.cause):
        raise RefusedError(message("refused.cause_missing"))
    is_accepted, is_adjusted = ruling.state == "accepted", ruling.state == "adjusted"
    ruling = replace(
        ruling,
        note=whole_text(ruling.note) if is_accepted else _require_own_words(ruling.note),
        value_text=whole_text(ruling.value_text, 2000) if is_adjusted else "",
        cause_note=whole_text(ruling.cause_note),
    )
    if not is_adjusted:
        return None, ruling
    if not ruling.variable:
        raise RefusedError(message("refused.figure_not_chosen"))
    entry, issues = read_text(ruling.value_text, figures.questions(dossier)[key].variable)
    if entry.value_micro is None:
        problem = issues[0].what if issues else Text("chưa có số liệu", "no figure")
        raise RefusedError(message("refused.figure_not_clear", problem=problem))
    return entry.value_micro, ruling


def _require_own_words(note: str) -> str:
    """Return a reason that says more than the lists to choose from do."""
    note = require_reason(note)
    if note.casefold().strip(" .") in _LISTED_WORDS:
        raise RefusedError(message("refused.reason_repeats"))
    return note


def keep_draft(actor: Actor, dossier: Dossier, place: str, content: dict[str, str]) -> None:
    """Keep what somebody types under its dossier, for that person alone, until it is sent."""
    kind, _, code = place.partition("-")
    if kind == "comment":
        require_commenting(actor, dossier, code)
    elif kind != "decide" or stage_now(actor, dossier, code) is None:
        raise NotAllowedError
    values = {"content": content, "at": timezone.now()}
    dossier.drafts.update_or_create(place=place, by=actor.person, defaults=values)


def _shown(decision: Decision) -> dict[str, Any]:
    names = ("state", "value_text", "opinion", "note", "cause", "points_before", "points_after")
    return {name: getattr(decision, name) for name in names}


def contradicts(decision: Decision) -> bool:
    is_changed = decision.points_before != decision.points_after
    return decision.opinion in AGREEING and (
        decision.state in ("adjusted", "rejected") or is_changed
    )


def answered_components(dossier: Dossier) -> list[str]:
    """Return the scored components of which a unit reported something, in their order."""
    filled = set(dossier.answers.exclude(status="blank").values_list("component_code", flat=True))
    return [
        code
        for code in dict.fromkeys(key[0] for key in figures.questions(dossier))
        if code in filled and code != GENERAL
    ]


def undecided(dossier: Dossier) -> list[str]:
    """Return the reported components without a decision of the first review."""
    decided = set(dossier.decisions.filter(stage="review").values_list("component_code", flat=True))
    return [code for code in answered_components(dossier) if code not in decided]


def unanswered_explanations(dossier: Dossier) -> list[str]:
    """Return the explained components without a decision of the second review."""
    decided = set(dossier.decisions.filter(stage="second").values_list("component_code", flat=True))
    explained = (
        dossier.explanations.filter(stage="explain").exclude(text="").order_by("component_code")
    )
    return [e.component_code for e in explained if e.component_code not in decided]


def confirmed_by_agencies(dossier: Dossier) -> list[str]:
    """Return undecided components whose reported figures agree with the agencies' own.

    Those that have no figure of an agency beside any reported one are left out.
    """
    central, answers = figures.central_of(dossier), figures.answers_of(dossier)
    agreements: dict[str, set[bool]] = {}
    for key in figures.questions(dossier).keys() & central.keys():
        is_same = key in answers and answers[key].value_micro == central[key].value_micro
        agreements.setdefault(key[0], set()).add(is_same)
    return [code for code in undecided(dossier) if agreements.get(code) == {True}]


def accept_many(actor: Actor, dossier_id: int, note: str = "") -> int:
    """Accept at once what the agencies' figures confirm; with a reason, all that is undecided."""
    note = require_reason(note) if note else ""
    with transaction.atomic():
        dossier = locked(dossier_id)
        require_step(actor, dossier, "decide")
        codes = undecided(dossier) if note else confirmed_by_agencies(dossier)
        codes = [code for code in codes if stage_now(actor, dossier, code) == "review"]
        before = _all_points(dossier, "self")
        ruling = {"state": "accepted", "opinion": "agree" if note else "central_confirms"}
        common = {"stage": "review", "note": note, "by": actor.person, **ruling}
        decisions = [
            dossier.decisions.create(component_code=code, points_before=before[code], **common)
            for code in codes
        ]
        after = _all_points(dossier, "review")
        for decision in decisions:
            decision.points_after = after[decision.component_code]
            decision.save(update_fields=["points_after"])
            subject = f"{dossier} {decision.component_code}"
            audit.record(actor, "decided_review", subject, after=_shown(decision), reason=note)
    return len(codes)


def _all_points(dossier: Dossier, stage: str) -> dict[str, int | None]:
    """Return points by component at a stage; None where they depend on others."""
    components = figures.outlook(dossier, stage).components
    return {c.code: None if c.waits_for else c.low for c in components}


def _written(round_: Round) -> set[tuple[int, int]]:
    """Return key and version of every decision that a file holds."""
    return {
        (key, number)
        for delivery in round_.deliveries.filter(kind="appraisal")
        for key, number in delivery.content["decisions"]
    }


def write_appraisal(actor: Actor, round_: Round, stage: str) -> Delivery | None:
    """Write the decisions of a stage that no file holds yet as the next numbered file."""
    pairs = _written(round_)
    # What a file adjusted holds in the pipeline, even where its decision was changed since.
    adjusted = {
        tuple(key)
        for delivery in round_.deliveries.filter(kind="appraisal")
        for key in delivery.content.get("adjusted", ())
    }
    decisions = [
        decision
        for decision in Decision.objects.filter(
            dossier__round=round_, stage=stage, state__in=figures.EFFECTIVE
        )
        .select_related("dossier__round", "by")
        .order_by("dossier__place", "component_code", "variable")
        if (decision.pk, decision.version) not in pairs
    ]
    rows = [row for decision in decisions for row in _rows(decision, adjusted)]
    if not rows:
        return None
    number = _next_number(round_)
    path = f"raw/{round_.assessment_id}/appraisals/{number:02d}_{stage}.xlsx"
    delivery = Delivery.objects.create(
        round=round_,
        kind="appraisal",
        path=path,
        file=store(_workbook(rows), "xlsx"),
        content={
            "stage": stage,
            "decisions": [[d.pk, d.version] for d in decisions],
            "adjusted": [
                [d.dossier_id, d.component_code, d.variable]
                for d in decisions
                if d.state == "adjusted"
            ],
        },
        by=actor.person,
    )
    audit.record(
        actor, "appraisal_written", round_, after={"file": path, "sha256": delivery.file_id}
    )
    transaction.on_commit(lambda: place(delivery))
    return delivery


def _next_number(round_: Round) -> int:
    listing = list_deliveries(figures.workspace(), round_.assessment_id, kinds=["appraisal"])
    numbers = [delivery.delivery_no for delivery in listing.deliveries]
    paths = round_.deliveries.filter(kind="appraisal").values_list("path", flat=True)
    numbers += [int(path.rpartition("/")[2].partition("_")[0]) for path in paths]
    return max(numbers, default=0) + 1


def _rows(decision: Decision, adjusted: set[tuple[Any, ...]]) -> Iterator[tuple[str, ...]]:
    """Yield the rows of one decision; only figures that units report are appraised."""
    dossier, code = decision.dossier, decision.component_code
    reported = {
        key[1]: question
        for key, question in figures.questions(dossier).items()
        if key[0] == code and question.is_appraised
    }
    answers = {
        answer.variable: answer
        for answer in dossier.answers.filter(component_code=code).exclude(status="blank")
    }
    names = [decision.variable] if decision.variable else list(reported)
    if not decision.variable and not decision.cause:
        # A later word on one figure holds instead; two rows on it would contradict each other.
        same = dossier.decisions.filter(component_code=code, stage=decision.stage)
        later = same.filter(state__in=figures.EFFECTIVE).values_list("variable", flat=True)
        names = [name for name in names if name not in later]
    restored = _restored(decision)
    restored |= {name for name in names if (dossier.pk, code, name) in adjusted}
    for name in names:
        if name not in reported or name not in answers:
            continue
        state, value = decision.state, ""
        variable = reported[name].variable
        if state == "adjusted":
            value = text_of(decision.value_micro, None, variable)
        elif state == "accepted" and name in restored:
            # What an earlier file adjusted comes back only as a figure of its own.
            answer = answers[name]
            state, value = "adjusted", _own_text(answer, variable)
        opinion = OPINIONS[decision.opinion].vi
        reason = f"{opinion}: {decision.note}" if decision.note else opinion
        yield (
            dossier.unit_id,
            code,
            name,
            state,
            value,
            f"{STAGE_NAMES[decision.stage].vi} – {decision.by.name}",
            f"{timezone.localtime(decision.at):%d/%m/%Y}",
            reason,
            decision.cause,
            decision.cause_note,
        )


def _own_text(answer: Answer, variable: Variable) -> str:
    """Write what a unit reported so that an appraisal reads the same of it."""
    if answer.status == "not_applicable":
        return NOT_APPLICABLE
    return text_of(answer.value_micro, answer.option, variable) or answer.text


def _restored(decision: Decision) -> set[str]:
    earlier = figures.STAGES[1 : figures.STAGES.index(decision.stage)]
    return set(
        decision.dossier.decisions.filter(
            component_code=decision.component_code, stage__in=earlier, state="adjusted"
        ).values_list("variable", flat=True)
    )


def _workbook(rows: list[tuple[str, ...]]) -> bytes:
    """Return rows as a workbook of texts; no cell of it can be taken for a formula."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        book.set_properties({"created": _CREATED})
        sheet = book.add_worksheet("appraisals")
        headings = [name for name in decision_words("appraisals") if name != BASIS_COLUMN]
        for number, row in enumerate([headings, *rows]):
            for column, text in enumerate(row):
                sheet.write_string(number, column, text)
    return stream.getvalue()
