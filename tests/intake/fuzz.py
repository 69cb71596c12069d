"""Spoil forms at random for a while: ``python -m tests.intake.fuzz --seconds 60 --seed 1``.

Four ways in turn: several faults of ``mutations`` at once, nasty values in random cells, figures
written as in ``looks.toml``, and broken bytes. Nothing may crash or hang, and a figure that differs
from the form's own must stand in a cell that was changed or carry an issue. A figure that looks
other than it is must not be read, and its issue must name the cell. Stops by itself; exit 1 and the
seed where it fails.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import openpyxl
from openpyxl.utils.exceptions import IllegalCharacterError

from dti_pipeline.intake.files.workers import read_file
from dti_pipeline.intake.forms.reader import FormReading
from tests.intake.intake_cases import CELL, SHEET, edit, good_form, read
from tests.intake.looks import CASES as LOOKS
from tests.intake.looks import write_look
from tests.intake.mutations import FAULTS

# Figures of the form that may be 450.
FIGURES: Final = (("0110", "signed"), ("0110", "required"), ("0202", "firms"))

NASTY = (
    *("", " ", "0", "-0", "00012", "1.234", "1,234", "1.234,5", "1,234.5", "١٢", "½", "1e400"),
    *("nan", "inf", "-inf", "=1+1", '=HYPERLINK("x")', "@SUM(A1)", "+84", "'", "''12", "\u200b"),
    *("không có", "KHÔNG PHÁT SINH", "n/a", "#N/A", "12%", "1 234", "1\u00a0234", "9" * 400),
    *(0, -1, 0.1, 1e15, 1e300, 2**63, True, "Có", "x", "<b>", "&amp;", "\ud7ff", "Hòa\u0300"),
)


def spoil_cells(path: Path, dice: random.Random) -> set[str]:
    """Put nasty values into some cells of the report; return the cells that were changed."""
    changed: set[str] = set()

    def change(book: openpyxl.Workbook) -> None:
        sheet = book[SHEET]
        for _ in range(dice.randint(1, 6)):
            address = f"{dice.choice('ABCDEFGHIJKLMN')}{dice.randint(9, 20)}"
            try:
                sheet[address] = dice.choice(NASTY)
            except (IllegalCharacterError, AttributeError):
                continue
            changed.add(address)

    edit(path, change)
    return changed


def spoil_bytes(path: Path, dice: random.Random) -> None:
    """Flip, cut or repeat some bytes."""
    data = bytearray(path.read_bytes())
    for _ in range(dice.randint(1, 8)):
        at = dice.randrange(len(data))
        match dice.randint(0, 2):
            case 0:
                data[at] ^= 1 << dice.randint(0, 7)
            case 1:
                del data[at : at + dice.randint(1, 200)]
            case _:
                data[at:at] = data[at : at + dice.randint(1, 50)]
        if not data:
            break
    path.write_bytes(bytes(data))


def dress_cells(path: Path, dice: random.Random) -> dict[tuple[str, str], dict[str, Any]]:
    """Write some figures as people format them; return the case of each."""
    count = dice.randint(1, len(FIGURES))
    cases = {key: dice.choice(LOOKS) for key in dice.sample(FIGURES, count)}

    def change(book: openpyxl.Workbook) -> None:
        for key, case in cases.items():
            write_look(book[SHEET][CELL[key]], case)

    edit(path, change)
    return cases


def trouble_of_looks(reading: FormReading, cases: Mapping[tuple[str, str], dict[str, Any]]) -> str:
    """Say which dressed figure was read although people see another one, or was not read."""
    told = {(issue.rule_id, issue.source_cell) for issue in reading.issues}
    for one in reading.entries:
        key, value = one.question.key, one.entry.value_micro
        case = cases.get(key)
        if case is None:
            continue
        meant = None if "rule" in case else 450_000_000
        if value != meant or ("rule" in case and (case["rule"], CELL[key]) not in told):
            return f"{key}, {case['name']}: read {value}, told {sorted(told, key=str)}"
    return ""


def readable(path: Path) -> bool:
    """Inspect and open a file as the reader does; False where it is refused."""
    return read_file(path, root=path.parent).sheets is not None


def one_round(good: bytes, figures: dict[tuple[str, str], int | None], dice: random.Random) -> str:
    """Spoil and read one form.

    Returns:
        What is wrong; empty where all is well.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "form.xlsx"
        path.write_bytes(good)
        changed: set[str] = set()
        cases: dict[tuple[str, str], dict[str, Any]] = {}
        way = dice.randint(0, 3)
        if way == 0:
            for mutation in dice.sample(FAULTS, 2):
                edit(path, mutation.change)
        elif way == 1:
            changed = spoil_cells(path, dice)
        elif way == 2:
            cases = dress_cells(path, dice)
        else:
            spoil_bytes(path, dice)
        if not readable(path):
            return ""
        reading = read(path)
        if way == 0 or (trouble := trouble_of_looks(reading, cases)):
            return trouble if way else ""
        touched = {int("".join(filter(str.isdigit, place))) for place in changed}
        rows = {int(CELL[key][1:]) for key in CELL}
        for one in reading.entries:
            key, value = one.question.key, one.entry.value_micro
            is_same = value is None or value == figures[key]
            # A changed code or header can move a figure; then its row, or the header, was changed.
            is_told = key in cases or bool(reading.issues) or bool(touched & (rows | {9, 10}))
            if not is_same and not is_told:
                return f"{key}: read {value}, the form says {figures[key]}, and no issue"
    return ""


def main() -> int:
    """Run until the time is up; print the seed of the first failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    settings = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = good_form(Path(folder) / "form.xlsx")
        good = path.read_bytes()
        figures = {one.question.key: one.entry.value_micro for one in read(path).entries}
    end = time.monotonic() + settings.seconds
    seed = settings.seed
    while time.monotonic() < end:
        if trouble := one_round(good, figures, random.Random(seed)):
            sys.stderr.write(f"seed {seed}: {trouble}\n")
            return 1
        seed += 1
    sys.stdout.write(f"{seed - settings.seed} forms spoilt and read, nothing wrong\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
