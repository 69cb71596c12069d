"""What follows from one assessment's results: how firm ranks are, what points are worth, how the
index itself behaves. Own-year tables, computed once with the revision; nothing here is drawn anew.
"""

import polars as pl

from dti_pipeline.analysis.improvement.outlook import component_outlook
from dti_pipeline.analysis.index_check import index_checks
from dti_pipeline.analysis.robustness.table import fact_robustness
from dti_pipeline.analysis.settings import load_settings
from dti_pipeline.index.definition import Definition


def analysis_tables(
    definition: Definition,
    *,
    ranking: pl.DataFrame,
    components: pl.DataFrame,
    mains: pl.DataFrame,
) -> dict[str, pl.DataFrame]:
    """Return ``fact_robustness``, ``fact_component_outlook`` and ``fact_index_check``.

    Args:
        definition: the assessment.
        ranking: its rows of ``fact_ranking``.
        components: its rows of ``fact_component_score``.
        mains: its rows of ``fact_main_score``.
    """
    decimals = definition.assessment.value_decimals
    settings = load_settings()
    return {
        "fact_robustness": fact_robustness(
            ranking,
            components=components,
            mains=mains,
            settings=settings.robustness,
            decimals=decimals,
        ),
        "fact_component_outlook": component_outlook(
            ranking,
            components=components,
            mains=mains,
            frameworks=definition.frameworks,
            by_band=settings.plan.by_band,
            decimals=decimals,
        ),
        "fact_index_check": index_checks(
            ranking, components=components, mains=mains, thresholds=settings.index_check
        ),
    }
