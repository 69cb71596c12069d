"""The examples of docs/deliveries.md are deliveries that can be read."""

import re

import polars as pl
import pytest

from dti_pipeline.index.definition import define
from dti_pipeline.intake.tables.decisions import decision_words
from dti_pipeline.pipeline import accept, read
from dti_pipeline.workspace import Workspace
from tests.conftest import REPOSITORY
from tests.runs.decisions import with_one_report

PAGE = (REPOSITORY / "docs" / "deliveries.md").read_text("utf-8")
CORRECTION, APPRAISAL = re.findall(r"```csv\n(.*?)```", PAGE, re.DOTALL)
BAC_KAN = "VN-P63-06"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return Bắc Kạn's accepted figures and the issues after both examples were delivered."""
    data = with_one_report(tmp_path_factory.mktemp("documented"))
    own = data / "raw" / "province-2022"
    for folder, text in (("corrections", CORRECTION), ("appraisals", APPRAISAL)):
        (own / folder).mkdir()
        (own / folder / "01_example.csv").write_text(text, "utf-8")
    definition = define("province-2022", workspace=Workspace(data=data))
    intake = read(definition)
    accepted = accept(definition, intake.observations)
    return accepted.values.filter(unit_id=BAC_KAN), pl.concat([intake.issues, accepted.issues])


def figures(values: pl.DataFrame, code: str) -> dict[str, tuple[int, str]]:
    rows = values.filter(component_code=code)
    return {row["variable"]: (row["value_micro"], row["source_kind"]) for row in rows.to_dicts()}


def test_the_examples_are_read_and_do_what_the_page_says(
    told: tuple[pl.DataFrame, pl.DataFrame],
) -> None:
    values, issues = told
    is_decided = pl.col("source_file").str.contains("/(corrections|appraisals)/")
    rules = sorted(issues.filter(is_decided, unit_id=BAC_KAN)["rule_id"])
    assert rules == ["appraisal.adjusted", "correction.applied", "evidence.rejected"]
    assert issues.filter(pl.col("source_file").str.contains("01_example")).height == 3
    assert figures(values, "0105")["press_items"] == (220_000_000, "appraisal")
    assert "stations" not in figures(values, "0106")


def test_the_page_names_every_column_and_state() -> None:
    kinds = ("corrections", "appraisals", "states")
    for heading in (name for kind in kinds for name in decision_words(kind)):
        assert f"`{heading}`" in PAGE, heading


def test_the_page_names_words_that_are_read() -> None:
    for words in decision_words("states").values():
        assert ", ".join(words[1:]) in PAGE
