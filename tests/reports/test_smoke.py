"""The first things anybody does with the site, in a real browser: every run looks at these."""

from dti_pipeline.release.folder import Release
from dti_pipeline.reports.figures import to_micro
from tests.reports.conftest import Visit
from tests.reports.tabs import ROWS, micro, names


def test_a_search_without_diacritics_finds_the_unit(visit: Visit) -> None:
    page = visit.open("small-2025/index.html")
    assert page.locator(ROWS).count() == 24
    page.fill("#q", "ninh binh")
    assert page.locator(ROWS).count() == 2  # the unit, and the hostile one that carries its name
    assert "Ninh Bình" in names(page)
    page.fill("#q", "DAK lak")
    assert "Đắk Lắk" in names(page)
    page.fill("#q", "Đắk Lắk")
    assert "Đắk Lắk" in names(page)
    page.fill("#q", "nowhere")
    assert page.locator(ROWS).count() == 0
    assert page.inner_text("#shown") == "0"
    page.click("#reset")
    assert page.locator(ROWS).count() == 24
    visit.shoot("ranking")


def test_the_waterfall_sums_to_the_points_lost(visit: Visit, made_up: Release) -> None:
    page = visit.open("small-2025/index.html")
    page.fill("#q", "xa thu nghiem 8")
    page.locator(f"{ROWS} th a").first.click()
    assert page.inner_text("h1") == "Xã Thử Nghiệm 8"
    row = made_up.table("fact_ranking").filter(
        assessment_id="small-2025", scope="overall", unit_name="Xã Thử Nghiệm 8"
    )
    missing = to_micro(row["max_points_effective"][0]) - to_micro(row["points"][0])
    table = page.locator("table.waterfall")
    mains = micro(table.locator("tr.main-row .lost"))
    (total,) = micro(table.locator("tr.total .lost"))
    assert sum(mains) == total == missing
    buttons = table.locator("button.opener")
    for place, lost in enumerate(mains):
        buttons.nth(place).click()
        assert buttons.nth(place).get_attribute("aria-expanded") == "true"
        parts = page.locator(f"#w-{place + 1} tr")
        assert parts.first.is_visible()
        assert sum(micro(parts.locator(".lost"))) == lost
    visit.shoot("waterfall")


def test_the_language_switch_changes_words_figures_and_lang_and_is_kept(visit: Visit) -> None:
    page = visit.open("small-2025/index.html")
    root = page.locator("html")
    assert root.get_attribute("lang") == "vi"
    assert page.inner_text("h2") == "Bảng xếp hạng"
    vietnamese = page.locator(f"{ROWS} td:nth-child(3) .n").first.inner_text()
    page.click("button[data-language=en]")
    assert root.get_attribute("lang") == "en"
    assert page.inner_text("h2") == "Ranking"
    assert page.get_attribute("#q", "placeholder") == "diacritics not needed"
    assert "Made-up index" in page.title()
    english = page.locator(f"{ROWS} td:nth-child(3) .n").first.inner_text()
    assert english == vietnamese.replace(",", ".")
    visit.shoot("english")
    page.locator(f"{ROWS} th a").first.click()
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.inner_text("#h-losses").startswith("Points lost by index")
    page.click("button[data-language=vi]")
    assert page.inner_text("#h-losses").startswith("Điểm bị mất")
    assert page.locator("html").get_attribute("lang") == "vi"
