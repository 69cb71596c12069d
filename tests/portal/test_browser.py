"""The portal in a real browser: entries that are saved as they are typed, and never lost."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.portal.served import FILL, PASSWORD, faults, run, serve
from tests.reports.conftest import browser, new_page  # noqa: F401 fixtures

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.slow
DOSSIER = 2
FIELD = "#a-0105-press_items"
FORM = f"form.answer:has({FIELD})"
WIDTHS = (1400, 360)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, central_files: Path) -> Path:
    data = tmp_path_factory.mktemp("served") / "data"
    shutil.copytree(central_files, data)
    run(FILL, data, PASSWORD)
    return data


@pytest.fixture(scope="module")
def portal(folder: Path) -> Iterator[str]:
    """Serve a small portal; return its address."""
    with serve(folder) as (address, _):
        yield address


def log_in(page: "Page", address: str, role: str) -> None:
    page.goto(f"{address}/accounts/login/")
    page.fill("input[name=login]", f"{role}@example.vn")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/")


@pytest.fixture
def tab(portal: str, new_page: Callable[..., "Page"]) -> Callable[..., "Page"]:  # noqa: F811
    """Return what opens a dossier for a role."""

    def open_tab(role: str = "specialist", path: str = f"/dossiers/{DOSSIER}/?main=1") -> "Page":
        page = new_page(viewport={"width": 1400, "height": 900}, locale="vi-VN")
        log_in(page, portal, role)
        page.goto(portal + path)
        return page

    return open_tab


def state(page: "Page") -> Any:
    return page.locator(f"{FORM} .save")


def fill(page: "Page", text: str) -> None:
    page.fill(FIELD, text)
    page.keyboard.press("Tab")


def saved(page: "Page") -> None:
    page.wait_for_function(
        "form => document.querySelector(form + ' .save').textContent === 'đã lưu'", arg=FORM
    )


def test_an_ambiguous_number_is_asked_and_chosen_by_keyboard(tab: Callable[..., "Page"]) -> None:
    page = tab()
    fill(page, "12,5")
    page.locator(f"{FORM} .unclear").wait_for()
    button = page.locator(f"{FORM} button.choose", has_text="12500")
    button.focus()
    page.keyboard.press("Enter")
    page.locator(f"{FORM} .clear").wait_for()
    assert "hiểu là 12.500" in page.inner_text(f"{FORM} .echo")
    assert "thiếu tài liệu kiểm chứng" in page.inner_text("#p-0105")
    page.reload()
    assert page.input_value(FIELD) == "12500"


def test_two_tabs_show_the_conflict_and_lose_nothing(tab: Callable[..., "Page"]) -> None:
    first, second = tab(), tab()
    fill(first, "225")
    saved(first)
    fill(second, "226")
    conflict = second.locator(f"{FORM} .conflict")
    conflict.wait_for()
    assert "225" in conflict.inner_text()
    second.click(f"{FORM} .conflict button[data-text='226']")
    saved(second)
    first.reload()
    assert first.input_value(FIELD) == "226"


def test_a_lost_connection_keeps_the_entry_in_the_page_and_sends_it_again(
    tab: Callable[..., "Page"],
) -> None:
    page = tab()
    page.context.set_offline(True)
    fill(page, "301")
    page.locator("#unsaved:not([hidden])").wait_for()
    assert "chưa lưu" in state(page).inner_text()
    assert page.input_value(FIELD) == "301"
    page.context.set_offline(False)  # the page notices by itself
    saved(page)
    assert page.locator("#unsaved").is_hidden()
    page.reload()
    assert page.input_value(FIELD) == "301"


def test_a_session_that_ends_while_typing_loses_nothing(
    tab: Callable[..., "Page"], portal: str
) -> None:
    page = tab()
    page.context.clear_cookies()
    fill(page, "302")
    page.locator("#unsaved", has_text="Phiên làm việc đã hết").wait_for()
    other = page.context.new_page()
    log_in(other, portal, "specialist")
    page.locator("#unsaved button").click()
    saved(page)
    other.goto(f"{portal}/dossiers/{DOSSIER}/?main=1")
    assert other.input_value(FIELD) == "302"


def test_a_comment_being_typed_is_kept_when_the_session_ends_or_the_page_is_left(
    tab: Callable[..., "Page"], portal: str
) -> None:
    page = tab("operator")
    form = page.locator("#c-0105 form.draft[action$='/comment/']")
    page.locator("#c-0105 details.comments summary").click()
    form.locator("textarea").fill("đề nghị kiểm tra số tin bài")
    form.locator(".save", has_text="đã lưu nháp").wait_for()
    page.reload()
    assert form.locator("textarea").input_value() == "đề nghị kiểm tra số tin bài"
    page.context.clear_cookies()
    form.locator("textarea").fill("đề nghị kiểm tra số tin bài trên báo")
    page.locator("#unsaved", has_text="Phiên làm việc đã hết").wait_for()
    form.locator("button").click()
    assert "trên báo" in form.locator("textarea").input_value()
    log_in(page.context.new_page(), portal, "operator")
    page.locator("#unsaved button").click()  # sends what was to be sent
    page.locator("#c-0105 .comments li", has_text="trên báo").wait_for()
    assert form.locator("textarea").input_value() == ""


def test_a_long_word_and_a_row_of_mains_stay_within_a_narrow_page(
    tab: Callable[..., "Page"], portal: str
) -> None:
    page = tab()
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("#c-0102 summary", has_text="Đính kèm tài liệu").click()
    form = page.locator("#c-0102 form[enctype]")
    form.locator("input[name=title]").fill("Kế_hoạch_chuyển_đổi_số_" * 15)
    pdf = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
    form.locator("input[type=file]").set_input_files(pdf)
    form.locator("button").click()
    page.locator("#c-0102 .documents a", has_text="Kế_hoạch").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.goto(f"{portal}/dossiers/{DOSSIER}/?main=9")
    box = page.locator(".mains [aria-current]").bounding_box()
    assert box is not None
    assert 0 <= box["x"] <= 390 - box["width"]


@pytest.mark.parametrize("path", ["/audit/", "/rounds/1/", f"/dossiers/{DOSSIER}/changes/"])
def test_a_printed_table_ends_within_the_paper(path: str, tab: Callable[..., "Page"]) -> None:
    page = tab("operator", path)
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 1030, "height": 720})  # A4 landscape without its margins
    assert page.evaluate("document.documentElement.scrollWidth") <= 1030
    script = "[...document.querySelectorAll('.scroll')].map(one => getComputedStyle(one).overflowX)"
    assert set(page.evaluate(script)) == {"visible"}


# Whether what the keyboard is at is seen whole, and how its outline stands out from white paper.
FOCUSED = """() => {
  const one = document.activeElement, box = one.getClientRects()[0];
  const style = getComputedStyle(one), [r, g, b] = style.outlineColor.match(/\\d+/g)
    .map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const at = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height, 40) / 2);
  return {
    name: (one.innerText || one.name || one.tagName).trim(),
    isLast: one === document.body,
    isOnPaper: !one.closest(".top"),
    isOutlined: style.outlineStyle === "solid",
    contrast: 1.05 / (0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05),
    isWithin: box.left >= 0 && box.right <= innerWidth && box.top >= 0 && box.top < innerHeight,
    isOnTop: one.contains(at),
  };
}"""


@pytest.mark.parametrize("path", ["/", "?main=1", "result/?all=1", "changes/", "/imports/1/"])
def test_the_keyboard_reaches_what_a_unit_needs_on_a_narrow_page_and_shows_where_it_is(
    path: str, tab: Callable[..., "Page"]
) -> None:
    page = tab(path=path if path.startswith("/") else f"/dossiers/{DOSSIER}/{path}")
    page.set_viewport_size({"width": 360, "height": 640})
    if path == "?main=1":  # as what could not be saved is told
        page.context.clear_cookies()
        page.locator("#a-0105-press_items").fill("303")
        page.locator("#unsaved", has_text="Phiên làm việc đã hết").wait_for()
        page.locator(".skip").focus()
    names, hidden = [], []
    for key in ("Tab", "Shift+Tab"):
        for _ in range(60):
            page.keyboard.press(key)
            focused = page.evaluate(FOCUSED)
            if focused["isLast"]:
                break
            names.append(focused["name"])
            is_seen = focused["isOutlined"] and focused["isWithin"] and focused["isOnTop"]
            if not is_seen or (focused["isOnPaper"] and focused["contrast"] < 3):
                hidden.append(focused)
    assert hidden == []
    assert {"Đến nội dung", "Thoát"} <= set(names)


def test_a_double_click_makes_one_account_and_shows_its_link(tab: Callable[..., "Page"]) -> None:
    page = tab("admin", "/people/")
    form = page.locator("form", has=page.locator("input[name=email]"))
    form.locator("input[name=email]").fill("moi@example.vn")
    form.locator("input[name=name]").fill("Người mới")
    sent: list[Any] = []

    def hold(route: Any) -> None:  # not answered before the second click
        sent.append(route)

    page.route("**/people/", hold)
    twice = "button => { button.click(); setTimeout(() => button.click(), 100); }"
    form.locator("button").evaluate(twice)
    page.wait_for_timeout(1000)
    (once,) = sent
    once.continue_()
    page.locator(".good code", has_text="/enter/").wait_for()


DRAFT = """
from dti_pipeline.portal.models import Account, DraftRun, Round
council = Account.objects.get(email="council@example.vn")
draft = DraftRun.objects.create(round=Round.objects.get(), by=council, process=1)
(data / "portal" / "drafts" / str(draft.pk)).mkdir(parents=True)
print(draft.pk)
"""


def test_a_draft_that_is_computed_shows_by_itself_how_it_ended(
    tab: Callable[..., "Page"], folder: Path
) -> None:
    number = run(DRAFT, folder).strip()
    page = tab("council", "/rounds/1/council/")
    page.locator(".running").wait_for()
    result = folder / "portal" / "drafts" / number / "result.json"
    result.write_text('{"status": 0, "release_id": null}', encoding="ascii")
    page.locator("section.card:not([data-poll])", has_text="không có gì mới").wait_for()


def pages_of(role: str) -> list[str]:
    unit = [f"/dossiers/{DOSSIER}/", f"/dossiers/{DOSSIER}/result/?all=1"]
    unit += [f"/dossiers/{DOSSIER}/{path}" for path in ("changes/", "plan/", "?main=TTC")]
    return {
        # The last is refused, as a page.
        "specialist": ["/", *unit, "/imports/1/", "/accounts/2fa/", "/people/"],
        "nobody": ["/accounts/login/", "/accounts/password/reset/", "/enter/used/"],
        "operator": [
            *("/", "/rounds/1/", "/rounds/1/supplies/", "/rounds/1/queue/", "/rounds/new/"),
            *("/rounds/1/council/", "/people/", "/people/1/", "/audit/", "/outbox/"),
        ],
        "reviewer": ["/", "/rounds/1/queue/", *unit],
    }[role]


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("role", ["nobody", "specialist", "operator", "reviewer"])
def test_no_page_has_a_serious_fault_of_access_or_runs_over_its_edge(
    role: str,
    width: int,
    portal: str,
    new_page: Callable[..., "Page"],  # noqa: F811
    tmp_path: Path,
) -> None:
    page = new_page(viewport={"width": width, "height": 900}, locale="vi-VN")
    complaints: list[str] = []
    requests: list[str] = []
    # A page that refuses says so by its status as well, which the console repeats.
    page.on(
        "console",
        lambda message: (
            None if re.search("40[39]|410", message.text) else complaints.append(message.text)
        ),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    if role == "nobody":
        page.goto(f"{portal}/accounts/login/")
    else:
        log_in(page, portal, role)
    serious = []
    for language in ("vi", "en"):
        if language == "en":
            page.click("button[name=language]")
        for path in pages_of(role):
            page.goto(portal + path)
            assert page.evaluate("document.documentElement.lang") == language
            page.screenshot(path=tmp_path / "page.png")
            serious += [(language, *fault) for fault in faults(page, width)]
    assert serious == []
    assert complaints == []
    assert [url for url in requests if not url.startswith((portal, "about:", "data:"))] == []
