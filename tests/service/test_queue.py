"""Two workers without a common folder compute what one machine computes, whatever is killed."""

import shutil
from pathlib import Path

import pytest
from dagster import DagsterRunStatus

from dti_pipeline.cli.run import run_assessments
from dti_pipeline.release.releases import Published
from dti_pipeline.workspace import Workspace
from tests.service.cluster import Cluster, cluster
from tools.sample.country import write_country

pytest.importorskip("dagster_celery")
pytest.importorskip("dagster_postgres")


def release_files(data: Path) -> dict[str, bytes]:
    """Return every table of every release by its path, and which one is current."""
    published = Workspace(data=data).published
    tables = {
        str(path.relative_to(published)): path.read_bytes()
        for path in (published / "releases").rglob("*.parquet")
    }
    return {**tables, "current": Published(published).release(None).release_id.encode()}


def started(service: Cluster) -> set[str]:
    return {run.run_id for run in service.runs("assess") if run.status == DagsterRunStatus.STARTED}


def computed(service: Cluster) -> list[str]:
    return [
        run.tags["dagster/partition"]
        for run in service.runs("assess")
        if run.status == DagsterRunStatus.SUCCESS
    ]


@pytest.mark.slow
def test_a_service_whose_parts_are_killed_publishes_what_one_machine_publishes(
    tmp_path: Path,
) -> None:
    data, alone = tmp_path / "data", tmp_path / "alone"
    names = write_country(data, provinces=3, n_communes=60)
    shutil.copytree(data, alone)
    assert run_assessments(names, data=alone, reason="", lang="en") == 0

    with cluster({"DTI_DATA": str(data)}) as service:
        for machine in ("daemon", "one", "two"):
            service.start(machine)
        service.dagster("sensor", "start", "new_deliveries")
        service.wait(lambda: len(started(service)) == 2, seconds=120)
        dead = started(service)
        service.kill("one")
        service.start("one")
        service.kill("daemon")
        service.start("daemon")
        service.wait(lambda: bool(started(service) - dead), seconds=120)
        service.postgresql.stop("immediate")
        service.postgresql.start()
        service.wait(lambda: sorted(set(computed(service))) == names, seconds=180)
        service.dagster("job", "launch", "-j", "publish")
        service.wait(
            lambda: any(r.status == DagsterRunStatus.SUCCESS for r in service.runs("publish")),
            seconds=120,
        )
        assert all(run.is_finished for run in service.runs("assess"))
    assert release_files(data) == release_files(alone)
