"""Small releases to publish by the hundred: two tables that carry one number in every row.

The number stands in the text of both tables, so that a mixture of two releases shows even where
their ids would not.
"""

import tarfile
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from dti_pipeline.release.folder import Release, ready_to_write
from dti_pipeline.release.releases import Published
from dti_pipeline.store.inputs import Input
from dti_pipeline.store.revisions import Revision, Store
from schemas.catalogue import meta_column

ROWS = 400


@lru_cache(maxsize=1)
def _columns() -> pl.DataFrame:
    return meta_column().head(ROWS)


def tables(number: int) -> dict[str, pl.DataFrame]:
    """Return the content of one release: another number is another content."""
    tiles = pl.DataFrame({"tile_row": range(ROWS)}).select(
        pl.lit("test").alias("unit_set"),
        pl.col("tile_row").cast(pl.Int32),
        pl.lit(1, dtype=pl.Int32).alias("tile_col"),
        pl.lit(f"ô số {number}").alias("label_vi"),
        pl.lit(f"tile {number}").alias("label_en"),
    )
    return {
        "dim_tile": tiles,
        "meta_column": _columns().with_columns(description_en=pl.lit(f"column {number}")),
    }


def publish(published: Published, number: int, *, is_draft: bool = False) -> Release:
    """Publish the content unless it is current already, as ``dti run`` does."""
    published.recover()
    current = published.latest()
    content = tables(number)
    with TemporaryDirectory() as waiting:
        _, digest = ready_to_write(content, folder=Path(waiting))
    if current is not None and current.manifest["content_hash"] == digest:
        return current
    return published.publish(content, revisions=[], reason=f"lần {number}", is_draft=is_draft)


def save(store: Store, number: int) -> Revision:
    """Store a revision unless it is stored already, as ``dti run`` does."""
    digest = f"{number:064d}"
    for known in store.revisions("test"):
        if known.input_hash == digest:
            return known
    return store.save(
        {"dim_tile": tables(number)["dim_tile"]},
        assessment_id="test",
        input_hash=digest,
        inputs=[
            Input("central", f"raw/test/central/{name}.csv", sha256(content).hexdigest(), content)
            for name in (f"a{number}", f"b{number}")
            for content in [name.encode()]
        ],
        framework_hashes={"test": "0" * 64},
        reason=f"lần {number}",
    )


def unpacked(version: str, folder: Path) -> Path:
    """Unpack the data folder that an earlier version left."""
    with tarfile.open(Path(__file__).parent / "data" / f"{version}.tar.xz") as archive:
        archive.extractall(folder, filter="data")
    return folder / "data"


def published_in(data: Path) -> Published:
    return Published(data / "published")


def store_in(data: Path) -> Store:
    return Store(data / "store")
