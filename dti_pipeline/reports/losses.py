"""Where a unit's points were lost: from the maximum down to single components, with the reason.

All amounts are whole millionths of a point below the effective maximum, so the steps add up exactly
to the points lost overall. A main whose inapplicable components are made up for, or whose bonus
points hit the maximum, loses something else than its components do: the difference is a step of
its own, never spread.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from dti_pipeline.exact import MICRO
from dti_pipeline.reports.figures import to_micro
from dti_pipeline.reports.release_view import AssessmentView, Row
from schemas.text import Text


@dataclass(frozen=True)
class ComponentLoss:
    """One component of a unit.

    Attributes:
        row: its row of ``fact_component_score``.
        indicator: its row of ``dim_indicator``; None where the release does not describe it.
        figures: its rows of ``fact_observation``.
        lost: millionths lost.
        start: millionths lost before it, over all mains.
    """

    row: Row
    indicator: Row | None
    figures: Sequence[Row]
    lost: int
    start: int

    @property
    def code(self) -> str:
        """Return the component's code as its decision prints it."""
        return str((self.indicator or {}).get("printed_code") or self.row["component_code"])

    @property
    def name(self) -> Text:
        """Return the component's name, its code where the release has no name."""
        code = str(self.row["component_code"])
        if self.indicator is None:
            return Text(code, code)
        return Text(self.indicator["name_vi"], self.indicator["name_en"])


@dataclass(frozen=True)
class MainLoss:
    """One main index of a unit.

    Attributes:
        row: its row of ``fact_main_score``.
        name: its name.
        lost: millionths lost.
        start: millionths lost before it.
        components: its components, the largest loss first; empty where the main is its only one.
        only: the component that is the main itself, where results are replayed main by main.
        other: millionths the components do not explain (scaling, caps).
    """

    row: Row
    name: Text
    lost: int
    start: int
    components: Sequence[ComponentLoss] = field(default_factory=tuple)
    only: ComponentLoss | None = None
    other: int = 0


@dataclass(frozen=True)
class Losses:
    """All losses of a unit; ``reference`` are the mains that count in no total."""

    total: int
    mains: Sequence[MainLoss]
    reference: Sequence[MainLoss]

    @property
    def by_cause(self) -> list[tuple[Text, str, int, int]]:
        """Return main, cause, components and millionths lost, where a cause was named."""
        sums: dict[tuple[Text, str], list[int]] = {}
        for main in self.mains:
            for part in main.components or ([main.only] if main.only else []):
                if part.row["cause"] and part.lost > 0:
                    sums.setdefault((main.name, part.row["cause"]), []).append(part.lost)
        return [(*key, len(lost), sum(lost)) for key, lost in sums.items()]

    @property
    def largest(self) -> list[ComponentLoss]:
        """Return the components that count and lost points that show, the largest loss first."""
        components = [
            component
            for main in self.mains
            for component in (main.components or ([main.only] if main.only else []))
            if component.lost >= MICRO // 200
        ]
        return sorted(components, key=lambda part: (-part.lost, part.row["component_code"]))


def losses(
    assessment: AssessmentView,
    *,
    overall: Row,
    mains: Sequence[Row],
    components: Sequence[Row],
    observations: Sequence[Row],
) -> Losses | None:
    """Return where a unit's points were lost; None where the release has no points for it.

    Args:
        assessment: the assessment.
        overall: the unit's overall row of ``fact_ranking``.
        mains: its rows of ``fact_main_score``.
        components: its rows of ``fact_component_score``.
        observations: its rows of ``fact_observation``.
    """
    if overall["points"] is None or overall["max_points_effective"] is None or not mains:
        return None
    framework = overall["framework_id"]
    places = {key[2]: place for place, key in enumerate(assessment.indicators) if key[1] == "main"}
    counted: list[MainLoss] = []
    reference: list[MainLoss] = []
    start = 0
    for main in sorted(mains, key=lambda row: places.get(row["main_code"], len(places))):
        parts = _component_losses(
            assessment,
            framework,
            [row for row in components if row["main_code"] == main["main_code"]],
            observations=observations,
            start=start,
        )
        lost = to_micro(main["max_points_effective"]) - int(main["points_micro"])
        # A replayed main has one component that is the main itself: nothing to go down to.
        only = len(parts) == 1 and parts[0].row["max_points"] == main["max_points"]
        step = MainLoss(
            row=main,
            name=assessment.scope_name(framework, "main", main["main_code"]),
            lost=lost,
            start=start,
            components=() if only else parts,
            only=parts[0] if only else None,
            other=0 if only or not parts else lost - sum(part.lost for part in parts),
        )
        if main["is_counted"]:
            counted.append(step)
            start += lost
        else:
            reference.append(step)
    total = to_micro(overall["max_points_effective"]) - to_micro(overall["points"])
    return Losses(total=total, mains=counted, reference=reference)


def _component_losses(
    assessment: AssessmentView,
    framework: str,
    rows: Sequence[Row],
    *,
    observations: Sequence[Row],
    start: int,
) -> list[ComponentLoss]:
    steps = []
    for row in sorted(rows, key=lambda row: (-to_micro(row["points_lost"]), row["component_code"])):
        code, lost = row["component_code"], to_micro(row["points_lost"])
        steps.append(
            ComponentLoss(
                row=row,
                indicator=assessment.indicators.get((framework, "component", code)),
                figures=[figure for figure in observations if figure["component_code"] == code],
                lost=lost,
                start=start,
            )
        )
        start += lost
    return steps
