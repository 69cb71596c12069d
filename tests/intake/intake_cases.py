"""A small framework, its units and a good form, for the tests of the intake room."""

import datetime
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

import openpyxl
import polars as pl

from dti_pipeline.index.assessments.load import load_assessment
from dti_pipeline.index.definition import Definition
from dti_pipeline.index.frameworks.load import BoundFramework, read_framework
from dti_pipeline.index.units.registry import UnitRegistry, load_registry
from dti_pipeline.intake.files.workbook_xml import read_workbook
from dti_pipeline.intake.forms.layout import Answer, Evidence
from dti_pipeline.intake.forms.reader import FormReading, read_form
from dti_pipeline.intake.forms.write import write_form
from dti_pipeline.intake.observe import Intake, gather, read_all
from dti_pipeline.intake.place import Place
from dti_pipeline.workspace import Workspace
from schemas.files.assessment import Assessment, WithoutReport

DATA = Path(__file__).parent / "data"
SHEET = "Báo cáo"
BAC_KAN = "VN-P63-06"

# Where the value of each question stands in the form as written.
CELL = {
    ("0101", "chair"): "H11",
    ("0102", "section"): "H13",
    ("0110", "signed"): "H14",
    ("0110", "required"): "H15",
    ("0201", "share"): "H17",
    ("0202", "firms"): "H18",
}

ANSWERS = {
    ("0101", "chair"): Answer("deputy"),
    ("0102", "section"): Answer("yes"),
    ("0110", "signed"): Answer(12),
    ("0110", "required"): Answer(Decimal(15)),
    ("0201", "share"): Answer(Decimal("61.7")),
    ("0202", "firms"): Answer(Decimal("324.4")),
}
EVIDENCE = {
    "0101": [
        Evidence("12/QĐ-UBND", datetime.date(2022, 3, 1), "Kiện toàn", "https://example.vn/1")
    ],
    "0110": [Evidence("34/KH-UBND")],
}


@cache
def framework() -> BoundFramework:
    return read_framework(DATA / "small-922.toml")


@cache
def registry() -> UnitRegistry:
    return load_registry()


@cache
def assessment() -> Assessment:
    """Return province-2022 with the small framework and three units that must report."""
    others = [
        WithoutReport(unit_id=unit, treatment="zero", reason_vi="thử", reason_en="test")
        for unit in registry().of_set("province-63")["unit_id"]
        if unit not in (BAC_KAN, "VN-P63-01", "VN-P63-02")
    ]
    return load_assessment("province-2022").model_copy(
        update={"framework": "small-922", "without_report": others}
    )


def unit(unit_id: str = BAC_KAN) -> Mapping[str, object]:
    units = registry().of_set("province-63").filter(pl.col("unit_id") == unit_id)
    return units.row(0, named=True)


def good_form(path: Path, *, unit_id: str = BAC_KAN, **changes: object) -> Path:
    described = {"assessment": assessment(), "framework": framework(), "unit": unit(unit_id)}
    settings = described | {"answers": ANSWERS, "evidence": EVIDENCE} | changes
    path.parent.mkdir(parents=True, exist_ok=True)
    write_form(path, **settings)
    return path


def edit(path: Path, change: Callable[[openpyxl.Workbook], None]) -> Path:
    """Change a workbook the way a sender does."""
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    return path


def put(cells: Mapping[str, object]) -> Callable[[openpyxl.Workbook], None]:
    def change(book: openpyxl.Workbook) -> None:
        for address, value in cells.items():
            book[SHEET][address] = value

    return change


def read(
    path: Path, *, of: BoundFramework | None = None, under: Assessment | None = None
) -> FormReading:
    used = of or framework()
    return read_form(
        read_workbook(path).sheets,
        assessment=under or assessment(),
        framework=used,
        place=Place("self_reports/form.xlsx", None, None, BAC_KAN),
    )


def read_with(folder: Path, cells: Mapping[str, object], **settings: object) -> FormReading:
    """Read a good form with other cells."""
    return read(edit(good_form(folder / "form.xlsx", **settings), put(cells)))


def issue_cells(reading: FormReading) -> list[tuple[str, str | None]]:
    return [(issue.rule_id, issue.source_cell) for issue in reading.issues]


def entry(reading: FormReading, code: str, variable: str):
    return next(one for one in reading.entries if one.question.key == (code, variable))


def definition(data_dir: Path, **changes: object) -> Definition:
    return Definition(
        assessment=assessment().model_copy(update=changes),
        frameworks={framework().id: framework()},
        registry=registry(),
        workspace=Workspace(data=data_dir),
    )


def observed(data_dir: Path, **changes: object) -> Intake:
    assessed = definition(data_dir, **changes)
    return gather(assessed, read_all(assessed))


def deliver(data_dir: Path, files: Mapping[str, str]) -> Path:
    """Put text files beside a good form of Bắc Kạn, by their paths in the assessment's folder."""
    folder = data_dir / "raw/province-2022"
    if not (folder / "self_reports/06.xlsx").exists():
        good_form(folder / "self_reports/06.xlsx")
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return data_dir


def issues_of(intake: Intake, folder: str) -> list[tuple[str, str, str | None]]:
    """Return rule, severity and cell of the issues about files of one folder."""
    rows = intake.issues.filter(pl.col("source_file").str.contains(f"/{folder}/", literal=True))
    return rows.select("rule_id", "severity", "source_cell").rows()
