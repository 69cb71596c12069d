"""`dti run` at the terminal: what it prints of a release."""

from pathlib import Path

from dti_pipeline.cli.run import run_assessments
from tests.cli.conftest import Call
from tests.conftest import copy_deliveries


def test_an_assessment_that_ranks_nobody_is_printed_with_its_values(
    tmp_path: Path, printed: Call
) -> None:
    data = copy_deliveries(tmp_path, "nation-2024")
    _, _, nation = printed(run_assessments, ["nation-2024"], data=data).partition("\nnation-2024")
    rows = [line.split() for line in nation.splitlines()]
    assert ["–", "Việt", "Nam", "0,7955", "–"] in [row[:5] for row in rows]
