"""The Dagster side: assets, checks, partitions, schedule, sensors, the workspace file."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import dagster as dg
import polars as pl
import pytest
import yaml

from assets.automation import yearly_schedules
from assets.code_location import build
from assets.execution import QUIET
from assets.resources import PARTITIONS_NAME, WorkspaceResource
from dti_pipeline.cli.new import new_assessment
from dti_pipeline.cli.run import run_assessments
from dti_pipeline.index.assessments.load import yearly_ticks
from dti_pipeline.intake.files import contents
from schemas.stages import ComponentPoints
from tests.assets.conftest import Call, break_table
from tests.conftest import REPOSITORY, copy_deliveries
from tests.released import current

DELIVERIES = ("central_tables", "self_reports", "corrections", "appraisals")


def verdict(check: dg.AssetCheckEvaluation) -> tuple[str, str, bool]:
    return check.asset_key.path[-1], check.check_name, check.passed


def test_deliveries_stand_in_the_lineage_with_their_files_and_counts(
    data: Path, assess: Call
) -> None:
    graph = build(data).resolve_asset_graph()
    parents = {name: graph.get(dg.AssetKey(name)).parent_keys for name in DELIVERIES}
    names = {name: {key.path[-1] for key in keys} for name, keys in parents.items()}
    assert names["central_tables"] == names["self_reports"] == {"inputs"}
    assert names["corrections"] == {"inputs", "central_tables", "self_reports"}
    assert names["appraisals"] == {*names["corrections"], "corrections"}
    result = assess()
    metadata = result.asset_materializations_for_node("central_tables")[0].metadata
    assert [metadata[key].value for key in ("files", "figures", "units")] == [1, 9 * 63, 63]
    (record,) = metadata["deliveries"].value.records
    assert record.data["path"] == "raw/province-2023/central/01_published_dti_2022_2024.csv"
    assert len(str(record.data["sha256"])) == 64
    (event,) = result.asset_materializations_for_node("self_reports")
    assert [event.metadata[key].value for key in ("files", "figures")] == [0, 0]


def test_every_assessment_with_deliveries_is_one_partition_of_every_stage(
    data: Path, instance: dg.DagsterInstance
) -> None:
    definitions = build(data)
    graph = definitions.resolve_asset_graph()
    for name in (*DELIVERIES, "observations", "accepted_values", "scores", "rankings", "revision"):
        node = graph.get(dg.AssetKey(name))
        assert node.partitions_def is not None
        keys = node.partitions_def.get_partition_keys(dynamic_partitions_store=instance)
        assert keys == ["province-2023"]
        assert node.description
        assert node.owners == ["team:dti"]
        assert node.kinds


def test_the_contracts_block_and_the_official_comparison_only_warns(data: Path) -> None:
    checks = {
        spec.name: spec
        for asset in build(data).assets or []
        for spec in asset.check_specs  # type: ignore[union-attr]
    }
    assert checks["nothing_blocks"].blocking
    assert not checks["agrees_with_official"].blocking


def test_every_stage_and_the_release_have_a_blocking_check_of_their_contract(data: Path) -> None:
    contracts = {
        spec.asset_key.path[-1]: spec
        for asset in build(data).assets or []
        for spec in asset.check_specs  # type: ignore[union-attr]
        if spec.name == "contract"
    }
    stages = {*("inputs", *DELIVERIES, "observations", "accepted_values", "scores", "rankings")}
    assert set(contracts) == stages | {"official_agreement", "revision", "release"}
    assert all(spec.blocking for spec in contracts.values())
    assert contracts["scores"].description == "Keeps ComponentPoints, ScopeSums."


def test_a_frame_that_breaks_its_model_fails_the_check_and_is_not_stored(
    assess: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def score(*_: object) -> None:
        ComponentPoints.validate(pl.DataFrame({"unit_id": ["a"], "0101": [0.5]}))

    monkeypatch.setattr("assets.assessment.pipeline.score", score)
    result = assess()
    assert not result.success
    *_, check = result.get_asset_check_evaluations()
    assert verdict(check) == ("scores", "contract", False)
    (record,) = check.metadata["violations"].records  # type: ignore[union-attr]
    assert (record.data["table"], record.data["column"]) == ("component_points", "*")
    assert not result.asset_materializations_for_node("scores")
    assert not result.asset_materializations_for_node("rankings")


# Schedule → its time, its series, and the newest assessment's year.
YEARLY = {
    "yearly_province": ("0 6 1 7 *", "province", 2025),
    "yearly_commune_hcmc": ("0 6 1 2 *", "commune-hcmc", 2026),
    "yearly_ninh_binh": ("0 6 1 2 *", "ninh-binh", 2022),
}


def tick(
    schedule: dg.ScheduleDefinition, data: Path, instance: dg.DagsterInstance, when: datetime
) -> Any:
    with dg.build_schedule_context(
        instance=instance,
        scheduled_execution_time=when,
        resources={"workspace": WorkspaceResource(data_dir=str(data))},
    ) as context:
        return schedule(context)


def test_every_series_that_names_a_day_has_a_yearly_tick(data: Path) -> None:
    schedules = {schedule.name: schedule for schedule in build(data).schedules or ()}
    assert {name: s.cron_schedule for name, s in schedules.items()} == {
        name: cron for name, (cron, *_) in YEARLY.items()
    }
    assert {s.execution_timezone for s in schedules.values()} == {"Asia/Ho_Chi_Minh"}


@pytest.mark.parametrize(
    "zone", ["Asia/Ho_Chi_Minh", "UTC", "America/New_York", "Pacific/Auckland"]
)
@pytest.mark.parametrize("name", YEARLY)
def test_a_yearly_tick_requests_the_year_that_has_ended(
    data: Path, instance: dg.DagsterInstance, name: str, zone: str
) -> None:
    cron, series, newest = YEARLY[name]
    _, hour, day, month, _ = cron.split()
    schedule = build(data).resolve_schedule_def(name)

    def of(year: int) -> Any:
        local = datetime(year, int(month), int(day), int(hour), tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
        return tick(schedule, data, instance, local.astimezone(ZoneInfo(zone)))

    (data / "raw" / f"{series}-{newest}").mkdir(exist_ok=True)
    request = of(newest + 1)
    assert request.partition_key == request.run_key == f"{series}-{newest}"
    assert request.partition_key in instance.get_dynamic_partitions(PARTITIONS_NAME)
    remedy = f"dti new {series}-2039 --from {series}-{newest}"
    assert remedy in of(2040).skip_message


def test_a_tick_on_the_first_of_january_is_of_the_year_that_begins_in_vietnam(
    data: Path, instance: dg.DagsterInstance
) -> None:
    folder = data / "config" / "assessments"
    folder.mkdir(parents=True)
    (folder / "office-2025.toml").write_text('id = "office-2025"\ncomputed_on = "01-01"\n')
    (data / "raw" / "office-2025").mkdir()
    (schedule,) = (
        schedule
        for schedule in yearly_schedules(yearly_ticks(search=[folder]))
        if schedule.name == "yearly_office"
    )
    # 06:00 on 1 January 2026 in Vietnam is 23:00 on 31 December 2025 in UTC.
    request = tick(schedule, data, instance, datetime(2025, 12, 31, 23, tzinfo=UTC))
    assert request.partition_key == "office-2025"


@pytest.fixture
def seen(look: Call, instance: dg.DagsterInstance) -> Call:
    """Return what lets `new_deliveries` look once, and does with the partitions what it asks."""

    def once(cursor: str | None = None) -> Any:
        result = look("new_deliveries", cursor)
        for request in getattr(result, "dynamic_partitions_requests", None) or []:
            if isinstance(request, dg.AddDynamicPartitionsRequest):
                instance.add_dynamic_partitions(PARTITIONS_NAME, request.partition_keys)
            else:
                for key in request.partition_keys:
                    instance.delete_dynamic_partition(PARTITIONS_NAME, key)
        return result

    return once


def requested(result: dg.SensorResult) -> list[str | None]:
    return [request.partition_key for request in result.run_requests or []]


def correct(data: Path) -> Path:
    """Deliver a correction of 2023, and return it."""
    path = data / "raw/province-2023/corrections/03_new.csv"
    path.parent.mkdir()
    path.write_text("unit\n", encoding="utf-8")
    return path


def test_the_sensor_requests_exactly_what_a_delivery_touches(
    data: Path, table: Path, look: Call
) -> None:
    first = look("new_deliveries")
    assert requested(first) == ["province-2023"]
    assert isinstance(look("new_deliveries", first.cursor), dg.SkipReason)
    # Touching a file changes nothing: times are never looked at.
    os.utime(table, (1, 1))
    assert isinstance(look("new_deliveries", first.cursor), dg.SkipReason)
    copy_deliveries(data, "province-2024")
    correct(data)
    second = look("new_deliveries", first.cursor)
    # The table that carries number 1 arrived before the correction that carries number 3, and what
    # is derived from 2024 is touched with it.
    assert requested(second) == ["province-2024", "province-2024-34", "province-2023"]
    assert "03_new.csv" in second.run_requests[2].tags["dti/reason"]


def test_a_tick_reads_only_what_changed_since_the_last(
    data: Path, table: Path, seen: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_deliveries(data, "province-2024")
    reads: list[str] = []

    def digest_of(path: Path) -> str:
        reads.append(path.name)
        return sha256(path.read_bytes()).hexdigest()

    monkeypatch.setattr(contents, "digest_of", digest_of)
    monkeypatch.setattr(contents, "_RECENT_NS", 0)
    result = seen()
    assert sorted(reads) == sorted(path.name for path in data.glob("raw/*/*/*.csv"))
    reads.clear()
    assert isinstance(seen(result.cursor), dg.SkipReason)
    assert reads == []
    time = table.stat().st_mtime_ns
    table.write_bytes(table.read_bytes().replace(b"0.7", b"0.6", 1))
    os.utime(table, ns=(time, time))
    assert requested(seen(result.cursor)) == ["province-2023"]
    assert reads == [table.name]


def test_a_cursor_of_an_earlier_version_is_gone_on_from(seen: Call) -> None:
    cursor = seen().cursor
    hashes = {
        name: {path: entry.split()[0] for path, entry in files.items()}
        for name, files in json.loads(cursor).items()
    }
    assert isinstance(seen(json.dumps(hashes)), dg.SkipReason)


def test_the_first_tick_takes_what_the_store_has_computed(data: Path, seen: Call) -> None:
    copy_deliveries(data, "province-2024")
    assert run_assessments([], data=data) == 0
    correction = correct(data)
    result = seen()
    (request,) = result.run_requests
    assert request.partition_key == "province-2023"
    assert request.tags["dti/reason"] == "1 deliveries: 03_new.csv"
    assert isinstance(seen(result.cursor), dg.SkipReason)
    correction.unlink()
    quiet = seen()
    assert not quiet.run_requests
    assert isinstance(seen(quiet.cursor), dg.SkipReason)


def test_the_first_tick_computes_what_other_rules_have_computed(
    data: Path, seen: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_assessments([], data=data) == 0
    monkeypatch.setattr("assets.automation.RULES_VERSION", "99")
    assert requested(seen()) == ["province-2023"]


def test_a_new_assessment_is_a_partition_without_a_restart_and_goes_with_its_folder(
    data: Path, instance: dg.DagsterInstance, seen: Call
) -> None:
    cursor = seen().cursor
    assert instance.get_dynamic_partitions(PARTITIONS_NAME) == ["province-2023"]
    assert new_assessment("province-2026", other="province-2025", data=data) == 0
    (data / "raw" / "province-2026").mkdir(exist_ok=True)
    cursor = seen(cursor).cursor
    assert instance.get_dynamic_partitions(PARTITIONS_NAME) == ["province-2023", "province-2026"]
    (data / "raw" / "province-2026").rmdir()
    seen(cursor)
    assert instance.get_dynamic_partitions(PARTITIONS_NAME) == ["province-2023"]


def test_files_that_come_back_are_requested_again(data: Path, look: Call) -> None:
    cursor = None
    requests: list[dg.RunRequest] = []
    for step in ("nothing", "delivered", "removed"):
        if step == "delivered":
            correction = correct(data)
        elif step == "removed":
            correction.unlink()
        result = look("new_deliveries", cursor)
        cursor = result.cursor
        requests += result.run_requests
    assert [request.partition_key for request in requests] == ["province-2023"] * 3
    keys = [request.run_key for request in requests if request.run_key is not None]
    assert len(set(keys)) == len(keys)
    assert requests[-1].tags["dti/reason"].endswith("-raw/province-2023/corrections/03_new.csv")


def test_sensor_to_run_to_release_on_a_temporary_instance(
    data: Path,
    instance: dg.DagsterInstance,
    look: Call,
    assess: Call,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    definitions = build(data)
    (request,) = look("new_deliveries").run_requests
    assert request.partition_key == "province-2023"
    assessed = assess(definitions, tags=request.tags)
    assert assessed.success
    run = instance.get_run_by_id(assessed.run_id)
    assert run is not None
    assert "01_published_dti" in run.tags["dti/reason"]
    with dg.build_run_status_sensor_context(
        sensor_name="publish_after_assess",
        dagster_event=assessed.get_run_success_event(),
        dagster_instance=instance,
        dagster_run=run,
    ) as status:
        publish_after = definitions.resolve_sensor_def("publish_after_assess")
        wanted = publish_after(status)
        # What waits in the queue looks at the newest revisions when its turn comes.
        waiting = dg.RunsFilter(job_name="publish", statuses=[dg.DagsterRunStatus.QUEUED])
        with monkeypatch.context() as patch:
            patch.setattr(instance, "get_runs_count", lambda filters: int(filters == waiting))
            assert isinstance(publish_after(status), dg.SkipReason)
    assert isinstance(wanted, dg.RunRequest)
    publish = definitions.resolve_job_def("publish").execute_in_process(
        instance=instance, run_config=QUIET | (wanted.run_config or {})
    )
    assert publish.success
    release = current(data)
    assert list(release.revisions) == ["province-2023"]
    # Of the release, not of the run that woke the sensor.
    assert release.manifest["reason"] is None
    assert release.manifest["changes"] == "province-2023: first computation"
    top = assessed.asset_materializations_for_node("rankings")[0].metadata["top_ten"]
    assert top.value.records[0].data["unit_name"] == "Đà Nẵng"


def test_unchanged_inputs_keep_their_data_version(assess: Call) -> None:
    versions = []
    for _ in range(2):
        (event,) = assess().asset_materializations_for_node("revision")
        assert event.tags is not None
        versions.append((event.tags["dagster/data_version"], event.metadata["is_new"].value))
    assert versions[0][0] == versions[1][0]
    assert [is_new for _, is_new in versions] == [True, False]


def test_a_blocking_check_stops_the_run_before_scoring(
    data: Path, table: Path, assess: Call
) -> None:
    break_table(table)
    result = assess()
    assert not result.success
    passed = ("inputs", *DELIVERIES, "observations", "accepted_values")
    assert [verdict(check) for check in result.get_asset_check_evaluations()] == [
        *((name, "contract", True) for name in passed),
        ("accepted_values", "nothing_blocks", False),
    ]
    assert not result.asset_materializations_for_node("scores")
    assert not (data / "store").exists() or not list((data / "store").glob("*/revision.json"))


def test_the_workspace_file_names_a_module_that_loads_without_warnings() -> None:
    content = yaml.safe_load((REPOSITORY / "workspace.yaml").read_text(encoding="utf-8"))
    module = content["load_from"][0]["python_module"]["module_name"]
    code = f"import importlib; d = importlib.import_module({module!r}).defs; print(len(d.assets))"
    command = [sys.executable, "-W", "error", "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, cwd=REPOSITORY, check=False)
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) >= 7


def test_telemetry_is_off_by_default() -> None:
    content = yaml.safe_load((REPOSITORY / "dagster.yaml").read_text(encoding="utf-8"))
    assert content["telemetry"] == {"enabled": False}


def test_the_page_greets_nobody_with_an_advertisement(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_bytes((REPOSITORY / "dagster.yaml").read_bytes())
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert not instance.nux_enabled


def test_on_one_machine_runs_of_an_assessment_and_writers_of_the_site_wait_for_each_other(
    tmp_path: Path,
) -> None:
    deployed = yaml.safe_load((REPOSITORY / "deploy" / "dagster.yaml").read_text("utf-8"))
    (tmp_path / "dagster.yaml").write_bytes((REPOSITORY / "dagster.yaml").read_bytes())
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        limits = instance.run_coordinator.inst_data.config_dict["tag_concurrency_limits"]
        # A run that a power cut ended must not let the others wait for ever.
        assert instance.run_monitoring_enabled
        assert instance.run_monitoring_max_runtime_seconds == 3600
    assert limits == deployed["run_coordinator"]["config"]["tag_concurrency_limits"]
