from pathlib import Path

import polars as pl
import pytest

from dti_pipeline.acceptance.figures import figures_frame
from dti_pipeline.exact import MICRO
from dti_pipeline.index.assessments.load import load_assessment
from dti_pipeline.index.frameworks.load import load_framework
from dti_pipeline.scoring.components import score_components
from tools.sample.targets import reference_table

RAW = Path(__file__).parents[3] / "data" / "raw"


def scores_of(framework_id: str, year: str) -> pl.DataFrame:
    """Score the published values of a year: unit name and micro-points per component."""
    framework = load_framework(framework_id)
    (table,) = framework.file.tables
    rows = reference_table("published_dti_2022_2024").filter(pl.col("Nam") == year)
    values = [
        (row["TinhThanh"], component.code, name, round(float(row[column.header]) * MICRO), "ok")
        for row in rows.iter_rows(named=True)
        for component in framework.components
        for name, variable in component.component.variables.items()
        for key, column in table.columns.items()
        if variable.source == f"central:published_dti.{key}"
    ]
    schema = ["unit_id", "component_code", "variable", "value_micro", "obs_status"]
    wide = figures_frame(
        pl.DataFrame(values, schema=schema, orient="row"),
        framework=framework,
        unit_ids=rows["TinhThanh"].to_list(),
    )
    return score_components(wide, framework=framework)


def mean_of(scores: pl.DataFrame, codes: list[str], maximum: int) -> str:
    assert scores.height == 63
    return f"{scores.select(pl.sum_horizontal(codes).sum()).item() / (63 * maximum * MICRO):.4f}"


def test_national_means_of_2023_and_2024_come_out() -> None:
    before = scores_of("province-922-published", "2023")
    assert mean_of(before, ["1245", "0300", "0700", "0800", "0900"], 1000) == "0.6783"
    after = scores_of("province-405-published", "2024")
    assert mean_of(after, ["1245", "0300", "0600", "0700", "0800"], 940) == "0.6961"


@pytest.mark.parametrize(
    ("activity", "maximum", "mean"),
    [("0600", 640, "0.7582"), ("0700", 590, "0.7723"), ("0800", 590, "0.7692")],
)
def test_pillar_means_of_2024_come_out_over_an_effective_foundation_of_440(
    activity: str, maximum: int, mean: str
) -> None:
    scores = scores_of("province-405-published", "2024")
    assert mean_of(scores, ["1245", "0300", activity], maximum) == mean


@pytest.mark.parametrize(
    ("framework_id", "year", "maximum"),
    [("province-922-published", "2023", 400), ("province-405-published", "2024", 340)],
)
def test_no_remainder_exceeds_its_maximum(framework_id: str, year: str, maximum: int) -> None:
    rest = scores_of(framework_id, year)["1245"]
    assert load_framework(framework_id).by_code["1245"].maximum == maximum * MICRO
    assert 0 < rest.min() < rest.max() <= maximum * MICRO


def test_the_points_not_assessed_in_2024_leave_the_whole() -> None:
    (entry,) = load_assessment("province-2024").not_assessed
    component = load_framework("province-405-published").by_code[entry.component]
    assert (component.maximum, entry.scope) == (60 * MICRO, "total")


def test_deliveries_hold_the_published_table_as_found() -> None:
    reference = Path(__file__).parents[3] / "tools" / "sample" / "reference"
    found = (reference / "published_dti_2022_2024.csv").read_bytes()
    assert found.startswith(b"\xef\xbb\xbfTinhThanh,")
    for year in ("2023", "2024"):
        delivery = RAW / f"province-{year}" / "central" / "01_published_dti_2022_2024.csv"
        assert delivery.read_bytes() == found
