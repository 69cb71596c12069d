"""Tables of corrections and appraisals, put into the place of those delivered before."""

from pathlib import Path

import polars as pl

from dti_pipeline.acceptance.accept import Acceptance
from dti_pipeline.index.definition import define
from dti_pipeline.pipeline import accept, read
from dti_pipeline.workspace import Workspace
from tests.conftest import copy_deliveries


def with_one_report(folder: Path) -> Path:
    """Copy the deliveries of 2022 with the report of Bắc Kạn alone: reading all takes its time."""
    data = copy_deliveries(folder, "province-2022")
    for report in (data / "raw" / "province-2022" / "self_reports").iterdir():
        if "bac_kan" not in report.name:
            report.unlink()
    return data


def decided(
    data: Path, assessment: str, kind: str, files: dict[str, str]
) -> tuple[Acceptance, pl.DataFrame]:
    """Deliver tables, by their names without a leading underscore; return what is accepted.

    Beside it the issues of reading and acceptance.
    """
    folder = data / "raw" / assessment / kind
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for name, text in files.items():
        (folder / f"{name.lstrip('_')}.csv").write_text(text, encoding="utf-8")
    definition = define(assessment, workspace=Workspace(data=data))
    intake = read(definition)
    accepted = accept(definition, intake.observations)
    return accepted, pl.concat([intake.issues, accepted.issues])
