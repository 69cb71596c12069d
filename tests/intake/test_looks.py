"""A figure that looks other than it is, is read by no input; one that is only dressed by all."""

from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import pytest

from dti_pipeline.analysis.improvement.prices import read_effort
from dti_pipeline.intake.assessed_units import AssessedUnits, GroupUnits
from dti_pipeline.intake.files.deliveries import Delivery
from dti_pipeline.intake.files.workbook_xml import read_workbook
from dti_pipeline.intake.observation import Observation
from dti_pipeline.intake.tables.appraisals import read_appraisals
from dti_pipeline.intake.tables.corrections import read_corrections
from dti_pipeline.intake.tables.official import read_official
from dti_pipeline.intake.tables.rows import TableFile
from dti_pipeline.intake.tables.user_file import UserFileError
from dti_pipeline.printed.table import read_printed
from schemas.files.assessment import OfficialTable
from schemas.issues.issue import Issue
from tests.intake.intake_cases import (
    BAC_KAN,
    CELL,
    SHEET,
    definition,
    edit,
    entry,
    framework,
    good_form,
    read,
    registry,
    unit,
)
from tests.intake.looks import CASES, PLAIN, write_look, write_rows
from tests.intake.tables.test_central import read_files

MICRO = 1_000_000
UNITS = registry().of_set("province-63").select("unit_id", "name_vi").rows()
RULES = ("value.", "official.")
# The cell of the figure in the plain table of each kind.
CELLS = {"central": "B3", "correction": "D2", "appraisal": "E2"}


class Outcome(NamedTuple):
    """What an input made of the cell: the figure in millionths, the issues, and the cell."""

    value: int | None
    issues: list[tuple[str, str, str]]
    cell: str


def outcome(value: int | None, issues: Any, cell: str) -> Outcome:
    told = [(one.rule_id, one.source_cell, one.message_en) for one in issues]
    return Outcome(value, [one for one in told if one[0].startswith(RULES)], cell)


def form(tmp_path: Path, case: dict[str, Any], _: object) -> Outcome:
    cell = CELL["0110", "signed"]
    path = good_form(tmp_path / "form.xlsx")
    reading = read(edit(path, lambda book: write_look(book[SHEET][cell], case)))
    return outcome(entry(reading, "0110", "signed").entry.value_micro, reading.issues, cell)


def table(tmp_path: Path, case: dict[str, Any], delivered: pl.DataFrame, kind: str) -> Outcome:
    cell, rows = CELLS[kind], PLAIN[kind]["rows"]
    path = write_rows(tmp_path / "01_population.xlsx", rows, looks={cell: case})
    if kind == "central":
        reading = read_files(path, units=("VN-P63-01", BAC_KAN))
        figure = reading.cells[BAC_KAN, "population"].entry.value_micro
        return outcome(figure, reading.issues, cell)
    observations, issues = read_decisions(path, kind, delivered)
    return outcome(observations[0].value_micro if observations else None, issues, cell)


def read_decisions(
    path: Path, kind: str, delivered: pl.DataFrame
) -> tuple[list[Observation], list[Issue]]:
    """Read a workbook of corrections or appraisals about one unit."""
    delivery = Delivery(1, f"raw/province-2022/{kind}s/{path.name}", kind, "0" * 64)
    file = TableFile(delivery, read_workbook(path).sheets)
    names = {BAC_KAN: str(unit()["name_vi"])}
    units = AssessedUnits((GroupUnits(framework(), names),), "province-63", registry())
    if kind == "appraisal":
        return read_appraisals([file], observations=delivered, units=units)
    return read_corrections([file], observations=delivered, units=units, default_basis="delivered")


READERS = {"form": form} | {kind: partial(table, kind=kind) for kind in CELLS}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_a_figure_is_read_only_as_what_people_see(
    tmp_path: Path, case: dict[str, Any], reader: Any, delivered: pl.DataFrame
) -> None:
    result = reader(tmp_path, case, delivered)
    if "rule" not in case:
        assert (result.value, result.issues) == (450 * MICRO, [])
        return
    ((rule, cell, message),) = result.issues
    assert (result.value, rule, cell) == (None, case["rule"], result.cell)
    assert [name for name in case["names"] if f"“{name}”" not in message] == []


@pytest.fixture(scope="module")
def official(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, dict]:
    """Read a table with one unit for every case; figures and issues by cell."""
    data = tmp_path_factory.mktemp("official")
    looks = {f"B{row}": case for row, case in enumerate(CASES, start=2)}
    names = [[name] for _, name in UNITS[: len(CASES)]]
    path = data / "raw/province-2022/official/01_published.xlsx"
    write_rows(path, [["Tỉnh", "Hạng"], *names], looks=looks)
    table = OfficialTable(
        match="*published*", unit_column="Tỉnh", columns={"Hạng": "overall:DTI:rank"}
    )
    results, _ = read_official(definition(data, official=[table]))
    figures = dict(results.figures.select("source_cell", "published").rows())
    issues = {row["source_cell"]: row for row in results.issues.iter_rows(named=True)}
    return figures, issues


@pytest.mark.parametrize(
    ("cell", "case"),
    [pytest.param(f"B{row}", case, id=case["name"]) for row, case in enumerate(CASES, start=2)],
)
def test_an_official_figure_is_compared_only_as_what_people_see(
    cell: str, case: dict[str, Any], official: tuple[dict, dict]
) -> None:
    figures, issues = official
    if "rule" not in case:
        assert (figures.get(cell), issues.get(cell)) == (450 * MICRO, None)
        return
    assert cell not in figures
    assert (issues[cell]["rule_id"], issues[cell]["severity"]) == ("official.unreadable", "warning")
    if case["rule"] == "value.look_differs":
        assert [name for name in case["names"] if name not in issues[cell]["raw_text"]] == []


# A printed table says what it shows; the name of a case and the figure that is compared.
PRINTED = {
    "a number": "450",
    "a raised footnote mark": "450",
    "a crossed-out digit before it": "450",
    "shown in thousands": "0.45",
    "a crossed-out cell": None,
    "nothing is shown": None,
    "thousands as a word": None,
}


def dressed(tmp_path: Path, name: str, head: list[str], label: str) -> Path:
    """Write the case of a name into a cell below two headings."""
    (case,) = (case for case in CASES if case["name"] == name)
    return write_rows(tmp_path / "t.xlsx", [head, [label]], looks={"B2": case})


@pytest.mark.parametrize(("name", "figure"), PRINTED.items())
def test_a_printed_figure_is_the_one_that_is_shown(
    tmp_path: Path, name: str, figure: str | None
) -> None:
    path = dressed(tmp_path, name, ["Tỉnh, thành phố", "Giá trị"], "Bắc Kạn")
    table = read_printed(path, registry=registry(), unit_set="province-63")
    assert [one.figure.value for one in table.entries] == ([Decimal(figure)] if figure else [])


@pytest.mark.parametrize("name", [name for name in PRINTED if name != "a number"])
def test_an_effort_that_looks_other_than_it_is_is_refused(tmp_path: Path, name: str) -> None:
    path = dressed(tmp_path, name, ["component_code", "effort"], "0101")
    with pytest.raises(UserFileError, match=r"row 2: effort holds '.*' and shows '.*'"):
        read_effort(path, codes={"0101"})
