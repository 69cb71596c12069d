"""Targets files: levels, ranks and bands to reach, by assessment."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from dti_pipeline.index.definition import Definition
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.rules.measure import MeasureRule
from dti_pipeline.index.rules.rule import ScoredPart
from dti_pipeline.index.toml_files import FileError, find_file, parse_file
from schemas.files.target import Target, Targets
from schemas.messages import message
from schemas.text import Text


def targets_path(definition: Definition) -> Path | None:
    """Find an assessment's targets file, the user's folders first."""
    folders = [*definition.workspace.config("targets"), Path(__file__).parent]
    return find_file(definition.assessment.id, folders)


def load_targets(definition: Definition) -> Targets:
    """Load the targets of one assessment; none where there is no file."""
    path = targets_path(definition)
    if path is None:
        return Targets()
    file = parse_file(path.read_bytes(), path, model=Targets)
    problems = [
        (0, message("target_file.place", code=code, text=text))
        for code, text in _faults(file, definition.frameworks)
    ]
    if problems:
        raise FileError(path, problems)
    return file


def measure_of(target: Target, framework: BoundFramework) -> tuple[MeasureRule, ScoredPart] | None:
    """Return the rule whose measure a target is compared with; None where there is none."""
    component = framework.by_code.get(target.component or "")
    if component is None or target.part > len(component.parts):
        return None
    part = component.parts[target.part - 1]
    return (part.rule, part) if isinstance(part.rule, MeasureRule) else None


def _faults(file: Targets, frameworks: Mapping[str, BoundFramework]) -> Iterator[tuple[str, Text]]:
    """Yield the code of a target and what is wrong with it."""
    targets = (*file.targets, *file.ranks, *file.bands)
    for code, n in Counter(target.code for target in targets).items():
        if n > 1:
            yield code, message("target_file.repeated")
    bands = {band.code for f in frameworks.values() for band in f.file.component_bands}
    for aim in file.bands:
        for band in sorted({aim.band, *aim.aims} - bands):
            yield aim.code, message("target_file.no_band", band=band, known=sorted(bands))
    for target in file.targets:
        code, component, part = target.code, target.component, target.part
        if component is None:
            continue
        using = [f for f in frameworks.values() if component in f.by_code]
        if not using:
            text = message("target_file.no_component", component=component, frameworks=frameworks)
            yield code, text
        for framework in using:
            if measure_of(target, framework) is None:
                text = message(
                    "target_file.no_measure", component=component, part=part, framework=framework.id
                )
                yield code, text
