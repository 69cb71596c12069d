"""Watching the deliveries: when a run is started, and when it is not."""

import re
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from dti_pipeline.cli import watch
from dti_pipeline.store.revisions import StoreBusyError
from schemas.text import Text, WrongUsageError
from tests.cli.conftest import Call, Told
from tests.conftest import copy_deliveries

Step = Callable[[], object]


def delivery(data: Path, content: str) -> None:
    file = data / "raw" / "province-2025" / "central" / "population.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[int]]:
    """Return what watches for one look per step, done before it: the looks that started a run."""

    def watched(steps: list[Step | None], *errors: Exception) -> list[int]:
        look = 0
        started: list[int] = []
        waiting = list(errors)

        def next_look(_: float = 0) -> None:
            nonlocal look
            if look == len(steps):
                raise KeyboardInterrupt
            step = steps[look]
            look += 1
            if step is not None:
                step()

        def run(wanted: list[str], **options: object) -> int:
            assert (wanted, options["data"]) == ([], tmp_path)
            started.append(look)
            if waiting:
                raise waiting.pop(0)
            return 0

        monkeypatch.setattr(watch, "run_assessments", run)
        monkeypatch.setattr("time.sleep", next_look)
        next_look()
        assert watch.watch_deliveries(every=10, data=tmp_path) == 0
        return started

    return watched


def test_nothing_runs_without_deliveries(runs: Call) -> None:
    assert runs([None] * 4) == []


def test_what_is_there_is_run_once_and_again_when_it_changes(tmp_path: Path, runs: Call) -> None:
    delivery(tmp_path, "first")
    corrected = tmp_path / "raw" / "province-2025" / "corrections"
    steps = [None] * 8
    steps[4] = lambda: (corrected.mkdir(), (corrected / "01_new.csv").write_text("x"))
    assert runs(steps) == [2, 6]


def test_a_file_that_is_still_growing_is_waited_for(tmp_path: Path, runs: Call) -> None:
    growing = [partial(delivery, tmp_path, content) for content in ("a", "aa", "aaa")]
    assert runs([*growing, None, None]) == [4]


def test_a_removed_file_is_a_change(tmp_path: Path, runs: Call) -> None:
    delivery(tmp_path, "first")
    extra = tmp_path / "raw" / "province-2025" / "extra.csv"
    extra.write_text("x", encoding="utf-8")
    steps = [None, None, None, extra.unlink, None, None]
    assert runs(steps) == [2, 5]


def test_a_store_held_by_another_run_is_tried_again(
    tmp_path: Path, runs: Call, capsys: Told
) -> None:
    delivery(tmp_path, "first")
    busy = StoreBusyError(Text("process 7 đang ghi", "process 7 is writing"))
    assert runs([None] * 5, busy) == [2, 3]
    assert "dti: process 7 đang ghi" in capsys.readouterr().err


def test_what_cannot_be_run_is_said_once_until_something_changes(
    tmp_path: Path, runs: Call, capsys: Told
) -> None:
    delivery(tmp_path, "first")
    steps = [None] * 4 + [lambda: delivery(tmp_path, "second")] + [None] * 3
    wrong = WrongUsageError(Text("thư mục không phải kỳ đánh giá: province-2025", "-"))
    assert runs(steps, wrong) == [2, 6]
    assert capsys.readouterr().err.count("không phải kỳ đánh giá: province-2025") == 1


def test_a_line_says_what_changed_and_a_restart_computes_nothing_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: Call
) -> None:
    data = copy_deliveries(tmp_path / "data", "ninh-binh-2021")

    def watched() -> list[str]:
        looks = 0

        def next_look(_: float) -> None:
            nonlocal looks
            looks += 1
            if looks == 3:
                raise KeyboardInterrupt

        # Only of this command: workers that read deliveries sleep as well.
        monkeypatch.setattr(watch, "time", SimpleNamespace(sleep=next_look))
        _, *lines, _ = printed(watch.watch_deliveries, every=10, data=data).splitlines()
        assert all(re.match(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d \S", line) for line in lines)
        for line in lines:  # in the time of Vietnam, wherever the machine stands
            at = datetime.strptime(line[:19], "%d/%m/%Y %H:%M:%S").replace(tzinfo=UTC)
            assert abs(at - datetime.now(UTC) - timedelta(hours=7)) < timedelta(minutes=10)
        return [line.partition(" ")[2].partition(" ")[2] for line in lines]

    first, release = watched()
    assert first == "ninh-binh-2021: lần tính đầu tiên"
    assert release.startswith("Bản phát hành r0001-")
    assert watched() == []
    file = next((data / "raw" / "ninh-binh-2021" / "central").glob("*.csv"))
    file.write_bytes(file.read_bytes() + b"\n")
    name = file.relative_to(data).as_posix()
    assert watched()[0] == f"ninh-binh-2021: tệp đổi: {name}"


def test_ctrl_c_ends_it_quietly(runs: Call, capsys: Told) -> None:
    assert runs([None]) == []
    assert "Kết thúc\n" in capsys.readouterr().out


def test_sigterm_ends_it_where_a_script_began_it_in_the_background(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: Call
) -> None:
    def stopped(_: float) -> None:
        signal.raise_signal(signal.SIGTERM)
        pytest.fail("the signal ended nothing")

    monkeypatch.setattr("time.sleep", stopped)
    # The shell ignores Ctrl+C there, and Dagster then ignores SIGTERM.
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        assert "Kết thúc\n" in printed(watch.watch_deliveries, every=10, data=tmp_path)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
