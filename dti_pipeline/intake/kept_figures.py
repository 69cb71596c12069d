"""Figures and issues that files gave before, laid out already.

Apart from `files.kept`, which the workers load: they start without Polars.
"""

from collections.abc import Callable
from io import BytesIO
from typing import Final

import polars as pl

from dti_pipeline.intake.files.kept import KeptReadings

_FRAMES: Final = ("figures", "issues")


def recall_figures(
    kept: KeptReadings, key: str, read: Callable[[], tuple[pl.DataFrame, pl.DataFrame]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the figures and issues kept under a key, or read and keep them."""
    contents = [kept.find(f"{key}.{name}") for name in _FRAMES]
    if None not in contents:
        figures, issues = (pl.read_parquet(content) for content in contents if content)
        return figures, issues
    frames = read()
    for name, frame in zip(_FRAMES, frames, strict=True):
        buffer = BytesIO()
        frame.write_parquet(buffer, compression="lz4")
        kept.keep(f"{key}.{name}", buffer.getvalue())
    return frames
