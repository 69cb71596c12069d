"""Whole runs are asked about by commands."""

from pathlib import Path

import pytest

from tests.cli.conftest import answer, printed
from tests.runs.offices import Offices, three_offices

__all__ = ["answer", "offices", "printed"]


@pytest.fixture
def offices(tmp_path: Path) -> Offices:
    """Return three offices of one group with two components each."""
    return three_offices(tmp_path / "data")
