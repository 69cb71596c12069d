"""Site, workbooks and one-pagers as assets downstream of the release."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import dagster as dg
import polars as pl

from assets.assessment import OWNERS
from assets.resources import WorkspaceResource, preview
from dti_pipeline.release.releases import Published

if TYPE_CHECKING:
    from dti_pipeline.reports.release_view import ReleaseView

# What writes reports is imported by the assets that need it: the main job loads these definitions
# too, and writes none.


def current_release(workspace: WorkspaceResource) -> "ReleaseView":
    from dti_pipeline.reports.release_view import ReleaseView

    return ReleaseView.open(Published(workspace.workspace.published))


REPORT: Final = dg.define_asset_job(
    "report",
    selection=dg.AssetSelection.assets("site", "workbooks", "onepagers"),
    description="Site, workbooks and one-pagers of the current release.",
)


@dg.asset(
    group_name="reports",
    kinds={"html"},
    owners=OWNERS,
    io_manager_key="nothing",
    deps=["release"],
    description="The static site of the current release; opens from a file, loads nothing.",
)
def site(workspace: WorkspaceResource) -> dg.MaterializeResult[None]:
    from dti_pipeline.index.settings import load_settings
    from dti_pipeline.reports.site.write import write_site

    release = current_release(workspace)
    index = write_site(
        release,
        workspace.workspace.site / release.release_id,
        settings=load_settings(workspace.workspace.data / "config").site,
    )
    pages = sorted(index.parent.rglob("*.html"))
    workspace.storage.send()
    return dg.MaterializeResult(
        metadata={
            **about(release),
            "open": dg.MetadataValue.url(index.resolve().as_uri()),
            "index": dg.MetadataValue.path(str(index)),
            "pages": len(pages),
            "largest_page_bytes": max(page.stat().st_size for page in pages),
            "contents": links(index.parent / e.id / "index.html" for e in release.assessments),
        },
        data_version=version(release),
    )


@dg.asset(
    group_name="reports",
    kinds={"excel"},
    owners=OWNERS,
    io_manager_key="nothing",
    deps=["release"],
    description="One Excel workbook per assessment of the current release.",
)
def workbooks(
    workspace: WorkspaceResource,
) -> dg.MaterializeResult[None]:
    from dti_pipeline.reports.workbook.write import write_workbook

    release = current_release(workspace)
    folder = workspace.workspace.reports / release.release_id
    folder.mkdir(parents=True, exist_ok=True)
    written = [write_workbook(e, folder / f"dti-{e.id}.xlsx") for e in release.assessments]
    workspace.storage.send()
    return dg.MaterializeResult(
        metadata={
            **about(release),
            "folder": dg.MetadataValue.path(str(folder)),
            "contents": links(written),
        },
        data_version=version(release),
    )


@dg.asset(
    group_name="reports",
    kinds={"pdf"},
    owners=OWNERS,
    io_manager_key="nothing",
    deps=["release"],
    description="A one-page PDF per unit, for assessments that are not too large.",
)
def onepagers(
    workspace: WorkspaceResource,
) -> dg.MaterializeResult[None]:
    from dti_pipeline.reports.onepager.write import OnePagers
    from dti_pipeline.reports.site.write import MOST_ONE_PAGERS
    from dti_pipeline.reports.unit_page import UnitPages

    release = current_release(workspace)
    folder = workspace.workspace.reports / release.release_id
    chosen = [e for e in release.assessments if e.overall.height <= MOST_ONE_PAGERS]
    written = {e.id: OnePagers(UnitPages(e)).write_all(folder / e.id) for e in chosen}
    workspace.storage.send()
    return dg.MaterializeResult(
        metadata={
            **about(release),
            "folder": dg.MetadataValue.path(str(folder)),
            "pages": {name: len(paths) for name, paths in written.items()},
            "contents": links(paths[0] for paths in written.values() if paths),
        },
        data_version=version(release),
    )


@dg.asset(
    group_name="reports",
    kinds={"duckdb"},
    owners=OWNERS,
    io_manager_key="nothing",
    deps=["release"],
    description="The current release as one DuckDB file with its figures, for BI tools.",
)
def duckdb_file(workspace: WorkspaceResource) -> dg.MaterializeResult[None]:
    from dti_pipeline.reports.duckdb_file import database
    from dti_pipeline.store.parquet import replace_file

    release = current_release(workspace)
    path = workspace.workspace.reports / "dti.duckdb"
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, database(release.source, embeds=True))
    workspace.storage.send()
    return dg.MaterializeResult(
        metadata={
            **about(release),
            "file": dg.MetadataValue.path(str(path)),
            "bytes": path.stat().st_size,
        },
        data_version=version(release),
    )


def about(release: "ReleaseView") -> dict[str, dg.TextMetadataValue | dg.TableMetadataValue]:
    """Return the release behind a report, with the first ranks of its newest assessment."""
    first = release.assessments[0]
    top = first.overall.drop_nulls("rank").select("rank", "n_ranked", "unit_name", "value")
    basis = pl.lit(first.row["data_basis"]).alias("data_basis")
    return {
        "release_id": dg.MetadataValue.text(release.release_id),
        first.id: preview(top.with_columns(basis)),
    }


def links(paths: Iterable[Path]) -> dg.MarkdownMetadataValue:
    """List files as links."""
    lines = [f"- [{path.parent.name}/{path.name}]({path.resolve().as_uri()})" for path in paths]
    return dg.MetadataValue.md("\n".join(lines))


def version(release: "ReleaseView") -> dg.DataVersion:
    """Return the version of a report: the release it was made from."""
    return dg.DataVersion(release.release_id)
