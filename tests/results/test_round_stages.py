"""The stages of a round: what the first review left, what explanations brought back, the council."""

from pathlib import Path

import polars as pl
import pytest

from dti_pipeline.index.definition import define
from dti_pipeline.pipeline import accept, rank, read, score
from dti_pipeline.results.appraisal_stages import stage_scores
from dti_pipeline.workspace import Workspace
from schemas.tables.scores import FactStageScore
from tests.conftest import copy_deliveries

UNIT, CUT, ADMITTED = "VN-P63-06", "0103", "0102"
FILES = {
    "01_review": f"Bắc Kạn,{CUT},,rejected,,sai kỳ số liệu\nBắc Kạn,{ADMITTED},,accepted,,\n",
    "02_second": f"Bắc Kạn,{CUT},,accepted,,giải trình hợp lý\n",
    "03_council": f"Bắc Kạn,{ADMITTED},,rejected,,không đủ căn cứ\n",
}
HEAD = "unit,component_code,variable,state,value,reason,by,date\n"


def stages_of(data: Path, names: list[str]) -> dict[str, dict[str, int]]:
    """Return component → stage → micro-points of the unit."""
    folder = data / "raw" / "province-2022" / "appraisals"
    folder.mkdir()
    for name in names:
        rows = FILES[name].replace("\n", ",Cơ quan chủ trì,15/03/2023\n")
        (folder / f"{name}.csv").write_text(HEAD + rows, "utf-8")
    definition = define("province-2022", workspace=Workspace(data=data))
    acceptance = accept(definition, read(definition).observations)
    facts = rank(definition, score(definition, acceptance.values), acceptance.observations)
    rows = stage_scores(definition, facts=facts, observations=acceptance.observations)
    key = FactStageScore.key()
    assert rows.select(key).equals(rows.select(key).sort(key))
    own = rows.filter(pl.col("scope_code").is_in([CUT, ADMITTED]), unit_id=UNIT)
    return {
        str(code): dict(part.select("stage", "points_micro").iter_rows())
        for (code,), part in own.group_by("scope_code")
    }


def test_every_stage_of_a_round_has_its_points(tmp_path: Path) -> None:
    stages = stages_of(copy_deliveries(tmp_path / "data", "province-2022"), list(FILES))
    cut, admitted = stages[CUT], stages[ADMITTED]
    assert cut["reviewed"] == 0 < cut["explained"] == cut["appraised"] == cut["final"]
    assert cut["self_scored"] == cut["final"]
    assert admitted["reviewed"] == admitted["explained"] == admitted["self_scored"] > 0
    assert admitted["appraised"] == admitted["final"] == 0


@pytest.mark.parametrize(
    ("names", "stages"),
    [(["01_review"], ["reviewed"]), (["01_review", "02_second"], ["reviewed", "explained"])],
)
def test_a_round_has_the_stages_that_it_had_so_far(
    names: list[str], stages: list[str], tmp_path: Path
) -> None:
    held = stages_of(copy_deliveries(tmp_path / "data", "province-2022"), names)[CUT]
    assert set(held) - {"self_scored", "appraised", "accepted_only", "final"} == set(stages)
    assert held[stages[-1]] == held["appraised"]
