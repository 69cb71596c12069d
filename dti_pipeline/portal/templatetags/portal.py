"""Tags of the portal's pages: a text in the language of the page, figures, points, days."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils import timezone

from dti_pipeline.exact import MICRO, half_up
from dti_pipeline.intake.numbers.decimals import to_micro
from dti_pipeline.portal.chain import DOSSIER_STATES, ROLES, ROUND_STATES
from schemas.text import Text

register = template.Library()


@register.simple_tag(takes_context=True)
def t(context: dict[str, Any], vi: str, en: str = "") -> str:
    """Return the text of the page's language."""
    return en if context.get("lang") == "en" and en else vi


@register.simple_tag(takes_context=True)
def say(context: dict[str, Any], text: Text | None) -> str:
    """Return a bilingual text in the page's language."""
    if text is None:
        return ""
    return text.en if context.get("lang") == "en" else text.vi


@register.simple_tag(takes_context=True)
def state_name(context: dict[str, Any], code: str) -> str:
    return say(context, DOSSIER_STATES.get(code) or ROUND_STATES.get(code) or Text(code, code))


@register.simple_tag(takes_context=True)
def role_name(context: dict[str, Any], code: str) -> str:
    return say(context, ROLES.get(code, Text(code, code)))


def number_text(micro: int, lang: str, places: int | None = None) -> str:
    """Write a figure in millionths as people of a language do; exactly, or with some places."""
    if places is not None:
        micro = half_up(micro * 10**places, MICRO) * MICRO // 10**places
    whole, rest = divmod(abs(micro), MICRO)
    digits = f"{rest:06d}"[:places] if places is not None else f"{rest:06d}".rstrip("0")
    text = f"{whole:,}".replace(",", "." if lang == "vi" else ",")
    mark = "," if lang == "vi" else "."
    return ("−" if micro < 0 else "") + text + (mark + digits if digits else "")


@register.simple_tag(takes_context=True)
def points(context: dict[str, Any], micro: int | None) -> str:
    """Write micro-points with two decimals."""
    return "…" if micro is None else number_text(micro, context.get("lang", "vi"), 2)


@register.simple_tag(takes_context=True)
def figure(context: dict[str, Any], number: int | Decimal | None) -> str:
    """Write a figure exactly: whole millionths, or a decimal."""
    if number is None:
        return "…"
    micro = to_micro(number) if isinstance(number, Decimal) else number
    return number_text(micro, context.get("lang", "vi"))


@register.filter
def day(value: date | datetime | str | None) -> str:
    if not value or isinstance(value, str):
        return ""
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%d/%m/%Y %H:%M}"
    return f"{value:%d/%m/%Y}"


@register.filter
def get(mapping: dict[Any, Any], key: Any) -> Any:
    return mapping.get(key)
