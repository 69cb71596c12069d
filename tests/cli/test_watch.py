"""Watching the deliveries: when a run is started, and when it is not."""

import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from dti_pipeline.cli import watch
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.store.revisions import StoreBusyError
from schemas.text import Text
from tests.conftest import copy_deliveries

Step = Callable[[], object]


def delivery(data: Path, content: str) -> None:
    file = data / "raw" / "province-2025" / "central" / "population.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content, encoding="utf-8")


def runs(
    data: Path, steps: list[Step | None], monkeypatch: pytest.MonkeyPatch, *errors: Exception
) -> list[int]:
    """Watch for one look per step, done before it; return the looks in which a run was started."""
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
        assert (wanted, options["data"]) == ([], data)
        started.append(look)
        if waiting:
            raise waiting.pop(0)
        return 0

    monkeypatch.setattr(watch, "run_assessments", run)
    monkeypatch.setattr("time.sleep", next_look)
    next_look()
    assert watch.watch_deliveries(every=10, data=data) == 0
    return started


def test_nothing_runs_without_deliveries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert runs(tmp_path, [None] * 4, monkeypatch) == []


def test_what_is_there_is_run_once_and_again_when_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    delivery(tmp_path, "first")
    corrected = tmp_path / "raw" / "province-2025" / "corrections"
    steps: list[Step | None] = [None] * 8
    steps[4] = lambda: (corrected.mkdir(), (corrected / "01_new.csv").write_text("x"))
    assert runs(tmp_path, steps, monkeypatch) == [2, 6]


def test_a_file_that_is_still_growing_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    growing: list[Step | None] = [
        lambda: delivery(tmp_path, "a"),
        lambda: delivery(tmp_path, "aa"),
        lambda: delivery(tmp_path, "aaa"),
        None,
        None,
    ]
    assert runs(tmp_path, growing, monkeypatch) == [4]


def test_a_removed_file_is_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    delivery(tmp_path, "first")
    extra = tmp_path / "raw" / "province-2025" / "extra.csv"
    extra.write_text("x", encoding="utf-8")
    steps: list[Step | None] = [None, None, None, extra.unlink, None, None]
    assert runs(tmp_path, steps, monkeypatch) == [2, 5]


def test_a_store_held_by_another_run_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    delivery(tmp_path, "first")
    busy = StoreBusyError(Text("process 7 đang ghi", "process 7 is writing"))
    assert runs(tmp_path, [None] * 5, monkeypatch, busy) == [2, 3]
    assert "dti: process 7 đang ghi" in capsys.readouterr().err


def test_what_cannot_be_run_is_said_once_until_something_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    delivery(tmp_path, "first")
    steps: list[Step | None] = [None] * 4 + [lambda: delivery(tmp_path, "second")] + [None] * 3
    wrong = UsageError(Text("thư mục không phải kỳ đánh giá: province-2025", "-"))
    assert runs(tmp_path, steps, monkeypatch, wrong) == [2, 6]
    assert capsys.readouterr().err.count("không phải kỳ đánh giá: province-2025") == 1


def test_a_line_says_what_changed_and_a_restart_computes_nothing_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
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
        clock = SimpleNamespace(sleep=next_look, strftime=time.strftime)
        monkeypatch.setattr(watch, "time", clock)
        capsys.readouterr()
        assert watch.watch_deliveries(every=10, data=data) == 0
        _, *lines, _ = capsys.readouterr().out.splitlines()
        assert all(re.match(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d \S", line) for line in lines)
        return [line.partition(" ")[2].partition(" ")[2] for line in lines]

    first, release = watched()
    assert first == "ninh-binh-2021: lần tính đầu tiên"
    assert release.startswith("Bản phát hành r0001-")
    assert watched() == []
    file = next((data / "raw" / "ninh-binh-2021" / "central").glob("*.csv"))
    file.write_bytes(file.read_bytes() + b"\n")
    name = file.relative_to(data).as_posix()
    assert watched()[0] == f"ninh-binh-2021: tệp đổi: {name}"


def test_ctrl_c_ends_it_quietly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", interrupted)
    assert watch.watch_deliveries(every=10, data=tmp_path) == 0
    assert "Kết thúc\n" in capsys.readouterr().out


def test_sigterm_ends_it_where_a_script_began_it_in_the_background(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
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
        assert watch.watch_deliveries(every=10, data=tmp_path) == 0
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert "Kết thúc\n" in capsys.readouterr().out
