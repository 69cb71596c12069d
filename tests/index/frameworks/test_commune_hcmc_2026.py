"""The 43 components of Hồ Chí Minh City's commune index set, each at its own thresholds."""

import pytest

from dti_pipeline.index.frameworks.load import BoundFramework, load_framework
from tests.index.rules.cases import MICRO, scored

# Main → points of its components, in their order, as transcribed.
POINTS = {
    "AW": (2, 2, 2, 2),
    "IN": (1, 1, 2, 1, 2, 2, 1),
    "IF": (1, 1, 4),
    "HR": (2, 2, 1, 1, 2, 1, 1),
    "CS": (1, 1, 1, 2),
    "GO": (2, 3, 5, 5, 3, 5, 5, 4, 4, 2, 4, 3),
    "EC": (3, 3),
    "SO": (2, 5, 2, 1),
}
KINDS = {
    "choice": "01",
    "ratio": "02 03 15 19 21 22 23 31 32 33 34 40",
    "ladder": "04",
    "yes_no": "05 06 08 09 11 16 17 18 20 24 25 35 38 42",
    "per_period": "07",
    "sum_of_parts": "10 14 26 36",
    "cliff": "12 13",
    "all_or_nothing": "27 37",
    "target": "28 29 30 41 43",
    "coverage": "39",
}


@pytest.fixture(scope="module")
def bound() -> BoundFramework:
    return load_framework("commune-hcmc-2026")


def score(bound: BoundFramework, code: str, figures: dict[str, int]) -> tuple[float | None, bool]:
    """Score one component: points, and whether it does not apply."""
    columns = bound.by_code[code].columns
    values = [("U", *columns[name].split("."), figure, "ok") for name, figure in figures.items()]
    row = scored(bound, *values).row(0, named=True)
    points = row[code]
    return (None if points is None else points / MICRO), bool(row.get(f"{code}!na"))


def test_the_43_components_have_the_transcribed_points(bound: BoundFramework) -> None:
    found = {code: tuple(c.component.points for c in bound.of_main(code)) for code in bound.mains}
    assert found == POINTS
    assert [c.code for c in bound.components] == [f"{n:02d}" for n in range(1, 44)]
    assert bound.maximum == 100 * MICRO


def test_every_component_has_the_transcribed_kind_of_rule(bound: BoundFramework) -> None:
    found: dict[str, list[str]] = {}
    for component in bound.components:
        found.setdefault(component.kind, []).append(component.code)
    assert {kind: " ".join(codes) for kind, codes in found.items()} == KINDS


def test_nothing_of_it_passes_for_official(bound: BoundFramework) -> None:
    assert {c.component.basis for c in bound.components} == {"inferred"}
    assert {main.basis for main in bound.mains.values()} == {"inferred"}
    assert "không chính thức" in bound.file.note_vi
    assert "unofficial" in bound.file.note_en


def test_directives_are_set_from_outside_and_protection_borrows_the_approved_systems(
    bound: BoundFramework,
) -> None:
    required = bound.by_code["03"].component.variables["b"]
    assert required.source == "central:city_requirements.directives"
    assert bound.by_code["23"].columns["b"] == "22.a"


@pytest.mark.parametrize(
    ("code", "figures", "points"),
    [
        ("01", {"chair_role": 0}, 2),
        ("01", {"chair_role": 1}, 0),
        ("02", {"a": 3, "b": 4}, 1.5),
        ("02", {"a": 0, "b": 0}, None),
        ("03", {"a": 5, "b": 4}, 2),
        ("04", {"has_section": 1, "articles": 52}, 2),
        ("04", {"has_section": 1, "articles": 51}, 1),
        ("04", {"has_section": 1, "articles": 20}, 1),
        ("04", {"has_section": 1, "articles": 19}, 0.5),
        ("04", {"has_section": 1, "articles": 0}, 0.5),
        ("04", {"has_section": 0, "articles": 60}, 0),
        ("07", {"q1": 0, "q2": 0, "q3": 0, "q4": 0}, 2),
        ("07", {"q1": 0, "q2": 1, "q3": 2, "q4": 1}, 1),
        ("10", {"issued": 1, "completed": 0}, 1),
        ("12", {"a": 89, "b": 100}, 0),
        ("12", {"a": 90, "b": 100}, 0.9),
        ("12", {"a": 99, "b": 100}, 0.99),
        ("12", {"a": 100, "b": 100}, 1),
        ("14", {"ai_officials": 1, "ai_citizens_count": 0}, 2),
        ("14", {"ai_officials": 0, "ai_citizens_count": 1}, 1),
        ("14", {"ai_officials": 1, "ai_citizens_count": 2}, 4),
        ("14", {"ai_officials": 1, "ai_citizens_count": 5}, 4),
        ("26", {"emc_label": 0, "city_link": 1}, 1),
        ("27", {"a": 19, "b": 20}, 0),
        ("27", {"a": 20, "b": 20}, 3),
        ("28", {"a": 1000, "b": 250, "c": 499}, 3.745),
        ("28", {"a": 1000, "b": 250, "c": 500}, 5),
        ("29", {"a": 799, "b": 1000}, 3.995),
        ("29", {"a": 800, "b": 1000}, 5),
        ("30", {"a": 100, "b": 95, "c": 100, "d": 94}, 2.835),
        ("30", {"a": 100, "b": 95, "c": 100, "d": 95}, 3),
        ("36", {"in_use": 1, "a": 89, "b": 100}, 2),
        ("36", {"in_use": 1, "a": 95, "b": 100}, 3.9),
        ("36", {"in_use": 0, "a": 100, "b": 100}, 2),
        ("37", {"a": 4999, "b": 5000}, 0),
        ("39", {"topics_covered": 0}, 0),
        ("39", {"topics_covered": 5}, 2.142857),
        ("39", {"topics_covered": 7}, 3),
        ("41", {"a": 299, "b": 1000}, 1.495),
        ("41", {"a": 300, "b": 1000}, 5),
        ("43", {"a": 699, "b": 1000}, 0.699),
        ("43", {"a": 700, "b": 1000}, 1),
    ],
)
def test_figures_give_the_points_of_the_transcription(
    code: str, figures: dict[str, int], points: float | None, bound: BoundFramework
) -> None:
    assert score(bound, code, figures) == (points, False)


def test_no_petition_received_is_full_marks(bound: BoundFramework) -> None:
    assert score(bound, "36", {"in_use": 1, "a": 0, "b": 0}) == (4, True)


@pytest.mark.parametrize("code", ["22", "27", "33", "34"])
def test_nothing_to_measure_leaves_the_maximum(code: str, bound: BoundFramework) -> None:
    assert score(bound, code, {"a": 0, "b": 0}) == (0, True)


def test_systems_without_any_approval_count_as_none_protected(bound: BoundFramework) -> None:
    assert score(bound, "23", {"a": 0, "b": 0}) == (None, False)
