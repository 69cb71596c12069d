"""A central table and a report on the same figure, side by side."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from dti_pipeline.acceptance.accept import accept_values
from dti_pipeline.acceptance.reconciliation import reconciliation
from dti_pipeline.index.definition import Definition
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.units.registry import load_registry
from dti_pipeline.workspace import Workspace
from tests.acceptance.conftest import HAGIANG, HANOI, UNITS, observations
from tests.assessments import assessment

CENTRAL = {"component_code": "01", "source_kind": "central", "source_cell": "B2"}
REPORT = {"component_code": "01"}


@pytest.fixture
def definition(small: Mapping[str, BoundFramework], tmp_path: Path) -> Definition:
    of_2022 = assessment("small-2022", level="province", unit_set="province-63", framework="small")
    return Definition(of_2022, small, load_registry(), Workspace(data=tmp_path))


def side_by_side(definition: Definition, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    accepted = accept_values(
        observations(*rows), frameworks=definition.frameworks, units=UNITS
    ).observations
    return reconciliation(definition, accepted).to_dicts()


def test_both_figures_their_cells_and_what_counted_stand_in_one_row(definition: Definition) -> None:
    (row,) = side_by_side(definition, CENTRAL | {"value": 8}, REPORT | {"value": 10})
    assert (row["unit_id"], row["unit_name"]) == (HANOI, "Hà Nội")
    assert (row["central_value"], row["report_value"]) == (8, 10)
    assert (row["central_cell"], row["report_cell"]) == ("B2", "H12")
    assert (row["difference"], row["difference_pct"]) == (2, 25)
    assert not row["agrees"]
    assert row["counted_source"] == "central"
    assert row["reason_en"] == "The framework takes this figure from the agency."


def test_equal_figures_agree_and_nothing_is_a_share_of_zero(definition: Definition) -> None:
    rows = side_by_side(
        definition,
        CENTRAL | {"value": 0},
        REPORT | {"value": 0},
        CENTRAL | {"unit_id": HAGIANG, "value": -4},
        REPORT | {"unit_id": HAGIANG, "value": -5},
    )
    assert [row["agrees"] for row in rows] == [True, False]
    assert [row["difference_pct"] for row in rows] == [None, -25]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"source_kind": "correction", "value": 9}, "correction"),
        ({"source_kind": "appraisal", "value": 9}, "appraisal"),
        ({"source_kind": "correction", "value": None, "obs_status": "ambiguous"}, "none"),
    ],
)
def test_a_later_decision_counts_instead_of_both(
    definition: Definition, change: dict[str, Any], expected: str
) -> None:
    rows = [CENTRAL | {"value": 8}, REPORT | {"value": 10}, {"component_code": "01"} | change]
    (row,) = side_by_side(definition, *rows)
    assert row["counted_source"] == expected
    assert row["reason_vi"]
    assert (row["central_value"], row["report_value"]) == (8, 10)


@pytest.mark.parametrize(
    "rows",
    [
        [CENTRAL],
        [REPORT],
        [CENTRAL, REPORT | {"value": None, "obs_status": "blank"}],
        [CENTRAL, REPORT | {"unit_id": HAGIANG}],
    ],
)
def test_one_side_alone_is_no_row(definition: Definition, rows: list[dict[str, Any]]) -> None:
    assert side_by_side(definition, *rows) == []


def test_a_side_that_could_not_be_read_has_no_figure(definition: Definition) -> None:
    (row,) = side_by_side(
        definition, CENTRAL | {"value": 8}, REPORT | {"value": None, "obs_status": "ambiguous"}
    )
    assert (row["central_value"], row["report_value"], row["difference"]) == (8, None, None)
    assert not row["agrees"]


def test_of_several_deliveries_the_latest_stands_there(definition: Definition) -> None:
    (row,) = side_by_side(
        definition,
        CENTRAL | {"value": 8, "delivery_no": 2},
        CENTRAL | {"value": 7, "delivery_no": 1},
        REPORT | {"value": 8},
    )
    assert row["central_value"] == 8
