"""Assessment files: which assessments exist, and reading one."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dti_pipeline.index.toml_files import FileError, file_names, find_file, parse_file
from schemas.files.assessment import Assessment
from schemas.messages import message
from schemas.text import WrongUsageError

HERE = Path(__file__).parent


class UnknownAssessmentError(WrongUsageError, LookupError):
    """There is no assessment of that name; the message names those there are."""


def assessment_ids(*, search: Sequence[Path] = ()) -> tuple[str, ...]:
    """Return the ids of all assessment files, sorted; the user's folders are searched as well."""
    return file_names([*search, HERE])


@dataclass(frozen=True)
class YearlyTick:
    """When a series of assessments is computed by itself, and its assessments, oldest first."""

    month: int
    day: int
    assessment_ids: tuple[str, ...]


def yearly_ticks(*, search: Sequence[Path] = ()) -> dict[str, YearlyTick]:
    """Return series, such as ``province``, → its tick, as the newest assessment names it.

    A series are the assessments whose ids differ in the year at their end only.
    """
    series: dict[str, list[str]] = {}
    for assessment_id in assessment_ids(search=search):
        name, _, year = assessment_id.rpartition("-")
        if name and len(year) == 4 and year.isdecimal():
            series.setdefault(name, []).append(assessment_id)
    ticks = {}
    for name, ids in series.items():
        day = _key(assessment_path(ids[-1], search=search), "computed_on")
        if day is not None:
            month, _, day_of_month = day.partition("-")
            ticks[name] = YearlyTick(int(month), int(day_of_month), tuple(ids))
    return ticks


def _key(path: Path, key: str) -> str | None:
    """Return a text of a file, None where it has none; a wrong file is told when it is loaded."""
    try:
        value = tomllib.loads(path.read_text(encoding="utf-8-sig")).get(key)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return None
    return value if isinstance(value, str) else None


def derived_assessments(*, search: Sequence[Path] = ()) -> dict[str, str]:
    """Return derived assessment → the assessment it is derived from."""
    paths = {name: assessment_path(name, search=search) for name in assessment_ids(search=search)}
    sources = {name: _key(path, "derived_from") for name, path in paths.items()}
    return {name: source for name, source in sources.items() if source is not None}


def assessment_path(assessment_id: str, *, search: Sequence[Path] = ()) -> Path:
    """Find an assessment's file, the user's folders first."""
    path = find_file(assessment_id, [*search, HERE])
    if path is None:
        names = assessment_ids(search=search)
        raise UnknownAssessmentError("assessments.unknown", assessment=assessment_id, known=names)
    return path


def load_assessment(assessment_id: str, *, search: Sequence[Path] = ()) -> Assessment:
    path = assessment_path(assessment_id, search=search)
    return parse_assessment(path.read_bytes(), path)


def parse_assessment(raw: bytes | str, path: Path) -> Assessment:
    """Read the content of an assessment file; ``path`` is where it is, or is to be."""
    assessment = parse_file(raw, path, model=Assessment)
    if assessment.id != path.stem:
        text = message("file.other_name", id=assessment.id, name=path.stem)
        raise FileError(path, [(0, text)])
    return assessment
