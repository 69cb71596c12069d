"""Appraisals change what counts of a report: accepted, adjusted or rejected, with who and why."""

from pathlib import Path

import polars as pl
import pytest

from dti_pipeline.acceptance.accept import Acceptance
from dti_pipeline.index.definition import define
from dti_pipeline.pipeline import rank, score
from dti_pipeline.workspace import Workspace
from tests.runs.decisions import decided, with_one_report

HEAD = "unit,component_code,variable,state,value,by,date,reason\n"
WHO = "Hội đồng thẩm định,15/03/2023"
BAC_KAN = "VN-P63-06"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return with_one_report(tmp_path_factory.mktemp("appraised"))


@pytest.fixture(scope="module")
def plain(data: Path) -> Acceptance:
    return appraise(data)[0]


def appraise(data: Path, **files: str) -> tuple[Acceptance, pl.DataFrame]:
    return decided(data, "province-2022", "appraisals", files)


def components(data: Path, accepted: Acceptance) -> pl.DataFrame:
    """Return the component scores that accepted figures give."""
    definition = define("province-2022", workspace=Workspace(data=data))
    return rank(definition, score(definition, accepted.values), accepted.observations).components


def reported(plain: Acceptance) -> tuple[str, str, int]:
    """Return component, variable and figure of a reported figure with points, of Bắc Kạn."""
    own = plain.values.filter(
        pl.col("value_micro") > 1_000_000, unit_id=BAC_KAN, source_kind="self_report"
    )
    return own.select("component_code", "variable", "value_micro").row(0)


def rows(found: Acceptance, code: str) -> list[dict[str, object]]:
    return (
        found.observations.filter(unit_id=BAC_KAN, component_code=code)
        .filter(pl.col("source_kind").is_in(["self_report", "appraisal"]))
        .sort("variable", "source_kind")
        .to_dicts()
    )


def test_an_accepted_report_keeps_its_figures_and_changes_its_state(
    data: Path, plain: Acceptance
) -> None:
    code, name, value = reported(plain)
    found, issues = appraise(data, _01=f"{HEAD}Bắc Kạn,{code},,accepted,,{WHO},\n")
    counted = [row for row in rows(found, code) if row["accepted"]]
    assert {row["evidence_state"] for row in counted} == {"accepted"}
    assert {row["source_kind"] for row in counted} == {"appraisal"}
    assert next(row for row in counted if row["variable"] == name)["value_micro"] == value
    replaced = [row for row in rows(found, code) if row["source_kind"] == "self_report"]
    assert {row["remark"] for row in replaced} == {"superseded"}
    assert not issues["rule_id"].str.starts_with("appraisal").any()


def test_rejected_evidence_costs_the_points_and_names_the_reason(
    data: Path, plain: Acceptance
) -> None:
    code, *_ = reported(plain)
    row = f"Bắc Kạn,{code},,rejected,,{WHO},văn bản không đúng kỳ\n"
    found, issues = appraise(data, _01=HEAD + row)
    (lost,) = components(data, found).filter(unit_id=BAC_KAN, component_code=code).to_dicts()
    assert (lost["points_micro"], lost["lost_reason"]) == (0, "evidence_rejected")
    (told,) = issues.filter(rule_id="evidence.rejected").to_dicts()
    assert (told["unit_id"], told["component_code"]) == (BAC_KAN, code)
    assert "văn bản không đúng kỳ" in told["message_vi"]


def test_an_adjusted_figure_replaces_the_reported_one(data: Path, plain: Acceptance) -> None:
    code, name, value = reported(plain)
    new = value // 2 // 1_000_000
    row = f"Bắc Kạn,{code},{name},adjusted,{new},{WHO},trừ văn bản trùng\n"
    found, issues = appraise(data, _01=HEAD + row)
    counted = [row for row in rows(found, code) if row["accepted"] and row["variable"] == name]
    assert [(row["value_micro"], row["evidence_state"]) for row in counted] == [
        (new * 1_000_000, "adjusted")
    ]
    assert "appraisal.adjusted" in issues["rule_id"].to_list()


def test_the_later_appraisal_holds(data: Path, plain: Acceptance) -> None:
    code, *_ = reported(plain)
    found, _ = appraise(
        data,
        _02=f"{HEAD}Bắc Kạn,{code},,accepted,,{WHO},bổ sung văn bản\n",
        _01=f"{HEAD}Bắc Kạn,{code},,bác,,{WHO},thiếu văn bản\n",
    )
    assert {row["evidence_state"] for row in rows(found, code) if row["accepted"]} == {"accepted"}


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        ("Bắc Cạn Mới,{code},,accepted,,{who},", "unit.unknown"),
        ("Bắc Kạn,9999,,accepted,,{who},", "appraisal.target_unknown"),
        ("Bắc Kạn,{code},nothing,accepted,,{who},", "appraisal.target_unknown"),
        ("Bắc Kạn,{code},,maybe,,{who},", "appraisal.state_unknown"),
        ("Bắc Kạn,{code},,rejected,,{who},", "appraisal.incomplete"),
        ("Bắc Kạn,{code},,accepted,,,15/03/2023,", "appraisal.incomplete"),
        ("Bắc Kạn,{code},,accepted,,Hội đồng,hôm qua,", "appraisal.date_unreadable"),
        ("Bắc Kạn,{code},,adjusted,5,{who},vì", "appraisal.incomplete"),
        ("Bắc Kạn,{code},{name},adjusted,,{who},vì", "appraisal.incomplete"),
        ("Bắc Kạn,{code},{name},adjusted,năm,{who},vì", "value.not_a_number"),
        ("Bắc Kạn,{code},{name},adjusted,-1,{who},vì", "value.out_of_range"),
    ],
)
def test_a_faulty_appraisal_blocks_with_its_place(
    data: Path, plain: Acceptance, row: str, rule: str
) -> None:
    code, name, _ = reported(plain)
    _, issues = appraise(data, _01=HEAD + row.format(code=code, name=name, who=WHO) + "\n")
    (issue,) = issues.filter(rule_id=rule).to_dicts()
    assert issue["severity"] == "blocking"
    assert issue["source_file"].endswith("appraisals/01.csv")
    own = {"unit.unknown": "unit", "appraisal.date_unreadable": "date"}
    column = "value" if rule.startswith("value.") else own.get(rule, "state")
    assert issue["source_cell"] == f"2:{column}"


def test_columns_that_appraisals_do_not_have_are_a_warning_with_their_names(
    data: Path, plain: Acceptance
) -> None:
    code, *_ = reported(plain)
    head = HEAD.replace("reason", "reason,Ghi chú")
    _, issues = appraise(data, _01=f"{head}Bắc Kạn,{code},,accepted,,{WHO},,gấp\n")
    (issue,) = issues.filter(rule_id="table.column_ignored").to_dicts()
    assert issue["severity"] == "warning"
    assert "“Ghi chú”" in issue["message_vi"]


CAUSE_HEAD = "unit,component_code,state,by,date,reason,cause,cause_note\n"


def test_a_cause_stands_beside_the_lost_points_and_never_scores(
    data: Path, plain: Acceptance
) -> None:
    rows = [
        f"Bắc Kạn,0502,,{WHO},,thiếu kinh phí,chưa bố trí",
        f"Bắc Kạn,0502,,{WHO},,not_collectable,đã rà lại",
        f'Bắc Kạn,0903,,{WHO},,"Chỉ đạo, điều hành",',
    ]
    found, issues = appraise(data, _01=CAUSE_HEAD + "\n".join(rows) + "\n")
    assert issues.filter(pl.col("rule_id").str.starts_with("appraisal.")).is_empty()
    assert found.values.equals(plain.values)
    named = components(data, found).drop_nulls("cause")
    columns = ("component_code", "cause_kind", "cause", "cause_note")
    assert named.sort("component_code").select(columns).rows() == [
        ("0502", "objective", "not_collectable", "đã rà lại · Hội đồng thẩm định · 15/03/2023"),
        ("0903", "subjective", "leadership", "Hội đồng thẩm định · 15/03/2023"),
    ]
    assert named["unit_id"].unique().to_list() == [BAC_KAN]


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (f"Bắc Kạn,0502,,{WHO},,trời mưa,\n", "appraisal.cause_unknown"),
        (f"Bắc Kạn,9999,,{WHO},,budget,\n", "appraisal.target_unknown"),
        ("Bắc Kạn,0502,,,15/03/2023,,budget,\n", "appraisal.incomplete"),
    ],
)
def test_a_cause_that_is_not_known_or_said_by_nobody_is_an_issue(
    data: Path, row: str, rule: str
) -> None:
    found, issues = appraise(data, _01=CAUSE_HEAD + row)
    (issue,) = issues.filter(pl.col("rule_id").str.starts_with("appraisal.")).to_dicts()
    assert (issue["rule_id"], issue["severity"]) == (rule, "blocking")
    assert found.observations.filter(variable="cause").is_empty()
