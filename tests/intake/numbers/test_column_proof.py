"""Other cells prove a doubtful reading, or nothing does."""

from decimal import Decimal
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dti_pipeline.intake.files.cells import Cell, CellType
from dti_pipeline.intake.files.csv_file import read_csv_cells
from dti_pipeline.intake.files.safety import inspect
from dti_pipeline.intake.numbers.column_proof import column_proof, readings_that_add_up
from dti_pipeline.intake.numbers.notation import Candidate
from dti_pipeline.intake.numbers.policy import (
    CellReading,
    ColumnProof,
    Status,
    confirmed,
    read_number,
)

COUNT, RATIO, PERCENT, AMOUNT, SCORE = ("count", "ratio", "percent", "amount", "score")

PROCEDURES = Path(__file__).parents[1] / "data" / "central_procedures_raw.csv"
TOTAL = "So_TTHC"
FULL = "so_tthc_da_cung_cap_dvc_truc_tuyen_toan_trinh"
PARTIAL = "so_tthc_da_cung_cap_dvc_truc_tuyen_mot_phan"
NONE = "so_tthc_chua_cung_cap_dvctt"
COLUMNS = (TOTAL, FULL, PARTIAL, NONE)


def proof_of(*texts: str, kind: str = AMOUNT) -> ColumnProof:
    cells = [(f"B{at}", Cell(text=text)) for at, text in enumerate(texts, start=2)]
    return column_proof(cells, kind=kind)


@pytest.mark.parametrize(
    ("texts", "kind", "mark", "proof"),
    [
        (["12,5"], AMOUNT, ",", "B2"),
        (["1.234", "12,5"], AMOUNT, ",", "B3"),
        (["1.234.567"], AMOUNT, ",", "B2"),
        (["1.234,5"], AMOUNT, ",", "B2"),
        (["0,617"], RATIO, ",", "B2"),
        (["61,7%"], PERCENT, ",", "B2"),
        (["8435.7"], AMOUNT, ".", "B2"),
        (["0.617"], SCORE, ".", "B2"),
        (["1,234,567"], AMOUNT, ".", "B2"),
        (["1,234.5"], AMOUNT, ".", "B2"),
        (["12.5"], SCORE, ".", "B2"),
        (["12.5"], PERCENT, ".", "B2"),
        (["12.50"], AMOUNT, ".", "B2"),
        (["2.154"], COUNT, ",", "B2"),
        (["1,234"], COUNT, ".", "B2"),
        (["'12,5"], AMOUNT, ",", "B2"),
        (["x", "", "7", "12,5", "13,5"], AMOUNT, ",", "B5"),
    ],
)
def test_a_cell_that_fits_one_mark_only_proves_it(
    texts: list[str], kind: str, mark: str, proof: str
) -> None:
    assert proof_of(*texts, kind=kind) == ColumnProof(mark, proof)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        ([], AMOUNT),
        (["15", "1500"], AMOUNT),
        (["1.234", "5,678"], AMOUNT),
        (["1.29"], COUNT),
        (["12.5"], COUNT),
        (["12,5"], COUNT),
        (["12.5"], AMOUNT),
        (["1.000"], COUNT),
        (["12\u00a0345", "12 345"], AMOUNT),
        (["không có", "1,5 tỷ…"], COUNT),
    ],
)
def test_what_fits_both_marks_proves_nothing(texts: list[str], kind: str) -> None:
    assert proof_of(*texts, kind=kind) == ColumnProof()


def test_a_column_with_both_marks_proves_neither() -> None:
    assert proof_of("12,5", "1,234.5") == ColumnProof(mixed=True)


def test_typed_numbers_prove_nothing() -> None:
    number = Cell(text="12.5", cell_type=CellType.NUMBER)
    day = Cell(text="1.234.567", cell_type=CellType.DATE)
    cells = [("B2", number), ("B3", day)]
    assert column_proof(cells, kind=SCORE) == ColumnProof()


def choices(*figures: str) -> list[Candidate]:
    return [Candidate(Decimal(figure), figure) for figure in figures]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            {"total": ("2.168", "2168"), "a": ("593",), "b": ("1.29", "1290"), "c": ("285",)},
            [("2168", "593", "1290", "285")],
        ),
        (
            {"total": ("3.500", "3500"), "a": ("1.200", "1200"), "b": ("2.300", "2300")},
            [("3.500", "1.200", "2.300"), ("3500", "1200", "2300")],
        ),
        ({"total": ("10",), "a": ("4",), "b": ("5",)}, []),
        ({"total": ("10",), "a": ("10",), "b": ()}, []),
        ({"total": ("5", "5.0"), "a": ("5",)}, [("5", "5")]),
    ],
    ids=["one", "two that are both listed", "none", "no figure in a cell", "one of two labels"],
)
def test_the_readings_that_add_up_are_listed(
    row: dict[str, tuple[str, ...]], expected: list[tuple[str, ...]]
) -> None:
    candidates = {column: choices(*figures) for column, figures in row.items()}
    combinations = readings_that_add_up(candidates, total="total", parts=list(row)[1:])
    labels = [{column: one.label for column, one in each.items()} for each in combinations]
    assert labels == [dict(zip(row, figures, strict=True)) for figures in expected]


def test_too_many_combinations_decide_nothing() -> None:
    row = {"c0": choices("17", "34")} | {f"c{at}": choices("1", "3") for at in range(1, 18)}
    assert readings_that_add_up(row, total="c0", parts=list(row)[1:]) == []


def test_a_missing_column_is_an_error() -> None:
    with pytest.raises(KeyError, match="none"):
        readings_that_add_up({"total": choices("1")}, total="total", parts=["none"])


@settings(deadline=None)
@given(st.lists(st.integers(1001, 99_999).filter(lambda n: n % 1000), min_size=2, max_size=4))
def test_a_decided_row_is_always_the_true_one(parts: list[int]) -> None:
    true = [sum(parts), *parts]
    row = {}
    for at, figure in enumerate(true):
        shown = f"{figure:,}".replace(",", ".").rstrip("0").rstrip(".")
        row[f"c{at}"] = read_number(Cell(text=shown), kind=COUNT).possible
    found = readings_that_add_up(row, total="c0", parts=list(row)[1:])
    if sum(parts) % 1000:
        assert len(found) == 1
    if len(found) == 1:
        assert [one.value for one in found[0].values()] == true


def procedures() -> tuple[list[str], list[dict[str, CellReading]]]:
    """Read the real table: names, and per row the readings of its four columns."""
    assert inspect(PROCEDURES, root=PROCEDURES.parent) == []
    book = read_csv_cells(PROCEDURES)
    assert book.findings == ()
    (sheet,) = book.sheets
    head, *rows = sheet.rows.values()
    headers = {cell.text: column for column, cell in head.items()}
    cells = {column: [row[headers[column]] for row in rows] for column in COLUMNS}
    readings = {}
    for column in COLUMNS:
        proof = column_proof(((one.place, one) for one in cells[column]), kind=COUNT)
        readings[column] = [read_number(one, kind=COUNT, proof=proof) for one in cells[column]]
    rows_of_readings = [
        dict(zip(COLUMNS, row, strict=True)) for row in zip(*readings.values(), strict=True)
    ]
    return [row[headers["TinhThanh"]].text for row in rows], rows_of_readings


def test_the_identity_decides_every_row_of_the_real_table() -> None:
    names, readings = procedures()
    doubtful = [
        name
        for name, row in zip(names, readings, strict=True)
        if any(reading.status is Status.AMBIGUOUS for reading in row.values())
    ]
    found = [
        readings_that_add_up(
            {column: row[column].possible for column in COLUMNS}, total=TOTAL, parts=COLUMNS[1:]
        )
        for row in readings
    ]
    assert len(names) == 34
    assert doubtful == ["Khánh Hòa", "Thanh Hóa", "Nghệ An", "Đăk Lăk", "TP. Hà Nội"]
    assert [len(one) for one in found] == [1] * 34
    for (chosen,) in found:
        total, *parts = (chosen[column].value for column in COLUMNS)
        assert total == sum(parts)
        assert 2000 < total < 2400


def test_khanh_hoa_has_2168_procedures_and_1290_partial_services() -> None:
    names, readings = procedures()
    row = readings[names.index("Khánh Hòa")]
    assert row[TOTAL].how == "thousands_dot+whole_number"
    assert row[PARTIAL].status is Status.AMBIGUOUS
    (chosen,) = readings_that_add_up(
        {column: row[column].possible for column in COLUMNS}, total=TOTAL, parts=COLUMNS[1:]
    )
    figures = {column: int(one.value) for column, one in chosen.items()}
    assert figures == {TOTAL: 2168, FULL: 593, PARTIAL: 1290, NONE: 285}
    proved = confirmed(row[PARTIAL], chosen[PARTIAL])
    assert (proved.value, proved.how) == (Decimal(1290), "lost_zeros_dot+identity")


def test_the_columns_of_the_real_table_show_where_their_marks_are_proved() -> None:
    book = read_csv_cells(PROCEDURES)
    totals = [(cell.place, cell) for cell in book.sheets[0].cells if cell.column == 2]
    proof = column_proof(islice(totals, 1, None), kind=COUNT)
    assert proof == ColumnProof(",", f"2:{TOTAL}")
