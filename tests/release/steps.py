"""Steps on two releases and a draft, for folders and buckets, and what must hold after them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.release.content import published_in
from tests.release.writer import ACTIONS


class Step(NamedTuple):
    """One step.

    Attributes:
        action: what a writer does.
        arguments: of the action.
        after: number of a release → its status afterwards.
        event: what the journal says of a decision that was made: it is not made again.
    """

    action: str
    arguments: Mapping[str, Any]
    after: Mapping[str, str]
    event: str | None = None

    def take_once(self, data: Path) -> None:
        """Take the step as the next run does, unless a killed writer has already decided."""
        published = published_in(data)
        published.recover()
        if self.event not in {entry.event for entry in published.journal.entries()}:
            ACTIONS[self.action](data, **self.arguments)


_BEFORE: Final = {"r0001": "superseded", "r0002": "published", "r0003": "draft"}
_APPROVED: Final = {"r0001": "superseded", "r0002": "superseded", "r0003": "published"}
STEPS: Final = {
    step.action: step
    for step in (
        Step(
            "publish",
            {"number": 4},
            _BEFORE | {"r0002": "superseded", "r0004": "published"},
        ),
        Step("draft", {"number": 4}, _BEFORE | {"r0004": "draft"}),
        Step("approve", {"release_id": "r0003"}, _APPROVED, "approved"),
        Step(
            "discard",
            {"release_id": "r0003"},
            {"r0001": "superseded", "r0002": "published"},
            "discarded",
        ),
        Step(
            "withdraw",
            {"release_id": "r0002"},
            _BEFORE | {"r0001": "published", "r0002": "withdrawn"},
            "withdrawn",
        ),
        Step("save", {"number": 1}, _BEFORE),
    )
}
