"""A table that a person keeps beside the deliveries: contacts, efforts, progress of a plan."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from dti_pipeline.intake.files.cells import Cell, CellType, Sheet
from dti_pipeline.intake.files.file_issues import faults_of
from dti_pipeline.intake.files.workers import read_files
from dti_pipeline.intake.numbers.look import look_of_figure
from dti_pipeline.intake.numbers.policy import Status, read_number
from dti_pipeline.intake.tables.rows import Column, Row, Table, single_table
from dti_pipeline.intake.text_keys import label_key
from schemas.files.errors import SettingError
from schemas.files.model import parse_fraction
from schemas.issues.issue import Issue
from schemas.messages import message
from schemas.text import Text, WrongUsageError


class UserFileError(WrongUsageError, ValueError):
    """A file of the user's that is refused; the message names file, row and remedy."""


def read_user_table(path: Path, columns: Sequence[Column], *, is_strict: bool = True) -> Table:
    return user_table(read_user_file(path), columns, path=path, is_strict=is_strict)


def read_user_file(path: Path) -> tuple[Sheet, ...]:
    """Read the sheets of a CSV file or workbook.

    Raises:
        UserFileError: if there is no file, or it cannot be read.
    """
    if not path.is_file():
        raise UserFileError("user_file.missing", path=path)
    (content,) = read_files([path.resolve()], root=path.resolve().parent)
    if faults := faults_of(content.findings):
        raise UserFileError("user_file.unreadable", path=path, reasons=faults)
    assert content.sheets is not None
    return content.sheets


def user_table(
    sheets: Sequence[Sheet], columns: Sequence[Column], *, path: Path, is_strict: bool = True
) -> Table:
    """Find the one table of a file.

    Raises:
        UserFileError: if there is none, or several, it lacks a column or, where ``is_strict``, has
            one that is none of these, or a text that says what a row is about is crossed out.
    """
    name = Text(path.name, path.name)
    result = single_table(sheets, columns, file=path.name, name=name, key=label_key)
    if isinstance(result, Issue):
        raise refusal(path, result)
    if is_strict and (unknown := result.other_headings()):
        needed = [column.headings[0] for column in columns if column.is_needed]
        others = [column.headings[0] for column in columns if not column.is_needed]
        about = message(
            "user_file.unknown_columns", path=path, needed=needed, others=others, unknown=unknown
        )
        raise UserFileError(about)
    for issue in result.issues():
        if issue.severity == "blocking":
            raise refusal(path, issue)
    return result


def refusal(path: Path, issue: Issue) -> UserFileError:
    return UserFileError(Text(f"{path}: {issue.message_vi}", f"{path}: {issue.message_en}"))


def number_of(row: Row, key: str, *, place: Text) -> Fraction | None:
    """Read a number that is not negative; None where the cell is empty.

    Raises:
        UserFileError: if it is no such number, or the cell shows another one than it holds.
    """
    cell, text = row.cell(key), row.text(key)
    if cell.cell_type is CellType.FORMULA:
        raise UserFileError("user_file.no_result", place=place, column=key, formula=cell.formula)
    if look := look_of_figure(cell, ""):
        about = message(
            "user_file.figure_looks_other", place=place, column=key, text=text, shown=look.text
        )
        raise UserFileError(about)
    if not text:
        return None
    reading = read_number(Cell(text=text), kind="score")
    is_typed = cell.cell_type is CellType.NUMBER
    if "." in text and not is_typed and reading.status is Status.AMBIGUOUS:
        raise UserFileError("user_file.unclear_number", place=place, column=key, text=text)
    try:
        # A decimal comma; `1,500` may be a thousand as well and stays as it is.
        value = reading.value if "," in text else None
        number = parse_fraction(text) if value is None else Fraction(value)
    except SettingError as error:
        vi = f"“{text}” không phải là số; ghi bằng chữ số, ví dụ 12,5"
        words = Text(vi, error.text.en)
        raise UserFileError("user_file.no_number", place=place, column=key, error=words) from None
    if number < 0:
        raise UserFileError("user_file.negative", place=place, column=key, text=text)
    return number


def row_place(path: Path, row: Row) -> Text:
    return Text(f"{path}, dòng {row.number}", f"{path}, row {row.number}")
