"""Where a unit's points were lost: from the maximum down to single components, with the reason.

All amounts are whole millionths of a point below the effective maximum, so the steps add up exactly
to the points lost overall. A main whose inapplicable components are made up for, or whose bonus
points hit the maximum, loses something else than its components do: the difference is a step of
its own, never spread.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dti_pipeline.exact import MICRO
from dti_pipeline.reports.figures import to_micro
from dti_pipeline.reports.release_view import AssessmentView, Row
from schemas.text import Text


@dataclass(frozen=True)
class ComponentLoss:
    """One component of a unit, with its rows of ``dim_indicator`` and ``fact_observation``.

    ``code`` is the printed one; ``lost`` are millionths of a point, ``start`` those lost before
    it, over all mains.
    """

    row: Row
    code: str
    name: Text
    indicator: Row | None
    figures: Sequence[Row]
    lost: int
    start: int


@dataclass(frozen=True)
class MainLoss:
    """One main index of a unit; ``lost``, ``start`` and ``other`` are millionths of a point.

    ``components`` have the largest loss first. Where results are replayed main by main there are
    none: ``only`` is the main itself. ``other`` is what they do not explain (scaling, caps).
    """

    row: Row
    name: Text
    lost: int
    start: int
    components: Sequence[ComponentLoss] = ()
    only: ComponentLoss | None = None
    other: int = 0

    @property
    def parts(self) -> Sequence[ComponentLoss]:
        return [self.only] if self.only else self.components


@dataclass(frozen=True)
class Losses:
    """All losses of a unit; ``reference`` are the mains that count in no total."""

    total: int
    mains: Sequence[MainLoss]
    reference: Sequence[MainLoss]

    @property
    def by_cause(self) -> list[tuple[Text, str, int, int]]:
        sums: dict[tuple[Text, str], list[int]] = {}
        for main in self.mains:
            for part in main.parts:
                if part.row["cause"] and part.lost > 0:
                    sums.setdefault((main.name, part.row["cause"]), []).append(part.lost)
        return [(*key, len(lost), sum(lost)) for key, lost in sums.items()]

    @property
    def largest(self) -> list[ComponentLoss]:
        """Return the components that count and lost points that show, the largest loss first."""
        components = [
            part for main in self.mains for part in main.parts if part.lost >= MICRO // 200
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

    ``overall`` is its overall row of ``fact_ranking``.
    """
    if overall["points"] is None or overall["max_points_effective"] is None or not mains:
        return None
    framework = overall["framework_id"]
    places = {key[2]: place for place, key in enumerate(assessment.indicators) if key[1] == "main"}
    counted: list[MainLoss] = []
    reference: list[MainLoss] = []
    start = 0
    for main in sorted(mains, key=lambda row: places.get(row["main_code"], len(places))):
        own = [row for row in components if row["main_code"] == main["main_code"]]
        parts = _component_losses(assessment, framework, own, observations, start)
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
    figures: Sequence[Row],
    start: int,
) -> list[ComponentLoss]:
    steps = []
    for row in sorted(rows, key=lambda row: (-to_micro(row["points_lost"]), row["component_code"])):
        code, lost = row["component_code"], to_micro(row["points_lost"])
        printed = assessment.printed_code(framework, code)
        name = assessment.scope_name(framework, "component", code)
        indicator = assessment.indicators.get((framework, "component", code))
        own = [figure for figure in figures if figure["component_code"] == code]
        steps.append(ComponentLoss(row, printed, name, indicator, own, lost, start))
        start += lost
    return steps
