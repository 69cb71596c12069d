"""What a revision was computed from: every input with its hash, in a fixed order.

The input hash covers framework, units, assessment, ordered deliveries and the version of the
rules; no clock, no path of a machine, no commit. Two revisions with one input hash hold the same
figures.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import polars as pl

from dti_pipeline.assess import Definition
from dti_pipeline.assessments.load import assessment_path
from dti_pipeline.frameworks.load import framework_path
from dti_pipeline.intake.deliveries import list_deliveries
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
    """Read every input of an assessment, definition first, then deliveries in their order."""
    workspace, assessment = definition.workspace, definition.assessment
    path = assessment_path(assessment.id, search=workspace.config("assessments"))
    found = [_from_file("assessment", f"config/assessments/{path.name}", path)]
    for framework_id in assessment.framework_ids():
        path = framework_path(framework_id, search=workspace.config("frameworks"))
        found.append(_from_file("framework", f"config/frameworks/{path.name}", path))
    found += _units(definition)
    found += [
        _from_file(delivery.kind, delivery.path, workspace.data / delivery.path)
        for delivery in list_deliveries(workspace.data, assessment.id).deliveries
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


def _units(definition: Definition) -> list[Input]:
    """Write the unit set and its names as files: other unit sets must not touch this assessment."""
    registry, unit_set = definition.registry, definition.assessment.unit_set
    units = registry.of_set(unit_set).sort("unit_id")
    ids = units["unit_id"].to_list()
    aliases = registry.aliases.filter(pl.col("unit_id").is_in(ids)).sort("unit_id", "alias")
    found = []
    for name, frame in ((unit_set, units), ("aliases", aliases)):
        content = frame.write_csv().encode("utf-8")
        found.append(
            Input("units", f"config/units/{name}.csv", sha256(content).hexdigest(), content)
        )
    return found
