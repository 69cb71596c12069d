"""Assessment files: which assessments exist, and reading one."""

import tomllib
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from schemas.files.assessment import Assessment
from schemas.files.errors import error_message


class AssessmentError(ValueError):
    """An assessment file that is refused, with file and place."""


class UnknownAssessmentError(AssessmentError):
    """There is no assessment of that name; the message names the known ones."""


def assessment_ids(*, search: Sequence[Path] = ()) -> tuple[str, ...]:
    """Return the ids of all assessment files, sorted; the user's folders are searched as well."""
    folders = [*search, Path(__file__).parent]
    return tuple(sorted({path.stem for folder in folders for path in folder.glob("*.toml")}))


def derived_assessments(*, search: Sequence[Path] = ()) -> dict[str, str]:
    """Return derived assessment → the assessment it is derived from.

    Files that are not TOML are left out: they are refused with a message when they are loaded.
    """
    found = {}
    for assessment_id in assessment_ids(search=search):
        path = assessment_path(assessment_id, search=search)
        try:
            source = tomllib.loads(path.read_text(encoding="utf-8")).get("derived_from")
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            continue
        if isinstance(source, str):
            found[assessment_id] = source
    return found


def assessment_path(assessment_id: str, *, search: Sequence[Path] = ()) -> Path:
    """Find an assessment's file, the user's folders first.

    Raises:
        AssessmentError: if there is none; the message names the known assessments.
    """
    for folder in [*search, Path(__file__).parent]:
        path = folder / f"{assessment_id}.toml"
        if path.is_file():
            return path
    known = ", ".join(assessment_ids(search=search))
    msg = f"no assessment '{assessment_id}'; known assessments: {known}"
    raise UnknownAssessmentError(msg)


def load_assessment(assessment_id: str, *, search: Sequence[Path] = ()) -> Assessment:
    """Load one assessment.

    Raises:
        AssessmentError: if it is unknown or its file is malformed.
    """
    path = assessment_path(assessment_id, search=search)
    return parse_assessment(path.read_text(encoding="utf-8"), path)


def parse_assessment(text: str, path: Path) -> Assessment:
    """Read the text of an assessment file; ``path`` is where it stands, or is to stand.

    Raises:
        AssessmentError: if it is malformed.
    """
    try:
        found = Assessment.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        msg = f"{path}: not valid TOML: {error}"
        raise AssessmentError(msg) from None
    except ValidationError as error:
        lines = [
            f"  - {' › '.join(map(str, fault['loc']))}: {error_message(fault, Assessment)}"
            for fault in error.errors()
        ]
        msg = "\n".join([f"{path}: {len(lines)} problem(s)", *lines])
        raise AssessmentError(msg) from None
    if found.id != path.stem:
        msg = f"{path}: id '{found.id}' differs from the file name"
        raise AssessmentError(msg)
    return found
