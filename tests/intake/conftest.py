"""What the tests of several inputs start from."""

import polars as pl
import pytest

from tests.intake.intake_cases import good_form, observed


@pytest.fixture(scope="session")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> pl.DataFrame:
    """Return what was delivered before corrections and appraisals: one form."""
    data = tmp_path_factory.mktemp("delivered")
    good_form(data / "raw/province-2022/self_reports/06.xlsx")
    return observed(data).observations
