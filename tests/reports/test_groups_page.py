"""The page of groups: means, changes and how many units rose."""

import re
from pathlib import Path

import pytest

from dti_pipeline.release.folder import Release
from dti_pipeline.reports.site.write import write_site
from tests.reports.conftest import only


@pytest.fixture(scope="module")
def rows(ninh_binh_release: Release, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return the rows of the groups page of 2022 as plain text."""
    release = only(ninh_binh_release, "ninh-binh-2022")
    folder = tmp_path_factory.mktemp("site") / "ninh-binh"
    site = write_site(release, folder).parent
    text = Path(site / "ninh-binh-2022" / "groups.html").read_text("utf-8")
    table = re.findall(r"<tr class=.*?</tr>", text, flags=re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in table]


@pytest.mark.parametrize(
    ("name", "figures"),
    [
        ("Tất cả sở, ban, ngành", ["299,33", "+91,60", "+45,04", "+129,16", "23/23"]),
        ("Cấp huyện", ["521,76", "+140,55", "+86,73", "+191,75", "8/8"]),
        ("Cấp xã", ["343,93", "+111,00", "+69,77", "+155,99", "143/143"]),
    ],
)
def test_points_of_groups_and_their_changes_are_shown(
    name: str, figures: list[str], rows: list[str]
) -> None:
    (row,) = [row for row in rows if row.startswith(name) and figures[0] in row]
    places = [row.find(figure) for figure in figures]
    assert places == sorted(places)
    assert -1 not in places


def test_a_published_year_of_some_provinces_shows_dashes(
    national_release: Release, tmp_path: Path
) -> None:
    site = write_site(only(national_release, "province-2020"), tmp_path / "site").parent
    text = (site / "province-2020" / "groups.html").read_text("utf-8")
    assert '<td class="num n">–</td>' in text
    assert not [page for page in site.rglob("*.html") if ">None<" in page.read_text("utf-8")]
