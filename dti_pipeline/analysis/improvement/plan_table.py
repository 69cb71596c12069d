"""A plan as the table that provinces use: component, present and target value, who, until when."""

from collections.abc import Mapping
from typing import Any, Final

from dti_pipeline.analysis.improvement.plan import Plan, Planner
from dti_pipeline.analysis.improvement.rescoring import Accounts, Place
from dti_pipeline.exact import MICRO, figure_text, figure_words
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.rules.rule import ScoredPart
from schemas.files.framework import Component
from schemas.text import Language

# A figure by its code, and by its name in both languages.
LANGUAGES: Final[tuple[Language | None, ...]] = (None, "vi", "en")


def plan_rows(
    planner: Planner, plan: Plan, *, scores: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return one row per component whose points or figures change, by code.

    ``scores`` are the unit's rows of ``fact_component_score`` by component. ``is_kept``: only
    figures move, so that the points stay. ``measures``: figures to change.
    """
    framework = planner.accounts.framework_of(planner.unit_id)
    after, before = plan.outcome.after, plan.outcome.before
    measures: dict[str, list[dict[str, Any]]] = {}
    for measure in measures_of(planner.accounts, planner.unit_id, plan.outcome.changes):
        measures.setdefault(measure["component_code"], []).append(measure)
    rows = []
    for component in framework.components:
        code, described = component.code, component.component
        gained = after[code] - before[code]
        if not gained and code not in measures:
            continue
        way, score = plan.ways.get(code), scores.get(code, {})
        rows.append(
            {
                "component_code": code,
                "main_code": described.main,
                "name_vi": described.name_vi,
                "name_en": described.name_en,
                "points_from": before[code] / MICRO,
                "points_to": after[code] / MICRO,
                "points_gained": gained / MICRO,
                "max_points": component.maximum / MICRO,
                "median_in_group": planner.medians.get(code, 0) / MICRO,
                "effort": float(way.effort(after[code])) if way is not None else 0.0,
                "is_kept": gained <= 0,
                "lost_reason": score.get("lost_reason"),
                "measures": measures.get(code, []),
                **_duties(planner, described),
                "basis": described.basis,
                "data_basis": score.get("data_basis"),
            }
        )
    return rows


def measures_of(
    accounts: Accounts, unit_id: str, changes: Mapping[Place, int]
) -> list[dict[str, Any]]:
    """Return a unit's figures to change, in words and codes; figures are in millionths."""
    framework, present = accounts.framework_of(unit_id), accounts.figures_of(unit_id)
    return [
        _measure(framework, place, before=present.get(place), after=figure)
        for place, figure in changes.items()
    ]


def _measure(
    framework: BoundFramework, place: Place, *, before: int | None, after: int
) -> dict[str, Any]:
    code, name = place
    part = framework.by_code[code].parts[0]
    variable = part.variables[name]
    return {
        "component_code": code,
        "variable": name,
        "label_vi": variable.vi,
        "label_en": variable.en,
        "unit_of_measure": variable.unit,
        **{
            f"{key}_{language}" if language else key: _figure_text(part, name, figure, language)
            for key, figure in (("from", before), ("to", after))
            for language in LANGUAGES
        },
        "from_micro": before,
        "to_micro": after,
        "kind": variable.kind,
        "only_evidence": before == after,
    }


def _figure_text(
    part: ScoredPart, name: str, figure: int | None, language: Language | None
) -> str | None:
    """Write a figure, or the answer it stands for: its code, or its name in a language."""
    if figure is None:
        return None
    if not part.variables[name].is_answer:
        return figure_text(figure) if language is None else getattr(figure_words(figure), language)
    option, label = list(part.variables[name].answers.items())[figure // MICRO]
    return option if language is None else getattr(label, language)


def _duties(planner: Planner, component: Component) -> dict[str, str | None]:
    """Return who does what until when: the effort file's words before the framework's."""
    texts = planner.duties[component.code].texts if component.code in planner.duties else {}
    end = planner.accounts.definition.assessment.period_end
    return {
        "focal": texts.get("focal"),
        "lead": texts.get("lead") or component.lead_role or None,
        "lead_en": texts.get("lead") or component.lead_role_en or None,
        "coordinating": texts.get("coordinating") or component.coordinating_role or None,
        # The last day of the next data period: what happens later counts a year later.
        "deadline": texts.get("deadline") or end.replace(year=end.year + 1).isoformat(),
    }
