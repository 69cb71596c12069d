"""The shape of a made-up assessment and its random figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

MICRO: Final = 1_000_000
HOSTILE_NAMES: Final = (
    '<script>window.hacked="name"</script>',
    '"><img src=x onerror=window.hacked=1>',
    "</script><script>window.hacked=2</script>",
    '=HYPERLINK("http://outside.invalid","Ninh Bình")',
    "{{ 7 * 7 }} #panic[x] & 'Đắk Lắk'",
)
HOSTILE_EVIDENCE: Final = '<svg onload=window.hacked=3> </details></script> "Báo cáo" số 1/BC'
OTHER_FORMULA: Final = "+cmd|' /C calc'!A0"


@dataclass(frozen=True)
class Shape:
    """One made-up assessment.

    Assessments of one unit set share their units. The last main counts in no total. Several groups
    are ranked within themselves. Two revisions fill ``fact_change``.
    """

    assessment_id: str
    units: int
    year: int = 2025
    mains: int = 4
    components: int = 5
    groups: Sequence[str] = ("commune",)
    level: str = "commune"
    unit_set: str = "made-up"
    compared_with: str | None = None
    comparability: str = "none"
    seed: int = 1
    hostile: bool = False
    revisions: int = 1

    @property
    def revision_id(self) -> str:
        return f"{self.assessment_id}-r{self.revisions:04d}-00000000"


class Figures:
    """The random figures of one assessment, in whole millionths of a point."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        rng = np.random.default_rng(shape.seed)
        n, m, c = shape.units, shape.mains, shape.components
        self.maxima = rng.integers(2, 21, (m, c)) * MICRO
        shares = np.clip(rng.normal(0.68, 0.25, (n, m, c)), 0, 1)
        shares[rng.random((n, m, c)) < 0.08] = 1
        self.points = (self.maxima[None] * shares).astype(np.int64)
        # One unit in seven does not have the first component: its main is scaled up.
        self.absent = np.zeros((n, m, c), dtype=bool)
        self.absent[::7, 0, 0] = c > 1
        self.points[self.absent] = 0
        self.assessed = self.points.sum(axis=2)
        self.assessed_max = (self.maxima[None] * ~self.absent).sum(axis=2)
        self.main_max = self.maxima.sum(axis=1)
        self.main = self.assessed * self.main_max[None] // self.assessed_max
        self.counted = [place for place in range(m) if place < m - 1]
        self.total = self.main[:, self.counted].sum(axis=1)
        self.total_max = int(self.main_max[self.counted].sum())
        names = [f"Xã Thử Nghiệm {place + 1}" for place in range(n)]
        if n > 10:
            names[5], names[6] = "Ninh Bình", "Đắk Lắk"
        if shape.hostile:
            names[: len(HOSTILE_NAMES)] = HOSTILE_NAMES
        self.names = names
        self.ids = [f"{shape.unit_set.upper()}-{place:05d}" for place in range(n)]
        self.group = [shape.groups[place % len(shape.groups)] for place in range(n)]
        self.region = [f"V{place % 5}" for place in range(n)]
        self.codes = [[f"{main + 1:02d}{part + 1:02d}" for part in range(c)] for main in range(m)]


def value(points: np.ndarray, maximum: Any) -> np.ndarray:
    """Return points over maximum with four decimals, rounded half up, as whole ten-thousandths."""
    return (points * 20_000 + maximum) // (2 * maximum)
