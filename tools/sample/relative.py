"""Sample figures of components that compare units: they are fixed first, for all units together."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

from dti_pipeline.exact import MICRO
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.index.rules.relative import RelativeRule
from tools.sample.inverse import GRAIN
from tools.sample.targets import SEED, Targets

# Component → measure of the weakest and of the strongest province.
MEASURES: Final[Mapping[str, tuple[float, float]]] = {
    "0209": (0.002, 0.016),
    "0305": (38.0, 112.0),
    "0406": (1.2, 24.0),
    "0510": (96.0, 6.0),
    "0715": (15.0, 260.0),
    "0802": (0.11, 1.9),
    "0803": (0.01, 0.09),
    "0809": (2.0, 95.0),
}
# Units with a fixed number of components at zero and at the maximum stay off both ends.
INNER: Final = (0.15, 0.85)


def relative_figures(
    component: ScoredComponent,
    *,
    targets: Targets,
    sizes: Mapping[str, Mapping[str, int]],
    off_ends: Sequence[str],
) -> dict[str, dict[str, int]]:
    """Return unit_id → variable → figure in millionths for one relative component.

    Args:
        component: has a single relative rule.
        targets: a province that is strong in the main is likely to be strong here.
        sizes: unit_id → name of a count → millionths, for the denominators.
        off_ends: units that must be neither weakest nor strongest.
    """
    (part,) = component.parts
    rule = part.rule
    assert isinstance(rule, RelativeRule)
    weakest, strongest = MEASURES[component.code]
    strengths = _strengths(component, targets, off_ends)
    name = rule.value or rule.numerator[-1]
    grain = GRAIN[component.component.variables[name].kind]
    figures = {}
    for unit_id, strength in strengths.items():
        measure = weakest + (strongest - weakest) * strength
        whole = sum(sizes[unit_id][other] for other in rule.denominator) if rule.denominator else 1
        scale = whole if rule.denominator else MICRO
        numerator = {name: max(round(measure * scale / grain), 1) * grain}
        figures[unit_id] = numerator | {
            other: sizes[unit_id][other]
            for other in rule.denominator
            if component.component.variables[other].source == "self_report"
        }
    return figures


def _strengths(
    component: ScoredComponent, targets: Targets, off_ends: Sequence[str]
) -> dict[str, float]:
    """Place every unit between 0 (weakest) and 1 (strongest); both ends are taken."""
    main = component.component.main
    totals = {unit_id: mains[main] for unit_id, mains in targets.items()}
    low, high = min(totals.values()), max(totals.values())
    raw = {}
    for unit_id, total in totals.items():
        random = Random(f"{SEED}:{unit_id}:{component.code}")
        raw[unit_id] = 0.5 * (total - low) / (high - low) + 0.5 * random.random()
    ends = [raw[unit_id] for unit_id in raw if unit_id not in off_ends]
    least, most = min(ends), max(ends)
    scaled = {unit_id: (value - least) / (most - least) for unit_id, value in raw.items()}
    return {
        unit_id: min(max(value, INNER[0]), INNER[1]) if unit_id in off_ends else value
        for unit_id, value in scaled.items()
    }
