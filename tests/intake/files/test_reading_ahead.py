"""What is read ahead is what reading now would give, or it is not used."""

import sys
import time
from pathlib import Path

import pytest

from dti_pipeline.intake.files import reading_ahead
from dti_pipeline.intake.files.child_reader import FileReading, Reader, read_in_child
from dti_pipeline.intake.files.deliveries import list_deliveries
from dti_pipeline.intake.files.folders import READ, likely_files
from dti_pipeline.intake.files.reading_ahead import drop_ahead, read_ahead, readings
from tests.conftest import REPOSITORY
from tests.intake.bad_files import AWKWARD_PROGRAM, fill_row, workbook_parts, write_package

AWKWARD = (sys.executable, "-c", AWKWARD_PROGRAM)
UNABLE = (sys.executable, "-c", "raise SystemExit(3)")


def workbook(path: Path, text: str) -> Path:
    return write_package(path, workbook_parts(fill_row(f"<c><v>{text}</v></c>")))


def texts(found: list[FileReading]) -> list[str | None]:
    return [one.workbook.sheets[0].cells[0].text if one.workbook else None for one in found]


def test_files_read_ahead_come_back_in_the_order_asked_with_the_others_between(
    tmp_path: Path,
) -> None:
    paths = [workbook(tmp_path / f"{at}.xlsx", str(at)) for at in range(4)]
    with read_ahead([paths[2], paths[0]], root=tmp_path):
        found = readings(paths, root=tmp_path)
    assert found == read_in_child(paths, root=tmp_path)
    assert texts(found) == ["0", "1", "2", "3"]


def test_what_was_read_ahead_is_taken_and_not_read_again(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", "1")
    with read_ahead([path], root=tmp_path, program=UNABLE):
        (first,) = readings([path], root=tmp_path)
        (second,) = readings([path], root=tmp_path)
    # The reader that cannot work shows which reading was taken: once, and then no more.
    assert [one.code for one in first.findings] == ["file.reader_crashed"]
    assert texts([second]) == ["1"]


def test_a_file_that_was_replaced_meanwhile_is_read_again(tmp_path: Path) -> None:
    path, last = workbook(tmp_path / "a.xlsx", "1"), workbook(tmp_path / "b.xlsx", "x")
    with read_ahead([path, last], root=tmp_path):
        readings([last], root=tmp_path)  # the one after it: the first has been read by now
        workbook(path, "2")
        assert texts(readings([path], root=tmp_path)) == ["2"]


def test_a_file_that_came_or_went_meanwhile_is_seen_as_it_is(tmp_path: Path) -> None:
    late, gone = tmp_path / "late.xlsx", workbook(tmp_path / "gone.xlsx", "1")
    last = workbook(tmp_path / "last.xlsx", "x")
    with read_ahead([late, gone, last], root=tmp_path):
        readings([last], root=tmp_path)
        workbook(late, "3")
        gone.unlink()
        found = readings([late, gone], root=tmp_path)
    assert texts(found) == ["3", None]
    assert [one.code for one in found[1].findings] == ["file.missing"]


def test_files_behind_one_that_nobody_wants_are_not_kept_waiting(tmp_path: Path) -> None:
    hang = workbook(tmp_path / "hang.xlsx", "1")
    others = [workbook(tmp_path / f"{at}.xlsx", str(at)) for at in range(3)]
    start = time.monotonic()
    with read_ahead([hang, *others], root=tmp_path, program=AWKWARD):
        while not reading_ahead._ahead[(tmp_path, hang)].reading.running():
            time.sleep(0.01)
        drop_ahead(root=tmp_path, keep=others)
        with read_ahead(others, root=tmp_path):
            assert texts(readings(others, root=tmp_path)) == ["0", "1", "2"]
    assert time.monotonic() - start < 30  # the hanging one would take its limit of 60 s


def test_what_is_kept_and_not_held_up_goes_on(tmp_path: Path) -> None:
    kept, other = workbook(tmp_path / "a.xlsx", "1"), workbook(tmp_path / "b.xlsx", "2")
    with read_ahead([kept, other], root=tmp_path):
        drop_ahead(root=tmp_path, keep=[kept])
        assert set(reading_ahead._ahead) <= {(tmp_path, kept)}
        assert texts(readings([kept], root=tmp_path)) == ["1"]


def test_a_reader_that_cannot_start_is_an_error_for_every_file_it_had(tmp_path: Path) -> None:
    paths = [workbook(tmp_path / f"{at}.xlsx", str(at)) for at in range(2)]
    with read_ahead(paths, root=tmp_path, program=["/nonexistent/reader"]):
        for path in paths:
            with pytest.raises(FileNotFoundError):
                readings([path], root=tmp_path)


def test_an_interrupted_reader_starts_no_further_process(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", "1")
    reader = Reader(tmp_path)
    reader.interrupt()
    found = reader.read(path)
    reader.close()
    assert [one.code for one in found.findings] == ["file.reader_crashed"]


def test_nothing_is_left_of_one_reading_for_the_next(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", "1")
    with read_ahead([path], root=tmp_path, program=UNABLE):
        pass
    assert texts(readings([path], root=tmp_path)) == ["1"]


def test_a_guess_at_the_files_never_fails(tmp_path: Path) -> None:
    assert likely_files(tmp_path, "a" * 300) == []
    assert likely_files(tmp_path, "missing") == []
    folder = tmp_path / "raw/x"
    folder.mkdir(parents=True)
    (folder / "central").write_text("a file where a folder belongs", encoding="utf-8")
    assert likely_files(tmp_path, "x") == []


@pytest.mark.parametrize(
    "assessment", sorted(folder.name for folder in (REPOSITORY / "data/raw").glob("*/"))
)
def test_the_guess_at_the_files_is_right_for_the_deliveries_here(assessment: str) -> None:
    data = REPOSITORY / "data"
    listing = list_deliveries(data, assessment)
    exact = [data / one.path for kind in READ for one in listing.of_kind(kind)]
    assert sorted(likely_files(data, assessment)) == sorted(exact)
