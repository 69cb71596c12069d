"""Which unit a person means: by name, official code or unit_id, never guessed."""

import polars as pl

from dti_pipeline.commands.errors import UsageError
from dti_pipeline.commands.reading import known_assessment
from dti_pipeline.index.units.registry import load_registry
from dti_pipeline.release.releases import Release
from dti_pipeline.workspace import Workspace


def find_unit(release: Release, assessment: str, text: str, *, workspace: Workspace) -> str:
    """Return the unit_id a person means.

    Raises:
        UsageError: if the release lacks the assessment, or the assessment the unit; the message
            names the nearest candidates.
    """
    known_assessment(release, assessment)
    unit_set = str(assessment_of(release, assessment)["unit_set"])
    registry = load_registry(search=workspace.config("units"))
    match = registry.match(pl.Series([text]), unit_set=unit_set).row(0, named=True)
    assessed = (
        release.scan("fact_ranking")
        .filter(pl.col("assessment_id") == assessment, pl.col("scope") == "overall")
        .select("unit_id", "unit_name")
        .collect()
    )
    if match["unit_id"] in assessed["unit_id"]:
        return str(match["unit_id"])
    if match["unit_id"] is not None:
        msg = f"{match['unit_id']} ('{text}') was not assessed in {assessment}"
        raise UsageError(msg)
    near = match["candidates"]
    hint = f"nearest: {near}" if near else f"for example: {'; '.join(assessed['unit_name'][:5])}"
    msg = f"no unit '{text}' in {assessment} (name, code or unit_id); {hint}"
    raise UsageError(msg)


def assessment_of(release: Release, assessment: str) -> dict[str, object]:
    """Return the assessment's row of ``dim_assessment``."""
    rows = release.scan("dim_assessment").filter(pl.col("assessment_id") == assessment).collect()
    return rows.row(0, named=True)
