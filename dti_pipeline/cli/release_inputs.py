"""The framework, definition and figures that a release was computed from.

What lies in the folders today may differ.
"""

from contextlib import suppress
from pathlib import Path

from dti_pipeline.analysis.improvement.rescoring import Accounts, differences
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.selection import Selection
from dti_pipeline.index.definition import Definition, define
from dti_pipeline.index.frameworks.load import BoundFramework, load_framework, read_framework
from dti_pipeline.store.recorded import definition_of
from dti_pipeline.store.revisions import Store


def recorded_framework(framework_id: str, selection: Selection) -> BoundFramework:
    """Load a framework as the release's manifest names it: by id and hash.

    The present file is taken if it has that hash, else the copy that the store keeps of every
    input.
    """
    release, workspace = selection.release, selection.workspace
    recorded = release.manifest["frameworks"][framework_id]
    with suppress(FileNotFoundError):
        framework = load_framework(framework_id, search=workspace.config("frameworks"))
        if framework.content_hash == recorded:
            return framework
    archived = workspace.store / "inputs" / recorded
    if not archived.is_file():
        raise UsageError(
            "inputs.framework_without_copy",
            framework=framework_id,
            release=release.release_id,
            digest=recorded[:8],
            store=workspace.store,
        )
    content = Store(workspace.store).input_content(recorded)
    return read_framework(Path(f"{framework_id}.toml"), content)


def recorded_definition(selection: Selection) -> Definition:
    """Define an assessment as it was when the release was computed.

    From the inputs the store recorded; where the release came without a store, from the present
    files, if the frameworks are still those of the manifest.
    """
    release, workspace = selection.release, selection.workspace
    store = Store(workspace.store)
    revision_id = release.revisions[selection.assessment]
    if (store.root / revision_id).is_dir():
        with definition_of(store.revision(revision_id), store) as definition:
            return definition
    definition = define(selection.assessment, workspace=workspace)
    for framework in definition.frameworks.values():
        if framework.content_hash != release.manifest["frameworks"].get(framework.id):
            raise UsageError(
                "inputs.framework_changed",
                framework=framework.id,
                release=release.release_id,
                store=workspace.store,
                revision=revision_id,
            )
    return definition


def recorded_accounts(selection: Selection) -> Accounts:
    """Return an assessment's figures, from which the release's values and ranks come out again.

    Raises:
        WrongUsageError: if they do not, or the assessment has no figures of its own.
    """
    definition = recorded_definition(selection)
    accounts = Accounts.of(definition, selection.table("fact_observation"))
    ranking, decimals = selection.table("fact_ranking"), definition.assessment.value_decimals
    differing = differences(accounts, ranking=ranking, decimals=decimals)
    if differing:
        raise UsageError(
            "inputs.other_results",
            assessment=selection.assessment,
            release=selection.release.release_id,
            count=len(differing),
            first=differing[0],
        )
    return accounts
