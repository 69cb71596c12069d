"""Why components lost points, as a council or a unit says it: within the unit's power, or not."""

from typing import Final, Literal, NamedTuple

from schemas.text import Text

CAUSE: Final = "cause"
"""The name of variable under which a cause stands among observations."""


class Cause(NamedTuple):
    kind: Literal["subjective", "objective"]
    name: Text


CAUSES: Final = {
    "leadership": Cause("subjective", Text("chỉ đạo, điều hành", "leadership")),
    "evidence_not_sent": Cause(
        "subjective", Text("chưa gửi tài liệu kiểm chứng", "evidence not sent")
    ),
    "hard_to_determine": Cause("objective", Text("khó xác định số liệu", "hard to determine")),
    "not_collectable": Cause(
        "objective", Text("không thu thập được số liệu", "cannot be collected")
    ),
    "budget": Cause("objective", Text("thiếu kinh phí", "budget")),
    "outside_province": Cause("objective", Text("ngoài phạm vi của tỉnh", "outside the province")),
}
CAUSE_KINDS: Final = ("subjective", "objective")
