"""What a page shows of a component: rule, figures of all sides, documents, points, decisions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from dti_pipeline.analysis.unit_points import LOST, WAITS, ComponentOutlook, UnitOutlook
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.intake.forms.layout import Question
from dti_pipeline.portal import answers as entries
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.evidence import may_attach
from dti_pipeline.portal.figures import (
    STAGES,
    central_of,
    framework_of,
    last_year,
    last_year_points,
    outlook,
    questions,
)
from dti_pipeline.portal.models import Answer, Dossier
from dti_pipeline.portal.reviews import contradicts, stage_now
from dti_pipeline.portal.rights import is_of_centre, steps_for
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
    """One question with everything that is known of it."""

    question: Question
    answer: Answer | None
    central: Any
    past: Any
    echo: Text
    candidates: list[str]
    last_by: str

    @property
    def version(self) -> int:
        return self.answer.version if self.answer else 0

    @property
    def options(self) -> list[tuple[str, str, str]]:
        return [(code, vi, en) for code, (vi, en) in self.question.options.items()]


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
    stages: list[dict[str, Any]] = field(default_factory=list)

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


def make_field(question: Question, answer: Answer | None, central: Any, past: Any) -> Field:
    unclear = answer is not None and answer.status == "ambiguous"
    return Field(
        question,
        answer,
        central,
        past,
        echo_of(answer, question),
        entries.candidates(answer.text, question.variable) if unclear and answer else [],
        answer.by.name if answer and answer.by else "",
    )


class DossierView:
    """A dossier as an actor may see it now; reads each table once."""

    def __init__(self, actor: Actor, dossier: Dossier) -> None:
        self.actor, self.dossier = actor, dossier
        self.framework = framework_of(dossier)
        self.steps = steps_for(actor.person, dossier)
        self.is_of_centre = is_of_centre(actor.person, dossier)
        self.may_edit = bool({"edit", "leader_edit"} & set(self.steps))
        self.may_explain = "explain" in self.steps
        self.sees_decisions = self.is_of_centre or (
            dossier.state
            in (
                *(
                    "reviewed",
                    "explaining",
                    "explanation_with_leader",
                    "explanation_sent",
                    "frozen",
                ),
            )
            and dossier.round.state not in ("open", "closed")
        )
        self.stage = self._stage()
        self.outlook: UnitOutlook = outlook(dossier, self.stage)
        self.points = {one.code: one for one in self.outlook.components}
        self.answers = {
            (one.component_code, one.variable): one for one in dossier.answers.select_related("by")
        }
        self.asked = (
            {one.component_code for one in dossier.decisions.filter(state="asked")}
            if self.sees_decisions
            else set()
        )

    def _stage(self) -> str:
        """Return the stage whose points are shown: a unit sees no review before it is told."""
        return "council" if self.sees_decisions else "declare"

    def mains(self) -> list[dict[str, Any]]:
        """Return the mains with what is filled in and the points so far."""
        return [self._main(main) for main in self.framework.mains.values()]

    def _main(self, main: Main) -> dict[str, Any]:
        keys = [
            key
            for key, q in questions(self.dossier).items()
            if q.component.component.main == main.code
        ]
        filled = [
            key for key in keys if key in self.answers and self.answers[key].status != "blank"
        ]
        low, high, maximum = self.outlook.sums[main.code]
        return {
            "main": main,
            "n": len(keys),
            "filled": len(filled),
            "low": low,
            "high": high,
            "maximum": maximum,
        }

    def codes(self, main_code: str, which: str) -> list[str]:
        """Return the components of a main that pass a filter."""
        return [one.code for one in self.framework.of_main(main_code) if self._passes(one, which)]

    def _passes(self, component: ScoredComponent, which: str) -> bool:
        code = component.code
        keys = [key for key in questions(self.dossier) if key[0] == code]
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
        central, past = central_of(self.dossier), last_year(self.dossier)
        past_points = last_year_points(self.dossier)
        return [self._component(code, central, past, past_points) for code in codes]

    def _component(
        self,
        code: str,
        central: Mapping[tuple[str, str], Any],
        past: Mapping[tuple[str, str], Any],
        past_points: Mapping[str, int],
    ) -> ComponentView:
        bound, points, dossier = self.framework.by_code[code], self.points[code], self.dossier
        view = ComponentView(
            bound,
            Text(bound.render("vi"), bound.render("en")),
            points,
            LOST.get(points.lost),
            WAITS.get(points.waits_for),
            past_points.get(code),
        )
        asked = questions(dossier)
        view.fields = [
            make_field(q, self.answers.get(key), central.get(key), past.get(key))
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
                for one in sorted(decisions, key=lambda one: STAGES.index(one.stage))
            ]
        return view
