import re
import subprocess
import sys

import polars as pl
import pytest

from schemas.catalogue import RELEASE_TABLES, TABLES, meta_column
from schemas.contract import Table
from schemas.issues.issue import COLUMNS
from schemas.keys import added_columns
from schemas.tables.quality import DqIssue, MetaColumn

# The columns that users, BI tools and checks depend on (the release contract).
PROMISED = {
    "dim_unit": "unit_id level official_code name_vi name_en name_ascii unit_type region_code "
    "region_name parent_unit_id valid_from valid_to tile_row tile_col",
    "bridge_unit_succession": "old_unit_id new_unit_id effective_date",
    "dim_indicator": "framework_id indicator_level indicator_code concept parent_code name_vi "
    "name_en max_points counted basis source_kind rule_text_vi rule_text_en lead_role",
    "dim_assessment": "assessment_id level assessment_year framework_id compared_with",
    "dim_revision": "revision_id revision_no status reason input_hash supersedes",
    "fact_observation": "component_code variable value unit_of_measure obs_status evidence_state "
    "accepted source_kind source_file source_sheet source_cell raw_text",
    "fact_component_score": "component_code main_code points_micro points max_points "
    "max_points_effective points_lost lost_reason band_code obs_status source_kind",
    "fact_main_score": "main_code concept points_micro points max_points max_points_effective "
    "value",
    "fact_pillar_score": "pillar_code concept points_micro points max_points "
    "max_points_effective value",
    "fact_ranking": "scope scope_code concept value points max_points max_points_effective rank "
    "n_ranked is_tied rank_basis group_code rank_in_group n_in_group rank_in_region value_prev "
    "value_change rank_prev rank_change prev_basis band_code",
    "fact_group_summary": "n mean median min max n_at_or_above_mean growth",
    "fact_change": "scope scope_code value_from value_to rank_from rank_to rank_change",
    "fact_robustness": "rank_p05 rank_p50 rank_p95 p_top10",
    "fact_stage_score": "stage points value rank",
    "fact_reconciliation": "central_value report_value difference counted_source",
    "fact_target": "target_value present_value is_reached missing_by",
    "dq_issue": "severity rule_id message_vi message_en unit_id component_code source_file "
    "source_sheet source_cell raw_text action_taken",
    "ranking_wide": "value points rank n_ranked value_gov rank_gov value_eco rank_eco value_soc "
    "rank_soc value_infrastructure rank_infrastructure value_foundation_other",
    "meta_column": "table_name column_name type unit description_vi description_en",
}
OF_EVERY_FACT = "assessment_id assessment_year level unit_id unit_name revision_id data_basis"


@pytest.mark.parametrize("name", PROMISED)
def test_promised_columns_are_there(name: str) -> None:
    assert set(PROMISED[name].split()) <= set(TABLES[name].names())


@pytest.mark.parametrize("name", [name for name in TABLES if name.startswith("fact_")])
def test_every_fact_says_what_it_is_about_and_what_it_stands_on(name: str) -> None:
    promised = set(OF_EVERY_FACT.split())
    if name in ("fact_group_summary", "fact_index_check"):  # about a group, or the index itself
        promised -= {"unit_id", "unit_name"}
    assert promised <= set(TABLES[name].names())


@pytest.mark.parametrize("name", TABLES)
def test_a_released_table_is_the_revision_table_with_the_release_first(name: str) -> None:
    added = list(added_columns(TABLES[name]))
    assert RELEASE_TABLES[name].names() == ["release_id", *TABLES[name].names(), *added]
    assert RELEASE_TABLES[name].key() == TABLES[name].key()


@pytest.mark.parametrize("table", RELEASE_TABLES.values(), ids=RELEASE_TABLES)
def test_every_column_is_described_in_both_languages(table: type[Table], vietnamese) -> None:
    for name, column in table.to_schema().columns.items():
        vi, en = column.metadata["vi"], column.metadata["en"]
        assert vietnamese.search(vi), f"{name}: {vi}"
        assert re.search("[A-Za-z]", en), name
        assert not vietnamese.search(en.replace("Tỉnh", "").replace("Thành phố", ""))
        assert vi != en
        assert column.metadata["unit"]


def test_meta_column_has_one_row_per_released_column() -> None:
    frame = MetaColumn.validate(meta_column())
    assert frame.height == sum(len(table.names()) for table in RELEASE_TABLES.values())
    assert frame.filter(table_name="fact_ranking", column_name="release_id").row(0) == (
        "fact_ranking",
        "release_id",
        1,
        "string",
        "code",
        "Mã bản phát hành chứa dòng này",
        "Release that holds this row",
        "Mã bản phát hành chứa dòng này",
        "Release that holds this row",
        "technical",
        "none",
        None,
    )
    roles = {
        (table, column): found
        for table, column, *found in frame.select(
            "table_name", "column_name", "role", "aggregation", "references"
        ).iter_rows()
    }
    assert roles["out_component", "points_lost_counted"] == ["measure", "sum", None]
    assert roles["out_ranking", "points"] == ["measure", "mean", None]
    assert roles["out_ranking", "rank"] == ["measure", "none", None]
    assert roles["fact_ranking", "region_code"] == ["key", "none", "dim_region.region_code"]
    assert roles["out_ranking", "region_name"] == ["dimension", "none", None]
    documented = frame.group_by("table_name").agg(pl.col("position").max()).rows()
    assert dict(documented) == {n: len(t.names()) for n, t in RELEASE_TABLES.items()}


def test_issues_load_without_pandera() -> None:
    script = (
        "import sys, schemas.issues.issue, schemas.plain_text;"
        "print(sorted({'pandera', 'pyarrow', 'pandas', 'dti_pipeline', 'assets'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_an_issue_has_the_fields_of_its_table() -> None:
    of_the_assessment = {"assessment_id", "issue_no", "revision_id"}
    assert list(COLUMNS) == [name for name in DqIssue.names() if name not in of_the_assessment]
