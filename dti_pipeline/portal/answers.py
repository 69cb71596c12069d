"""Entries of the unit: read by the same policy as files, each with a version, none lost."""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from dti_pipeline.intake.files.cells import EMPTY_CELL, Cell
from dti_pipeline.intake.forms.layout import Question
from dti_pipeline.intake.numbers.decimals import from_micro
from dti_pipeline.intake.numbers.entry import Entry, read_entry, read_figure
from dti_pipeline.intake.numbers.policy import Status
from dti_pipeline.intake.place import Place
from dti_pipeline.portal import audit
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.chain import EDITING
from dti_pipeline.portal.errors import NotAllowedError, RefusedError, whole_text
from dti_pipeline.portal.figures import answers_of, codes_with_documents, framework_of, questions
from dti_pipeline.portal.models import Answer, AnswerVersion, Comment, Dossier, Event, Explanation
from dti_pipeline.portal.rights import is_of_centre, require_step, roles_for, steps_for
from schemas.files.framework import GENERAL, Variable
from schemas.issues.issue import Issue
from schemas.messages import message
from schemas.text import Text

# Statuses with which a dossier cannot be sent: what was typed must be made clear first.
UNREAD = ("ambiguous", "text", "out_of_range", "formula_error", "formula_without_value")


def locked(dossier_id: int) -> Dossier:
    return (
        Dossier.objects.select_for_update(of=("self",)).select_related("round").get(pk=dossier_id)
    )


# What the log tells of entries, and of what is said of them within the centre.
ENTRIES: Final = (
    *("answer", "evidence_attached", "evidence_withdrawn", "workbook_applied"),
    *("explanation_declare", "explanation_explain"),
)
DECISIONS: Final = ("decided_review", "decided_second", "decided_council")


def lines_of(actor: Actor, dossier: Dossier, code: str = "") -> "QuerySet[Event]":
    """Return the lines of the audit log on a dossier, or one component, that an actor may read.

    A dossier's own name stands alone or before one of its components: another unit's name may
    begin with it.
    """
    names = (code,) if code else (*framework_of(dossier).by_code, GENERAL)
    codes = "|".join(map(re.escape, names))
    subject = rf"^{re.escape(str(dossier))}( ({codes})([. ].*)?)?$"
    lines = Event.objects.filter(subject__regex=subject)
    is_hidden = not is_of_centre(actor.person, dossier)
    return lines.exclude(action__in=(*DECISIONS, "comment")) if is_hidden else lines


def read_text(
    text: str, variable: Variable, *, is_not_applicable: bool = False
) -> tuple[Entry, list[Issue]]:
    """Read what a person typed, as a cell of a form would be read."""
    if is_not_applicable and not text.strip():
        return Entry(Status.NOT_APPLICABLE, reading="mark"), []
    raw = Cell(text=text) if text.strip() else EMPTY_CELL
    entry, issues = read_entry(raw, variable, Place("portal"))
    if is_not_applicable and entry.status is not Status.NOT_APPLICABLE:
        return Entry(Status.AMBIGUOUS, reading="figure_and_mark"), issues
    return entry, issues


def candidates(text: str, variable: Variable) -> list[str]:
    """Return the clear ways to write what an ambiguous text may mean."""
    if variable.answers:
        return []
    reading = read_figure(Cell(text=text), variable)
    texts = [clear_text(candidate.value, variable) for candidate in reading.candidates]
    return list(dict.fromkeys(texts))


def clear_text(value: Decimal, variable: Variable) -> str:
    """Write a figure so that it reads back as itself, in words of the number policy.

    Three decimals would look like thousands; a percentage without its sign like a fraction.
    """
    sign = ""
    if variable.kind == "ratio":
        value, sign = value.scaleb(2).normalize(), "%"
    elif variable.kind == "percent":
        sign = "%"
    text = f"{value:f}"
    if len(text.partition(".")[2]) == 3:
        text += "0"
    return text.replace(".", ",") + sign


def text_of(value_micro: int | None, option: str | None, variable: Variable) -> str:
    if options := variable.answers:
        if option is None and value_micro is not None:
            option = list(options)[value_micro // 1_000_000]
        return options[option].vi if option in options else ""
    return "" if value_micro is None else clear_text(from_micro(value_micro), variable)


@transaction.atomic
def save_answer(
    actor: Actor,
    dossier_id: int,
    key: tuple[str, str],
    entry: Mapping[str, Any],
    *,
    base_version: int,
    origin: str = "page",
) -> tuple[Answer, AnswerVersion | None]:
    """Keep an entry (text, is_not_applicable, na_reason) of a component's variable.

    One on another version than the present is a conflict: it is kept, changes nothing, and is
    returned beside the present answer.
    """
    dossier = locked(dossier_id)
    question = questions(dossier).get(key)
    if question is None:
        raise NotAllowedError
    require_editing(actor, dossier, key[0])
    answer, _ = dossier.answers.get_or_create(component_code=key[0], variable=key[1])
    typed = {
        "text": whole_text(entry.get("text", ""), 2000),
        "is_not_applicable": entry.get("is_not_applicable") in (True, "1"),
        "na_reason": whole_text(entry.get("na_reason", ""), 2000),
    }
    if typed == answer.entry:
        return answer, None
    before, is_late = answer.entry, base_version != answer.version
    if not is_late:
        fill(answer, typed, question, actor)
        answer.save()
        note_editing(dossier, actor)
    version = answer.versions.create(
        version=base_version + 1, entry=typed, by=actor.person, origin=origin, is_conflict=is_late
    )
    action, subject = "answer_conflict" if is_late else "answer", f"{dossier} {'.'.join(key)}"
    audit.record(actor, action, subject, before=before, after=typed, reason=origin)
    return answer, version if is_late else None


def fill(answer: Answer, typed: Mapping[str, Any], question: Question, actor: Actor) -> None:
    read, _ = read_text(
        typed["text"], question.variable, is_not_applicable=typed["is_not_applicable"]
    )
    for name, value in typed.items():
        setattr(answer, name, value)
    answer.value_micro, answer.option = read.value_micro, read.option
    answer.status, answer.reading = read.status.value, (read.reading or "")[:200]
    answer.version += 1
    answer.by, answer.at = actor.person, timezone.now()


def require_editing(actor: Actor, dossier: Dossier, code: str = "") -> None:
    steps = steps_for(actor.person, dossier, component_code=code)
    if not EDITING & set(steps):
        raise NotAllowedError


def open_stage(actor: Actor, dossier: Dossier, code: str) -> str | None:
    """Return the stage whose documents and explanations an actor may change now; None if none."""
    if code not in {key[0] for key in questions(dossier)}:
        return None
    steps = steps_for(actor.person, dossier, component_code=code)
    if EDITING & set(steps):
        return "declare"
    return "explain" if "explain" in steps else None


def move(actor: Actor, dossier: Dossier, step: str, state: str, reason: str = "") -> None:
    """Put a dossier into the state that a step leads to; called within the step's transaction."""
    before, dossier.state, dossier.state_since = dossier.state, state, timezone.now()
    dossier.save(update_fields=["state", "state_since"])
    audit.record(actor, step, dossier, before=before, after=state, reason=reason)


def note_editing(dossier: Dossier, actor: Actor) -> None:
    """A dossier that is worked on is in progress; who changes what the leader holds says so."""
    if dossier.state in ("not_started", "returned"):
        move(actor, dossier, "edit", "declaring")


@transaction.atomic
def save_explanation(
    actor: Actor, dossier_id: int, code: str, stage: str, text: str, *, base_version: int
) -> tuple[Explanation, str]:
    """Keep what a unit says about a component; return it, and a text that came too late."""
    text, dossier = whole_text(text), locked(dossier_id)
    if stage != open_stage(actor, dossier, code):
        raise NotAllowedError
    key = {"dossier": dossier, "component_code": code, "stage": stage}
    present = Explanation.objects.filter(**key).first() or Explanation(version=0, **key)
    before, subject = present.text, f"{dossier} {code}"
    if text == before:
        return present, ""
    if base_version != present.version:
        audit.record(actor, "explanation_conflict", subject, before=before, after=text)
        return present, text
    present.text, present.by, present.at = text, actor.person, timezone.now()
    present.version += 1
    present.save()
    audit.record(actor, f"explanation_{stage}", subject, before=before, after=text)
    if stage == "declare":
        note_editing(dossier, actor)
    elif dossier.state == "reviewed":
        move(actor, dossier, "explain", "explaining")
    return present, ""


def require_commenting(actor: Actor, dossier: Dossier, code: str) -> None:
    """Refuse who may not comment, and a code under which nobody would see a comment."""
    if code and framework_of(dossier).component_of(code) is None:
        raise NotAllowedError
    require_step(actor, dossier, "comment", component_code=code)


@transaction.atomic
def add_comment(
    actor: Actor, dossier: Dossier, text: str, *, code: str = "", is_internal: bool = False
) -> Comment:
    """Add a remark, once where a double click sends it twice; only the centre has internal ones."""
    dossier = locked(dossier.pk)
    require_commenting(actor, dossier, code)
    text = whole_text(text)
    if not text:
        raise RefusedError("refused.comment_empty")
    internal = is_internal and is_of_centre(actor.person, dossier)
    if roles_for(actor.person, dossier) == {"consultant"}:
        internal = True
    last = dossier.comments.filter(component_code=code, at__gte=dossier.state_since).last()
    if last and (last.by, last.text, last.is_internal) == (actor.person, text, internal):
        return last
    comment = dossier.comments.create(
        component_code=code, text=text, is_internal=internal, by=actor.person
    )
    audit.record(actor, "comment", f"{dossier} {code}".strip(), after=text)
    return comment


def problems(dossier: Dossier) -> Iterator[tuple[str, Text]]:
    """Yield component and problem of what must be mended before a dossier is submitted."""
    explained = dossier.explanations.filter(stage="declare").exclude(text="")
    proven = codes_with_documents(dossier) | set(explained.values_list("component_code", flat=True))
    asked = questions(dossier)
    unproven: dict[str, None] = {}
    for key, answer in answers_of(dossier).items():
        if (question := asked.get(key)) is None:
            continue
        for problem in _answer_problems(answer, question):
            yield key[0], problem
        needs = bool(answer.value_micro) or (
            question.variable.kind == "choice" and answer.option is not None
        )
        is_required = question.component.component.evidence == "required"
        if is_required and needs and key[0] not in proven:
            unproven[key[0]] = None
    for code in unproven:
        yield code, message("problems.unproven")


def _answer_problems(answer: Answer, question: Question) -> Iterator[Text]:
    variable, treatment = question.variable, question.component.component.not_applicable.treatment
    if answer.status in UNREAD:
        yield message("problems.unread", text=answer.text, name=variable.name)
    if answer.status == "not_applicable" and treatment == "refuse":
        yield message("problems.not_applicable")
    elif answer.status == "not_applicable" and not answer.na_reason:
        yield message("problems.no_reason")
