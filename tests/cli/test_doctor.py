"""`dti doctor`: what is in order, what waits, what has to be mended."""

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from dti_pipeline.cli import doctor
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.init import make_data_folder
from dti_pipeline.cli.options import day_or_today
from dti_pipeline.cli.run import run_assessments
from dti_pipeline.release.due import overdue
from dti_pipeline.release.releases import Published
from dti_pipeline.store.revisions import Store
from dti_pipeline.workspace import Workspace
from tests.cli.conftest import Call
from tests.conftest import copy_deliveries
from tests.released import current

POSTGRESQL = "postgresql+psycopg2://dti"


@pytest.fixture
def data(tmp_path: Path, ninh_binh_data: Path) -> Path:
    """Return a copy of a published folder: its series is computed for years long past."""
    return shutil.copytree(ninh_binh_data, tmp_path / "data")


@pytest.fixture
def examined(data: Path, answer: Call) -> Call:
    """Return what examines the folder and gives, by check, `state: text` of everything it says."""

    def examine(*, status: int = 1, data: Path = data) -> dict[str, list[str]]:
        rows: dict[str, list[str]] = {}
        for row in answer(doctor.examine_service, data=data, status=status)["rows"]:
            rows.setdefault(row["check"], []).append(f"{row['state']}: {row['text_en']}")
        return rows

    return examine


def test_a_folder_in_order_has_no_problems(
    data: Path, examined: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    rows = examined(status=0)
    assert list(rows) == list(doctor.CHECKS)
    release = current(data).release_id
    assert rows["versions"][0].startswith("ok: dti ")
    assert rows["locks"] == ["ok: file locks work; no run is writing"]
    assert rows["last_run"][0].startswith(f"ok: current release {release}, ")
    assert rows["service"] == ["ok: not in use (DAGSTER_HOME is not set)"]
    today = day_or_today(None)
    year = today.year - (today < date(today.year, 2, 2))
    name = f"ninh-binh-{year - 1}"
    assert rows["waits"] == [
        f"waits: {name} was due on 1 February {year} and has no assessment file; "
        f"create it: dti new {name} --from ninh-binh-2022"
    ]


def test_each_line_has_a_state_and_a_remedy_in_vietnamese(data: Path, printed: Call) -> None:
    (data / "store").chmod(0o777)
    assert (
        f"[CẦN XỬ LÝ] Quyền truy cập: mọi tài khoản của máy đều đọc hoặc sửa được {data}/store "
        f"(0777); đề nghị: chmod o-w {data}/store"
    ) in printed(doctor.examine_service, data=data, status=1)


@pytest.mark.parametrize(
    ("path", "mode", "text"),
    [
        ("raw", 0o777, "raw is open to every account of the machine (0777); run: chmod o-w"),
        ("published", 0o757, "published is open to every account of the machine (0757)"),
        ("store/drafts", 0o755, "run: chmod o-rwx"),
        ("portal", 0o700, None),
        ("portal/secret_key", 0o644, "run: chmod go-rwx"),
    ],
)
def test_folders_open_to_others_are_problems(
    data: Path, examined: Call, path: str, mode: int, text: str | None
) -> None:
    place = data / path
    place.parent.mkdir(exist_ok=True)
    if path.endswith("key"):
        place.touch()
    else:
        place.mkdir(exist_ok=True)
    place.chmod(mode)
    rows = examined(status=1 if text else 0)
    assert text is None or text in rows["permissions"][0]


def test_a_draft_and_new_deliveries_wait(data: Path, examined: Call) -> None:
    table = data / "raw/ninh-binh-2022/central/09_later.csv"
    table.write_text("unit\n", encoding="utf-8")
    rows = examined(status=0)
    assert rows["waits"][0] == (
        "waits: ninh-binh-2022: Waits to be computed: new: raw/ninh-binh-2022/central/09_later.csv"
    )
    table.unlink()
    copy_deliveries(data, "province-2023")
    assert run_assessments(["province-2023"], data=data, is_draft=True) == 0
    rows = examined()  # province-2025 is due by now, and not computed
    (draft,) = [row for row in rows["waits"] if "approval" in row]
    assert draft.startswith("waits: draft r0002-")
    (late,) = [row for row in rows["waits"] if row.startswith("problem")]
    assert "is not computed; look at its deliveries: dti status province-20" in late


def test_a_damaged_release_is_a_problem_of_its_checks(data: Path, examined: Call) -> None:
    (data / "published" / "latest.json").write_text("{", encoding="utf-8")
    rows = examined()
    assert "latest.json" in rows["versions"][-1]
    assert rows["locks"][0].startswith("ok")


def test_a_store_that_lacks_a_revision_of_the_current_release_is_a_problem(
    data: Path, examined: Call
) -> None:
    revision_id, *_ = current(data).revisions.values()
    shutil.rmtree(data / "store")
    rows = examined()
    (lost,) = rows["last_run"]
    assert lost.startswith(f"problem: {data / 'store' / revision_id / 'revision.json'} is missing")


def test_lost_and_cut_files_of_the_current_release_are_problems(data: Path, examined: Call) -> None:
    folder = current(data).folder
    (folder / "fact_change.parquet").unlink()
    content = (folder / "dim_unit.parquet").read_bytes()
    (folder / "dim_unit.parquet").write_bytes(content[:-1])
    rows = examined()
    cut, lost = sorted(rows["last_run"][1:])
    assert lost.startswith(f"problem: {folder / 'fact_change.parquet'} is missing; `dti verify`")
    sizes = f"{len(content) - 1} ≠ {len(content)} byte"
    assert cut.startswith(f"problem: {folder / 'dim_unit.parquet'} is damaged ({sizes}); ")


def test_a_release_that_no_pointer_names_is_a_problem(data: Path, examined: Call) -> None:
    (data / "published" / "latest.json").unlink()
    rows = examined()
    (row,) = rows["last_run"]
    assert row.startswith("problem: ")
    assert "latest.json is missing" in row


def test_a_folder_without_an_assessment_is_a_problem_as_a_run_refuses_it(
    data: Path, examined: Call
) -> None:
    (data / "raw" / "ban-nhap").mkdir()
    with pytest.raises(UsageError, match="ban-nhap"):
        run_assessments([], data=data)
    rows = examined()
    assert [row for row in rows["waits"] if row.startswith("problem: ban-nhap: ")]


def test_what_is_computed_and_in_no_release_waits(tmp_path: Path, examined: Call) -> None:
    make_data_folder(tmp_path / "first")
    data = tmp_path / "first" / "vi_du"
    assert run_assessments([], data=data, is_draft=True) == 0
    published = Published(data / "published")
    (draft,) = published.releases()
    rows = examined(data=data, status=0)
    assert [row for row in rows["waits"] if row.startswith("waits: ")] == [
        message for message in rows["waits"] if draft.release_id in message
    ]
    published.discard(draft.release_id, by="A", reason="B")
    rows = examined(data=data, status=0)
    revision = draft.revisions["vi-du-2026"]
    assert f"waits: vi-du-2026: Computed, waits to be released: {revision}" in rows["waits"]


def test_a_run_at_work_is_named(data: Path, examined: Call) -> None:
    with Store(data / "store").writing():
        rows = examined(status=0)
    assert rows["locks"][0].startswith("ok: file locks work; writing now: process ")


def test_a_killed_run_whose_number_another_process_has_is_not_at_work(
    data: Path, examined: Call
) -> None:
    lock = data / "store" / ".lock"
    lock.write_text("1 (2026-11-01 00:00:00 UTC)", encoding="utf-8")
    assert examined(status=0)["locks"] == ["ok: file locks work; no run is writing"]


def test_a_clock_behind_the_journal_and_a_full_disk_are_problems(
    data: Path, examined: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Published(data / "published").journal
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    with monkeypatch.context() as patch:
        clock = SimpleNamespace(now=lambda _: tomorrow)
        patch.setattr("dti_pipeline.release.journal.datetime", clock)
        journal.add("", "readmitted", by="x", reason="y")
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: SimpleNamespace(free=2**29))
    rows = examined()
    assert "before the last entry at" in rows["clock"][0]
    assert rows["space"] == [
        "problem: only 0.5 GB free, 1.0 GB needed; make room on the disk, or see: dti tidy"
    ]


@pytest.mark.parametrize(("length", "state"), [(75, "ok"), (76, "problem")])
def test_a_temporary_folder_too_long_for_sockets_is_a_problem(
    examined: Call, monkeypatch: pytest.MonkeyPatch, length: int, state: str
) -> None:
    folder = "/tmp/".ljust(length, "x")
    monkeypatch.setattr(doctor.tempfile, "gettempdir", lambda: folder)
    (text,) = examined(status=0 if state == "ok" else 1)["temporary"]
    assert text.startswith(f"{state}: {folder}: {length} bytes long, 75 at most")


@pytest.mark.parametrize(
    ("name", "url", "host"),
    [
        ("DTI_DAGSTER_URL", f"{POSTGRESQL}:password@127.0.0.1/dagster", "127.0.0.1:5432"),
        ("DTI_DAGSTER_URL", f"{POSTGRESQL}:pass#word@127.0.0.1/dagster", "127.0.0.1:5432"),
        ("CELERY_BROKER_URL", "redis://:password@127.0.0.1/0", "127.0.0.1:6379"),
        ("CELERY_BROKER_URL", "redis://127.0.0.1/0", "127.0.0.1:6379"),
        ("CELERY_BROKER_URL", "redis://:password@127.0.0.1:1/0", "127.0.0.1:1"),
    ],
)
def test_a_server_that_does_not_answer_is_one_problem_among_the_others(
    tmp_path: Path, examined: Call, monkeypatch: pytest.MonkeyPatch, name: str, url: str, host: str
) -> None:
    def refuse(*_: object) -> None:
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(doctor.socket, "create_connection", refuse)
    monkeypatch.setenv(name, url)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    rows = examined()
    (row,) = rows["service"]
    assert row == (
        f"problem: {host} does not answer ([Errno 111] Connection refused); "
        f"look at that service, and at {name}"
    )
    assert list(rows) == list(doctor.CHECKS)


def test_an_address_whose_port_is_no_number_is_a_problem_too(
    tmp_path: Path, examined: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    for host, error in {"127.0.0.1:abc": "Port could not", "[::1": "Invalid IPv6 URL"}.items():
        monkeypatch.setenv("CELERY_BROKER_URL", f"redis://:password@{host}/0")
        rows = examined()
        assert rows["service"][0].startswith(f"problem: {host} does not answer ({error}")


def test_what_the_file_system_refuses_is_said_in_both_languages(
    data: Path, answer: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied", str(data))

    monkeypatch.setattr(doctor.shutil, "disk_usage", refuse)
    rows = answer(doctor.examine_service, data=data, status=1)["rows"]
    (row,) = [row for row in rows if row["check"] == "space"]
    assert row["text_vi"].startswith(f"{data}: không có quyền đọc hoặc ghi")
    assert row["text_en"].startswith(f"{data}: no permission to read or write")


def test_a_file_system_without_locks_is_a_problem(
    examined: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor.fcntl, "flock", lambda *_: None)
    rows = examined()
    assert "is on a file system without locks" in rows["locks"][0]


@pytest.mark.parametrize(
    ("today", "late"),
    [
        (date(2026, 2, 1), "ninh-binh-2024"),  # the tick of today has its run first
        (date(2026, 2, 2), "ninh-binh-2025"),
        (date(2023, 6, 1), None),  # ninh-binh-2022 is computed
        (date(2022, 3, 1), None),
    ],
)
def test_what_is_due_follows_the_yearly_tick(
    ninh_binh_data: Path, today: date, late: str | None
) -> None:
    names = [one.assessment_id for one in overdue(Workspace(data=ninh_binh_data), today)]
    assert names == ([late] if late else [])


def test_an_assessment_that_is_due_and_not_computed_has_a_remedy(tmp_path: Path) -> None:
    workspace = Workspace(data=copy_deliveries(tmp_path / "data", "ninh-binh-2022"))
    (late,) = overdue(workspace, date(2023, 2, 2))
    assert late.text.en == (
        "ninh-binh-2022 was due on 1 February 2023 and is not computed; look at its deliveries: "
        "dti status ninh-binh-2022, dti check ninh-binh-2022"
    )
