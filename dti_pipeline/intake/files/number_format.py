"""What a number format shows of a cell, where that is something else than the cell holds.

Formats scale (``0,``), add words (``0" nghìn"``), leave out signs and show nothing (``;;;``).
Thousands separators, percent, decimals, padding and colours only dress a figure. The grammar is
that of ECMA-376 part 1, 18.8.31. Figures are written with a decimal point and no separators.
"""

import re
from collections.abc import Callable, Sequence
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from operator import eq, ge, gt, le, lt, ne
from typing import Final, NamedTuple

_NOT_DATE_LETTERS: Final = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.I)
_DATE_LETTERS: Final = re.compile(r"[dmyhs]", re.I)
# Formats that never show anything else than the figure; nearly all cells have one of these.
_ORDINARY: Final = re.compile(r"General|@|[#0?,]*0(?:\.[0#?]*)?(?:%|E[+-]0+)?", re.I)
_TOKEN: Final = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|[_*].|\[(?P<bracket>[^\]]*)\]'
    r"|(?P<digits>General|[0#?@])|(?P<point>\.)|(?P<comma>,)|(?P<percent>%)"
    r"|(?P<other>E[+-]|/)|(?P<end>;)|(?P<bare>.)",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION: Final = re.compile(r"(<=|>=|<>|[<>=])(-?[0-9]+(?:\.[0-9]+)?)")
_COMPARE: Final[dict[str, Callable[[Decimal, Decimal], bool]]] = {
    **{"<": lt, "<=": le, ">": gt, ">=": ge, "=": eq, "<>": ne}
}
# A figure that is zero may be shown as one of these; in words they mean the same.
_ZERO_SIGNS: Final = frozenset({"-", "–", "—", "0"})

# A spreadsheet fills a cell with this where a figure is too wide for it.
_TOO_WIDE: Final = "####"
_MOST_DIGITS: Final = 24
_NUMBER: Final = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")


class _Section(NamedTuple):
    """One section; ``pattern`` is what stands between its first and last digit, word for word.

    ``before`` and ``behind`` are the words around the digits, None where there are no digits.
    """

    before: str
    pattern: tuple[tuple[str, str], ...]
    behind: str
    condition: tuple[str, str] | None

    @property
    def is_text(self) -> bool:
        return ("digits", "@") in self.pattern

    @property
    def is_free(self) -> bool:
        """Tell whether the digits are as many as the figure needs, or a fraction or power."""
        return any(len(text) > 1 or text in "@/" for _, text in self.pattern)


def is_date_format(number_format: str) -> bool:
    first = number_format.split(";", maxsplit=1)[0]
    return _DATE_LETTERS.search(_NOT_DATE_LETTERS.sub("", first)) is not None


def is_ordinary(number_format: str) -> bool:
    """Tell whether a format shows every figure and text as it is, but for separators."""
    return _ORDINARY.fullmatch(number_format) is not None


def shown_text(number_format: str, text: str) -> str | None:
    """Return what a format shows of a text; None where that is the text."""
    section = _text_section(_sections(number_format))
    if section is None:
        return None
    content = text if section.is_text else ""
    around = f"{section.before.strip()}{section.behind.strip()}"
    is_plain = section.is_text and not around
    return None if is_plain else f"{section.before}{content}{section.behind}".strip()


def shown_number(number_format: str, text: str) -> str | None:
    """Return what a format shows of a number; None where that is the number."""
    try:
        value = Decimal(text)
        return _shown(number_format, value) if value.is_finite() else None
    except InvalidOperation:
        return _TOO_WIDE if _NUMBER.fullmatch(text) else None


def _shown(number_format: str, value: Decimal) -> str | None:
    if value.adjusted() > _MOST_DIGITS:
        return _TOO_WIDE
    sections = _sections(number_format)
    for_text = _text_section(sections)
    sections = [section for section in sections if section is not for_text] or sections
    section, is_signed = _section_of(sections, value)
    percent = sum(kind == "percent" for kind, _ in section.pattern)
    scaling = _scaling_commas(section.pattern)
    digits, is_split = _digits(section, abs(value).scaleb(2 * percent - 3 * scaling))
    before, behind = section.before.strip(), section.behind.strip()
    if not digits:
        is_zero = value == 0 and f"{before}{behind}" in _ZERO_SIGNS
        return None if is_zero else f"{before} {behind}".strip()
    is_negative = is_signed and value < 0
    digits += "%" * percent
    if before.endswith("(") and behind.startswith(")"):
        before, behind, is_negative = before[:-1].strip(), behind[1:].strip(), True
    elif before.endswith(("-", "−", "+")):
        before, is_negative = before[:-1].strip(), is_negative or not before.endswith("+")
    if is_negative == (value < 0) and not (before or behind or scaling or is_split):
        return None
    return f"{before} {'-' if is_negative else ''}{digits} {behind}".strip()


@lru_cache(maxsize=512)
def _sections(number_format: str) -> list[_Section]:
    groups: list[list[tuple[str, str]]] = [[]]
    for match in _TOKEN.finditer(number_format):
        kind = match.lastgroup or ""
        if kind == "end":
            groups.append([])
        elif kind:
            groups[-1].append((kind, match[kind]))
    return [_section(tokens) for tokens in groups]


def _section(tokens: Sequence[tuple[str, str]]) -> _Section:
    condition = None
    parts: list[tuple[str, str]] = []
    for kind, text in tokens:
        if kind == "bracket":
            if match := _CONDITION.fullmatch(text):
                condition = match.groups()
            elif text.startswith("$"):  # a currency: [$₫-42A]
                parts.append(("word", text[1:].partition("-")[0]))
        else:
            is_word = kind in ("quoted", "escaped", "bare")
            parts.append(("word" if is_word else kind, text))
    places = [at for at, (kind, _) in enumerate(parts) if kind != "word"]
    first, last = (places[0], places[-1]) if places else (len(parts), len(parts))
    return _Section(
        "".join(text for _, text in parts[:first]),
        tuple(parts[first : last + 1]),
        "".join(text for _, text in parts[last + 1 :]),
        (condition[0], condition[1]) if condition else None,
    )


def _text_section(sections: Sequence[_Section]) -> _Section | None:
    """Return the section for texts: the fourth, or the last one where it holds an ``@``."""
    return sections[-1] if len(sections) == 4 or sections[-1].is_text else None


def _section_of(sections: Sequence[_Section], value: Decimal) -> tuple[_Section, bool]:
    """Return the section for a number, and whether it shows a minus of its own accord."""
    if any(section.condition for section in sections):
        for section in sections:
            sign, limit = section.condition or (">=", str(value))
            if _COMPARE[sign](value, Decimal(limit)):
                return section, True
        return sections[-1], True
    if value < 0 and len(sections) > 1:
        return sections[1], False
    return sections[2 if value == 0 and len(sections) > 2 else 0], True


def _scaling_commas(pattern: Sequence[tuple[str, str]]) -> int:
    """Count the commas behind the last digit, or behind the last before the point."""
    signs = "".join("0" if kind == "digits" else text for kind, text in pattern if kind != "word")
    return sum(map(len, re.findall(r"(?<=0),+(?![0,])", signs)))


def _digits(section: _Section, figure: Decimal) -> tuple[str, bool]:
    """Write a figure's digits, and tell whether words stand between them."""
    pattern = section.pattern
    if not any(kind == "digits" for kind, _ in pattern):
        return "", False
    if section.is_free:
        return _figure_text(figure), False
    point = next((at for at, (kind, _) in enumerate(pattern) if kind == "point"), len(pattern))
    decimals = sum(kind == "digits" for kind, _ in pattern[point:])
    figure = figure.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    if figure == 0 and ("digits", "0") not in pattern:
        return "", False
    whole = [(kind, text) for kind, text in pattern[:point] if kind in ("digits", "word")]
    if all(kind == "digits" or not text.strip() for kind, text in whole):
        return _figure_text(figure), False
    rest, _, fraction = _figure_text(figure).partition(".")
    texts: list[str] = []
    for kind, text in reversed(whole):
        texts.append(text if kind == "word" else rest[-1:] or "0")
        rest = rest[:-1] if kind == "digits" else rest
    return f"{rest}{''.join(reversed(texts))}{'.' if fraction else ''}{fraction}", True


def _figure_text(figure: Decimal) -> str:
    """Write a figure without an exponent or trailing zeros."""
    text = f"{figure:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
