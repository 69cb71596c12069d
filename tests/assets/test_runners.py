"""The command line's two ways of running a job: the same assets, the same outcome."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import polars as pl
import pytest

from assets.release import ReleaseConfig
from assets.resources import WorkspaceResource
from assets.runners import Inline, Outcome, Recorded, Runner
from dti_pipeline import pipeline
from dti_pipeline.acceptance.accept import Acceptance
from dti_pipeline.commands.run import run_assessments
from dti_pipeline.definitions import build
from dti_pipeline.index.definition import Definition
from schemas.catalogue import TABLES
from tests.conftest import copy_deliveries


def inline(data: Path) -> Inline:
    return Inline(build(data), WorkspaceResource(data_dir=str(data)))


def both(tmp_path: Path) -> tuple[tuple[Path, Path], dg.DagsterInstance]:
    first = copy_deliveries(tmp_path / "first", "province-2023")
    second = tmp_path / "second"
    shutil.copytree(first, second)
    return (first, second), dg.DagsterInstance.ephemeral()


def recorded(data: Path, instance: dg.DagsterInstance) -> Recorded:
    return Recorded(build(data), instance)


def tables(data: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(data)): path.read_bytes() for path in sorted(data.rglob("*.parquet"))
    }


def test_both_ways_tell_the_same_and_store_the_same_bytes(tmp_path: Path) -> None:
    (first, second), instance = both(tmp_path)
    with instance:
        ways: tuple[Runner, ...] = (inline(first), recorded(second, instance))
        one, other = (way.run("assess", partition="province-2023") for way in ways)
    assert one.is_done
    assert other.is_done
    assert set(one.told) == set(other.told)
    for name in ("deliveries", "observations", "warning_issues"):
        assert one.told["observations"][name] == other.told["observations"][name]
    # Nine figures of each of 63 provinces.
    assert one.told["observations"]["observations"] == 9 * 63
    assert one.told["scores"] == other.told["scores"]
    assert one.told["scores"]["units"] == 63
    ids = {told["revision"]["revision_id"] for told in (one.told, other.told)}
    assert len(ids) == 1
    assert tables(first / "store") == tables(second / "store")
    # Only Dagster's executor keeps what one stage hands to the next.
    assert not (first / "dagster").exists()
    assert (second / "dagster" / "stages").is_dir()


def test_both_ways_stop_at_the_blocking_check(tmp_path: Path) -> None:
    folders, instance = both(tmp_path)
    for data in folders:
        next((data / "raw/province-2023/central").glob("*.csv")).unlink()
    with instance:
        ways: tuple[Runner, ...] = (inline(folders[0]), recorded(folders[1], instance))
        outcomes = [way.run("assess", partition="province-2023") for way in ways]
    for outcome in outcomes:
        assert not outcome.is_done
        assert outcome.blocking is not None
        assert outcome.blocking["rule_id"].to_list() == ["table.missing"]
        assert set(outcome.told) == {"observations", "accepted_values"}


def test_settings_reach_the_asset(tmp_path: Path) -> None:
    folders, instance = both(tmp_path)
    settings = {"release": ReleaseConfig(reason="why", is_draft=True)}
    with instance:
        ways: tuple[Runner, ...] = (inline(folders[0]), recorded(folders[1], instance))
        for way, data in zip(ways, folders, strict=True):
            assert way.run("assess", partition="province-2023").is_done
            told = way.run("publish", settings=settings).told["release"]
            assert told["is_new"] is True
            assert "drafts" in str(told["folder"])
            assert not (data / "published" / "latest.json").exists()


def flaky(times: int, *, retries: int) -> tuple[dg.Definitions, list[int]]:
    """Return a job of one asset that fails a number of times before it works."""
    tried: list[int] = []

    @dg.asset(retry_policy=dg.RetryPolicy(max_retries=retries, delay=0))
    def figure() -> dg.MaterializeResult[int]:
        tried.append(len(tried))
        if len(tried) <= times:
            message = f"try {len(tried)}"
            raise OSError(message)
        return dg.MaterializeResult(value=7, metadata={"is_seven": True})

    return dg.Definitions(assets=[figure], jobs=[dg.define_asset_job("job")]), tried


def run_inline(definitions: dg.Definitions) -> Outcome:
    return Inline(definitions, WorkspaceResource(data_dir="unused")).run("job")


def test_an_asset_is_tried_again_as_its_policy_says() -> None:
    definitions, tried = flaky(2, retries=2)
    assert run_inline(definitions).told == {"figure": {"is_seven": True}}
    assert len(tried) == 3


def test_what_still_fails_is_a_fault_with_the_last_error() -> None:
    definitions, tried = flaky(5, retries=1)
    outcome = run_inline(definitions)
    assert not outcome.is_done
    (fault,) = outcome.faults
    assert (fault.asset, fault.text) == ("figure", "try 2")
    assert isinstance(fault.error, OSError)
    assert len(tried) == 2


def test_a_recorded_failure_names_its_asset() -> None:
    definitions, _ = flaky(5, retries=0)
    with dg.DagsterInstance.ephemeral() as instance:
        outcome = Recorded(definitions, instance).run("job")
    assert not outcome.is_done
    (fault,) = outcome.faults
    assert fault.asset == "figure"
    assert "try 1" in fault.text


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

    return dg.Definitions(
        assets=[one, two], asset_checks=[is_two], jobs=[dg.define_asset_job("job")]
    )


def test_a_failure_beside_a_check_that_only_warns_is_no_blocking_issue() -> None:
    def failing(first: int) -> int:
        message = f"no room for {first}"
        raise OSError(message)

    definitions = warned(failing)
    with dg.DagsterInstance.ephemeral() as instance:
        outcomes = [run_inline(definitions), Recorded(definitions, instance).run("job")]
    for outcome in outcomes:
        assert outcome.blocking is None
        assert [fault.asset for fault in outcome.faults] == ["second"]
        assert "no room for 1" in outcome.faults[0].text
        assert set(outcome.told) == {"first"}


def test_an_asset_with_settings_takes_its_defaults_where_none_are_given(tmp_path: Path) -> None:
    data = copy_deliveries(tmp_path / "data", "province-2023")
    way = inline(data)
    assert way.run("assess", partition="province-2023").is_done
    assert way.run("publish").told["release"]["is_new"] is True
    assert (data / "published" / "latest.json").is_file()


def test_a_check_that_only_warns_stops_nothing() -> None:
    definitions = warned(lambda first: first + 1)
    assert run_inline(definitions).told["second"] == {"sum": 2}


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), ZeroDivisionError("x")])
def test_one_assessment_that_fails_does_not_keep_the_others_from_being_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
) -> None:
    data = copy_deliveries(tmp_path / "data", "province-2023", "province-2024")
    proper = pipeline.accept

    def failing(definition: Definition, observations: pl.DataFrame) -> Acceptance:
        if definition.assessment.id == "province-2023":
            raise error
        return proper(definition, observations)

    monkeypatch.setattr("assets.assessment.pipeline.accept", failing)
    wanted = ["province-2023", "province-2024"]
    assert run_assessments(wanted, data=data, reason="", lang="en") == 1
    said = capsys.readouterr()
    assert f"province-2023: accepted_values: {error}" in said.err
    # A traceback is for what nobody foresaw.
    assert ("Traceback" in said.err) == isinstance(error, ZeroDivisionError)
    assert "province-2024: 1 tệp nộp · deliveries, 630 số liệu" in said.out
    assert not (data / "published" / "latest.json").exists()


def test_with_an_instance_the_command_leaves_a_run_for_the_user_interface(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = copy_deliveries(tmp_path / "data", "province-2023")
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    assert run_assessments(["province-2023"], data=data, reason="", lang="en") == 0
    with dg.DagsterInstance.get() as instance:
        runs = instance.get_runs()
    assert sorted(run.job_name for run in runs) == ["assess", "publish"]
    assert {run.status for run in runs} == {dg.DagsterRunStatus.SUCCESS}
    assert {run.tags["dti/reason"] for run in runs} == {"dti run"}


def test_a_broken_contract_is_said_in_one_message_and_publishes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    data = copy_deliveries(tmp_path / "data", "province-2023")

    def broken(*_: object, **tables: object) -> dict[str, pl.DataFrame]:
        table = TABLES["dim_tile"]
        tile = {"unit_set": "x", "tile_row": 1, "tile_col": 1, "label_vi": "a", "label_en": "a"}
        return {table.name: pl.DataFrame([tile, tile], schema=table.polars_schema())}

    monkeypatch.setattr("assets.assessment.pipeline.tables", broken)
    assert run_assessments(["province-2023"], data=data, reason="", lang="en") == 1
    said = capsys.readouterr().err
    assert "dim_tile" in said
    assert "unique_key" in said
    assert "Traceback" not in said
    assert not (data / "published" / "latest.json").exists()


def test_without_an_instance_the_command_loads_no_database(tmp_path: Path) -> None:
    data = copy_deliveries(tmp_path / "data", "province-2023")
    code = (
        "import sys; from dti_pipeline.cli import execute; status = execute();"
        "heavy = {'sqlalchemy', 'alembic'} & set(sys.modules);"
        "sys.exit(f'loaded: {heavy}' if heavy else status)"
    )
    environment: dict[str, Any] = {k: v for k, v in os.environ.items() if k != "DAGSTER_HOME"}
    found = subprocess.run(
        [sys.executable, "-c", code, "run", "province-2023", "--data", str(data)],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert found.returncode == 0, found.stderr
    assert "new release" in found.stdout
    assert not (data / "dagster").exists()
