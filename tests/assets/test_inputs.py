"""What is recorded is what was read: files that change between two steps change nothing."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from assets.execution import QUIET
from dti_pipeline.definitions import build
from dti_pipeline.store.revisions import Store
from dti_pipeline.workspace import Workspace
from tests.conftest import copy_deliveries

STEPS = ("observations", "accepted_values", "scores", "rankings", "official_agreement", "revision")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return copy_deliveries(tmp_path / "data", "province-2023")


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    (tmp_path / "home").mkdir()
    with dg.instance_for_test(temp_dir=str(tmp_path / "home")) as instance:
        yield instance


def make(data: Path, instance: dg.DagsterInstance, *assets: str) -> None:
    definitions = build(data)
    chosen = [definitions.get_assets_def(name) for name in ("inputs", *STEPS)]
    result = dg.materialize(
        chosen,
        selection=list(assets),
        partition_key="province-2023",
        instance=instance,
        resources=definitions.resources,
        run_config=QUIET,
    )
    assert result.success


def change(table: Path, kind: str) -> None:
    if kind == "replaced":
        table.write_text(table.read_text("utf-8-sig").replace("0.", "0.1", 40), encoding="utf-8")
    elif kind == "deleted":
        table.unlink()
    else:
        (table.parent / "02_more.csv").write_bytes(table.read_bytes())


@pytest.mark.parametrize("kind", ["replaced", "deleted", "added"])
@pytest.mark.parametrize(
    "step",
    [STEPS[0], STEPS[-1], *(pytest.param(step, marks=pytest.mark.slow) for step in STEPS[1:-1])],
)
def test_a_file_that_changes_before_a_step_is_not_recorded_as_read(
    data: Path, instance: dg.DagsterInstance, step: str, kind: str
) -> None:
    (table,) = (data / "raw/province-2023/central").glob("*.csv")
    whole = table.read_bytes()
    make(data, instance, "inputs", *STEPS[: STEPS.index(step)])
    change(table, kind)
    make(data, instance, *STEPS[STEPS.index(step) :])
    store = Store(Workspace(data=data).store)
    (revision,) = store.revisions("province-2023")
    (entry,) = (entry for entry in revision.inputs if entry["role"] == "central")
    assert store.input_content(entry["sha256"]) == whole
    ranking = store.table(revision.revision_id, "fact_ranking").filter(scope="overall", rank=1)
    assert ranking.select("unit_name", "value").rows() == [("Đà Nẵng", 0.834)]
