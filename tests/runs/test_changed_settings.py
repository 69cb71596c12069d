"""What changed frameworks, groups and settings of an assessment do to ranks."""

from tests.runs.offices import CODES, EVEN, Offices, moves, reasons


def test_one_framework_becomes_two_of_which_a_group_has_one_each(offices: Offices) -> None:
    offices.run()
    offices.framework(EVEN, name="second")
    offices.units({"U1": "office", "U2": "office", "U3": "other"})
    offices.assessment(groups={"office": "own", "other": "second"})
    assert moves(offices.run()) == {
        "U1": (1, 1, 0, 0, 0, 0, 0),
        "U2": (2, 2, 0, 0, 0, 0, 0),
        "U3": (3, 1, 0, 0, 2, 0, 0),
    }


def test_groups_that_the_old_units_did_not_have_count_with_the_units(offices: Offices) -> None:
    offices.run()
    offices.framework(EVEN, name="second")
    offices.units({"U1": "x", "U2": "x", "U3": "y"})
    offices.assessment(groups={"x": "own", "y": "second"})
    release = offices.run()
    assert moves(release)["U3"] == (3, 1, 0, 0, 2, 0, 0)
    reason = "framework, settings of the assessment, set of units: up 2 places"
    assert reasons(release)["U3"] == reason


def test_two_frameworks_become_one_under_another_name(offices: Offices) -> None:
    offices.framework(EVEN, name="second")
    offices.units({"U1": "x", "U2": "x", "U3": "y"})
    offices.assessment(groups={"x": "own", "y": "second"})
    offices.run()
    offices.assessment()
    assert moves(offices.run()) == {
        "U1": (1, 1, 0, 0, 0, 0, 0),
        "U2": (2, 2, 0, 0, 0, 0, 0),
        "U3": (1, 3, 0, -2, 0, 0, 0),
    }


def test_a_framework_under_another_name_is_a_changed_framework(offices: Offices) -> None:
    offices.run()
    offices.framework({"01": 1, "02": 19}, name="second")
    path = offices.data / "config/assessments/offices.toml"
    path.write_text(path.read_text("utf-8").replace('"own"', '"second"'), encoding="utf-8")
    release = offices.run()
    assert moves(release)["U3"] == (3, 1, 0, 2, 0, 0, 0)
    assert reasons(release)["U3"] == "framework: up 2 places"


def test_groups_in_another_order_change_nothing(offices: Offices) -> None:
    offices.framework({"01": 15, "02": 5})
    offices.framework({"01": 5, "02": 15}, name="second")
    offices.units({"U1": "x", "U2": "x", "U3": "y", "U4": "y"})
    offices.deliver(CODES, {"U1": (8, 2), "U2": (3, 9), "U3": (8, 2), "U4": (3, 9)})
    offices.assessment(groups={"x": "own", "y": "second"})
    offices.run()
    offices.assessment(groups={"y": "second", "x": "own"})
    offices.framework({"01": 15, "02": 5}, comment="# A comment.")
    release = offices.run()
    assert {row[2:] for row in moves(release).values()} == {(0, 0, 0, 0, 0)}
    assert set(reasons(release).values()) == {None}


def test_a_component_that_is_not_assessed_any_more_is_a_setting(offices: Offices) -> None:
    offices.run()
    offices.assessment(
        '[[not_assessed]]\ncomponent = "01"\nscope = "total"\nreason_vi = "x"\nreason_en = "x"\n'
    )
    release = offices.run()
    assert moves(release) == {
        "U1": (1, 2, 0, -1, 0, 0, 0),
        "U2": (2, 2, 0, 0, 0, 0, 0),
        "U3": (3, 1, 0, 2, 0, 0, 0),
    }
    assert reasons(release)["U3"] == "settings of the assessment: up 2 places"


def test_coarser_values_tie_by_a_setting_not_by_other_units_figures(offices: Offices) -> None:
    offices.deliver(CODES, {"U1": (8, 5), "U2": (8, 6), "U3": (2, 6)})
    offices.run()
    offices.assessment("value_decimals = 1\n")
    release = offices.run()
    assert moves(release) == {
        "U1": (2, 1, 0, 1, 0, 0, 0),
        "U2": (1, 1, 0, 0, 0, 0, 0),
        "U3": (3, 3, 0, 0, 0, 0, 0),
    }
    assert reasons(release)["U1"] == "settings of the assessment: up 1 place"


def test_framework_and_settings_that_change_together_are_named_together(offices: Offices) -> None:
    offices.run()
    offices.framework({"01": 1, "02": 19})
    offices.assessment("value_decimals = 3\n")
    assert reasons(offices.run())["U3"] == "framework, settings of the assessment: up 2 places"


def test_a_unit_that_is_not_ranked_any_more_is_no_setting(offices: Offices) -> None:
    offices.run()
    offices.assessment('[[not_ranked]]\nunit_id = "U1"\nreason_vi = "x"\nreason_en = "x"\n')
    release = offices.run()
    assert moves(release)["U2"] == (2, 1, 0, 0, 1, 0, 0)
    assert reasons(release)["U2"] == "set of units: up 1 place"
