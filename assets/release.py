"""The release as an asset: the current revision of every assessment in one immutable folder."""

import dagster as dg
from pydantic import Field

from assets.assessment import OWNERS
from assets.checks import checked_asset
from assets.resources import WorkspaceResource
from dti_pipeline.release.publish import publish_newest
from schemas.catalogue import RELEASE_TABLES


class ReleaseConfig(dg.Config):
    """Settings of one publication.

    Attributes:
        reason: empty: the reasons of the new revisions.
        is_draft: keep it in the drafts for the council; the current release stays.
        wanted: revisions to publish although drafts for the council show them.
    """

    reason: str = ""
    is_draft: bool = False
    wanted: list[str] = Field(default_factory=list)


@checked_asset(
    *RELEASE_TABLES.values(),
    group_name="release",
    kinds={"parquet"},
    owners=OWNERS,
    io_manager_key="nothing",
    deps=[dg.AssetDep("revision", partition_mapping=dg.AllPartitionMapping())],
    description="The current revision of every assessment with comparisons; latest.json names it.",
)
def release(config: ReleaseConfig, workspace: WorkspaceResource) -> dg.MaterializeResult[None]:
    publication, is_new = publish_newest(
        workspace.paths,
        reason=config.reason,
        is_draft=config.is_draft,
        wanted=config.wanted,
    )
    return dg.MaterializeResult(
        metadata={
            "release_id": publication.release_id,
            "is_new": is_new,
            "folder": dg.MetadataValue.path(workspace.storage.address(publication.folder)),
            "revisions": dg.MetadataValue.json(publication.revisions),
            "rows": sum(entry["rows"] for entry in publication.manifest["files"].values()),
        },
        data_version=dg.DataVersion(str(publication.manifest["content_hash"])),
    )
