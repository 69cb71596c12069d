from fractions import Fraction
from random import Random

import polars as pl
import pytest

from dti_pipeline.acceptance.figures import figures_frame
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.scoring.components import score_components
from tools.sample.inverse import figures_for
from tools.sample.plan import Candidate
from tools.sample.sizes import unit_sizes

MILLION = 10**6
WHOLE = (Fraction(0), Fraction(1))


Case = tuple[ScoredComponent, tuple[Fraction, ...]]


def scored(cases: list[Case], framework: BoundFramework) -> list[int]:
    """Score made-up figures, one unit per case, all at once."""
    sizes = unit_sizes("VN-P63-01", 1_200 * MILLION) | {
        "population": 1_200 * MILLION,
        "urban_population": 300 * MILLION,
        "grdp": 80 * MILLION,
    }
    rows = []
    for number, (component, shares) in enumerate(cases):
        figures = dict(sizes)
        for part, share in zip(component.parts, shares, strict=True):
            figures |= figures_for(part, share, figures=sizes, random=Random(number))
        rows += [
            (str(number), *column.split("."), figures[name], "ok")
            for name, column in component.columns.items()
        ]
    schema = ["unit_id", "component_code", "variable", "value_micro", "obs_status"]
    wide = figures_frame(
        pl.DataFrame(rows, schema=schema, orient="row"),
        framework=framework,
        unit_ids=[str(number) for number in range(len(cases))],
    )
    scores = score_components(wide, framework=framework)
    return [scores[component.code][number] for number, (component, _) in enumerate(cases)]


@pytest.fixture
def components(framework: BoundFramework) -> list[ScoredComponent]:
    # 0703 shares a figure with 0702, which decides what it can reach.
    return [c for c in framework.components if not c.is_relative and c.code != "0703"]


@pytest.mark.parametrize("share", [Fraction(0), Fraction(1)], ids=["zero", "maximum"])
def test_both_ends_are_met_exactly_by_every_rule(
    share: Fraction, components: list[ScoredComponent], framework: BoundFramework
) -> None:
    cases = [(c, tuple(share for _ in c.parts)) for c in components for _ in range(3)]
    for (component, _), points in zip(cases, scored(cases, framework), strict=True):
        assert points == share * component.maximum, component.code


def test_a_level_in_between_is_neither_and_near_what_was_wanted(
    components: list[ScoredComponent], framework: BoundFramework
) -> None:
    wanted = [
        (component, level)
        for component in components
        for level in Candidate(component, WHOLE).between[::5]
    ]
    assert len(wanted) > 150
    points = scored([(component, level.shares) for component, level in wanted], framework)
    for (component, level), found in zip(wanted, points, strict=True):
        assert 0 < found < component.maximum, component.code
        assert abs(found - level.points) <= component.maximum * 0.06, component.code


def test_relative_rules_are_refused(framework: BoundFramework) -> None:
    component = framework.by_code["0305"]
    with pytest.raises(TypeError, match="MinMax"):
        figures_for(component.parts[0], Fraction(1, 2), figures={}, random=Random(1))
