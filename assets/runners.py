"""Run a job for the command line: the same assets and checks, in this process.

Two ways with one outcome. `Inline` calls each asset's function in the order of the asset graph and
hands its tables on in memory; it leaves nothing behind but what the assets themselves store.
`Recorded` lets Dagster execute the job on an instance, which keeps the run for the user interface.
An instance costs SQLAlchemy's import, an event log and a file per stage: more than the figures of
three provinces take, and worth it only where somebody looks at it.
"""

import inspect
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

import dagster as dg
import polars as pl

from assets.checks import blocking_issues
from assets.resources import StageStore, WorkspaceResource

QUIET: Final = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Event messages of Dagster are for its user interface; a person at the terminal gets ours."""


Settings = Mapping[str, dg.Config]
"""Settings of assets by their names."""


@dataclass(frozen=True)
class Outcome:
    """What came of a job.

    Attributes:
        told: by asset, the metadata it gave, as plain values; assets that did not run are missing.
        blocking: the issues that stopped the job; None if no blocking check failed.
        faults: one text per asset that failed, with its name.
    """

    told: Mapping[str, Mapping[str, Any]]
    blocking: pl.DataFrame | None = None
    faults: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """Say whether every asset of the job was made."""
        return self.blocking is None and not self.faults


class Runner(Protocol):
    """A way to run a job."""

    def run(
        self,
        job: str,
        *,
        partition: str | None = None,
        config: Mapping[str, dg.Config] | None = None,
    ) -> Outcome:
        """Run a job for one partition, with the settings of its assets."""


@dataclass(frozen=True)
class Inline:
    """Calls the functions of a job's assets one after the other; no instance, no event log.

    Attributes:
        definitions: assets, checks and jobs.
        workspace: the data folder.
    """

    definitions: dg.Definitions
    workspace: WorkspaceResource

    def run(
        self,
        job: str,
        *,
        partition: str | None = None,
        config: Mapping[str, dg.Config] | None = None,
    ) -> Outcome:
        """Make the job's assets in the order of their graph; stop at a blocking check that fails.

        Raises:
            Exception: whatever an asset raises, after the retries its policy allows.
        """
        layer = self.definitions.resolve_job_def(job).asset_layer
        graph = layer.asset_graph
        context = _Partition(partition)
        made: dict[str, Any] = {}
        told: dict[str, Mapping[str, Any]] = {}
        for key in graph.toposorted_asset_keys:
            if key not in layer.selected_asset_keys:
                continue
            name = key.to_user_string()
            settings = (config or {}).get(name)
            known = {"context": context, "workspace": self.workspace, "config": settings} | made
            result = _call(graph.get(key).assets_def.op, known)
            made[name] = result.value
            told[name] = _plain(result.metadata or {})
            for check in graph.get(key).check_keys:
                checking = graph.assets_def_for_key(check)
                verdict = _call(checking.op, known | made)
                if not verdict.passed and checking.get_spec_for_check_key(check).blocking:
                    return Outcome(told, blocking=blocking_issues(made[name]))
        return Outcome(told)


@dataclass(frozen=True)
class _Partition:
    """As much of Dagster's context as the assets here look at."""

    partition_key: str | None


def _call(op: dg.OpDefinition, known: Mapping[str, Any]) -> Any:
    """Call the function behind an asset or a check with what its parameters name."""
    function: Callable[..., Any] = op.compute_fn.decorated_fn  # type: ignore[union-attr]
    given = {name: known[name] for name in inspect.signature(function).parameters}
    policy = op.retry_policy or dg.RetryPolicy(max_retries=0)
    for _ in range(policy.max_retries):
        try:
            return function(**given)
        except Exception:  # noqa: BLE001 - raised again if the last try fails as well
            time.sleep(policy.delay or 0)
    return function(**given)


@dataclass(frozen=True)
class Recorded:
    """Lets Dagster execute jobs on an instance, which keeps their runs.

    Attributes:
        definitions: assets, checks and jobs.
        instance: where runs and events are kept.
        stages: where the tables between two stages lie.
    """

    definitions: dg.Definitions
    instance: dg.DagsterInstance
    stages: StageStore

    def run(
        self,
        job: str,
        *,
        partition: str | None = None,
        config: Mapping[str, dg.Config] | None = None,
    ) -> Outcome:
        """Execute the job; what assets raise becomes faults."""
        ops = {name: {"config": dict(found)} for name, found in (config or {}).items()}
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
        if all(check.passed for check in result.get_asset_check_evaluations()):
            return Outcome(told, faults=_faults(result))
        tables = self.stages.read("accepted_values", str(partition))
        return Outcome(told, blocking=blocking_issues(tables))


def _plain(metadata: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.value if isinstance(value, dg.MetadataValue) else value
        for name, value in metadata.items()
    }


def _faults(result: dg.ExecuteInProcessResult) -> tuple[str, ...]:
    """Take the message of every step that failed, without Dagster's own frame around it."""
    return tuple(
        f"{event.step_key}: {(error.cause or error).message.strip()}"
        for event in result.all_events
        if event.is_step_failure and (error := event.step_failure_data.error) is not None
    )
