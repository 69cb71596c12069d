"""Where things lie: the data folder and its rooms.

``DTI_DATA`` or ``--data`` moves the folder as a whole; nothing else in the project knows a path.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Workspace:
    """A data folder.

    Attributes:
        data: the folder that holds raw, config, store and published.
        digests: SHA-256 of files that nobody changes, where they are known; others are hashed.
    """

    data: Path
    digests: Mapping[Path, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def raw(self) -> Path:
        """Return the folder of deliveries, one folder per assessment."""
        return self.data / "raw"

    @property
    def store(self) -> Path:
        """Return the folder of revisions and of the inputs they were computed from."""
        return self.data / "store"

    def readings(self, assessment_id: str) -> Path:
        """Return the folder of what an assessment's files said when they were read before."""
        return self.store / "derived" / "readings" / assessment_id

    @property
    def published(self) -> Path:
        """Return the folder of releases and of ``latest.json``."""
        return self.data / "published"

    @property
    def site(self) -> Path:
        """Return the folder of the static sites, one folder per release."""
        return self.data / "site"

    @property
    def reports(self) -> Path:
        """Return the folder of workbooks and one-pagers, one folder per release."""
        return self.data / "reports"

    def config(
        self, kind: Literal["frameworks", "assessments", "units", "targets"]
    ) -> tuple[Path, ...]:
        """Return the user's folders that are searched before the package's own files."""
        folder = self.data / "config" / kind
        if not folder.is_dir():
            return ()
        os.scandir(folder).close()  # or one that may not be read would seem to hold nothing
        return (folder,)

    def assessments_with_deliveries(self) -> tuple[str, ...]:
        """Return the assessments that have a folder of deliveries, sorted."""
        if not self.raw.is_dir():
            return ()
        return tuple(
            sorted(
                folder.name
                for folder in self.raw.iterdir()
                if folder.is_dir() and not folder.name.startswith((".", "_"))
            )
        )
