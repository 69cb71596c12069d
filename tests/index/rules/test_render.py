"""The rule in words: both languages, points, and which side of a threshold is closed."""

import pytest

from dti_pipeline.index.rules import answers, component, given, ladder, measure, rule
from schemas.messages import message
from schemas.text import Language, Text
from tests.index.rules.cases import MICRO, part_of
from tests.index.rules.rules_in_use import CASES, RULES
from tests.schemas.test_messages import CATALOGUE, fields_of


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


def test_every_sentence_of_a_rule_is_made_with_all_its_fields_and_no_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The key is put together of the rule's kind, so that no reading of the code can see it."""
    made: dict[str, set[str]] = {}

    def recording(key: str, **fields: object) -> Text:
        made.setdefault(key, set()).update(fields)
        return message(key, **fields)

    for module in (answers, component, given, ladder, measure, rule):
        monkeypatch.setattr(module, "message", recording)
    for name in RULES:
        text(name, "vi")
    sentences = {key: texts for key, texts in CATALOGUE.items() if key.startswith("rules.")}
    # Two are said of a component, not of a rule; two fields are given to sentences that may do
    # without.
    assert sentences.keys() - {"rules.sum", "rules.not_scored"} == made.keys()
    for key, fields in made.items():
        assert fields - {"top", "other"} <= fields_of("".join(sentences[key])) <= fields, key
