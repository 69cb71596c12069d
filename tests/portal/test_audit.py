"""The audit log: chained, append-only, exported without formulas."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection, transaction

from dti_pipeline.cli.portal import check_audit
from dti_pipeline.portal import audit
from dti_pipeline.portal.audit import SYSTEM
from dti_pipeline.portal.chain import BY_NAME
from dti_pipeline.portal.middleware import actor_of
from dti_pipeline.portal.models import Event
from dti_pipeline.portal.templatetags.portal import action_name, plain
from schemas.words import words_of
from tests.conftest import REPOSITORY
from tests.portal.conftest import Actors


@pytest.fixture
def log(actors: Actors, committed: object) -> None:
    audit.record(actors["leader"], "sent", "Bắc Kạn", before="a", after={"b": 1}, reason="vì sao")
    audit.record(SYSTEM, "round_closed", "province-2022", reason="=HYPERLINK(1)")
    audit.record(actors["council"], "council_approve", "r0001")


def heads() -> None:
    """Write the heads as the commits would."""
    for event in Event.objects.all():
        audit._add_head(event.number, event.chain)


def test_a_log_as_it_was_written_has_no_problem(log: None) -> None:
    heads()
    assert list(audit.problems()) == []
    first = Event.objects.get(number=1)
    assert (first.actor, first.address) == ("Người leader <leader@example.vn>", "192.0.2.1")
    assert (first.before, first.after, first.reason) == ("a", '{"b": 1}', "vì sao")


@pytest.mark.parametrize(
    "verb", ["UPDATE portal_event SET reason = 'x'", "DELETE FROM portal_event"]
)
def test_the_database_refuses_to_change_or_delete_lines(log: None, verb: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(verb)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            "UPDATE portal_event SET reason = 'x' WHERE number = 2",
            "line 2 is not as it was written",
        ),
        ("DELETE FROM portal_event WHERE number = 2", "line 2 is missing"),
        ("DELETE FROM portal_event WHERE number = 3", "line 3 of the log is not the one"),
    ],
)
def test_a_changed_or_lost_line_is_found(log: None, change: str, message: str) -> None:
    heads()
    with connection.cursor() as cursor:
        for verb in ("update", "delete"):
            cursor.execute(f"DROP TRIGGER portal_event_no_{verb}")
        cursor.execute(change)
    assert any(message in problem.en for problem in audit.problems())


def test_a_lost_file_of_heads_is_found(log: None, data: Path) -> None:
    (problem,) = audit.problems()
    assert "audit_heads.txt is missing" in problem.en
    assert problem.vi.startswith("Không có tệp")


def test_the_terminal_says_what_is_wrong_in_the_language_of_the_reader(
    log: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("dti_pipeline.cli.portal.configure_portal", lambda _: None)
    assert check_audit(verify=True) == 1
    assert "Không có tệp" in capsys.readouterr().err


def test_no_cell_of_the_export_is_a_formula(log: None) -> None:
    stream = io.StringIO()
    assert audit.export(stream) == 3
    rows = list(csv.DictReader(io.StringIO(stream.getvalue())))
    assert rows[1]["reason"] == "'=HYPERLINK(1)"
    assert [row["number"] for row in rows] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("is_behind_proxy", "address"), [(False, "127.0.0.1"), (True, "203.0.113.7")]
)
def test_the_address_is_what_the_proxy_added_and_not_what_a_sender_claims(
    is_behind_proxy: bool, address: str, settings: Any, rf: Any
) -> None:
    settings.DTI_BEHIND_PROXY = is_behind_proxy
    request = rf.get("/", headers={"X-Forwarded-For": "192.0.2.66, 203.0.113.7"})
    request.user = AnonymousUser()
    assert actor_of(request).address == address


def test_every_action_of_the_log_has_words() -> None:
    """Those of the chain are its steps; a new action cannot be forgotten here."""
    recorded = set()
    for path in (REPOSITORY / "dti_pipeline" / "portal").rglob("*.py"):
        recorded |= set(re.findall(r'record\(\s*[\w.]+,\s*f?"([\w{}.]+)"', path.read_text("utf-8")))
    steps = {name for _, name in BY_NAME}
    # The rest of these is made of a stage, an act or a step.
    made = {"decided_{stage}", "council_{act}", "release_{act}", "explanation_{stage}"}
    assert {name for name in recorded if "{" in name} == made | {"round_{step.name}"}
    words = set(words_of("portal_actions"))
    assert {name for name in recorded if "{" not in name} - steps <= words
    assert {"decided_second", "council_withdraw", "release_approve", "explanation_explain"} <= words
    context = {"lang": "vi"}
    assert action_name(context, "answer") == "Nhập số liệu"
    assert action_name(context, "send") == "Gửi cơ quan chủ trì"
    assert action_name(context, "round_open") == "Mở kỳ kê khai"
    assert plain(context, "not_started") == "chưa kê khai"
    assert plain({"lang": "en"}, '{"text": "225", "is_not_applicable": false}') == "225"
