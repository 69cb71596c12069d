"""Pages of provinces over all years."""

import re
from pathlib import Path

import pytest

from dti_pipeline.release.folder import Release
from dti_pipeline.reports.release_view import ReleaseView
from dti_pipeline.reports.site.provinces import province_addresses, province_pages
from dti_pipeline.reports.unit_page import UnitPages


@pytest.fixture(scope="module")
def national(national_release: Release) -> ReleaseView:
    return ReleaseView(national_release)


def test_the_address_is_the_name_and_the_same_before_and_after_a_merger(
    national: ReleaseView,
) -> None:
    addresses = province_addresses(national)
    assert addresses["VN-P63-08"] == addresses["VN-P34-08"] == "tinh/tuyen-quang.html"
    assert addresses["VN-P63-77"] == "tinh/ba-ria-vung-tau.html"
    assert addresses["VN-P63-46"] == "tinh/thua-thien-hue.html"
    assert addresses["VN-P34-46"] == "tinh/hue.html"
    assert all(re.fullmatch(r"tinh/[a-z]+(-[a-z]+)*\.html", one) for one in addresses.values())
    for units in ("VN-P63", "VN-P34"):
        own = [address for unit, address in addresses.items() if unit.startswith(units)]
        assert len(set(own)) == len(own)


def test_a_page_holds_all_years_the_newest_first(national: ReleaseView) -> None:
    pages = province_pages(
        [UnitPages(view) for view in national.assessments], province_addresses(national)
    )
    page = pages["tinh/tuyen-quang.html"]
    years = [(year["pages"].assessment.id, year["row"]["rank"]) for year in page["years"]]
    assert [year for year, _ in years][:4] == [
        "province-2024",
        "province-2024-34",
        "province-2023",
        "province-2022",
    ]
    assert dict(years)["province-2023"] == 38
    assert dict(years)["province-2022"] == 48
    moves = {year["pages"].assessment.id: year["move"] for year in page["years"]}
    assert moves["province-2023"].parts["own"] == 23
    assert moves["province-2024-34"].parts is None


def test_the_site_has_a_page_per_province_and_a_list_of_them(site: Path) -> None:
    listed = (site / "tinh" / "index.html").read_text("utf-8")
    pages = {path.name for path in (site / "tinh").glob("*.html")} - {"index.html"}
    assert len(pages) == 24
    assert {Path(link).name for link in re.findall(r'href="\.\./(tinh/[^"]+)"', listed)} >= pages
    for unit in ("small-2024", "small-2025"):
        text = (site / unit / "units" / "SMALL-00003.html").read_text("utf-8")
        (address,) = set(re.findall(r'href="\.\./\.\./(tinh/(?!index)[^"]+)"', text))
        page = (site / address).read_text("utf-8")
        assert f'href="../{unit}/units/SMALL-00003.html"' in page
