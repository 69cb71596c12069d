import csv
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.units.registry import UnitRegistry
from dti_pipeline.intake.forms.layout import SAMPLE_LINE
from schemas.files.assessment import Assessment
from tests.hashes import hashes
from tools.sample.reports import write_reports
from tools.sample.tables import REAL_TABLES, WORKBOOKS, table_columns, write_tables
from tools.sample.write import NoSampleError, write_sample

RAW = Path(__file__).parents[3] / "data" / "raw"
REFERENCE = Path(__file__).parents[3] / "tools" / "sample" / "reference"


@pytest.mark.slow
def test_the_repository_holds_what_the_sample_command_writes(tmp_path: Path) -> None:
    write_sample("province-2022", out=tmp_path)
    assert hashes(tmp_path) == hashes(RAW / "province-2022")


def test_central_tables_in_the_repository_are_written_byte_for_byte(
    figures: pl.DataFrame, framework: BoundFramework, registry: UnitRegistry, tmp_path: Path
) -> None:
    units = registry.of_set("province-63")
    write_tables(figures, framework=framework, units=units, year=2022, folder=tmp_path)
    delivered = hashes(RAW / "province-2022" / "central")
    real = delivered.pop("01_population_grdp_2022_2024.csv")
    assert real == hashes(REFERENCE)["population_grdp_2022_2024.csv"]
    assert hashes(tmp_path) == delivered
    assert {Path(name).suffix for name in delivered} == {".csv", ".xlsx"}


def test_reports_in_the_repository_are_written_byte_for_byte(
    figures: pl.DataFrame,
    assessment: Assessment,
    framework: BoundFramework,
    registry: UnitRegistry,
    tmp_path: Path,
) -> None:
    units = registry.of_set("province-63").filter(pl.col("name_vi").is_in(["Bắc Kạn", "Hà Giang"]))
    write_reports(figures, assessment=assessment, framework=framework, units=units, folder=tmp_path)
    delivered = hashes(RAW / "province-2022" / "self_reports")
    assert len(delivered) == 63
    assert hashes(tmp_path) == {
        name: delivered[name] for name in ("02_ha_giang.xlsx", "06_bac_kan.xlsx")
    }


def test_central_tables_hold_exactly_the_central_variables(
    figures: pl.DataFrame, framework: BoundFramework
) -> None:
    used = {
        tuple(variable.source.removeprefix("central:").split("."))
        for component in framework.components
        for variable in component.component.variables.values()
        if variable.source.startswith("central:")
    }
    described = {(table.id, column) for table in framework.file.tables for column in table.columns}
    assert used == described
    for table in framework.file.tables:
        columns = table_columns(figures, table=table, framework=framework)
        assert all(len(by_unit) == 63 for by_unit in columns.values()), table.id


def test_every_row_of_a_sample_table_is_marked(
    figures: pl.DataFrame, framework: BoundFramework, registry: UnitRegistry, tmp_path: Path
) -> None:
    units = registry.of_set("province-63")
    paths = write_tables(figures, framework=framework, units=units, year=2022, folder=tmp_path)
    assert len(paths) == len(framework.file.tables) - len(REAL_TABLES)
    for path in paths:
        if path.suffix == ".csv":
            with path.open(encoding="utf-8", newline="") as file:
                header, *rows = csv.reader(file)
        else:
            sheet = openpyxl.load_workbook(path).worksheets[0]
            cells = [["" if c is None else str(c) for c in row] for row in sheet.values]
            assert cells[2][0] == SAMPLE_LINE
            header, *rows = cells[4:]
        assert header[-1] == "data_basis"
        assert [row[-1] for row in rows] == ["sample"] * 63
    assert sum(path.suffix == ".xlsx" for path in paths) == len(WORKBOOKS)


def test_the_parts_of_the_procedures_add_up() -> None:
    table = pl.read_csv(RAW / "province-2022" / "central" / "05_portal_2022.csv")
    parts = ("TTHC_toan_trinh", "TTHC_mot_phan", "TTHC_chua_truc_tuyen")
    assert (table["So_TTHC"] == table.select(pl.sum_horizontal(parts)).to_series()).all()
    assert table.select(pl.min_horizontal(parts).min()).item() >= 0


def test_an_assessment_without_samples_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(NoSampleError, match="province-2022"):
        write_sample("province-2024", out=tmp_path)
    assert not list(tmp_path.iterdir())
