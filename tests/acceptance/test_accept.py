"""Which of several observations counts, and what is said of the others."""

from collections.abc import Mapping
from typing import Any

import pytest

from dti_pipeline.acceptance.accept import Acceptance, accept_values
from dti_pipeline.index.frameworks.load import BoundFramework
from tests.acceptance.conftest import HAGIANG, HANOI, UNITS, observations
from tests.index.rules.cases import MICRO

Frameworks = Mapping[str, BoundFramework]
CENTRAL = {"component_code": "01", "source_kind": "central"}
REPORT = {"component_code": "01"}
EVIDENCE = {"component_code": "03", "evidence_state": "reported"}


def accept(frameworks: Frameworks, *rows: dict[str, Any]) -> Acceptance:
    return accept_values(observations(*rows), frameworks=frameworks, units=UNITS)


def remarks(acceptance: Acceptance) -> list[str | None]:
    rows = acceptance.observations
    assert rows["accepted"].to_list() == rows["remark"].is_null().to_list()
    return rows["remark"].to_list()


def counted(acceptance: Acceptance) -> dict[tuple[str, str], float | None]:
    """Return unit, component → the figure that counts."""
    rows = acceptance.values.select("unit_id", "component_code", "value_micro").iter_rows()
    return {(unit, code): None if v is None else v / MICRO for unit, code, v in rows}


def issues(acceptance: Acceptance) -> list[tuple[str, str | None, str | None]]:
    return acceptance.issues.select("rule_id", "unit_id", "component_code").rows()


@pytest.mark.parametrize(
    ("change", "remark"),
    [
        ({}, None),
        ({"obs_status": "percent"}, None),
        ({"obs_status": "none_declared", "value": 0}, None),
        ({"obs_status": "blank", "value": None}, "blank"),
        ({"obs_status": "ambiguous", "value": None}, "unread"),
        ({"obs_status": "out_of_range", "value": None}, "unread"),
        ({"obs_status": "not_applicable", "value": None}, "no_reason"),
        ({"obs_status": "not_applicable", "value": None, "na_reason": "không có xã"}, None),
        (EVIDENCE, None),
        (EVIDENCE | {"evidence_state": "accepted"}, None),
        (EVIDENCE | {"evidence_state": "missing"}, "evidence_missing"),
        (EVIDENCE | {"evidence_state": "rejected"}, "evidence_rejected"),
        ({"evidence_state": "missing"}, None),
        ({"evidence_state": "rejected"}, "evidence_rejected"),
        (CENTRAL, None),
        (CENTRAL | {"source_kind": "published"}, None),
        (CENTRAL | {"source_kind": "correction"}, None),
        (REPORT, "other_source"),
        ({"source_kind": "central"}, "other_source"),
        ({"source_kind": "appraisal"}, None),
    ],
)
def test_a_figure_counts_or_has_one_reason_not_to(
    small: Frameworks, change: dict[str, Any], remark: str | None
) -> None:
    acceptance = accept(small, change)
    assert remarks(acceptance) == [remark]
    assert acceptance.values.height == (remark is None)


def test_central_data_wins_where_it_is_named_and_the_difference_is_an_issue(
    small: Frameworks,
) -> None:
    acceptance = accept(small, CENTRAL | {"value": 7}, REPORT | {"value": 5, "raw_text": "năm"})
    assert remarks(acceptance) == [None, "other_source"]
    assert counted(acceptance) == {(HANOI, "01"): 7}
    (issue,) = acceptance.issues.filter(rule_id="source.disagrees").to_dicts()
    assert (issue["raw_text"], issue["source_cell"]) == ("năm", "H12")
    assert issue["action_taken"] == "central figure counted"
    assert "5" in issue["message_en"]
    assert "7" in issue["message_en"]


@pytest.mark.parametrize("reported", [{"value": 7}, {"value": None, "obs_status": "blank"}])
def test_a_report_that_says_the_same_or_nothing_is_no_issue(
    small: Frameworks, reported: dict[str, Any]
) -> None:
    acceptance = accept(small, CENTRAL | {"value": 7}, REPORT | reported)
    assert "source.disagrees" not in acceptance.issues["rule_id"]


@pytest.mark.parametrize("kinds", [["self_report", "correction"], ["correction", "appraisal"]])
def test_what_comes_later_in_the_procedure_replaces_what_was_there(
    small: Frameworks, kinds: list[str]
) -> None:
    early, late = (
        {"source_kind": kind, "delivery_no": no} for kind, no in zip(kinds, (9, 1), strict=True)
    )
    acceptance = accept(small, early | {"value": 5}, late | {"value": 6})
    assert remarks(acceptance) == ["superseded", None]
    assert counted(acceptance) == {(HANOI, "02"): 6}


def test_the_later_of_two_corrections_holds_even_where_it_says_nothing(small: Frameworks) -> None:
    first = {"source_kind": "correction", "delivery_no": 1}
    second = {"source_kind": "correction", "delivery_no": 2}
    both = accept(small, second | {"value": 6}, first | {"value": 5})
    assert remarks(both) == [None, "superseded"]
    unread = second | {"value": None, "obs_status": "ambiguous"}
    assert remarks(accept(small, first, unread)) == ["superseded", "unread"]


def test_a_correction_of_a_central_figure_leaves_the_report_beside_it(small: Frameworks) -> None:
    acceptance = accept(
        small,
        CENTRAL | {"value": 7},
        CENTRAL | {"source_kind": "correction", "value": 8},
        REPORT | {"value": 8},
    )
    assert remarks(acceptance) == ["superseded", None, "other_source"]
    assert counted(acceptance) == {(HANOI, "01"): 8}
    assert "source.disagrees" not in acceptance.issues["rule_id"]


def test_a_figure_that_a_reporting_unit_left_out_is_missing(small: Frameworks) -> None:
    acceptance = accept(small, {"component_code": "02"})
    # Hà Giang sent no report and no table came: that is said once, elsewhere.
    assert issues(acceptance) == [("value.missing", HANOI, "03")]
    assert acceptance.issues["action_taken"].to_list() == ["counted as no data: 0 points"]


def test_a_unit_that_a_delivered_table_leaves_out_is_missing(small: Frameworks) -> None:
    assert issues(accept(small, CENTRAL)) == [("value.missing", HAGIANG, "01")]


def test_no_observation_is_dropped_or_moved(small: Frameworks) -> None:
    rows = observations(REPORT, CENTRAL, {"unit_id": HAGIANG}, EVIDENCE | {"value": 3})
    acceptance = accept_values(rows, frameworks=small, units=UNITS)
    assert acceptance.observations.drop("accepted", "remark").equals(rows)


def test_borrowed_figures_need_no_observation_of_their_own(small: Frameworks) -> None:
    acceptance = accept(small, {"component_code": "02"}, EVIDENCE)
    assert issues(acceptance) == []


def test_a_corrected_figure_of_a_unit_that_is_not_assessed_counts_once(small: Frameworks) -> None:
    rows = [CENTRAL, CENTRAL | {"source_kind": "correction", "value": 7}]
    others = UNITS.filter(unit_id=HAGIANG)
    found = accept_values(observations(*rows), frameworks=small, units=others)
    assert counted(found) == {(HANOI, "01"): 7}
    assert remarks(found) == ["superseded", None]
