"""The audit log: chained, append-only, exported without formulas."""

import csv
import io
import re
import unicodedata
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.html import strip_tags

from dti_pipeline.cli.portal import check_audit
from dti_pipeline.portal import audit, rounds
from dti_pipeline.portal.answers import add_comment
from dti_pipeline.portal.audit import SYSTEM
from dti_pipeline.portal.chain import BY_NAME
from dti_pipeline.portal.middleware import actor_of
from dti_pipeline.portal.models import Dossier, Event
from dti_pipeline.portal.reviews import Ruling, decide
from dti_pipeline.portal.templatetags.portal import action_name, plain
from schemas.words import words_of
from tests.conftest import REPOSITORY
from tests.portal.conftest import ASSESSMENT, KEY, Actors, Browse


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


@pytest.mark.parametrize(
    ("kept", "action", "vi", "en"),
    [
        ("close", "round_proposed", "Khóa kê khai để rà soát", "Close for review"),
        ('{"role": "council"}', "right_given", "Hội đồng thẩm định", "council"),
        (
            '{"state": "adjusted", "value_text": "220", "opinion": "understated", "note": "",'
            ' "cause": "leadership", "points_before": 5000000, "points_after": 7500000}',
            "decided_review",
            "điều chỉnh số liệu; 220; Số liệu đúng cao hơn số tự khai; chỉ đạo, điều hành;"
            " điểm trước: 5,00; điểm sau: 7,50",
            "adjusted; 220; The true figure is higher than declared; leadership;"
            " points before: 5.00; points after: 7.50",
        ),
        (
            '{"until": "2026-12-31", "window": "declare"}',
            "unlock",
            "đến hết 31/12/2026; kê khai",
            "until 31/12/2026; declaring",
        ),
        (
            '{"answer": "no_answer", "asked_on": "2026-12-01", "note": ""}',
            "supply",
            "chưa trả lời; hỏi ngày 01/12/2026",
            "no answer; asked on 01/12/2026",
        ),
        (
            '{"is_not_applicable": true, "na_reason": "không có", "text": ""}',
            "answer",
            "không phát sinh ✓; không có",
            "not applicable ✓; không có",
        ),
        ('{"of": 3, "signatures": [{"signer": "A"}]}', "signed_copy_attached", "3", "3"),
        # What a person typed stays as it is, even where it looks like something else.
        ("2022-12-14", "comment", "2022-12-14", "2022-12-14"),
        ("{xem lại", "comment", "{xem lại", "{xem lại"),
    ],
)
def test_what_a_line_keeps_is_told_in_words(kept: str, action: str, vi: str, en: str) -> None:
    assert plain({"lang": "vi"}, kept, action) == vi
    assert plain({"lang": "en"}, kept, action) == en


def test_pages_of_the_log_name_rounds_and_figures(
    declared: Dossier, actors: Actors, browse: Browse
) -> None:
    add_comment(actors["specialist"], declared, "{chưa rõ", code="0105")
    ruling = Ruling("adjusted", KEY[1], "220", "other", "đếm trùng năm tin bài")
    decide(actors["reviewer"], declared.pk, "0105", ruling)
    until = timezone.localdate() + timedelta(days=9)
    rounds.unlock(actors["operator"], [declared], "declare", until, "bổ sung tài liệu")
    for page in ("/audit/", f"/dossiers/{declared.pk}/changes/"):
        shown = strip_tags(browse("operator").get(page).content.decode())
        for text in (
            "0105 Số tin, bài trên báo của tỉnh",
            f"đến hết {until:%d/%m/%Y}; kê khai",
            "Ý kiến khác",
            "điều chỉnh số liệu; 220",
            "{chưa rõ",
        ):
            assert text in shown, page
        for code in (ASSESSMENT, "press_items", f"{until}", "adjusted"):
            assert code not in shown, page


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_the_log_is_searched_for_a_name_as_any_keyboard_sends_it(
    form: Literal["NFC", "NFD"], declared: Dossier, browse: Browse
) -> None:
    page = browse("operator").get("/audit/", {"q": unicodedata.normalize(form, "Bắc Kạn")})
    assert page.context["events"]
