"""Checks of printed tables that are kept as data, with every fault that is in them."""

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from dti_pipeline.index.assessments.load import load_assessment
from dti_pipeline.index.units.registry import load_registry
from dti_pipeline.printed.checks import faults
from dti_pipeline.printed.interpretation import interpret
from dti_pipeline.printed.release_figures import ReleaseFigures
from dti_pipeline.printed.table import read_printed
from dti_pipeline.release.folder import Release
from dti_pipeline.reports.release_view import ReleaseView

FOLDER = Path(__file__).parent
CORPUS = FOLDER / "data"
Check = Callable[[Path, str], list[dict[str, Any]]]


def tables(name: str) -> list[dict[str, Any]]:
    """Return the tables of a file of the corpus."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))["table"]


def checking(release: Release) -> Check:
    """Return what checks a file against an assessment of the release."""
    registry = load_registry()

    def check(path: Path, assessment: str) -> list[dict[str, Any]]:
        definition = load_assessment(assessment)
        table = read_printed(path, registry=registry, unit_set=definition.unit_set)
        figures = ReleaseFigures(ReleaseView(release).assessment(assessment), definition)
        return faults(table, interpret(table, figures), figures)

    return check


def assert_faults(check: Check, table: Mapping[str, Any], *, folder: Path, assessment: str) -> None:
    """Check one table: its faults are found, and no others."""
    path = CORPUS / table.get("file", "")
    if "csv" in table:
        path = folder / "t.csv"
        path.write_text(table["csv"].lstrip(), encoding="utf-8")
    rows = check(path, assessment)
    known = [row for row in rows if row["check"] != "unit_unknown"]
    faults = [[row[key] for key in ("check", "cell", "printed", "expected")] for row in known]
    assert faults == table["faults"]
    assert len(rows) - len(known) == table.get("unknown_units", 0)
