"""What assets share: the data folder, and the Parquet store between stages."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import dagster as dg
import polars as pl
from pydantic import PrivateAttr

from dti_pipeline.index.definition import Definition, define
from dti_pipeline.store.recorded import lay_out
from dti_pipeline.store.revisions import Store
from dti_pipeline.store.storage import Folder, storage_of
from dti_pipeline.workspace import Workspace

Frames = dict[str, pl.DataFrame]
"""What a stage returns: frames by name, each of its own model of `schemas.stages`."""


@dataclass(frozen=True)
class Tables:
    """What a stage has left in a folder: its frames by name, each read when it is asked for."""

    folder: Path

    def __getitem__(self, name: str) -> Any:
        return pl.read_parquet(self.folder / f"{name}.parquet", glob=False)


PARTITIONS_NAME: Final = "assessment"
ASSESSMENTS: Final = dg.DynamicPartitionsDefinition(name=PARTITIONS_NAME)
"""One partition per assessment with deliveries; kept by the instance, so that none needs a restart.

The sensor `new_deliveries`, a yearly tick and `dti run` add what they ask for.
"""


class WorkspaceResource(dg.ConfigurableResource[Any]):
    """The data folder, and definitions laid out from what a run has read."""

    data_dir: str
    _restored: dict[str, tuple[TemporaryDirectory[str], Definition]] = PrivateAttr(
        default_factory=dict
    )

    @property
    def paths(self) -> Workspace:
        return Workspace(data=Path(self.data_dir))

    @property
    def storage(self) -> Folder:
        return storage_of(self.paths.data)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Bring in what other machines have written."""
        self.storage.refresh()

    @property
    def store(self) -> Store:
        return Store(self.paths.store)

    def definition(self, assessment_id: str, inputs: Tables) -> Definition:
        """Return an assessment as it stands in the kept inputs, with their deliveries.

        Whatever happens to the data folder meanwhile, every stage sees the files that are recorded.
        """
        entries = inputs["inputs"].to_dicts()
        key = json.dumps([assessment_id, entries])
        if key not in self._restored:
            folder = TemporaryDirectory(prefix="dti-")
            workspace = lay_out(entries, self.store, Path(folder.name))
            self._restored[key] = folder, define(assessment_id, workspace=workspace)
        return self._restored[key][1]

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        for folder, _ in self._restored.values():
            folder.cleanup()
        self._restored.clear()


class StageStore(dg.ConfigurableIOManager):
    """Keep what one stage hands to the next: a folder of Parquet files per asset and partition.

    Written beside and renamed, so that a run that is killed never leaves half a stage behind. The
    files are a working copy for inspection and for rerunning one stage; results live in the store
    of revisions. Without a folder they lie in that of the instance, and go with it where it is
    one that keeps nothing.
    """

    folder: str = ""
    _root: Path = PrivateAttr()

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        assert context.instance is not None
        self._root = Path(self.folder or context.instance.storage_directory())

    def _place(self, context: dg.InputContext | dg.OutputContext) -> Path:
        return self._root.joinpath(*context.asset_key.path, context.asset_partition_key)

    def handle_output(self, context: dg.OutputContext, obj: Frames) -> None:
        """Write the tables of a stage, and take them out of ``obj``.

        Dagster holds what an asset returned until the run ends: it would hold all stages at once.
        """
        place = self._place(context)
        beside = place.with_name(f".{place.name}.{context.run_id}")
        beside.mkdir(parents=True, exist_ok=True)
        for name in list(obj):
            obj.pop(name).write_parquet(beside / f"{name}.parquet", compression="lz4")
        if place.is_dir():
            shutil.rmtree(place)
        beside.rename(place)

    def load_input(self, context: dg.InputContext) -> Tables:
        return Tables(self._place(context))


def preview(frame: pl.DataFrame, *, rows: int = 10) -> dg.TableMetadataValue:
    """Show the first rows of a frame as a table in the user interface."""
    head = frame.head(rows)
    records: list[dg.TableRecord] = [
        dg.TableRecord({k: _plain(v) for k, v in row.items()}) for row in head.iter_rows(named=True)
    ]
    columns = [
        dg.TableColumn(name, "string" if dtype == pl.String else str(dtype).lower())
        for name, dtype in head.schema.items()
    ]
    return dg.MetadataValue.table(records, schema=dg.TableSchema(columns=columns))


def _plain(value: Any) -> str | int | float | bool | None:
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
