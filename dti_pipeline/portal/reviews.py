"""Decisions of reviewers and the council: with compulsory reasons, per stage, then as files."""

import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Final

import xlsxwriter
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from dti_pipeline.intake.files.deliveries import list_deliveries
from dti_pipeline.intake.tables.decisions import decision_words
from dti_pipeline.intake.tables.rows import BASIS_COLUMN
from dti_pipeline.portal import audit, figures
from dti_pipeline.portal.answers import (
    DECISIONS,
    ENTRIES,
    lines_of,
    locked,
    read_text,
    require_commenting,
    text_of,
)
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.errors import NotAllowedError, RefusedError, require_reason, whole_text
from dti_pipeline.portal.evidence import store
from dti_pipeline.portal.models import Answer, Decision, Delivery, Dossier, Explanation, Round
from dti_pipeline.portal.rights import require_step, steps_for
from dti_pipeline.portal.sending import NOT_APPLICABLE, place
from schemas.causes import CAUSES
from schemas.files.framework import GENERAL, Variable
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


def stage_now(actor: Actor, dossier: Dossier, code: str) -> str | None:
    """Return the stage at which an actor may decide about a component now; None if not."""
    asked = (question.component for question in figures.questions(dossier).values())
    component = next((c for c in asked if c.code == code and c.is_scored), None)
    if component is None:
        raise NotAllowedError
    main = component.component.main
    steps = steps_for(actor.person, dossier, component_code=code, main_code=main)
    return next((stage for name, stage in _STAGE_OF.items() if name in steps), None)


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


@transaction.atomic
def decide(
    actor: Actor, dossier_id: int, code: str, ruling: Ruling, *, base_version: int = 0
) -> Decision:
    """Keep a ruling, unless somebody else decided after ``base_version``."""
    dossier = locked(dossier_id)
    stage = stage_now(actor, dossier, code)
    if stage is None:
        raise NotAllowedError
    _require_seen(actor, dossier, code)
    micro, ruling = _checked(dossier, code, ruling)
    of_stage = dossier.decisions.filter(component_code=code, stage=stage)
    present = of_stage.filter(variable=ruling.variable).first()
    if base_version != (present.version if present else 0):
        by = present.by if present else "–"
        raise RefusedError("refused.decided_meanwhile", by=by, note=ruling.note)
    if ruling.state == figures.ASKED:
        # The pipeline would go on with what a file says of what this replaces.
        files = dossier.round.deliveries.filter(kind="appraisal")
        pks = {pk for file in files for pk, _ in file.content["decisions"]}
        if any(d.pk in pks for d in of_stage if ruling.variable in ("", d.variable)):
            raise RefusedError("refused.decision_written")
    return _keep(actor, dossier, stage, {code: (ruling, micro)})[0]


def _require_seen(actor: Actor, dossier: Dossier, code: str = "") -> None:
    """Refuse to decide from a page that does not show the present entries and decisions."""
    lines = lines_of(actor, dossier, code).filter(action__in=(*ENTRIES, *DECISIONS))
    figures.require_seen(actor, lines, dossier.round)


def _keep(
    actor: Actor, dossier: Dossier, stage: str, rulings: Mapping[str, tuple[Ruling, int | None]]
) -> list[Decision]:
    """Keep a ruling with its recognised figure on each component, and what they do to points."""
    points_before = _all_points(dossier, figures.STAGES[figures.STAGES.index(stage) - 1])
    kept: list[tuple[Decision, Any]] = []
    for code, (ruling, micro) in rulings.items():
        key = {"component_code": code, "variable": ruling.variable, "stage": stage}
        present = dossier.decisions.filter(**key).first()
        before = _shown(present) if present else ""
        decision = present or Decision(dossier=dossier, version=0, **key)
        for name, text in asdict(ruling).items():
            setattr(decision, name, text)
        decision.value_micro, decision.points_before = micro, points_before[code]
        decision.by, decision.at = actor.person, timezone.now()
        decision.version += 1
        decision.save()
        if not ruling.variable:
            # A word on the whole component replaces those on its figures.
            of_stage = dossier.decisions.filter(component_code=code, stage=stage)
            of_stage.exclude(pk=decision.pk).delete()
        kept.append((decision, before))
    points_after = _all_points(dossier, stage)
    for decision, before in kept:
        decision.points_after = points_after[decision.component_code]
        decision.save(update_fields=["points_after"])
        subject = f"{dossier} {decision.component_code}.{decision.variable}".rstrip(".")
        after, note = _shown(decision), decision.note
        audit.record(actor, f"decided_{stage}", subject, before=before, after=after, reason=note)
    return [decision for decision, _ in kept]


def _checked(dossier: Dossier, code: str, ruling: Ruling) -> tuple[int | None, Ruling]:
    """Return the recognised figure, and a ruling that may hold."""
    if ruling.state not in STATES or ruling.opinion not in OPINIONS:
        raise RefusedError("refused.ruling_incomplete")
    question = figures.questions(dossier).get((code, ruling.variable))
    if ruling.variable and question is None:
        raise NotAllowedError
    if question is not None and not question.is_appraised:
        raise RefusedError("refused.figure_of_agency")
    if ruling.cause not in ("", *CAUSES) or (ruling.cause_note.strip() and not ruling.cause):
        raise RefusedError("refused.cause_missing")
    is_accepted, is_adjusted = ruling.state == "accepted", ruling.state == "adjusted"
    ruling = replace(
        ruling,
        note=whole_text(ruling.note) if is_accepted else _require_own_words(ruling.note),
        value_text=whole_text(ruling.value_text, 2000) if is_adjusted else "",
        cause_note=whole_text(ruling.cause_note),
    )
    if not is_adjusted:
        return None, ruling
    if question is None:
        raise RefusedError("refused.figure_not_chosen")
    entry, issues = read_text(ruling.value_text, question.variable)
    if entry.value_micro is None:
        problem = issues[0].what if issues else Text("chưa có số liệu", "no figure")
        raise RefusedError("refused.figure_not_clear", problem=problem)
    return entry.value_micro, ruling


def _require_own_words(note: str) -> str:
    """Return a reason that says more than the lists to choose from do."""
    note = require_reason(note)
    if note.casefold().strip(" .") in _LISTED_WORDS:
        raise RefusedError("refused.reason_repeats")
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


def open_components(dossiers: Iterable[Dossier], stage: str) -> set[tuple[int, str]]:
    """Return dossier and component of what was entered after the last decision of a review.

    In the first review these are reported figures, in the second explanations.
    """
    entries = Answer.objects.exclude(status="blank").exclude(component_code=GENERAL)
    if stage == "second":
        entries = Explanation.objects.filter(stage="explain").exclude(text="")
    decided = Decision.objects.filter(
        stage=stage,
        dossier=OuterRef("dossier"),
        component_code=OuterRef("component_code"),
        at__gte=OuterRef("at"),
    )
    waiting = entries.filter(~Exists(decided), dossier__in=dossiers)
    return set(waiting.values_list("dossier_id", "component_code"))


def undecided(dossier: Dossier, stage: str = "review") -> list[str]:
    """Return the components of a dossier that wait for a decision, in their order."""
    codes = {code for _, code in open_components([dossier], stage)}
    return [c.code for c in figures.framework_of(dossier).components if c.code in codes]


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


@transaction.atomic
def accept_many(actor: Actor, dossier_id: int, note: str = "") -> int:
    """Accept at once what the agencies' figures confirm; with a reason, all that is undecided."""
    note = require_reason(note) if note else ""
    dossier = locked(dossier_id)
    require_step(actor, dossier, "decide")
    _require_seen(actor, dossier)
    codes = undecided(dossier) if note else confirmed_by_agencies(dossier)
    codes = [code for code in codes if stage_now(actor, dossier, code) == "review"]
    ruling = Ruling("accepted", opinion="agree" if note else "central_confirms", note=note)
    return len(_keep(actor, dossier, "review", dict.fromkeys(codes, (ruling, None))))


def _all_points(dossier: Dossier, stage: str) -> dict[str, int | None]:
    """Return points by component at a stage; None where they depend on others."""
    components = figures.outlook(dossier, stage).components
    return {c.code: None if c.waits_for else c.low for c in components}


def write_appraisals(actor: Actor, round_: Round) -> list[Delivery]:
    """Write what was decided and no file holds yet: the next numbered file of each stage."""
    files = [_write_stage(actor, round_, stage) for stage in figures.STAGES[1:]]
    return [file for file in files if file is not None]


def _write_stage(actor: Actor, round_: Round, stage: str) -> Delivery | None:
    written: set[tuple[int, int]] = set()
    # What a file adjusted holds in the pipeline, even where its decision was changed since.
    adjusted = set(
        Decision.objects.filter(dossier__round=round_, state="adjusted")
        .exclude(stage=stage)
        .values_list("dossier_id", "component_code", "variable")
    )
    for file in round_.deliveries.filter(kind="appraisal").order_by("pk"):
        adjusted |= {tuple(figure) for figure in file.content.get("adjusted", ())}
        if figures.STAGES.index(file.content["stage"]) < figures.STAGES.index(stage):
            # The later of two files holds: what a later stage decided has to be said again.
            written.clear()
        written |= {(pk, version) for pk, version in file.content["decisions"]}
    decisions = Decision.objects.filter(dossier__round=round_, stage=stage)
    keys = decisions.exclude(state=figures.ASKED).values_list("dossier_id", "pk", "version")
    open_ids = {dossier_id for dossier_id, *key in keys if tuple(key) not in written}
    pairs = [
        (decision, row)
        for dossier in round_.dossiers.filter(pk__in=open_ids).order_by("place")
        for decision, row in _rows(dossier, stage, adjusted)
        if (decision.pk, decision.version) not in written
    ]
    if not pairs:
        return None
    held = list(dict.fromkeys(decision for decision, _ in pairs))
    number = _next_number(round_)
    path = f"raw/{round_.assessment_id}/appraisals/{number:02d}_{stage}.xlsx"
    delivery = Delivery.objects.create(
        round=round_,
        kind="appraisal",
        path=path,
        file=store(_workbook([row for _, row in pairs]), "xlsx"),
        content={
            "stage": stage,
            "decisions": [[d.pk, d.version] for d in held],
            "adjusted": [
                [d.dossier_id, d.component_code, d.variable] for d in held if d.state == "adjusted"
            ],
        },
        by=actor.person,
    )
    after = {"file": path, "sha256": delivery.file_id}
    audit.record(actor, "appraisal_written", round_, after=after)
    transaction.on_commit(lambda: place(delivery))
    return delivery


def _next_number(round_: Round) -> int:
    listing = list_deliveries(figures.workspace(), round_.assessment_id, kinds=["appraisal"])
    numbers = [delivery.delivery_no for delivery in listing.deliveries]
    paths = round_.deliveries.filter(kind="appraisal").values_list("path", flat=True)
    numbers += [int(path.rpartition("/")[2].partition("_")[0]) for path in paths]
    return max(numbers, default=0) + 1


def _rows(
    dossier: Dossier, stage: str, adjusted: set[tuple[Any, ...]]
) -> Iterator[tuple[Decision, dict[str, str]]]:
    """Yield each decision of a stage with its rows: its cause, then the figures it holds for."""

    def row(decision: Decision, **cells: str) -> tuple[Decision, dict[str, str]]:
        common = {
            "unit": dossier.unit_id,
            "component_code": decision.component_code,
            "by": f"{STAGE_NAMES[stage].vi} – {decision.by.name}",
            "date": f"{timezone.localtime(decision.at):%d/%m/%Y}",
        }
        return decision, common | cells

    causes = dossier.decisions.filter(stage=stage).exclude(state=figures.ASKED).exclude(cause="")
    for decision in causes.order_by("component_code", "variable"):
        yield row(decision, cause=decision.cause, cause_note=decision.cause_note)
    answers = figures.answers_of(dossier)
    for key, decision in figures.decided_figures(dossier, stage).items():
        state, value = decision.state, ""
        variable = figures.questions(dossier)[key].variable
        if state == "adjusted":
            value = text_of(decision.value_micro, None, variable)
        elif state == "accepted" and (dossier.pk, *key) in adjusted:
            # What a file adjusted comes back only as a figure of its own.
            state, value = "adjusted", _own_text(answers[key], variable)
        opinion = OPINIONS[decision.opinion].vi
        reason = f"{opinion}: {decision.note}" if decision.note else opinion
        yield row(decision, variable=key[1], state=state, value=value, reason=reason)


def _own_text(answer: Answer, variable: Variable) -> str:
    """Write what a unit reported so that an appraisal reads the same of it."""
    if answer.status == "not_applicable":
        return NOT_APPLICABLE
    return text_of(answer.value_micro, answer.option, variable) or answer.text


def _workbook(rows: list[dict[str, str]]) -> bytes:
    """Return rows as a workbook of texts; no cell of it can be taken for a formula."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        book.set_properties({"created": _CREATED})
        sheet = book.add_worksheet("appraisals")
        headings = [name for name in decision_words("appraisals") if name != BASIS_COLUMN]
        for number, row in enumerate([dict(zip(headings, headings, strict=True)), *rows]):
            for column, name in enumerate(headings):
                sheet.write_string(number, column, row.get(name, ""))
    return stream.getvalue()
