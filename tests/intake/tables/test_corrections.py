"""Corrections: the new figure counts, or the row blocks with its cell."""

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from dti_pipeline.acceptance.accept import accept_values
from dti_pipeline.index.frameworks.load import read_framework
from dti_pipeline.intake.observe import Intake, gather, read_all
from tests.intake.intake_cases import DATA, definition, deliver, issues_of, observed
from tests.intake.looks import write_book, write_rows

HEAD = "unit,component_code,variable,value,reason,authority,reference"
BECAUSE = "nhập sai,Hội đồng,CV 1"
POPULATION = {"central/population.csv": "TenTinh,dan so,nam\nBắc Kạn,324.4,2022\n"}


def correct(data_dir: Path, *rows: str, head: str = HEAD) -> Intake:
    text = "\n".join([head, *rows, ""])
    return observed(deliver(data_dir, {"corrections/01.csv": text}))


def corrected(intake: Intake) -> list[tuple[object, ...]]:
    rows = intake.observations.filter(pl.col("source_kind") == "correction")
    return rows.select("variable", "value_micro", "obs_status", "na_reason").rows()


@pytest.mark.parametrize("word", ["không phát sinh", "N/A"])
def test_a_correction_to_not_applicable_counts_with_its_reason(tmp_path: Path, word: str) -> None:
    rows = [f"Bắc Kạn,0110,{name},{word},{BECAUSE}" for name in ("signed", "required")]
    intake = correct(tmp_path, *rows)
    assert corrected(intake) == [
        (name, None, "not_applicable", "nhập sai") for name in ("required", "signed")
    ]
    told = intake.issues.filter(rule_id="correction.applied")["message_vi"].sort()
    assert "từ 12 thành không phát sinh: nhập sai" in told[1]


def test_not_applicable_where_it_is_not_allowed_blocks(tmp_path: Path) -> None:
    intake = correct(tmp_path, f"Bắc Kạn,0102,section,N/A,{BECAUSE}")
    assessed = definition(tmp_path)
    issues = accept_values(
        intake.observations, frameworks=assessed.frameworks, units=assessed.units
    ).issues
    assert ("value.not_applicable_refused", "2:value") in issues.select(
        "rule_id", "source_cell"
    ).rows()


def test_a_correction_that_repeats_not_applicable_is_a_warning(tmp_path: Path) -> None:
    row = f"Bắc Kạn,0110,signed,N/A,{BECAUSE}"
    first = "\n".join([HEAD, row, ""])
    intake = observed(deliver(tmp_path, {"corrections/01.csv": first, "corrections/02.csv": first}))
    rules = [rule for rule, *_ in issues_of(intake, "corrections")]
    assert rules == ["correction.no_change", "correction.applied"]


@pytest.mark.parametrize("basis", ["thật", "Sample"])
def test_an_unknown_kind_of_data_blocks_with_its_cell(tmp_path: Path, basis: str) -> None:
    row = f"Bắc Kạn,0110,signed,9,{BECAUSE},{basis}"
    intake = correct(tmp_path, row, head=f"{HEAD},data_basis")
    assert ("option.unknown", "blocking", "2:data_basis") in issues_of(intake, "corrections")


def test_an_old_figure_without_a_stored_result_blocks(tmp_path: Path) -> None:
    head = [*HEAD.split(","), "value_before"]
    row = ["Bắc Kạn", "0110", "signed", 9, *BECAUSE.split(","), "=5+6"]
    write_rows(deliver(tmp_path, {}) / "raw/province-2022/corrections/01.xlsx", [head, row])
    intake = observed(tmp_path)
    assert issues_of(intake, "corrections") == [
        ("correction.before_differs", "blocking", "H2"),
        ("value.formula_without_value", "blocking", "H2"),
    ]
    assert corrected(intake) == []


@pytest.mark.parametrize(
    ("target", "issue"),
    [
        ("0202,people,population,population", None),
        ("0202,people,,", None),
        ("0110,signed,population,population", ("correction.two_figures", "2:column")),
        ("0202,people,procedures,full", ("correction.two_figures", "2:column")),
        ("0202,people,dân số khác,population", ("correction.table_unknown", "2:table")),
        ("0202,people,population,", ("correction.incomplete", "2:value")),
    ],
)
def test_a_component_and_a_table_that_are_not_one_figure_block(
    tmp_path: Path, target: str, issue: tuple[str, str] | None
) -> None:
    head = HEAD.replace("variable,", "variable,table,column,")
    deliver(tmp_path, POPULATION)
    intake = correct(tmp_path, f"Bắc Kạn,{target},300.5,{BECAUSE}", head=head)
    blocking = intake.issues.filter(
        pl.col("source_file").str.contains("/corrections/"), severity="blocking"
    )
    assert blocking.select("rule_id", "source_cell").rows() == ([issue] if issue else [])
    assert [each[0] for each in corrected(intake)] == ([] if issue else ["people"])


def test_the_bounds_of_an_agencys_column_hold_for_its_correction(tmp_path: Path) -> None:
    deliver(tmp_path, POPULATION)
    intake = correct(tmp_path, f"Bắc Kạn,0202,people,-5,{BECAUSE}")
    assert issues_of(intake, "corrections") == [("value.out_of_range", "blocking", "2:value")]
    assert "≥ 0" in intake.issues.filter(rule_id="value.out_of_range")["message_vi"].item()
    assert corrected(intake) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"300,5"', ("correction.applied", [("people", 300_500000, "ok", None)])),
        ("1.234", ("value.ambiguous", [])),
    ],
)
def test_an_agencys_figure_is_corrected_as_its_column_holds_it(
    tmp_path: Path, text: str, expected: tuple[str, list[tuple[object, ...]]]
) -> None:
    # A column is an amount and a variable a count where nobody says what they are.
    path = tmp_path / "small-922.toml"
    lines = (DATA / "small-922.toml").read_text("utf-8")
    end = ', source = "central:population.population"'
    path.write_text(lines.replace(f'{end}, kind = "amount"', end), "utf-8")
    row = f"Bắc Kạn,0202,people,{text},{BECAUSE}"
    deliver(tmp_path, {**POPULATION, "corrections/01.csv": "\n".join([HEAD, row, ""])})
    assessed = replace(definition(tmp_path), frameworks={"small-922": read_framework(path)})
    intake = gather(assessed, read_all(assessed))
    rules = [rule for rule, *_ in issues_of(intake, "corrections")]
    assert (*rules, corrected(intake)) == expected


def test_a_sheet_without_the_table_is_named(tmp_path: Path) -> None:
    row = ["Bắc Kạn", "0110", "signed", 9, *BECAUSE.split(",")]
    path = deliver(tmp_path, {}) / "raw/province-2022/corrections/01.xlsx"
    sheets = {"Sheet": [HEAD.split(","), row], "Hướng dẫn": [["Cách điền"]]}
    write_book(path, {name: {"rows": rows} for name, rows in sheets.items()})
    intake = observed(tmp_path)
    lacking = intake.issues.filter(rule_id="table.column_missing")
    assert lacking["source_sheet"].to_list() == ["Hướng dẫn"]
    assert [each[0] for each in corrected(intake)] == ["signed"]
