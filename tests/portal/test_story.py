"""The chain from an empty form to a frozen dossier, through the pages, with real files."""

import io
from pathlib import Path
from typing import Any

import pytest

from dti_pipeline.portal import audit, rounds, sending
from dti_pipeline.portal.figures import outlook
from dti_pipeline.portal.models import Delivery, Dossier
from tests.portal.conftest import OWN, Actors, Browse, observe, windows
from tests.portal.test_evidence import PDF


class People:
    """Signs people in and posts what they do, as the pages would."""

    def __init__(self, browse: Browse, dossier: Dossier, capture: Any) -> None:
        self.browse, self.dossier, self.capture = browse, dossier, capture

    def post(self, role: str, what: str, status: int = 302, **form: Any) -> Any:
        address = what if what.startswith("/") else f"/dossiers/{self.dossier.pk}/{what}/"
        with self.capture(execute=True):
            # An entry is answered to the page's own script, as JSON.
            headers = {"Accept": "application/json"} if status == 200 else {}
            answer = self.browse(role).post(address, form, headers=headers)
        assert answer.status_code == status, answer.content.decode()[-1500:]
        self.dossier.refresh_from_db()
        return answer

    def step(self, role: str, name: str, reason: str = "", status: int = 302) -> Any:
        return self.post(role, "step", status, step=name, reason=reason)

    def answer(self, code: str, variable: str, text: str, version: int = 0, **more: Any) -> Any:
        form = {"code": code, "variable": variable, "text": text, "version": version, **more}
        return self.post("specialist", "answer", 200, **form).json()

    def attach(self, code: str, content: bytes = PDF, name: str = "cv.pdf") -> Any:
        file = io.BytesIO(content)
        file.name = name
        form = {"code": code, "number": "12/QĐ", "issued": "05/06/2022", "title": "Quyết định"}
        return self.post("specialist", "evidence", file=file, **form)


@pytest.fixture
def people(browse: Browse, dossier: Dossier, django_capture_on_commit_callbacks: Any) -> People:
    return People(browse, dossier, django_capture_on_commit_callbacks)


def test_a_specialist_declares_and_is_asked_about_an_ambiguous_number(people: People) -> None:
    result = people.answer("0105", "press_items", "12.5")
    assert "unclear" in result["echo"]
    result = people.answer("0105", "press_items", "225", version=1)
    assert "hiểu là 225" in result["echo"]
    assert result["version"] == 2
    assert people.dossier.state == "declaring"
    page = people.browse("specialist").get(f"/dossiers/{people.dossier.pk}/?main=1")
    assert "0105" in page.content.decode()


def test_the_whole_chain_of_a_dossier(people: People, data: Path, actors: Actors) -> None:
    dossier = people.dossier
    people.answer("0105", "press_items", "225")
    people.step("specialist", "submit", status=409)  # 0105 has no evidence yet
    people.attach("0105")
    people.step("specialist", "submit")
    people.step("leader", "return_inside", "thiếu số liệu chỉ số 0106")
    assert dossier.state == "declaring"
    people.step("specialist", "submit")
    people.step("leader", "send")
    delivery = dossier.sent.get()
    path = data / delivery.path
    assert path.name == "06_bac_kan.xlsx"
    observed = observe(data).observations
    row = observed.filter(
        unit_id=OWN, component_code="0105", variable="press_items", source_kind="self_report"
    ).row(0, named=True)
    assert row["value_micro"] == 225_000_000
    assert row["evidence_state"] == "reported"
    assert f"sha256:{dossier.evidence.get().file_id}" in row["evidence_text"]
    receipt = people.browse("specialist").get(f"/deliveries/{delivery.pk}/receipt.pdf")
    assert receipt.content.startswith(b"%PDF-")

    people.step("reviewer", "receive")
    decision = {"code": "0105", "state": "adjusted", "variable": "press_items", "value_text": "220"}
    people.post("reviewer", "decide", 409, **decision, opinion="evidence_differs", note="…")
    people.post(
        "reviewer", "decide", **decision, opinion="evidence_differs", note="đếm trùng năm tin"
    )
    windows(dossier.round, "closed")
    people.step("reviewer", "finish_review")
    page = people.browse("specialist").get(f"/dossiers/{dossier.pk}/result/").content.decode()
    assert "đếm trùng" not in page  # the unit is told when explanations open
    rounds.propose(actors["operator"], dossier.round.pk, "explanation")
    people.post("head", f"/rounds/{dossier.round.pk}/step/", act="confirm", step="explanation")
    appraisal = Delivery.objects.get(kind="appraisal")
    assert (data / appraisal.path).name == "01_review.xlsx"
    observed = observe(data)
    row = observed.observations.filter(source_kind="appraisal").row(0, named=True)
    assert (row["value_micro"], row["evidence_state"]) == (220_000_000, "adjusted")
    windows(dossier.round, "explanation")
    page = people.browse("specialist").get(f"/dossiers/{dossier.pk}/result/").content.decode()
    assert "đếm trùng năm tin" in page
    assert "Rà soát</th>" in page
    assert "Hội đồng thẩm định</th>" not in page  # nor points of a stage that is still to come
    people.post(
        "specialist",
        "explanation",
        200,
        code="0105",
        stage="explain",
        text="Năm tin đăng trên hai báo khác nhau.",
        version=0,
    )
    people.step("specialist", "submit_explanation")
    people.step("leader", "send_explanation")
    windows(dossier.round, "second_review")
    people.step("reviewer", "freeze", status=409)  # the explanation has no answer yet
    people.post(
        "reviewer", "decide", code="0105", state="accepted", opinion="explained", note="hợp lý"
    )
    people.step("reviewer", "freeze")
    rounds.propose(actors["operator"], dossier.round.pk, "council")
    people.post("head", f"/rounds/{dossier.round.pk}/step/", act="confirm", step="council")
    observed = observe(data).observations
    last = observed.filter(source_kind="appraisal").sort("delivery_no").row(-1, named=True)
    assert last["value_micro"] == 225_000_000  # the unit's own figure holds again
    assert list(audit.problems()) == []
    points = {one.code: one.low for one in outlook(dossier, "council").components}
    assert points["0105"] == {o.code: o.low for o in outlook(dossier, "declare").components}["0105"]


def _council(people: People, operator: Any, *names: str) -> None:
    """Take steps of the round, each proposed by the operator and confirmed by the head."""
    for name in names:
        rounds.propose(operator, people.dossier.round.pk, name, "xem lại số liệu đã rà soát")
        people.post("head", f"/rounds/{people.dossier.round.pk}/step/", act="confirm", step=name)


@pytest.mark.parametrize(
    ("entry", "own", "status"),
    [
        ({"text": "225"}, 225_000_000, "ok"),
        ({"text": "không có"}, 0, "ok"),
        (
            {"text": "", "is_not_applicable": "1", "na_reason": "tỉnh không có báo in"},
            None,
            "not_applicable",
        ),
    ],
)
def test_a_unit_gets_its_figure_back_from_the_stage_that_had_adjusted_it(
    people: People,
    data: Path,
    actors: Actors,
    monkeypatch: pytest.MonkeyPatch,
    entry: dict[str, str],
    own: int | None,
    status: str,
) -> None:
    people.answer("0105", "press_items", **entry)
    people.attach("0105")
    monkeypatch.setattr("dti_pipeline.portal.answers.problems", lambda _: [])
    people.step("specialist", "submit")
    people.step("leader", "send")
    people.dossier.state = "reviewed"
    people.dossier.save()
    windows(people.dossier.round, "second_review")
    adjusted = {"code": "0105", "state": "adjusted", "variable": "press_items", "value_text": "100"}
    reason = {"opinion": "evidence_differs", "note": "đếm trùng năm tin"}
    people.post("reviewer", "decide", **adjusted, **reason)
    people.step("reviewer", "freeze")
    _council(people, actors["operator"], "council", "back_to_review")
    people.step("operator", "unfreeze", "xem lại số liệu đã rà soát")
    accepted = {"code": "0105", "state": "accepted", "opinion": "explained"}
    people.post("reviewer", "decide", **accepted)
    people.step("reviewer", "freeze")
    _council(people, actors["operator"], "council")
    observed = observe(data).observations.filter(source_kind="appraisal").sort("delivery_no")
    assert observed["value_micro"].to_list() == [100_000_000, own]
    assert observed["obs_status"].to_list() == ["ok", status]


def test_one_figure_of_a_component_does_not_apply_and_the_other_is_still_read(
    people: People, data: Path, actors: Actors
) -> None:
    why = "tỉnh không có cơ quan thuộc diện kết nối"
    people.answer("0306", "connected", "", is_not_applicable="1", na_reason=why)
    people.answer("0306", "offices", "12")
    people.answer("0207", "q4", "", is_not_applicable="1", na_reason="chưa đến kỳ báo cáo")
    people.answer("0207", "q1", "Chậm")
    sending.place(sending.deliver(actors["leader"], people.dossier))
    read = observe(data).observations.filter(source_kind="self_report", unit_id=OWN)
    rows = read.filter(read["component_code"].is_in(["0306", "0207"]))
    figures = {row["variable"]: row for row in rows.iter_rows(named=True)}
    assert {n: (r["obs_status"], r["value_micro"]) for n, r in figures.items()} == {
        "connected": ("not_applicable", None),
        "offices": ("ok", 12_000_000),
        "q1": ("ok", 1_000_000),
        "q2": ("blank", None),
        "q3": ("blank", None),
        "q4": ("not_applicable", None),
    }
    assert figures["connected"]["na_reason"] == why
