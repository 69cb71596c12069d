from pathlib import Path

import pytest

from dti_pipeline.analysis.improvement.rescoring import Accounts
from tests.analysis.improvement.world import small_world


@pytest.fixture
def world(tmp_path: Path) -> Accounts:
    """Return the four offices with their figures."""
    return small_world(tmp_path)
