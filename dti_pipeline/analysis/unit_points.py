"""Points of one unit's own figures, by the real acceptance and scoring, while others are unknown.

No other unit's figure enters: a component that is scored by comparison with others, or waits for
an agency's figure, has a range instead of points.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import polars as pl
from pandera.typing.polars import DataFrame

from dti_pipeline.acceptance.accept import accept_values
from dti_pipeline.acceptance.figures import NA, figures_frame
from dti_pipeline.index.definition import Definition
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.scoring.aggregation import OVERALL, add_up, maximum_column, points_column
from dti_pipeline.scoring.components import GAP, gaps, leaves_maximum, score_components
from schemas.codes import READ_STATUSES
from schemas.stages import Observations
from schemas.words import words_of

Waits = Literal["", "others", "agency"]

LOST: Final = {**words_of("lost_reasons"), **words_of("own_lost_reasons")}
WAITS: Final = words_of("waits")


@dataclass(frozen=True)
class ComponentOutlook:
    """What one component is worth so far, in micro-points.

    Attributes:
        low: points that are certain.
        high: the most it can still become; equal to ``low`` where nothing is open.
        maximum: 0 where it leaves the maximum, because it is not assessed or does not apply.
        lost: why points are missing: no_data, evidence_missing, evidence_rejected, unread,
            no_reason, denominator_zero, true_zero, not_reached; empty where none are.
        waits_for: ``others`` where it is compared with other units, ``agency`` where an agency's
            figure is not there yet.
    """

    code: str
    main_code: str
    maximum: int
    low: int
    high: int
    lost: str
    waits_for: Waits
    is_exempt: bool


@dataclass(frozen=True)
class UnitOutlook:
    """A unit's components, and its sums: scope code → lowest and highest points, maximum."""

    components: tuple[ComponentOutlook, ...]
    sums: Mapping[str, tuple[int, int, int]]

    @property
    def overall(self) -> tuple[int, int, int]:
        return self.sums[OVERALL]


def unit_outlook(
    definition: Definition, unit_id: str, observations: DataFrame[Observations]
) -> UnitOutlook:
    """Score what one unit has so far, from its own observations and its agency's."""
    unit = definition.units.filter(unit_id=unit_id)
    framework = definition.frameworks[unit["framework_id"][0]]
    dropped = definition.assessment.dropped
    accepted = accept_values(observations, frameworks={framework.id: framework}, units=unit)
    figures = figures_frame(accepted.values, framework=framework, unit_ids=[unit_id])
    points = score_components(figures, framework=framework, not_assessed=dropped)
    alone = _UnitAlone(
        points=points.row(0, named=True),
        figures=figures.row(0, named=True) | {code + NA: True for code in dropped},
        gaps=gaps(figures, framework).row(0, named=True),
        remarks=_remarks(accepted.observations),
        by_agency={
            f"{component.code}.{name}"
            for component in framework.components
            for name, variable in component.component.variables.items()
            if variable.is_central
        },
        dropped=dropped,
    )
    components = tuple(map(alone.outlook, framework.components))
    low, high = (
        add_up(
            points.with_columns(
                pl.lit(getattr(c, end)).cast(pl.Int64).alias(c.code) for c in components
            ),
            framework=framework,
            not_assessed=dropped,
        ).row(0, named=True)
        for end in ("low", "high")
    )
    sums = {
        code: (low[points_column(code)], high[points_column(code)], low[maximum_column(code)])
        for code in (OVERALL, *framework.mains)
    }
    return UnitOutlook(components, sums)


def _remarks(observations: pl.DataFrame) -> dict[str, set[str]]:
    """Return place of a figure → why observations of it do not count."""
    places: dict[str, set[str]] = {}
    rows = observations.select("component_code", "variable", "remark", "obs_status").iter_rows()
    for code, variable, remark, status in rows:
        if remark and remark != "other_source":
            is_unread = remark == "unread" and status not in READ_STATUSES
            places.setdefault(f"{code}.{variable}", set()).add(
                "unread" if is_unread else str(remark)
            )
    return places


@dataclass(frozen=True, eq=False)
class _UnitAlone:
    """A unit as if there were no other: points and gaps by component, figures by place.

    ``remarks`` say of a place why figures there do not count; ``by_agency`` are the places that an
    agency fills, ``dropped`` the components that are not assessed.
    """

    points: Mapping[str, int | None]
    figures: Mapping[str, int | None]
    gaps: Mapping[str, bool]
    remarks: Mapping[str, set[str]]
    by_agency: set[str]
    dropped: Mapping[str, str]

    def outlook(self, component: ScoredComponent) -> ComponentOutlook:
        code, maximum = component.code, component.maximum
        places = set(component.columns.values())
        missing = {place for place in places if self.figures[place] is None}
        scored, is_compared = self.points[code], self._is_compared(component)
        is_exempt = bool((self.figures if is_compared else self.points).get(code + NA))
        is_complete = not self.gaps[code + GAP]
        waits_for: Waits = ""
        low = high = scored or 0
        lost = ""
        if is_exempt and leaves_maximum(component, self.dropped) is not None:
            maximum = low = high = 0
        elif is_exempt:
            lost = "" if low >= maximum else "not_applicable"
        elif missing & self.by_agency and not is_complete:
            waits_for, low, high = "agency", 0, maximum
        elif is_compared or (component.is_relative and scored is not None):
            # Alone, a unit would be the best of all, or with nothing at all have no best.
            waits_for, low, high = "others", 0, maximum
        elif low < maximum:
            reasons = set().union(*(self.remarks.get(place, set()) for place in places))
            lost = _lost(scored, reasons, is_complete=is_complete)
            if lost == "no_data" and component.component.without_path:
                lost = "no_path"
        return ComponentOutlook(
            code, component.component.main, maximum, low, high, lost, waits_for, is_exempt
        )

    def _is_compared(self, component: ScoredComponent) -> bool:
        """Say whether a part compares the unit with others, by a measure that it has."""
        for part in component.parts:
            figures = {name: self.figures[part.columns[name]] for name in part.rule.names()}
            dividing = [figures[name] or 0 for name in getattr(part.rule, "denominator", ())]
            is_measured = None not in figures.values() and (not dividing or sum(dividing) > 0)
            if part.rule.is_relative and is_measured:
                return True
        return False


def _lost(scored: int | None, reasons: set[str], *, is_complete: bool) -> str:
    """Say why points are missing; what the unit can still mend comes first."""
    for reason in ("evidence_rejected", "evidence_missing", "unread", "no_reason"):
        if reason in reasons:
            return reason
    if scored is None:
        return "denominator_zero" if is_complete else "no_data"
    if not is_complete:
        return "no_data"
    return "true_zero" if scored == 0 else "not_reached"
