"""Merged provinces: the simple average of their predecessors' main-index values."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from dti_pipeline.cli.run import choose, run_assessments
from dti_pipeline.exact import MICRO
from dti_pipeline.index.definition import define
from dti_pipeline.index.frameworks.load import load_framework
from dti_pipeline.index.toml_files import FileError
from dti_pipeline.index.units.registry import load_registry
from dti_pipeline.pipeline import compute
from dti_pipeline.release.folder import Release
from dti_pipeline.scoring.aggregation import add_up
from dti_pipeline.scoring.merged_units import merged_sums, predecessors_mean, succeeded
from dti_pipeline.store.recorded import recompute
from dti_pipeline.store.revisions import Store
from dti_pipeline.workspace import Workspace
from tests.conftest import REPOSITORY, copy_deliveries
from tests.index.rules.cases import RATIO, component, main
from tests.released import current
from tests.small_index import ASSESSMENT, SmallIndex, of_agency
from tests.tables import one

DERIVED = "province-2024-34"
NOT_ASSESSED = """
[[without_report]]
unit_id = "B"
treatment = "not_assessed"
reason_vi = "sắp xếp lại"
reason_en = "reorganised"
"""
TWO_INTO_ONE = pl.DataFrame({"old_unit_id": ["A", "B"], "new_unit_id": ["N", "N"]})


FRAMEWORK = load_framework("province-405-published")


def sums_of(**points: dict[str, float]) -> pl.DataFrame:
    """Return the sums of units whose components have the given points."""
    codes = list(FRAMEWORK.by_code)
    frame = pl.DataFrame(
        {"unit_id": list(points)}
        | {code: [round(p.get(code, 0) * MICRO) for p in points.values()] for code in codes}
    )
    return add_up(frame, framework=FRAMEWORK)


def merged(sums: pl.DataFrame) -> dict[str, Any]:
    """Return the sums of the one unit that A and B became."""
    merged = merged_sums(sums, succession=TWO_INTO_ONE, framework=FRAMEWORK)
    return merged.row(0, named=True)


def test_a_merged_main_is_the_plain_mean_and_the_rest_follows_from_the_mains() -> None:
    sums = sums_of(A={"0300": 80, "0600": 100}, B={"0300": 60.000001, "0600": 50})
    row = merged(sums)
    assert row["unit_id"] == "N"
    # 70.0000005 points round half up to a millionth, once.
    assert row["points:3"] == 70_000_001
    assert row["points:6"] == 75 * MICRO
    assert row["points:DTI"] == 145_000_001
    assert row["points:GOV"] == 145_000_001
    assert row["max:DTI"] == 1000 * MICRO


def test_unequal_maxima_are_averaged_as_values() -> None:
    sums = sums_of(A={"0300": 50}, B={"0300": 50}).with_columns(
        pl.when(pl.col("unit_id") == "B").then(50 * MICRO).otherwise(pl.col("max:3")).alias("max:3")
    )
    row = merged(sums)
    assert row["points:3"] / row["max:3"] == (0.5 + 1.0) / 2


def test_a_main_that_does_not_apply_to_a_predecessor_is_no_zero_in_the_mean() -> None:
    not_applicable = pl.col("unit_id") == "B"
    sums = sums_of(A={"0300": 80}, B={"0600": 50}).with_columns(
        pl.when(not_applicable).then(0).otherwise(pl.col(name)).alias(name)
        for name in ("points:3", "max:3", "assessed:3", "max_assessed:3")
    )
    row = merged(sums)
    assert (row["points:3"], row["max:3"]) == (80 * MICRO, 100 * MICRO)
    assert (row["points:6"], row["max:6"]) == (25 * MICRO, 200 * MICRO)
    assert (row["points:DTI"], row["max:DTI"]) == (105 * MICRO, 1000 * MICRO)


def test_a_main_that_applies_to_no_predecessor_has_no_value() -> None:
    sums = sums_of(A={"0600": 50}, B={"0600": 50}).with_columns(
        pl.lit(0, dtype=pl.Int64).alias(name) for name in ("points:3", "max:3")
    )
    row = merged(sums)
    assert (row["points:3"], row["max:3"]) == (0, 0)
    assert (row["points:DTI"], row["max:DTI"]) == (50 * MICRO, 900 * MICRO)


def test_a_unit_one_of_whose_predecessors_was_not_assessed_has_no_result() -> None:
    sums = sums_of(A={"0300": 80})
    assert merged_sums(sums, succession=TWO_INTO_ONE, framework=FRAMEWORK).is_empty()


def test_the_mean_of_published_values_rounds_half_up_and_needs_every_predecessor() -> None:
    rows = pl.DataFrame(
        {
            "unit_id": ["A", "B", "A", "B"],
            "scope": ["overall", "overall", "pillar", "pillar"],
            "value": [0.7001, 0.7002, 0.5, None],
        }
    )
    found = predecessors_mean(rows, succession=TWO_INTO_ONE, keys=["scope"], decimals=4)
    assert found.rows() == [("N", "overall", 0.7002), ("N", "pillar", None)]


def test_rows_of_units_without_a_successor_are_left_out() -> None:
    frame = pl.DataFrame({"unit_id": ["A", "X"], "what": [1, 2]})
    assert succeeded(frame, succession=TWO_INTO_ONE).rows() == [("N", 1)]


@pytest.fixture(scope="module")
def ranking(national_release: Release) -> pl.DataFrame:
    return national_release.table("fact_ranking").filter(assessment_id=DERIVED)


@pytest.mark.parametrize(
    ("unit", "value", "rank"),
    [
        ("Hà Nội", 0.8241, 1),
        ("Huế", 0.7951, 2),
        ("Hải Phòng", 0.7857, 3),
        ("Hồ Chí Minh", 0.7769, 4),
        ("Đà Nẵng", 0.7069, 17),
    ],
)
def test_the_34_units_of_2024_have_the_published_values_and_ranks(
    ranking: pl.DataFrame, unit: str, value: float, rank: int
) -> None:
    row = one(ranking, unit_name=unit, scope="overall")
    assert (row["value"], row["rank"]) == (value, rank)
    assert (row["n_ranked"], row["rank_basis"]) == (34, "computed")


def test_every_derived_value_is_the_mean_of_the_predecessors(
    ranking: pl.DataFrame, national_release: Release
) -> None:
    of_63 = national_release.table("fact_ranking").filter(
        pl.col("scope").is_in(["overall", "main"]), assessment_id="province-2024"
    )
    means = predecessors_mean(
        of_63.select("unit_id", "scope_code", "value"),
        succession=load_registry().succession,
        keys=["scope_code"],
        decimals=4,
    )
    both = ranking.join(means, on=["unit_id", "scope_code"], suffix="_mean")
    assert both.height == 34 * 6
    # The remainder of mains 1, 2, 4, 5 is not printed: its own value is rounded already.
    gap = (pl.col("value") - pl.col("value_mean")).abs()
    assert both.filter(pl.col("scope_code") != "1+2+4+5", gap > 1e-9).is_empty()
    assert both.filter(gap > 1.01e-4).is_empty()


def test_changes_across_the_merger_are_marked_and_have_no_earlier_rank(
    ranking: pl.DataFrame,
) -> None:
    overall = ranking.filter(scope="overall")
    assert overall["value_prev"].null_count() == 0
    assert overall["prev_basis"].unique().to_list() == ["predecessors_mean"]
    assert overall["prev_break"].unique().to_list() == ["units_changed"]
    assert overall["rank_prev"].null_count() == overall["rank_change"].null_count() == 34
    # Đà Nẵng 0.8340 and Quảng Nam 0.6642 in 2023.
    da_nang = one(overall, unit_name="Đà Nẵng")
    assert da_nang["value_prev"] == 0.7491
    assert da_nang["value_change"] == pytest.approx(-0.0422, abs=1e-9)


def test_the_derived_assessment_says_what_it_is(
    ranking: pl.DataFrame, national_release: Release
) -> None:
    row = one(national_release.table("dim_assessment"), assessment_id=DERIVED)
    assert row["is_derived"] is True
    assert (row["n_units"], row["is_complete"]) == (34, True)
    assert set(ranking["data_basis"]) == {"published"}
    for name in ("fact_observation", "fact_component_score", "dq_issue"):
        assert national_release.table(name).filter(assessment_id=DERIVED).is_empty(), name


def test_a_source_with_another_framework_is_refused(tmp_path: Path) -> None:
    own = tmp_path / "config" / "assessments" / f"{DERIVED}.toml"
    own.parent.mkdir(parents=True)
    text = (REPOSITORY / f"dti_pipeline/index/assessments/{DERIVED}.toml").read_text("utf-8")
    own.write_text(text.replace('"province-405-pub', '"province-922-pub'), encoding="utf-8")
    wrong = (
        r"the same framework for all units .* no \[\[groups\]\]\); it has province-405-published"
    )
    with pytest.raises(FileError, match=wrong):
        define(DERIVED, workspace=Workspace(data=tmp_path))


@pytest.mark.slow
def test_a_correction_of_the_source_moves_the_derived_assessment_too(tmp_path: Path) -> None:
    data = copy_deliveries(tmp_path / "data", "province-2024")
    workspace = Workspace(data=data)
    assert run_assessments([], data=data, reason="") == 0
    store = Store(workspace.store)
    (before,) = store.revisions(DERIVED)
    (source,) = store.revisions("province-2024")
    assert before.sources == (source.revision_id,)
    assert recompute(before, store) == []
    table = next((data / "raw/province-2024/central").glob("*.csv"))
    text = table.read_text(encoding="utf-8-sig")
    # Quảng Nam's overall value, up by a hundredth.
    table.write_text(text.replace("Quảng Nam,0.5803", "Quảng Nam,0.5903"), encoding="utf-8-sig")
    assert run_assessments(["province-2024"], data=data, reason="corrected") == 0
    release = current(data)
    newest = store.revisions(DERIVED)[-1]
    assert newest.revision_no == 2
    assert newest.sources == (store.revisions("province-2024")[-1].revision_id,)
    assert release.revisions[DERIVED] == newest.revision_id
    derived = release.table("fact_ranking").filter(assessment_id=DERIVED, scope="overall")
    assert one(derived, unit_name="Đà Nẵng")["value"] == 0.7119


def test_derived_assessments_are_run_after_their_source_when_everything_is_run(
    tmp_path: Path,
) -> None:
    copy_deliveries(tmp_path, "province-2023", "province-2024")
    workspace = Workspace(data=tmp_path)
    assert choose([], workspace) == ("province-2023", "province-2024", DERIVED)
    assert choose(["province-2024"], workspace) == ("province-2024",)
    assert choose([DERIVED], workspace) == ("province-2024", DERIVED)


def test_a_release_that_shows_a_derived_assessment_keeps_it_with_its_source(
    national_data: Path,
) -> None:
    workspace = Workspace(data=national_data)
    assert choose(["province-2024"], workspace) == ("province-2024", DERIVED)
    assert choose(["province-2023"], workspace) == ("province-2023",)


def test_an_assessment_all_of_whose_units_lack_a_predecessor_has_tables_without_units(
    tmp_path: Path,
) -> None:
    index = SmallIndex(tmp_path)
    figures = {name: of_agency(name) for name in ("a", "b")}
    index.framework([component("0101", 10, variables=figures, rule=RATIO)], [main("1", 10)])
    index.units({"A": "", "B": ""})
    index.units({"N": ""}, unit_set="merged")
    pairs = "old_unit_id,new_unit_id,effective_date\nA,N,2025-07-01\nB,N,2025-07-01\n"
    (tmp_path / "config/units/succession.csv").write_text(pairs, encoding="utf-8")
    index.assessment(f'framework = "small"\n{NOT_ASSESSED}')
    index.assessment(
        f'framework = "small"\nkind = "derived"\nderived_from = "{ASSESSMENT}"',
        name="merged-2025",
        unit_set="merged",
    )
    index.agency({"A": [8, 10], "B": [3, 10]})
    tables = compute(index.define("merged-2025"))
    assert tables["fact_ranking"].is_empty()
    row = one(tables["dim_assessment"])
    assert (row["n_units"], row["n_ranked"], row["data_basis"]) == (0, 0, "delivered")
