"""What a revision was computed from: every input with its hash, in a fixed order.

The input hash covers framework, units, assessment, ordered deliveries and the version of the
rules; no clock, no path of a machine, no commit. Two revisions with one input hash hold the same
figures.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import polars as pl

from dti_pipeline.index.assessments.load import assessment_path
from dti_pipeline.index.definition import Definition
from dti_pipeline.index.frameworks.load import framework_path
from dti_pipeline.index.targets.load import targets_path
from dti_pipeline.intake.files.deliveries import list_deliveries
from dti_pipeline.version import RULES_VERSION


@dataclass(frozen=True)
class Input:
    """One input file: its role, its path inside the data folder or package, its content's hash.

    ``path`` is ``config/...`` for files of the definition and ``raw/...`` for deliveries, the
    places where they lie in a data folder from which the revision can be recomputed.
    """

    role: str
    path: str
    sha256: str
    content: bytes


def collect_inputs(definition: Definition) -> tuple[Input, ...]:
    """Read every input of an assessment, definition first, then deliveries in their order.

    A derived assessment has all inputs of its source as well, so that its revision changes
    whenever the source's does and can be recomputed from what is recorded with it.
    """
    chain = list(dict.fromkeys([definition.source, definition]))
    workspace = definition.workspace
    found = []
    for entry in chain:
        path = assessment_path(entry.assessment.id, search=workspace.config("assessments"))
        found.append(_from_file("assessment", f"config/assessments/{path.name}", path))
    for framework_id in definition.assessment.framework_ids():
        path = framework_path(framework_id, search=workspace.config("frameworks"))
        found.append(_from_file("framework", f"config/frameworks/{path.name}", path))
    targets = targets_path(definition.assessment.id, search=workspace.config("targets"))
    if targets is not None:
        found.append(_from_file("targets", f"config/targets/{targets.name}", targets))
    found += _units(definition, unit_sets=[entry.assessment.unit_set for entry in chain])
    for entry in chain:
        listing = list_deliveries(workspace.data, entry.assessment.id)
        found += [
            _from_file(delivery.kind, delivery.path, workspace.data / delivery.path)
            for delivery in listing.deliveries
        ]
        # What blocks before it can be read is no delivery yet, but the inputs are not those that
        # were computed: without it a run would say “unchanged” and pass over the fault.
        found += [
            Input("refused", issue.source_file or "", sha256(b"").hexdigest(), b"")
            for issue in listing.issues
            if issue.severity == "blocking"
        ]
    return tuple(found)


def input_hash(assessment_id: str, inputs: Sequence[Input]) -> str:
    """Hash the inputs and the version of the rules."""
    listed = [[entry.role, entry.path, entry.sha256] for entry in inputs]
    text = json.dumps([assessment_id, RULES_VERSION, listed], ensure_ascii=False)
    return sha256(text.encode("utf-8")).hexdigest()


def _from_file(role: str, name: str, path: Path) -> Input:
    content = path.read_bytes()
    return Input(role=role, path=name, sha256=sha256(content).hexdigest(), content=content)


def _units(definition: Definition, *, unit_sets: Sequence[str]) -> Iterator[Input]:
    """Write unit sets and their names as files: other unit sets must not touch this assessment."""
    registry = definition.registry
    sets = {name: registry.of_set(name).sort("unit_id") for name in unit_sets}
    ids = [unit_id for units in sets.values() for unit_id in units["unit_id"].to_list()]
    aliases = registry.aliases.filter(pl.col("unit_id").is_in(ids)).sort("unit_id", "alias")
    frames = sets | {"aliases": aliases}
    if definition.succession is not None:
        frames["succession"] = definition.succession.sort("old_unit_id", "new_unit_id")
    for name, frame in frames.items():
        content = frame.write_csv().encode("utf-8")
        yield Input("units", f"config/units/{name}.csv", sha256(content).hexdigest(), content)
