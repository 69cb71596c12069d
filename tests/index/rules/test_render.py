"""The rule in words: both languages, points, and which side of a threshold is closed."""

import pytest

from schemas.text import Language
from tests.index.rules.cases import MICRO, part_of
from tests.index.rules.rules_in_use import CASES, RULES


def text(name: str, language: Language, *, maximum: int = 10 * MICRO) -> str:
    part = part_of(*RULES[name], maximum=maximum)
    return getattr(part.rule.render(part), language)


@pytest.mark.parametrize(
    ("name", "vi", "en"), [(name, *case["says"]) for name, case in CASES.items() if "says" in case]
)
def test_a_rule_reads_like_this(name: str, vi: str, en: str) -> None:
    assert text(name, "vi") == vi
    assert text(name, "en") == en


@pytest.mark.parametrize("name", RULES)
def test_vietnamese_texts_write_a_decimal_comma_and_english_ones_a_point(name: str) -> None:
    vi, en = text(name, "vi", maximum=2_500_000), text(name, "en", maximum=2_500_000)
    assert vi.endswith(".")
    assert en.endswith(".")
    assert "2.5" not in vi
    assert "2,5" not in en
