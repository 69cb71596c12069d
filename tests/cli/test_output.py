"""Tables that commands print: nothing of a row is lost, on a terminal or in a pipe."""

import sys

import pytest

from dti_pipeline.cli.output import print_table

REASON = "hội đồng thẩm định thống nhất kết quả " * 40
ROW = {
    "release_id": "r0001-adead526",
    "status": "draft",
    "by": "Văn phòng",
    "account": "dti",
    "assessments": 1,
    "reason": REASON,
}


@pytest.mark.parametrize("columns", ["80", "120"])
def test_a_narrow_terminal_wraps_cells_and_cuts_none(
    columns: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    print_table("releases", [ROW], without={"at"})

    words = capsys.readouterr().out.split()
    assert "r0001-adead526" in words
    assert words.count("hội") == words.count("quả") == 40


def test_a_pipe_gets_a_row_in_one_line_however_long(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("releases", [ROW], without={"at"})

    _, line = capsys.readouterr().out.splitlines()
    assert line.startswith("r0001-adead526")
    assert line.strip().endswith(REASON.strip())
