"""Two workers without a common folder compute what one machine computes, whatever is killed."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import DagsterRunStatus

from dti_pipeline.cli.run import run_assessments
from dti_pipeline.release.releases import Published
from tests.servers import ObjectStore
from tests.service.cluster import Cluster, cluster
from tools.sample.country import write_country

pytest.importorskip("dagster_celery")
pytest.importorskip("dagster_postgres")
pytest.importorskip("obstore")


DATA = "office"


def upload(data: Path, bucket: ObjectStore) -> None:
    for path in filter(Path.is_file, data.rglob("*")):
        bucket.objects.put(f"{DATA}/{path.relative_to(data)}", path.read_bytes())


def released(bucket: ObjectStore) -> dict[str, bytes]:
    """Return every table of every release in the bucket, by its path."""
    folder = f"{DATA}/published/releases/"
    pages = bucket.objects.list(folder)
    keys = [entry["path"] for page in pages for entry in page if entry["path"].endswith("parquet")]
    return {key.removeprefix(folder): bucket.get(key) for key in keys}


def released_alone(data: Path) -> dict[str, bytes]:
    folder = data / "published" / "releases"
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.parquet")}


def started(service: Cluster) -> set[str]:
    return {run.run_id for run in service.runs("assess") if run.status == DagsterRunStatus.STARTED}


def computed(service: Cluster) -> list[str]:
    return [
        run.tags["dagster/partition"]
        for run in service.runs("assess")
        if run.status == DagsterRunStatus.SUCCESS
    ]


@pytest.fixture
def object_store() -> Iterator[ObjectStore]:
    with ObjectStore() as started_store:
        yield started_store


@pytest.mark.early
@pytest.mark.timeout(600)  # on a busy machine; on a quiet one it takes a minute
def test_a_service_whose_parts_are_killed_publishes_what_one_machine_publishes(
    tmp_path: Path, object_store: ObjectStore
) -> None:
    data, alone = tmp_path / "data", tmp_path / "alone"
    names = write_country(data, provinces=3, n_communes=60)
    upload(data, object_store)
    shutil.copytree(data, alone)
    assert run_assessments(names, data=alone, reason="") == 0

    with cluster({**object_store.environment, "DTI_DATA": f"s3://bucket/{DATA}"}) as service:
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
    assert released(object_store) == released_alone(alone)
    assert json.loads(object_store.get(f"{DATA}/published/latest.json"))["release_id"] == (
        Published(alone / "published").release(None).release_id
    )
