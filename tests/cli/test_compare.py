"""``dti compare``: what a person and a program see."""

from pathlib import Path

import pytest

from dti_pipeline.cli.compare import compare_table
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.language import choose_language
from schemas.text import WrongUsageError
from tests.cli.conftest import Call

CORPUS = Path(__file__).parent.parent / "printed" / "data"
CHANGE = CORPUS / "ninh_binh_change.csv"


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("vi", "D2 · Ninh Bình · Tăng/giảm: Bảng ghi mức thay đổi +0,0115"),
        ("en", "The table has change +0.0115"),
    ],
)
def test_a_fault_is_one_line_with_its_cell_in_the_chosen_language(
    national_data: Path, printed: Call, lang: str, line: str
) -> None:
    choose_language(lang)
    assert line in printed(compare_table, CHANGE, "province-2022", data=national_data, status=1)


def test_json_holds_the_faults_and_what_was_understood(national_data: Path, answer: Call) -> None:
    path = CORPUS / "pillar_means_2023.csv"
    said = answer(compare_table, path, "province-2023", data=national_data, status=1)
    assert said["assessment_id"] == "province-2023"
    assert said["figures_checked"] == 3
    assert len(said["columns"]) == 3
    (row,) = said["rows"]
    assert (row["check"], row["cell"]) == ("columns_shifted", "B2")
    assert row["message_vi"]
    assert row["message_en"]


def test_a_table_that_agrees_exits_with_zero(
    national_data: Path, tmp_path: Path, answer: Call
) -> None:
    path = tmp_path / "right.csv"
    path.write_text("Tỉnh,Giá trị,Hạng\nNinh Bình,0.6214,21\n", encoding="utf-8")
    assert answer(compare_table, path, "province-2022", data=national_data)["rows"] == []


def test_unknown_files_and_assessments_are_wrong_usage(national_data: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        compare_table(CORPUS / "nothing.csv", "province-2022", data=national_data)
    with pytest.raises(UsageError, match="province-2022"):
        compare_table(CHANGE, "province-2035", data=national_data)
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(WrongUsageError, match="no header row"):
        compare_table(path, "province-2022", data=national_data)
