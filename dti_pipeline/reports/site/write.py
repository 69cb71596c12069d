"""The static site of a release: pages, scripts, data and downloads in one folder.

Written beside and renamed, so that a site is whole or not there. It holds no clock and no path of
this machine: the same release gives the same bytes.
"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from dti_pipeline.reports import figures
from dti_pipeline.reports.history import Timeline
from dti_pipeline.reports.onepager.write import OnePagers
from dti_pipeline.reports.site import edition_pages
from dti_pipeline.reports.site.bump import bump_chart
from dti_pipeline.reports.site.downloads import file_entry, write_tables
from dti_pipeline.reports.site.index_check import index_check_context
from dti_pipeline.reports.site.markup import environment, script_json
from dti_pipeline.reports.site.ranking_page import mean_place, ranking_context, ranking_data
from dti_pipeline.reports.site.tiles import tile_map
from dti_pipeline.reports.unit_page import UnitPages
from dti_pipeline.reports.view import Book, Edition
from dti_pipeline.reports.workbook.write import write_workbook
from schemas.catalogue import RELEASE_TABLES
from schemas.text import Text

# One-pagers come with the site for assessments of up to so many units; more take minutes.
MOST_ONE_PAGERS: Final = 200
FIRST_RANKS: Final = 3

PAGE_NAMES: Final = {
    "index.html": Text("Xếp hạng", "Ranking"),
    "map.html": Text("Bản đồ ô", "Tile map"),
    "groups.html": Text("Nhóm và vùng", "Groups"),
    "years.html": Text("Qua các năm", "Years"),
    "firmness.html": Text("Khoảng hạng", "Rank intervals"),
    "compare.html": Text("So sánh", "Compare"),
    "changes.html": Text("Thay đổi", "Changes"),
    "quality.html": Text("Chất lượng dữ liệu", "Data quality"),
    "method.html": Text("Phương pháp", "Method"),
    "index-check.html": Text("Soi bộ chỉ số", "Index check"),
}
TEMPLATES: Final = {"index.html": "ranking.html"}


@dataclass(frozen=True)
class Tab:
    """One page in the navigation of an assessment."""

    file: str
    name: Text


def write_site(
    book: Book,
    folder: Path,
    *,
    one_pagers: bool = True,
    progress: Callable[[str], None] = lambda _: None,
) -> Path:
    """Write the site of a release.

    Args:
        book: any release.
        folder: the site's folder; replaced as a whole.
        one_pagers: whether units get their one-pager to take away.
        progress: told the id of every assessment as its pages are written.

    Returns:
        The first page.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = folder.with_name(f".{folder.name}.staging")
    if staging.exists():
        shutil.rmtree(staging)
    staging.mkdir()
    _Writer(book, staging, one_pagers=one_pagers, progress=progress).write()
    if folder.exists():
        shutil.rmtree(folder)
    staging.rename(folder)
    return folder / "index.html"


class _Writer:
    """Writes all pages of one release."""

    def __init__(
        self, book: Book, root: Path, *, one_pagers: bool, progress: Callable[[str], None]
    ) -> None:
        self.book = book
        self.root = root
        self.one_pagers = one_pagers
        self.progress = progress
        self.engine = environment()
        self.shared = {
            "manifest": book.release.manifest,
            "computed_at": figures.moment(book.computed_at),
            "status_note": book.status_note,
        }

    def write(self) -> None:
        """Write everything."""
        self._assets()
        workbooks = []
        for edition in self.book.editions:
            self.progress(edition.id)
            self._edition(edition)
            path = self.root / edition.id / f"dti-{edition.id}.xlsx"
            write_workbook(edition, path)
            workbooks.append(file_entry(self.root, path, title=edition.title))
        tables = write_tables(self.book, self.root)
        self._page("index.html", "index.html", levels=list(self._levels()))
        self._page("dictionary.html", "dictionary.html", tables=list(self._dictionary()))
        self._page(
            "downloads.html",
            "downloads.html",
            workbooks=workbooks,
            tables=tables,
            samples=any(edition.sample_marks for edition in self.book.editions),
        )

    def _assets(self) -> None:
        folder = self.root / "assets"
        folder.mkdir()
        for source in sorted(
            files("dti_pipeline.reports.site").joinpath("static").iterdir(), key=str
        ):
            (folder / source.name).write_bytes(source.read_bytes())

    def _page(self, path: str, template: str, *, depth: int = 0, **context: Any) -> None:
        found = self.engine.get_template(template)
        text = found.render(root="../" * depth, **self.shared, **context)
        (self.root / path).write_text(text, encoding="utf-8", newline="\n")

    def _script(self, path: Path, name: str, content: object) -> None:
        text = f"window.{name}={script_json(content)};\n"
        path.write_text(text, encoding="utf-8", newline="\n")

    def _edition(self, edition: Edition) -> None:
        folder = self.root / edition.id
        (folder / "units").mkdir(parents=True)
        timeline = Timeline(edition)
        contexts = self._contexts(edition, timeline)
        tabs = [Tab(file, name) for file, name in PAGE_NAMES.items() if contexts[file] is not None]
        shared = {"edition": edition, "tabs": tabs}
        for tab in tabs:
            self._page(
                f"{edition.id}/{tab.file}",
                TEMPLATES.get(tab.file, tab.file),
                depth=1,
                here=tab.file,
                up="",
                **shared,
                **(contexts[tab.file] or {}),
            )
        self._script(folder / "data.js", "DTI_DATA", ranking_data(edition, timeline))
        self._script(
            folder / "components.js", "DTI_COMPONENTS", edition_pages.comparison_data(edition)
        )
        self._units(edition, timeline, shared)

    def _contexts(
        self, edition: Edition, timeline: Timeline
    ) -> dict[str, Mapping[str, Any] | None]:
        tiles, bump = tile_map(edition), bump_chart(timeline)
        return {
            "index.html": ranking_context(edition, timeline),
            "map.html": {"map": tiles} if tiles else None,
            "groups.html": edition_pages.groups_context(edition),
            "years.html": {"bump": bump} if bump else None,
            "firmness.html": edition_pages.firmness_context(edition),
            "compare.html": {"has_components": not edition.table("fact_component_score").is_empty()}
            if edition.overall.height > 1
            else None,
            "changes.html": edition_pages.changes_context(edition),
            "quality.html": edition_pages.quality_context(edition),
            "method.html": edition_pages.method_context(edition),
            "index-check.html": index_check_context(edition),
        }

    def _units(self, edition: Edition, timeline: Timeline, shared: Mapping[str, Any]) -> None:
        pages = UnitPages(edition, timeline)
        with_pdf = self.one_pagers and edition.overall.height <= MOST_ONE_PAGERS
        if with_pdf:
            OnePagers(edition, pages).write_all(self.root / edition.id / "onepagers")
        links = self._newest_pages(timeline)
        for unit_id in pages.unit_ids:
            self._page(
                f"{edition.id}/units/{unit_id}.html",
                "unit.html",
                depth=2,
                here="",
                up="../",
                links=links,
                pdf=with_pdf,
                **shared,
                **pages.context(unit_id),
            )

    def _newest_pages(self, timeline: Timeline) -> dict[str, str]:
        """Return for every unit the newest assessment with a page about it."""
        return {unit: stop.edition.id for stop in timeline.stops for unit in stop.rows}

    def _levels(self) -> Iterator[tuple[str, list[dict[str, Any]]]]:
        for level in dict.fromkeys(edition.row["level"] for edition in self.book.editions):
            yield (
                level,
                [
                    {
                        "edition": edition,
                        "first": edition.overall.drop_nulls("rank").head(FIRST_RANKS).to_dicts(),
                        "mean": mean_place(edition),
                    }
                    for edition in self.book.editions
                    if edition.row["level"] == level
                ],
            )

    def _dictionary(self) -> Iterator[dict[str, Any]]:
        columns = self.book.table("meta_column")
        for name, table in RELEASE_TABLES.items():
            entry = self.book.release.manifest["files"].get(f"{name}.parquet")
            if entry is not None:
                yield {
                    "name": name,
                    "grain": Text(table.grain_vi, table.grain_en),
                    "rows": entry["rows"],
                    "columns": columns.filter(table_name=name).sort("position").to_dicts(),
                }
