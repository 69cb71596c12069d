"""Entries: read as in files, never lost, with what they are worth."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from dti_pipeline.intake.numbers.decimals import to_micro
from dti_pipeline.portal import answers, reviews, sending, workbooks
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.dossiers import take_step
from dti_pipeline.portal.errors import NotAllowedError, RefusedError
from dti_pipeline.portal.figures import answers_of, outlook, questions, read_central
from dti_pipeline.portal.models import Answer, AnswerVersion, Dossier, Event, Explanation
from schemas.files.framework import Variable
from tests.portal.conftest import Actors, Browse, Put
from tests.portal.test_evidence import PDF

KEY = ("0105", "press_items")
# As the page's own script sends an entry.
SCRIPT = {"Accept": "application/json"}


def save(actor: Actor, dossier: Dossier, text: str, version: int = 0, **more: Any) -> Any:
    entry = {"text": text, **more}
    return answers.save_answer(actor, dossier.pk, KEY, entry, base_version=version)


@pytest.mark.parametrize(
    ("kind", "text", "status", "choices"),
    [
        ("count", "1.234", "ok", []),
        ("count", "không có", "none_declared", []),
        ("count", "12,5", "ambiguous", ["12500"]),
        ("amount", "1.234", "ambiguous", ["1,2340", "1234"]),
        ("amount", "1.234,5", "ok", []),
        ("amount", "1,234.5", "ok", []),
        ("percent", "0,617", "ambiguous", ["0,6170%", "61,7%"]),
        ("percent", "61,7%", "ok", []),
        ("ratio", "61,7%", "ok", []),
        ("amount", "=SUM(A1)", "formula_without_value", []),
        ("amount", "<script>alert(1)</script>", "text", []),
    ],
)
def test_an_entry_is_read_by_the_policy_for_files(
    kind: str, text: str, status: str, choices: list[str]
) -> None:
    variable = Variable(vi="a", en="a", kind=kind)
    entry, _ = answers.read_text(text, variable)
    assert entry.status.value.replace("percent", "ok") == status
    assert sorted(answers.candidates(text, variable)) == sorted(choices)


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(["count", "amount", "percent", "ratio", "score"]),
    figure=st.decimals(0, 10**8, places=6, allow_nan=False, allow_infinity=False),
)
def test_what_is_written_clearly_reads_back_as_itself(kind: str, figure: Decimal) -> None:
    figure = figure.to_integral_value() if kind == "count" else figure.normalize()
    if kind == "ratio":
        figure = (figure / 10**8).quantize(Decimal("0.000001")).normalize()
    variable = Variable(vi="a", en="a", kind=kind)
    text = answers.clear_text(figure, variable)
    entry, _ = answers.read_text(text, variable)
    assert entry.value_micro == to_micro(figure), text


def test_two_people_in_one_answer_lose_nothing(dossier: Dossier, actors: Actors) -> None:
    specialist = actors["specialist"]
    first, _ = save(specialist, dossier, "225")
    present, late = save(specialist, dossier, "226", version=0)
    assert (present.text, late.entry["text"]) == ("225", "226")
    texts = [one.entry["text"] for one in AnswerVersion.objects.order_by("pk")]
    assert texts == ["225", "226"]
    assert [one.is_conflict for one in AnswerVersion.objects.order_by("pk")] == [False, True]
    mine, late = save(specialist, dossier, "226", version=first.version)
    assert (late, mine.text, mine.version) == (None, "226", 2)


def test_who_came_first_is_told_to_who_comes_too_late(
    put: Put, actors: Actors, browse: Browse
) -> None:
    dossier = put("declaring")
    save(actors["specialist"], dossier, "225")
    put("with_leader")
    form = {"code": KEY[0], "variable": KEY[1], "text": "226", "version": "0"}
    answer = browse("leader").post(f"/dossiers/{dossier.pk}/answer/", form, headers=SCRIPT)
    assert "<strong>225</strong> (Người specialist, " in answer.json()["echo"]


def test_without_a_script_the_page_with_the_saved_entry_answers(
    put: Put, actors: Actors, browse: Browse
) -> None:
    dossier = put("declaring")
    address, client = f"/dossiers/{dossier.pk}/", browse("specialist")
    form = {"code": KEY[0], "variable": KEY[1], "text": "1225", "version": "0"}
    answer = client.post(f"{address}answer/", form)
    assert (answer.status_code, answer.url) == (302, f"{address}?main=1#c-0105")
    page = client.get(answer.url).content.decode()
    assert 'name="text" value="1225"' in page
    assert "hiểu là 1.225 tin, bài" in page
    why = {"code": KEY[0], "stage": "declare", "text": "chưa có văn bản", "version": "0"}
    answer = client.post(f"{address}explanation/", why)
    assert (answer.status_code, answer.url) == (302, f"{address}?main=1#c-0105")
    assert "chưa có văn bản</textarea>" in client.get(answer.url).content.decode()


def test_without_a_script_a_page_tells_who_came_first_and_what_was_entered_too_late(
    put: Put, actors: Actors, browse: Browse
) -> None:
    dossier = put("with_leader")
    address, client = f"/dossiers/{dossier.pk}/", browse("leader")
    entry = {"text": "", "is_not_applicable": True, "na_reason": "không có báo in"}
    save(actors["leader"], dossier, "225")
    form = {"code": KEY[0], "variable": KEY[1], "version": "0", **entry}
    answer = client.post(f"{address}answer/", form)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Người leader đã thực hiện “Nhập số liệu” (0105 " in page
    assert "không có báo in" in page
    assert AnswerVersion.objects.get(is_conflict=True).entry["na_reason"] == "không có báo in"
    assert Answer.objects.get().text == "225"
    answers.save_explanation(
        actors["leader"], dossier.pk, "0105", "declare", "đang chờ ký", base_version=0
    )
    why = {"code": KEY[0], "stage": "declare", "text": "chưa có văn bản", "version": "0"}
    answer = client.post(f"{address}explanation/", why)
    assert answer.status_code == 409
    assert "“Giải trình vì sao không có tài liệu” (0105)" in answer.content.decode()
    assert "chưa có văn bản" in answer.content.decode()
    assert Explanation.objects.get().text == "đang chờ ký"


def test_the_same_entry_twice_is_no_conflict_and_no_version(
    dossier: Dossier, actors: Actors
) -> None:
    save(actors["specialist"], dossier, "225")
    again, late = save(actors["specialist"], dossier, "225", version=0)
    assert (late, again.version) == (None, 1)


def test_a_leader_who_changes_a_figure_is_on_record(put: Put, actors: Actors) -> None:
    dossier = put("with_leader")
    save(actors["leader"], dossier, "230")
    dossier.refresh_from_db()
    assert dossier.state == "with_leader"
    event = Event.objects.get(action="answer")
    assert event.actor == actors["leader"].name
    with pytest.raises(NotAllowedError):
        save(actors["specialist"], dossier, "231", version=1)


def test_nobody_saves_when_the_window_has_closed(dossier: Dossier, actors: Actors) -> None:
    dossier.round.declare_until = timezone.localdate() - timedelta(days=1)
    dossier.round.save()
    with pytest.raises(NotAllowedError):
        save(actors["specialist"], dossier, "1")
    assert not Answer.objects.exists()


def test_two_explanations_at_once_keep_both(dossier: Dossier, actors: Actors) -> None:
    def explain(text: str, version: int) -> tuple[Explanation, str]:
        return answers.save_explanation(
            actors["specialist"], dossier.pk, "0105", "declare", text, base_version=version
        )

    assert explain("chưa có văn bản", 0)[1] == ""
    present, late = explain("đang chờ ký", 0)
    assert (present.text, late) == ("chưa có văn bản", "đang chờ ký")
    assert Event.objects.get(action="explanation_conflict").after == "đang chờ ký"
    present, _ = explain("đang chờ ký", 1)
    assert (present.text, present.version) == ("đang chờ ký", 2)


def test_not_applicable_with_a_figure_or_without_reason_cannot_be_submitted(
    dossier: Dossier, actors: Actors
) -> None:
    asked = questions(dossier).items()
    key = next(k for k, q in asked if q.component.component.not_applicable.treatment != "refuse")
    entry = {"text": "", "is_not_applicable": True}
    answers.save_answer(actors["specialist"], dossier.pk, key, entry, base_version=0)
    assert any(code == key[0] for code, _ in answers.problems(dossier))
    both = {"text": "5", "is_not_applicable": True}
    saved, _ = answers.save_answer(actors["specialist"], dossier.pk, key, both, base_version=1)
    assert saved.status == "ambiguous"


def test_points_appear_with_the_evidence_and_others_stay_unknown(
    dossier: Dossier, actors: Actors
) -> None:
    save(actors["specialist"], dossier, "100000")
    points = {one.code: one for one in outlook(dossier, "declare").components}
    assert points["0105"].lost == "evidence_missing"
    assert points["0105"].low == 0
    relative = [one for one in outlook(dossier).components if one.waits_for == "others"]
    assert all((one.low, one.high) == (0, one.maximum) for one in relative)


def test_general_information_is_asked_kept_and_delivered_and_never_scored(
    dossier: Dossier, actors: Actors, browse: Browse
) -> None:
    form = {"code": "TTC", "variable": "area", "text": "4.859,96", "version": "0"}
    page = browse("specialist").get(f"/dossiers/{dossier.pk}/?main=TTC").content.decode()
    assert "Diện tích tự nhiên" in page
    assert "Dân số trung bình" in page  # the agency's figure
    address = f"/dossiers/{dossier.pk}/answer/"
    answer = browse("specialist").post(address, form, headers=SCRIPT).json()
    assert "4.859,96" in answer["echo"]
    assert answer["points"].strip() == ""
    save(actors["specialist"], dossier, "225")
    assert reviews.undecided(dossier) == ["0105"]
    with pytest.raises(NotAllowedError):
        reviews.stage_now(actors["reviewer"], dossier, "TTC")
    content = sending.report_content(dossier)
    read = workbooks.preview(actors["specialist"], dossier, content, "a.xlsx")
    assert read.changes == []
    again = browse("specialist").get(f"/dossiers/{dossier.pk}/result/?all=1")
    assert "225" in again.content.decode()


def test_an_empty_comment_is_refused_and_a_consultant_speaks_to_the_centre_only(
    dossier: Dossier, actors: Actors, browse: Browse
) -> None:
    with pytest.raises(RefusedError):
        answers.add_comment(actors["specialist"], dossier, "  ")
    answers.add_comment(actors["consultant"], dossier, "Nghi nhầm đơn vị tính", code="0105")
    answers.add_comment(actors["reviewer"], dossier, "Đề nghị bổ sung trang 2", code="0105")
    page = browse("specialist").get(f"/dossiers/{dossier.pk}/?main=1").content.decode()
    assert "Đề nghị bổ sung trang 2" in page
    assert "Nghi nhầm đơn vị tính" not in page
    page = browse("reviewer").get(f"/dossiers/{dossier.pk}/?main=1").content.decode()
    assert "Nghi nhầm đơn vị tính" in page


def test_a_comment_that_a_double_click_sends_twice_is_added_once(
    put: Put, actors: Actors, browse: Browse
) -> None:
    dossier = put("declaring")
    address = f"/dossiers/{dossier.pk}/comment/"

    def says(role: str, text: str, **more: str) -> int:
        form = {"code": "0105", "text": text, **more}
        assert browse(role).post(address, form).status_code == 302
        return dossier.comments.count()

    assert says("specialist", "Đã bổ sung trang 2") == 1
    assert says("specialist", "Đã bổ sung trang 2") == 1
    assert Event.objects.filter(action="comment").count() == 1
    assert says("specialist", "Đã bổ sung trang 2", code="") == 2
    assert says("reviewer", "Đã bổ sung trang 2") == 3
    assert says("reviewer", "Đã bổ sung trang 2", internal="1") == 4
    # An answer to somebody else is said anew, and so is what is said in another state.
    assert says("specialist", "Đã bổ sung trang 2") == 5
    take_step(actors["specialist"], dossier.pk, "submit")
    assert says("specialist", "Đã bổ sung trang 2") == 6


def test_hostile_text_is_shown_as_text(dossier: Dossier, actors: Actors, browse: Browse) -> None:
    hostile = '"><script>alert(1)</script>{{ 7|add:7 }}'
    save(actors["specialist"], dossier, hostile)
    answers.add_comment(actors["specialist"], dossier, hostile, code="0105")
    for address in ("?main=1", "changes/"):
        page = browse("specialist").get(f"/dossiers/{dossier.pk}/{address}").content.decode()
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page


@pytest.mark.parametrize("name", ["text", "na_reason", "explanation", "comment", "title"])
def test_what_is_too_long_to_be_kept_whole_is_refused_and_not_cut(
    dossier: Dossier, browse: Browse, name: str
) -> None:
    most = {"text": 2000, "na_reason": 2000, "title": 400}.get(name, 8000)
    client = browse("specialist")

    def post(length: int) -> Any:
        text, form = "x" * length, {"code": KEY[0], "variable": KEY[1], "version": 0}
        address = f"/dossiers/{dossier.pk}/"
        if name in ("explanation", "comment"):
            return client.post(f"{address}{name}/", form | {"text": text, "stage": "declare"})
        if name == "title":
            file = SimpleUploadedFile("cv.pdf", PDF)
            return client.post(f"{address}evidence/", form | {"title": text, "file": file})
        return client.post(f"{address}answer/", form | {name: text})

    answer = post(most + 1)
    assert answer.status_code == 409
    assert f"dài {most + 1} ký tự, chỉ lưu được {most}" in answer.content.decode()
    assert post(most).status_code in (200, 302)


@pytest.mark.parametrize("name", ["text", "na_reason", "variable", "một\0hai"])
def test_what_no_postgresql_keeps_is_refused_wherever_it_is_typed(
    dossier: Dossier, browse: Browse, name: str
) -> None:
    """`test_postgresql` asks the database itself."""
    form = {"code": KEY[0], "variable": KEY[1], "version": 0, "text": "225"}
    client = browse("specialist")
    answer = client.post(f"/dossiers/{dossier.pk}/answer/", form | {name: "\0"}, headers=SCRIPT)
    assert answer.status_code == 409
    assert "ký tự rỗng" in answer.json()["refused"]
    page = client.post(f"/dossiers/{dossier.pk}/comment/", form | {name: "\0"})
    assert "ký tự rỗng" in page.content.decode()
    assert client.get("/audit/?q=%00").status_code == 409
    assert not Answer.objects.exists()
    assert not dossier.comments.exists()


def test_an_option_that_the_framework_has_no_longer_is_asked_again(
    dossier: Dossier, actors: Actors, browse: Browse
) -> None:
    key, entry = ("0101", "chair"), {"text": "Bí thư hoặc Chủ tịch"}
    answers.save_answer(actors["specialist"], dossier.pk, key, entry, base_version=0)
    # As after a change of the framework: other places of its options, then none such.
    dossier.answers.update(value_micro=2_000_000)
    assert answers_of(dossier)[key].value_micro == 0
    dossier.answers.update(option="head", text="Người đứng đầu")
    client = browse("specialist")
    assert client.get(f"/dossiers/{dossier.pk}/workbook/").status_code == 200
    page = client.get(f"/dossiers/{dossier.pk}/?main=1&show=unclear").content.decode()
    assert '<option value="Người đứng đầu" selected>' in page
    Dossier.objects.filter(pk=dossier.pk).update(state="declaring")
    answer = client.post(f"/dossiers/{dossier.pk}/step/", {"step": "submit"})
    assert answer.status_code == 409
    assert "“Người đứng đầu” chưa rõ" in answer.content.decode()


@pytest.mark.parametrize(
    ("language", "asked", "echo", "agency"),
    [
        ("vi", "<small>(tin, bài)</small>", "hiểu là 1.225 tin, bài", "</strong> người <small>"),
        ("en", "<small>(articles)</small>", "read as 1,225 articles", "</strong> people <small>"),
    ],
)
def test_a_unit_of_measure_is_named_in_the_language_of_the_page(
    language: str,
    asked: str,
    echo: str,
    agency: str,
    dossier: Dossier,
    actors: Actors,
    browse: Browse,
) -> None:
    save(actors["specialist"], dossier, "1225")
    read_central(actors["operator"], dossier.round)
    client = browse("specialist")
    client.post("/language/", {"language": language})
    page = client.get(f"/dossiers/{dossier.pk}/?main=1").content.decode()
    assert asked in page
    assert echo in page
    assert agency in client.get(f"/dossiers/{dossier.pk}/?main=3").content.decode()
