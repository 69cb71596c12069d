"""The folders of an assessment's deliveries; needs nothing, so that reading can begin at once."""

from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

Kind = Literal["central", "self_report", "correction", "appraisal", "official"]

FOLDERS: Final[dict[str, Kind]] = {
    "central": "central",
    "self_reports": "self_report",
    "corrections": "correction",
    "appraisals": "appraisal",
    "official": "official",
}
"""Folder of an assessment → kind of its files, in the order in which kinds are applied."""

READ: Final[tuple[Kind, ...]] = ("central", "self_report", "correction", "appraisal")
"""Kinds that hold figures to compute from; official results are only compared with."""


def assessment_folder(assessment_id: str) -> str:
    """Return an assessment's folder inside the data folder."""
    return f"raw/{assessment_id}"


def likely_files(data_dir: Path, assessment_id: str) -> list[Path]:
    """Return the files that look like deliveries with figures, in about their order.

    A guess at ``deliveries.list_deliveries``, for what is read before that can be asked. What
    cannot be looked into is left out: to say so is up to the listing.
    """
    found: list[Path] = []
    for name, kind in FOLDERS.items():
        if kind in READ:
            with suppress(OSError):
                found += sorted((data_dir / assessment_folder(assessment_id) / name).iterdir())
    return [
        path
        for path in found
        if path.suffix.lower() in {".xlsx", ".csv"} and not path.name.startswith((".", "~"))
    ]
