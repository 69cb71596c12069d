"""Targets files: levels, ranks and bands to reach, by assessment."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.rules.measure import MeasureRule
from dti_pipeline.index.rules.rule import ScoredPart
from dti_pipeline.index.toml_files import FileError, find_file, parse_file
from schemas.files.target import Target, Targets


class TargetError(FileError):
    """A targets file that is refused."""


def targets_path(assessment_id: str, *, search: Sequence[Path] = ()) -> Path | None:
    """Find an assessment's targets file, the user's folders first; None where it has none."""
    return find_file(assessment_id, [*search, Path(__file__).parent])


def load_targets(
    assessment_id: str, *, frameworks: Mapping[str, BoundFramework], search: Sequence[Path] = ()
) -> Targets:
    """Load the targets of one assessment; none where there is no file.

    Raises:
        TargetError: if the file is malformed, or a target names a component or a band that no
            framework of the assessment has, or a component that measures nothing.
    """
    path = targets_path(assessment_id, search=search)
    if path is None:
        return Targets()
    file = parse_file(path.read_bytes(), path, model=Targets, error=TargetError)
    if problems := [*_problems(file, frameworks)]:
        raise TargetError(path, problems)
    return file


def measure_of(target: Target, framework: BoundFramework) -> tuple[MeasureRule, ScoredPart] | None:
    """Return the rule whose measure a target is compared with; None where there is none."""
    component = framework.by_code.get(target.component or "")
    if component is None or target.part > len(component.parts):
        return None
    part = component.parts[target.part - 1]
    return (part.rule, part) if isinstance(part.rule, MeasureRule) else None


def _problems(file: Targets, frameworks: Mapping[str, BoundFramework]) -> Iterator[str]:
    for code, n in Counter(one.code for one in (*file.targets, *file.ranks, *file.bands)).items():
        if n > 1:
            yield f"target {code}: the code is used more than once"
    bands = {band.code for f in frameworks.values() for band in f.file.component_bands}
    for one in file.bands:
        for band in sorted({one.band, *one.aims} - bands):
            yield f"target {one.code}: no band '{band}'; there are {', '.join(sorted(bands))}"
    for target in file.targets:
        if target.component is None:
            continue
        place = f"target {target.code}: component '{target.component}'"
        using = [f for f in frameworks.values() if target.component in f.by_code]
        if not using:
            yield f"{place} is in no framework of the assessment ({', '.join(frameworks)})"
        for framework in using:
            if measure_of(target, framework) is None:
                yield (
                    f"{place}, part {target.part} of {framework.id} measures nothing that has a "
                    "level (no ratio, no figure)"
                )
