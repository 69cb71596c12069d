"""`dti explain --history`: what counted before and what counts now, a component by either code."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from dti_pipeline.cli.diff import show_changes
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.explain import explain_unit
from dti_pipeline.cli.run import run_assessments
from dti_pipeline.release.folder import Release
from dti_pipeline.release.overview import Overview
from dti_pipeline.release.releases import Published
from dti_pipeline.workspace import Workspace
from tests.cli.conftest import Call
from tests.index.rules.cases import component, count, main, yes_no
from tests.small_index import ASSESSMENT, SmallIndex

ANSWERS = {"rule": {"kind": "yes_no", "value": "x"}, "variables": {"x": yes_no("x")}}
FIGURES = {"a": count("a"), "b": count("b")}
REJECTED = "unit,component_code,variable,state,value,by,date,reason\n" + (
    "Sở U1,01,,rejected,,Hội đồng,2025-12-01,văn bản sai kỳ\n"
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return two revisions: the second follows the council's rejection of the first component."""
    index = SmallIndex(tmp_path_factory.mktemp("history"))
    index.framework(
        [
            component("01", 20, printed_code="1.1", variables=FIGURES),
            component("02", 10, printed_code="1.2", **ANSWERS),
        ],
        [main("1", 30)],
    )
    index.units({"U1": "", "U2": ""})
    index.assessment()
    for unit, a in (("U1", 5), ("U2", 7)):
        index.report(unit, {("01", "a"): a, ("01", "b"): 10, ("02", "x"): "yes"})
    assert run_assessments([ASSESSMENT], data=index.data) == 0
    index.decisions("appraisals", REJECTED)
    assert run_assessments([ASSESSMENT], data=index.data) == 0
    return index.data


@pytest.fixture
def figures(data: Path, answer: Call) -> Call:
    """Return what gives the changed figures of U1, of all or of one component."""

    def changed(component: str | None = None) -> list[tuple[Any, ...]]:
        options = {"history": True, "component": component, "data": data}
        names = ("revision_no", "component_code", "variable", "figure_from", "figure_to")
        rows = answer(explain_unit, ASSESSMENT, "U1", **options)["rows"]
        return [tuple(row[name] for name in names) for row in rows]

    return changed


def test_a_figure_that_counts_no_longer_is_told_with_its_grounds(
    data: Path, figures: Call, answer: Call
) -> None:
    assert figures() == [(2, "01", "a", "5", None), (2, "01", "b", "10", None)]
    row = answer(explain_unit, ASSESSMENT, "U1", history=True, data=data)["rows"][0]
    assert row["source_kind"] == "appraisal"
    assert row["evidence_text"] == "văn bản sai kỳ · Hội đồng · 2025-12-01"
    assert "01_decisions.csv" in row["place"]


def test_two_revisions_are_compared_with_every_manifest_read_once(
    data: Path, answer: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, releases = [], Overview.releases

    def counted(published: Overview) -> tuple[Release, ...]:
        answers.append(releases(published))
        return answers[-1]

    monkeypatch.setattr(Overview, "releases", counted)
    change = answer(show_changes, ASSESSMENT, data=data)
    first, second = (release.revisions[ASSESSMENT] for release in answers[0])
    assert (change["revision_from"], change["revision_to"]) == (first, second)
    assert len(answers) == 1


@pytest.mark.parametrize("code", ["01", "1.1"])
def test_a_component_is_found_by_its_code_and_by_its_printed_one(figures: Call, code: str) -> None:
    assert figures(code) == [
        (1, "01", "a", None, "5"),
        (1, "01", "b", None, "10"),
        (2, "01", "a", "5", None),
        (2, "01", "b", "10", None),
    ]


def test_a_component_that_is_not_there_is_no_empty_history(figures: Call) -> None:
    with pytest.raises(UsageError, match=r"1\.1"):
        figures("9.9")


@pytest.fixture(scope="module")
def corrected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return two revisions of three offices, one of them not ranked: one answer is corrected."""
    index = SmallIndex(tmp_path_factory.mktemp("corrected"))
    index.framework(
        [
            component("01", 20, main="1", variables=FIGURES),
            component("02", 10, main="2", **ANSWERS),
        ],
        [main("1", 20), main("2", 10, concept="government")],
    )
    index.units({"U1": "", "U2": "", "U3": ""})
    index.assessment(
        'framework = "small"\n[[not_ranked]]\nunit_id = "U3"\nreason_vi = "mới lập"\nreason_en = "new"\n'
    )
    for unit in ("U1", "U2", "U3"):
        index.report(unit, {("01", "a"): 5, ("01", "b"): 10, ("02", "x"): "no"})
    assert run_assessments([ASSESSMENT], data=index.data) == 0
    head = "unit,component_code,variable,value,reason,authority,reference\n"
    index.decisions("corrections", f"{head}Sở U1,02,x,Có,nhập sai,Hội đồng,CV 1\n")
    assert run_assessments([ASSESSMENT], data=index.data) == 0
    return index.data


def test_answers_are_told_by_their_names(corrected: Path, answer: Call, printed: Call) -> None:
    (figure,) = answer(show_changes, ASSESSMENT, data=corrected)["changed_figures"]
    assert (figure["figure_from"], figure["figure_to"]) == ("0", "1")
    assert (figure["option_from"], figure["option_to"]) == ("no", "yes")
    for text in (
        printed(show_changes, ASSESSMENT, data=corrected),
        printed(explain_unit, ASSESSMENT, "U1", history=True, data=corrected),
    ):
        (line,) = (line for line in text.splitlines() if " 02 " in line)
        assert "Không" in line.split("x", 1)[1]
        assert "Có" in line.split("Không", 1)[1]


def test_only_units_whose_result_is_another_are_listed_as_moved(
    corrected: Path, answer: Call
) -> None:
    moved = {}
    for scope in ("overall", "1", "2"):
        rows = answer(show_changes, ASSESSMENT, scope=scope, data=corrected)["rows"]
        moved[scope] = [(row["unit_id"], row["rank_from"], row["rank_to"]) for row in rows]
    # Both shared the first place; U3, without a rank, stayed what it was.
    both = [("U1", 1, 1), ("U2", 1, 2)]
    assert moved == {"overall": both, "1": [], "2": both}


def test_an_only_revision_is_an_answer_for_programs_too(corrected: Path, answer: Call) -> None:
    first = Published(Workspace(data=corrected).published).releases()[0]
    told = answer(show_changes, ASSESSMENT, as_of=first.release_id, data=corrected)
    assert (told["rows"], told["changed_figures"]) == ([], [])
    assert (told["revision_from"], told["revision_to"]) == (None, first.revisions[ASSESSMENT])


def test_a_unit_without_a_rank_is_told_why_it_has_none(corrected: Path, printed: Call) -> None:
    assert "Thứ hạng – (mới lập)" in printed(explain_unit, ASSESSMENT, "U3", data=corrected)
    assert "mới lập" not in printed(explain_unit, ASSESSMENT, "U1", data=corrected)


def test_a_comparison_names_what_is_new_since_the_earlier_of_the_two(
    corrected: Path, printed: Call
) -> None:
    first, second = (
        next((corrected / "store").glob(f"{ASSESSMENT}-r000{number}-*")).name for number in (1, 2)
    )
    compared = partial(printed, show_changes, ASSESSMENT, data=corrected)
    new = f"raw/{ASSESSMENT}/corrections/01_decisions.csv"
    assert compared(before=first, after=second).startswith(f"{first} → {second}: tệp mới: {new}\n")
    assert compared(before=second, after=first).startswith(f"{second} → {first}: tệp bỏ: {new}\n")
    assert f"trước {first} chưa phát hành lần tính nào" in compared(after=first)
