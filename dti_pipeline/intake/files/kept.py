"""What files said when they were read before, by the content of the files.

A working copy that may be deleted at any time: what is missing or damaged is read again.
"""

import json
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from dti_pipeline.version import reader_version


@dataclass(frozen=True)
class KeptReadings:
    """A folder of readings, each a file under its key; its first line is the hash of the rest."""

    folder: Path

    def find(self, key: str) -> bytes | None:
        """Return a reading; None where there is none, or another content than was kept."""
        try:
            digest, _, content = (self.folder / key).read_bytes().partition(b"\n")
        except OSError:
            return None
        return content if digest == _digest(content) else None

    def keep(self, key: str, content: bytes) -> None:
        with suppress(OSError):  # a full disk costs the next run some time, never this one
            self.folder.mkdir(parents=True, exist_ok=True)
            (self.folder / key).write_bytes(_digest(content) + b"\n" + content)

    def drop_others(self, keys: Collection[str]) -> None:
        """Remove all readings but these."""
        with suppress(OSError):
            for file in self.folder.iterdir():
                if file.stem not in keys:
                    file.unlink()

    @property
    def laid_out(self) -> "KeptReadings":
        """Return the folder beside this one for figures that are laid out already."""
        return KeptReadings(self.folder.with_name(f"{self.folder.name}_figures"))


def key_of(*parts: str) -> str:
    """Return the key of a reading: the hash of all that it depends on, and of the reader."""
    return sha256(json.dumps([reader_version(), *parts]).encode()).hexdigest()


def _digest(content: bytes) -> bytes:
    return sha256(content).hexdigest().encode()
