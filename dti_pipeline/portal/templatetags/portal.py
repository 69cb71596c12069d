"""Tags of the portal's pages: a text in the language of the page, figures, points, days."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django import template
from django.utils import timezone

from dti_pipeline.analysis.improvement.progress import STATUSES
from dti_pipeline.exact import MICRO, figure_words
from dti_pipeline.intake.numbers.decimals import to_micro
from dti_pipeline.portal.chain import DOSSIER_STATES, ROUND_STATES, action_text
from dti_pipeline.portal.figures import questions, subject_text, title_of
from dti_pipeline.portal.models import Answer, CentralFigure, Decision, Round
from dti_pipeline.portal.rounds import DATES
from dti_pipeline.reports.figures import english, fixed
from dti_pipeline.reports.words import name_of
from schemas.issues.issue import place_words
from schemas.text import Text
from schemas.words import words_of

register = template.Library()
register.simple_tag(words_of, name="words")
_FIELDS: Final = words_of("portal_fields")
_DAYS: Final = (*DATES, "until", "asked_on")
# Codes that the audit log keeps; of two alike in some lists the last holds.
_LISTS: Final = "windows supplies roles origins opinions decisions round_states dossier_states"
_CODES: Final = {**STATUSES, **words_of("loss_causes")} | {
    code: text for name in _LISTS.split() for code, text in words_of(f"portal_{name}").items()
}

# Fields of forms that hold such a code.
_CHOSEN: Final = ("status", "answer", "role")


@register.simple_tag(takes_context=True)
def t(context: dict[str, Any], vi: str, en: str = "") -> str:
    return en if context.get("lang") == "en" and en else vi


@register.simple_tag(takes_context=True)
def say(context: dict[str, Any], text: Text | None) -> str:
    if text is None:
        return ""
    return text.en if context.get("lang") == "en" else text.vi


@register.simple_tag(takes_context=True)
def state_name(context: dict[str, Any], code: str) -> str:
    return say(context, DOSSIER_STATES.get(code) or ROUND_STATES.get(code) or Text(code, code))


@register.simple_tag(takes_context=True)
def round_title(context: dict[str, Any], round_: Round) -> str:
    return say(context, title_of(round_))


@register.simple_tag(takes_context=True)
def action_name(context: dict[str, Any], code: str) -> str:
    return say(context, action_text(code))


@register.simple_tag(takes_context=True)
def points(context: dict[str, Any], micro: int | None) -> str:
    if micro is None:
        return "…"
    text = fixed(micro / MICRO, 2)
    return say(context, Text(text, english(text)))


@register.simple_tag(takes_context=True)
def figure(context: dict[str, Any], number: int | Decimal | None) -> str:
    """Write a figure exactly: whole millionths, or a decimal."""
    if number is None:
        return "…"
    micro = to_micro(number) if isinstance(number, Decimal) else number
    return say(context, figure_words(micro))


@register.simple_tag(takes_context=True)
def measure(context: dict[str, Any], unit: str) -> str:
    return say(context, name_of("units_of_measure", unit))


@register.simple_tag(takes_context=True)
def figure_name(context: dict[str, Any], one: Answer | Decision) -> str:
    question = questions(one.dossier).get((one.component_code, one.variable))
    return say(context, question.variable.name if question else None)


@register.simple_tag(takes_context=True)
def place(context: dict[str, Any], one: CentralFigure) -> str:
    return say(context, place_words(one.source_file, one.source_sheet, one.source_cell))


@register.filter
def day(value: date | datetime | str | None) -> str:
    if not value:
        return ""
    if isinstance(value, str):  # as the audit log keeps it
        value = (datetime if "T" in value else date).fromisoformat(value)
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%d/%m/%Y %H:%M}"
    return f"{value:%d/%m/%Y}"


@register.simple_tag(takes_context=True)
def plain(context: dict[str, Any], text: str, action: str = "") -> str:
    """Show in words what a line of the audit log keeps: a code of its action, or fields as JSON."""
    if action in ("round_proposed", "round_dropped"):
        return action_name(context, text)
    try:
        fields = json.loads(text) if text.startswith("{") else {"": text}
    except ValueError:  # typed by a person
        fields = {"": text}
    shown = [
        f"{say(context, _FIELDS.get(key))} {_kept(context, key, value)}".strip()
        for key, value in fields.items()
        if value not in ("", False, None) and not isinstance(value, list)
    ]
    return "; ".join(shown)


def _kept(context: dict[str, Any], key: str, value: Any) -> str:
    if key.startswith("points_"):
        return points(context, value)
    text = day(value) if key in _DAYS else "✓" if value is True else str(value)
    return say(context, _CODES.get(text, Text(text, text)))


@register.simple_tag(takes_context=True)
def subject(context: dict[str, Any], text: str, names: dict[str, Text]) -> str:
    return say(context, subject_text(text, names))


@register.simple_tag(takes_context=True)
def entered(context: dict[str, Any], name: str, text: str) -> str:
    """Show what was entered into a field of a form, as `plain` shows what the log keeps."""
    shown = _kept(context, "", text) if name in _CHOSEN else text
    return f"{say(context, _FIELDS.get(name))} {shown}".strip()


@register.filter
def get(mapping: dict[Any, Any], key: Any) -> Any:
    return mapping.get(key)
