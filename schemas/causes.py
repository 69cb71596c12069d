"""Why components lost points, as a council or a unit says it: within the unit's power, or not."""

from typing import Final, Literal, NamedTuple

from schemas.text import Text
from schemas.words import words_of

CAUSE: Final = "cause"
"""The name of variable under which a cause stands among observations."""


class Cause(NamedTuple):
    kind: Literal["subjective", "objective"]
    name: Text


_SUBJECTIVE: Final = ("leadership", "evidence_not_sent")
CAUSES: Final = {
    code: Cause("subjective" if code in _SUBJECTIVE else "objective", name)
    for code, name in words_of("loss_causes").items()
}
CAUSE_KINDS: Final = ("subjective", "objective")
