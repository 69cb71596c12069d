"""Targets beside the present figures."""

from pathlib import Path

import polars as pl
import pytest

from dti_pipeline.exact import MICRO, with_figures
from dti_pipeline.index.definition import define
from dti_pipeline.index.frameworks.load import BoundFramework, load_framework
from dti_pipeline.index.targets.load import TargetError, load_targets
from dti_pipeline.release.folder import Release
from dti_pipeline.results.targets import target_facts
from dti_pipeline.store.inputs import collect_inputs
from dti_pipeline.workspace import Workspace
from schemas.files.assessment import Assessment
from schemas.files.target import Target
from tests.conftest import copy_deliveries


@pytest.fixture(scope="module")
def framework() -> BoundFramework:
    return load_framework("province-922")


@pytest.fixture(scope="module")
def assessment() -> Assessment:
    return define("province-2022", workspace=Workspace(data=Path("nowhere"))).assessment


def compared(
    target: Target,
    figures: dict[str, float],
    *,
    framework: BoundFramework,
    assessment: Assessment,
) -> dict[str, object]:
    """Return the row of one unit with the given figures."""
    accepted = pl.DataFrame(
        [
            ("U1", target.component, name, round(figure * MICRO), "ok", "delivered")
            for name, figure in figures.items()
        ],
        schema={
            "unit_id": pl.String,
            "component_code": pl.String,
            "variable": pl.String,
            "value_micro": pl.Int64,
            "obs_status": pl.String,
            "data_basis": pl.String,
        },
        orient="row",
    )
    units = pl.DataFrame({"unit_id": ["U1"], "unit_name": ["Một"], "framework_id": [framework.id]})
    found = with_figures(
        target_facts(
            [target],
            assessment=assessment,
            frameworks={framework.id: framework},
            units=units,
            accepted=accepted,
        )
    )
    assert found.height == 1
    return found.row(0, named=True)


def target(**settings: object) -> Target:
    return Target.model_validate(
        {"code": "t", "name_vi": "Thử", "name_en": "Test", "value": "80", "unit": "%"} | settings
    )


@pytest.mark.parametrize(
    ("full", "eligible", "reached", "missing"),
    [
        (800, 1000, True, 0.0),
        (799, 1000, False, 0.1),
        (801, 1000, True, 0.0),
        (0, 1000, False, 80.0),
        # 79.9999999...: shown as 80, and still not reached.
        (799_999_999, 1_000_000_000, False, 0.000001),
    ],
)
def test_a_ratio_is_compared_exactly_at_below_and_above_the_target(
    framework: BoundFramework,
    assessment: Assessment,
    full: int,
    eligible: int,
    reached: bool,
    missing: float,
) -> None:
    row = compared(
        target(component="0702"),
        {"procedures_full": full, "procedures_eligible": eligible},
        framework=framework,
        assessment=assessment,
    )
    assert (row["is_reached"], row["missing_by"]) == (reached, missing)
    assert row["present_value"] == pytest.approx(full / eligible * 100, abs=1e-6)
    assert (row["variable"], row["obs_status"], row["reason_en"]) == ("procedures_full", "ok", None)


def test_a_part_of_a_component_and_a_sum_of_figures_are_measures_too(
    framework: BoundFramework, assessment: Assessment
) -> None:
    communes = compared(
        target(component="0706", part=3, value="60"),
        {"commune_online": 59, "commune_files": 100},
        framework=framework,
        assessment=assessment,
    )
    assert (communes["present_value"], communes["missing_by"]) == (59.0, 1.0)
    online = compared(
        target(component="0703"),
        {"procedures_full": 30, "procedures_partial": 51, "procedures": 100},
        framework=framework,
        assessment=assessment,
    )
    assert (online["present_value"], online["is_reached"]) == (81.0, True)
    assert online["variable"] == "procedures_full+procedures_partial"


def test_at_most_and_plain_figures_are_compared_in_their_own_unit(
    framework: BoundFramework, assessment: Assessment
) -> None:
    row = compared(
        target(component="0506", value="1", unit="cuộc", direction="at_most"),
        {"drills": 3},
        framework=framework,
        assessment=assessment,
    )
    assert (row["target_value"], row["present_value"], row["missing_by"]) == (1.0, 3.0, 2.0)
    assert (row["is_reached"], row["unit_of_measure"]) == (False, "cuộc")


def test_without_a_figure_there_is_a_reason_and_no_verdict(
    framework: BoundFramework, assessment: Assessment
) -> None:
    missing = compared(
        target(component="0702"), {"procedures_full": 5}, framework=framework, assessment=assessment
    )
    assert (missing["present_value"], missing["is_reached"], missing["missing_by"]) == (None,) * 3
    assert (missing["obs_status"], missing["reason_en"]) == (
        "missing",
        "There is no accepted figure for this component.",
    )
    zero = compared(
        target(component="0702"),
        {"procedures_full": 0, "procedures_eligible": 0},
        framework=framework,
        assessment=assessment,
    )
    assert zero["is_reached"] is None
    assert zero["reason_en"] == "The denominator is zero, so there is no ratio."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('component = "9999"', "component '9999' is in no framework"),
        ('component = "0101"', "measures nothing that has a level"),
        ('component = "0706"\npart = 4', "part 4"),
        ("", "reason_vi and reason_en"),
        ('component = "0702"\ncolour = "red"', "colour"),
    ],
)
def test_a_wrong_targets_file_is_refused_with_file_and_place(
    tmp_path: Path, framework: BoundFramework, text: str, told: str
) -> None:
    path = tmp_path / "province-2022.toml"
    path.write_text(
        f'[[targets]]\ncode = "t"\nname_vi = "T"\nname_en = "T"\nvalue = "1"\nunit = "%"\n{text}\n',
        encoding="utf-8",
    )
    with pytest.raises(TargetError, match=told) as caught:
        load_targets("province-2022", frameworks={framework.id: framework}, search=[tmp_path])
    assert str(path) in str(caught.value)


def test_a_repeated_code_is_refused(tmp_path: Path, framework: BoundFramework) -> None:
    one = (
        '[[targets]]\ncode = "t"\nname_vi = "T"\nname_en = "T"\nvalue = "1"\nunit = "%"\n'
        'component = "0702"\n'
    )
    (tmp_path / "province-2022.toml").write_text(one * 2, encoding="utf-8")
    with pytest.raises(TargetError, match="more than once"):
        load_targets("province-2022", frameworks={framework.id: framework}, search=[tmp_path])


def test_an_assessment_without_a_file_has_no_targets(framework: BoundFramework) -> None:
    assert load_targets("province-2030", frameworks={framework.id: framework}) == ()


def test_the_targets_file_is_an_input_of_the_revision(tmp_path: Path) -> None:
    data = copy_deliveries(tmp_path / "data", "province-2023")
    workspace = Workspace(data=data)
    roles = [e.role for e in collect_inputs(define("province-2023", workspace=workspace)).entries]
    assert roles.count("targets") == 1


@pytest.mark.xdist_group("provinces")
def test_the_released_targets_of_2022_rest_on_the_accepted_figures(
    province_release: Release,
) -> None:
    rows = province_release.table("fact_target").filter(assessment_id="province-2022")
    levels = dict(rows.select("target_code", "target_value").unique().rows())
    assert levels == {
        "ipv6": 70.0,
        "approved_levels": 100.0,
        "staff_trained": 50.0,
        "procedures_online": 80.0,
        "full_process": 80.0,
        "work_files_province": 90.0,
        "work_files_district": 80.0,
        "work_files_commune": 60.0,
        "digital_economy": 10.0,
    }
    assert rows.height == 63 * 9
    observed = province_release.table("fact_observation").filter(
        pl.col("assessment_id") == "province-2022",
        pl.col("variable") == "ipv6_share",
        pl.col("accepted"),
    )
    ipv6 = rows.filter(target_code="ipv6").join(
        observed.select("unit_id", observed="value"), on="unit_id"
    )
    assert ipv6.height == 63
    assert ipv6["present_value"].to_list() == ipv6["observed"].to_list()
    assert ipv6.select((pl.col("is_reached") == (pl.col("observed") >= 70)).all()).item()
    # Where the target is reached, the component with the same target has its full points.
    points = province_release.table("fact_component_score").filter(
        pl.col("assessment_id") == "province-2022", pl.col("component_code") == "0304"
    )
    full = ipv6.filter("is_reached").join(points.select("unit_id", "points"), on="unit_id")
    assert full["points"].unique().to_list() == [15.0]


@pytest.mark.xdist_group("provinces")
def test_the_services_of_binh_dinh_in_2023_stand_without_a_present_figure(
    province_release: Release,
) -> None:
    rows = province_release.table("fact_target").filter(assessment_id="province-2023")
    assert rows.select("unit_name", "target_code", "target_value").sort("target_code").rows() == [
        ("Bình Định", "services_full", 941.0),
        ("Bình Định", "services_partial", 846.0),
    ]
    assert rows["present_value"].null_count() == rows["is_reached"].null_count() == 2
    assert set(rows["obs_status"]) == {"not_assessed"}
    assert all("replayed" in reason for reason in rows["reason_en"])
