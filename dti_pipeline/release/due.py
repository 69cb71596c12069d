"""Which assessments should have been computed by now, by the yearly tick of their series."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from dti_pipeline.index.assessments.load import yearly_ticks
from dti_pipeline.store.revisions import Store
from dti_pipeline.workspace import Workspace
from schemas.messages import message
from schemas.text import Text, day_text

GRACE: Final = timedelta(days=1)
"""From the tick to the first alert: the run that the tick starts has to come first."""


@dataclass(frozen=True)
class Due:
    """An assessment that is late.

    Attributes:
        since: the day of its tick.
        newest: the newest assessment of its series.
        has_file: whether there is an assessment file; without one there is nothing to compute.
    """

    assessment_id: str
    since: date
    newest: str
    has_file: bool

    @property
    def text(self) -> Text:
        return message(
            "health.not_computed" if self.has_file else "health.no_file",
            assessment=self.assessment_id,
            since=day_text(self.since),
            newest=self.newest,
        )


def overdue(workspace: Workspace, today: date) -> Iterator[Due]:
    """Yield what is late, of the series that this data folder computes."""
    revisions = Store(workspace.store).revisions()
    computed = {r.assessment_id for r in revisions if not r.is_provisional}
    in_use = computed.union(workspace.assessments_with_deliveries())
    for series, tick in yearly_ticks(search=workspace.config("assessments")).items():
        since = date(today.year, tick.month, tick.day)
        if since + GRACE > today:
            since = since.replace(year=today.year - 1)
        name, newest = f"{series}-{since.year - 1}", tick.assessment_ids[-1]
        has_file = name in tick.assessment_ids
        # A series whose newest assessment is of a later year left this one out on purpose.
        is_late = name not in computed if has_file else name > newest
        if is_late and not in_use.isdisjoint(tick.assessment_ids):
            yield Due(name, since, newest, has_file=has_file)
