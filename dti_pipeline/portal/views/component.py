"""What a page shows of a component: rule, figures of all sides, documents, points, decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Any

from dti_pipeline.analysis.unit_points import LOST, UnitOutlook
from dti_pipeline.exact import figure_words
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.intake.forms.layout import Question
from dti_pipeline.portal import answers as entries
from dti_pipeline.portal import figures
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.chain import EDITING, REVIEWED
from dti_pipeline.portal.models import Answer, AnswerVersion, Comment, Dossier
from dti_pipeline.portal.reviews import contradicts, stage_now
from dti_pipeline.portal.rights import is_of_centre, steps_for
from dti_pipeline.portal.rounds import UNSENT
from dti_pipeline.reports.words import name_of
from schemas.files.framework import GENERAL
from schemas.text import Text
from schemas.words import words_of


@dataclass
class Field:
    """One question with everything that is known of it; ``others`` are other units' figures."""

    question: Question
    answer: Answer | None
    central: Any = None
    past: Any = None
    others: Sequence[int] = ()

    @property
    def echo(self) -> Text:
        """Say what was understood."""
        answer, variable = self.answer, self.question.variable
        if answer is None or answer.status == "blank":
            return Text("chưa nhập", "empty")
        if answer.status in ("not_applicable", "none_declared"):
            return words_of("obs_statuses")[answer.status]
        if answer.option is not None and answer.option in variable.answers:
            return variable.answers[answer.option]
        if answer.value_micro is not None:
            vi, en = figure_words(answer.value_micro)
            unit = name_of("units_of_measure", variable.unit)
            if variable.kind == "percent":
                return Text(f"hiểu là {vi}%", f"read as {en}%")
            return Text(f"hiểu là {vi} {unit.vi}".rstrip(), f"read as {en} {unit.en}".rstrip())
        if answer.reading == "figure_and_mark":
            return Text(
                "vừa có số liệu vừa đánh dấu không phát sinh", "both a figure and “not applicable”"
            )
        _, issues = entries.read_text(answer.text, variable)
        return issues[0].what if issues else Text("chưa rõ", "not clear")

    @property
    def candidates(self) -> list[str]:
        if self.answer is None or self.answer.status != "ambiguous":
            return []
        return entries.candidates(self.answer.text, self.question.variable)

    @property
    def spread(self) -> tuple[int, int, int] | None:
        """Return the lowest, the middle and the highest of the others' figures."""
        if not self.others or self.question.variable.answers:
            return None
        return min(self.others), median_low(self.others), max(self.others)


class DossierView:
    """A dossier as an actor may see it now; reads each table once."""

    def __init__(self, actor: Actor, dossier: Dossier) -> None:
        self.actor, self.dossier = actor, dossier
        self.framework = figures.framework_of(dossier)
        self.steps = steps_for(actor.person, dossier)
        self.is_of_centre = is_of_centre(actor.person, dossier)
        self.may_edit = bool(EDITING & set(self.steps))
        self.may_explain = "explain" in self.steps
        self.sees_decisions = self.is_of_centre or (
            dossier.state in REVIEWED and dossier.round.state not in ("open", "closed")
        )
        # A unit sees the points of no review before it is told.
        self.outlook: UnitOutlook = figures.outlook(
            dossier, "council" if self.sees_decisions else "declare"
        )
        self.points = {component.code: component for component in self.outlook.components}
        self.answers = figures.answers_of(dossier)
        self.entries: dict[str, list[Answer]] = {}
        for key in figures.questions(dossier):
            self.entries.setdefault(key[0], []).append(self.answers.get(key) or Answer())
        self.decisions = (
            dossier.decisions.all() if self.sees_decisions else dossier.decisions.none()
        )
        asked = self.decisions.filter(state="asked")
        self.asked = set(asked.values_list("component_code", flat=True))
        drafts = dossier.drafts.filter(by=actor.person)
        self.drafts = {draft.place: draft.content for draft in drafts}

    def mains(self) -> list[dict[str, Any]]:
        """Return the mains, and general information after them where any is asked."""
        rows = [self._main(main.code, main.name) for main in self.framework.mains.values()]
        general = self._main(GENERAL, Text("Thông tin chung", "General information"))
        return [*rows, general] if general["n"] else rows

    def _main(self, code: str, name: Text) -> dict[str, Any]:
        statuses = [e.status for c in self._of_main(code) for e in self.entries.get(c.code, ())]
        filled = len(statuses) - statuses.count("blank")
        sums = self.outlook.sums.get(code)
        return {"code": code, "name": name, "n": len(statuses), "filled": filled, "sums": sums}

    def _of_main(self, code: str) -> Sequence[ScoredComponent]:
        return (self.framework.general,) if code == GENERAL else self.framework.of_main(code)

    def _passes(self, component: ScoredComponent, which: str) -> bool:
        code, points = component.code, self.points.get(component.code)
        answers = self.entries.get(code, [])
        is_unproven = points is not None and points.lost == "evidence_missing"
        passes = {
            "missing": any(is_unproven or answer.status == "blank" for answer in answers),
            "unclear": any(answer.status in entries.UNREAD for answer in answers),
            "changed": any(answer.version > 1 for answer in answers),
            "asked": code in self.asked,
            "zero": points is not None and points.high == 0 and points.maximum > 0,
        }
        return passes.get(which, True)

    def comments(self, code: str = "") -> list[Comment]:
        """Return the remarks on a component, or on the dossier; only the centre sees its own."""
        comments = self.dossier.comments.filter(component_code=code).select_related("by")
        if not self.is_of_centre:
            comments = comments.filter(is_internal=False)
        return list(comments.order_by("at"))

    def components(self, main_code: str, which: str) -> list[dict[str, Any]]:
        codes = [c.code for c in self._of_main(main_code) if self._passes(c, which)]
        self.central, self.past = figures.central_of(self.dossier), figures.last_year(self.dossier)
        self.past_points = figures.last_year_points(self.dossier)
        self.others: dict[tuple[str, str], list[int]] = {}
        if self.is_of_centre:
            sent = self.dossier.round.dossiers.exclude(state__in=UNSENT).exclude(pk=self.dossier.pk)
            answers = Answer.objects.filter(dossier__in=sent, component_code__in=codes)
            rows = answers.exclude(value_micro=None)
            for *key, micro in rows.values_list("component_code", "variable", "value_micro"):
                self.others.setdefault((key[0], key[1]), []).append(micro)
        return [self._component(code) for code in codes]

    def _component(self, code: str) -> dict[str, Any]:
        bound, dossier, central = self.framework.component_of(code), self.dossier, self.central
        past, others = self.past, self.others
        assert bound is not None
        points = self.points.get(code)
        fields = [
            Field(q, self.answers.get(key), central.get(key), past.get(key), others.get(key, ()))
            for key, q in figures.questions(dossier).items()
            if key[0] == code
        ]
        own = {field.question.name for field in fields}
        documents = dossier.evidence.filter(component_code=code).select_related("by", "file")
        versions = AnswerVersion.objects.filter(
            answer__dossier=dossier, answer__component_code=code
        ).select_related("by", "answer__dossier__round")
        texts = {e.stage: e for e in dossier.explanations.filter(component_code=code)}
        decisions = self.decisions.filter(component_code=code).select_related("by")
        is_decided = fields and bound.is_scored
        return {
            "code": code,
            "component": bound,
            "needs_evidence": bound.component.evidence == "required",
            "rule": bound.render(),
            "points": points,
            "lost": LOST.get(points.lost) if points else None,
            "past_points": self.past_points.get(code),
            "fields": fields,
            "agency": [
                {"variable": variable, "figure": central.get((code, name))}
                for name, variable in bound.component.variables.items()
                if name not in own and variable.is_central
            ],
            "documents": list(documents),
            "why_none": texts.get("declare"),
            "explanation": texts.get("explain"),
            "comments": self.comments(code),
            "decisions": [
                {"decision": d, "contradicts": contradicts(d)}
                for d in sorted(decisions, key=lambda d: figures.STAGES.index(d.stage))
            ],
            "history": list(versions.order_by("-at")),
            "may_attach": entries.open_stage(self.actor, dossier, code) is not None,
            "stage": stage_now(self.actor, dossier, code) if is_decided else None,
        }
