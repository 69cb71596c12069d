"""What was read or computed before, by all that it follows from.

A working copy that may be deleted at any time: what is missing or damaged is read again.
"""

import json
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from dti_pipeline.version import reader_version

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class KeptResults:
    """A folder of results, each a file under its key; its first line is the hash of the rest."""

    folder: Path

    def find(self, key: str) -> bytes | None:
        """Return a result; None where there is none, or another content than was kept."""
        try:
            digest, _, content = (self.folder / key).read_bytes().partition(b"\n")
        except OSError:
            return None
        return content if digest == _digest(content) else None

    def keep(self, key: str, content: bytes) -> None:
        with suppress(OSError):  # a full disk costs the next run some time, never this one
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / key).write_bytes(_digest(content) + b"\n" + content)

    def recall(
        self, keys: Sequence[str], compute: "Callable[[], Sequence[pl.DataFrame]]"
    ) -> "Sequence[pl.DataFrame]":
        """Return the frames kept under these keys, or compute and keep them."""
        import polars as pl  # its threads would be lost in the processes that workers fork from

        contents = [content for key in keys if (content := self.find(key)) is not None]
        if len(contents) == len(keys):
            return [pl.read_parquet(content) for content in contents]
        frames = compute()
        for key, frame in zip(keys, frames, strict=True):
            buffer = BytesIO()
            frame.write_parquet(buffer, compression="lz4")
            self.keep(key, buffer.getvalue())
        return frames

    def drop_others(self, keys: Collection[str]) -> None:
        """Remove all results but these."""
        with suppress(OSError):
            for file in self.folder.iterdir():
                if file.stem not in keys:
                    file.unlink()

    @property
    def laid_out(self) -> "KeptResults":
        """Return the folder beside this one for figures that are laid out already."""
        return KeptResults(self.folder.with_name(f"{self.folder.name}_figures"))


def key_of(*parts: str) -> str:
    """Return the key of a reading: the hash of all that it depends on, and of the reader."""
    return sha256(json.dumps([reader_version(), *parts]).encode()).hexdigest()


def _digest(content: bytes) -> bytes:
    return sha256(content).hexdigest().encode()
