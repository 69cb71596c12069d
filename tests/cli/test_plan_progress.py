"""`dti plan --progress`: the plan's workbook, filled in and read back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.plan import plan_unit
from dti_pipeline.intake.tables.user_file import UserFileError
from tests.cli.conftest import Call

DAY = "02/07/2023"
STATUS, PROGRESS = "Trạng thái · Status", "Tiến độ (%) · Progress (%)"
Plan = tuple[Path, dict[str, Any]]
Fill = Callable[[int], tuple[object, object]]


@pytest.fixture(scope="module")
def plan(province_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Return the workbook of a plan, and what the command says of the plan."""
    path = tmp_path_factory.mktemp("plan") / "plan.xlsx"
    with pytest.MonkeyPatch.context() as patch:
        said: list[str] = []
        patch.setattr("builtins.print", lambda text, **_: said.append(text))
        status = plan_unit(
            "province-2022", "Cà Mau", target_rank="50", out=path, data=province_data, as_json=True
        )
    assert status == 0
    return path, json.loads(said[-1])


def filled(workbook: Path, folder: Path, fill: Fill) -> Path:
    """Enter status and progress of every task, by its place."""
    book = openpyxl.load_workbook(workbook)
    sheet = book["Kế hoạch"]
    head = next(row for row in sheet.iter_rows() if row[0].value == "TT")
    at = {str(cell.value): cell.column for cell in head}
    place = 0
    for row in range(head[0].row + 1, sheet.max_row + 1):
        if isinstance(sheet.cell(row, 1).value, int):
            status, progress = fill(place)
            sheet.cell(row, at[STATUS]).value = status
            sheet.cell(row, at[PROGRESS]).value = progress
            place += 1
    path = folder / "filled.xlsx"
    book.save(path)
    return path


@pytest.fixture
def followed(plan: Plan, province_data: Path, tmp_path: Path, answer: Call) -> Call:
    """Return what fills the plan in and asks on 2 July 2023 how far it is."""

    def follow(fill: Fill | None, status: int) -> dict[str, Any]:
        path = filled(plan[0], tmp_path, fill) if fill else plan[0]
        return answer(plan_unit, progress=path, day=DAY, data=province_data, status=status)

    return follow


def test_a_plan_not_begun_stays_where_the_unit_is(plan: Plan, followed: Call) -> None:
    _, made = plan
    result = followed(None, 1)
    assert [row["day"] for row in result["rows"]] == ["2023-07-02", "2023-09-30", "2023-12-31"]
    assert {row["value"] for row in result["rows"]} == {made["value_now"]}
    assert {row["rank"] for row in result["rows"]} == {made["rank_now"]}
    # As planned, the end of the year is where the plan said that it leads.
    last = result["rows"][-1]
    reached = (made["reached_value"], made["reached_rank"])
    assert (last["value_planned"], last["rank_planned"]) == reached
    assert result["n_behind"] == len(result["tasks"]) > 0
    assert result["left_value"] == pytest.approx(made["needed_value"] - made["value_now"])


def test_a_plan_that_is_done_reaches_what_it_promised(plan: Plan, followed: Call) -> None:
    _, made = plan
    result = followed(lambda _: ("đã xong", 100), 0)
    first = result["rows"][0]
    assert (first["value"], first["rank"]) == (made["reached_value"], made["reached_rank"])
    assert (result["n_behind"], result["left_value"]) == (0, 0)


def test_half_of_everything_at_half_time_reaches_the_goal_at_the_end(
    plan: Plan, followed: Call
) -> None:
    _, made = plan
    result = followed(lambda _: ("đang làm", 50), 0)
    values = [row["value"] for row in result["rows"]]
    assert values == sorted(values)
    assert made["value_now"] <= values[0] < values[-1] == made["reached_value"]
    assert result["n_behind"] == 0


def test_who_is_behind_is_named_with_the_deadline(
    plan: Plan, province_data: Path, tmp_path: Path, printed: Call
) -> None:
    path = filled(plan[0], tmp_path, lambda at: ("đang làm", 10) if at == 0 else ("đã xong", None))
    out = printed(plan_unit, progress=path, day=DAY, data=province_data, status=1)
    code = plan[1]["rows"][0]["component_code"]
    (line,) = [line for line in out.splitlines() if line.startswith(f"{code} ")]
    assert "đang làm" in line
    assert "10%" in line
    assert "50%" in line
    assert "31/12/2023" in line
    assert "chậm 1" in out


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (("gần xong", 50), "status “gần xong” is unknown"),
        (("đã xong", 50), "done, yet 50 % done"),
        (("chưa làm", 5), "not started, yet 5 %"),
        (("đang làm", 150), "progress “150” is not clear"),
        (("đang làm", "nhiều"), "progress “nhiều” is not clear"),
    ],
)
def test_what_contradicts_itself_is_refused_with_its_row(
    entry: tuple[object, object], message: str, plan: Plan, tmp_path: Path
) -> None:
    path = filled(plan[0], tmp_path, lambda at: entry if at == 0 else (None, None))
    with pytest.raises(UserFileError, match=f"row .*{message}"):
        plan_unit(progress=path, data=tmp_path)


def test_a_workbook_that_is_no_plan_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    openpyxl.Workbook().save(path)
    with pytest.raises(UserFileError, match=r"a\.xlsx"):
        plan_unit(progress=path, data=tmp_path)


def test_a_plan_with_nothing_to_do_is_read_back(
    province_data: Path, tmp_path: Path, answer: Call
) -> None:
    path = tmp_path / "plan.xlsx"
    assert plan_unit("province-2022", "Cà Mau", target_rank="60", out=path, data=province_data) == 0
    result = answer(plan_unit, progress=path, day=DAY, data=province_data)
    assert (result["tasks"], result["left_value"]) == ([], 0.0)
    assert [(row["day"], row["rank"], row["rank_planned"]) for row in result["rows"]] == [
        ("2023-07-02", 58, 58),
        ("2023-09-30", 58, 58),
    ]


def test_without_a_plan_to_follow_unit_and_assessment_are_needed(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--progress"):
        plan_unit("province-2022", data=tmp_path)


def test_a_plan_is_written_over_only_by_force(plan: Plan, province_data: Path) -> None:
    path = plan[0]
    written = path.read_bytes()
    path.write_bytes(b"status and progress of a year")
    with pytest.raises(UsageError, match="--force"):
        plan_unit("province-2022", "Cà Mau", target_rank="50", out=path, data=province_data)
    assert path.read_bytes() == b"status and progress of a year"
    plan_unit(
        "province-2022", "Cà Mau", target_rank="50", out=path, is_forced=True, data=province_data
    )
    assert path.read_bytes() == written
