"""A good form, spoilt in every way we have seen: no crash, no silent acceptance, no wrong figure."""

from decimal import Decimal

import openpyxl
import pytest

from tests.intake.intake_cases import ANSWERS, edit, entry, good_form, read
from tests.intake.mutations import FAULTS, Mutation

MICRO = 1_000_000


def original(path):
    return {one.question.key: one.entry.value_micro for one in read(path).entries}


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return good_form(tmp_path_factory.mktemp("good") / "form.xlsx")


@pytest.mark.parametrize("mutation", FAULTS, ids=lambda one: one.name)
def test_a_spoilt_form_is_told_and_never_read_wrongly(tmp_path, good, mutation: Mutation):
    path = tmp_path / "form.xlsx"
    path.write_bytes(good.read_bytes())
    reading = read(edit(path, mutation.change))
    told = {issue.rule_id for issue in reading.issues}
    assert told >= set(mutation.rules)
    if not mutation.rules:
        assert told == set()
    if mutation.status is not None:
        found = entry(reading, *mutation.key).entry
        assert found.status == mutation.status
        readable = found.status in ("ok", "percent", "none_declared")
        assert (found.value_micro is not None) == readable
    # Each message speaks one language: no detail is a pair of both.
    assert not any(" / " in issue.message_vi + issue.message_en for issue in reading.issues)
    # Whatever happened to one figure, all others are what they were.
    for one in reading.entries:
        if one.question.key != mutation.key and one.entry.value_micro is not None:
            assert one.entry.value_micro == original(good)[one.question.key]


def test_the_good_form_reads_as_it_was_written(good):
    share = ANSWERS["0201", "share"].value
    assert original(good)["0201", "share"] == Decimal(share) * MICRO


@pytest.mark.parametrize("first", [mutation for mutation in FAULTS if mutation.rules][:6])
def test_two_faults_are_both_told(tmp_path, good, first: Mutation):
    path = tmp_path / "form.xlsx"
    path.write_bytes(good.read_bytes())

    def both(book: openpyxl.Workbook) -> None:
        first.change(book)
        book["Báo cáo"]["H17"] = "0,617"

    told = [issue.rule_id for issue in read(edit(path, both)).issues]
    assert set(told) >= {*first.rules, "value.ambiguous"}
