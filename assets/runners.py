"""Run a job for the command line: the same assets and checks, in this process.

Two ways with one outcome. `Inline` calls each asset's function in the order of the asset graph and
hands its tables on in memory; it leaves nothing behind but what the assets themselves store.
`Recorded` lets Dagster execute the job on an instance, which keeps the run for the user interface.
An instance costs SQLAlchemy's import, an event log and a file per stage: more than the figures of
three provinces take, and worth it only where somebody looks at it.
"""

import inspect
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

import dagster as dg
import polars as pl

from assets.checks import blocking_issues
from assets.resources import WorkspaceResource

QUIET: Final = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Event messages of Dagster are for its user interface; a person at the terminal gets ours."""


Settings = Mapping[str, dg.Config]
"""Settings of assets by their names."""


@dataclass(frozen=True)
class Fault:
    """An asset or check that failed.

    Attributes:
        asset: its name.
        text: the message of the error.
        error: the error itself; None where Dagster has kept only its text.
    """

    asset: str
    text: str
    error: Exception | None = None


@dataclass(frozen=True)
class Outcome:
    """What came of a job.

    Attributes:
        told: by asset, the metadata it gave, as plain values; assets that did not run are missing.
        blocking: the issues that stopped the job; None if no blocking check failed.
        faults: what failed.
    """

    told: Mapping[str, Mapping[str, Any]]
    blocking: pl.DataFrame | None = None
    faults: tuple[Fault, ...] = ()

    @property
    def is_done(self) -> bool:
        """Say whether every asset of the job was made."""
        return self.blocking is None and not self.faults


class Runner(Protocol):
    """A way to run a job."""

    def run(
        self, job: str, *, partition: str | None = None, settings: Settings | None = None
    ) -> Outcome:
        """Run a job for one partition, with the settings of its assets."""


@contextmanager
def runner(definitions: dg.Definitions, workspace: WorkspaceResource) -> Iterator[Runner]:
    """Yield what runs jobs: on the instance of DAGSTER_HOME, else leaving nothing behind."""
    if not os.environ.get("DAGSTER_HOME"):
        yield Inline(definitions, workspace)
        return
    with dg.DagsterInstance.get() as instance:
        yield Recorded(definitions, instance)


@dataclass(frozen=True)
class Inline:
    """Calls the functions of a job's assets one after the other; no instance, no event log.

    Assets and checks are plain functions of ``context``, of which only the partition key is there,
    ``workspace``, ``config`` and the assets they build on, by name; assets return a
    ``MaterializeResult``. Of a retry policy, the number of retries and the delay count.

    Attributes:
        definitions: assets, checks and jobs.
        workspace: the data folder.
    """

    definitions: dg.Definitions
    workspace: WorkspaceResource

    def run(
        self, job: str, *, partition: str | None = None, settings: Settings | None = None
    ) -> Outcome:
        """Make the job's assets in the order of their graph; stop at what fails."""
        layer = self.definitions.resolve_job_def(job).asset_layer
        graph = layer.asset_graph
        given: dict[str, Any] = {"context": _Partition(partition), "workspace": self.workspace}
        told: dict[str, Mapping[str, Any]] = {}
        for key in graph.toposorted_asset_keys:
            if key not in layer.selected_asset_keys:
                continue
            name = key.to_user_string()
            doing = name
            try:
                made = _call(graph.get(key).assets_def.op, given, (settings or {}).get(name))
                given[name] = made.value
                told[name] = _plain(made.metadata or {})
                for check in graph.get(key).check_keys:
                    doing = check.name
                    checking = graph.assets_def_for_key(check)
                    verdict = _call(checking.op, given)
                    if not verdict.passed and checking.get_spec_for_check_key(check).blocking:
                        return Outcome(told, blocking=blocking_issues(made.value))
            except Exception as error:  # noqa: BLE001 - told by the caller, as Dagster's would be
                return Outcome(told, faults=(Fault(doing, str(error), error),))
        return Outcome(told)


@dataclass(frozen=True)
class _Partition:
    """As much of Dagster's context as the assets here look at."""

    partition_key: str | None


def _call(op: dg.OpDefinition, given: Mapping[str, Any], settings: dg.Config | None = None) -> Any:
    """Call the function behind an asset or a check with what its parameters name."""
    function: Callable[..., Any] = op.compute_fn.decorated_fn  # type: ignore[union-attr]
    arguments = {
        name: (settings or parameter.annotation()) if name == "config" else given[name]
        for name, parameter in inspect.signature(function).parameters.items()
    }
    policy = op.retry_policy or dg.RetryPolicy(max_retries=0)
    for _ in range(policy.max_retries):
        try:
            return function(**arguments)
        except Exception:  # noqa: BLE001 - raised again if the last try fails as well
            time.sleep(policy.delay or 0)
    return function(**arguments)


@dataclass(frozen=True)
class Recorded:
    """Lets Dagster execute jobs on an instance, which keeps their runs.

    Attributes:
        definitions: assets, checks and jobs.
        instance: where runs and events are kept.
    """

    definitions: dg.Definitions
    instance: dg.DagsterInstance

    def run(
        self, job: str, *, partition: str | None = None, settings: Settings | None = None
    ) -> Outcome:
        """Execute the job; what assets raise becomes faults."""
        ops = {name: {"config": dict(found)} for name, found in (settings or {}).items()}
        result = self.definitions.resolve_job_def(job).execute_in_process(
            partition_key=partition,
            instance=self.instance,
            raise_on_error=False,
            run_config=QUIET | {"ops": ops},
            tags={"dti/reason": "dti run"},
        )
        told = {
            event.asset_key.to_user_string(): _plain(event.materialization.metadata)
            for event in result.get_asset_materialization_events()
            if event.asset_key is not None
        }
        if result.success:
            return Outcome(told)
        if any(one.blocking and not one.passed for one in result.get_asset_check_evaluations()):
            stages: Any = (self.definitions.resources or {})["io_manager"]
            tables = stages.read("accepted_values", str(partition))
            return Outcome(told, blocking=blocking_issues(tables))
        return Outcome(told, faults=_faults(result))


def _plain(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.value if isinstance(value, dg.MetadataValue) else value
        for name, value in metadata.items()
    }


def _faults(result: dg.ExecuteInProcessResult) -> tuple[Fault, ...]:
    """Take the message of every step that failed, without Dagster's own frame around it."""
    return tuple(
        Fault(str(event.step_key), (error.cause or error).message.strip())
        for event in result.all_events
        if event.is_step_failure and (error := event.step_failure_data.error) is not None
    )
