"""`dti form`: the workbook of a unit, written empty and read back as such."""

import re
from importlib.resources import files
from pathlib import Path

import pytest

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.form import write_forms
from dti_pipeline.index.definition import define
from dti_pipeline.intake.files.workbook_xml import read_workbook
from dti_pipeline.workspace import Workspace
from tests.cli.conftest import Call
from tests.conftest import copy_deliveries


def test_the_form_of_one_unit_asks_every_self_reported_figure(
    tmp_path: Path, printed: Call
) -> None:
    path = tmp_path / "forms" / "06_bac_kan.xlsx"
    options = {"out": path.parent, "data": tmp_path}
    assert printed(write_forms, "province-2022", "Bắc Kạn", **options).strip() == str(path)
    texts = {cell.text for sheet in read_workbook(path).sheets for cell in sheet.cells}
    frameworks = define("province-2022", workspace=Workspace(data=tmp_path)).frameworks
    framework = frameworks["province-922"]
    asked = {
        component.code
        for component in framework.components
        for variable in component.component.variables.values()
        if variable.source == "self_report"
    }
    assert asked
    assert asked <= texts
    assert framework.content_hash in texts


def test_a_form_is_written_over_only_by_force(tmp_path: Path) -> None:
    path = tmp_path / "06_bac_kan.xlsx"
    path.write_bytes(b"old")
    with pytest.raises(UsageError, match="--force"):
        write_forms("province-2022", "Bắc Kạn", out=tmp_path, data=tmp_path)
    assert path.read_bytes() == b"old"
    assert write_forms("province-2022", "06", out=tmp_path, data=tmp_path, is_forced=True) == 0
    assert path.read_bytes()[:2] == b"PK"


@pytest.mark.parametrize(
    ("assessment", "unit", "message"),
    [
        ("province-2022", "Bắc Kạnh", "nearest: Bắc Kạn"),
        ("province-2022", "Xứ Lạ", "for example: Hà Nội; "),
        ("province-2023", None, "asks no unit"),
    ],
    ids=["a misspelt unit", "no unit at all", "an assessment without self-reports"],
)
def test_a_form_that_nobody_has_is_refused(
    assessment: str, unit: str | None, message: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=message):
        write_forms(assessment, unit, out=tmp_path, data=tmp_path)


def test_nobody_fills_in_a_form_of_a_derived_assessment(tmp_path: Path) -> None:
    ours = Path(str(files("dti_pipeline"))) / "index" / "assessments" / "province-2024-34.toml"
    text = ours.read_text("utf-8").replace("2024", "2022").replace("province-2023", "province-2021")
    text = re.sub(r"(?m)^framework = .*", 'framework = "province-922"', text)
    config = tmp_path / "config" / "assessments"
    config.mkdir(parents=True)
    (config / "province-2022-34.toml").write_text(text, "utf-8")
    with pytest.raises(UsageError, match="asks no unit"):
        write_forms("province-2022-34", None, out=tmp_path, data=tmp_path)


def test_missing_writes_forms_for_units_without_a_report_only(tmp_path: Path) -> None:
    reports = copy_deliveries(tmp_path, "province-2022") / "raw/province-2022/self_reports"
    (reports / "06_bac_kan.xlsx").unlink()
    (reports / "01_ha_noi.xlsx").write_bytes(b"no workbook, and still not missing")
    out = tmp_path / "forms"
    assert write_forms("province-2022", None, out=out, data=tmp_path, is_missing=True) == 0
    assert [path.name for path in out.iterdir()] == ["06_bac_kan.xlsx"]
