"""What follows from one assessment's results: how firm ranks are, what points are worth, how the
index itself behaves. Own-year tables, computed once with the revision; nothing here is drawn anew.
Each is made when it is written, so that a country's never stand beside the stages of its appraisal.
"""

from dti_pipeline.analysis.improvement.outlook import component_outlook
from dti_pipeline.analysis.index_check import index_checks
from dti_pipeline.analysis.pools import Results
from dti_pipeline.analysis.robustness.table import fact_robustness
from dti_pipeline.analysis.settings import load_analysis_settings
from dti_pipeline.index.definition import Definition
from dti_pipeline.results.on_demand import OnDemand, Tables


def analysis_tables(definition: Definition, tables: Tables) -> OnDemand:
    """Return ``fact_robustness``, ``fact_component_outlook`` and ``fact_index_check``."""
    results = Results(
        ranking=tables["fact_ranking"],
        components=tables["fact_component_score"],
        mains=tables["fact_main_score"],
        decimals=definition.assessment.value_decimals,
    )
    settings = load_analysis_settings()
    return OnDemand(
        {},
        {
            "fact_robustness": lambda: fact_robustness(results, settings=settings.robustness),
            "fact_component_outlook": lambda: component_outlook(
                results, frameworks=definition.frameworks, by_band=settings.plan.by_band
            ),
            "fact_index_check": lambda: index_checks(results, thresholds=settings.index_check),
        },
    )
