"""Say in words what an unclear cell could mean, in both languages."""

from decimal import Decimal

from dti_pipeline.intake.files.number_format import figure_text
from dti_pipeline.intake.numbers.policy import NumberKind, Reading
from schemas.text import Text
from schemas.words import words_of


def why_unclear(reading: Reading, kind: NumberKind) -> Text:
    """Explain an ambiguous reading.

    ``kind`` says how a figure on the other scale was written: ``could be 0,617 % (as it stands) or
    61,7 % (if written as a fraction)``.
    """
    reasons = words_of("unclear_cells")
    if reading.how in reasons or not reading.candidates:
        return reasons.get(reading.how, reasons["unproven"])
    choices = [_choice(candidate.value, candidate.label, kind) for candidate in reading.candidates]
    vi = "có thể là " + " hoặc ".join(choice.vi for choice in choices)
    en = "it could be " + " or ".join(choice.en for choice in choices)
    if kind is NumberKind.COUNT and reading.how.startswith("lost_zeros"):
        vi = f"đây là số đếm, phải là số nguyên; {vi}"
        en = f"this is a count and must be whole; {en}"
    if len(choices) > 1:
        return Text(vi, en)
    return Text(f"{vi}, nhưng {reasons['unproven'].vi}", f"{en}, but {reasons['unproven'].en}")


def _choice(value: Decimal, label: str, kind: NumberKind) -> Text:
    figure = figure_text(value) + (" %" if kind is NumberKind.PERCENT else "")
    notations = words_of("notations")
    vi, en = notations.get(label, notations["digits"])
    if label.endswith("_rescaled"):
        vi, en = "nếu đã ghi dạng phần trăm", "if written as a percentage"
        if kind is NumberKind.PERCENT:
            vi, en = "nếu đã ghi dạng phân số", "if written as a fraction"
    return Text(f"{figure.replace('.', ',')} ({vi})", f"{figure} ({en})")
