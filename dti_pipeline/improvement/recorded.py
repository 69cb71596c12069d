"""The framework a release was computed with, not the one that lies in the folder today."""

from pathlib import Path
from tempfile import TemporaryDirectory

from dti_pipeline.frameworks.load import (
    BoundFramework,
    framework_path,
    load_framework,
    read_framework,
)
from dti_pipeline.release import Release
from dti_pipeline.workspace import Workspace


class NotReproducibleError(LookupError):
    """A release cannot be computed again from what is at hand; the message says what is missing."""


def recorded_framework(
    framework_id: str, *, release: Release, workspace: Workspace
) -> BoundFramework:
    """Load a framework as the release's manifest names it: by id and hash.

    The present file is taken if it has that hash, else the copy that the store keeps of every
    input.

    Raises:
        NotReproducibleError: if neither has it.
    """
    wanted = release.manifest["frameworks"][framework_id]
    search = workspace.config("frameworks")
    try:
        present = framework_path(framework_id, search=search)
    except FileNotFoundError:
        present = None
    if present is not None:
        framework = load_framework(framework_id, search=search)
        if framework.content_hash == wanted:
            return framework
    archived = workspace.store / "inputs" / wanted
    if not archived.is_file():
        msg = (
            f"framework {framework_id} has changed since release {release.release_id} was "
            f"computed ({wanted[:8]}), and {workspace.store} has no copy of it; run: dti run"
        )
        raise NotReproducibleError(msg)
    with TemporaryDirectory() as folder:
        copy = Path(folder) / f"{framework_id}.toml"
        copy.write_bytes(archived.read_bytes())
        return read_framework(copy)
