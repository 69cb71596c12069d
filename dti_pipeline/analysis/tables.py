"""What follows from one assessment's results: how firm ranks are, what points are worth, how the
index itself behaves. Own-year tables, computed once with the revision; nothing here is drawn anew.
Each is made when it is written, so that a country's never stand beside the stages of its appraisal.
"""

from collections.abc import Callable

import polars as pl

from dti_pipeline.analysis.improvement.outlook import component_outlook
from dti_pipeline.analysis.index_check import index_checks
from dti_pipeline.analysis.robustness.table import fact_robustness
from dti_pipeline.analysis.settings import load_settings
from dti_pipeline.index.definition import Definition
from dti_pipeline.results.on_demand import OnDemand


def analysis_tables(
    definition: Definition,
    *,
    ranking: pl.DataFrame,
    components: pl.DataFrame,
    mains: pl.DataFrame,
) -> OnDemand:
    """Return ``fact_robustness``, ``fact_component_outlook`` and ``fact_index_check``.

    Of the assessment's own rows of ``fact_ranking``, ``fact_component_score``, ``fact_main_score``.
    """
    decimals = definition.assessment.value_decimals
    settings = load_settings()
    tables: dict[str, Callable[[], pl.DataFrame]] = {
        "fact_robustness": lambda: fact_robustness(
            ranking,
            components=components,
            mains=mains,
            settings=settings.robustness,
            decimals=decimals,
        ),
        "fact_component_outlook": lambda: component_outlook(
            ranking,
            components=components,
            mains=mains,
            frameworks=definition.frameworks,
            by_band=settings.plan.by_band,
            decimals=decimals,
        ),
        "fact_index_check": lambda: index_checks(
            ranking, components=components, mains=mains, thresholds=settings.index_check
        ),
    }
    return OnDemand({}, tables)
