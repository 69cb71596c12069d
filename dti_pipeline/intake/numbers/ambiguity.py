"""Say in words what an unclear cell could mean, in both languages."""

from decimal import Decimal
from typing import Final

from dti_pipeline.intake.numbers.policy import NumberKind, Reading

# Label of a candidate's reading → what it supposes about the text.
_SUPPOSED: Final = {
    "digits": ("như đã ghi", "as it stands"),
    "number_cell": ("như đã ghi", "as it stands"),
    "decimal_comma": ("dấu phẩy thập phân", "decimal comma"),
    "decimal_point": ("dấu chấm thập phân", "decimal point"),
    "thousands_dot": ("dấu chấm ngăn hàng nghìn", "dot between thousands"),
    "thousands_comma": ("dấu phẩy ngăn hàng nghìn", "comma between thousands"),
    "thousands_space": ("dấu cách ngăn hàng nghìn", "space between thousands"),
    "plain_space": ("dấu cách ngăn hàng nghìn", "space between thousands"),
    "lost_zeros_dot": (
        "dấu chấm ngăn hàng nghìn, mất số 0 ở cuối",
        "dot between thousands, zeros lost at the end",
    ),
    "lost_zeros_comma": (
        "dấu phẩy ngăn hàng nghìn, mất số 0 ở cuối",
        "comma between thousands, zeros lost at the end",
    ),
}
_RESCALED: Final = "_rescaled"
# Why a cell is unclear although it does not leave a choice between figures.
_WITHOUT_CHOICE: Final = {
    "against_column": (
        "cách viết này trái với các ô khác trong cột",
        "it is written against the other cells of the column",
    ),
    "percent_on_count": ("đây là số đếm nhưng có dấu %", "a count with a percent sign"),
    "percent_on_amount": ("đây là số lượng nhưng có dấu %", "an amount with a percent sign"),
    "percent_on_score": ("đây là điểm nhưng có dấu %", "points with a percent sign"),
}
_UNPROVEN: Final = ("không có gì chứng minh cách đọc này", "nothing proves this reading")


def why_unclear(reading: Reading, kind: NumberKind) -> tuple[str, str]:
    """Explain an ambiguous reading in Vietnamese and English.

    ``kind`` says how a figure on the other scale was written: ``could be 0,617 % (as it stands) or
    61,7 % (if written as a fraction)``.
    """
    known = _WITHOUT_CHOICE.get(reading.how)
    if known or not reading.candidates:
        return known or _UNPROVEN
    choices = [_choice(one.value, one.label, kind) for one in reading.candidates]
    vi = "có thể là " + " hoặc ".join(text for text, _ in choices)
    en = "it could be " + " or ".join(text for _, text in choices)
    if kind is NumberKind.COUNT and reading.how.startswith("lost_zeros"):
        vi = f"đây là số đếm, phải là số nguyên; {vi}"
        en = f"this is a count and must be whole; {en}"
    if len(choices) > 1:
        return vi, en
    return f"{vi}, nhưng {_UNPROVEN[0]}", f"{en}, but {_UNPROVEN[1]}"


def shown(value: Decimal) -> str:
    """Write a figure for a message, without an exponent or trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _choice(value: Decimal, label: str, kind: NumberKind) -> tuple[str, str]:
    """Name one figure the cell can stand for, with what it supposes."""
    figure = shown(value)
    sign = " %" if kind is NumberKind.PERCENT else ""
    if not label.endswith(_RESCALED):
        vi, en = _SUPPOSED.get(label, ("như đã ghi", "as it stands"))
    elif kind is NumberKind.PERCENT:
        vi, en = "nếu đã ghi dạng phân số", "if written as a fraction"
    else:
        vi, en = "nếu đã ghi dạng phần trăm", "if written as a percentage"
    return f"{figure.replace('.', ',')}{sign} ({vi})", f"{figure}{sign} ({en})"
