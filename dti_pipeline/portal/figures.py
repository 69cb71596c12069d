"""What the portal knows of figures: the questions, the agencies' figures, last year's, points.

Everything is asked of the pipeline's own rooms; nothing is scored here.
"""

import time
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from math import inf
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone
from pandera.typing.polars import DataFrame

from dti_pipeline.analysis.unit_points import UnitOutlook, unit_outlook
from dti_pipeline.exact import MICRO, as_decimal, as_micro
from dti_pipeline.index.definition import Definition, define
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.intake.files.deliveries import Delivery, list_deliveries
from dti_pipeline.intake.forms.layout import Question, questions_by_key
from dti_pipeline.intake.numbers.entry import Entry
from dti_pipeline.intake.numbers.policy import Status
from dti_pipeline.intake.observation import Observation, observation_of
from dti_pipeline.intake.observe import read_deliveries
from dti_pipeline.intake.place import Place
from dti_pipeline.intake.tables.decisions import decided
from dti_pipeline.portal import audit
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.chain import action_text
from dti_pipeline.portal.errors import RefusedError
from dti_pipeline.portal.models import Answer, CentralFigure, Decision, Dossier, Event, Round
from dti_pipeline.portal.rights import require_role
from dti_pipeline.release.past_figures import PastFigures, past_figures, past_points
from dti_pipeline.release.releases import Published
from dti_pipeline.workspace import Workspace
from schemas.stages import Observations
from schemas.text import Text, day_text, joined

# Definitions are read anew after so many seconds, since their files may change.
_KEPT_SECONDS: Final = 30
# Stages of a dossier's figures in their order, with the decisions that each adds. The self-score
# counts every reported figure, with or without evidence, as the pipeline's own stage does; what a
# unit sees while it declares counts none without ("declare").
STAGES: Final = ("self", "review", "second", "council")
# What makes a figure the same as the one that was read before.
_IDENTITY: Final = ("unit_id", "component_code", "variable", "source_sha256")
# The state of a decision that decides nothing yet.
ASKED: Final = "asked"


def workspace() -> Workspace:
    return Workspace(data=Path(settings.DTI_DATA))


def definition_of(round_: Round) -> Definition:
    return _definition(
        round_.assessment_id, workspace().data, int(time.monotonic()) // _KEPT_SECONDS
    )


def title_of(round_: Round) -> Text:
    """Return what people call the assessment of a round."""
    assessment = definition_of(round_).assessment
    return Text(assessment.title_vi, assessment.title_en)


def names_of(round_: Round) -> dict[str, Text]:
    """Return the names of the codes in subjects of the log: of the round, and of its figures."""
    return {round_.assessment_id: title_of(round_)} | {
        f"{code}.{name}": Text(f"{code} {q.variable.vi}", f"{code} {q.variable.en}")
        for framework in definition_of(round_).frameworks.values()
        for (code, name), q in questions_by_key(framework).items()
    }


def subject_text(subject: str, names: Mapping[str, Text]) -> Text:
    """Say what a line of the audit log is about: a round and a figure by their names."""
    return joined([names.get(word, Text(word, word)) for word in subject.split()], " ")


def outdated(
    by: object,
    action: str,
    subject: str,
    at: datetime,
    round_: Round | None,
    key: str = "page_outdated",
    **more: Text,
) -> RefusedError:
    """Return the refusal of a page that does not show what somebody changed after it was made."""
    about = subject_text(subject, names_of(round_) if round_ else {})
    local = timezone.localtime(at)
    time = joined([(f"{local:%H:%M} ngày", f"{local:%H:%M} on"), day_text(local)], " ")
    what = action_text(action)
    return RefusedError(f"refused.{key}", by=by, what=what, about=about, at=time, **more)


def require_seen(
    actor: Actor, lines: "QuerySet[Event]", round_: Round | None = None, **more: Any
) -> None:
    """Refuse to act from a page that was made before one of some lines of the log was written."""
    if actor.since is not None and (line := lines.filter(number__gt=actor.since).last()):
        at = datetime.fromisoformat(line.at)
        raise outdated(line.actor, line.action, line.subject, at, round_, **more)


@lru_cache(maxsize=8)
def _definition(assessment_id: str, data: Path, _: int) -> Definition:
    return define(assessment_id, workspace=Workspace(data=data))


def framework_of(dossier: Dossier) -> BoundFramework:
    return definition_of(dossier.round).frameworks[dossier.framework_id]


def questions(dossier: Dossier) -> Mapping[tuple[str, str], Question]:
    return questions_by_key(framework_of(dossier))


def read_central(actor: Actor, round_: Round) -> int:
    """Read the agencies' tables that were delivered; a figure that stays keeps its day."""
    require_role(actor, ["operator"], round_)
    read_at = timezone.now()
    observations = read_deliveries(definition_of(round_), "central").figures
    today = timezone.localdate()
    with transaction.atomic():
        since = {tuple(row[:4]): row[4] for row in round_.central.values_list(*_IDENTITY, "since")}
        round_.central.all().delete()
        figures = [
            CentralFigure(
                round=round_,
                value_micro=row["value_micro"],
                status=row["obs_status"],
                source_file=row["source_file"],
                source_sheet=row["source_sheet"] or "",
                source_cell=row["source_cell"] or "",
                since=since.get(tuple(row[name] for name in _IDENTITY), today),
                **{name: row[name] for name in _IDENTITY},
            )
            for row in observations.iter_rows(named=True)
        ]
        CentralFigure.objects.bulk_create(figures)
        round_.central_read_at = read_at
        round_.save(update_fields=["central_read_at"])
        audit.record(actor, "central_read", round_, after={"figures": len(figures)})
    return len(figures)


def agency_files(round_: Round) -> list[tuple[str, int, bool]]:
    """Return the agencies' files, the figures read in each, and whether it changed since then."""
    place, read_at = workspace(), round_.central_read_at
    since = read_at.timestamp() if read_at else 0
    counts = dict(round_.central.order_by().values_list("source_file").annotate(Count("pk")))
    # Whatever day a file bears itself, its place in the folder is new; nothing need be hashed.
    listing = list_deliveries(place, round_.assessment_id, kinds=["central"], digest=str)
    put_at = {one.path: (place.data / one.path).stat().st_ctime for one in listing.deliveries}
    return [
        (name.rpartition("/")[2], counts.get(name, 0), put_at.get(name, inf) > since)
        for name in sorted({*put_at, *counts})
    ]


def central_of(dossier: Dossier) -> dict[tuple[str, str], CentralFigure]:
    figures = dossier.round.central.filter(unit_id=dossier.unit_id)
    return {(figure.component_code, figure.variable): figure for figure in figures}


def last_year(dossier: Dossier) -> PastFigures:
    """Return last year's figures of a unit, where the same framework had them."""
    release = Published(workspace().published).latest()
    key = release.release_id if release else ""
    return _past(dossier.round.assessment_id, workspace().data, key).get(dossier.unit_id, {})


@lru_cache(maxsize=8)
def _past(assessment_id: str, data: Path, _: str) -> dict[str, PastFigures]:
    return past_figures(define(assessment_id, workspace=Workspace(data=data)))


def last_year_points(dossier: Dossier) -> dict[str, int]:
    """Return last year's micro-points by component, where the same framework scored it."""
    points = past_points(definition_of(dossier.round), dossier.unit_id)
    return {code: as_micro(as_decimal(number)) for code, number in points.items()}


def release_points(dossier: Dossier) -> dict[str, int]:
    """Return the micro-points by component of the current release of this assessment."""
    release = Published(workspace().published).latest()
    if release is None or dossier.round.assessment_id not in release.revisions:
        return {}
    scores = release.scan("fact_component_score").filter(
        assessment_id=dossier.round.assessment_id, unit_id=dossier.unit_id
    )
    return dict(scores.select("component_code", "points_micro").collect().iter_rows())


def observations_of(dossier: Dossier, stage: str = "council") -> DataFrame[Observations]:
    """Return what is known of a unit's figures at a stage, as intake would read it."""
    basis = definition_of(dossier.round).assessment.delivery_basis
    rows = [*_central_rows(dossier, basis), *_reported_rows(dossier, basis)]
    reported = {row[1:3]: row for row in rows if row.source_kind == "self_report"}
    if stage == "self":
        rows = [
            row._replace(evidence_state="not_required") if row.evidence_state == "missing" else row
            for row in rows
        ]
    stages = STAGES[1 : STAGES.index(stage) + 1] if stage in STAGES else ()
    rows += [
        _decided(reported[key], decision)._replace(delivery_no=number)
        for number, name in enumerate(stages, start=1)
        for key, decision in decided_figures(dossier, name).items()
    ]
    return Observations.of(rows)


def decided_figures(dossier: Dossier, stage: str) -> dict[tuple[str, str], Decision]:
    """Return the decision of a stage that holds for each figure that the unit reported.

    A word on one figure is later than that on the whole component, which replaces all.
    """
    decisions = {
        (decision.component_code, decision.variable): decision
        for decision in dossier.decisions.filter(stage=stage).exclude(state=ASKED)
    }
    filled = set(dossier.answers.exclude(status="blank").values_list("component_code", "variable"))
    return {
        key: decision
        for key, question in questions(dossier).items()
        if question.is_appraised and key in filled
        if (decision := decisions.get(key) or decisions.get((key[0], "")))
    }


def _decided(reported: Observation, decision: Decision) -> Observation:
    is_adjusted = decision.state == "adjusted"
    entry = Entry(Status.OK, decision.value_micro) if is_adjusted else None
    return decided(reported, entry, source_kind="appraisal", evidence_state=decision.state)


def _central_rows(dossier: Dossier, data_basis: str) -> Iterator[Observation]:
    variables = {
        (component.code, name): variable
        for component, name, variable in framework_of(dossier).variables
    }
    for key, figure in central_of(dossier).items():
        if key in variables:
            yield observation_of(
                (dossier.unit_id, *key),
                variables[key],
                Entry(Status(figure.status), figure.value_micro),
                Place(figure.source_file, figure.source_sheet or None, figure.source_cell or None),
                Delivery(1, figure.source_file, "central", figure.source_sha256),
                source_kind="central",
                evidence_state="not_required",
                raw_text=None,
                data_basis=data_basis,
            )


def _reported_rows(dossier: Dossier, data_basis: str) -> Iterator[Observation]:
    documents, answers = codes_with_documents(dossier), answers_of(dossier)
    for key, question in questions(dossier).items():
        answer = answers.get(key) or Answer()
        state = "reported" if key[0] in documents else "missing"
        if question.component.component.evidence == "none":
            state = "not_required"
        status, reading = Status(answer.status), answer.reading or None
        yield observation_of(
            (dossier.unit_id, *key),
            question.variable,
            Entry(status, answer.value_micro, answer.option, reading),
            Place("portal"),
            Delivery(1, "portal", "self_report", "0" * 64),
            source_kind="self_report",
            evidence_state=state,
            raw_text=answer.text or None,
            na_reason=answer.na_reason or None,
            data_basis=data_basis,
        )


def answers_of(dossier: Dossier) -> dict[tuple[str, str], Answer]:
    answers = {(a.component_code, a.variable): a for a in dossier.answers.select_related("by")}
    for key, question in questions(dossier).items():
        if key in answers:
            _fit(answers[key], question)
    return answers


def _fit(answer: Answer, question: Question) -> None:
    """Fit an answer to the options as they are now; one that is none of them is not clear."""
    options = list(question.variable.answers)
    if answer.option in options:
        answer.value_micro = options.index(answer.option) * MICRO
    elif answer.option is not None or (options and answer.value_micro is not None):
        answer.value_micro, answer.option, answer.status = None, None, "text"


def codes_with_documents(dossier: Dossier) -> set[str]:
    """Return the components whose report has documents; explanations change no report."""
    documents = dossier.evidence.filter(withdrawn_at=None, stage="declare")
    return set(documents.values_list("component_code", flat=True))


def outlook(dossier: Dossier, stage: str = "council") -> UnitOutlook:
    """Return a unit's points at a stage by the pipeline's own acceptance and scoring."""
    return unit_outlook(
        definition_of(dossier.round), dossier.unit_id, observations_of(dossier, stage)
    )
