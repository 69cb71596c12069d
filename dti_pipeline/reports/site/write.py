"""The static site of a release: pages, scripts, data and downloads in one folder.

Written beside and renamed, so that a site is whole or not there. It holds no clock and no path of
this machine: the same release gives the same bytes.
"""

from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from dti_pipeline.reports import figures
from dti_pipeline.reports.onepager.write import OnePagers
from dti_pipeline.reports.release_view import AssessmentView, ReleaseView
from dti_pipeline.reports.site import pages
from dti_pipeline.reports.site.bump import bump_chart
from dti_pipeline.reports.site.charts import history_chart, radar, span
from dti_pipeline.reports.site.downloads import file_entry, write_tables
from dti_pipeline.reports.site.home import corrections_context, home_context, search_data
from dti_pipeline.reports.site.markup import environment, script_json
from dti_pipeline.reports.site.provinces import FOLDER, province_addresses, province_pages
from dti_pipeline.reports.site.ranking_page import ranking_context, ranking_data
from dti_pipeline.reports.site.tiles import tile_map
from dti_pipeline.reports.timeline import Timeline
from dti_pipeline.reports.unit_page import UnitPages
from dti_pipeline.reports.words import name_of
from dti_pipeline.reports.workbook.write import write_workbook
from dti_pipeline.whole_file import whole_folder
from schemas.files.settings import SiteSettings

# One-pagers come with the site for assessments of up to so many units; more take minutes.
MOST_ONE_PAGERS: Final = 200
# Fewer mains make no radar.
LEAST_SPOKES: Final = 3


def write_site(
    release: ReleaseView,
    folder: Path,
    *,
    one_pagers: bool = False,
    all_csv: bool = False,
    settings: SiteSettings | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Path:
    """Write the site of a release; return its first page.

    Args:
        folder: replaced as a whole.
        one_pagers: whether units get their one-pager to take away.
        all_csv: whether every table comes as CSV too, not only those that people open.
        settings: who publishes the pages, and where questions go.
        progress: told the id of every assessment as its pages are written.
    """
    with whole_folder(folder) as root:
        writer = _Writer(release, root, settings or SiteSettings())
        workbooks = []
        for assessment in release.assessments:
            progress(assessment.id)
            writer.write_assessment(assessment, one_pagers=one_pagers)
            path = write_workbook(assessment, root / assessment.id / f"dti-{assessment.id}.xlsx")
            workbooks.append(file_entry(root, path, title=assessment.title))
        writer.write_provinces()
        writer.write_shared(workbooks, all_csv=all_csv)
    return folder / "index.html"


class _Writer:
    def __init__(self, release: ReleaseView, root: Path, settings: SiteSettings) -> None:
        self.release = release
        self.root = root
        self.engine = environment()
        self.addresses = province_addresses(release)
        self.provinces: list[UnitPages] = []
        self.shared = {
            "has_provinces": any(a.row["level"] == "province" for a in release.assessments),
            "manifest": release.manifest,
            "computed_at": figures.moment(release.computed_at),
            "status_note": release.status_note,
            "settings": settings,
        }

    def write_shared(self, workbooks: list[Any], *, all_csv: bool) -> None:
        folder = self.root / "assets"
        folder.mkdir()
        static = files("dti_pipeline.reports.site").joinpath("static")
        for source in sorted(static.iterdir(), key=str):
            (folder / source.name).write_bytes(source.read_bytes())
        tables = write_tables(self.release, self.root, all_csv=all_csv)
        columns = self.release.table("meta_column").sort("table_name", "position")
        for table in tables:
            table["columns"] = columns.filter(table_name=table["name"]).to_dicts()
        self._page("index.html", "index.html", **home_context(self.release))
        self._page("corrections.html", "corrections.html", **corrections_context(self.release))
        self._script(folder / "search.js", "DTI_SEARCH", search_data(self.release, self.addresses))
        self._page("dictionary.html", "dictionary.html", tables=tables)
        samples = any(assessment.sample_marks for assessment in self.release.assessments)
        self._page(
            "downloads.html", "downloads.html", workbooks=workbooks, tables=tables, samples=samples
        )

    def write_assessment(self, assessment: AssessmentView, *, one_pagers: bool) -> None:
        folder = self.root / assessment.id
        (folder / "units").mkdir(parents=True)
        units = UnitPages(assessment)
        if assessment.row["level"] == "province":
            self.provinces.append(units)
        contents = _contents(assessment, units.timeline)
        tabs = [{"file": file, "name": name_of("pages", file)} for file in contents]
        shared = {"assessment": assessment, "tabs": tabs}
        for file, content in contents.items():
            template = "ranking.html" if file == "index.html" else file
            path = f"{assessment.id}/{file}"
            self._page(path, template, here=file, up="", **shared, **content)
        self._script(folder / "data.js", "DTI_DATA", ranking_data(assessment, units.timeline))
        self._script(folder / "components.js", "DTI_COMPONENTS", pages.comparison_data(assessment))
        with_pdf = one_pagers and assessment.overall.height <= MOST_ONE_PAGERS
        if with_pdf:
            OnePagers(units).write_all(folder / "onepagers")
        # For every unit the newest assessment with a page about it.
        links = {unit: stop.assessment.id for stop in units.timeline.stops for unit in stop.rows}
        for unit_id in units.unit_ids:
            content = units.content(unit_id)
            self._page(
                f"{assessment.id}/units/{unit_id}.html",
                "unit.html",
                here="",
                up="../",
                links=links,
                province=self.addresses.get(unit_id),
                pdf=with_pdf,
                **shared,
                **content,
                **_charts(units.timeline, unit_id, content),
            )

    def write_provinces(self) -> None:
        if not self.provinces:
            return
        (self.root / FOLDER).mkdir()
        links = {
            unit: pages.assessment.id
            for pages in reversed(self.provinces)
            for unit in pages.unit_ids
        }
        provinces = province_pages(self.provinces, self.addresses)
        for address, content in provinces.items():
            self._page(address, "province.html", links=links, **content)
        in_order = sorted(provinces.items())
        self._page(f"{FOLDER}/index.html", "provinces.html", provinces=in_order)

    def _page(self, path: str, template: str, **content: Any) -> None:
        root = "../" * path.count("/")
        page = self.engine.get_template(template)
        text = page.render(root=root, path=path, **self.shared, **content)
        (self.root / path).write_text(text, encoding="utf-8", newline="\n")

    def _script(self, path: Path, name: str, content: object) -> None:
        text = f"window.{name}={script_json(content)};\n"
        path.write_text(text, encoding="utf-8", newline="\n")


def _contents(assessment: AssessmentView, timeline: Timeline) -> dict[str, Mapping[str, Any]]:
    tiles, bump = tile_map(assessment), bump_chart(timeline)
    several = assessment.overall.height > 1
    contents = {
        "index.html": ranking_context(assessment, timeline),
        "map.html": {"map": tiles} if tiles else None,
        "groups.html": pages.groups_context(assessment),
        "years.html": {"bump": bump} if bump else None,
        "firmness.html": pages.rank_intervals_context(assessment),
        "compare.html": {"has_components": assessment.has_components} if several else None,
        "changes.html": pages.changes_context(assessment),
        "quality.html": pages.quality_context(assessment),
        "method.html": pages.method_context(assessment),
        "index-check.html": pages.index_check_context(assessment),
    }
    return {file: content for file, content in contents.items() if content is not None}


def _charts(timeline: Timeline, unit_id: str, content: Mapping[str, Any]) -> dict[str, Any]:
    own = [(scope, row) for scope, row in content["mains"] if not scope.is_reference]
    predecessors = content["predecessors"]
    return {
        "radar": radar([row for _, row in own]) if len(own) >= LEAST_SPOKES else None,
        "radar_scopes": [scope for scope, _ in own],
        "span": span,
        "chart": history_chart(timeline.stops, unit_id, predecessors=predecessors),
    }
