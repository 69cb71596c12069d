"""``dti compare``: what a person and a program see."""

import json
from pathlib import Path

import pytest

from dti_pipeline.cli.compare import compare_table
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.language import choose_language
from schemas.text import WrongUsageError

CORPUS = Path(__file__).parent.parent / "printed" / "data"


def compare(
    name: str,
    data: Path,
    *,
    assessment: str = "province-2022",
    as_json: bool = False,
) -> int:
    return compare_table(CORPUS / name, assessment, data=data, as_json=as_json)


def test_a_fault_is_one_line_with_its_cell_in_the_chosen_language(
    national_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compare("ninh_binh_change.csv", national_data) == 1
    said = capsys.readouterr().out
    assert "D2 · Ninh Bình · Tăng/giảm: Bảng ghi mức thay đổi +0,0115" in said
    choose_language("en")
    assert compare("ninh_binh_change.csv", national_data) == 1
    assert "The table has change +0.0115" in capsys.readouterr().out


def test_json_holds_the_faults_and_what_was_understood(
    national_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        compare("pillar_means_2023.csv", national_data, assessment="province-2023", as_json=True)
        == 1
    )
    said = json.loads(capsys.readouterr().out)
    assert said["assessment_id"] == "province-2023"
    assert said["figures_checked"] == 3
    assert len(said["columns"]) == 3
    (row,) = said["rows"]
    assert (row["check"], row["cell"]) == ("columns_shifted", "B2")
    assert row["message_vi"]
    assert row["message_en"]


def test_a_table_that_agrees_exits_with_zero(
    national_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "right.csv"
    path.write_text("Tỉnh,Giá trị,Hạng\nNinh Bình,0.6214,21\n", encoding="utf-8")
    assert compare_table(path, "province-2022", data=national_data, as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == []


def test_unknown_files_and_assessments_are_wrong_usage(national_data: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        compare("nothing.csv", national_data)
    with pytest.raises(UsageError, match="province-2022"):
        compare("ninh_binh_change.csv", national_data, assessment="province-2035")
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(WrongUsageError, match="no header row"):
        compare_table(path, "province-2022", data=national_data)
