"""The published shape of Ninh Bình's index sets, and that all else is marked as illustrative."""

import pytest

from dti_pipeline.index.frameworks.load import load_framework

PROCEDURES = {"0601", "0602", "0603", "0604", "0605"}


@pytest.mark.parametrize(
    ("framework_id", "mains", "components", "points"),
    [
        ("ninh-binh-departments-2022", 6, 43, 1000),
        ("ninh-binh-districts-2022", 8, 72, 1000),
        ("ninh-binh-communes-2022", 8, 50, 1000),
        ("ninh-binh-departments-750-2022", 6, 38, 750),
    ],
)
def test_an_index_set_has_its_mains_components_and_points(
    framework_id: str, mains: int, components: int, points: int
) -> None:
    bound = load_framework(framework_id)
    assert (len(bound.mains), len(bound.components)) == (mains, components)
    assert bound.maximum == points * 10**6
    assert {c.component.basis for c in bound.components} == {"illustrative"}
    assert "illustrative" in bound.file.note_en
    assert "minh" in bound.file.note_vi


def test_departments_without_procedures_lack_exactly_the_five_components_on_them() -> None:
    whole = load_framework("ninh-binh-departments-2022")
    smaller = load_framework("ninh-binh-departments-750-2022")
    assert {c.code for c in whole.components if c.code in PROCEDURES} == PROCEDURES
    left = [(c.component.name_vi, c.maximum) for c in whole.components if c.code not in PROCEDURES]
    assert [(c.component.name_vi, c.maximum) for c in smaller.components] == left
