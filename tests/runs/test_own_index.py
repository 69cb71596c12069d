"""An index of one's own: framework, units, assessment, targets and deliveries are files only."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from dti_pipeline.cli.compare import compare_table
from dti_pipeline.cli.duckdb_file import write_views
from dti_pipeline.cli.new import new_assessment
from dti_pipeline.cli.run import run_assessments
from dti_pipeline.release.folder import Release, differing_files
from tests.cli.conftest import Call
from tests.released import current, released

FRAMEWORK = """\
id = "offices"
level = "department"
title_vi = "Bộ chỉ số của sở"
title_en = "Index of departments"
decision = "12/QĐ-UBND"
source = "Own plan"

[[mains]]
code = "1"
concept = "awareness"
name_vi = "Nhận thức số"
name_en = "Digital awareness"
points = 40
basis = "official"

[[mains]]
code = "2"
concept = "government"
name_vi = "Chính quyền số"
name_en = "Digital government"
points = 60
group = "activity"
basis = "official"

[[tables]]
id = "reports"
name_vi = "Báo cáo"
name_en = "Reports"
owner_vi = "Văn phòng"
owner_en = "Office"
match = "*reports*"
unit_column = "Đơn vị"

[tables.columns]
courses = { header = "Số lớp", name_vi = "Số lớp", name_en = "Courses", kind = "count" }
online = { header = "Trực tuyến", name_vi = "Hồ sơ trực tuyến", name_en = "Files online", kind = "count" }
files = { header = "Hồ sơ", name_vi = "Hồ sơ", name_en = "Files", kind = "count" }

[[components]]
code = "0101"
main = "1"
points = 40
name_vi = "Lớp bồi dưỡng"
name_en = "Courses"
basis = "official"
rule = { kind = "ladder", value = "courses", steps = [">= 4: 1", ">= 2: 1/2"] }

[components.variables]
courses = { vi = "Số lớp", en = "Courses", source = "central:reports.courses" }

[[components]]
code = "0201"
main = "2"
points = 60
name_vi = "Hồ sơ trực tuyến"
name_en = "Files online"
basis = "official"
rule = { kind = "ratio", numerator = "online", denominator = "files" }

[components.variables]
online = { vi = "Hồ sơ trực tuyến", en = "Files online", source = "central:reports.online" }
files = { vi = "Hồ sơ", en = "Files", source = "central:reports.files" }
"""
ASSESSMENT = """\
id = "offices-2025"
level = "department"
year = 2025
title_vi = "Chỉ số các sở năm 2025"
title_en = "Index of departments 2025"
unit_set = "offices"
framework = "offices"
period_start = 2025-01-01
period_end = 2025-12-31

# Printed last year; the departments had another index then.
[[published_means]]
scope = "overall"
scope_code = "DTI"
mean = "0.5000"
year = 2024
source = "Report 7"
"""
UNITS = """\
unit_id,unit_set,level,official_code,name_vi,name_en,name_ascii,unit_type,region_code,region_name,region_name_en,parent_unit_id,group_code,valid_from,valid_to,tile_row,tile_col
OWN-1,offices,department,,Sở Tài chính,Finance,So Tai chinh,sở,,,,,office,2020-01-01,,,
OWN-2,offices,department,,Sở Nội vụ,Home Affairs,So Noi vu,sở,,,,,office,2020-01-01,,,
OWN-3,offices,department,,Sở Y tế,Health,So Y te,sở,,,,,office,2020-01-01,,,
"""
TARGETS = """\
[[targets]]
code = "files_online"
name_vi = "Tỷ lệ hồ sơ trực tuyến"
name_en = "Share of files online"
component = "0201"
value = "80"
unit = "%"
"""
REPORTS = (
    "Đơn vị,Số lớp,Trực tuyến,Hồ sơ\nSở Tài chính,4,90,100\nSở Nội vụ,2,120,200\nSở Y tế,1,7,8\n"
)


def write_index(data: Path, *, framework: str = FRAMEWORK, reports: str = REPORTS) -> None:
    for place, text in {
        "config/frameworks/offices.toml": framework,
        "config/assessments/offices-2025.toml": ASSESSMENT,
        "config/units/offices.csv": UNITS,
        "config/targets/offices-2025.toml": TARGETS,
        "raw/offices-2025/central/01_reports.csv": reports,
    }.items():
        path = data / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Every reader must take the name for a name and not for a pattern.
    data = tmp_path_factory.mktemp("own") / "DTI [2025] a*b?c"
    write_index(data)
    assert run_assessments([], data=data, reason="") == 0
    return data


@pytest.fixture(scope="module")
def release(data: Path) -> Release:
    return current(data)


def test_files_alone_give_a_published_ranking(release: Release) -> None:
    assert differing_files(release) == []
    overall = release.table("fact_ranking").filter(scope="overall").sort("rank")
    assert overall.select("unit_name", "points", "value", "rank", "n_ranked").rows() == [
        ("Sở Tài chính", 94.0, 0.94, 1, 3),
        ("Sở Nội vụ", 56.0, 0.56, 2, 3),
        ("Sở Y tế", 52.5, 0.525, 3, 3),
    ]


def test_a_database_file_reads_the_release_by_its_name(data: Path, release: Release) -> None:
    out = data / "views [1].duckdb"
    assert write_views(out, data=data) == 0
    moved = out.rename(data.parent / "views.duckdb")
    with duckdb.connect(str(moved), read_only=True) as connection:
        rows = connection.execute("SELECT count(*) FROM fact_ranking").fetchall()
    assert rows == [(release.table("fact_ranking").height,)]


def test_targets_means_and_growth_follow(release: Release) -> None:
    targets = release.table("fact_target").sort("unit_id")
    rows = targets.select("present_value", "is_reached", "missing_by").rows()
    assert rows == [(90.0, True, 0.0), (60.0, False, 20.0), (87.5, True, 0.0)]
    summary = release.table("fact_group_summary").filter(scope="overall", measure="value")
    (row,) = summary.to_dicts()
    assert (row["mean"], row["median"], row["n_at_or_above_mean"]) == (0.675, 0.56, 1)
    assert (row["mean_prev"], row["growth"], row["growth_pct"]) == (0.5, 0.175, 35.0)


def test_its_own_printed_table_can_be_checked(data: Path, tmp_path: Path, answer: Call) -> None:
    path = tmp_path / "printed.csv"
    path.write_text("Sở,Điểm,Hạng\nSở Tài chính,94,1\nSở Nội vụ,65,2\n", encoding="utf-8")
    (row,) = answer(compare_table, path, "offices-2025", data=data, status=1)["rows"]
    assert (row["check"], row["cell"], row["expected"]) == ("level_differs", "B3", "56.00")


def test_next_year_starts_from_it_and_shows_the_change(data: Path) -> None:
    assert new_assessment("offices-2026", other="offices-2025", data=data) == 0
    raw = data / "raw/offices-2026/central/01_reports.csv"
    raw.parent.mkdir(parents=True)
    raw.write_text(REPORTS.replace("Sở Y tế,1,7,8", "Sở Y tế,4,8,8"), encoding="utf-8")
    ranking = released(data, "offices-2026").table("fact_ranking")
    own = ranking.filter(assessment_id="offices-2026", unit_id="OWN-3", scope="overall")
    (row,) = own.to_dicts()
    assert (row["value"], row["rank"]) == (1.0, 1)
    assert (row["value_change"], row["rank_change"]) == (0.475, 2)
    assert (row["prev_basis"], row["prev_break"]) == ("computed", "none")


def test_a_unit_with_one_applicable_component_is_published_by_a_run_that_nobody_reads(
    tmp_path: Path,
) -> None:
    """Nothing online for Health: it is scored on courses alone, of 40 points and no more."""
    rule = 'rule = { kind = "ratio", numerator = "online", denominator = "files" }\n'
    leaves = (
        'zero_denominator = "not_applicable"\n'
        'not_applicable = { treatment = "rescale", scope = "total" }\n'
    )
    write_index(
        tmp_path,
        framework=FRAMEWORK.replace(rule, rule + leaves),
        reports=REPORTS.replace("Sở Y tế,1,7,8", "Sở Y tế,2,0,0"),
    )
    with subprocess.Popen(
        [sys.executable, "-m", "dti_pipeline.cli", "run", "--data", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode == 0
    release = current(tmp_path)
    overall = release.table("fact_ranking").filter(scope="overall").sort("unit_id")
    assert overall.select("points", "max_points_effective", "value", "rank").rows() == [
        (94.0, 100.0, 0.94, 1),
        (56.0, 100.0, 0.56, 2),
        (20.0, 40.0, 0.5, 3),
    ]
    # Without courses: 0.9 and 0.6; without files online: 1.0, 0.5 and 0.5.
    robustness = release.table("fact_robustness").sort("unit_id")
    columns = ("rank", "decisive_component", "rank_without_decisive", "null_reason")
    by_nothing = [(rank, None, None, "nothing_decides") for rank in (1, 2)]
    assert robustness.select(columns).rows() == [*by_nothing, (3, "0201", 2, None)]
    outlook = release.table("fact_component_outlook").filter(unit_id="OWN-3")
    rows = outlook.select("component_code", "points", "max_points_effective").rows()
    assert rows == [("0101", 20.0, 40.0), ("0201", 0.0, 0.0)]
    assert not release.table("fact_index_check").is_empty()
