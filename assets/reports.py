"""Site, workbooks and one-pagers as assets downstream of the release."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import dagster as dg
import polars as pl

from assets.assessment import OWNERS
from assets.resources import WorkspaceResource, preview
from dti_pipeline.release.releases import Published
from dti_pipeline.workspace import Workspace

if TYPE_CHECKING:
    from dti_pipeline.reports.release_view import ReleaseView

# What writes reports is imported by the assets that need it: the main job loads these definitions
# too, and writes none.

REPORT: Final = dg.define_asset_job(
    "report",
    selection=dg.AssetSelection.assets("site", "workbooks", "onepagers"),
    description="Site, workbooks and one-pagers of the current release.",
)
_Write = Callable[[Workspace, "ReleaseView"], dict[str, Any]]


def _report(*, kind: str, description: str) -> Callable[[_Write], dg.AssetsDefinition]:
    """Declare a report as an asset: what writes it from the current release returns metadata.

    The metadata begins with the release and the first ranks of its newest assessment.
    """

    def decorate(write: _Write) -> dg.AssetsDefinition:
        def run(workspace: WorkspaceResource) -> dg.MaterializeResult[None]:
            from dti_pipeline.reports.release_view import ReleaseView

            published = Published(workspace.paths.published)
            release = ReleaseView.open(published, published.release(None))
            metadata = write(workspace.paths, release)
            workspace.storage.send()  # to where the data folder is kept
            first = release.assessments[0]
            top = first.overall.drop_nulls("rank").select("rank", "n_ranked", "unit_name", "value")
            basis = pl.lit(first.row["data_basis"]).alias("data_basis")
            return dg.MaterializeResult(
                metadata={
                    "release_id": dg.MetadataValue.text(release.release_id),
                    first.id: preview(top.with_columns(basis)),
                    **metadata,
                },
                data_version=dg.DataVersion(release.release_id),
            )

        return dg.asset(
            run,
            name=write.__name__,
            group_name="reports",
            kinds={kind},
            owners=OWNERS,
            io_manager_key="nothing",
            deps=["release"],
            description=description,
        )

    return decorate


@_report(
    kind="html",
    description="The static site of the current release; opens from a file, loads nothing.",
)
def site(workspace: Workspace, release: "ReleaseView") -> dict[str, Any]:
    from dti_pipeline.index.settings import load_office_settings
    from dti_pipeline.reports.site.write import write_site

    settings = load_office_settings(workspace.data / "config").site
    index = write_site(release, workspace.site / release.release_id, settings=settings)
    pages = sorted(index.parent.rglob("*.html"))
    return {
        "open": dg.MetadataValue.url(index.resolve().as_uri()),
        "index": dg.MetadataValue.path(str(index)),
        "pages": len(pages),
        "largest_page_bytes": max(page.stat().st_size for page in pages),
        "contents": _links(index.parent / e.id / "index.html" for e in release.assessments),
    }


@_report(kind="excel", description="One Excel workbook per assessment of the current release.")
def workbooks(workspace: Workspace, release: "ReleaseView") -> dict[str, Any]:
    from dti_pipeline.reports.workbook.write import write_workbook

    folder = workspace.reports / release.release_id
    folder.mkdir(parents=True, exist_ok=True)
    written = [write_workbook(e, folder / f"dti-{e.id}.xlsx") for e in release.assessments]
    return {"folder": dg.MetadataValue.path(str(folder)), "contents": _links(written)}


@_report(kind="pdf", description="A one-page PDF per unit, for assessments that are not too large.")
def onepagers(workspace: Workspace, release: "ReleaseView") -> dict[str, Any]:
    from dti_pipeline.reports.onepager.write import OnePagers
    from dti_pipeline.reports.site.write import MOST_ONE_PAGERS
    from dti_pipeline.reports.unit_page import UnitPages

    folder = workspace.reports / release.release_id
    chosen = [e for e in release.assessments if e.overall.height <= MOST_ONE_PAGERS]
    written = {e.id: OnePagers(UnitPages(e)).write_all(folder / e.id) for e in chosen}
    return {
        "folder": dg.MetadataValue.path(str(folder)),
        "pages": {name: len(paths) for name, paths in written.items()},
        "contents": _links(paths[0] for paths in written.values() if paths),
    }


@_report(
    kind="duckdb",
    description="The current release as one DuckDB file with its figures, for BI tools.",
)
def duckdb_file(workspace: Workspace, release: "ReleaseView") -> dict[str, Any]:
    from dti_pipeline.reports.duckdb_file import database
    from dti_pipeline.store.parquet import replace_file

    path = workspace.reports / "dti.duckdb"
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, database(release.source, embeds=True))
    return {"file": dg.MetadataValue.path(str(path)), "bytes": path.stat().st_size}


def _links(paths: Iterable[Path]) -> dg.MarkdownMetadataValue:
    lines = [f"- [{path.parent.name}/{path.name}]({path.resolve().as_uri()})" for path in paths]
    return dg.MetadataValue.md("\n".join(lines))
