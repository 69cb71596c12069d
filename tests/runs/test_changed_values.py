"""Why ranks moved where no figures are scored: published years and merged units."""

from pathlib import Path

import pytest

from tests.runs.offices import ASSESSMENT, PRINTED, Offices, moves, reasons

GROUPS = {"U1": "x", "U2": "x", "U3": "y", "U4": "y", "U5": "y"}
HIGHER = {"U3": (0.9, 1), "U4": (0.8, 2), "U5": (0.7, 3)}


@pytest.fixture
def offices(tmp_path: Path) -> Offices:
    """Return five offices in two groups, without results."""
    offices = Offices(tmp_path / "data")
    offices.framework({"01": 10})
    offices.units(GROUPS)
    return offices


def test_a_published_unit_falls_within_its_group_by_its_own_value(offices: Offices) -> None:
    offices.assessment(f'rank_pool = "group"\n{PRINTED}')
    offices.publish(ASSESSMENT, {"U1": (0.5, 1), "U2": (0.4, 2), **HIGHER})
    offices.run()
    offices.publish(ASSESSMENT, {"U1": (0.3, 2), "U2": (0.4, 1), **HIGHER})
    release = offices.run()
    assert moves(release) == {
        "U1": (1, 2, 0, 0, 0, 0, -1),
        "U2": (2, 1, 0, 0, 0, 1, 0),
        "U3": (1, 1, 0, 0, 0, 0, 0),
        "U4": (2, 2, 0, 0, 0, 0, 0),
        "U5": (3, 3, 0, 0, 0, 0, 0),
    }
    assert reasons(release) == {
        "U1": "own value changed: down 1 place",
        "U2": "other units' figures changed (Sở U1): up 1 place",
        **dict.fromkeys(("U3", "U4", "U5")),
    }


def test_merged_units_are_ranked_within_their_groups(offices: Offices) -> None:
    offices.units({"N1": "x", "N2": "x", "N3": "y", "N4": "y"}, unit_set="merged")
    pairs = [f"U{number},N{number},2025-07-01" for number in range(1, 5)]
    succession = offices.data / "config/units/succession.csv"
    head = "old_unit_id,new_unit_id,effective_date"
    succession.write_text("\n".join([head, *pairs]), encoding="utf-8")
    offices.assessment()
    derived = f'kind = "derived"\nderived_from = "{ASSESSMENT}"\nrank_pool = "group"\n'
    offices.assessment(derived, name="merged", unit_set="merged")
    rest = {"U2": (4,), "U3": (9,), "U4": (8,), "U5": (1,)}
    offices.deliver(["01"], {"U1": (5,), **rest})
    offices.run(ASSESSMENT, "merged")
    offices.deliver(["01"], {"U1": (3,), **rest})
    release = offices.run(ASSESSMENT, "merged")
    assert moves(release, assessment="merged") == {
        "N1": (1, 2, 0, 0, 0, 0, -1),
        "N2": (2, 1, 0, 0, 0, 1, 0),
        "N3": (1, 1, 0, 0, 0, 0, 0),
        "N4": (2, 2, 0, 0, 0, 0, 0),
    }
    assert reasons(release, assessment="merged")["N2"] == (
        "other units' figures changed (Sở N1): up 1 place"
    )


def test_a_year_of_few_public_values_has_no_rank_among_them(offices: Offices) -> None:
    offices.assessment(PRINTED)
    offices.publish(ASSESSMENT, {"U1": (0.5, 4), "U2": (0.7, 1)})
    offices.run()
    offices.publish(ASSESSMENT, {"U1": (0.4, 5), "U2": (0.7, 1)})
    assert moves(offices.run())["U1"] == (4, 5, 0, 0, 0, 0, -1)


def test_a_name_in_a_reason_is_of_the_units_own_group(offices: Offices) -> None:
    offices.assessment('rank_pool = "group"\n')
    figures = {"U1": (5,), "U2": (4,), "U3": (9,), "U4": (8,), "U5": (7,)}
    offices.deliver(["01"], figures)
    offices.run()
    # U3 falls from first to third of its group: it passes nobody in the other one.
    offices.deliver(["01"], figures | {"U1": (3,), "U3": (1,)})
    release = offices.run()
    assert reasons(release)["U2"] == "other units' figures changed (Sở U1): up 1 place"
