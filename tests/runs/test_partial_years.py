"""A past year of which only some values are public, and no ranks."""

from pathlib import Path

import pytest

from dti_pipeline.release.folder import Release
from tests.runs.offices import ASSESSMENT, PRINTED, Offices

MEAN = """\
[[published_means]]
scope = "overall"
scope_code = "DTI"
mean = "0.4000"
source = "x"
"""


@pytest.fixture
def offices(tmp_path: Path) -> Offices:
    offices = Offices(tmp_path / "data")
    offices.framework({"01": 10})
    offices.units(dict.fromkeys(("U1", "U2", "U3"), "office"))
    offices.assessment(PRINTED + MEAN)
    return offices


def means(release: Release) -> set[tuple[float, str]]:
    summary = release.table("fact_group_summary")
    return set(summary.filter(scope="overall").select("mean", "mean_basis").rows())


def test_a_mean_of_a_year_without_ranks_is_the_published_one(offices: Offices) -> None:
    offices.publish(ASSESSMENT, {"U1": (0.5, ""), "U2": (0.6, "")})
    release = offices.run()
    assert means(release) == {(0.4, "published")}
    assert release.table("out_ranking").is_empty()


def test_a_year_that_is_public_as_a_whole_is_read_with_the_others(offices: Offices) -> None:
    offices.publish(ASSESSMENT, {"U1": (0.5, ""), "U2": (0.6, ""), "U3": (0.1, "")})
    release = offices.run()
    assert means(release) == {(0.4, "published")}
    assert release.table("out_ranking").filter(scope="overall").height == 3


def test_a_computed_year_that_leaves_a_unit_out_is_no_partial_one(offices: Offices) -> None:
    left_out = '[[without_report]]\nunit_id = "U3"\ntreatment = "not_assessed"\n'
    offices.assessment(f'{left_out}reason_vi = "x"\nreason_en = "x"\n')
    offices.deliver(["01"], {"U1": (5,), "U2": (6,), "U3": (1,)})
    release = offices.run()
    assert (0.55, "computed") in means(release)
    assert release.table("out_ranking").filter(scope="overall").height == 2
