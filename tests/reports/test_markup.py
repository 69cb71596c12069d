import json

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from dti_pipeline.reports.site import markup
from schemas.text import Text

HOSTILE = """"><script>alert('x')</script>&"""


def test_both_languages_of_a_text_are_escaped() -> None:
    made = markup.text(HOSTILE, HOSTILE)
    assert isinstance(made, Markup)
    assert "<script" not in made
    assert made.count("&lt;script&gt;") == 2
    assert made.startswith('<span data-en="&#34;&gt;')


def test_an_attribute_cannot_be_left_by_its_text() -> None:
    assert markup.attribute("title", HOSTILE, "x").count('"') == 4


def test_templates_escape_what_they_are_given() -> None:
    engine = markup.environment()
    assert engine.from_string("{{ name }}").render(name=HOSTILE).count("<") == 0


def test_a_name_a_template_does_not_know_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        markup.environment().from_string("{{ nobody }}").render()


def test_data_for_scripts_cannot_end_the_script() -> None:
    text = markup.script_json({"name": "</script><!--\u2028"})
    assert "<" not in text
    assert "\u2028" not in text
    assert json.loads(text) == {"name": "</script><!--\u2028"}


def test_only_figures_that_rest_on_samples_are_marked() -> None:
    assert "◆" in markup.mark("sample")
    assert "◇" in markup.mark("calibrated_sample")
    assert markup.mark("published") == ""
    assert markup.mark("delivered") == ""


def test_a_shared_rank_and_a_missing_rank_look_different() -> None:
    assert "=</abbr><b>15</b>" in markup.rank(15, 63, tied=True)
    assert "/63" in markup.rank(15, 63)
    assert "–" in markup.rank(None, 63)


def test_a_move_is_told_by_word_and_arrow_not_by_colour_alone() -> None:
    assert "▲" in markup.moved(3)
    assert "tăng" in markup.moved(3)
    assert "▼" in markup.moved(-2)
    assert "giảm" in markup.moved(-2)


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert markup.word("lost_reasons", "a_new_reason") == markup.both(
        Text("a_new_reason", "a_new_reason")
    )


def test_the_policy_names_no_host_and_allows_nothing_inline() -> None:
    assert markup.POLICY.startswith("default-src 'none'")
    assert "http" not in markup.POLICY
    assert "unsafe" not in markup.POLICY
    assert "*" not in markup.POLICY
