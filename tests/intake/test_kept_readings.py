"""What a file said is kept by all that its reading depends on, and read again where any of it moved."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dti_pipeline.index.definition import Definition
from dti_pipeline.index.frameworks.load import read_framework
from dti_pipeline.intake import observe
from dti_pipeline.intake.files import kept as kept_module
from dti_pipeline.intake.files import workers
from dti_pipeline.intake.files.deliveries import Kind
from dti_pipeline.intake.files.kept import KeptResults
from dti_pipeline.intake.forms.form_file import FormFile
from dti_pipeline.intake.observe import Reading, read_deliveries
from tests.intake.bad_files import fill_row, workbook_parts, write_package
from tests.intake.intake_cases import (
    BAC_KAN,
    DATA,
    assessment,
    definition,
    edit,
    framework,
    good_form,
    put,
    registry,
)

HA_NOI = "VN-P63-01"
REPORTS = "raw/province-2022/self_reports"
Read = Callable[..., tuple[Reading, list[str]]]
Spy = Callable[[object, str], list[Any]]
BOTH = [f"{HA_NOI}.xlsx", f"{BAC_KAN}.xlsx"]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two reports: one good, one with an unreadable figure, a hidden sheet's basis, documents."""
    good_form(tmp_path / REPORTS / f"{BAC_KAN}.xlsx", data_basis="sample")
    good_form(tmp_path / REPORTS / f"{HA_NOI}.xlsx", unit_id=HA_NOI)
    edit(tmp_path / REPORTS / f"{HA_NOI}.xlsx", put({"H17": "nhiều", "H14": "x"}))
    return tmp_path


@pytest.fixture
def spy(monkeypatch: pytest.MonkeyPatch) -> Spy:
    """Return a function that gives a list, to which every call adds its first argument."""

    def spy(module: object, name: str) -> list[object]:
        calls: list[object] = []
        function = getattr(module, name)

        def spying(first: object, *others: object, **options: object) -> object:
            calls.append(first)
            return function(first, *others, **options)

        monkeypatch.setattr(module, name, spying)
        return calls

    return spy


def kept_reading(data: Path, kind: Kind, of: Definition | None = None, **settings: bool) -> Reading:
    kept = KeptResults(data / "store" / "readings")
    return read_deliveries(of or definition(data), kind, kept=kept, **settings)


@pytest.fixture
def read(data: Path, spy: Spy) -> Read:
    """Read deliveries with what is kept; also return the names of the files that were opened."""
    opened = spy(workers, "work")

    def read(kind: Kind = "self_report", of: Definition | None = None) -> tuple[Reading, list[str]]:
        opened.clear()
        reading = kept_reading(data, kind, of, with_reports=True)
        return reading, [path.name for paths in opened for path in paths]

    return read


def test_a_file_is_opened_once_and_says_the_same_ever_after(data: Path, read: Read) -> None:
    first, opened = read()
    assert opened == BOTH
    again, opened = read()
    assert opened == []
    assert again.figures.equals(first.figures)
    assert again.issues.equals(first.issues)
    assert not again.issues.is_empty()
    assert again.reports == first.reports
    fresh = read_deliveries(definition(data), "self_report", with_reports=True)
    assert fresh.reports == first.reports
    assert fresh.figures.equals(first.figures)


def test_only_the_file_that_changed_is_opened(data: Path, read: Read) -> None:
    first, _ = read()
    edit(data / REPORTS / f"{BAC_KAN}.xlsx", put({"H14": 13}))
    second, opened = read()
    assert opened == [f"{BAC_KAN}.xlsx"]
    signed = {"unit_id": BAC_KAN, "component_code": "0110", "variable": "signed"}
    figures = [one.figures.filter(**signed)["value_micro"].item() for one in (first, second)]
    assert figures == [12_000_000, 13_000_000]
    # What nobody delivers any more is kept no longer.
    assert len(list((data / "store" / "readings").iterdir())) == 2


def other_framework(tmp_path: Path) -> Definition:
    path = tmp_path / "small-922.toml"
    text = (DATA / "small-922.toml").read_text("utf-8")
    path.write_text(f"{text}\n# another file\n", "utf-8")
    return replace(definition(tmp_path), frameworks={framework().id: read_framework(path)})


def other_names(tmp_path: Path) -> Definition:
    units = registry().units.with_columns(
        name_vi=registry().units["name_vi"].str.replace("Bắc Kạn", "Bắc Cạn")
    )
    return replace(definition(tmp_path), registry=replace(registry(), units=units))


CHANGES = {
    "the deadline": lambda data: definition(data, deadline=assessment().period_start),
    "the framework": other_framework,
    "the name of a unit": other_names,
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_forms_are_read_again_where_the_index_changed(
    data: Path, read: Read, change: Callable[[Path], Definition]
) -> None:
    read()
    changed, opened = read(of=change(data))
    assert opened == BOTH
    assert changed.issues.equals(read_deliveries(change(data), "self_report").issues)


def test_a_renamed_file_is_read_again_and_named_as_it_is_now(data: Path, read: Read) -> None:
    read()
    (data / REPORTS / f"{BAC_KAN}.xlsx").rename(data / REPORTS / f"02_{BAC_KAN}.xlsx")
    reading, opened = read()
    assert opened == [f"02_{BAC_KAN}.xlsx"]
    assert f"{REPORTS}/02_{BAC_KAN}.xlsx" in reading.figures["source_file"].to_list()


def test_files_are_read_again_by_another_reader(
    read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    read()
    monkeypatch.setattr(kept_module, "reader_version", lambda: "another")
    assert read()[1] == BOTH


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-7] ^= 1
    path.write_bytes(content)


DAMAGES = {"cut": cut, "flipped": flip, "empty": lambda path: path.write_bytes(b"")}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_reading_is_read_again(
    data: Path, read: Read, damage: Callable[[Path], object]
) -> None:
    first, _ = read()
    for path in (data / "store" / "readings").iterdir():
        damage(path)
    again, opened = read()
    assert opened == BOTH
    assert again.figures.equals(first.figures)
    assert read()[1] == []


def test_what_is_kept_may_be_deleted_and_a_file_that_cannot_be_read_is_not_kept(
    data: Path, read: Read
) -> None:
    read()
    shutil.rmtree(data / "store")
    (data / REPORTS / f"{HA_NOI}.xlsx").write_bytes(b"PK\x03\x04 broken")
    assert read()[1] == BOTH
    reading, opened = read()
    assert opened == [f"{HA_NOI}.xlsx"]
    assert "file.unreadable" in reading.issues["rule_id"].to_list()


def test_cells_of_other_workbooks_are_kept_as_well(data: Path, read: Read) -> None:
    table = data / "raw/province-2022/central/01_population.xlsx"
    table.parent.mkdir()
    text = '<c t="s"><v>0</v></c><c t="s"><v>1</v></c>'
    parts = workbook_parts(fill_row(text), strings=("<t>TenTinh</t>", "<t>dan so</t>"))
    write_package(table, parts)
    first, opened = read("central")
    assert opened == [table.name]
    again, opened = read("central")
    assert opened == []
    assert again.issues.equals(first.issues)
    assert "table.column_missing" in again.issues["rule_id"].to_list()


def test_figures_of_forms_are_laid_out_again_only_beside_a_form_that_changed(
    data: Path, monkeypatch: pytest.MonkeyPatch, spy: Spy
) -> None:
    monkeypatch.setattr(observe, "_BLOCK", 1)
    unpacked = spy(FormFile, "reading")
    first = kept_reading(data, "self_report")
    assert len(unpacked) == 2
    again = kept_reading(data, "self_report")
    assert len(unpacked) == 2
    assert again.figures.equals(first.figures)
    assert again.issues.equals(first.issues)
    edit(data / REPORTS / f"{BAC_KAN}.xlsx", put({"H14": 13}))
    second = kept_reading(data, "self_report")
    assert len(unpacked) == 3
    fresh = read_deliveries(definition(data), "self_report")
    assert second.figures.equals(fresh.figures)
    assert second.issues.equals(fresh.issues)
    # Of each block figures and issues; what nobody delivers any more is kept no longer.
    assert len(list((data / "store" / "readings_figures").iterdir())) == 4


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_damaged_figures_are_laid_out_again(data: Path, damage: Callable[[Path], object]) -> None:
    first = kept_reading(data, "self_report")
    for path in (data / "store" / "readings_figures").iterdir():
        damage(path)
    again = kept_reading(data, "self_report")
    assert again.figures.equals(first.figures)
    assert again.issues.equals(first.issues)


@pytest.fixture
def table(data: Path) -> Path:
    """Two central tables of two units; the first has a figure of each."""
    folder = data / "raw/province-2022/central"
    folder.mkdir()
    figures = framework().file.tables[1].columns.values()
    head = ",".join(["TinhThanh", *(column.header for column in figures)])
    rows = [f"{name}{',0' * len(figures)}" for name in ("Hà Nội", "Bắc Kạn")]
    (folder / "02_procedures.csv").write_text("\n".join([head, *rows]), "utf-8")
    path = folder / "01_population.csv"
    path.write_text("TenTinh,dan so,nam\nHà Nội,1000,2022\nBắc Kạn,300,2022", "utf-8")
    return path


def other_aliases(tmp_path: Path) -> Definition:
    aliases = registry().aliases.clear()
    return replace(definition(tmp_path), registry=replace(registry(), aliases=aliases))


def test_central_tables_are_read_again_where_one_of_them_changed(
    data: Path, table: Path, spy: Spy
) -> None:
    readings = spy(observe, "_tables")
    first = kept_reading(data, "central")
    assert kept_reading(data, "central").figures.equals(first.figures)
    assert kept_reading(data, "central").issues.equals(first.issues)
    assert len(readings) == 1
    assert first.figures.height > 0
    table.write_text(table.read_text("utf-8").replace("1000", "2000"), "utf-8")
    assert not kept_reading(data, "central").figures.equals(first.figures)
    assert len(readings) == 2


@pytest.mark.parametrize(
    "change", [*CHANGES.values(), other_aliases], ids=[*CHANGES, "another name of a unit"]
)
def test_central_tables_are_read_again_where_the_index_changed(
    data: Path, table: Path, spy: Spy, change: Callable[[Path], Definition]
) -> None:
    readings = spy(observe, "_tables")
    kept_reading(data, "central")
    kept_reading(data, "central", change(data))
    assert len(readings) == 2


def test_a_reading_that_blocks_is_not_kept(data: Path, table: Path, spy: Spy) -> None:
    readings = spy(observe, "_tables")
    table.write_bytes(b"PK\x03\x04 no table")
    for _ in range(2):
        issues = kept_reading(data, "central").issues
        assert "blocking" in issues["severity"].to_list()
    assert len(readings) == 2
