"""The rule in words: both languages, points, and which side of a threshold is closed."""

import pytest

from schemas.text import Language
from tests.index.rules.cases import MICRO, part_of
from tests.index.rules.rules_in_use import RULES


def text(name: str, language: Language, *, maximum: int = 10 * MICRO) -> str:
    part = part_of(*RULES[name], maximum=maximum)
    return part.rule.render(part, language)


@pytest.mark.parametrize(
    ("name", "vi", "en"),
    [
        ("ratio", "Điểm = a / b × 10, tối đa 10 điểm.", "Points = a / b × 10, at most 10."),
        (
            "ratio of sums",
            "Điểm = (b + d) / (a + c) × 10, tối đa 10 điểm.",
            "Points = (b + d) / (a + c) × 10, at most 10.",
        ),
        (
            "ratio, less is better",
            "Điểm = (1 − a / b) × 10, ít nhất 0 điểm; càng thấp càng tốt.",
            "Points = (1 − a / b) × 10, at least 0; less is better.",
        ),
        (
            "target",
            "a / b: từ 80% trở lên: 10 điểm; dưới 80%: điểm = tỷ lệ × 10.",
            "a / b: 80% or more: 10 points; under 80%: points = the ratio × 10.",
        ),
        (
            "target, scaled below",
            "p: từ 70% trở lên: 10 điểm; dưới 70%: điểm = tỷ lệ / 70% × 10.",
            "p: 70% or more: 10 points; under 70%: points = the ratio / 70% × 10.",
        ),
        (
            "cliff",
            "a / b: từ 100% trở lên: 10 điểm; từ 90% đến dưới 100%: điểm = tỷ lệ × 10; "
            "dưới 90%: 0 điểm.",
            "a / b: 100% or more: 10 points; from 90% to under 100%: points = the ratio × 10; "
            "under 90%: 0 points.",
        ),
        (
            "all or nothing at 99.5 %",
            "p: từ 99,5% trở lên: 10 điểm; dưới 99,5%: 0 điểm.",
            "p: 99.5% or more: 10 points; under 99.5%: 0 points.",
        ),
        (
            "ladder behind a gate",
            "g: “Không” → 0 điểm; “Có” → n: ≥ 52 → 10 điểm; ≥ 20 và < 52 → 5 điểm; "
            "≥ 0 và < 20 → 2,5 điểm; còn lại → 0 điểm.",
            "g: “No” → 0 points; “Yes” → n: ≥ 52 → 10 points; ≥ 20 and < 52 → 5 points; "
            "≥ 0 and < 20 → 2.5 points; otherwise → 0 points.",
        ),
        (
            "ladder over a ratio, open steps",
            "a / b: > 75% → 10 điểm; > 50% và ≤ 75% → 6,666667 điểm; "
            "> 25% và ≤ 50% → 3,333333 điểm; còn lại → 0 điểm.",
            "a / b: > 75% → 10 points; > 50% and ≤ 75% → 6.666667 points; "
            "> 25% and ≤ 50% → 3.333333 points; otherwise → 0 points.",
        ),
        (
            "ladder, less is better",
            "x: ≤ 2,5 → 10 điểm; < 10 và > 2,5 → 5 điểm; ≤ 40 và ≥ 10 → 1 điểm; còn lại → 0 điểm.",
            "x: ≤ 2.5 → 10 points; < 10 and > 2.5 → 5 points; ≤ 40 and ≥ 10 → 1 point; "
            "otherwise → 0 points.",
        ),
        (
            "coverage",
            "Điểm = n / 7 nội dung quy định × 10, tối đa 10 điểm.",
            "Points = n / 7 listed items × 10, at most 10.",
        ),
        (
            "yes or no",
            "g: “Có” → 10 điểm; “Không” → 0 điểm.",
            "g: “Yes” → 10 points; “No” → 0 points.",
        ),
        (
            "choice",
            "k: “Bí thư hoặc Chủ tịch” → 10 điểm; “Cấp phó” → 3,333333 điểm; “Khác” → 0 điểm.",
            "k: “Secretary or Chair” → 10 points; “Deputy” → 3.333333 points; “Other” → 0 points.",
        ),
        (
            "per period",
            "Cộng điểm 4 kỳ, mỗi kỳ: “Đúng hạn” → 2,5 điểm; “Chậm” → 1,25 điểm; "
            "“Không báo cáo” → 0 điểm; tối đa 10 điểm.",
            "Sum of 4 periods, each: “On time” → 2.5 points; “Late” → 1.25 points; "
            "“None” → 0 points; at most 10 points.",
        ),
        (
            "given points",
            "Điểm = x (điểm được cung cấp), tối đa 10 điểm.",
            "Points = x (score as delivered), at most 10.",
        ),
        (
            "remainder",
            "Điểm = phần còn lại: x × 1000 − y × 200 − z × 150.",
            "Points = what is left: x × 1000 − y × 200 − z × 150.",
        ),
        (
            "bonus",
            "Điểm thưởng: n × 0,5 điểm, cộng tối đa 2 điểm.",
            "Bonus: n × 0.5 points, at most 2 added.",
        ),
        (
            "penalty",
            "Điểm trừ: n × 1/3 điểm, trừ tối đa 3 điểm.",
            "Penalty: n × 1/3 points, at most 3 taken off.",
        ),
        (
            "best",
            "Điểm = x / giá trị lớn nhất trong các đơn vị × 10.",
            "Points = x / largest value among the units × 10.",
        ),
        (
            "best, less is better",
            "Điểm = giá trị nhỏ nhất trong các đơn vị / (a / b) × 10; càng thấp càng tốt.",
            "Points = smallest value among the units / (a / b) × 10; less is better.",
        ),
        (
            "min-max, less is better",
            "x: điểm = (giá trị lớn nhất − giá trị của đơn vị) / (giá trị lớn nhất − giá trị nhỏ "
            "nhất) giữa các đơn vị × 10; càng thấp càng tốt.",
            "x: points = (largest value − own value) / (largest − smallest value) among the units "
            "× 10; less is better.",
        ),
    ],
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
