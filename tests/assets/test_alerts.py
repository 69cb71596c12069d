"""Alerts: who is told what by mail and web hook, and that it is told once."""

import json
import os
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest

from assets import alerts
from assets.alerts import AlertSettingsError, Outbox, alert_settings, send
from assets.code_location import build
from assets.health import failed_runs, service_problems
from assets.resources import WorkspaceResource
from dti_pipeline.cli import doctor
from dti_pipeline.release.due import Due
from dti_pipeline.release.objects import SilentBucketError
from schemas.messages import message
from schemas.text import Text
from tests.assets.conftest import Call, break_table


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[dict[str, str]]]:
    """Start a web hook and name it in the settings; return what it was sent."""
    bodies: list[dict[str, str]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(500 if "broken" in self.path else 200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Hook) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv("DTI_ALERT_URL", f"http://127.0.0.1:{server.server_port}/hook")
        yield bodies
        server.shutdown()
        thread.join()


@pytest.fixture
def fail(assess: Call, instance: dg.DagsterInstance) -> Call:
    """Return what runs `assess` and gives the sensor's context of its failure."""

    def run() -> dg.RunFailureSensorContext:
        result = assess()
        assert not result.success
        return dg.build_run_status_sensor_context(
            sensor_name="alert_on_failure",
            dagster_event=result.get_run_failure_event(),
            dagster_instance=instance,
            dagster_run=instance.get_run_by_id(result.run_id),
        ).for_run_failure()

    return run


@pytest.fixture
def alert(data: Path) -> Call:
    """Return the sensor that tells of a failed run."""
    return build(data).resolve_sensor_def("alert_on_failure")


@pytest.fixture
def outbox(instance: dg.DagsterInstance) -> Outbox:
    return Outbox(instance.root_directory)


def test_a_broken_delivery_is_told_with_file_cell_and_remedy(
    table: Path, fail: Call, alert: Call, mailbox: list[Any], hook: list[dict[str, str]]
) -> None:
    break_table(table)
    alert(fail())
    (letter,) = mailbox
    assert letter["Subject"] == "DTI: province-2023 chưa tính được, còn 4 lỗi phải sửa"
    assert letter["To"] == "truc@so.example, ban@so.example"
    assert abs(letter["Date"].datetime - datetime.now(UTC)) < timedelta(minutes=1)
    body = letter.get_content()
    assert "“Nowhere”" in body
    assert (
        "Vị trí: tệp 01_published_dti_2022_2024.csv, dòng 145, cột “TinhThanh”. Đề nghị sửa tên"
        in body
    )
    assert "hệ thống tự tính lại" in body
    (call,) = hook
    assert call["title"] == letter["Subject"]
    assert "“Nowhere”" in call["text"]


def test_an_error_that_is_no_issue_is_told_with_its_step_and_run(
    fail: Call, alert: Call, mailbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def score(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("assets.assessment.pipeline.score", score)
    monkeypatch.setenv("DTI_LANG", "en")
    context = fail()
    alert(context)
    (letter,) = mailbox
    assert letter["Subject"] == "DTI: province-2023 failed"
    body = letter.get_content()
    assert "scores: [Errno 28] No space left on device" in body
    assert f"run {context.dagster_run.run_id[:8]} on Dagster's page" in body.replace("\n", " ")


def test_a_bucket_that_is_silent_as_a_run_begins_is_named(
    fail: Call, alert: Call, mailbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def setup(*_: object) -> None:
        text = message("storage.no_answer", address="s3://bucket/office", error="timed out")
        raise SilentBucketError(text)

    with monkeypatch.context() as patch:
        patch.setattr(WorkspaceResource, "setup_for_execution", setup)
        context = fail()
    alert(context)
    assert "assess: s3://bucket/office: " in mailbox[0].get_content().replace("\n", " ")


def test_what_is_late_is_told_once_and_again_when_it_comes_back(
    look: Call, mailbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Due("province-2025", date(2026, 7, 1), "province-2025", has_file=True)
    cursor, counts = None, []
    for due in ([late], [late], [], [late]):
        monkeypatch.setattr(alerts, "overdue", lambda *_, due=due: iter(due))
        cursor = look("alert_on_delay", cursor).cursor
        counts.append(len(mailbox))
    assert counts == [1, 1, 1, 2]
    assert mailbox[0]["Subject"] == "DTI: 1 việc phải xử lý"
    assert "dti status province-2025" in mailbox[0].get_content()


def test_without_settings_an_alert_is_only_logged(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smtplib.SMTP", None)
    send(Text("Hỏng", "Broken"), [Text("Sửa đi", "Mend it")], alert_settings({}))
    assert caplog.messages == ["Hỏng\nSửa đi"]


def test_a_target_that_does_not_answer_is_named_and_the_other_gets_its_alert(
    hook: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DTI_PORTAL_SMTP", "smtp://127.0.0.1:1")
    monkeypatch.setenv("DTI_ALERT_TO", "a@so.example")
    problems = send(Text("Hỏng", "Broken"), [], alert_settings())
    assert list(problems) == ["a@so.example"]
    assert problems["a@so.example"].startswith("127.0.0.1: ")
    assert "refused" in problems["a@so.example"]
    assert [call["title"] for call in hook] == ["Hỏng"]


@pytest.fixture
def tick(look: Call) -> Call:
    """Return what lets `alert_on_delay` tick."""
    return partial(look, "alert_on_delay")


@pytest.fixture
def waiting(
    data: Path,
    fail: Call,
    alert: Call,
    mailbox: list[Any],
    hook: list[dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> dg.RunFailureSensorContext:
    """Return a failed run that only the web hook was told of: the mail server was down."""
    (data / "raw/province-2023/central").rename(data / "raw/province-2023/central_")
    monkeypatch.setattr(alerts, "overdue", lambda *_: ())
    monkeypatch.setattr(alerts, "PAUSE", timedelta(0))
    context = fail()
    with monkeypatch.context() as down:
        down.setenv("DTI_PORTAL_SMTP", "smtp://127.0.0.1:1")
        alert(context)
    assert (len(mailbox), len(hook)) == (0, 1)
    return context


def test_an_alert_that_was_not_taken_is_sent_again_and_nobody_gets_it_twice(
    alert: Call,
    tick: Call,
    outbox: Outbox,
    mailbox: list[Any],
    hook: list[dict[str, str]],
    waiting: dg.RunFailureSensorContext,
) -> None:
    (left,) = outbox.waiting().values()
    assert set(left["problems"]) == {"truc@so.example", "ban@so.example"}
    for _ in range(2):
        tick()
        # The daemon died before it noted that the run was told.
        alert(waiting)
    assert (len(mailbox), len(hook)) == (1, 1)
    assert mailbox[0]["Subject"] == hook[0]["title"]
    assert outbox.waiting() == {}


@pytest.mark.usefixtures("waiting")
def test_an_alert_waits_for_the_receiver_that_a_server_refuses(
    tick: Call, outbox: Outbox, mailbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def handle_rcpt(
        self: object, server: object, session: object, envelope: Any, address: str, options: object
    ) -> str:
        if address.startswith("ban@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    monkeypatch.setattr("tests.assets.conftest.Mailbox.handle_RCPT", handle_rcpt, raising=False)
    tick()
    tick()
    assert len(mailbox) == 1
    (left,) = outbox.waiting().values()
    assert list(left["problems"]) == ["ban@so.example"]
    monkeypatch.setenv("DTI_ALERT_TO", "truc@so.example, nhom@so.example")
    tick()
    assert len(mailbox) == 2
    assert outbox.waiting() == {}


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize(("hours", "letters"), [(47, 1), (49, 0)])
def test_an_alert_is_given_up_after_two_days(
    tick: Call, outbox: Outbox, mailbox: list[Any], hours: int, letters: int
) -> None:
    (path,) = outbox.folder.glob("*.json")
    since = datetime.now(UTC) - timedelta(hours=hours)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"since": since.isoformat()}))
    tick()
    assert len(mailbox) == letters


@pytest.mark.usefixtures("waiting")
def test_a_silent_receiver_does_not_use_up_a_tick(
    tick: Call, outbox: Outbox, mailbox: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alerts, "PAUSE", timedelta(minutes=1))
    tick()
    assert len(outbox.waiting()) == 1
    monkeypatch.setattr(alerts, "PAUSE", timedelta(0))
    tick()
    assert len(mailbox) == 1


def test_the_doctor_tells_which_alerts_wait(
    data: Path,
    outbox: Outbox,
    hook: list[dict[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = os.environ["DTI_ALERT_URL"]
    monkeypatch.setenv("DTI_ALERT_URL", url.replace("hook", "broken"))
    outbox.tell("run", Text("Hỏng", "Broken"), [])
    assert doctor.examine_service(data=data) == 1
    out = capsys.readouterr().out
    assert "] Cảnh báo: 1 cảnh báo từ " in out
    assert "chưa gửi được đến 127.0.0.1 (HTTP Error 500: Internal Server Error)" in out


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("DTI_PORTAL_SMTP", "mail.so.example", "write it like smtp://user:password@host:587"),
        ("DTI_PORTAL_SMTP", "smtp://dti:m%E1%BA%ADt@mail.so.example", "without spaces"),
        ("DTI_PORTAL_SMTP", "smtp://dti:[secret@mail.so.example", "'smtp://…' cannot"),
        ("DTI_ALERT_URL", "file:///etc/passwd", "write it like https://chat.example/hooks/dti"),
        ("DTI_ALERT_URL", "https://chat.example/hooks/mật", "'https://…' cannot"),
        ("DTI_ALERT_URL", "https://chat.example/hooks/a token", "'https://…' cannot"),
        ("DTI_ALERT_URL", "chat.example/hooks/secret", "'://…' cannot"),
        ("DTI_PORTAL_SMTP", "smtp://mail..so.example", "'smtp://…' cannot"),
    ],
)
def test_a_setting_that_cannot_be_understood_is_refused(name: str, value: str, text: str) -> None:
    with pytest.raises(AlertSettingsError, match=f"{name} = .*{text}"):
        alert_settings({name: value})


def test_a_password_that_is_no_address_is_a_problem_beside_the_others_and_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setenv("DTI_PORTAL_SMTP", "smtp://dti:secret#1@mail.so.example:587")
    monkeypatch.setenv("DTI_ALERT_TO", "a@so.example")
    (tmp_path / "published").mkdir(mode=0o777)
    (tmp_path / "published").chmod(0o777)
    assert doctor.examine_service(is_alert=True, data=tmp_path) == 1
    told = capsys.readouterr().out
    assert "published (0777)" in told
    assert "[CẦN XỬ LÝ] Cảnh báo: DTI_PORTAL_SMTP = “smtp://…” không đúng" in told
    assert "2 việc phải xử lý" in told
    assert "secret" not in told


NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)


def instance_of(
    *, minutes: float, error: str | None = None, is_healthy: bool = True, is_running: bool = True
) -> Any:
    """Return what the checks ask of an instance with one sensor and one daemon."""
    ticked = (NOW - timedelta(minutes=minutes)).timestamp()
    sensor = SimpleNamespace(
        instigator_name="new_deliveries",
        instigator_origin_id="",
        selector_id="",
        is_running=is_running,
        instigator_type=SimpleNamespace(value="SENSOR"),
        instigator_data=SimpleNamespace(
            last_tick_timestamp=ticked, last_sensor_start_timestamp=1.0
        ),
    )
    failure = error and SimpleNamespace(message=error, cause=None)
    return SimpleNamespace(
        all_instigator_state=lambda: [sensor],
        get_daemon_statuses=lambda: {
            "SENSOR": SimpleNamespace(required=True, healthy=is_healthy),
            "BACKFILL": SimpleNamespace(required=False, healthy=False),
        },
        get_ticks=lambda *_, limit: [SimpleNamespace(error=failure)],
    )


@pytest.mark.parametrize(
    ("instance", "texts"),
    [
        (instance_of(minutes=1), []),
        (instance_of(minutes=900, is_healthy=False, is_running=False), []),
        (
            instance_of(minutes=16),
            ["The sensor new_deliveries has not ticked since 14:44 on 1 July 2026 (Vietnam time)"],
        ),
        (instance_of(minutes=1, is_healthy=False), ["Dagster's daemon sensor does not answer"]),
        (instance_of(minutes=1, error="disk\n"), ["The sensor new_deliveries fails: disk;"]),
    ],
)
def test_a_service_that_is_not_at_work_is_a_problem(instance: Any, texts: list[str]) -> None:
    problems = [text.en for _, text in service_problems(instance, now=NOW)]
    assert len(problems) == len(texts)
    assert all(problem.startswith(text) for problem, text in zip(problems, texts, strict=True))


def test_a_sensor_may_be_silent_as_long_as_the_setting_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DTI_ALERT_MINUTES", "20")
    assert list(service_problems(instance_of(minutes=16), now=NOW)) == []


SEE = "(run 00000000); see Dagster's page,"


@pytest.mark.parametrize(
    ("job", "of", "vi", "en"),
    [
        (
            "assess",
            " province-2022",
            "đề nghị xem trang Dagster hoặc chạy: dti check province-2022",
            "or run: dti check province-2022",
        ),
        ("publish", "", "đề nghị xem trang Dagster, sau đó chạy: dti run", "then run: dti run"),
        (
            "follow",
            "",
            "đề nghị xem trang Dagster, sau đó chạy: dagster job launch -w workspace.yaml -j follow",
            "then run: dagster job launch -w workspace.yaml -j follow",
        ),
    ],
)
def test_a_job_whose_last_run_failed_has_a_remedy_of_its_own(
    job: str, of: str, vi: str, en: str
) -> None:
    text = Text(
        f"Lần chạy {job}{of} gần nhất không thành công (run 00000000); {vi}",
        f"The last run of {job}{of} failed {SEE} {en}",
    )
    tags = {"dagster/partition": "province-2022"} if job == "assess" else {}
    names = ["province-2022", "province-2023"]
    failed = dg.DagsterRun(job, "00000000-0", status=dg.DagsterRunStatus.FAILURE, tags=tags)
    succeeded = dg.DagsterRun(job, "00000000-1", status=dg.DagsterRunStatus.SUCCESS, tags=tags)
    with dg.DagsterInstance.ephemeral() as instance:
        instance.add_run(failed)
        assert list(failed_runs(instance, names)) == [("run 00000000-0", text)]
        instance.add_run(succeeded)
        assert list(failed_runs(instance, names)) == []
