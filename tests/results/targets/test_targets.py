"""Targets beside the present figures."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

from dti_pipeline.exact import with_figures
from dti_pipeline.index.assessments.load import load_assessment
from dti_pipeline.index.definition import define
from dti_pipeline.index.frameworks.load import load_framework
from dti_pipeline.index.targets.load import load_targets
from dti_pipeline.index.toml_files import FileError
from dti_pipeline.release.folder import Release
from dti_pipeline.results.targets import target_facts
from dti_pipeline.store.inputs import collect_inputs
from dti_pipeline.workspace import Workspace
from schemas.files.target import Target, Targets
from tests.conftest import copy_deliveries
from tests.index.rules.cases import values_frame

Row = dict[str, object]
LEVELS = [
    ("Ninh Bình/ipv6", 70.0, "%"),
    ("Ninh Bình/approved_levels", 100.0, "%"),
    ("Ninh Bình/staff_trained", 50.0, "%"),
    ("Ninh Bình/systems_protected", 100.0, "%"),
    ("Ninh Bình/terminals_protected", 100.0, "%"),
    ("Ninh Bình/procedures_online", 80.0, "%"),
    ("Ninh Bình/full_process", 80.0, "%"),
    ("Bình Định/full_process_all", 100.0, "%"),
    ("Bình Định/work_files_province", 90.0, "%"),
    ("Bình Định/work_files_district", 80.0, "%"),
    ("Bình Định/work_files_commune", 60.0, "%"),
    ("Bình Định/processed_online", 80.0, "%"),
    ("Bình Định/satisfied", 90.0, "%"),
    ("Bình Định/digital_economy", 10.0, "%"),
    ("Bắc Kạn/broadcasting", 100.0, "%"),
    ("Bắc Kạn/campaign", 1.0, "chiến dịch"),
]


def compared(figures: Mapping[str, int | None], component: str, **settings: object) -> Row:
    """Return the row of one unit and a target of 80 %, unless set; None: not applicable."""
    usual = {"code": "t", "name_vi": "Thử", "name_en": "Test", "value": "80", "unit": "%"}
    target = Target.model_validate(usual | {"component": component} | settings)
    framework = load_framework("province-922")
    accepted = values_frame(
        *(
            ("U1", component, name, figure, "not_applicable" if figure is None else "ok")
            for name, figure in figures.items()
        )
    )
    units = pl.DataFrame({"unit_id": ["U1"], "unit_name": ["Một"], "framework_id": [framework.id]})
    rows = target_facts(
        Targets(targets=[target]),
        assessment=load_assessment("province-2022"),
        frameworks={framework.id: framework},
        units=units,
        accepted=accepted.with_columns(data_basis=pl.lit("delivered")),
        scopes=pl.DataFrame(),
        components=pl.DataFrame(),
    )
    assert rows.height == 1
    return with_figures(rows).row(0, named=True)


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
    full: int, eligible: int, reached: bool, missing: float
) -> None:
    row = compared({"procedures_full": full, "procedures_eligible": eligible}, "0702")
    assert (row["is_reached"], row["missing_by"]) == (reached, missing)
    assert row["present_value"] == pytest.approx(full / eligible * 100, abs=1e-6)
    assert (row["variable"], row["obs_status"], row["reason_en"]) == ("procedures_full", "ok", None)


def test_a_part_of_a_component_and_a_sum_of_figures_are_measures_too() -> None:
    figures = {"commune_online": 59, "commune_files": 100}
    communes = compared(figures, "0706", part=3, value="60")
    assert (communes["present_value"], communes["missing_by"]) == (59.0, 1.0)
    figures = {"procedures_full": 30, "procedures_partial": 51, "procedures": 100}
    online = compared(figures, "0703")
    assert (online["present_value"], online["is_reached"]) == (81.0, True)
    assert online["variable"] == "procedures_full+procedures_partial"


def test_at_most_and_plain_figures_are_compared_in_their_own_unit() -> None:
    row = compared({"drills": 3}, "0506", value="1", unit="cuộc", direction="at_most")
    assert (row["target_value"], row["present_value"], row["missing_by"]) == (1.0, 3.0, 2.0)
    assert (row["is_reached"], row["unit_of_measure"]) == (False, "cuộc")


@pytest.mark.parametrize(
    ("figures", "status", "reason"),
    [
        ((5,), "missing", "There is no accepted figure for this component."),
        ((0, 0), "missing", "The denominator is zero, so there is no ratio."),
        ((None, None), "not_applicable", "This component does not apply to the unit."),
    ],
)
def test_without_a_figure_there_is_a_reason_and_no_verdict(
    figures: tuple[int | None, ...], status: str, reason: str
) -> None:
    names = ("procedures_full", "procedures_eligible")
    row = compared(dict(zip(names, figures, strict=False)), "0702")
    assert (row["present_value"], row["is_reached"], row["missing_by"]) == (None,) * 3
    assert (row["obs_status"], row["reason_en"]) == (status, reason)


TARGET = '[[targets]]\ncode = "t"\nname_vi = "T"\nvalue = "1"\nunit = "%"\n'
BAND = '[[bands]]\ncode = "b"\nname_vi = "B"\nband = "good"\naims = ["high"]\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (f'{TARGET}component = "9999"', "component '9999' is in no framework"),
        (f'{TARGET}component = "0101"', "measures nothing that has a level"),
        (f'{TARGET}component = "0706"\npart = 4', "part 4"),
        (TARGET, "reason_vi and reason_en"),
        (f'{TARGET}component = "0702"\ncolour = "red"', "colour"),
        (f'{TARGET}component = "0702"\n' * 2, "more than once"),
        (BAND, "no band 'good'"),
    ],
)
def test_a_wrong_targets_file_is_refused_with_file_and_place(
    tmp_path: Path, text: str, problem: str
) -> None:
    path = tmp_path / "config" / "targets" / "province-2022.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError, match=problem) as caught:
        load_targets(define("province-2022", workspace=Workspace(tmp_path)))
    assert str(path) in str(caught.value)


def test_an_assessment_without_a_file_has_no_targets(tmp_path: Path) -> None:
    assert load_targets(define("province-2020", workspace=Workspace(tmp_path))) == Targets()


def test_the_targets_file_is_an_input_of_the_revision(tmp_path: Path) -> None:
    data = copy_deliveries(tmp_path / "data", "province-2023")
    workspace = Workspace(data=data)
    roles = [e.role for e in collect_inputs(define("province-2023", workspace=workspace)).entries]
    assert roles.count("targets") == 1


def test_the_released_targets_of_2022_rest_on_the_accepted_figures(
    province_release: Release,
) -> None:
    rows = province_release.table("fact_target").filter(assessment_id="province-2022")
    own = rows.filter(~pl.col("is_reference"))
    levels = own.filter(~pl.col("target_code").str.starts_with("band_")).select(
        pl.concat_str("unit_name", "target_code", separator="/"), "target_value", "unit_of_measure"
    )
    assert sorted(levels.rows()) == sorted(LEVELS)
    assert set(own["target_year"]) == {2023}
    # Every other province sees the sixteen levels as a reference.
    reference = rows.filter("is_reference")
    assert reference.height == 62 * len(LEVELS)
    assert set(reference["target_code"]) == {key.split("/")[1] for key, _, _ in LEVELS}
    observed = province_release.table("fact_observation").filter(
        pl.col("accepted"), assessment_id="province-2022", variable="ipv6_share"
    )
    ipv6 = rows.filter(target_code="ipv6").join(
        observed.select("unit_id", observed="value"), on="unit_id"
    )
    assert ipv6.height == 63
    assert ipv6["present_value"].to_list() == ipv6["observed"].to_list()
    assert ipv6.select((pl.col("is_reached") == (pl.col("observed") >= 70)).all()).item()
    # Where the target is reached, the component with the same target has its full points.
    points = province_release.table("fact_component_score").filter(
        assessment_id="province-2022", component_code="0304"
    )
    full = ipv6.filter("is_reached").join(points.select("unit_id", "points"), on="unit_id")
    assert full["points"].unique().to_list() == [15.0]


def test_the_services_of_binh_dinh_in_2023_stand_without_a_present_figure(
    province_release: Release,
) -> None:
    rows = province_release.table("fact_target").filter(
        pl.col("target_code").str.starts_with("services"), assessment_id="province-2023"
    )
    assert rows.select("unit_name", "target_code", "target_value").sort("target_code").rows() == [
        ("Bình Định", "services_full", 941.0),
        ("Bình Định", "services_partial", 846.0),
    ]
    assert rows["present_value"].null_count() == rows["is_reached"].null_count() == 2
    assert set(rows["obs_status"]) == {"not_assessed"}
    assert all("replayed" in reason for reason in rows["reason_en"])


@pytest.mark.parametrize(
    ("assessment_id", "code", "worst", "year"),
    [
        ("province-2023", "rank_2023", 15, 2023),
        ("province-2023", "rank_2025", 9, 2025),
        ("province-2024", "rank_2025", 9, 2025),
    ],
)
def test_ninh_binhs_ranks_are_reached_or_missed_by_so_many_places(
    assessment_id: str, code: str, worst: int, year: int, province_release: Release
) -> None:
    targets = province_release.table("fact_target").filter(
        pl.col("target_code").str.starts_with(code), assessment_id=assessment_id
    )
    assert set(targets["unit_name"]) == {"Ninh Bình"}
    assert set(targets["target_value"]) == {worst}
    assert set(targets["target_year"]) == {year}
    ranking = province_release.table("fact_ranking").filter(
        assessment_id=assessment_id, unit_name="Ninh Bình"
    )
    ranks = {f"{code}_{scope}": rank for scope, rank in ranking.select("scope_code", "rank").rows()}
    assert f"{code}_DTI" in set(targets["target_code"])
    assert targets.height >= 5
    for row in targets.iter_rows(named=True):
        rank = ranks[row["target_code"]]
        assert row["present_value"] == rank
        assert row["is_reached"] == (rank <= worst)
        assert row["missing_by"] == max(rank - worst, 0)


def test_ninh_binhs_bands_count_the_components_still_in_them(province_release: Release) -> None:
    rows = province_release.table("fact_target").filter(
        pl.col("target_code").str.starts_with("band_")
    )
    components = province_release.table("fact_component_score").filter(
        assessment_id="province-2022", unit_name="Ninh Bình"
    )
    counts = dict(components.group_by("band_code").len().rows())
    columns = ("target_code", "present_value", "is_reached", "missing_by")
    found = {code: tuple(rest) for code, *rest in rows.select(columns).rows()}
    expected = {
        f"band_{band}": (counts.get(band, 0), counts.get(band, 0) == 0, counts.get(band, 0))
        for band in ("high", "average", "low", "very_low", "zero")
    }
    assert found == expected | {"band_maximum": (0, True, 0)}
    assert set(rows["unit_name"]) == {"Ninh Bình"}
