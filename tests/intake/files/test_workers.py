"""A file that breaks its reader is one finding; the others are read."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pebble import ProcessPool
from pebble.pool.process import TaskManager

from dti_pipeline.index.csv_rows import Finding
from dti_pipeline.intake.files import workers
from dti_pipeline.intake.files.cells import FileContent
from dti_pipeline.intake.files.csv_file import read_csv_cells
from dti_pipeline.intake.files.file_issues import file_words
from dti_pipeline.intake.files.safety import Limits
from dti_pipeline.intake.files.workbook_xml import read_workbook
from dti_pipeline.intake.files.workers import read_file, read_files
from tests.intake.bad_files import (
    fail_to_start,
    fill_row,
    read_or_break,
    refuse_heavy_modules,
    workbook_parts,
    write_package,
)


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let workers crash, hang or fail on files with such a name."""
    monkeypatch.setattr(workers, "read_packed", read_or_break)


def workbook(path: Path, text: str = "1") -> Path:
    return write_package(path, workbook_parts(fill_row(f"<c><v>{text}</v></c>")))


def outcome(reading: FileContent) -> str:
    if reading.sheets is not None:
        return reading.sheets[0].cells[0].text
    (finding,) = reading.findings
    assert finding.path == str(reading.path)
    return finding.code


def test_workbooks_and_tables_come_back_as_read_in_this_process(tmp_path: Path) -> None:
    book = write_package(
        tmp_path / "a.xlsx",
        workbook_parts(
            fill_row('<c t="s"><v>0</v></c><c s="1"><v>0.5</v></c><c><f>A1</f></c>'),
            strings=('<t>Huế "&lt;\u2028\U0001f600_x000D_</t>',),
            formats=("0%",),
            sheet_attributes='state="hidden"',
            after='<mergeCells><mergeCell ref="A1:B1"/></mergeCells>',
        ),
    )
    table = tmp_path / "b.csv"
    table.write_text("Tên,Số\nHuế,1.29,x\n", encoding="utf-8")
    first, second = read_files([book, table], root=tmp_path)
    assert first == FileContent(book, read_workbook(book).sheets, ())
    expected = read_csv_cells(table)
    assert second == FileContent(table, expected.sheets, expected.findings)
    assert [one.code for one in second.findings] == ["csv.row_length"]


def test_no_files_and_small_tables_need_no_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "limit_memory", fail_to_start)
    assert read_files([], root=tmp_path) == []
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    for path in (small, large):
        path.write_text("a,b\n1,2\n", encoding="utf-8")
    monkeypatch.setattr(workers, "SMALL_CSV_BYTES", 8)
    assert read_files([small], root=tmp_path)[0] == read_csv_cells(small)
    monkeypatch.setattr(workers, "SMALL_CSV_BYTES", 7)
    assert [outcome(one) for one in read_files([large], root=tmp_path)] == ["file.reader_crashed"]


def test_files_are_inspected_before_they_are_read(tmp_path: Path) -> None:
    good = workbook(tmp_path / "good.xlsx")
    macro = write_package(tmp_path / "m.xlsx", {**workbook_parts(), "xl/vbaProject.bin": "x"})
    readings = read_files([tmp_path / ".." / "x.csv", macro, good], root=tmp_path)
    assert [outcome(one) for one in readings] == ["file.outside_root", "file.macro", "1"]
    reading = read_file(good, root=tmp_path, limits=Limits(members=2))
    assert outcome(reading) == "file.too_many_members"


def test_a_file_that_may_not_be_read_is_not_called_damaged(
    tmp_path: Path, forbid: Callable[[Path], None]
) -> None:
    for path in (tmp_path / "a.xlsx", tmp_path / "a.csv"):
        path.write_text("a,b\n", encoding="utf-8")
        forbid(path)
        reading = read_file(path, root=tmp_path)
        assert outcome(reading) == "file.no_permission"
        assert "cấp quyền đọc" in file_words(reading.findings[0]).vi


@pytest.mark.usefixtures("breaking")
def test_every_kind_of_failure_is_one_finding_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "SECONDS", 2)
    names = ["1.xlsx", "crash.xlsx", "2.xlsx", "hang.xlsx", "3.xlsx", "error.xlsx", "4.xlsx"]
    paths = [workbook(tmp_path / name, str(at)) for at, name in enumerate(names)]
    paths.append(tmp_path / "missing.xlsx")
    readings = read_files(paths, root=tmp_path)
    assert [one.path for one in readings] == paths
    assert [outcome(one) for one in readings] == [
        "0",
        "file.reader_crashed",
        "2",
        "file.reading_timeout",
        "4",
        "file.reader_crashed",
        "6",
        "file.missing",
    ]
    assert readings[1].findings[0].details == {"reason": "exit code -6"}
    assert readings[3].findings[0].details == {"seconds": "2"}
    reason = "RuntimeError: something nobody thought of"
    assert readings[5].findings[0].details == {"reason": reason}


@pytest.mark.usefixtures("breaking")
def test_a_pool_that_breaks_spares_the_other_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine, a worker's death is seen before the message which file it had."""

    def start_late(tasks, task_id, worker_id):
        time.sleep(0.2)
        task_start(tasks, task_id, worker_id)

    task_start = TaskManager.task_start
    monkeypatch.setattr(TaskManager, "task_start", start_late)
    names = ["1.xlsx", "crash.xlsx", "2.xlsx", "3.xlsx"]
    paths = [workbook(tmp_path / name, str(at)) for at, name in enumerate(names)]
    readings = read_files(paths, root=tmp_path)
    assert [outcome(one) for one in readings] == ["0", "file.reader_crashed", "2", "3"]
    assert readings[1].findings[0].details == {"reason": "the worker ends at once"}


@pytest.mark.usefixtures("breaking")
def test_two_workers_keep_the_order(tmp_path: Path) -> None:
    paths = [workbook(tmp_path / f"{at}.xlsx", str(at)) for at in range(20)]
    crash = workbook(tmp_path / "crash.xlsx")
    readings = read_files([*paths, crash], root=tmp_path)
    expected = [*map(str, range(20)), "file.reader_crashed"]
    assert [outcome(one) for one in readings] == expected


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux enforces the memory limit")
def test_a_file_that_eats_all_memory_is_one_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "MEMORY_BYTES", 96 * 2**20)
    # Figures that differ: the archive of equal ones would be too small for what it holds.
    rows = "<row>" + "".join(f"<c><v>{n * n}</v></c>" for n in range(10_000)) + "</row>"
    large = write_package(tmp_path / "large.xlsx", workbook_parts(rows * 40))
    small = workbook(tmp_path / "small.xlsx")
    readings = read_files([small, large, small], root=tmp_path)
    assert [outcome(one) for one in readings] == ["1", "file.reading_memory", "1"]
    assert readings[1].findings == (
        Finding("file.reading_memory", str(large), {"bytes": 96 * 2**20}),
    )


@pytest.mark.parametrize("seconds", [0.0, 0.5])
def test_a_worker_that_does_not_start_is_a_finding_for_every_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    """Also where it has died before the files are handed over, on a busy machine."""

    def schedule_late(pool, *task, **options):
        assert pool.active or seconds  # asking starts it
        time.sleep(seconds)
        return schedule(pool, *task, **options)

    schedule = ProcessPool.schedule
    monkeypatch.setattr(ProcessPool, "schedule", schedule_late)
    monkeypatch.setattr(workers, "limit_memory", fail_to_start)
    paths = [workbook(tmp_path / f"{at}.xlsx") for at in range(2)]
    readings = read_files(paths, root=tmp_path)
    assert [outcome(one) for one in readings] == ["file.reader_crashed"] * 2


def test_a_worker_loads_nothing_heavy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "read_packed", refuse_heavy_modules)
    (content,) = read_files([workbook(tmp_path / "a.xlsx")], root=tmp_path)
    assert outcome(content) == "1"


def test_a_reader_of_forms_loads_no_contracts() -> None:
    code = "import sys, dti_pipeline.intake.forms.form_file; print('pandera' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
