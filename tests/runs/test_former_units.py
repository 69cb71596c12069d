"""Units that were published once and are in no assessment any more."""

from pathlib import Path

import polars as pl
import pytest

from tests.runs.offices import Offices, moves

DONE = {"U1": (8,), "U2": (5,), "U3": (2,)}


@pytest.fixture
def offices(tmp_path: Path) -> Offices:
    """Return three offices that were published."""
    offices = Offices(tmp_path / "data")
    offices.framework({"01": 10})
    offices.units(dict.fromkeys(DONE, "office"))
    offices.assessment()
    offices.deliver(["01"], DONE)
    offices.run()
    return offices


def test_a_unit_taken_off_the_list_stays_where_its_last_change_looks_for_it(
    offices: Offices,
) -> None:
    offices.units({"U2": "office", "U3": "office"})
    offices.deliver(["01"], {unit: DONE[unit] for unit in ("U2", "U3")})
    release = offices.run()
    assert moves(release) == {
        "U1": (1, None, 0, 0, None, None, None),
        "U2": (2, 1, 0, 0, 1, 0, 0),
        "U3": (3, 2, 0, 0, 1, 0, 0),
    }
    assert set(release.table("dim_unit")["unit_id"]) == set(DONE)
    assert set(release.table("fact_ranking")["unit_id"]) == {"U2", "U3"}
    # A later release still shows the change, and still has the unit.
    offices.deliver(["01"], {"U2": (1,), "U3": DONE["U3"]})
    later = offices.run().table("fact_change").filter(scope="overall")
    assert later.filter(unit_id="U1").height == 1
    assert later.filter(pl.col("unit_name").is_null()).is_empty()


def test_a_unit_under_another_id_is_two_units(offices: Offices) -> None:
    offices.units({"N1": "office", "U2": "office", "U3": "office"})
    offices.deliver(["01"], {"N1": (8,), "U2": (5,), "U3": (2,)})
    release = offices.run()
    units = release.table("dim_unit")
    assert set(units["unit_id"]) == {*DONE, "N1"}
    changes = release.table("fact_change").filter(scope="overall")
    assert dict(changes.select("unit_id", "unit_name").iter_rows())["U1"] == "Sở U1"


def test_another_unit_set_keeps_the_units_of_the_set_before(offices: Offices) -> None:
    offices.units({"N1": "office", "N2": "office"}, unit_set="merged")
    offices.assessment(unit_set="merged")
    offices.deliver(["01"], {"N1": (8,), "N2": (5,)})
    units = offices.run().table("dim_unit")
    sets = dict(units.select("unit_id", "unit_set").iter_rows())
    assert sets == {"U1": "offices", "U2": "offices", "U3": "offices"} | {
        "N1": "merged",
        "N2": "merged",
    }


def test_a_former_unit_stands_in_the_year_its_assessment_has_now(offices: Offices) -> None:
    offices.units({"U2": "office", "U3": "office"})
    offices.assessment(year=2024)
    offices.deliver(["01"], {unit: DONE[unit] for unit in ("U2", "U3")})
    assert set(offices.run().table("fact_change")["assessment_year"]) == {2024}
