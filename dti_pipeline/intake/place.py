"""Where a cell stands and whose it is."""

from typing import Any, NamedTuple

from schemas.issues.issue import Issue, make


class Place(NamedTuple):
    """Where a cell stands and whose it is, as issues name it."""

    source_file: str
    source_sheet: str | None = None
    source_cell: str | None = None
    unit_id: str | None = None
    component_code: str | None = None
    unit_name: str | None = None

    def issue(self, rule_id: str, **details: Any) -> Issue:
        return make(rule_id, **self._asdict(), **details)


class Issues(list[Issue]):
    def add(self, place: Place, rule_id: str, **details: Any) -> None:
        self.append(place.issue(rule_id, **details))
