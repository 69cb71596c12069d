"""The whole story in a real browser, on the demonstration: from an empty form to a release."""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl
import pytest
import typst
from django.utils import timezone

from tests.conftest import copy_deliveries
from tests.portal.served import dti, faults, serve
from tests.portal.test_signatures import Token
from tests.reports.conftest import browser, new_page  # noqa: F401 fixtures

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]
ASSESSMENT = "province-2022"
PAPER = """#set page(width: 15cm, height: 21cm)
= Báo cáo số 12/BC-STTTT
Số tin, bài về chuyển đổi số năm 2022: 225. Tài liệu giả định, để dùng thử."""
PDF = typst.compile(PAPER.encode(), format="pdf")


class Stage:
    """One browser; people come and go in it."""

    def __init__(self, open_page: Callable[..., "Page"], address: str, shots: Path) -> None:
        self.page = open_page(viewport={"width": 1400, "height": 900}, locale="vi-VN")
        self.page.set_default_timeout(120_000)
        self.address, self.shots, self.role, self.count = address, shots, "", 0

    def go(self, role: str, path: str) -> "Page":
        if role != self.role:
            self.page.context.clear_cookies()
            self.page.goto(f"{self.address}/accounts/login/")
            self.page.fill("input[name=login]", f"{role}@demo.invalid")
            self.page.fill("input[name=password]", "dung-thu-khong-that")
            self.page.keyboard.press("Enter")
            self.page.wait_for_url(f"{self.address}/")
            self.role = role
        self.page.goto(self.address + path)
        return self.page

    def shoot(self, name: str, selector: str = "body") -> None:
        """Take the picture of the documentation, from some part of the page on."""
        self.page.set_viewport_size({"width": 1100, "height": 760})
        self.page.locator(selector).first.evaluate(
            "one => { one.scrollIntoView({block: 'start'}); scrollBy(0, -60); }"
        )
        self.page.screenshot(path=self.shots / f"{name}.jpg", type="jpeg", quality=43)
        self.page.set_viewport_size({"width": 1400, "height": 900})

    def inspect(self, prepare: Callable[["Page"], None] = lambda page: None) -> None:
        """Find no serious fault of access in either language, on a wide or a narrow screen."""
        for _ in range(2):  # the button leads to the other language, and back
            self.page.click("button[name=language]")
            prepare(self.page)
            for width in (390, 1400):
                self.page.set_viewport_size({"width": width, "height": 900})
                assert faults(self.page, width) == []

    def tab_to(self, selector: str, key: str = "Tab") -> None:
        """Move the focus by keyboard alone."""
        script = "selector => document.activeElement.matches(selector)"
        for _ in range(600):
            self.page.keyboard.press(key)
            if self.page.evaluate(script, selector):
                return
        pytest.fail(f"the keyboard never reaches {selector}")

    def choose(self, selector: str, value: str) -> None:
        """Choose an answer of a list by keyboard alone."""
        self.tab_to(selector)
        for _ in range(20):
            if self.page.input_value(selector) == value:
                return
            self.page.keyboard.press("ArrowDown")
        pytest.fail(f"the keyboard never reaches {value}")

    def step(self, role: str, path: str, button: str, reason: str = "") -> "Page":
        """Press the button of a step; afterwards nothing may have been refused."""
        page = self.go(role, path)
        form = page.locator("form", has=page.get_by_role("button", name=button, exact=True))
        if reason:
            form.locator("input[name=reason], input[name=note]").first.fill(reason)
        form.get_by_role("button", name=button, exact=True).click()
        page.wait_for_load_state()
        assert page.locator("h1").inner_text() != "Chưa thực hiện được", page.inner_text("main")
        return page


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_deliveries(tmp_path_factory.mktemp("demo") / "data", ASSESSMENT)


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[str]:
    with serve(folder, "--demo", seconds=300) as (address, printed):
        assert "Tài khoản dùng thử" in printed
        yield address


@pytest.fixture
def stage(served: str, new_page: Callable[..., "Page"], tmp_path: Path) -> Stage:  # noqa: F811
    # `PORTAL_PICTURES=docs/pictures/portal` makes those of the documentation anew.
    shots = Path(os.environ.get("PORTAL_PICTURES") or tmp_path)
    shots.mkdir(parents=True, exist_ok=True)
    return Stage(new_page, served, shots)


def hashes(data: Path) -> dict[str, str]:
    release = next((data / "published" / "releases").iterdir())
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in release.glob("*.parquet")
    }


def test_the_story(stage: Stage, folder: Path, tmp_path: Path) -> None:
    data = folder / "portal-demo"
    page = stage.go("specialist", "/")
    page.get_by_role("link", name="Bắc Kạn").click()
    unit = page.url.removeprefix(stage.address).partition("?")[0]
    main = f"{unit}?main=1"
    page = stage.go("specialist", main)
    page.fill("#a-0105-press_items", "12,5")
    page.keyboard.press("Tab")
    page.locator("#c-0105 button.choose", has_text="12500").click()
    page.locator("#c-0105 .answer .clear", has_text="12.500").wait_for()
    stage.shoot("specialist", "#c-0105")
    page.locator("#c-0105 summary", has_text="Đính kèm tài liệu").click()
    attach = page.locator("#c-0105 form[enctype]")
    attach.locator("input[name=number]").fill("12/BC-STTTT")
    attach.locator("input[name=issued]").fill("05/12/2022")
    attach.locator("input[name=title]").fill("Báo cáo tin bài năm 2022")
    attach.locator("input[type=file]").set_input_files(
        {"name": "bao cao.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    attach.get_by_role("button", name="Đính kèm").click()
    page.locator("#c-0105 .documents a", has_text="Báo cáo tin bài").wait_for()
    page.locator("summary", has_text="Nộp lại biểu mẫu Excel").click()
    page.set_input_files("form[action$='/import/'] input[type=file]", data / "06_bac_kan.xlsx")
    page.get_by_role("button", name="Xem khác biệt").click()
    page.get_by_role("button", name="Nhận tất cả").wait_for()
    stage.shoot("differences")
    page.get_by_role("button", name="Nhận tất cả").click()
    page.wait_for_load_state()
    declared = stage.go("specialist", main).input_value("#a-0105-press_items")
    stage.step("specialist", unit, "Trình lãnh đạo")
    stage.step("leader", unit, "Trả lại chuyên viên", "đề nghị kiểm tra lại số tin bài")
    stage.step("specialist", unit, "Trình lãnh đạo")
    stage.go("leader", unit)
    stage.shoot("leader")
    page = stage.step("leader", unit, "Gửi cơ quan chủ trì")
    assert (data / "raw" / ASSESSMENT / "self_reports" / "06_bac_kan.xlsx").is_file()
    with page.expect_download() as download:
        page.get_by_role("link", name="Biên nhận").click()
    token = Token(tmp_path)
    (data / "portal" / "trust").mkdir()
    (data / "portal" / "trust" / "root.pem").write_bytes(token.root)
    with ThreadPoolExecutor(1) as elsewhere:  # a browser's own loop runs in this thread
        signed = elsewhere.submit(token.sign, download.value.path().read_bytes()).result()
    page.locator("summary", has_text="Nộp biên nhận đã ký số").click()
    page.set_input_files(
        "form[action$='/signed/'] input[type=file]",
        {"name": "bien nhan.pdf", "mimeType": "application/pdf", "buffer": signed},
    )
    page.locator("form[action$='/signed/'] button").click()
    page.locator(".good", has_text="người ký tin cậy").wait_for()
    assert "nguyên vẹn" in page.inner_text("main")
    stage.shoot("signed")
    stage.inspect()

    board = "/rounds/1/"
    stage.go("office", "/")
    stage.shoot("office")
    stage.step("operator", board, "Khóa kê khai để rà soát")
    stage.shoot("operator")
    stage.go("head", board)
    stage.shoot("head")
    stage.step("head", board, "Xác nhận")
    stage.step("reviewer", unit, "Tiếp nhận")
    stage.go("reviewer", f"{board}queue/")
    stage.shoot("queue")

    def decide(
        code: str, state: str, opinion: str, note: str, value: str = "", cause: str = ""
    ) -> None:
        page = stage.go("reviewer", main)
        if not page.locator(f"#c-{code} details.decide").get_attribute("open") is not None:
            page.locator(f"#c-{code} details.decide summary").click()
        form = page.locator(f"#c-{code} form[action$='/decide/']")
        form.locator("select[name=state]").select_option(state)
        if value:
            form.locator("select[name=variable]").select_option(index=1)
            form.locator("input[name=value_text]").fill(value)
        form.locator("select[name=opinion]").select_option(opinion)
        form.locator("select[name=cause]").select_option(cause)
        form.locator("textarea[name=note]").fill(note)
        with page.expect_navigation():  # once its draft has arrived
            form.get_by_role("button", name="Ghi quyết định").click()
        assert page.locator("h1").inner_text() == "Bắc Kạn", page.inner_text("main")

    page = stage.go("reviewer", main)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))

    def look(page: "Page") -> None:
        page.locator("#c-0105 .view summary").click()

    look(page)
    page.locator("#c-0105 iframe").scroll_into_view_if_needed()
    page.wait_for_timeout(1500)  # the browser's own viewer paints outside of the page's sight
    stage.shoot("evidence", "#c-0105")
    stage.inspect(look)
    shown = {url for url in requests if "/evidence/" in url}  # a file that is not opened stays
    assert [url.endswith("/view/") for url in shown] == [True]

    # The first decision by keyboard alone, with the document open beside it.
    note = "báo cáo thuộc năm 2021, ngoài kỳ số liệu"
    stage.go("reviewer", main)
    stage.tab_to("#c-0105 .view summary")
    page.keyboard.press("Enter")
    page.locator("#c-0105 .view[open]").wait_for()
    stage.choose("#c-0105 select[name=state]", "rejected")
    stage.choose("#c-0105 select[name=opinion]", "evidence_period")
    stage.tab_to("#c-0105 textarea[name=note]")
    page.keyboard.type(note)
    stage.choose("#c-0105 select[name=cause]", "evidence_not_sent")
    stage.tab_to("#c-0105 .decide button.main")
    page.keyboard.press("Enter")
    page.locator("#c-0105 .decisions li", has_text=note).wait_for()
    assert "tài liệu" in page.inner_text("#c-0105 .decisions")
    raised = stage.go("reviewer", main).input_value("#c-0102 form.answer input[name=text] >> nth=0")
    higher = str(int(re.sub(r"\D", "", raised) or 0) + 1)
    decide("0102", "adjusted", "understated", "đơn vị đếm thiếu một cuộc họp", higher)
    page.locator("#c-0105 details.decide summary").click()
    stage.shoot("reviewer", "#c-0105 .decisions")
    page = stage.go("consultant", main)
    page.locator("#c-0105 .comments summary").click()
    page.fill("#c-0105 .comments textarea", "Đề nghị đối chiếu với bản điện tử của báo cáo.")
    stage.shoot("consultant", "#c-0105")
    stage.step("reviewer", unit, "Chấp nhận các chỉ số còn lại", "đã xem tài liệu của từng chỉ số")
    stage.step("reviewer", unit, "Kết thúc rà soát")
    today = timezone.localdate()
    page = stage.go("operator", board)
    page.locator("summary", has_text="Đổi thời hạn").click()
    form = page.locator("form:has(button[value=dates])")
    for name, days in (
        ("declare_from", -2),
        ("declare_until", -1),
        ("explain_from", 0),
        ("explain_until", 5),
    ):
        form.locator(f"input[name={name}]").fill(f"{today + timedelta(days=days):%d/%m/%Y}")
    form.locator("input[name=reason]").fill("rút ngắn để dùng thử")
    form.get_by_role("button", name="Đổi").click()
    page.wait_for_load_state()
    stage.step("operator", board, "Mở giải trình")
    stage.step("head", board, "Xác nhận")

    page = stage.go("specialist", f"{unit}result/")
    assert "ngoài kỳ số liệu" in page.inner_text("main")
    assert "1 chỉ số giảm, 1 chỉ số tăng" in page.inner_text("main")
    assert "chưa gửi tài liệu kiểm chứng" in page.inner_text("main")
    stage.shoot("result")
    page = stage.go("specialist", main)
    text = page.locator("#c-0105 form.explanation:has(input[value=explain]) textarea")
    text.fill("Báo cáo ban hành tháng 12 năm 2022, số liệu của năm 2022.")
    page.keyboard.press("Tab")
    page.locator("#c-0105 .save", has_text="đã lưu").wait_for()
    stage.step("specialist", unit, "Trình lãnh đạo giải trình")
    stage.step("leader", unit, "Gửi giải trình")
    stage.step("operator", board, "Chuyển rà soát lần hai")
    stage.step("head", board, "Xác nhận")
    decide("0105", "accepted", "explained", "đã kiểm tra ngày ban hành")
    stage.step("operator", board, "Chốt các hồ sơ không còn việc")
    stage.step("operator", board, "Trình Hội đồng")
    stage.step("head", board, "Xác nhận")
    council = f"{board}council/"
    page = stage.step("council", council, "Tính bản dự thảo")
    page.get_by_role("heading", name="Bản dự thảo").wait_for(timeout=300_000)
    assert "Bắc Kạn" in page.inner_text("main")
    stage.shoot("council")
    stage.inspect()
    reason = "thống nhất tại phiên họp của Hội đồng"
    stage.step("council", council, "Phê duyệt (cần hai thành viên)", reason)
    stage.step("council2", council, "Phê duyệt (cần hai thành viên)", reason)
    stage.step("operator", board, "Kết thúc kỳ")
    stage.step("head", board, "Xác nhận")

    plan = tmp_path / "plan.xlsx"
    aim = ("--target-rank", "40", "--out", str(plan))
    dti("plan", ASSESSMENT, "Bắc Kạn", *aim, "--data", str(data))
    page = stage.go("specialist", f"{unit}plan/")
    page.set_input_files("input[type=file]", plan)
    page.get_by_role("button", name="Nộp", exact=True).click()
    form = page.locator("tr.now form").first
    code = form.locator("input[name=code]").input_value()
    form.locator("select[name=status]").select_option("done")
    form.get_by_role("button", name="Lưu").click()
    page.locator(f"#p-{code}:not(.now)").wait_for()
    assert "1/" in page.inner_text("main")
    stage.inspect()

    stage.go("monitor", board)
    stage.shoot("monitor", "table.board")
    stage.go("admin", "/people/")
    stage.shoot("admin")
    stage.go("monitor", "/audit/")
    stage.shoot("audit")

    assert "Dùng thử: thành viên Hội đồng" in dti("release", "list", "--json", "--data", str(data))
    explained = dti("explain", ASSESSMENT, "Bắc Kạn", "--component", "0105", "--data", str(data))
    evidence = ("12/BC-STTTT", "Báo cáo tin bài năm 2022", hashlib.sha256(PDF).hexdigest())
    for text in ("Tự chấm điểm", "Thẩm định", "Kết quả cuối cùng", *evidence):
        assert text in explained
    assert "Tự chấm điểm" in dti("explain", ASSESSMENT, "Bắc Kạn", "--data", str(data))
    report = json.loads(dti("report", "--data", str(data), "--json"))
    site = Path(report["rows"][0]["path"])
    page.goto((site.parent / ASSESSMENT / "units" / "VN-P63-06.html").as_uri())
    shown = page.inner_text("body")
    for text in ("Điểm qua các bước đánh giá", "Tự chấm điểm", "Thẩm định"):
        assert text in shown
    for text in evidence:
        assert text in page.text_content("body")
    assert declared
    (release,) = (data / "published" / "releases").iterdir()
    own = pl.col("unit_id") == "VN-P63-06"
    figures = pl.read_parquet(release / "fact_observation.parquet").filter(own)
    reported = figures.filter(component_code="0105", source_kind="self_report")
    for text in evidence:
        assert text in reported["evidence_text"][0]
    assert set(figures.filter(variable="cause")["option"]) == {"evidence_not_sent"}
    stages = pl.read_parquet(release / "fact_stage_score.parquet").filter(own, scope="overall")
    assert {"self_scored", "reviewed", "explained", "appraised", "final"} <= set(stages["stage"])
    dti("portal", "audit", "--verify", "--data", str(data))

    # The deliveries alone give the same release, byte for byte.
    alone = tmp_path / "alone"
    shutil.copytree(data / "raw", alone / "raw")
    dti("run", ASSESSMENT, "--data", str(alone), "--reason", "lại một lần")
    assert hashes(alone) == hashes(data)
