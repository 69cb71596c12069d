"""What a page shows of a component: rule, figures of all sides, documents, points, decisions."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median_low
from typing import Any, Final

from dti_pipeline.analysis.unit_points import LOST, WAITS, ComponentOutlook, UnitOutlook
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.intake.forms.layout import Question
from dti_pipeline.portal import answers as entries
from dti_pipeline.portal import figures
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.chain import REVIEWED
from dti_pipeline.portal.evidence import may_attach
from dti_pipeline.portal.models import Answer, Dossier
from dti_pipeline.portal.reviews import contradicts, stage_now
from dti_pipeline.portal.rights import is_of_centre, steps_for
from dti_pipeline.portal.rounds import UNSENT
from dti_pipeline.portal.templatetags.portal import number_text
from schemas.files.framework import Main
from schemas.text import Text

FILTERS: Final = {
    "all": Text("tất cả", "all"),
    "missing": Text("còn thiếu", "missing"),
    "unclear": Text("chưa rõ", "not clear"),
    "changed": Text("đã thay đổi", "changed"),
    "asked": Text("cần giải trình", "asked back"),
    "zero": Text("đang 0 điểm", "at zero"),
}


@dataclass
class Field:
    """One question with everything that is known of it; ``others`` are other units' figures."""

    question: Question
    answer: Answer | None
    central: Any = None
    past: Any = None
    others: Sequence[int] = ()

    @property
    def version(self) -> int:
        return self.answer.version if self.answer else 0

    @property
    def last_by(self) -> str:
        return self.answer.by.name if self.answer and self.answer.by else ""

    @property
    def options(self) -> list[tuple[str, str, str]]:
        return [(code, vi, en) for code, (vi, en) in self.question.options.items()]

    @property
    def echo(self) -> Text:
        return echo_of(self.answer, self.question)

    @property
    def candidates(self) -> list[str]:
        if self.answer is None or self.answer.status != "ambiguous":
            return []
        return entries.candidates(self.answer.text, self.question.variable)

    @property
    def spread(self) -> tuple[int, int, int] | None:
        """Return the lowest, the middle and the highest of the others' figures."""
        if not self.others or self.question.options:
            return None
        return min(self.others), median_low(self.others), max(self.others)


@dataclass
class ComponentView:
    component: ScoredComponent
    rule: Text
    points: ComponentOutlook
    lost: Text | None
    waits: Text | None
    past_points: int | None
    fields: list[Field] = field(default_factory=list)
    agency: list[dict[str, Any]] = field(default_factory=list)
    documents: list[Any] = field(default_factory=list)
    why_none: Any = None
    explanation: Any = None
    comments: list[Any] = field(default_factory=list)
    decisions: list[dict[str, Any]] = field(default_factory=list)
    may_attach: bool = False
    stage: str | None = None

    @property
    def code(self) -> str:
        return self.component.code

    @property
    def needs_evidence(self) -> bool:
        return self.component.component.evidence == "required"


def echo_of(answer: Answer | None, question: Question) -> Text:
    """Say what was understood of an entry."""
    if answer is None or answer.status == "blank":
        return Text("chưa nhập", "empty")
    if answer.status == "not_applicable":
        return Text("không phát sinh", "not applicable")
    if answer.status == "none_declared":
        return Text("không có (bằng 0)", "none (0)")
    if answer.option is not None and answer.option in question.options:
        return Text(*question.options[answer.option])
    if answer.value_micro is not None:
        return _with_unit(answer.value_micro, question)
    _, issues = entries.read_text(
        answer.text, question.variable, is_not_applicable=answer.is_not_applicable
    )
    if answer.reading == "figure_and_mark":
        return Text(
            "vừa có số liệu vừa đánh dấu không phát sinh", "both a figure and “not applicable”"
        )
    return issues[0].what if issues else Text("chưa rõ", "not clear")


def _with_unit(micro: int, question: Question) -> Text:
    unit = "%" if question.variable.kind == "percent" else f" {question.variable.unit}".rstrip()
    return Text(
        f"hiểu là {number_text(micro, 'vi')}{unit}", f"read as {number_text(micro, 'en')}{unit}"
    )


class DossierView:
    """A dossier as an actor may see it now; reads each table once."""

    def __init__(self, actor: Actor, dossier: Dossier) -> None:
        self.actor, self.dossier = actor, dossier
        self.framework = figures.framework_of(dossier)
        self.steps = steps_for(actor.person, dossier)
        self.is_of_centre = is_of_centre(actor.person, dossier)
        self.may_edit = bool({"edit", "leader_edit"} & set(self.steps))
        self.may_explain = "explain" in self.steps
        self.sees_decisions = self.is_of_centre or (
            dossier.state in REVIEWED and dossier.round.state not in ("open", "closed")
        )
        # A unit sees the points of no review before it is told.
        self.outlook: UnitOutlook = figures.outlook(
            dossier, "council" if self.sees_decisions else "declare"
        )
        self.points = {one.code: one for one in self.outlook.components}
        self.answers = figures.answers_of(dossier)
        asked = dossier.decisions.filter(state="asked") if self.sees_decisions else ()
        self.asked = {one.component_code for one in asked}

    def mains(self) -> list[dict[str, Any]]:
        """Return the mains with what is filled in and the points so far."""
        return [self._main(main) for main in self.framework.mains.values()]

    def _main(self, main: Main) -> dict[str, Any]:
        asked = figures.questions(self.dossier).items()
        keys = [key for key, q in asked if q.component.component.main == main.code]
        held = [self.answers[key] for key in keys if key in self.answers]
        filled = sum(one.status != "blank" for one in held)
        low, high, maximum = self.outlook.sums[main.code]
        sums = {"low": low, "high": high, "maximum": maximum}
        return {"main": main, "n": len(keys), "filled": filled, **sums}

    def codes(self, main_code: str, which: str) -> list[str]:
        """Return the components of a main that pass a filter."""
        return [one.code for one in self.framework.of_main(main_code) if self._passes(one, which)]

    def _passes(self, component: ScoredComponent, which: str) -> bool:
        code = component.code
        keys = [key for key in figures.questions(self.dossier) if key[0] == code]
        held = [self.answers[key] for key in keys if key in self.answers]
        blank = len(keys) > sum(one.status != "blank" for one in held)
        match which:
            case "missing":
                return bool(keys) and (blank or self.points[code].lost == "evidence_missing")
            case "unclear":
                return any(one.status in entries.UNREAD for one in held)
            case "changed":
                return any(one.version > 1 for one in held)
            case "asked":
                return code in self.asked
            case "zero":
                return self.points[code].high == 0 and self.points[code].maximum > 0
        return True

    def components(self, codes: list[str]) -> list[ComponentView]:
        self.central, self.past = figures.central_of(self.dossier), figures.last_year(self.dossier)
        self.past_points = figures.last_year_points(self.dossier)
        self.others: dict[tuple[str, str], list[int]] = {}
        if self.is_of_centre:
            sent = self.dossier.round.dossiers.exclude(state__in=UNSENT).exclude(pk=self.dossier.pk)
            held = Answer.objects.filter(dossier__in=sent, component_code__in=codes)
            rows = held.exclude(value_micro=None)
            for *key, micro in rows.values_list("component_code", "variable", "value_micro"):
                self.others.setdefault((key[0], key[1]), []).append(micro)
        return [self._component(code) for code in codes]

    def _component(self, code: str) -> ComponentView:
        bound, points, dossier = self.framework.by_code[code], self.points[code], self.dossier
        central = self.central
        view = ComponentView(
            bound,
            Text(bound.render("vi"), bound.render("en")),
            points,
            LOST.get(points.lost),
            WAITS.get(points.waits_for),
            self.past_points.get(code),
        )
        asked = figures.questions(dossier)
        view.fields = [
            Field(
                q,
                self.answers.get(key),
                central.get(key),
                self.past.get(key),
                self.others.get(key, ()),
            )
            for key, q in asked.items()
            if key[0] == code
        ]
        own = {one.question.name for one in view.fields}
        view.agency = [
            {"variable": variable, "figure": central.get((code, name))}
            for name, variable in bound.component.variables.items()
            if name not in own and variable.source.startswith("central:")
        ]
        view.documents = list(
            dossier.evidence.filter(component_code=code).select_related("by", "withdrawn_by")
        )
        texts = {one.stage: one for one in dossier.explanations.filter(component_code=code)}
        view.why_none, view.explanation = texts.get("declare"), texts.get("explain")
        comments = dossier.comments.filter(component_code=code).select_related("by")
        if not self.is_of_centre:
            comments = comments.filter(is_internal=False)
        view.comments = list(comments.order_by("at"))
        view.may_attach = bool(view.fields) and may_attach(self.actor, dossier, code)
        view.stage = stage_now(self.actor, dossier, code) if view.fields else None
        if self.sees_decisions:
            decisions = dossier.decisions.filter(component_code=code).select_related("by")
            view.decisions = [
                {"decision": one, "contradicts": contradicts(one)}
                for one in sorted(decisions, key=lambda one: figures.STAGES.index(one.stage))
            ]
        return view
