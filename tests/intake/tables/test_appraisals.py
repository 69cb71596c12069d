"""Appraisals: what a council recognises counts, or the row blocks with its cell."""

from pathlib import Path

import polars as pl
import pytest

from dti_pipeline.intake.observe import Intake
from tests.intake.intake_cases import deliver, issues_of, observed
from tests.intake.looks import write_book

HEAD = "unit,component_code,variable,state,value,by,date,reason"
VARIABLES = ("required", "signed")
WHO = "Hội đồng,01/03/2023"


def appraise(data_dir: Path, *rows: str, head: str = HEAD) -> Intake:
    text = "\n".join([head, *rows, ""])
    return observed(deliver(data_dir, {"appraisals/01.csv": text}))


def appraised(intake: Intake) -> list[tuple[str, int | None, str]]:
    rows = intake.observations.filter(pl.col("source_kind") == "appraisal")
    return rows.select("variable", "value_micro", "evidence_state").rows()


@pytest.mark.parametrize("state", ["chấp nhận", "công nhận", "reviewed"])
@pytest.mark.parametrize("value", ["9", "chín", "1.234"])
def test_a_recognised_figure_beside_a_state_that_drops_it_blocks(
    tmp_path: Path, state: str, value: str
) -> None:
    row = f"Bắc Kạn,0110,signed,{state},{value},{WHO},đếm trùng 3"
    intake = appraise(tmp_path, row)
    assert issues_of(intake, "appraisals") == [
        ("appraisal.value_without_adjustment", "blocking", "2:value")
    ]
    (message,) = intake.issues.filter(severity="blocking", source_cell="2:value")["message_vi"]
    assert f"“{value}”" in message
    assert "hiện có là 12" in message
    assert "“điều chỉnh”" in message
    assert appraised(intake) == []


def test_a_recognised_figure_of_a_whole_component_must_be_that_of_each_variable(
    tmp_path: Path,
) -> None:
    intake = appraise(tmp_path, f"Bắc Kạn,0110,,chấp nhận,12,{WHO},")
    assert issues_of(intake, "appraisals") == [
        ("appraisal.value_without_adjustment", "blocking", "2:value")
    ]


@pytest.mark.parametrize(
    ("row", "state"),
    [
        ("0110,signed,chấp nhận,12", "accepted"),
        ("0101,chair,chấp nhận,Cấp phó", "accepted"),
        ("0110,signed,bác,0", "rejected"),
        ("0110,signed,bác,", "rejected"),
    ],
)
def test_a_recognised_figure_that_says_what_counts_is_no_fault(
    tmp_path: Path, row: str, state: str
) -> None:
    intake = appraise(tmp_path, f"Bắc Kạn,{row},{WHO},vì")
    assert [one for one in issues_of(intake, "appraisals") if one[1] == "blocking"] == []
    assert [each[2] for each in appraised(intake)] == [state]


def test_rejected_evidence_with_a_recognised_figure_blocks(tmp_path: Path) -> None:
    intake = appraise(tmp_path, f"Bắc Kạn,0110,signed,bác,9,{WHO},vì")
    assert ("appraisal.value_without_adjustment", "blocking", "2:value") in issues_of(
        intake, "appraisals"
    )


@pytest.mark.parametrize(
    ("value", "rules"), [("9", ["appraisal.value_without_adjustment"]), ("12", []), ("", [])]
)
def test_a_cause_keeps_no_figure_in_silence(tmp_path: Path, value: str, rules: list[str]) -> None:
    row = f"Bắc Kạn,0110,signed,,{value},{WHO},,budget"
    intake = appraise(tmp_path, row, head=f"{HEAD},cause")
    assert [rule for rule, *_ in issues_of(intake, "appraisals")] == rules
    assert [each[0] for each in appraised(intake)] == ["cause"]


@pytest.mark.parametrize("word", ["không phát sinh", "N/A"])
def test_an_adjustment_to_not_applicable_counts_with_its_reason(tmp_path: Path, word: str) -> None:
    rows = [f"Bắc Kạn,0110,{name},điều chỉnh,{word},{WHO},xã mới lập" for name in VARIABLES]
    intake = appraise(tmp_path, *rows)
    told = intake.issues.filter(rule_id="appraisal.adjusted")["message_vi"]
    assert ["thành không phát sinh: xã mới lập" in message for message in told] == [True, True]
    observations = intake.observations.filter(source_kind="appraisal")
    assert observations.select("variable", "value_micro", "obs_status", "na_reason").rows() == [
        (name, None, "not_applicable", "xã mới lập") for name in VARIABLES
    ]


@pytest.mark.parametrize("basis", ["thật", "Sample"])
def test_an_unknown_kind_of_data_blocks_with_its_cell(tmp_path: Path, basis: str) -> None:
    row = f"Bắc Kạn,0110,signed,chấp nhận,,{WHO},,{basis}"
    intake = appraise(tmp_path, row, head=f"{HEAD},data_basis")
    assert ("option.unknown", "blocking", "2:data_basis") in issues_of(intake, "appraisals")


def test_a_kind_of_data_is_said_once_of_a_row_with_state_and_cause(tmp_path: Path) -> None:
    row = f"Bắc Kạn,0110,signed,chấp nhận,,{WHO},,budget,thật"
    intake = appraise(tmp_path, row, head=f"{HEAD},cause,data_basis")
    assert issues_of(intake, "appraisals") == [("option.unknown", "blocking", "2:data_basis")]


@pytest.mark.parametrize(
    ("code", "variable", "reported", "rules"),
    [
        ("0110", "signed", "9", ["appraisal.reported_differs"]),
        ("0110", "signed", "12", []),
        ("0110", "signed", "", []),
        ("0201", "share", "61.7", []),
        ("0201", "share", "0.7", ["appraisal.reported_differs"]),
        ("0101", "chair", "Cấp phó", []),
        ("0101", "chair", "Không ai", ["appraisal.reported_differs"]),
    ],
)
def test_a_decision_on_another_figure_than_the_present_one_is_a_warning(
    tmp_path: Path, code: str, variable: str, reported: str, rules: list[str]
) -> None:
    row = f"Bắc Kạn,{code},{variable},chấp nhận,,{WHO},,{reported}"
    intake = appraise(tmp_path, row, head=f"{HEAD},số đơn vị báo cáo")
    cells = [(rule, "warning", "2:số đơn vị báo cáo") for rule in rules]
    assert issues_of(intake, "appraisals") == cells
    assert [each[0] for each in appraised(intake)] == [variable]


def test_a_second_appraisal_may_list_what_was_reported_or_what_the_first_recognised(
    tmp_path: Path,
) -> None:
    head = f"{HEAD},số đơn vị báo cáo"
    first = f"Bắc Kạn,0110,signed,điều chỉnh,9,{WHO},vì,12"
    for listed in ("12", "9"):
        second = f"Bắc Kạn,0110,signed,điều chỉnh,10,{WHO},vì,{listed}"
        files = {
            f"appraisals/0{number}.csv": f"{head}\n{row}\n"
            for number, row in enumerate((first, second), start=1)
        }
        rules = {rule for rule, *_ in issues_of(observed(deliver(tmp_path, files)), "appraisals")}
        assert rules == {"appraisal.adjusted"}


@pytest.mark.parametrize(
    ("rows", "state", "said"),
    [
        (("bác,", "chấp nhận,"), "accepted", "bác 12 (dòng 2); chấp nhận 12 (dòng 3)"),
        (("chấp nhận,", "bác,"), "rejected", "chấp nhận 12 (dòng 2); bác 12 (dòng 3)"),
        (("điều chỉnh,9", "điều chỉnh,8"), "adjusted", "điều chỉnh 9 (dòng 2); điều chỉnh 8"),
        (("chấp nhận,", "chấp nhận,"), "accepted", None),
    ],
)
def test_two_decisions_on_one_figure_are_told_and_only_the_later_has_issues_of_its_own(
    tmp_path: Path, rows: tuple[str, ...], state: str, said: str | None
) -> None:
    intake = appraise(tmp_path, *(f"Bắc Kạn,0110,signed,{row},{WHO},vì" for row in rows))
    assert [each[2] for each in appraised(intake)] == [state]
    (*told,) = intake.issues.filter(rule_id="appraisal.decided_twice").to_dicts()
    assert [(one["severity"], one["source_cell"]) for one in told] == (
        [("warning", "3:state")] if said else []
    )
    assert all(str(said) in one["message_vi"] for one in told)
    rejected = intake.issues.filter(rule_id="evidence.rejected")["source_cell"].to_list()
    assert rejected == (["3:state"] if state == "rejected" else [])


def test_evidence_that_a_later_file_accepts_is_not_said_to_be_rejected(tmp_path: Path) -> None:
    files = {
        f"appraisals/0{number}.csv": f"{HEAD}\nBắc Kạn,0110,,{state},,{WHO},vì\n"
        for number, state in enumerate(("bác", "chấp nhận"), start=1)
    }
    assert issues_of(observed(deliver(tmp_path, files)), "appraisals") == []


def row(variable: str) -> list[object]:
    return ["Bắc Kạn", "0110", variable, "chấp nhận", None, *WHO.split(",")]


@pytest.mark.parametrize("other", [None, "Thẩm định"])
def test_a_table_of_appraisals_on_a_sheet_called_like_a_plan_is_read(
    tmp_path: Path, other: str | None
) -> None:
    sheets = {
        sheet: {"rows": [HEAD.split(","), row(name)]}
        for name, sheet in zip(VARIABLES, filter(None, ("Kế hoạch", other)), strict=False)
    }
    write_book(deliver(tmp_path, {}) / "raw/province-2022/appraisals/01.xlsx", sheets)
    intake = observed(tmp_path)
    assert issues_of(intake, "appraisals") == []
    assert sorted(each[0] for each in appraised(intake)) == sorted(VARIABLES[: len(sheets)])


def test_a_plan_beside_appraisals_is_passed_over(tmp_path: Path) -> None:
    sheets = {
        "Thẩm định": {"rows": [HEAD.split(","), row("signed")]},
        "Kế hoạch": {"rows": [["component_code", "tên chỉ số"], ["0110", "Tỷ lệ"]]},
    }
    write_book(deliver(tmp_path, {}) / "raw/province-2022/appraisals/01.xlsx", sheets)
    intake = observed(tmp_path)
    assert issues_of(intake, "appraisals") == []
    assert [each[0] for each in appraised(intake)] == ["signed"]
