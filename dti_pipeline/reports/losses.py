"""Where a unit's points were lost: from the maximum down to single components, with the reason.

Sums are in whole millionths of a point, so the steps add up exactly to what is missing overall.
A main whose inapplicable components are made up for, or whose bonus points hit the maximum, loses
something else than its components do: the difference is a step of its own, never spread.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dti_pipeline.reports.figures import to_micro
from dti_pipeline.reports.view import Edition, Row
from schemas.text import Text


@dataclass(frozen=True)
class ComponentLoss:
    """One component of a unit.

    Attributes:
        row: its row of ``fact_component_score``.
        indicator: its row of ``dim_indicator``; None where the release does not describe it.
        figures: rows of ``fact_observation`` behind it.
        lost: millionths of a point below the maximum that counts.
        start: millionths lost before it, over all mains.
    """

    row: Row
    indicator: Row | None
    figures: Sequence[Row]
    lost: int
    start: int

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
        lost: millionths of a point below the maximum that counts.
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
    """All losses of a unit.

    Attributes:
        total: millionths of a point below the maximum that counts overall.
        mains: the mains that count, in the order of the framework.
        reference: the mains that count in no total.
        other: millionths the mains do not explain; 0 where the release is whole.
    """

    total: int
    mains: Sequence[MainLoss]
    reference: Sequence[MainLoss]
    other: int

    @property
    def largest(self) -> list[ComponentLoss]:
        """Return what lost points and counts, the largest loss first."""
        found = [
            part
            for main in self.mains
            for part in (main.components or ([main.only] if main.only else []))
            if part.lost > 0
        ]
        return sorted(found, key=lambda part: (-part.lost, part.row["component_code"]))


def losses(
    edition: Edition,
    *,
    overall: Row,
    mains: Sequence[Row],
    components: Sequence[Row],
    observations: Sequence[Row],
) -> Losses | None:
    """Return where a unit's points were lost; None where the release has no points for it.

    Args:
        edition: the assessment.
        overall: the unit's overall row of ``fact_ranking``.
        mains: its rows of ``fact_main_score``.
        components: its rows of ``fact_component_score``.
        observations: its rows of ``fact_observation``.
    """
    if overall["points"] is None or overall["max_points_effective"] is None or not mains:
        return None
    framework = overall["framework_id"]
    places = {key[2]: place for place, key in enumerate(edition.indicators) if key[1] == "main"}
    figures: dict[str, list[Row]] = {}
    for observation in observations:
        figures.setdefault(observation["component_code"], []).append(observation)
    counted, reference, start = [], [], 0
    for main in sorted(mains, key=lambda row: places.get(row["main_code"], len(places))):
        own = [row for row in components if row["main_code"] == main["main_code"]]
        step = _main_loss(edition, framework, main=main, own=own, figures=figures, start=start)
        if main["is_counted"]:
            counted.append(step)
            start += step.lost
        else:
            reference.append(step)
    total = to_micro(overall["max_points_effective"]) - to_micro(overall["points"])
    return Losses(total=total, mains=counted, reference=reference, other=total - start)


def _main_loss(
    edition: Edition,
    framework: str,
    *,
    main: Row,
    own: Sequence[Row],
    figures: Mapping[str, Sequence[Row]],
    start: int,
) -> MainLoss:
    lost = to_micro(main["max_points_effective"]) - int(main["points_micro"])
    name = edition.scope_name(framework, "main", main["main_code"])
    ordered = sorted(own, key=lambda row: (-to_micro(row["points_lost"]), row["component_code"]))
    found, at = [], start
    for row in ordered:
        code = row["component_code"]
        part = ComponentLoss(
            row=row,
            indicator=edition.indicators.get((framework, "component", code)),
            figures=figures.get(code, ()),
            lost=to_micro(row["points_lost"]),
            start=at,
        )
        found.append(part)
        at += part.lost
    # A replayed main has one component that is the main itself: nothing to go down to.
    if len(found) == 1 and found[0].row["max_points"] == main["max_points"]:
        return MainLoss(row=main, name=name, lost=lost, start=start, only=found[0])
    other = lost - (at - start) if found else 0
    return MainLoss(row=main, name=name, lost=lost, start=start, components=found, other=other)
