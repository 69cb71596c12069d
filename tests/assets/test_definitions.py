"""The Dagster side: assets, checks, partitions, schedule, sensors, the workspace file."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import polars as pl
import pytest
import yaml

from assets.automation import yearly_schedules
from assets.execution import QUIET
from assets.resources import PARTITIONS_NAME, WorkspaceResource
from dti_pipeline.cli.new import new_assessment
from dti_pipeline.cli.run import run_assessments
from dti_pipeline.definitions import build
from dti_pipeline.index.assessments.load import yearly_ticks
from dti_pipeline.intake.files import contents
from dti_pipeline.release.releases import Published
from dti_pipeline.workspace import Workspace
from schemas.stages import ComponentPoints
from tests.conftest import REPOSITORY, copy_deliveries

DELIVERIES = ("central_tables", "self_reports", "corrections", "appraisals")


def test_deliveries_stand_in_the_lineage_with_their_files_and_counts(
    data: Path, instance: dg.DagsterInstance
) -> None:
    definitions = build(data)
    graph = definitions.resolve_asset_graph()
    parents = {name: graph.get(dg.AssetKey(name)).parent_keys for name in DELIVERIES}
    names = {name: {key.path[-1] for key in keys} for name, keys in parents.items()}
    assert names["central_tables"] == names["self_reports"] == {"inputs"}
    assert names["corrections"] == {"inputs", "central_tables", "self_reports"}
    assert names["appraisals"] == {*names["corrections"], "corrections"}
    result = definitions.resolve_job_def("assess").execute_in_process(
        partition_key="province-2023", instance=instance, run_config=QUIET
    )
    events = result.asset_materializations_for_node("central_tables")
    metadata = events[0].metadata
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
        for check in build(data).asset_checks or []
        for spec in check.check_specs  # type: ignore[union-attr]
    }
    assert checks["nothing_blocks"].blocking
    assert not checks["agrees_with_official"].blocking


def test_every_stage_and_the_release_have_a_blocking_check_of_their_contract(data: Path) -> None:
    contracts = {
        spec.asset_key.path[-1]: spec
        for asset in build(data).assets or []
        for spec in asset.check_specs  # type: ignore[union-attr]
    }
    stages = [
        "inputs",
        *DELIVERIES,
        "observations",
        "accepted_values",
        "scores",
        "rankings",
        "official_agreement",
    ]
    assert set(contracts) == {*stages, "revision", "release"}
    assert all(spec.name == "contract" and spec.blocking for spec in contracts.values())
    assert contracts["scores"].description == "Keeps ComponentPoints, ScopeSums."


def test_a_frame_that_breaks_its_model_fails_the_check_and_is_not_stored(
    data: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    def score(*_: object) -> None:
        ComponentPoints.validate(pl.DataFrame({"unit_id": ["a"], "0101": [0.5]}))

    monkeypatch.setattr("assets.assessment.pipeline.score", score)
    result = (
        build(data)
        .resolve_job_def("assess")
        .execute_in_process(
            partition_key="province-2023", instance=instance, raise_on_error=False, run_config=QUIET
        )
    )
    assert not result.success
    *_, check = result.get_asset_check_evaluations()
    assert (check.asset_key.path[-1], check.check_name, check.passed) == (
        "scores",
        "contract",
        False,
    )
    (record,) = check.metadata["violations"].records  # type: ignore[union-attr]
    assert (record.data["table"], record.data["column"]) == ("component_points", "*")
    assert not result.asset_materializations_for_node("scores")
    assert not result.asset_materializations_for_node("rankings")


YEARLY = {
    "yearly_province": ("0 6 1 7 *", "province", 2025, "dti new province-2039 --from province-2025"),
    "yearly_commune_hcmc": (
        "0 6 1 2 *",
        "commune-hcmc",
        2026,
        "dti new commune-hcmc-2039 --from commune-hcmc-2026",
    ),
    "yearly_ninh_binh": ("0 6 1 2 *", "ninh-binh", 2022, "dti new ninh-binh-2039 --from ninh-binh-2022"),
}  # fmt: skip


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
    cron, series, newest, remedy = YEARLY[name]
    _, hour, day, month, _ = cron.split()
    schedule = build(data).resolve_schedule_def(name)

    def tick(year: int) -> dg.RunRequest | dg.SkipReason:
        local = datetime(year, int(month), int(day), int(hour), tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
        when = local.astimezone(ZoneInfo(zone))
        workspace = WorkspaceResource(data_dir=str(data))
        with dg.build_schedule_context(
            instance=instance, scheduled_execution_time=when, resources={"workspace": workspace}
        ) as context:
            return schedule(context)  # type: ignore[return-value]

    (data / "raw" / f"{series}-{newest}").mkdir(exist_ok=True)
    request = tick(newest + 1)
    assert isinstance(request, dg.RunRequest)
    assert request.partition_key == request.run_key == f"{series}-{newest}"
    assert request.partition_key in instance.get_dynamic_partitions(PARTITIONS_NAME)
    skipped = tick(2040)
    assert isinstance(skipped, dg.SkipReason)
    assert remedy in (skipped.skip_message or "")


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
    when = datetime(2025, 12, 31, 23, tzinfo=UTC)
    workspace = WorkspaceResource(data_dir=str(data))
    with dg.build_schedule_context(
        instance=instance, scheduled_execution_time=when, resources={"workspace": workspace}
    ) as context:
        request = schedule(context)
    assert isinstance(request, dg.RunRequest)
    assert request.partition_key == "office-2025"


def test_the_sensor_requests_exactly_what_a_delivery_touches(
    data: Path, instance: dg.DagsterInstance
) -> None:
    sensor = build(data).resolve_sensor_def("new_deliveries")
    workspace = WorkspaceResource(data_dir=str(data))

    def look(cursor: str | None) -> dg.SensorResult | dg.SkipReason:
        with dg.build_sensor_context(
            instance=instance, cursor=cursor, resources={"workspace": workspace}
        ) as context:
            return sensor(context)  # type: ignore[return-value]

    first = look(None)
    assert isinstance(first, dg.SensorResult)
    assert [r.partition_key for r in first.run_requests or []] == ["province-2023"]
    assert isinstance(look(first.cursor), dg.SkipReason)
    # Touching a file changes nothing: times are never looked at.
    table = next((data / "raw/province-2023/central").glob("*.csv"))
    os.utime(table, (1, 1))
    assert isinstance(look(first.cursor), dg.SkipReason)
    copy_deliveries(data, "province-2024")
    folder = data / "raw/province-2023/corrections"
    folder.mkdir()
    (folder / "03_new.csv").write_text("unit\n", encoding="utf-8")
    second = look(first.cursor)
    assert isinstance(second, dg.SensorResult)
    # The table that carries number 1 arrived before the correction that carries number 3.
    requests = second.run_requests or []
    # What is derived from 2024 is touched with it.
    assert [r.partition_key for r in requests] == [
        "province-2024",
        "province-2024-34",
        "province-2023",
    ]
    assert "03_new.csv" in requests[2].tags["dti/reason"]


def look(
    data: Path, instance: dg.DagsterInstance, cursor: str | None = None
) -> dg.SensorResult | dg.SkipReason:
    """Let the sensor look once, and do with the partitions what it asks for."""
    workspace = WorkspaceResource(data_dir=str(data))
    with dg.build_sensor_context(
        instance=instance, cursor=cursor, resources={"workspace": workspace}
    ) as context:
        result = build(data).resolve_sensor_def("new_deliveries")(context)
    assert isinstance(result, dg.SensorResult | dg.SkipReason)
    for request in getattr(result, "dynamic_partitions_requests", None) or []:
        if isinstance(request, dg.AddDynamicPartitionsRequest):
            instance.add_dynamic_partitions(PARTITIONS_NAME, request.partition_keys)
        else:
            for key in request.partition_keys:
                instance.delete_dynamic_partition(PARTITIONS_NAME, key)
    return result


def test_a_tick_reads_only_what_changed_since_the_last(
    data: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_deliveries(data, "province-2024")
    reads: list[str] = []

    def digest_of(path: Path) -> str:
        reads.append(path.name)
        return sha256(path.read_bytes()).hexdigest()

    monkeypatch.setattr(contents, "digest_of", digest_of)
    monkeypatch.setattr(contents, "_RECENT_NS", 0)
    result = look(data, instance)
    assert sorted(reads) == sorted(path.name for path in data.glob("raw/*/*/*.csv"))
    reads.clear()
    assert isinstance(look(data, instance, result.cursor), dg.SkipReason)
    assert reads == []
    table = next((data / "raw/province-2023/central").glob("*.csv"))
    time = table.stat().st_mtime_ns
    table.write_bytes(table.read_bytes().replace(b"0.7", b"0.6", 1))
    os.utime(table, ns=(time, time))
    changed = look(data, instance, result.cursor)
    assert isinstance(changed, dg.SensorResult)
    assert [r.partition_key for r in changed.run_requests or []] == ["province-2023"]
    assert reads == [table.name]


def test_a_cursor_of_an_earlier_version_is_gone_on_from(
    data: Path, instance: dg.DagsterInstance
) -> None:
    cursor = look(data, instance).cursor
    assert cursor is not None
    hashes = {
        name: {path: entry.split()[0] for path, entry in files.items()}
        for name, files in json.loads(cursor).items()
    }
    assert isinstance(look(data, instance, json.dumps(hashes)), dg.SkipReason)


def test_the_first_tick_takes_what_the_store_has_computed(
    data: Path, instance: dg.DagsterInstance
) -> None:
    copy_deliveries(data, "province-2024")
    assert run_assessments([], data=data) == 0
    folder = data / "raw/province-2023/corrections"
    folder.mkdir()
    (folder / "03_new.csv").write_text("unit\n", encoding="utf-8")
    result = look(data, instance)
    assert isinstance(result, dg.SensorResult)
    (request,) = result.run_requests or []
    assert request.partition_key == "province-2023"
    assert request.tags["dti/reason"] == "1 deliveries: 03_new.csv"
    assert isinstance(look(data, instance, result.cursor), dg.SkipReason)
    (folder / "03_new.csv").unlink()
    quiet = look(data, instance)
    assert isinstance(quiet, dg.SensorResult)
    assert not quiet.run_requests
    assert isinstance(look(data, instance, quiet.cursor), dg.SkipReason)


def test_the_first_tick_computes_what_other_rules_have_computed(
    data: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_assessments([], data=data) == 0
    monkeypatch.setattr("assets.automation.RULES_VERSION", "99")
    result = look(data, instance)
    assert isinstance(result, dg.SensorResult)
    assert [r.partition_key for r in result.run_requests or []] == ["province-2023"]


def test_a_new_assessment_is_a_partition_without_a_restart_and_goes_with_its_folder(
    data: Path, instance: dg.DagsterInstance
) -> None:
    cursor = look(data, instance).cursor  # type: ignore[union-attr]
    assert instance.get_dynamic_partitions(PARTITIONS_NAME) == ["province-2023"]
    assert new_assessment("province-2026", other="province-2025", data=data) == 0
    (data / "raw" / "province-2026").mkdir(exist_ok=True)
    cursor = look(data, instance, cursor).cursor  # type: ignore[union-attr]
    assert instance.get_dynamic_partitions(PARTITIONS_NAME) == ["province-2023", "province-2026"]
    (data / "raw" / "province-2026").rmdir()
    look(data, instance, cursor)
    assert instance.get_dynamic_partitions(PARTITIONS_NAME) == ["province-2023"]


def test_files_that_come_back_are_requested_again(data: Path, instance: dg.DagsterInstance) -> None:
    sensor = build(data).resolve_sensor_def("new_deliveries")
    workspace = WorkspaceResource(data_dir=str(data))
    folder = data / "raw/province-2023/corrections"
    folder.mkdir()
    cursor = None
    requests: list[dg.RunRequest] = []
    for texts in ([], ["unit\n"], []):
        for path in folder.iterdir():
            path.unlink()
        for text in texts:
            (folder / "01_new.csv").write_text(text, encoding="utf-8")
        with dg.build_sensor_context(
            instance=instance, cursor=cursor, resources={"workspace": workspace}
        ) as context:
            result = sensor(context)
        assert isinstance(result, dg.SensorResult)
        cursor = result.cursor
        requests += result.run_requests or []
    assert [request.partition_key for request in requests] == ["province-2023"] * 3
    keys = [request.run_key for request in requests if request.run_key is not None]
    assert len(set(keys)) == len(keys)
    assert requests[-1].tags["dti/reason"].endswith("-raw/province-2023/corrections/01_new.csv")


def test_sensor_to_run_to_release_on_a_temporary_instance(
    data: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    definitions = build(data)
    sensor = definitions.resolve_sensor_def("new_deliveries")
    with dg.build_sensor_context(
        instance=instance, resources={"workspace": WorkspaceResource(data_dir=str(data))}
    ) as context:
        found = sensor(context)
    assert isinstance(found, dg.SensorResult)
    (request,) = found.run_requests or []
    assess = definitions.resolve_job_def("assess").execute_in_process(
        partition_key=request.partition_key,
        tags=request.tags,
        instance=instance,
        run_config=QUIET,
    )
    assert assess.success
    run = instance.get_run_by_id(assess.run_id)
    assert run is not None
    assert "01_published_dti" in run.tags["dti/reason"]
    with dg.build_run_status_sensor_context(
        sensor_name="publish_after_assess",
        dagster_event=assess.get_run_success_event(),
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
    release = Published(Workspace(data=data).published).release(None)
    assert list(release.revisions) == ["province-2023"]
    # Of the release, not of the run that woke the sensor.
    assert release.manifest["reason"] is None
    assert release.manifest["changes"] == "province-2023: first computation"
    top = assess.asset_materializations_for_node("rankings")[0].metadata["top_ten"]
    assert top.value.records[0].data["unit_name"] == "Đà Nẵng"


def test_unchanged_inputs_keep_their_data_version(data: Path, instance: dg.DagsterInstance) -> None:
    job = build(data).resolve_job_def("assess")
    versions = []
    for _ in range(2):
        result = job.execute_in_process(
            partition_key="province-2023", instance=instance, run_config=QUIET
        )
        (event,) = result.asset_materializations_for_node("revision")
        assert event.tags is not None
        versions.append((event.tags["dagster/data_version"], event.metadata["is_new"].value))
    assert versions[0][0] == versions[1][0]
    assert [is_new for _, is_new in versions] == [True, False]


def test_a_blocking_check_stops_the_run_before_scoring(
    data: Path, instance: dg.DagsterInstance
) -> None:
    table = next((data / "raw/province-2023/central").glob("*.csv"))
    text = table.read_text(encoding="utf-8-sig")
    table.write_text(text.replace("Lạng Sơn,", "Nowhere,"), encoding="utf-8-sig")
    result = (
        build(data)
        .resolve_job_def("assess")
        .execute_in_process(
            partition_key="province-2023", instance=instance, raise_on_error=False, run_config=QUIET
        )
    )
    assert not result.success
    checks = result.get_asset_check_evaluations()
    assert [(check.asset_key.path[-1], check.check_name, check.passed) for check in checks] == [
        ("inputs", "contract", True),
        *((name, "contract", True) for name in DELIVERIES),
        ("observations", "contract", True),
        ("accepted_values", "contract", True),
        ("accepted_values", "nothing_blocks", False),
    ]
    assert not result.asset_materializations_for_node("scores")
    assert not (data / "store").exists() or not list((data / "store").glob("*/revision.json"))


def test_the_workspace_file_names_a_module_that_loads_without_warnings() -> None:
    content = yaml.safe_load((REPOSITORY / "workspace.yaml").read_text(encoding="utf-8"))
    module = content["load_from"][0]["python_module"]["module_name"]
    code = f"import importlib; d = importlib.import_module({module!r}).defs; print(len(d.assets))"
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        check=False,
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
    )
    assert result.returncode == 0, result.stderr
    assert int(result.stdout) >= 7


def test_telemetry_is_off_by_default() -> None:
    content = yaml.safe_load((REPOSITORY / "dagster.yaml").read_text(encoding="utf-8"))
    assert content["telemetry"] == {"enabled": False}


def test_the_page_greets_nobody_with_an_advertisement(tmp_path: Path) -> None:
    (tmp_path / "dagster.yaml").write_bytes((REPOSITORY / "dagster.yaml").read_bytes())
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert not instance.nux_enabled
