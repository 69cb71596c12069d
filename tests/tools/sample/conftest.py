import polars as pl
import pytest

from dti_pipeline.acceptance.figures import figures_frame
from dti_pipeline.index.assessments.load import load_assessment
from dti_pipeline.index.frameworks.load import BoundFramework, load_framework
from dti_pipeline.index.units.registry import UnitRegistry, load_registry
from dti_pipeline.scoring.components import score_components
from schemas.files.assessment import Assessment
from tools.sample.calibrate import sample_figures


@pytest.fixture(scope="package")
def assessment() -> Assessment:
    return load_assessment("province-2022")


@pytest.fixture(scope="package")
def framework() -> BoundFramework:
    return load_framework("province-922")


@pytest.fixture(scope="package")
def registry() -> UnitRegistry:
    return load_registry()


@pytest.fixture(scope="package")
def names(registry: UnitRegistry) -> dict[str, str]:
    units = registry.of_set("province-63")
    return dict(units.select("name_vi", "unit_id").iter_rows())


@pytest.fixture(scope="package")
def figures(
    assessment: Assessment, framework: BoundFramework, registry: UnitRegistry
) -> pl.DataFrame:
    return sample_figures(assessment, framework=framework, registry=registry)


@pytest.fixture(scope="package")
def scores(figures: pl.DataFrame, framework: BoundFramework) -> pl.DataFrame:
    """Score the figures by the framework's own rules: unit_id and micro-points per component."""
    unit_ids = figures["unit_id"].unique().sort().to_list()
    wide = figures_frame(
        figures.with_columns(obs_status=pl.lit("ok")), framework=framework, unit_ids=unit_ids
    )
    return score_components(wide, framework=framework)


@pytest.fixture(scope="package")
def mains(scores: pl.DataFrame, framework: BoundFramework) -> pl.DataFrame:
    """Add the components up: unit_id, micro-points per main, and of the counted mains `total`."""
    return scores.select(
        "unit_id",
        *(
            pl.sum_horizontal([c.code for c in framework.of_main(code)]).alias(code)
            for code in framework.mains
        ),
    ).with_columns(
        total=pl.sum_horizontal([code for code, main in framework.mains.items() if main.counted])
    )
