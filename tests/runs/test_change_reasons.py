"""What the reason of a change says, and what it must not say."""

from tests.runs.offices import CODES, EVEN, THREE, Offices, moves, reasons

RELATIVE = "points moved although own figures did not: components scored against other units"


def test_other_maxima_are_the_frameworks_and_nothing_relative(offices: Offices) -> None:
    offices.run()
    offices.framework({"01": 20, "02": 10})
    release = offices.run()
    assert set(reasons(release).values()) == {"framework: same rank"}
    assert set(reasons(release, scope_code="1").values()) == {"framework: same rank"}
    assert set(reasons(release, scope_code="2").values()) == {None}


def test_a_withdrawn_unit_left_the_set_of_units(offices: Offices) -> None:
    offices.run()
    offices.assessment(
        '[[without_report]]\nunit_id = "U3"\ntreatment = "not_assessed"\n'
        'reason_vi = "x"\nreason_en = "x"\n'
    )
    assert reasons(offices.run()) == {"U1": None, "U2": None, "U3": "set of units"}


def test_a_dropped_component_is_no_changed_figure(offices: Offices) -> None:
    figures = {"U1": (8, 5), "U2": (5, 9), "U3": (2, 6)}
    offices.deliver(CODES, figures)
    offices.run()
    offices.framework({"01": 10})
    release = offices.run()
    assert moves(release)["U1"] == (2, 1, 0, 1, 0, 0, 0)
    assert reasons(release) == {
        "U1": "framework: up 1 place",
        "U2": "framework: down 1 place",
        "U3": "framework: same rank",
    }


def test_a_new_component_is_the_frameworks_with_its_first_figures(offices: Offices) -> None:
    offices.framework({"01": 10})
    offices.deliver(CODES, {"U1": (8, 5), "U2": (5, 9), "U3": (2, 6)})
    offices.run()
    offices.framework(EVEN)
    release = offices.run()
    assert moves(release)["U2"] == (2, 1, 0, 1, 0, 0, 0)
    assert reasons(release)["U2"] == "framework: up 1 place"


def test_figures_of_components_that_stay_are_told_beside_a_new_framework(offices: Offices) -> None:
    offices.run()
    offices.framework({"01": 10})
    offices.deliver(CODES, THREE | {"U2": (9, 5)})
    assert reasons(offices.run())["U2"] == "own figures changed in component 01: up 1 place"


def test_points_against_the_best_move_with_the_best(offices: Offices) -> None:
    offices.framework(EVEN, rules={"01": "best"})
    offices.run()
    offices.deliver(CODES, THREE | {"U1": (9, 5)})
    found = reasons(offices.run())
    assert found["U1"] == "own figures changed in component 01: same rank"
    assert found["U2"] == found["U3"] == RELATIVE


def test_a_relative_component_explains_nothing_of_a_new_framework(offices: Offices) -> None:
    offices.framework(EVEN, rules={"01": "best"})
    offices.run()
    offices.framework({"01": 20, "02": 10}, rules={"01": "best"})
    assert set(reasons(offices.run()).values()) == {"framework: same rank"}


def test_a_new_unit_is_of_the_set_of_units(offices: Offices) -> None:
    offices.run()
    offices.units(dict.fromkeys([*THREE, "U4"], "office"))
    offices.deliver(CODES, THREE | {"U4": (1, 1)})
    found = reasons(offices.run())
    assert found == {"U1": None, "U2": None, "U3": None, "U4": "set of units"}


def test_each_scope_names_the_figures_that_count_in_it(offices: Offices) -> None:
    offices.run()
    offices.deliver(CODES, THREE | {"U2": (9, 5), "U3": (1, 4)})
    release = offices.run()
    assert reasons(release) == {
        "U1": "other units' figures changed (Sở U2): down 1 place",
        "U2": "own figures changed in component 01: up 1 place",
        "U3": "own figures changed in component 01, 02: same rank",
    }
    assert reasons(release, scope_code="1") == {
        "U1": "other units' figures changed (Sở U2): down 1 place",
        "U2": "own figures changed in component 01: up 1 place",
        "U3": "own figures changed in component 01: same rank",
    }
    assert reasons(release, scope_code="2") == {
        "U1": "other units' figures changed (Sở U3): up 1 place",
        "U2": "other units' figures changed (Sở U3): up 1 place",
        "U3": "own figures changed in component 02: down 2 places",
    }
