"""The site in a real browser, from disk and from a local server.

Every test runs on a tab that hears all: afterwards nothing may stand on the console, nothing may
have been asked of another host, and no hostile text may have run.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dti_pipeline.release.folder import Release
from dti_pipeline.reports.figures import fixed
from dti_pipeline.reports.words import words_of
from tests.reports.conftest import SHAPES, Visit
from tests.reports.synthetic.figures import HOSTILE_EVIDENCE, HOSTILE_NAMES
from tests.reports.tabs import ROWS, names, ranks

if TYPE_CHECKING:
    from playwright.sync_api import Page

NewPage = Callable[..., "Page"]

# Thorough; test_smoke.py holds what to look at first.


def test_ranks_stay_those_of_the_whole_pool_when_the_list_is_filtered(
    visit: Visit, made_up: Release
) -> None:
    page = visit.open("small-2025/index.html")
    page.select_option("#region", "V2")
    rows = made_up.table("fact_ranking").filter(
        assessment_id="small-2025", scope="overall", region_code="V2"
    )
    expected = dict(rows.drop_nulls("rank").select("unit_name", "rank").iter_rows())
    assert dict(zip(names(page), ranks(page), strict=True)) == expected
    assert set(page.locator(f"{ROWS} .of").all_inner_texts()) == {"/23"}


def test_columns_sort_both_ways_and_say_so(visit: Visit) -> None:
    page = visit.open("small-2025/index.html")
    best_first = names(page)
    assert ranks(page) == sorted(ranks(page))
    page.click("button[data-sort=rank]")
    assert names(page)[0] != best_first[0]
    assert ranks(page) == sorted(ranks(page), reverse=True)
    assert page.locator("th[aria-sort=descending] button").get_attribute("data-sort") == "rank"
    page.click("button[data-sort=name]")
    sorted_names = names(page)
    assert sorted_names.index("Đắk Lắk") < sorted_names.index("Ninh Bình")
    page.click("button[data-sort=move]")
    moves = [text for text in page.locator(f"{ROWS} .move").all_inner_texts() if text]
    assert "▲" in moves[0]
    assert "▼" in moves[-1]


def test_every_ranked_index_can_be_the_order(visit: Visit, made_up: Release) -> None:
    page = visit.open("small-2025/index.html")
    page.check("#wide")
    page.click("button[data-scope='2']")
    rows = made_up.table("fact_ranking").filter(
        assessment_id="small-2025", scope="main", scope_code="2"
    )
    first = rows.filter(rank=1).row(0, named=True)
    assert names(page)[0] == first["unit_name"]
    shown = page.locator(f"{ROWS} td:nth-child(3) .n").first.inner_text()
    assert shown == fixed(first["value"], 4)
    assert page.input_value("#scope") == "2"
    assert page.locator("button[data-scope='4']").is_disabled()  # for reference only, not ranked
    visit.shoot("all-indices")


def test_the_address_holds_what_is_shown_and_can_be_shared(visit: Visit) -> None:
    page = visit.open("small-2025/index.html")
    page.fill("#q", "xa thu")
    page.select_option("#scope", "1")
    page.select_option("#region", "V1")
    page.click("button[data-sort=name]")
    address, shown = page.url, names(page)
    assert "q=xa+thu" in address
    assert shown
    visit.open(address.removeprefix(f"{visit.base}/"))
    assert names(page) == shown
    assert page.input_value("#q") == "xa thu"
    assert page.input_value("#scope") == "1"


def test_an_address_with_nonsense_shows_the_whole_ranking(visit: Visit) -> None:
    page = visit.open("small-2025/index.html#scope=__proto__&region=X&sort=constructor&q=")
    assert page.locator(ROWS).count() == 24
    assert ranks(page) == sorted(ranks(page))


def test_a_large_ranking_shows_its_first_rows_and_more_when_asked(
    watch: Callable[[str], Visit], large_site: Path
) -> None:
    page = watch(large_site.as_uri()).open("large-2025/index.html")
    assert page.locator(ROWS).count() == 200
    assert page.inner_text("#shown") == "215"
    page.click("#more")
    assert page.locator(ROWS).count() == 215
    assert page.locator("#more").is_hidden()


def test_groups_with_ranks_of_their_own_are_never_mixed(visit: Visit) -> None:
    page = visit.open("pools-2025/index.html")
    assert ranks(page) == sorted(ranks(page))
    with_group = set(names(page))
    page.select_option("#group", "without")
    assert not with_group & set(names(page))
    assert page.locator("#group option").all_inner_texts() == ["with", "without"]


def test_a_component_shows_its_reason_and_the_cell_it_comes_from(visit: Visit) -> None:
    page = visit.open("small-2025/units/SMALL-00007.html")
    page.locator("button.opener").first.click()
    part = page.locator("#w-1 tr.part").first
    part.locator("summary").click()
    source = part.locator("ul.sources").inner_text()
    assert "01.xlsx" in source
    assert re.search(r"ô H\d+", source)
    assert part.locator("td").nth(3).inner_text() != ""


def test_the_radar_can_be_shown_instead_of_the_bars(visit: Visit) -> None:
    page = visit.open("small-2025/units/SMALL-00007.html")
    assert page.locator("#mains-bars").is_visible()
    assert page.locator("#mains-radar").is_hidden()
    page.click("button[data-show=mains-radar]")
    assert page.locator("#mains-bars").is_hidden()
    assert page.locator("#mains-radar polygon.own").is_visible()
    visit.shoot("radar")


def test_the_tile_map_shows_the_archipelagos_and_any_index(visit: Visit) -> None:
    page = visit.open("small-2025/map.html")
    assert page.locator(".tile").count() == 24
    text = page.locator("#map").text_content() or ""
    assert "Hoàng Sa" in text
    assert "Trường Sa" in text
    before = page.locator(".tile .figure").all_text_contents()
    page.select_option("#scope", "1")
    after = page.locator(".tile .figure").all_text_contents()
    assert after != before
    assert all(text.endswith("◆") for text in [*before, *after])
    assert "scope=1" in page.url
    page.locator(".tile[data-unit=SMALL-00005]").focus()
    assert "Ninh Bình" in page.inner_text("#about")
    assert "/23" in page.inner_text("#about")
    visit.shoot("map")
    page.keyboard.press("Enter")
    page.wait_for_url("**/units/SMALL-00005.html")
    assert page.inner_text("h1") == "Ninh Bình"


def test_two_units_can_be_compared_and_the_address_holds_both(
    visit: Visit, made_up: Release
) -> None:
    page = visit.open("small-2025/compare.html#a=SMALL-00005&b=SMALL-00006")
    assert page.input_value("#a") == "SMALL-00005"
    rows = made_up.table("fact_ranking").filter(assessment_id="small-2025", scope="overall")
    values = dict(rows.select("unit_id", "value").iter_rows())
    first = page.locator("#scopes tbody tr").first.locator("td")
    assert fixed(values["SMALL-00005"], 4) in first.nth(0).inner_text()
    assert fixed(values["SMALL-00006"], 4) in first.nth(3).inner_text()
    parts = page.locator("#components tbody tr")
    assert parts.count() == 20
    assert "◆" in parts.first.locator("td").nth(1).inner_text()
    # What counts in no total stands last, and says so.
    assert ["tham khảo" in row for row in parts.all_inner_texts()] == [False] * 15 + [True] * 5
    page.click("#swap")
    assert page.input_value("#a") == "SMALL-00006"
    assert "a=SMALL-00006&b=SMALL-00005" in page.url
    visit.shoot("compare")


def test_a_component_that_does_not_apply_to_one_unit_is_no_difference(visit: Visit) -> None:
    # 0101 does not apply to the first unit.
    page = visit.open("small-2025/compare.html#a=SMALL-00000&b=SMALL-00005")
    rows = page.locator("#components tbody tr").all_inner_texts()
    codes = [row.split()[0] for row in rows if "tham khảo" not in row]
    differences = [row.split()[-1] for row in rows if "tham khảo" not in row]
    assert (codes[-1], differences[-1]) == ("0101", "–")
    assert "–" not in differences[:-1]


def test_years_mark_the_break_and_highlight_a_unit(visit: Visit) -> None:
    page = visit.open("small-2025/years.html#unit=SMALL-00005")
    assert page.locator("#bump rect.cut").count() == 1
    assert page.locator("#bump .line.on").get_attribute("data-unit") == "SMALL-00005"
    page.select_option("#unit", "SMALL-00006")
    assert page.locator("#bump .line.on").get_attribute("data-unit") == "SMALL-00006"
    assert "unit=SMALL-00006" in page.url
    visit.shoot("years")


def test_issues_can_be_searched_and_filtered(visit: Visit) -> None:
    page = visit.open("small-2025/quality.html")
    rows = page.locator("#issues > tbody > tr")
    assert [row.is_visible() for row in rows.all()] == [True, True]
    page.select_option("select[name=severity]", "info")
    assert [row.is_visible() for row in rows.all()] == [False, True]
    page.select_option("select[name=severity]", "")
    page.fill("form[data-filter] input", "bao cao")
    assert [row.is_visible() for row in rows.all()] == [True, False]
    assert page.inner_text("form[data-filter] output") == "1"


def test_findings_about_the_index_can_be_filtered_and_follow_the_language(visit: Visit) -> None:
    page = visit.open("small-2025/index-check.html")
    rows = page.locator("#components-1 > tbody > tr")
    assert rows.count() == 15
    page.select_option("select[name=finding]", "against_rest")
    kept = [row for row in rows.all() if row.is_visible()]
    assert len(kept) == 1
    assert "−0,65" in kept[0].inner_text()
    page.click("button[data-language=en]")
    assert "−0.65" in kept[0].inner_text()
    assert "moves against the other components" in kept[0].inner_text()


def test_hostile_names_and_evidence_are_shown_as_text(visit: Visit) -> None:
    for place, name in enumerate(HOSTILE_NAMES):
        page = visit.open(f"small-2025/units/SMALL-{place:05d}.html")
        assert page.inner_text("h1") == name
        page.locator("button.opener").first.click()
        page.locator("#w-1 summary").first.click()
        assert HOSTILE_EVIDENCE in page.locator("#w-1 ul.sources").first.inner_text()
    page = visit.open("small-2025/index.html")
    assert set(HOSTILE_NAMES) <= set(names(page))
    page = visit.open("small-2025/compare.html#a=SMALL-00000&b=SMALL-00002")
    assert HOSTILE_NAMES[2] in page.locator("#scopes th[data-name=b]").inner_text()
    visit.shoot("hostile")


def test_the_policy_stops_a_script_that_got_into_a_page(new_page: NewPage, site: Path) -> None:
    page = new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(f"{site.as_uri()}/index.html")
    page.evaluate(
        """() => {
          const script = document.createElement('script');
          script.textContent = 'window.hacked = 4';
          document.body.append(script);
          const image = new Image();
          image.src = 'http://outside.invalid/x.png';
          document.body.append(image);
        }"""
    )
    assert page.evaluate("() => window.hacked") is None
    assert any("script-src" in text for text in complaints)
    assert any("img-src" in text for text in complaints)


def test_every_kind_of_page_opens_without_a_complaint(visit: Visit) -> None:
    root = ["index.html", "dictionary.html", "downloads.html"]
    for path in root:
        assert visit.open(path).locator("h1").count() == 1
    for shape in SHAPES[:3]:
        page = visit.open(f"{shape.assessment_id}/index.html")
        tabs = [tab.get_attribute("href") for tab in page.locator(".tabs a").all()]
        assert {"method.html", "index-check.html"} <= set(tabs)
        for tab in tabs:
            page = visit.open(f"{shape.assessment_id}/{tab}")
            current = page.locator(".tabs a[aria-current=page]")
            assert current.get_attribute("href") == tab
            if shape.assessment_id == "small-2025":
                visit.shoot(Path(str(tab)).stem)


def test_what_is_folded_away_on_the_screen_is_printed(visit: Visit) -> None:
    page = visit.open("small-2025/units/SMALL-00003.html")
    page.emulate_media(media="print")
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    parts, figures = page.locator("tbody.parts > tr"), page.locator("tbody.parts details li")
    assert parts.count() > 0
    assert figures.count() > 0
    assert all(row.is_visible() for row in parts.all())
    assert all(row.is_visible() for row in figures.all())
    # Nothing is cut at the right edge of a landscape A4 page.
    page.set_viewport_size({"width": 1032, "height": 700})
    widths = "() => [document.documentElement.scrollWidth, window.innerWidth]"
    needed, room = page.evaluate(widths)
    assert needed <= room
    page.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    assert page.locator("tbody.parts details[open]").count() == 0


def test_a_large_ranking_is_printed_to_its_last_rank(
    watch: Callable[[str], Visit], large_site: Path
) -> None:
    page = watch(large_site.as_uri()).open("large-2025/index.html")
    assert page.locator(ROWS).count() == 200
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator(ROWS).count() == 215


def test_the_page_can_be_used_with_the_keyboard_alone(visit: Visit) -> None:
    page = visit.open("small-2025/index.html")
    page.keyboard.press("Tab")
    focused: Callable[[], str] = lambda: page.evaluate("() => document.activeElement.className")  # noqa: E731
    assert focused() == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main"
    page.locator("button[data-sort=name]").focus()
    page.keyboard.press("Enter")
    assert page.locator("th[aria-sort=ascending] button").get_attribute("data-sort") == "name"
    page = visit.open("small-2025/units/SMALL-00007.html")
    page.locator("button.opener").first.focus()
    page.keyboard.press("Space")
    assert page.locator("#w-1 tr").first.is_visible()


CONTRAST = Path(__file__).with_name("contrast.js").read_text("utf-8")


@pytest.mark.parametrize(
    "path",
    [
        "index.html",
        "small-2025/index.html",
        "small-2025/units/SMALL-00005.html",
        "small-2025/quality.html",
        "small-2025/method.html",
        "small-2025/index-check.html",
        "small-2025/changes.html",
        "small-2025/firmness.html",
        "downloads.html",
    ],
)
def test_all_text_has_enough_contrast_as_drawn(
    watch: Callable[[str], Visit], site: Path, path: str
) -> None:
    page = watch(site.as_uri()).open(path)
    page.evaluate("() => document.querySelectorAll('details').forEach(one => { one.open = true; })")
    assert page.evaluate(CONTRAST) == []


def test_nothing_moves_for_those_who_asked_for_less_motion(new_page: NewPage, site: Path) -> None:
    page = new_page(reduced_motion="reduce")
    page.goto(f"{site.as_uri()}/small-2025/map.html")
    moving = page.evaluate(
        """() => [...document.querySelectorAll('*')].filter((made) => {
          const style = getComputedStyle(made);
          return parseFloat(style.transitionDuration) > 0 || style.animationName !== 'none';
        }).length"""
    )
    assert moving == 0


def test_the_ranking_can_be_read_without_scripts(new_page: NewPage, site: Path) -> None:
    page = new_page(java_script_enabled=False)
    page.goto(f"{site.as_uri()}/small-2025/index.html")
    assert page.locator(f"{ROWS} th a").count() == 24
    assert page.locator("noscript").count() == 1


SENTENCES_ONE_WORD_WIDE = """() => [...document.querySelectorAll('.scroll td')]
    .filter((cell) => cell.innerText.length > 40 && cell.clientWidth > 0 && cell.clientWidth < 90)
    .map((cell) => cell.innerText)"""


def test_pages_fit_a_narrow_screen(new_page: NewPage, site: Path, tmp_path: Path) -> None:
    page = new_page(viewport={"width": 390, "height": 844})
    for path in (
        "index.html",
        "downloads.html",
        "small-2025/index.html",
        "small-2025/units/SMALL-00005.html",
        *(f"small-2025/{name}" for name in words_of("pages")),
    ):
        page.goto(f"{site.as_uri()}/{path}")
        width = page.evaluate("() => document.documentElement.scrollWidth")
        assert width <= 390, path
        assert page.evaluate(SENTENCES_ONE_WORD_WIDE) == [], path
        page.screenshot(path=tmp_path / f"narrow-{Path(path).stem}.png")


WIDTHS = (1400, 390)
PUBLIC_PAGES = (
    "index.html",
    "corrections.html",
    "small-2025/index.html",
    "small-2025/units/SMALL-00005.html",
    "small-2025/firmness.html",
    "small-2025/changes.html",
    "small-2025/quality.html",
    "small-2025/method.html",
    "small-2025/compare.html",
    "small-2025/map.html",
    "small-2025/years.html",
    "dictionary.html",
    "downloads.html",
)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_has_a_serious_fault_of_access_or_runs_over_its_edge(
    width: int, served: str, new_page: NewPage
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = new_page(viewport={"width": width, "height": 844})
    faults = []
    for path in PUBLIC_PAGES:
        page.goto(f"{served}/{path}")
        for one in Axe().run(page).response["violations"]:
            if one["impact"] in ("serious", "critical"):
                faults.append((path, one["id"], [node["html"][:100] for node in one["nodes"][:3]]))
        if page.evaluate("document.documentElement.scrollWidth") > width:
            faults.append((path, "overflow", []))
    assert faults == []


@pytest.mark.parametrize(
    ("path", "figure"),
    [
        ("index.html", ".year .figure.main strong"),
        ("small-2025/index.html", "table.ranking tbody tr:first-child .rank"),
        ("small-2025/units/SMALL-00005.html", ".figure.main strong"),
    ],
)
def test_the_first_figure_stands_on_the_first_screen_of_a_phone(
    path: str, figure: str, served: str, new_page: NewPage
) -> None:
    page = new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{served}/{path}")
    box = page.locator(figure).first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 844


def test_the_first_page_finds_a_unit_without_diacritics(visit: Visit) -> None:
    page = visit.open("index.html")
    page.fill("#q", "dak lak")
    hits = page.locator("#hits a")
    assert hits.count() > 0
    assert all("Đắk Lắk" in name for name in hits.all_inner_texts())
    assert page.inner_text("#found") == f"{hits.count()} đơn vị phù hợp"
    page.locator("#hits a[href='tinh/dak-lak.html']").click()
    page.wait_for_url("**/tinh/dak-lak.html")
    page.go_back()
    page.fill("#q", "không có ai")
    assert page.locator("#hits").is_hidden()
