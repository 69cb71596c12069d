"""Corrections are deliveries: applied in order, checked like any other, never editing the first."""

from pathlib import Path

import polars as pl
import pytest

from dti_pipeline.index.definition import define
from dti_pipeline.workspace import Workspace
from schemas.files.framework import Variable
from tests.conftest import copy_deliveries
from tests.runs.decisions import decided

HEAD = "unit,component_code,variable,value,reason,authority,reference\n"
TABLE_HEAD = "unit,table,column,value,reason,authority,reference\n"
BECAUSE = "nhập sai,Sở Thông tin và Truyền thông,12/CV-STTTT\n"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_deliveries(tmp_path_factory.mktemp("corrected"), "province-2023")


def correct(data: Path, **files: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    accepted, issues = decided(data, "province-2023", "corrections", files)
    return accepted.observations, issues


def counted(observations: pl.DataFrame, variable: str) -> tuple[int, str, int]:
    rows = observations.filter(
        "accepted", unit_id="VN-P63-06", component_code="0700", variable=variable
    )
    return rows.select("value_micro", "source_kind", "delivery_no").row(0)


@pytest.fixture(scope="module")
def variables(data: Path) -> dict[str, Variable]:
    """Return the variables of the component that is corrected."""
    frameworks = define("province-2023", workspace=Workspace(data=data)).frameworks
    return frameworks["province-922-published"].by_code["0700"].component.variables


@pytest.fixture(scope="module")
def name(variables: dict[str, Variable]) -> str:
    return next(iter(variables))


def test_a_correction_counts_and_the_first_figure_stays_as_superseded(
    data: Path, name: str
) -> None:
    observations, issues = correct(data, _01_first=f"{HEAD}Bắc Kạn,0700,{name},0.5,{BECAUSE}")
    assert counted(observations, name) == (500_000, "correction", 1)
    (replaced,) = observations.filter(
        unit_id="VN-P63-06", component_code="0700", remark="superseded"
    ).to_dicts()
    assert replaced["source_kind"] == "published"
    (applied,) = issues.filter(rule_id="correction.applied").to_dicts()
    assert "nhập sai" in applied["message_vi"]


def test_later_corrections_win_by_number_not_by_name_or_time(data: Path, name: str) -> None:
    observations, _ = correct(
        data,
        _02_b=f"{HEAD}Bắc Kạn,0700,{name},0.7,{BECAUSE}",
        _10_a=f"{HEAD}Bắc Kạn,0700,{name},0.9,{BECAUSE}",
    )
    assert counted(observations, name) == (900_000, "correction", 2)


def test_a_correction_may_name_the_central_table_and_its_column(
    data: Path, name: str, variables: dict[str, Variable]
) -> None:
    source = variables[name].source
    table, column = source.removeprefix("central:").split(".")
    observations, _ = correct(data, _01=f"{TABLE_HEAD}Bắc Kạn,{table},{column},0.25,{BECAUSE}")
    assert counted(observations, name) == (250_000, "correction", 1)
    # The remainder uses the same printed figure: both follow the correction.
    corrected = observations.filter(source_kind="correction")
    assert set(corrected["component_code"]) == {"0700", "1245"}


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("Bắc Cạn Mới,0700,{name},0.5," + BECAUSE, "unit.unknown"),
        ("Bắc Kạn,9999,{name},0.5," + BECAUSE, "component.unknown"),
        ("Bắc Kạn,0700,nothing,0.5," + BECAUSE, "variable.unknown"),
        ("Bắc Kạn,0700,{name},0.5,,,12/CV\n", "correction.incomplete"),
        ("Bắc Kạn,0700,{name},-0.5," + BECAUSE, "value.out_of_range"),
        ("Bắc Kạn,0700,{name},năm," + BECAUSE, "value.not_a_number"),
    ],
)
def test_a_faulty_correction_blocks_with_its_place(
    data: Path, name: str, row: str, rule: str
) -> None:
    _, issues = correct(data, _01=HEAD + row.format(name=name))
    (issue,) = issues.filter(rule_id=rule).to_dicts()
    assert issue["severity"] == "blocking"
    assert issue["source_file"].endswith("corrections/01.csv")
    assert issue["source_cell"]


def test_a_correction_that_repeats_the_present_figure_is_a_warning(data: Path, name: str) -> None:
    observations, _ = correct(data)
    value, _, _ = counted(observations, name)
    _, issues = correct(data, _01=f"{HEAD}Bắc Kạn,0700,{name},{value / 1e6:.4f},{BECAUSE}")
    assert issues["rule_id"].to_list() == ["correction.no_change"]


def test_a_missing_column_is_named(data: Path) -> None:
    _, issues = correct(data, _01="unit,component_code,variable,value\nBắc Kạn,0700,x,1\n")
    assert issues["rule_id"].to_list() == ["table.column_missing"]
    assert "authority" in issues["message_en"][0]


FILE = "01_published_dti_2022_2024"


@pytest.mark.parametrize("table", ["published_dti", FILE, f"{FILE}.csv", f" {FILE.upper()} "])
@pytest.mark.parametrize("column", ["government", "DTI_ChinhQuyenSo", "dti_chinhquyenso"])
def test_a_table_goes_by_its_id_or_file_and_a_column_by_its_id_or_heading(
    data: Path, name: str, table: str, column: str
) -> None:
    observations, issues = correct(data, _01=f"{TABLE_HEAD}Bắc Kạn,{table},{column},0.25,{BECAUSE}")
    assert counted(observations, name) == (250_000, "correction", 1)
    assert set(issues["rule_id"]) == {"correction.applied"}


@pytest.mark.parametrize(
    ("table", "column", "rule", "cell", "said"),
    [
        ("network", "government", "correction.table_unknown", "2:table", "published"),
        (FILE, "ChinhQuyen", "correction.column_unknown", "2:column", "DTI_ChinhQuyenSo"),
        ("", "government", "correction.incomplete", "2:value", "table, column"),
    ],
)
def test_an_unknown_table_or_column_is_told_with_the_known_ones_and_its_own_cell(
    data: Path, table: str, column: str, rule: str, cell: str, said: str
) -> None:
    _, issues = correct(data, _01=f"{TABLE_HEAD}Bắc Kạn,{table},{column},0.25,{BECAUSE}")
    assert issues.select("rule_id", "severity", "source_cell").rows() == [(rule, "blocking", cell)]
    assert said in issues["message_vi"][0]
    assert "biến số theo biểu mẫu" not in issues["message_vi"][0]


def test_a_correction_of_no_named_figure_says_so(data: Path) -> None:
    _, issues = correct(data, _01=f"{HEAD}Bắc Kạn,0700,,0.5,{BECAUSE}")
    (message,) = issues.filter(rule_id="variable.unknown")["message_vi"]
    assert "không có số liệu “(không ghi)”; các số liệu: " in message


def test_a_code_that_lost_its_zero_is_told_with_the_nearest_and_not_guessed(
    data: Path, name: str
) -> None:
    observations, issues = correct(data, _01=f"{HEAD}Bắc Kạn,700,{name},0.5,{BECAUSE}")
    (place,) = issues.select("rule_id", "source_cell").rows()
    assert place == ("component.unknown", "2:component_code")
    assert "has no component “700”. Nearest: 0700." in issues["message_en"][0]
    assert counted(observations, name)[1] == "published"


def test_one_figure_corrected_twice_in_one_file_blocks_and_names_both_rows(
    data: Path, name: str
) -> None:
    rows = "".join(
        f"{unit},0700,{name},{value},{BECAUSE}"
        for unit, value in (("Bắc Kạn", "0.5"), ("Hà Nội", "0.5"), ("tỉnh Bắc Kạn", "0,7"))
    ).replace("0,7", '"0,7"')
    observations, issues = correct(data, _01=f"{HEAD}{rows}")
    (found,) = issues.filter(severity="blocking").to_dicts()
    assert (found["rule_id"], found["unit_id"]) == ("variable.repeated", "VN-P63-06")
    assert "0.5 (dòng 2); 0,7 (dòng 4)" in found["message_vi"]
    assert "0.5 (row 2); 0,7 (row 4)" in found["message_en"]
    assert observations.filter(source_kind="correction").height == 2


def test_the_same_correction_twice_in_one_file_counts_once_and_is_on_record(
    data: Path, name: str
) -> None:
    row = f"Bắc Kạn,0700,{name},0.5,{BECAUSE}"
    observations, issues = correct(data, _01=f"{HEAD}{row}{row}")
    assert counted(observations, name) == (500_000, "correction", 1)
    assert sorted(issues.select("rule_id", "severity").rows()) == [
        ("correction.applied", "info"),
        ("variable.repeated_agrees", "info"),
    ]


def test_two_files_with_one_number_and_different_figures_block_and_name_both(
    data: Path, name: str
) -> None:
    row = f"{HEAD}Bắc Kạn,0700,{name},{{}},{BECAUSE}"
    _, issues = correct(data, _02_an=row.format("0.5"), _02_binh=row.format("0.7"))
    (issue,) = issues.filter(severity="blocking").to_dicts()
    assert (issue["rule_id"], issue["source_cell"]) == ("correction.same_number", "2:value")
    assert issue["source_file"].endswith("02_binh.csv")
    assert "0.5 (02_an.csv dòng 2); 0.7 (02_binh.csv dòng 2)" in issue["message_vi"]
    assert "0.5 (02_an.csv row 2); 0.7 (02_binh.csv row 2)" in issue["message_en"]


def test_two_files_with_one_number_and_the_same_figure_count_once(data: Path, name: str) -> None:
    row = f"{HEAD}Bắc Kạn,0700,{name},0.5,{BECAUSE}"
    observations, issues = correct(data, _02_an=row, _02_binh=row)
    assert counted(observations, name) == (500_000, "correction", 1)
    assert "variable.repeated_agrees" in issues["rule_id"].to_list()
    assert issues.filter(severity="blocking").is_empty()


def test_columns_that_corrections_do_not_have_are_a_warning_with_their_names(
    data: Path, name: str
) -> None:
    head = HEAD.replace("reference", "reference,old,Ghi chú")
    observations, issues = correct(
        data, _01=f"{head}Bắc Kạn,0700,{name},0.5,{BECAUSE.rstrip()},0.4,gấp\n"
    )
    assert counted(observations, name)[0] == 500_000
    (issue,) = issues.filter(rule_id="table.column_ignored").to_dicts()
    assert (issue["severity"], issue["source_file"][-6:]) == ("warning", "01.csv")
    assert "“old”, “Ghi chú”" in issue["message_vi"]
    assert "value_before" in issue["message_en"]


@pytest.mark.parametrize("heading", ["value_before", "Giá trị cũ"])
def test_the_old_figure_of_a_correction_agrees_or_blocks(
    data: Path, name: str, heading: str
) -> None:
    value = counted(correct(data)[0], name)[0] / 1e6
    head = HEAD.replace("value,", f"value,{heading},")
    first = f"{head}Bắc Kạn,0700,{name},0.5,{value:.6f},{BECAUSE}"
    # The figure before the second file is that of the first.
    second = f"{head}Bắc Kạn,0700,{name},0.6,{{}},{BECAUSE}"
    observations, issues = correct(data, _01=first, _02=second.format("0.5"))
    assert counted(observations, name)[0] == 600_000
    assert set(issues["rule_id"]) == {"correction.applied"}
    observations, issues = correct(data, _01=first, _02=second.format(f"{value:.6f}"))
    (issue,) = issues.filter(severity="blocking").to_dicts()
    assert issue["rule_id"] == "correction.before_differs"
    assert issue["source_cell"] == "2:value_before"
    assert f"{value:.6f}" in issue["message_vi"]  # as it was delivered
    assert "the present figure is 0.5." in issue["message_en"]
    assert counted(observations, name)[0] == 500_000


def test_an_old_figure_that_is_no_figure_blocks(data: Path, name: str) -> None:
    head = HEAD.replace("value,", "value,value_before,")
    _, issues = correct(data, _01=f"{head}Bắc Kạn,0700,{name},0.5,năm,{BECAUSE}")
    blocking = issues.filter(severity="blocking")["rule_id"]
    assert set(blocking) == {"value.not_a_number", "correction.before_differs"}


def test_a_report_is_corrected_where_another_group_takes_the_figure_from_an_agency(
    tmp_path: Path,
) -> None:
    data = copy_deliveries(tmp_path, "ninh-binh-2022")
    row = f"{HEAD}VN-NB-D01,0102,meetings,9,{BECAUSE}"
    accepted, issues = decided(data, "ninh-binh-2022", "corrections", {"01": row})
    corrections = accepted.observations.filter(source_kind="correction")
    assert corrections.select("unit_id", "value_micro").rows() == [("VN-NB-D01", 9_000_000)]
    own = issues.filter(source_file="raw/ninh-binh-2022/corrections/01.csv")
    assert own["rule_id"].to_list() == ["correction.applied"]
