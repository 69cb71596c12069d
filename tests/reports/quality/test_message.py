import pytest

from dti_pipeline.reports.quality.message import Parts, parts, title
from schemas.issues.issue import RULES, make


@pytest.mark.parametrize("rule_id", sorted(RULES))
@pytest.mark.parametrize("place", [{}, {"source_file": "a.xlsx", "source_cell": "B7"}])
def test_every_rule_of_the_catalogue_comes_apart_again(rule_id: str, place: dict[str, str]) -> None:
    rule = RULES[rule_id]
    details = {name: f"<{name}. x>" for name in rule.fields}
    issue = make(rule_id, **place, **details)
    expected = Parts(rule.vi.format(**details).strip(), rule.action_vi.format(**details).strip())
    assert parts(issue.message_vi, rule_id=rule_id, language="vi") == expected
    expected = Parts(rule.en.format(**details).strip(), rule.action_en.format(**details).strip())
    assert parts(issue.message_en, rule_id=rule_id, language="en") == expected


def test_a_title_leaves_the_details_out() -> None:
    assert title("value.missing", "en") == "The figure … is missing"
    assert title("file.encrypted", "vi") == "Tệp được bảo vệ bằng mật khẩu"


def test_a_message_of_another_wording_stays_whole() -> None:
    told = parts("something else", rule_id="value.missing", language="en")
    assert told == Parts("something else", "")
