"""Which figures a piece of text can stand for, before any policy decides between them.

Vietnamese texts write ``1.234.567,5``, English ones ``1,234,567.5``. Some texts fit one style
only; ``1.234`` fits both. This module lists every reading that one of the two styles allows and
gives each a label; ``policy`` decides, with proof.

Labels: ``digits``, ``decimal_comma``, ``decimal_point``, ``thousands_dot``, ``thousands_comma``,
``thousands_space`` (no-break, thin or figure spaces), and the three of ``UNPROVEN``.
"""

import re
import unicodedata
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from dti_pipeline.intake.text_keys import INVISIBLE

Mark = Literal[",", "."]

# A figure has no more characters than this; longer cells are prose.
LONGEST_FIGURE: Final = 64

# Readings that stay doubtful alone and need an identity between cells. ``lost_zeros_*``: a
# program took the thousands dot for a decimal point and dropped the zeros, 1.290 → 1.29.
# ``plain_space``: an ordinary space may also stand between two figures.
UNPROVEN: Final = frozenset({"lost_zeros_dot", "lost_zeros_comma", "plain_space"})

# The decimal mark that each reading implies; readings not listed imply none.
IMPLIED_MARK: Final[dict[str, Mark]] = {
    "decimal_comma": ",",
    "thousands_dot": ",",
    "decimal_point": ".",
    "thousands_comma": ".",
    "lost_zeros_dot": ",",
    "lost_zeros_comma": ".",
}

_NO_BREAK: Final = "\u00a0"
# What a mark can be: the decimal one, that of thousands, that of thousands without their zeros.
_NAMES: Final = {
    ",": ("decimal_comma", "thousands_comma", "lost_zeros_comma"),
    ".": ("decimal_point", "thousands_dot", "lost_zeros_dot"),
}

# Characters that only look different: full-width forms, typographic spaces, the minus sign.
# A general compatibility folding is not used: it would turn 10² into 102.
_LOOKS: Final = {
    **{0xFF10 + digit: str(digit) for digit in range(10)},
    0xFF0C: ",",
    0xFF0E: ".",
    0xFF05: "%",
    0xFF0B: "+",
    0xFF0D: "-",
    0x2212: "-",
    **dict.fromkeys((0x2007, 0x2008, 0x2009, 0x200A, 0x202F), _NO_BREAK),
    0x3000: " ",
    **dict.fromkeys(INVISIBLE),
}

_SPLIT: Final = re.compile(
    r"(?P<sign>[+-]?)(?P<body>[0-9](?:[0-9.,\u00a0 ]*[0-9])?)(?P<suffix>.*)", re.DOTALL
)


class Candidate(NamedTuple):
    value: Decimal
    label: str


class Pieces(NamedTuple):
    """A text taken apart: sign, digits with marks, and what follows them."""

    sign: str
    body: str
    suffix: str


def tidy(text: str) -> str:
    """Replace look-alike characters, drop invisible ones and the spaces around the text."""
    return unicodedata.normalize("NFC", text.translate(_LOOKS)).strip()


def split(text: str) -> Pieces | None:
    """Take a tidied text apart; None when it does not begin like a figure."""
    if len(text) > LONGEST_FIGURE or (match := _SPLIT.fullmatch(text)) is None:
        return None
    return Pieces(match["sign"], match["body"], match["suffix"].strip())


def readings(pieces: Pieces, *, whole: bool) -> tuple[Candidate, ...]:
    """List every figure the digits and marks can stand for; none when neither style allows them.

    ``whole``: the variable has whole figures only. Readings with a fraction are left out, and the
    reading with lost zeros is added.
    """
    candidates = _readings(pieces.body)
    if pieces.sign == "-":
        # copy_negate: arithmetic would round to the context's precision
        candidates = [Candidate(c.value.copy_negate(), c.label) for c in candidates]
    if whole:
        candidates = [c for c in candidates if c.value == c.value.to_integral_value()]
    else:
        candidates = [c for c in candidates if not c.label.startswith("lost_zeros")]
    return tuple({c.value: c for c in reversed(candidates)}.values())[::-1]


def _readings(body: str) -> list[Candidate]:
    marks = {character for character in body if not character.isdigit()}
    if not marks:
        return [Candidate(Decimal(body), "digits")]
    if spaces := marks & {" ", _NO_BREAK}:
        if len(spaces) == 2:
            return []
        (space,) = spaces
        label = "plain_space" if space == " " else "thousands_space"
        return _with_thousands(body.replace(",", "."), space, ".", label)
    if len(marks) == 2:
        decimal = body[max(body.rfind(","), body.rfind("."))]
        (thousands,) = marks - {decimal}
        return _with_thousands(body, thousands, decimal, _NAMES[decimal][0])
    (mark,) = marks
    decimal, thousands, lost_zeros = _NAMES[mark]
    candidates = []
    if body.count(mark) == 1:
        candidates.append(Candidate(Decimal(body.replace(mark, ".")), decimal))
    if _grouped(body, mark):
        candidates.append(Candidate(Decimal(body.replace(mark, "")), thousands))
    elif may_have_lost_zeros(body):
        before, after = body.split(mark)
        candidates.append(Candidate(Decimal(before + after.ljust(3, "0")), lost_zeros))
    return candidates


def may_have_lost_zeros(body: str) -> bool:
    """Tell whether ``1.29`` or ``12,5`` could be a thousand with its last zeros dropped."""
    return re.fullmatch(r"[1-9][0-9]{0,2}[.,](?:[1-9]|[0-9][1-9])", body) is not None


def _with_thousands(body: str, thousands: str, decimal: str, label: str) -> list[Candidate]:
    """Read a text whose whole part must be in groups of three, with or without decimals."""
    whole, mark, fraction = body.partition(decimal)
    if not _grouped(whole, thousands) or not (fraction.isdigit() or not mark):
        return []
    return [Candidate(Decimal(f"{whole.replace(thousands, '')}.{fraction or '0'}"), label)]


def _grouped(body: str, mark: str) -> bool:
    """Tell whether a whole number is written in groups of three, as ``1.234.567``."""
    return re.fullmatch(rf"[1-9][0-9]{{0,2}}(?:{re.escape(mark)}[0-9]{{3}})+", body) is not None
