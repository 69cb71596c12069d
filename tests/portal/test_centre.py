"""The centre: decisions with reasons, many at once, drafts, letters, what pages refuse."""

import os
import re
import unicodedata
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone
from django.utils.html import strip_tags

from dti_pipeline.portal import audit, figures, reviews, rounds, sending
from dti_pipeline.portal.answers import save_answer, text_of
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.dossiers import take_step
from dti_pipeline.portal.errors import NotAllowedError, RefusedError
from dti_pipeline.portal.models import (
    Assignment,
    CentralFigure,
    Decision,
    Dossier,
    Event,
    Mail,
    Round,
)
from dti_pipeline.portal.reviews import Ruling, contradicts, decide
from schemas.causes import CAUSE
from tests.portal.conftest import ASSESSMENT, KEY, OWN, Actors, Browse, Put, observe


def judge(actor: Actor, dossier: Dossier, state: str, note: str = "", **more: Any) -> Decision:
    version = more.pop("base_version", 0)
    ruling = Ruling(**{"state": state, "note": note, "opinion": "other", **more})
    return decide(actor, dossier.pk, "0105", ruling, base_version=version)


@pytest.mark.parametrize("state", ["adjusted", "rejected", "asked"])
@pytest.mark.parametrize(
    "note", ["", "ok", "......................", "không công nhận", "Tài liệu ngoài kỳ số liệu."]
)
def test_whoever_does_not_accept_says_why(
    state: str, note: str, declared: Dossier, actors: Actors
) -> None:
    more = {"variable": KEY[1], "value_text": "220"} if state == "adjusted" else {}
    with pytest.raises(RefusedError):
        judge(actors["reviewer"], declared, state, unicodedata.normalize("NFD", note), **more)
    assert not Decision.objects.exists()


def test_agreeing_words_beside_a_changed_score_are_flagged(
    declared: Dossier, actors: Actors, browse: Browse
) -> None:
    decision = judge(
        actors["reviewer"], declared, "rejected", "văn bản không đúng kỳ", opinion="agree"
    )
    assert contradicts(decision)
    page = browse("reviewer").get(f"/dossiers/{declared.pk}/?main=1").content.decode()
    assert "nhưng điểm thay đổi" in page
    accepted = judge(actors["reviewer"], declared, "accepted", opinion="agree", base_version=1)
    assert not contradicts(accepted)


def test_an_adjusted_figure_must_be_clear(declared: Dossier, actors: Actors) -> None:
    note = "đếm trùng năm tin bài"
    for text in ("", "12,5", "nhiều"):
        with pytest.raises(RefusedError, match="not clear"):
            judge(actors["reviewer"], declared, "adjusted", note, variable=KEY[1], value_text=text)
    higher = judge(
        actors["reviewer"],
        declared,
        "adjusted",
        "đơn vị đếm thiếu năm tin",
        variable=KEY[1],
        value_text="230",
        opinion="understated",
    )
    assert higher.value_micro == 230_000_000
    assert not contradicts(higher)


def test_a_cause_of_lost_points_goes_into_the_appraisal_file(
    declared: Dossier, actors: Actors, browse: Browse, committed: Any, data: Path
) -> None:
    cause = {"cause": "hard_to_determine", "cause_note": "báo không lưu bản cũ"}
    note = "đếm trùng năm tin bài"
    for wrong in ({"cause": "x"}, {"cause_note": "báo không lưu bản cũ"}):
        with pytest.raises(RefusedError, match="cause"):
            judge(actors["reviewer"], declared, "rejected", note, **wrong)
    judge(actors["reviewer"], declared, "rejected", note, **cause)
    page = browse("reviewer").get(f"/dossiers/{declared.pk}/?main=1").content.decode()
    assert "khó xác định số liệu (báo không lưu bản cũ)" in " ".join(page.split())
    sending.deliver(actors["leader"], declared)
    sending.reconcile()
    reviews.write_appraisals(actors["operator"], declared.round)
    sending.reconcile()
    causes = observe(data).observations.filter(variable=CAUSE)
    assert causes.select("unit_id", "component_code", "option").rows() == [
        (OWN, "0105", "hard_to_determine")
    ]
    assert "báo không lưu bản cũ" in causes["evidence_text"][0]


def test_the_centre_sees_the_spread_of_what_other_units_sent(
    declared: Dossier, other: Dossier, actors: Actors, browse: Browse
) -> None:
    other.answers.create(
        component_code=KEY[0], variable=KEY[1], text="300", value_micro=300_000_000, status="ok"
    )
    address = f"/dossiers/{declared.pk}/?main=1"
    assert "Đơn vị khác" not in browse("reviewer").get(address).content.decode()
    Dossier.objects.filter(pk=other.pk).update(state="sent")
    page = browse("reviewer").get(address).content.decode()
    assert "Đơn vị khác (1): 300 – <strong>300</strong> – 300" in page
    assert "Đơn vị khác" not in browse("specialist").get(address).content.decode()


def test_changes_are_those_of_this_unit_alone(
    declared: Dossier, other: Dossier, actors: Actors, browse: Browse
) -> None:
    """Another unit's name may begin with this one's."""
    Dossier.objects.filter(pk=other.pk).update(unit_name=f"{declared.unit_name} Mới")
    other.refresh_from_db()
    for held, text in ((declared, "của mình"), (other, "của người khác")):
        audit.record(actors["specialist"], "test", held, after=f"{text} 1")
        audit.record(actors["specialist"], "test", f"{held} 0105.press_items", after=f"{text} 2")
    page = browse("specialist").get(f"/dossiers/{declared.pk}/changes/").content.decode()
    assert page.count("của mình") == 2
    assert "<td>0105 Số tin, bài trên báo của tỉnh</td>" in page
    assert "press_items" not in page
    assert "của người khác" not in page


def test_a_reviewer_of_one_main_decides_there_alone(declared: Dossier, actors: Actors) -> None:
    reviewer = actors["reviewer"]
    reviewer.person.assignments.update(main_code="2")
    with pytest.raises(NotAllowedError):
        judge(reviewer, declared, "accepted")
    reviewer.person.assignments.update(main_code="1")
    assert judge(reviewer, declared, "accepted").stage == "review"


def test_an_assignment_says_what_it_is_for(actors: Actors, browse: Browse) -> None:
    actors["reviewer"].person.assignments.update(unit_id="", main_code="1")
    page = browse("reviewer").get("/").content.decode()
    assert "chuyên viên rà soát: mọi đơn vị · chỉ số chính 1" in page
    assert "tư vấn: Bắc Kạn\n" in browse("consultant").get("/").content.decode()


def test_a_reviewer_may_decline_with_a_reason_and_sees_nothing_more(
    declared: Dossier, actors: Actors, browse: Browse
) -> None:
    held = Assignment.objects.get(role="reviewer")
    client = browse("reviewer")
    assert client.post(f"/assignments/{held.pk}/decline/", {"reason": ""}).status_code == 409
    reason = "vợ tôi là lãnh đạo đơn vị này"
    assert client.post(f"/assignments/{held.pk}/decline/", {"reason": reason}).status_code == 302
    assert client.get(f"/dossiers/{declared.pk}/").status_code == 403
    again = client.post(f"/assignments/{held.pk}/decline/", {"reason": "một lý do khác hẳn"})
    assert again.status_code == 404
    assert Event.objects.get(action="review_declined").reason == reason


def test_a_reviewer_changes_a_figure_that_was_adjusted_before(
    declared: Dossier, actors: Actors, browse: Browse
) -> None:
    client, note = browse("reviewer"), "đếm trùng năm tin bài"
    form = {"code": "0105", "state": "adjusted", "variable": KEY[1], "value_text": "220"}
    form |= {"opinion": "evidence_differs", "note": note}
    address = f"/dossiers/{declared.pk}/decide/"
    assert client.post(address, form).status_code == 302
    page = client.get(f"/dossiers/{declared.pk}/?main=1").content.decode()
    (name, version) = re.findall(r'name="(version-\w*)" value="(\d+)"', page)[0]
    assert name == f"version-{KEY[1]}"
    assert client.post(address, form | {"value_text": "221"}).status_code == 409
    assert client.post(address, form | {"value_text": "221", name: version}).status_code == 302
    assert Decision.objects.get().value_micro == 221_000_000
    # Figures by name, not by code.
    page = client.get(f"/dossiers/{declared.pk}/result/").content.decode()
    assert "điều chỉnh số liệu · Số tin, bài trên báo của tỉnh → <strong>221</strong>" in page


def test_a_figure_is_adjusted_of_a_component_that_was_accepted_as_a_whole(
    declared: Dossier, actors: Actors, data: Path
) -> None:
    judge(actors["reviewer"], declared, "accepted")
    adjusted = {"variable": KEY[1], "value_text": "220"}
    judge(actors["reviewer"], declared, "adjusted", "đếm trùng năm tin bài", **adjusted)
    rows = figures.observations_of(declared, "review").filter(source_kind="appraisal")
    assert rows.select("value_micro", "evidence_state").rows() == [(220_000_000, "adjusted")]
    sending.deliver(actors["leader"], declared)
    reviews.write_appraisals(actors["operator"], declared.round)
    sending.reconcile()
    read = observe(data)
    written = read.observations.filter(source_kind="appraisal")
    assert written.select("value_micro", "evidence_state").rows() == [(220_000_000, "adjusted")]
    assert "appraisal.decided_twice" not in read.issues["rule_id"].to_list()


@pytest.mark.parametrize("variable", ["", KEY[1]])
def test_a_decision_that_a_file_holds_does_not_become_a_request_to_explain(
    declared: Dossier, actors: Actors, variable: str
) -> None:
    note = "đếm trùng năm tin bài"
    adjusted = {"variable": KEY[1], "value_text": "220"}
    first = judge(actors["reviewer"], declared, "asked", note, variable=KEY[1])
    judge(actors["reviewer"], declared, "adjusted", note, base_version=first.version, **adjusted)
    sending.deliver(actors["leader"], declared)
    reviews.write_appraisals(actors["operator"], declared.round)
    base_version = 2 if variable else 0
    with pytest.raises(RefusedError, match="cannot become a request to explain"):
        judge(
            actors["reviewer"],
            declared,
            "asked",
            note,
            variable=variable,
            base_version=base_version,
        )
    assert Decision.objects.get().state == "adjusted"
    judge(actors["reviewer"], declared, "rejected", note, base_version=2, variable=KEY[1])


def test_an_agencys_figure_is_not_appraised_though_units_report_it_too(
    dossier: Dossier, actors: Actors, put: Put, browse: Browse
) -> None:
    code, name = "0702", "procedures_full"
    save_answer(actors["specialist"], dossier.pk, (code, name), {"text": "7"}, base_version=0)
    figures.read_central(actors["operator"], dossier.round)
    put("received", "closed")
    before = {c.code: c.low for c in figures.outlook(dossier, "self").components}[code]
    decide(actors["reviewer"], dossier.pk, code, Ruling("accepted", opinion="agree"))
    assert {c.code: c.low for c in figures.outlook(dossier).components}[code] == before > 0
    ruling = Ruling("adjusted", name, "9", "other", "khác với bảng của cơ quan")
    with pytest.raises(RefusedError, match="as the agency gives it"):
        decide(actors["reviewer"], dossier.pk, code, ruling)
    page = browse("reviewer").get(f"/dossiers/{dossier.pk}/?main=7").content.decode()
    assert f'<option value="{name}"' not in page


def test_a_second_reviewer_is_told_of_the_first(declared: Dossier, actors: Actors) -> None:
    judge(actors["reviewer"], declared, "accepted")
    with pytest.raises(RefusedError, match="has just decided"):
        judge(actors["reviewer"], declared, "rejected", "văn bản không đúng kỳ")


def test_reported_figures_that_agree_with_the_agencies_are_accepted_at_once(
    dossier: Dossier, actors: Actors, put: Put
) -> None:
    figures.read_central(actors["operator"], dossier.round)
    central = figures.central_of(dossier)
    keys = [key for key in figures.questions(dossier) if key in central]
    assert keys
    for key in keys:
        question = figures.questions(dossier)[key]
        text = text_of(central[key].value_micro, None, question.variable)
        save_answer(actors["specialist"], dossier.pk, key, {"text": text}, base_version=0)
    put("received", "closed")
    codes = {key[0] for key in keys}
    assert reviews.accept_many(actors["reviewer"], dossier.pk) == len(codes)
    assert set(Decision.objects.values_list("component_code", flat=True)) == codes


def test_agencies_figures_are_shown_with_their_place_and_their_first_day(
    dossier: Dossier, actors: Actors, browse: Browse
) -> None:
    count = figures.read_central(actors["operator"], dossier.round)
    assert count > 500
    yesterday = timezone.localdate() - timedelta(days=1)
    CentralFigure.objects.update(since=yesterday)
    figures.read_central(actors["operator"], dossier.round)
    assert CentralFigure.objects.filter(since=yesterday).count() == count
    page = browse("specialist").get(f"/dossiers/{dossier.pk}/?main=3").content.decode()
    assert f"có từ {yesterday:%d/%m/%Y}" in page
    assert "tệp 06_identity_2022.csv, dòng 5, cột “Số hộ gia đình”" in page


def test_the_board_says_what_was_read_of_agencies_and_which_file_was_not(
    dossier: Dossier, actors: Actors, browse: Browse, data: Path
) -> None:
    board, folder = f"/rounds/{dossier.round_id}/", data / "raw" / ASSESSMENT / "central"

    def shown(role: str = "operator") -> str:
        page = strip_tags(browse(role).get(board).content.decode())
        return " ".join(page.split())

    assert "Chưa đọc: 06_identity_2022.csv" in shown()
    page = browse("operator").post(f"{board}step/", {"act": "read_central"}, follow=True)
    count = CentralFigure.objects.filter(source_file__endswith="/06_identity_2022.csv").count()
    total = CentralFigure.objects.count()
    assert f"Đã đọc {total} số liệu của cơ quan quản lý." in page.content.decode()
    assert f"06_identity_2022.csv: {count} số liệu" in shown()
    assert "Chưa đọc" not in shown()
    # A copy may bear the day of what it was made of.
    late = folder / "09_identity_again.csv"
    late.write_bytes((folder / "06_identity_2022.csv").read_bytes())
    os.utime(late, (0, 0))
    (folder / "02_tax_2022.csv").unlink()
    assert "Chưa đọc: 09_identity_again.csv (mới, đã thay hoặc không còn)" in shown()
    assert "Chưa đọc: 02_tax_2022.csv" in shown()
    assert "Chưa đọc: 06_identity" not in shown()
    assert "Chưa đọc: 09" not in shown("monitor")


def test_what_a_button_of_the_board_did_is_said_in_the_language_of_the_page(
    dossier: Dossier, browse: Browse
) -> None:
    client, step = browse("operator"), f"/rounds/{dossier.round_id}/step/"
    assert "Đã nhận 0 báo cáo" in client.post(step, {"act": "adopt"}, follow=True).content.decode()
    client.post("/language/", {"language": "en"})
    page = client.post(step, {"act": "remind"}, follow=True).content.decode()
    assert "2 letter(s) to units that have not sent" in page


@pytest.mark.parametrize("address", ["/rounds/{}/step/", "/outbox/"])
def test_a_button_for_ticked_lines_asks_to_tick_some(
    address: str, dossier: Dossier, browse: Browse
) -> None:
    form = {"act": "unlock", "window": "declare", "until": "01/01/2099", "reason": "bổ sung"}
    page = browse("operator").post(address.format(dossier.round_id), form)
    assert page.status_code == 409
    assert "Chưa chọn dòng nào" in page.content.decode()


def test_an_empty_outbox_says_so(actors: Actors, browse: Browse) -> None:
    page = browse("operator").get("/outbox/").content.decode()
    assert "Không có thư nào chờ gửi." in page
    assert "Đánh dấu đã gửi" not in page


def test_a_draft_of_a_review_lies_on_the_server_for_its_writer_until_it_is_sent(
    declared: Dossier, browse: Browse
) -> None:
    page, address = f"/dossiers/{declared.pk}/?main=1", f"/dossiers/{declared.pk}/draft/"
    form = {"code": "0105", "state": "rejected", "opinion": "evidence_period", "note": "văn bản cũ"}
    typed = {"place": "decide-0105", **form}
    assert browse("reviewer").post(address, typed).status_code == 200
    assert "văn bản cũ</textarea>" in browse("reviewer").get(page).content.decode()
    assert "văn bản cũ" not in browse("operator").get(page).content.decode()
    for role in ("specialist", "consultant", "monitor"):
        assert browse(role).post(address, typed).status_code == 403, role
    note = "văn bản ban hành năm 2021"
    sent = browse("reviewer").post(
        f"/dossiers/{declared.pk}/decide/", {**form, "note": note, "version-": "0"}
    )
    assert sent.status_code == 302
    assert not declared.drafts.exists()
    assert "văn bản cũ" not in browse("reviewer").get(page).content.decode()


def test_a_draft_of_a_comment_is_kept_until_it_is_sent(declared: Dossier, browse: Browse) -> None:
    form = {"place": "comment-0105", "text": "đề nghị kiểm tra"}
    browse("specialist").post(f"/dossiers/{declared.pk}/draft/", form)
    page = f"/dossiers/{declared.pk}/?main=1"
    assert "đề nghị kiểm tra</textarea>" in browse("specialist").get(page).content.decode()
    form = {"code": "0105", "text": "đề nghị kiểm tra lại"}
    browse("specialist").post(f"/dossiers/{declared.pk}/comment/", form)
    assert not declared.drafts.exists()


def test_a_letter_that_opens_an_account_is_for_administrators_alone(
    browse: Browse, client: Any, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "dti_pipeline.portal.notices.OutboxBackend"
    client.post("/accounts/password/reset/", {"email": "head@example.vn"})
    assert Mail.objects.get().is_secret
    link = "/accounts/password/reset/key/"
    assert link in browse("admin").get("/outbox/").content.decode()
    assert link not in browse("operator").get("/outbox/").content.decode()
    number = Mail.objects.get().pk
    assert browse("operator").post("/outbox/", {"mail": number}).status_code == 403


def test_notices_stand_on_the_first_page_of_whom_they_concern(
    round_: Round, actors: Actors, browse: Browse
) -> None:
    rounds.remind(actors["operator"], round_)
    assert "hạn gửi" in browse("specialist").get("/").content.decode()
    assert "Đề nghị hoàn thành" not in browse("reviewer").get("/").content.decode()


def test_pages_and_letters_name_the_assessment_by_its_title(
    declared: Dossier, actors: Actors, browse: Browse
) -> None:
    take_step(actors["reviewer"], declared.pk, "ask_back", "thiếu tệp văn bản")
    rounds.propose(actors["operator"], declared.round_id, "reopen", "nhiều đơn vị còn thiếu")
    letters = [f"{letter.subject}\n{letter.body}" for letter in Mail.objects.all()]
    assert len(letters) == 3
    own = f"/rounds/{declared.round_id}/"
    pages = [f"/dossiers/{declared.pk}/", f"{own}queue/", f"{own}council/", f"{own}supplies/"]
    shown = [strip_tags(browse("operator").get(page).content.decode()) for page in pages]
    for text in (*letters, *shown):
        assert "Chỉ số chuyển đổi số cấp tỉnh năm 2022 (DTI 2022)" in text
        assert ASSESSMENT not in text


def test_letters_wait_in_the_outbox_until_somebody_sends_them(
    dossier: Dossier, other: Dossier, actors: Actors, browse: Browse
) -> None:
    Dossier.objects.filter(pk=other.pk).update(state="sent")
    assert (
        browse("operator").post(f"/rounds/{dossier.round_id}/step/", {"act": "remind"}).status_code
        == 302
    )
    letters = Mail.objects.all()
    assert {one.to for one in letters} == {"specialist@example.vn", "leader@example.vn"}
    assert "Hạn gửi" in letters[0].body
    client = browse("operator")
    assert "Bắc Kạn" in client.get("/outbox/").content.decode()
    client.post("/outbox/", {"mail": [one.pk for one in letters]})
    assert not Mail.objects.filter(sent_at=None).exists()
    assert mail.outbox == []


def test_what_is_too_long_to_be_written_whole_is_refused(
    declared: Dossier, round_: Round, actors: Actors, browse: Browse
) -> None:
    """A cell of an appraisal file holds 32,767 characters; what was longer left it empty."""
    long = "đếm trùng " * 900
    for more in (
        {"note": long},
        {"note": "đếm trùng năm tin", "cause": "budget", "cause_note": long},
    ):
        ruling = Ruling("rejected", opinion="evidence_differs", **more)
        with pytest.raises(RefusedError, match="8000"):
            decide(actors["reviewer"], declared.pk, "0105", ruling)
    supply = round_.supplies.create(component_code="0105", item="tin", supplier="Sở")
    form = {"supply": supply.pk, "note": long}
    assert browse("operator").post(f"/rounds/{round_.pk}/supplies/", form).status_code == 409
    form = {"place": "decide-0105", "note": long}
    assert browse("reviewer").post(f"/dossiers/{declared.pk}/draft/", form).status_code == 409
    for address, place in (("comment", "code"), ("draft", "place")):
        form = {place: "comment-9999" if place == "place" else "9999", "text": "không ai thấy"}
        page = browse("reviewer").post(f"/dossiers/{declared.pk}/{address}/", form)
        assert page.status_code == 403
    assert not declared.comments.exists()


def test_numbers_that_are_none_are_refused(round_: Round, browse: Browse) -> None:
    operator, step = browse("operator"), f"/rounds/{round_.pk}/step/"
    for text in ("²", "x", "9999999999"):  # the last fits no column of PostgreSQL
        form = {"act": "unlock", "until": "01/01/2099", "dossier": text, "mail": text}
        assert operator.post(step, form).status_code == 409
        assert operator.post("/outbox/", form).status_code == 409
    assert operator.get(f"/api/rounds/{'9' * 25}/dossiers/").json() == []
