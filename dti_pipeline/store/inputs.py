"""What a revision was computed from: every input with its hash, in a fixed order.

The input hash covers framework, units, assessment, ordered deliveries and the version of the
rules; no clock, no path of a machine, no commit. Two revisions with one input hash hold the same
figures.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

import polars as pl

from dti_pipeline.index.assessments.load import assessment_path
from dti_pipeline.index.definition import Definition
from dti_pipeline.index.frameworks.load import framework_path
from dti_pipeline.index.targets.load import targets_path
from dti_pipeline.intake.files.deliveries import list_deliveries
from dti_pipeline.version import RULES_VERSION
from schemas.issues.issue import Issue

REGION_COLUMNS: Final = ["region_code", "region_name", "region_name_en"]
PROVISIONAL: Final = "provisional"
"""Role of the input that says a revision leaves out units whose reports are still to come."""

NOTHING: Final = sha256(b"").hexdigest()
"""Content of what is named but not read."""


@dataclass(frozen=True)
class Input:
    """One input file: its role, its path inside the data folder, the hash of its content.

    ``content`` may be left out where the store has it already: a country's fill the memory.
    ``path`` is ``config/...`` for files of the definition and ``raw/...`` for deliveries, the
    places where they lie in a data folder from which the revision can be recomputed.
    """

    role: str
    path: str
    sha256: str
    content: bytes = field(default=b"", repr=False)

    @property
    def record(self) -> dict[str, str]:
        """Return what a revision records of it."""
        return {"role": self.role, "path": self.path, "sha256": self.sha256}


@dataclass(frozen=True)
class Inputs:
    """Everything an assessment is computed from, read once: the definition, then deliveries.

    ``issues`` say what could not be read at all, and therefore blocks.
    """

    entries: tuple[Input, ...]
    issues: tuple[Issue, ...] = ()


def collect_inputs(definition: Definition) -> Inputs:
    """Read every input of an assessment: what is hashed here is what is computed from.

    A derived assessment has all inputs of its source as well, so that its revision changes
    whenever the source's does and can be recomputed from what is recorded with it.
    """
    chain = list(dict.fromkeys([definition.source, definition]))
    workspace = definition.workspace
    inputs = []
    issues: list[Issue] = []
    for entry in chain:
        path = assessment_path(entry.assessment.id, search=workspace.config("assessments"))
        inputs.append(_input("assessment", f"config/assessments/{path.name}", path.read_bytes()))
    for framework_id in definition.assessment.framework_ids():
        path = framework_path(framework_id, search=workspace.config("frameworks"))
        inputs.append(_input("framework", f"config/frameworks/{path.name}", path.read_bytes()))
    if (targets := targets_path(definition)) is not None:
        inputs.append(_input("targets", f"config/targets/{targets.name}", targets.read_bytes()))
    inputs += _units(definition, unit_sets=[entry.assessment.unit_set for entry in chain])
    contents: dict[Path, bytes] = {}

    def digest(path: Path) -> str:
        """Keep what is hashed: a file may be another before it is read again."""
        contents[path] = path.read_bytes()
        return sha256(contents[path]).hexdigest()

    for entry in chain:
        listing = list_deliveries(workspace, entry.assessment.id, digest=digest)
        inputs += [
            Input(file.kind, file.path, file.sha256, contents[workspace.data / file.path])
            for file in listing.deliveries
        ]
        # What is no delivery counts by its name: it is an issue, which belongs to the revision.
        # What could not be read blocks; without it a run would say “unchanged” and pass over it.
        inputs += [
            Input("refused" if one.severity == "blocking" else "ignored", one.source_file, NOTHING)
            for one in listing.issues
            if one.source_file is not None
        ]
        issues += [issue for issue in listing.issues if issue.severity == "blocking"]
    return Inputs(tuple(inputs), tuple(issues))


def input_hash(assessment_id: str, inputs: Iterable[Input]) -> str:
    """Hash the inputs and the version of the rules."""
    entries = [[entry.role, entry.path, entry.sha256] for entry in inputs]
    text = json.dumps([assessment_id, RULES_VERSION, entries], ensure_ascii=False)
    return sha256(text.encode("utf-8")).hexdigest()


def _input(role: str, path: str, content: bytes) -> Input:
    return Input(role, path, sha256(content).hexdigest(), content)


def _units(definition: Definition, *, unit_sets: Sequence[str]) -> Iterator[Input]:
    """Write unit sets and what belongs to them as files: other sets must not touch the assessment.

    The sets that the assessment's own units come from or went over to are there as far as the
    successions name their units.
    """
    registry = definition.registry
    own = pl.col("unit_set").is_in(unit_sets)
    ids = registry.units.filter(own)["unit_id"].implode()
    succession = registry.succession.filter(
        pl.col("old_unit_id").is_in(ids) | pl.col("new_unit_id").is_in(ids)
    )
    related = pl.concat([succession["old_unit_id"], succession["new_unit_id"]])
    units = _with_parents(
        registry.units.filter(own | pl.col("unit_id").is_in(related.implode())), registry.units
    ).sort("unit_id")
    regions = units.select(REGION_COLUMNS).drop_nulls("region_code").unique().sort("region_code")
    frames = {
        **{str(name): rows for (name,), rows in units.group_by("unit_set", maintain_order=True)},
        "aliases": registry.aliases.filter(pl.col("unit_id").is_in(ids)).sort("unit_id", "alias"),
        "regions": regions,
        "succession": succession.sort("old_unit_id", "new_unit_id"),
        "tiles": registry.tiles.filter(own),
    }
    for name, frame in frames.items():
        yield _input("units", f"config/units/{name}.csv", frame.write_csv().encode("utf-8"))


def _with_parents(units: pl.DataFrame, registry: pl.DataFrame) -> pl.DataFrame:
    """Add the units above, and those above them."""
    parents = registry.join(
        units.select(unit_id="parent_unit_id").drop_nulls().unique(), on="unit_id", how="semi"
    ).join(units, on="unit_id", how="anti")
    return units if parents.is_empty() else _with_parents(pl.concat([units, parents]), registry)
