"""What was claimed, recognised and proven, side by side; and both sources of one figure."""

from pathlib import Path

import polars as pl
import pytest

from dti_pipeline.acceptance.accept import Acceptance
from dti_pipeline.acceptance.reconciliation import reconciliation
from dti_pipeline.index.definition import Definition, define
from dti_pipeline.pipeline import accept, rank, read, score
from dti_pipeline.results.appraisal_stages import stage_scores
from dti_pipeline.workspace import Workspace
from tests.conftest import copy_deliveries

BAC_KAN, HA_GIANG = "VN-P63-06", "VN-P63-02"
HEAD = "unit,component_code,variable,state,value,by,date,reason\n"
WHO = "Hội đồng,15/03/2023"
REJECTED, ADMITTED = "0103", "0102"


Computed = tuple[Definition, Acceptance, pl.DataFrame]


def compute(assessment: str, data: Path) -> Computed:
    """Return definition, what is accepted, and the points of every stage."""
    definition = define(assessment, workspace=Workspace(data=data))
    accepted = accept(definition, read(definition).observations)
    facts = rank(definition, score(definition, accepted.values), accepted.observations)
    stages = stage_scores(definition, facts=facts, observations=accepted.observations)
    return definition, accepted, stages


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> Computed:
    data = copy_deliveries(tmp_path_factory.mktemp("staged"), "province-2022")
    folder = data / "raw" / "province-2022" / "appraisals"
    folder.mkdir()
    (folder / "01.csv").write_text(
        f"{HEAD}Bắc Kạn,{REJECTED},,rejected,,{WHO},sai kỳ\nBắc Kạn,{ADMITTED},,accepted,,{WHO},\n",
        "utf-8",
    )
    return compute("province-2022", data)


@pytest.fixture(scope="module")
def stages(computed: Computed) -> pl.DataFrame:
    return computed[2]


def points(stages: pl.DataFrame, unit: str, code: str) -> dict[str, int]:
    rows = stages.filter(unit_id=unit, scope_code=code)
    return dict(rows.select("stage", "points_micro").iter_rows())


def test_rejected_evidence_lowers_the_appraised_stage_only(stages: pl.DataFrame) -> None:
    part, whole = points(stages, BAC_KAN, REJECTED), points(stages, BAC_KAN, "DTI")
    assert part["self_scored"] > 0
    assert part["appraised"] == part["final"] == part["accepted_only"] == 0
    assert whole["self_scored"] - whole["final"] == part["self_scored"]


def test_only_what_the_council_accepted_counts_beside_central_figures(stages: pl.DataFrame) -> None:
    admitted = points(stages, BAC_KAN, ADMITTED)
    assert admitted["accepted_only"] == admitted["final"] > 0
    elsewhere = points(stages, HA_GIANG, ADMITTED)
    assert elsewhere["accepted_only"] == 0 < elsewhere["final"]


def test_every_stage_has_a_rank_for_every_unit(stages: pl.DataFrame) -> None:
    overall = stages.filter(scope="overall")
    assert overall.group_by("stage").len()["len"].to_list() == [63] * 4
    assert overall["rank"].is_between(1, 63).all()


def test_shares_say_what_the_points_rest_on_and_add_up(stages: pl.DataFrame) -> None:
    row = stages.filter(unit_id=BAC_KAN, scope="overall", stage="final").row(0, named=True)
    shares = [row[f"share_{name}"] for name in ("central", "accepted", "unchecked")]
    assert sum(shares) == pytest.approx(1)
    admitted = points(stages, BAC_KAN, ADMITTED)["final"]
    assert shares[1] == pytest.approx(admitted / row["points_micro"])
    other = stages.filter(unit_id=HA_GIANG, scope="overall", stage="final").row(0, named=True)
    assert other["share_accepted"] == 0


def test_published_figures_have_the_final_stage_only(tmp_path: Path) -> None:
    *_, stages = compute("province-2023", copy_deliveries(tmp_path, "province-2023"))
    assert stages["stage"].unique().to_list() == ["final"]
    assert set(stages.filter(scope="overall")["share_central"]) == {1.0}


def test_two_sources_of_one_figure_stand_side_by_side(computed: Computed) -> None:
    definition, accepted, _ = computed
    rows = reconciliation(definition, accepted.observations)
    assert rows.height == 3 * 63
    assert rows["agrees"].all()
    assert set(rows["counted_source"]) == {"central"}
    assert rows["report_file"].str.ends_with(".xlsx").all()
    assert rows["central_cell"].null_count() == 0
