"""`dti evidence check`: documents that reports name, and what is wrong with them."""

import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from dti_pipeline.cli.evidence import check_evidence
from dti_pipeline.index.definition import define
from dti_pipeline.intake.forms.asked_units import asked_units, form_name
from dti_pipeline.intake.forms.layout import Answer, Evidence
from dti_pipeline.intake.forms.write import write_form
from dti_pipeline.workspace import Workspace
from tests.cli.conftest import Call

IN_TIME = date(2022, 5, 4)
GOOD = Evidence("1/KH", IN_TIME, "Kế hoạch", "ke_hoach/1.pdf")


def deliver(data: Path, evidence: dict[str, list[Evidence]]) -> None:
    definition = define("province-2022", workspace=Workspace(data))
    unit = asked_units(definition)[4]
    folder = data / "raw" / "province-2022" / "self_reports"
    folder.mkdir(parents=True, exist_ok=True)
    write_form(
        folder / form_name(4, unit),
        assessment=definition.assessment,
        framework=definition.frameworks["province-922"],
        unit=unit,
        answers={
            ("0102", "meetings"): Answer(5),
            ("0105", "press_items"): Answer(5),
            ("0109", "observed"): Answer("no"),  # a no needs no document
        },
        evidence={"0105": [GOOD], **evidence},
    )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    file = tmp_path / "evidence" / "province-2022" / "ke_hoach" / "1.pdf"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"%PDF-")
    return tmp_path


@pytest.fixture
def checked(data: Path, answer: Call) -> Call:
    """Return what checks the documents of the data folder: code, number, whether found, problems."""

    def check(**options: Any) -> list[tuple[Any, ...]]:
        rows = answer(check_evidence, "province-2022", data=data, **options)["rows"]
        return [
            (row["component_code"], row["number"], row["source_row"] is not None, row["problems"])
            for row in rows
        ]

    return check


@pytest.mark.parametrize(
    ("document", "problems"),
    [
        (GOOD, []),
        (Evidence("", IN_TIME, "Kế hoạch", GOOD.link), ["no_number"]),
        (Evidence("2/KH", None, "Kế hoạch", GOOD.link), ["no_date"]),
        (Evidence("2/KH", date(2021, 5, 4), "Kế hoạch", GOOD.link), ["outside_period"]),
        (Evidence("2/KH", date(2023, 4, 1), "Kế hoạch", GOOD.link), ["after_deadline"]),
        (Evidence("2/KH", IN_TIME, "", GOOD.link), ["no_title"]),
        (Evidence("2/KH", IN_TIME, "Kế hoạch", "khac.pdf"), ["file_missing"]),
        (Evidence("2/KH", IN_TIME, "Kế hoạch", "../../../secret.pdf"), ["file_missing"]),
        (Evidence("2/KH", IN_TIME, "Kế hoạch", f"sha256:{'a' * 64}"), ["file_missing"]),
        (Evidence("2/KH", IN_TIME, "Kế hoạch", "Kế hoạch triển khai " * 15), ["file_missing"]),
        (Evidence("2/KH", IN_TIME, "Kế hoạch", "a%00.pdf"), ["file_missing"]),
        (Evidence("2/KH", IN_TIME, "Kế hoạch", "http://[bad"), []),  # found when it is opened
    ],
    ids=lambda one: "" if isinstance(one, Evidence) else "+".join(one) or "good",
)
def test_every_problem_of_a_document_is_told(
    document: Evidence, problems: list[str], data: Path, checked: Call
) -> None:
    (data.parent / "secret.pdf").write_bytes(b"%PDF-")
    deliver(data, {"0102": [GOOD, document]})
    rows = checked(status=1 if problems else 0)
    assert rows == [
        ("0102", "1/KH", True, []),
        ("0102", document.number or None, True, problems),
        ("0105", "1/KH", True, []),
    ]


def test_a_figure_without_any_document_is_in_the_register(data: Path, checked: Call) -> None:
    deliver(data, {})
    rows = checked(status=1)
    assert rows == [("0105", "1/KH", True, []), ("0102", None, False, ["no_document"])]


def test_a_missing_link_alone_is_counted_and_no_fault(data: Path, printed: Call) -> None:
    deliver(data, {"0102": [Evidence("2/KH", IN_TIME, "Kế hoạch")]})
    out = printed(check_evidence, "province-2022", data=data)
    assert "1 báo cáo, 2 tài liệu; cần bổ sung, kiểm tra: 0; không ghi đường dẫn: 1" in out


def test_one_number_with_two_dates_is_told_of_both(data: Path, checked: Call) -> None:
    deliver(data, {"0102": [Evidence("1/kh", date(2022, 6, 1), "Kế hoạch", GOOD.link)]})
    assert [row[3] for row in checked(status=1)] == [["number_twice"]] * 2


def test_a_file_of_the_portal_is_found_by_its_hash(data: Path, checked: Call) -> None:
    digest = "ab" * 32
    kept = data / "portal" / "files" / "ab" / digest
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"%PDF-")
    deliver(data, {"0102": [Evidence("2/KH", IN_TIME, "Kế hoạch", f"sha256:{digest}")]})
    assert [row[3] for row in checked(status=0)] == [[], []]


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200 if self.path.endswith("good.pdf") else 404)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as service:
        threading.Thread(target=service.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{service.server_port}", asked
        service.shutdown()


def test_links_are_opened_only_when_asked_and_each_once(
    data: Path, server: tuple[str, list[str]], checked: Call
) -> None:
    address, asked = server
    documents = [
        Evidence(f"{n}/KH", IN_TIME, "Kế hoạch", f"{address}/{name}")
        for n, name in enumerate(("good.pdf", "good.pdf", "gone.pdf"), start=2)
    ]
    deliver(data, {"0102": documents})
    assert {tuple(row[3]) for row in checked(status=0)} == {()}
    assert asked == []
    rows = checked(status=1, opens_links=True)
    assert [row[3] for row in rows] == [[], [], ["link_dead"], []]
    assert sorted(asked) == ["/gone.pdf", "/good.pdf"]


def test_an_address_is_opened_as_browsers_show_it(
    data: Path, server: tuple[str, list[str]], checked: Call
) -> None:
    address, asked = server
    links = (f"{address}/Quyết định good.pdf", f"{address}/a%20good.pdf", "http://[bad")
    documents = [Evidence(f"{n}/KH", IN_TIME, "Kế hoạch", link) for n, link in enumerate(links, 2)]
    deliver(data, {"0102": documents})
    rows = checked(status=1, opens_links=True)
    assert [row[3] for row in rows] == [[], [], ["link_dead"], []]
    assert sorted(asked) == ["/Quy%E1%BA%BFt%20%C4%91%E1%BB%8Bnh%20good.pdf", "/a%20good.pdf"]


def test_each_file_of_a_document_is_looked_for_and_a_typed_date_is_shown_whole(
    data: Path, answer: Call
) -> None:
    (data / "evidence" / "province-2022" / "2.pdf").write_bytes(b"%PDF-")
    day = "ngày 5 tháng 4 năm 2022"
    both = [f"{GOOD.link}{between}2.pdf" for between in ("\n", "; ", ", ")]
    documents = [Evidence(f"{at}/KH", day, "Kế hoạch", link) for at, link in enumerate(both, 2)]
    lacking = Evidence("9/KH", day, "Kế hoạch", f"{GOOD.link}\nkhac.pdf")
    deliver(data, {"0102": [*documents, lacking]})
    rows = answer(check_evidence, "province-2022", data=data, status=1)["rows"]
    assert [(row["number"], row["date"], row["problems"]) for row in rows] == [
        ("2/KH", day, []),
        ("3/KH", day, []),
        ("4/KH", day, []),
        ("9/KH", day, ["file_missing"]),
        ("1/KH", "2022-05-04", []),
    ]
    assert rows[0]["link"] == f"{GOOD.link}; 2.pdf"
