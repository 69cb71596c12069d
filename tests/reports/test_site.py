"""The files of the site, read without a browser."""

import os
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dti_pipeline.release.folder import Release
from dti_pipeline.reports.release_view import ReleaseView, Row
from dti_pipeline.reports.site.markup import POLICY
from dti_pipeline.reports.site.write import write_site
from dti_pipeline.reports.unit_page import UnitPages
from tests.hashes import hashes
from tests.reports.conftest import SHAPES, only
from tests.runs.offices import Offices

# Elements that never have an end tag.
VOID = {"meta", "link", "input", "br", "img", "hr"}
LIMIT = 2_000_000


class Page(HTMLParser):
    """What a page loads, links to and is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        for name in ("src", "href"):
            address = found.get(name)
            if address:
                (self.links if tag == "a" else self.loads).append(address)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.unbalanced.append(tag)

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path.read_text(encoding="utf-8")) for path in sorted(site.rglob("*.html"))}


def test_every_assessment_and_every_unit_has_its_page(site: Path) -> None:
    assert (site / "index.html").is_file()
    for shape in SHAPES[:3]:
        folder = site / shape.assessment_id
        assert (folder / "index.html").is_file()
        assert len(list((folder / "units").glob("*.html"))) == shape.units
        assert (folder / f"dti-{shape.assessment_id}.xlsx").is_file()


def test_pages_about_nothing_are_left_out(site: Path) -> None:
    assert not (site / "pools-2025" / "years.html").exists()
    tabs = (site / "pools-2025" / "index.html").read_text(encoding="utf-8")
    assert 'href="years.html"' not in tabs
    assert (site / "small-2025" / "years.html").is_file()


def test_every_page_is_whole_markup_with_one_heading_and_the_policy(
    pages: dict[Path, Page],
) -> None:
    for path, page in pages.items():
        assert page.unbalanced == [], path
        assert page.open == [], path
        assert len(page.named("h1")) == 1, path
        assert page.named("html") == [{"lang": "vi"}], path
        policies = [m for m in page.named("meta") if "http-equiv" in m]
        assert policies == [{"http-equiv": "Content-Security-Policy", "content": POLICY}], path


def test_no_page_holds_a_script_a_style_or_a_handler(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        assert not page.named("style"), path
        assert all("src" in attributes for attributes in page.named("script")), path
        for _, attributes in page.tags:
            assert "style" not in attributes, path
            assert not [name for name in attributes if name.startswith("on")], path


def test_hostile_names_make_no_elements(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        assert not page.named("img"), path
        for attributes in page.named("script"):
            assert re.fullmatch(
                r"(\.\./)*assets/\w+\.js|data\.js|components\.js", attributes["src"]
            )


def test_every_address_stays_within_the_site_and_exists(
    site: Path, pages: dict[Path, Page]
) -> None:
    present = {str(path) for path in site.rglob("*") if path.is_file()}
    for path, page in pages.items():
        for address in {*page.loads, *page.links}:
            assert not re.match(r"[a-z]+:|//", address), (path, address)
            target = address.split("#")[0]
            if target:
                assert os.path.normpath(path.parent / target) in present, (path, address)


def test_fragments_point_to_something(pages: dict[Path, Page]) -> None:
    ids = {str(path): {a["id"] for _, a in page.tags if "id" in a} for path, page in pages.items()}
    for path, page in pages.items():
        for address in page.links:
            target, _, fragment = address.partition("#")
            if fragment and "=" not in fragment:
                where = os.path.normpath(path.parent / target) if target else str(path)
                assert fragment in ids[where], (path, address)


def test_ids_are_unique_and_controls_name_what_exists(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
        assert len(set(ids)) == len(ids), path
        for name in ("aria-controls", "aria-labelledby", "data-show"):
            for _, attributes in page.tags:
                for one in (attributes.get(name) or "").split():
                    assert one in ids, (path, name, one)


def test_header_cells_say_what_they_head_and_tables_have_a_name(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        assert all("scope" in attributes for attributes in page.named("th")), path


def test_no_page_is_heavier_than_two_megabytes_with_all_it_loads(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        loaded = sum((path.parent / address).stat().st_size for address in page.loads)
        assert path.stat().st_size + loaded < LIMIT, path


def test_both_languages_stand_in_every_page(pages: dict[Path, Page]) -> None:
    for path, page in pages.items():
        english = [a["data-en"] for _, a in page.tags if "data-en" in a]
        assert len(english) > 10, path
        assert all(text for text in english), path


def test_sample_figures_and_invented_components_are_said_to_be_so(site: Path) -> None:
    for page in ("index.html", "map.html", "units/SMALL-00003.html", "changes.html"):
        text = (site / "small-2025" / page).read_text(encoding="utf-8")
        assert "SỐ LIỆU GIẢ ĐỊNH để chạy thử phần mềm, không phải số liệu thật." in text
        assert 'class="mark"' in text
    unit = (site / "small-2025" / "units" / "SMALL-00003.html").read_text(encoding="utf-8")
    assert 'class="tag illustrative"' in unit
    assert 'class="tag inferred"' in unit


def test_the_check_of_the_index_is_linked_and_says_that_it_speaks_of_samples(site: Path) -> None:
    folder = site / "small-2025"
    for page in ("index.html", "units/SMALL-00003.html", "method.html"):
        assert 'index-check.html"' in (folder / page).read_text(encoding="utf-8"), page
    text = (folder / "index-check.html").read_text(encoding="utf-8")
    assert "các nhận xét dưới đây không phản ánh bộ chỉ số thật" in text
    assert 'class="mark"' in text
    assert 'class="tag illustrative"' in text
    assert '<span class="n">−0,12</span>' in text
    assert '<span class="n">−0,65</span>' in text


def test_ranks_simulated_on_made_up_figures_are_no_findings(site: Path) -> None:
    text = (site / "small-2025" / "firmness.html").read_text(encoding="utf-8")
    assert "không phản ánh độ vững thật của thứ hạng" in text
    assert "says nothing about how stable the real ranks are" in text


def test_what_a_units_next_step_is_worth_stands_on_its_page(site: Path) -> None:
    text = (site / "small-2025" / "units" / "SMALL-00003.html").read_text(encoding="utf-8")
    assert "Đạt mức điểm kế tiếp: thứ hạng" in text
    assert "giả thiết chỉ riêng chỉ số đó tăng" in text


def test_a_break_is_written_out_wherever_years_are_compared(site: Path) -> None:
    for page in ("index.html", "years.html", "changes.html", "units/SMALL-00003.html"):
        text = (site / "small-2025" / page).read_text(encoding="utf-8")
        assert "Đổi bộ chỉ số thử nghiệm." in text, page


def test_a_move_of_ranks_stands_on_a_page_where_a_value_is_unknown(
    made_up: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = UnitPages.content

    def without_change(pages: UnitPages, unit_id: str) -> Row:
        unit = content(pages, unit_id)
        return {**unit, "overall": {**unit["overall"], "value_change": None}}

    monkeypatch.setattr(UnitPages, "content", without_change)
    write_site(only(made_up, "small-2024", "small-2025"), tmp_path / "site")
    text = (tmp_path / "site/small-2025/units/SMALL-00005.html").read_text(encoding="utf-8")
    assert "từ thứ</span> 12/23)</small>" in text
    assert '<strong><span class="n">–</span></strong><small><span class="move up">' in text


def test_a_rank_never_stands_without_its_number_of_units(site: Path) -> None:
    text = (site / "small-2025" / "index.html").read_text(encoding="utf-8")
    assert text.count('<span class="rank">') >= 23
    assert text.count('<span class="of">/23</span>') >= 23


def test_the_same_release_gives_the_same_bytes(made_up: Release, tmp_path: Path) -> None:
    made = [
        write_site(only(made_up, "pools-2025"), tmp_path / name).parent for name in ("one", "other")
    ]
    assert hashes(made[0]) == hashes(made[1])


def test_units_of_a_small_assessment_get_their_one_pager(made_up: Release, tmp_path: Path) -> None:
    release = only(made_up, "pools-2025")
    site = write_site(release, tmp_path / "site", one_pagers=True).parent
    folder = site / "pools-2025"
    units = {path.stem for path in (folder / "units").iterdir()}
    assert {path.stem for path in (folder / "onepagers").iterdir()} == units
    page = (folder / "units" / "POOLS-00003.html").read_text(encoding="utf-8")
    assert 'href="../onepagers/POOLS-00003.pdf"' in page


def test_a_new_site_replaces_the_old_one_as_a_whole(made_up: Release, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "left-over.html").write_text("old")
    (tmp_path / ".site.staging").mkdir()
    write_site(only(made_up, "pools-2025"), folder)
    assert not (folder / "left-over.html").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_draft_says_on_every_page_that_it_is_one(made_up: Release, tmp_path: Path) -> None:
    draft = only(made_up, "pools-2025", status="draft")
    site = write_site(draft, tmp_path / "site").parent
    for page in site.rglob("*.html"):
        assert "BẢN DỰ THẢO" in page.read_text(encoding="utf-8")


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as the accessibility guidelines define it."""

    def light(colour: str) -> float:
        parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
        red, green, blue = (
            p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("ink", "paper"),
        ("muted", "paper"),
        ("muted", "wash"),
        ("accent", "paper"),
        ("accent", "wash"),
        ("gain", "paper"),
        ("loss", "paper"),
        ("warn", "warn-soft"),
        ("ink", "s1"),
        ("ink", "s2"),
        ("ink", "s3"),
        ("paper", "s4"),
        ("paper", "s5"),
    ],
)
def test_colours_have_the_contrast_small_text_needs(site: Path, ink: str, ground: str) -> None:
    sheet = (site / "assets" / "site.css").read_text(encoding="utf-8")
    colours = dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", sheet))
    assert contrast(colours[ink], colours[ground]) >= 4.5


def test_columns_about_nothing_are_not_shown(site: Path) -> None:
    alone = (site / "pools-2025" / "index.html").read_text(encoding="utf-8")
    compared = (site / "small-2025" / "index.html").read_text(encoding="utf-8")
    assert '<table class="ranking no-changes"' in alone
    assert '<table class="ranking"' in compared


def test_a_single_unit_is_offered_no_comparison(tmp_path: Path) -> None:
    offices = Offices(tmp_path)
    offices.framework({"01": 10})
    offices.units({"U1": "office"})
    offices.assessment()
    offices.deliver(["01"], {"U1": (5,)})
    root = write_site(ReleaseView(offices.run()), tmp_path / "site").parent
    path = root / "offices" / "units" / "U1.html"
    links = [link.partition("#")[0] for link in Page(path.read_text("utf-8")).links]
    assert [link for link in links if link and not (path.parent / link).exists()] == []
