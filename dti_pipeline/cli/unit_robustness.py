"""How firm one unit's rank is: the chance of each rank, what decides it, and one rival."""

from typing import Any, Literal

import numpy as np

from dti_pipeline.analysis.robustness.removal import leave_one_component_out, leave_one_main_out
from dti_pipeline.analysis.robustness.simulation import SimulatedRanks
from dti_pipeline.analysis.robustness.table import RankedUnits
from dti_pipeline.cli.errors import UsageError


def unit_robustness(
    ranked: RankedUnits, simulated: SimulatedRanks, unit_id: str, *, versus: str | None
) -> dict[str, Any]:
    """Return what the draws say about one unit, for programs."""
    place = _place(ranked, unit_id)
    best, worst = (int(simulated.quantile(percent)[place]) for percent in (0, 100))
    fields: dict[str, Any] = {
        "unit_id": unit_id,
        "unit_name": ranked.units["unit_name"][place],
        "rank_chances": [
            {"rank": rank, "chance": float(simulated.p_rank(rank)[place])}
            for rank in range(best, worst + 1)
        ],
        "without_component": _moves(ranked, place, element="component"),
        "without_main": _moves(ranked, place, element="main"),
    }
    if versus is not None:
        other = _place(ranked, versus)
        try:
            above, equal = simulated.p_above_and_equal(place, other)
        except ValueError:
            raise UsageError("robustness.other_groups") from None
        fields |= {
            "versus": versus,
            "versus_name": ranked.units["unit_name"][other],
            "p_above": above,
            "p_equal": equal,
        }
    return fields


def _place(ranked: RankedUnits, unit_id: str) -> int:
    unit_ids = ranked.units["unit_id"].to_list()
    if unit_id not in unit_ids:
        raise UsageError("robustness.unit_without_rank", unit=unit_id)
    return unit_ids.index(unit_id)


def _moves(
    ranked: RankedUnits, place: int, *, element: Literal["component", "main"]
) -> list[dict[str, Any]]:
    elements = ranked.components
    if element == "main":
        elements = elements.unique(["framework_id", "main_code"], maintain_order=True)
    if elements.height < 2:
        return []
    leave_out = leave_one_component_out if element == "component" else leave_one_main_out
    left_out = leave_out(ranked.points)
    order = np.argsort(-np.abs(left_out.move[place]), kind="stable")
    return [
        {
            f"{element}_code": elements[f"{element}_code"][column],
            "rank_without": int(left_out.rank[place, column]),
            "rank_change": int(left_out.move[place, column]),
        }
        for column in order.tolist()
        if left_out.move[place, column]
    ]
