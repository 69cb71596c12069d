"""Two writers at once, readers while a writer writes, and a file that does not read back."""

import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dti_pipeline import cli
from dti_pipeline.store import parquet as parquet_module
from dti_pipeline.store.parquet import ReadBackError, read_back_with_duckdb
from dti_pipeline.store.revisions import StoreBusyError
from tests.conftest import copy_deliveries
from tests.release import content
from tests.release.content import published_in, store_in
from tests.release.state import folders, leftovers, statuses, whole_release
from tests.release.writer import Writers

# Nothing here takes as long, also on a busy machine; reached only when something hangs.
LIMIT_S = 120.0

# Id of a release and the number in the texts of its tables.
Opened = set[tuple[str, str]]
TEXTS = {"dim_tile": "label_en", "meta_column": "description_en"}


def wait_for(happened: Callable[[], bool]) -> None:
    """Wait until something has happened in another process."""
    end = time.monotonic() + LIMIT_S
    while not happened():
        assert time.monotonic() < end, "nothing happened"
        time.sleep(0.005)


# ---- readers while a writer writes -------------------------------------------------------------


def with_pyarrow(folder: Path) -> Opened:
    rows: Opened = set()
    for name, text in TEXTS.items():
        table = pq.read_table(folder / f"{name}.parquet")
        texts = zip(table["release_id"].to_pylist(), table[text].to_pylist(), strict=True)
        rows |= {(release_id, text.split()[-1]) for release_id, text in texts}
    return rows


def with_duckdb(folder: Path) -> Opened:
    rows: Opened = set()
    with duckdb.connect() as connection:
        for name, text in TEXTS.items():
            query = f"SELECT DISTINCT release_id, {text} FROM read_parquet(?)"
            answer = connection.execute(query, [str(folder / f"{name}.parquet")]).fetchall()
            rows |= {(release_id, text.split()[-1]) for release_id, text in answer}
    return rows


def read_while_writing(
    writing: Writers, data: Path, *, releases: int, read: Callable[[Path], Opened]
) -> tuple[int, int]:
    """Open two tables in a loop through the pointer until the writer has published enough.

    Returns:
        How often both were opened, and how many different releases were seen.
    """
    content.publish(published_in(data), 1)
    writer = writing.start("publish_for_ever", data, first=2, count=releases)
    pointer = data / "published" / "latest.json"
    seen, opened, end = {""}, 0, time.monotonic() + LIMIT_S
    try:
        while max(seen) <= f"r{releases:04d}~":
            named = json.loads(pointer.read_text(encoding="utf-8"))
            ((release_id, _),) = read(pointer.parent / named["path"])
            assert release_id == named["release_id"]
            opened += 1
            if named["release_id"] not in seen:
                seen.add(named["release_id"])
                end = time.monotonic() + LIMIT_S
            assert time.monotonic() < end, f"the writer stands still at {max(seen)}"
    except BaseException:
        os.kill(writer, signal.SIGKILL)
        raise
    finally:
        status = writing.wait()
    assert status == 0
    return opened, len(seen) - 1


@pytest.mark.parametrize(
    ("releases", "least_seen"),
    [(8, 1), pytest.param(200, 30, marks=pytest.mark.slow)],
)
@pytest.mark.parametrize("read", [with_pyarrow, with_duckdb])
def test_a_reader_never_sees_a_mixed_release_while_a_writer_publishes_without_a_pause(
    writing: Writers,
    tmp_path: Path,
    read: Callable[[Path], Opened],
    releases: int,
    least_seen: int,
) -> None:
    opened, seen = read_while_writing(writing, tmp_path / "data", releases=releases, read=read)
    assert opened >= seen > least_seen
    assert list(statuses(tmp_path / "data").values()) == ["superseded"] * releases + ["published"]


# ---- two writers at once -----------------------------------------------------------------------


@pytest.fixture
def holder(writing: Writers, tmp_path: Path) -> Iterator[int]:
    """Return the process id of a writer that holds the store of ``tmp_path/data``."""
    ready = tmp_path / "ready"
    writer = writing.start("hold", tmp_path / "data", ready=str(ready))
    wait_for(ready.exists)
    yield writer
    if Path(f"/proc/{writer}").exists():
        os.kill(writer, signal.SIGKILL)
    assert writing.wait() == -signal.SIGKILL


def run_dti(*arguments: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["dti", *arguments])
    return cli.execute()


def test_a_second_writer_is_told_who_writes_and_since_when(tmp_path: Path, holder: int) -> None:
    with pytest.raises(StoreBusyError) as told, store_in(tmp_path / "data").writing():
        pass
    assert re.fullmatch(
        rf"process {holder} \(\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC\) is writing to "
        rf"{tmp_path}/data/store; wait until it has finished, then rerun",
        told.value.text.en,
    )


def test_a_lock_left_by_a_dead_process_does_not_block(tmp_path: Path, holder: int) -> None:
    store = store_in(tmp_path / "data")
    os.kill(holder, signal.SIGKILL)
    wait_for(lambda: not Path(f"/proc/{holder}").exists())
    assert str(holder) in (store.root / ".lock").read_text(encoding="utf-8")
    with store.writing():
        assert str(os.getpid()) in (store.root / ".lock").read_text(encoding="utf-8")
    assert (store.root / ".lock").read_text(encoding="utf-8") == ""


def test_a_short_step_waits_for_the_other_writer(tmp_path: Path, holder: int) -> None:
    published = published_in(tmp_path / "data")
    steps = [
        threading.Thread(target=content.publish, args=(published, 1)),
        threading.Thread(target=content.save, args=(store_in(tmp_path / "data"), 1)),
    ]
    for step in steps:
        step.start()
    time.sleep(0.2)
    assert published.latest() is None
    os.kill(holder, signal.SIGKILL)
    for step in steps:
        step.join(LIMIT_S)
    assert folders(tmp_path / "data") == ["r0001"]
    assert len(store_in(tmp_path / "data").revisions()) == 1
    assert leftovers(tmp_path / "data") == []


def test_steps_inside_a_locked_run_pass_through(tmp_path: Path) -> None:
    store = store_in(tmp_path / "data")
    with store.writing(), store.writing():
        content.save(store, 1)
        content.publish(published_in(tmp_path / "data"), 1)
    assert folders(tmp_path / "data") == ["r0001"]
    with store.writing():
        pass


def test_of_two_runs_at_once_one_publishes_and_the_other_says_why_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = copy_deliveries(tmp_path / "data", "province-2023")
    arguments = ["run", "province-2023", "--data", str(data)]
    lock = data / "store" / ".lock"
    command = [sys.executable, "-c", "from dti_pipeline.cli import main; main()", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        wait_for(lambda: lock.is_file() and "UTC" in lock.read_text(encoding="utf-8"))
        assert run_dti(*arguments, monkeypatch=monkeypatch) == 1
        told = capsys.readouterr().err
        assert told.startswith(f"dti: tiến trình {first.pid} (")
        assert "đề nghị chờ xong rồi chạy lại" in told
        printed, _ = first.communicate(timeout=LIMIT_S)
    assert first.returncode == 0
    assert str(whole_release(data).folder) in printed
    assert folders(data) == ["r0001"]
    # Afterwards the way is free, and there is nothing left to publish.
    assert run_dti(*arguments, monkeypatch=monkeypatch) == 0
    assert "Không có gì mới để phát hành: " in capsys.readouterr().out
    assert folders(data) == ["r0001"]


@pytest.mark.slow
def test_killed_runs_never_harm_the_last_release_and_the_next_run_publishes(tmp_path: Path) -> None:
    data = copy_deliveries(tmp_path / "data", "province-2023")
    command = [sys.executable, "-c", "from dti_pipeline.cli import main; main()"]
    command += ["run", "province-2023", "--data", str(data)]
    # What a killed run leaves in the folder for temporary files is the system's to clear.
    env = {**os.environ, "TMPDIR": str(tmp_path)}
    start = time.monotonic()
    subprocess.run(command, check=True, env=env, stdout=subprocess.PIPE, timeout=LIMIT_S)
    usual = time.monotonic() - start
    (delivery,) = (data / "raw/province-2023/central").glob("*.csv")
    first = delivery.read_bytes()
    for kill in range(1, 25):
        # Another line end is another delivery with the same figures: cheap to make, and new.
        delivery.write_bytes(first + b"\n" * (kill % 2))
        before = whole_release(data)
        with subprocess.Popen(command, env=env, stdout=subprocess.PIPE) as run:
            time.sleep(usual * kill / 20)
            run.send_signal(signal.SIGKILL)
        after = whole_release(data)
        assert int(after.release_id[1:5]) - int(before.release_id[1:5]) in (0, 1)
        if kill % 4 == 0:
            subprocess.run(command, check=True, env=env, stdout=subprocess.PIPE, timeout=LIMIT_S)
            assert leftovers(data) == []
            assert list(statuses(data).values())[-1] == "published"


# ---- a file that does not read back ------------------------------------------------------------


@pytest.fixture
def data(tmp_path: Path) -> Path:
    content.publish(published_in(tmp_path / "data"), 1)
    return tmp_path / "data"


def write_less(monkeypatch: pytest.MonkeyPatch) -> None:
    write = pq.write_table
    monkeypatch.setattr(
        pq, "write_table", lambda table, sink, **options: write(table.slice(1), sink, **options)
    )


def refuse_with_duckdb(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, *_: object) -> None:
        raise ReadBackError("DuckDB reads something else than was written")

    monkeypatch.setattr(parquet_module, "read_back_with_duckdb", refuse)


@pytest.mark.parametrize(
    ("spoil", "refusal"),
    [
        (write_less, r"dim_tile\.parquet: read back with pyarrow"),
        (refuse_with_duckdb, "DuckDB reads something else"),
    ],
)
def test_a_file_that_does_not_hold_what_was_written_is_never_published(
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[pytest.MonkeyPatch], None],
    refusal: str,
) -> None:
    before = whole_release(data)
    with monkeypatch.context() as spoilt:
        spoil(spoilt)
        with pytest.raises(ReadBackError, match=refusal):
            content.publish(published_in(data), 2)
    assert (whole_release(data).release_id, folders(data)) == (before.release_id, ["r0001"])
    content.publish(published_in(data), 2)
    assert folders(data) == ["r0001", "r0002"]
    assert leftovers(data) == []


@contextmanager
def no_room() -> Iterator[None]:
    """Let no file grow, as on a full disk; also none that pytest writes to."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize(
    ("file", "write"),
    [
        ("store/.lock", lambda data: store_in(data).writing().__enter__()),
        (
            "published/journal.jsonl",
            lambda data: published_in(data).journal.add("", "withdrawn", by="", reason=""),
        ),
    ],
    ids=["lock", "journal"],
)
def test_where_there_is_no_room_the_file_is_named(
    data: Path, file: str, write: Callable[[Path], object]
) -> None:
    with no_room(), pytest.raises(OSError, match=re.escape(file)) as refusal:
        write(data)
    assert refusal.value.filename == str(data / file)


def test_the_second_reader_compares_types_and_values(tmp_path: Path) -> None:
    plain = pa.table({"rank": pa.array([1, 2], pa.int32()), "name": ["Đà Nẵng", None]})
    path = tmp_path / "plain.parquet"
    pq.write_table(plain, path)
    with duckdb.connect() as connection:
        read_back_with_duckdb(path, plain, connection)
        other_type = plain.set_column(1, "name", plain["name"].dictionary_encode())
        other_value = plain.set_column(0, "rank", pa.array([1, 3], pa.int32()))
        for expected in (other_type, other_value):
            with pytest.raises(ReadBackError, match=r"plain\.parquet: DuckDB reads something else"):
                read_back_with_duckdb(path, expected, connection)


def test_a_moment_reads_back_the_same_where_clocks_show_another_time(tmp_path: Path) -> None:
    code = """if True:
        import sys
        from datetime import UTC, datetime
        from pathlib import Path
        from typing import Annotated

        import polars as pl

        from dti_pipeline.store.parquet import write_tables
        from schemas.columns import field
        from schemas.contract import Table
        from schemas.text import Text

        class Moments(Table, grain=Text("lúc", "moment"), key=["seen_at"]):
            seen_at: Annotated[pl.Datetime, "us", "UTC"] = field("moment", "lúc", "when")

        moment = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
        rows = pl.DataFrame({"seen_at": [moment]}, schema=Moments.schema())
        write_tables([(Moments, rows)], folder=Path(sys.argv[1]), reads_twice=True)
    """
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        check=True,
        env=os.environ | {"TZ": "Asia/Ho_Chi_Minh"},
    )
    moments = pl.read_parquet(tmp_path / "moments.parquet")["seen_at"].to_list()
    assert moments == [datetime(2026, 11, 22, 23, 30, tzinfo=UTC)]


def test_an_unchanged_draft_is_not_drafted_twice(data: Path) -> None:
    published = published_in(data)
    drafts = [
        published.publish(content.tables(number), revisions=[], reason="", is_draft=True)
        for number in (2, 2, 3)
    ]
    assert [draft.release_id[:5] for draft in drafts] == ["r0002", "r0002", "r0003"]


def test_a_release_is_never_changed_by_the_next(data: Path) -> None:
    before = whole_release(data)
    copied = shutil.copytree(before.folder, data.parent / "copied")
    content.publish(published_in(data), 2)
    for path in copied.iterdir():
        assert (before.folder / path.name).read_bytes() == path.read_bytes()
    assert pl.read_parquet(copied / "dim_tile.parquet").equals(before.table("dim_tile"))
