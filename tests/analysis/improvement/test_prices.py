from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Font

from dti_pipeline.analysis.improvement.prices import Duty, UserFileError, WayUp, read_effort
from dti_pipeline.analysis.improvement.reachable import reachable
from dti_pipeline.analysis.improvement.rescoring import Accounts
from dti_pipeline.analysis.settings import Price, load_analysis_settings

KNOWN = {"0101", "0102"}


def write(folder: Path, text: str) -> Path:
    path = folder / "effort.csv"
    path.write_text(text, encoding="utf-8-sig")
    return path


def effort_book(
    folder: Path, effort: float, change: Callable[[openpyxl.Workbook], None] = lambda book: None
) -> Path:
    """Write a workbook with the effort of 0101, changed."""
    book = openpyxl.Workbook()
    book.active.append(["component_code", "effort"])
    book.active.append(["0101", effort])
    change(book)
    book.save(folder / "effort.xlsx")
    return folder / "effort.xlsx"


def effort_of(path: Path) -> Fraction | None:
    return read_effort(path, codes=KNOWN)["0101"].effort


def test_an_effort_file_gives_efforts_and_duties(tmp_path: Path) -> None:
    path = write(
        tmp_path, "component_code,effort,focal,deadline\n0101,1/2,Sở A,2024-06-30\n0102,,Sở B,\n"
    )
    assert read_effort(path, codes=KNOWN) == {
        "0101": Duty(effort=Fraction(1, 2), texts={"focal": "Sở A", "deadline": "2024-06-30"}),
        "0102": Duty(effort=None, texts={"focal": "Sở B"}),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("component_code,effort\n101,1\n", "row 2: component '101' does not exist"),
        ("component_code,effort\n0101,1\n0101,2\n", "row 3: component '0101' is given twice"),
        ("component_code,effort\n0101,1.5x\n", "row 2: effort: '1.5x' is not a number"),
        ("component_code,effort\n0101,1.500\n", "row 2: effort: “1.500” may have a thousands"),
        ("component_code,effort\n0101,-1\n", "row 2: effort -1 is negative"),
        ("code,effort\n0101,1\n", "lacks the column “component_code”; it has: code, effort"),
        ("component_code,cost\n0101,1\n", "unknown: cost"),
        ("component_code,effort,\n0101,1,5\n", "“1,5” may be one figure or two.*column “effort”"),
        (
            "component_code,effort,lead\n0101,1,5,Sở A\n0102,2,B\n",
            "more or fewer cells than the header .row 2",
        ),
    ],
)
def test_a_wrong_effort_file_is_refused_with_the_row(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(UserFileError, match=message):
        read_effort(write(tmp_path, text), codes=KNOWN)


def test_an_effort_file_may_be_utf16_have_semicolons_or_be_a_workbook(tmp_path: Path) -> None:
    path = tmp_path / "effort.csv"
    path.write_bytes("component_code,effort\n0101,1/2\n".encode("utf-16"))
    assert effort_of(path) == Fraction(1, 2)
    path.write_text("component_code;effort\n0101;1/2\n", encoding="utf-8")
    assert effort_of(path) == Fraction(1, 2)
    assert effort_of(effort_book(tmp_path, 2)) == 2


def strike_the_code(book: openpyxl.Workbook) -> None:
    book.active["A2"].font = Font(strike=True)


def add_a_sheet(book: openpyxl.Workbook) -> None:
    book.copy_worksheet(book.active)["B2"] = 9


def add_a_hidden_sheet(book: openpyxl.Workbook) -> None:
    add_a_sheet(book)
    book.move_sheet(book.worksheets[1], -1)
    book.worksheets[0].sheet_state = "hidden"


def enter_a_formula(book: openpyxl.Workbook) -> None:
    book.active["B2"] = "=1+1"


def repeat_a_heading(book: openpyxl.Workbook) -> None:
    book.active["C1"] = "effort"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (strike_the_code, "is crossed out, it could be “0101”.*cell A2"),
        (add_a_sheet, "several sheets: “Sheet”, “Sheet Copy”"),
        (enter_a_formula, r"row 2: effort holds the formula =1\+1 without its result"),
        (repeat_a_heading, r"two columns with one heading: “effort” \(B1, C1\)"),
    ],
)
def test_an_effort_workbook_that_says_two_things_is_refused(
    change: Callable[[openpyxl.Workbook], None], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UserFileError, match=message):
        effort_of(effort_book(tmp_path, 2, change))


def test_an_effort_file_is_read_from_the_sheet_that_people_see(tmp_path: Path) -> None:
    assert effort_of(effort_book(tmp_path, 2, add_a_hidden_sheet)) == 2


def test_a_missing_effort_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserFileError, match=r"none\.csv"):
        read_effort(tmp_path / "none.csv", codes=KNOWN)


def way_up(world: Accounts, median: int, price: Price, scale: Fraction) -> WayUp:
    reach = reachable(world, "U-1", codes=["0101"])["0101"]
    return WayUp(reach=reach, median=median, price=price, flat=None, scale=scale)


def test_a_point_up_to_the_median_costs_1_and_beyond_it_3(world: Accounts) -> None:
    way = way_up(world, 5_000_000, load_analysis_settings().plan.price, Fraction(1))
    assert way.effort(4_000_000) == 0
    assert way.effort(4_800_000) == Fraction(8, 10)
    assert way.effort(8_000_000) == 1 + 3 * 3
    option = way.option()
    assert option is not None
    assert [stretch.gain for stretch in option.stretches] == [800_000] * 5
    # The median lies inside the second step: 0.2 points at 1, 0.6 at 3.
    assert option.stretches[1].effort == Fraction(2, 10) + 3 * Fraction(6, 10)


def test_a_main_that_is_scaled_up_counts_a_point_for_more(world: Accounts) -> None:
    way = way_up(world, 0, Price(to_median="1", beyond_median="1"), Fraction(50, 48))
    option = way.option()
    assert option is not None
    assert option.stretches[0].gain == Fraction(50, 48) * 800_000
    assert way.points_for(Fraction(50, 48) * 1_600_000) == 5_600_000


def test_prices_that_fall_are_refused() -> None:
    with pytest.raises(ValueError, match="beyond_median not below to_median"):
        Price(to_median="3", beyond_median="1")


@pytest.mark.parametrize(
    ("text", "effort"),
    [("1.5", "3/2"), ("0.125", "1/8"), ('"1.500,5"', "3001/2"), ("1500", "1500")],
)
def test_a_number_that_is_clear_is_read(tmp_path: Path, text: str, effort: str) -> None:
    path = write(tmp_path, f"component_code,effort\n0101,{text}\n")
    assert effort_of(path) == Fraction(effort)


def test_a_typed_number_is_never_unclear(tmp_path: Path) -> None:
    assert effort_of(effort_book(tmp_path, 1.125)) == Fraction(9, 8)
