"""Plans that are followed: shares, figures and quarters."""

from datetime import date
from fractions import Fraction

import pytest

from dti_pipeline.analysis.improvement.progress import Step, Task, quarter_ends

M = 1_000_000
START, MIDDLE, END = date(2023, 1, 1), date(2023, 7, 2), date(2023, 12, 31)
COUNT, AMOUNT, ANSWER = (True, False), (False, False), (False, True)


def task(status: str, progress: str) -> Task:
    return Task("0101", status, Fraction(progress), "Sở", END, ())


@pytest.mark.parametrize(
    ("kind", "before", "after", "share", "figure"),
    [
        (AMOUNT, 10 * M, 20 * M, "1/2", 15 * M),
        (COUNT, 10 * M, 15 * M, "1/2", 12 * M),
        (COUNT, 15 * M, 10 * M, "1/2", 13 * M),
        (COUNT, 10 * M, 15 * M, "1", 15 * M),
        (AMOUNT, 10 * M, 20 * M, "0", None),
        (AMOUNT, None, 20 * M, "9/10", None),
        (AMOUNT, None, 20 * M, "1", 20 * M),
        (ANSWER, 0, M, "9/10", None),
        (ANSWER, 0, M, "1", M),
    ],
)
def test_a_figure_is_as_far_as_its_task_and_never_rounded_up(
    kind: tuple[bool, bool], before: int | None, after: int, share: str, figure: int | None
) -> None:
    step = Step(("0101", "a"), before, after, is_whole=kind[0], is_answer=kind[1])
    assert step.at(Fraction(share)) == figure


@pytest.mark.parametrize(
    ("status", "progress", "day", "share"),
    [
        ("in_progress", "1/4", date(2023, 7, 2), "1/4"),  # today: half the year is gone
        ("in_progress", "1/4", date(2023, 12, 31), "1/2"),
        ("in_progress", "3/4", date(2023, 12, 31), "1"),
        ("not_started", "0", date(2023, 12, 31), "0"),
        ("done", "1", date(2023, 12, 31), "1"),
    ],
)
def test_what_is_in_progress_goes_on_at_its_pace(
    status: str, progress: str, day: date, share: str
) -> None:
    assert task(status, progress).forecast(day, start=START, today=MIDDLE) == Fraction(share)


def test_the_pace_is_even_up_to_the_deadline() -> None:
    one = task("in_progress", "1/4")
    assert one.expected(START, START) == 0
    assert one.expected(MIDDLE, START) == Fraction(1, 2)
    assert one.expected(date(2024, 5, 1), START) == 1


@pytest.mark.parametrize(
    ("status", "progress", "is_behind"),
    [("in_progress", "49/100", True), ("in_progress", "1/2", False), ("done", "1", False)],
)
def test_behind_is_less_than_the_even_pace(status: str, progress: str, is_behind: bool) -> None:
    assert task(status, progress).is_behind(MIDDLE, START) == is_behind


@pytest.mark.parametrize(
    ("first", "last", "ends"),
    [
        (date(2023, 2, 5), date(2023, 3, 31), ["2023-03-31"]),
        (date(2023, 6, 30), date(2023, 7, 1), ["2023-06-30", "2023-09-30"]),
        (date(2023, 11, 5), date(2024, 1, 2), ["2023-12-31", "2024-03-31"]),
    ],
)
def test_quarters_end_on_their_last_day(first: date, last: date, ends: list[str]) -> None:
    assert [day.isoformat() for day in quarter_ends(first, last)] == ends
