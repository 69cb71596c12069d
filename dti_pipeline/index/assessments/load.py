"""Assessment files: which assessments exist, and reading one."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

from dti_pipeline.index.toml_files import FileError, check_name, file_names, find_file, parse_file
from schemas.files.assessment import Assessment

HERE = Path(__file__).parent


class AssessmentError(FileError):
    """An assessment file that is refused."""


class UnknownAssessmentError(LookupError):
    """There is no assessment of that name; the message names those there are."""


def assessment_ids(*, search: Sequence[Path] = ()) -> tuple[str, ...]:
    """Return the ids of all assessment files, sorted; the user's folders are searched as well."""
    return file_names([*search, HERE])


def derived_assessments(*, search: Sequence[Path] = ()) -> dict[str, str]:
    """Return derived assessment → the assessment it is derived from.

    Files that are not TOML are left out: they are refused with a message when they are loaded.
    """
    sources = {}
    for assessment_id in assessment_ids(search=search):
        path = assessment_path(assessment_id, search=search)
        try:
            source = tomllib.loads(path.read_text(encoding="utf-8")).get("derived_from")
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            continue
        if isinstance(source, str):
            sources[assessment_id] = source
    return sources


def assessment_path(assessment_id: str, *, search: Sequence[Path] = ()) -> Path:
    """Find an assessment's file, the user's folders first.

    Raises:
        UnknownAssessmentError: if there is none.
    """
    path = find_file(assessment_id, [*search, HERE])
    if path is None:
        names = ", ".join(assessment_ids(search=search))
        msg = f"no assessment '{assessment_id}'; known assessments: {names}"
        raise UnknownAssessmentError(msg)
    return path


def load_assessment(assessment_id: str, *, search: Sequence[Path] = ()) -> Assessment:
    """Load one assessment.

    Raises:
        UnknownAssessmentError: if there is none of that name.
        AssessmentError: if its file is malformed.
    """
    path = assessment_path(assessment_id, search=search)
    return parse_assessment(path.read_bytes(), path)


def parse_assessment(raw: bytes | str, path: Path) -> Assessment:
    """Read the content of an assessment file; ``path`` is where it is, or is to be.

    Raises:
        AssessmentError: if it is malformed.
    """
    assessment = parse_file(raw, path, model=Assessment, error=AssessmentError)
    check_name(assessment.id, path, error=AssessmentError)
    return assessment
