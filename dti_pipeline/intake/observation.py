"""What one delivery says about one figure of one unit."""

from typing import Any, Final, NamedTuple

from dti_pipeline.intake.files.deliveries import Delivery
from dti_pipeline.intake.numbers.entry import Entry
from dti_pipeline.intake.place import Place
from schemas.files.framework import Variable

# What to call the unit of measure of a variable that has none of its own.
_NATURAL_UNITS: Final = {
    "yes_no": "có/không",
    "choice": "lựa chọn",
    "percent": "%",
    "ratio": "tỷ lệ",
    "score": "điểm",
}


class Observation(NamedTuple):
    """One row of `schemas.stages.Observations`."""

    unit_id: str
    component_code: str
    variable: str
    value_micro: int | None
    option: str | None
    obs_status: str
    evidence_state: str
    source_kind: str
    source_file: str
    source_sheet: str | None
    source_cell: str | None
    source_sha256: str
    delivery_no: int
    raw_text: str | None
    reading: str | None
    unit_of_measure: str
    data_basis: str
    na_reason: str | None = None
    evidence_text: str | None = None


Key = tuple[str, str, str]
"""unit_id, component code, variable."""


def observation_of(
    key: Key, variable: Variable, entry: Entry, place: Place, delivery: Delivery, **rest: Any
) -> Observation:
    """Lay out what a delivery says about a variable at one place; ``rest`` are further fields."""
    return Observation(
        *key,
        value_micro=entry.value_micro,
        option=entry.option,
        obs_status=entry.status.value,
        reading=entry.reading,
        unit_of_measure=variable.unit or _NATURAL_UNITS.get(variable.kind, "số"),
        **(origin_of(place, delivery.sha256) | {"delivery_no": delivery.delivery_no} | rest),
    )


def origin_of(place: Place, sha256: str) -> dict[str, Any]:
    """Say where a figure or a decision is, in the columns of observations."""
    return {
        "source_file": place.source_file,
        "source_sheet": place.source_sheet,
        "source_cell": place.source_cell,
        "source_sha256": sha256,
    }
