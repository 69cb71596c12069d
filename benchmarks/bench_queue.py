"""The queue of several machines: how its time grows, and what is left after many kills.

    python -m benchmarks.bench_queue time [--provinces 5 34] [--workers 1 2]
    python -m benchmarks.bench_queue kill [--kills 30]

PostgreSQL, Redis, an S3 bucket (moto) and the workers run on this machine, as `deploy/` has them,
each worker with folders of its own. Deliveries are made up: 3,321 communes of 34 provinces, one
assessment each, 43 components, one workbook per commune. `--communes` makes them fewer.

`time` prints the seconds from the first look at the deliveries to the release. `kill` ends a
worker, the daemon, PostgreSQL or Redis, with all its processes, every few seconds, starts it again,
and reads the current release all the while. It fails unless every assessment has one revision,
every run has ended, every release is whole and none has the content of another, and figures are
those of one machine.
A dead run is looked for every 3 seconds here, and one that does not start is given up after 20.
"""

import argparse
import json
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from hashlib import sha256
from io import StringIO
from pathlib import Path

import polars as pl
from dagster import DagsterRunStatus

from dti_pipeline.cli.run import run_assessments
from tests.servers import ObjectStore
from tests.service.cluster import Cluster, cluster
from tools.sample.country import write_country

DATA = "country"
SECONDS_BETWEEN_KILLS = (2.0, 7.0)
WAIT_SECONDS = 3600


@contextmanager
def service(
    deliveries: Path, provinces: Sequence[str], workers: Sequence[str], *, data: str = DATA
) -> Iterator[tuple[Cluster, ObjectStore]]:
    """Start a service over a new bucket with the deliveries of some provinces."""
    with ObjectStore() as bucket:
        for path in filter(Path.is_file, deliveries.rglob("*")):
            name = path.relative_to(deliveries)
            if {*name.parts, path.stem} & set(provinces):
                bucket.objects.put(f"{data}/{name}", path.read_bytes())
        variables = bucket.environment | {
            "DTI_DATA": f"s3://bucket/{data}",
            "DTI_WORKERS": str(len(workers)),
            "DTI_SENSOR_SECONDS": "10",
        }
        with cluster(variables, start_seconds=20) as machines:
            for machine in ("daemon", *workers):
                machines.start(machine)
            yield machines, bucket


def computed(machines: Cluster) -> set[str]:
    """Return the assessments with a run that succeeded."""
    return {
        run.tags["dagster/partition"]
        for run in machines.runs("assess")
        if run.status == DagsterRunStatus.SUCCESS
    }


def times(
    deliveries: Path, provinces: Sequence[str], counts: Sequence[int], of: Sequence[int]
) -> None:
    for n_workers in counts:
        for n_provinces in of:
            chosen, workers = provinces[:n_provinces], [f"w{n}" for n in range(n_workers)]
            data = f"{DATA}-{n_workers}-{n_provinces}"  # moto's buckets outlast its servers
            with service(deliveries, chosen, workers, data=data) as (machines, _):
                start = time.perf_counter()
                machines.dagster("sensor", "start", "new_deliveries")
                machines.wait(lambda c=chosen: computed(machines) >= set(c), seconds=WAIT_SECONDS)
                at = time.perf_counter()
                machines.dagster("job", "launch", "-j", "publish")
                machines.wait(
                    lambda: any(
                        run.status == DagsterRunStatus.SUCCESS for run in machines.runs("publish")
                    ),
                    seconds=WAIT_SECONDS,
                )
                end = time.perf_counter()
            print(
                f"{n_workers} workers, {n_provinces:2} assessments: computed {at - start:6.1f} s, "
                f"published {end - at:5.1f} s",
                flush=True,
            )


class Reader(threading.Thread):
    """Reads the current release again and again, as a reader of the bucket does."""

    def __init__(self, bucket: ObjectStore) -> None:
        super().__init__(daemon=True)
        self.bucket = bucket
        self.releases: dict[str, dict[str, str]] = {}
        self.reads = 0
        self.faults: list[str] = []
        self.has_to_end = threading.Event()

    def run(self) -> None:
        while not self.has_to_end.wait(0.5):
            try:
                latest = json.loads(self.bucket.get(f"{DATA}/published/latest.json"))
            except FileNotFoundError:
                continue
            self.read(latest)

    def read(self, latest: dict[str, str]) -> None:
        self.reads += 1
        folder = f"{DATA}/published/{latest['path']}"
        manifest = self.bucket.get(f"{folder}/manifest.json")
        if sha256(manifest).hexdigest() != latest["manifest_sha256"]:
            self.faults.append(f"{latest['release_id']}: another manifest")
        content = json.loads(manifest)
        if latest["release_id"] not in self.releases:
            for name, entry in content["files"].items():
                if sha256(self.bucket.get(f"{folder}/{name}")).hexdigest() != entry["sha256"]:
                    self.faults.append(f"{latest['release_id']}: {name} is not whole")
        self.releases[latest["release_id"]] = content["revisions"]


def is_done(machines: Cluster, reader: Reader, provinces: set[str]) -> bool:
    """Say whether the current release holds every assessment, and nothing runs any more."""
    if not reader.releases or set(reader.releases[max(reader.releases)]) != provinces:
        return False
    return all(run.is_finished for job in ("assess", "publish") for run in machines.runs(job))


def kills(deliveries: Path, provinces: Sequence[str], number: int) -> None:
    chance = random.Random(number)
    with service(deliveries, provinces, ["one", "two"]) as (machines, bucket):
        start = time.perf_counter()
        reader = Reader(bucket)
        reader.start()
        for sensor in ("new_deliveries", "publish_after_assess"):
            machines.dagster("sensor", "start", sensor)
        done: Counter[str] = Counter()
        while done.total() < number:
            time.sleep(chance.uniform(*SECONDS_BETWEEN_KILLS))
            victim = chance.choice(["one", "two", "daemon", "postgresql", "redis"])
            if victim == "postgresql":
                machines.postgresql.stop("immediate")
                machines.postgresql.start()
            elif victim == "redis":
                machines.redis.kill()
                machines.redis.start()
            else:
                machines.kill(victim)
                machines.start(victim)
            done[victim] += 1
        print(f"kills: {dict(done)} in {time.perf_counter() - start:.0f} s", flush=True)
        machines.wait(lambda: is_done(machines, reader, set(provinces)), seconds=WAIT_SECONDS)
        seconds = time.perf_counter() - start
        reader.has_to_end.set()
        reader.join()
        runs = [run for job in ("assess", "publish") for run in machines.runs(job)]
        last = max(reader.releases)
        ranking = read(bucket.get(f"{DATA}/published/releases/{last}/fact_ranking.parquet"))
        keys = [
            entry["path"].removeprefix(f"{DATA}/store/")
            for page in bucket.objects.list(f"{DATA}/store/")
            for entry in page
        ]
        journal = bucket.get(f"{DATA}/published/journal.jsonl").decode().splitlines()
    print(f"all computed and published in {seconds:.0f} s")
    print(f"runs: {dict(Counter(run.status.value for run in runs))}, all ended")
    lines = Counter(json.loads(line)["release_id"] for line in journal)
    print(f"releases: {len(lines)}, journal lines: {lines.total()}, reads: {reader.reads}")
    assert not reader.faults, reader.faults
    assert set(lines.values()) == {1}, lines
    contents = [json.dumps(one, sort_keys=True) for _, one in sorted(reader.releases.items())]
    assert len(contents) == len(set(contents)), "a release was published twice"
    revisions = {key.split("/")[0] for key in keys if key.endswith("revision.json")}
    assert len(revisions) == len(provinces), revisions
    alone = one_machine(deliveries, provinces)
    assert ranking.equals(alone), "figures differ from those of one machine"
    print("every release whole, none twice, one revision per assessment, figures of one machine")


def read(content: bytes) -> pl.DataFrame:
    return (
        pl.read_parquet(content).drop("release_id").sort("assessment_id", "unit_id", "scope_code")
    )


def one_machine(deliveries: Path, provinces: Sequence[str]) -> pl.DataFrame:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        shutil.copytree(deliveries, data)
        with redirect_stdout(StringIO()):
            assert run_assessments(provinces, data=data, reason="") == 0
        (table,) = (data / "published" / "releases").glob("*/fact_ranking.parquet")
        return read(table.read_bytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["time", "kill"])
    parser.add_argument("--communes", type=int, default=3321)
    parser.add_argument("--provinces", type=int, nargs="+", default=[5, 34])
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 1])
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--deliveries", type=Path, help="a folder that keeps what is made up")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))
    with tempfile.TemporaryDirectory() as folder:
        deliveries = options.deliveries or Path(folder) / "deliveries"
        if not deliveries.is_dir():
            write_country(deliveries, provinces=max(options.provinces), n_communes=options.communes)
        provinces = sorted(path.name for path in (deliveries / "raw").iterdir())
        if options.what == "time":
            times(deliveries, provinces, options.workers, options.provinces)
        else:
            kills(deliveries, provinces[: max(options.provinces)], options.kills)


if __name__ == "__main__":
    main()
