"""The command line's jobs: Dagster's own execution, on an instance that keeps nothing or on one."""

import json
import signal
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from assets.code_location import build
from assets.execution import Outcome, execute
from assets.release import ReleaseConfig
from assets.resources import PARTITIONS_NAME, WorkspaceResource
from dti_pipeline import pipeline
from dti_pipeline.acceptance.accept import Acceptance
from dti_pipeline.cli.run import run_assessments
from dti_pipeline.index.definition import Definition
from dti_pipeline.release.objects import BucketError, SilentBucketError
from dti_pipeline.release.publish import WithdrawnInputsError
from schemas.catalogue import TABLES
from schemas.messages import message
from tests.assets.conftest import Call
from tests.conftest import REPOSITORY, copy_deliveries

RunJob = Callable[..., Outcome]


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as ephemeral:
        yield ephemeral


@pytest.fixture
def run_job(data: Path, instance: dg.DagsterInstance) -> RunJob:
    return partial(execute, build(data, assessments=["province-2023"]), instance=instance)


def test_an_outcome_holds_what_every_asset_said(data: Path, run_job: RunJob) -> None:
    outcome = run_job("assess", partition="province-2023")
    assert outcome.is_done
    # Nine figures of each of 63 provinces.
    assert outcome.metadata["observations"]["observations"] == 9 * 63
    assert outcome.metadata["scores"]["units"] == 63
    assert outcome.metadata["revision"]["is_new"] is True
    # Only an instance that is kept keeps what one stage hands to the next.
    assert not (data / "dagster").exists()


def test_a_kept_instance_keeps_the_tables_between_stages(
    data: Path, instance: dg.DagsterInstance
) -> None:
    assert execute(build(data), "assess", instance=instance, partition="province-2023").is_done
    assert (data / "dagster" / "stages" / "scores" / "province-2023").is_dir()


@pytest.mark.parametrize("assessments", [None, ["province-2023"]])
def test_a_stage_is_let_go_of_once_it_is_stored(
    data: Path, instance: dg.DagsterInstance, assess: Call, assessments: list[str] | None
) -> None:
    instance.add_dynamic_partitions(PARTITIONS_NAME, ["province-2023"])
    result = assess(build(data, assessments=assessments))
    # Dagster holds what an asset returned until the run ends.
    assert [result.asset_value(name) for name in ("observations", "scores")] == [{}, {}]
    folder = Path(instance.storage_directory()) if assessments else data / "dagster" / "stages"
    tables = sorted(path.stem for path in (folder / "accepted_values/province-2023").iterdir())
    assert tables == ["issues", "observations", "values"]


def test_a_blocking_issue_stops_the_job(table: Path, run_job: RunJob) -> None:
    table.unlink()
    outcome = run_job("assess", partition="province-2023")
    assert not outcome.is_done
    assert outcome.blocking is not None
    assert outcome.blocking["rule_id"].to_list() == ["table.missing"]
    assert set(outcome.metadata) == {
        *("inputs", "central_tables", "self_reports", "corrections", "appraisals"),
        *("observations", "accepted_values"),
    }


def test_settings_reach_the_asset(data: Path, run_job: RunJob) -> None:
    assert run_job("assess", partition="province-2023").is_done
    settings = {"release": ReleaseConfig(reason="why", is_draft=True)}
    release = run_job("publish", settings=settings).metadata["release"]
    assert release["is_new"] is True
    assert "drafts" in str(release["folder"])
    assert not (data / "published" / "latest.json").exists()


def test_an_asset_with_settings_takes_its_defaults_where_none_are_given(
    data: Path, run_job: RunJob
) -> None:
    assert run_job("assess", partition="province-2023").is_done
    assert run_job("publish").metadata["release"]["is_new"] is True
    assert (data / "published" / "latest.json").is_file()


def job_of(*assets: dg.AssetsDefinition, **more: Any) -> dg.Definitions:
    return dg.Definitions(assets=assets, jobs=[dg.define_asset_job("job")], **more)


def flaky(times: int, *, retries: int) -> tuple[dg.Definitions, list[int]]:
    """Return a job of one asset that fails a number of times before it works."""
    tries: list[int] = []

    @dg.asset(retry_policy=dg.RetryPolicy(max_retries=retries, delay=0))
    def figure() -> dg.MaterializeResult[int]:
        tries.append(len(tries))
        if len(tries) <= times:
            message = f"try {len(tries)}"
            raise OSError(message)
        return dg.MaterializeResult(value=7, metadata={"is_seven": True})

    return job_of(figure), tries


def test_an_asset_is_tried_again_as_its_policy_says(instance: dg.DagsterInstance) -> None:
    definitions, tries = flaky(2, retries=2)
    outcome = execute(definitions, "job", instance=instance)
    assert outcome.metadata["figure"]["is_seven"] is True
    assert len(tries) == 3


def test_what_still_fails_is_a_failure_with_the_last_error(instance: dg.DagsterInstance) -> None:
    definitions, tries = flaky(5, retries=1)
    outcome = execute(definitions, "job", instance=instance)
    assert not outcome.is_done
    (failure,) = outcome.failures
    assert (failure.step, failure.error, failure.text) == ("figure", "OSError", "try 2")
    assert len(tries) == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_job_that_a_signal_ends_is_no_failure_to_go_on_after(
    instance: dg.DagsterInstance, number: signal.Signals
) -> None:
    @dg.asset
    def figure() -> None:
        signal.raise_signal(number)

    with pytest.raises(KeyboardInterrupt):
        execute(job_of(figure), "job", instance=instance)


SILENCE = message("storage.no_answer", address="s3://bucket/office", error="timed out")


@pytest.mark.parametrize(
    ("error", "tries"),
    [
        (SilentBucketError(SILENCE), 3),
        (BucketError(SILENCE), 1),
        (OSError("s3://bucket/office"), 1),
        (WithdrawnInputsError(SILENCE), 1),
    ],
    ids=["silent", "refuses", "disk", "withdrawn"],
)
def test_a_publication_is_tried_again_where_its_bucket_is_silent_alone(
    run_job: RunJob, monkeypatch: pytest.MonkeyPatch, error: Exception, tries: int
) -> None:
    calls: list[int] = []

    def publish(*_: object, **__: object) -> None:
        calls.append(1)
        raise error

    monkeypatch.setattr("assets.checks.RETRY_SECONDS", 0)
    monkeypatch.setattr("assets.release.publish_newest", publish)
    (failure,) = run_job("publish").failures
    assert (failure.step, failure.error) == ("release", type(error).__name__)
    assert "s3://bucket/office" in failure.text
    assert len(calls) == tries


def test_a_run_whose_bucket_is_silent_as_it_begins_is_a_failure_that_names_it(
    run_job: RunJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    def setup(*_: object) -> None:
        raise SilentBucketError(SILENCE)

    monkeypatch.setattr(WorkspaceResource, "setup_for_execution", setup)
    outcome = run_job("publish")
    assert not outcome.is_done
    (failure,) = outcome.failures
    assert failure.step == "publish"
    assert failure.text.startswith("s3://bucket/office: ")


def warned(second: Callable[[int], int]) -> dg.Definitions:
    """Return a job of two assets with a failing check between them that only warns."""

    @dg.asset(name="first")
    def one() -> dg.MaterializeResult[int]:
        return dg.MaterializeResult(value=1)

    @dg.asset(name="second")
    def two(first: int) -> dg.MaterializeResult[int]:
        return dg.MaterializeResult(value=second(first), metadata={"sum": second(first)})

    @dg.asset_check(asset="first", blocking=False)
    def is_two(first: int) -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=first == 2)

    return job_of(one, two, asset_checks=[is_two])


def test_a_failure_beside_a_check_that_only_warns_is_no_blocking_issue(
    instance: dg.DagsterInstance,
) -> None:
    def failing(first: int) -> int:
        message = f"no room for {first}"
        raise OSError(message)

    outcome = execute(warned(failing), "job", instance=instance)
    assert outcome.blocking is None
    assert [failure.step for failure in outcome.failures] == ["second"]
    assert outcome.failures[0].text == "no room for 1"
    assert set(outcome.metadata) == {"first"}


def test_a_check_that_only_warns_stops_nothing(instance: dg.DagsterInstance) -> None:
    outcome = execute(warned(lambda first: first + 1), "job", instance=instance)
    assert outcome.metadata["second"]["sum"] == 2


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(28, "No space left on device"), "{data}: ổ đĩa đã đầy; đề nghị giải phóng chỗ"),
        (ZeroDivisionError("x"), "x"),
    ],
)
def test_one_assessment_that_fails_does_not_keep_the_others_from_being_told(
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    told: str,
) -> None:
    copy_deliveries(data, "province-2024")
    proper = pipeline.accept

    def failing(definition: Definition, observations: pl.DataFrame) -> Acceptance:
        if definition.assessment.id == "province-2023":
            raise error
        return proper(definition, observations)

    monkeypatch.setattr("assets.assessment.pipeline.accept", failing)
    wanted = ["province-2023", "province-2024"]
    assert run_assessments(wanted, data=data, reason="") == 1
    said = capsys.readouterr()
    assert f"province-2023: accepted_values: {told.format(data=data)}" in said.err
    # A traceback is for what nobody foresaw.
    assert ("Traceback" in said.err) == isinstance(error, ZeroDivisionError)
    assert "province-2024: 1 tệp đã nộp, 630 số liệu" in said.out
    assert not (data / "published" / "latest.json").exists()


def test_with_an_instance_the_command_leaves_a_run_for_the_user_interface(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    assert run_assessments(["province-2023"], data=data, reason="") == 0
    with dg.DagsterInstance.get() as instance:
        runs = instance.get_runs()
    assert sorted(run.job_name for run in runs) == ["assess", "publish"]
    assert {run.status for run in runs} == {dg.DagsterRunStatus.SUCCESS}
    assert {run.tags["dti/reason"] for run in runs} == {"dti run"}


def test_a_broken_contract_is_said_in_one_message_and_publishes_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **tables: object) -> dict[str, pl.DataFrame]:
        table = TABLES["dim_tile"]
        tile = {"unit_set": "x", "tile_row": 1, "tile_col": 1, "label_vi": "a", "label_en": "a"}
        return {table.name(): pl.DataFrame([tile, tile], schema=table.schema())}

    monkeypatch.setattr("assets.assessment.pipeline.tables", broken)
    assert run_assessments(["province-2023"], data=data, reason="") == 1
    said = capsys.readouterr().err
    assert "dim_tile" in said
    assert "unique_key" in said
    assert "Traceback" not in said
    assert not (data / "published" / "latest.json").exists()


@pytest.mark.parametrize("folder", ["assets", "dti_pipeline", "schemas"])
def test_nothing_uses_a_private_part_of_dagster(folder: str) -> None:
    sources = list((REPOSITORY / folder).rglob("*.py"))
    assert sources
    private = [str(p) for p in sources if "dagster._" in p.read_text(encoding="utf-8")]
    assert private == []


def test_logs_are_lines_of_json_with_the_run_where_asked(
    data: Path,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DTI_LOG", "json")
    assert execute(build(data), "assess", instance=instance, partition="province-2023").is_done
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    (run,) = instance.get_runs()
    assert len(lines) > 10
    assert {line["dagster_meta"]["run_id"] for line in lines} == {run.run_id}
    monkeypatch.delenv("DTI_LOG")
    assert execute(build(data), "assess", instance=instance, partition="province-2023").is_done
    assert capfd.readouterr().err == ""
