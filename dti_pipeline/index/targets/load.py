"""Targets files: numeric targets of the year, by assessment."""

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.rules.measure import MeasureRule
from dti_pipeline.index.rules.rule import ScoredPart
from schemas.files.target import Target, Targets


class TargetError(ValueError):
    """A targets file that is refused, with file and place."""


def targets_path(assessment_id: str, *, search: Sequence[Path] = ()) -> Path | None:
    """Find an assessment's targets file, the user's folders first; None where it has none."""
    for folder in [*search, Path(__file__).parent]:
        path = folder / f"{assessment_id}.toml"
        if path.is_file():
            return path
    return None


def load_targets(
    assessment_id: str, *, frameworks: Mapping[str, BoundFramework], search: Sequence[Path] = ()
) -> tuple[Target, ...]:
    """Load the targets of one assessment; none where there is no file.

    Raises:
        TargetError: if the file is malformed, or a target names a component that no framework of
            the assessment has or that has nothing to compare with a level.
    """
    path = targets_path(assessment_id, search=search)
    if path is None:
        return ()
    try:
        found = Targets.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        msg = f"{path}: not valid TOML: {error}"
        raise TargetError(msg) from None
    except ValidationError as error:
        lines = [
            f"  - {' › '.join(str(place) for place in found['loc'])}: {found['msg']}"
            for found in error.errors()
        ]
        msg = "\n".join([f"{path}: {len(lines)} problem(s)", *lines])
        raise TargetError(msg) from None
    problems = _problems(found, frameworks)
    if problems:
        lines = [f"  - {problem}" for problem in problems]
        msg = "\n".join([f"{path}: {len(problems)} problem(s)", *lines])
        raise TargetError(msg)
    return tuple(found.targets)


def measure_of(target: Target, framework: BoundFramework) -> tuple[MeasureRule, ScoredPart] | None:
    """Return the rule whose measure a target is compared with; None where there is none."""
    component = framework.by_code.get(target.component or "")
    if component is None or target.part > len(component.parts):
        return None
    part = component.parts[target.part - 1]
    return (part.rule, part) if isinstance(part.rule, MeasureRule) else None


def _problems(found: Targets, frameworks: Mapping[str, BoundFramework]) -> list[str]:
    codes = Counter(target.code for target in found.targets)
    problems = [
        f"target {code}: the code is used more than once" for code, n in codes.items() if n > 1
    ]
    for target in found.targets:
        if target.component is None:
            continue
        having = [one for one in frameworks.values() if target.component in one.by_code]
        if not having:
            problems.append(
                f"target {target.code}: component '{target.component}' is in no framework of the "
                f"assessment ({', '.join(frameworks)})"
            )
        problems += [
            f"target {target.code}: component '{target.component}', part {target.part} of "
            f"{one.id} measures nothing that has a level (no ratio, no figure)"
            for one in having
            if measure_of(target, one) is None
        ]
    return problems
