"""A wrong framework file is refused with file, component and what is wrong."""

from pathlib import Path
from typing import Any

import pytest

from dti_pipeline.index.frameworks.load import framework_path, load_framework
from dti_pipeline.index.toml_files import FileError
from tests.index.rules.cases import RATIO, component, count, framework, framework_text, main, yes_no

AB = {"a": count("a"), "b": count("b")}
A, ANSWER = {"a": count("a")}, {"a": yes_no("a")}
LADDER = {**RATIO, "kind": "ladder"}
TARGET = {**RATIO, "kind": "target"}
TABLE = {
    **{"id": "files", "name_vi": "x", "owner_vi": "y", "match": "*f*", "unit_column": "Đơn vị"},
    "columns": {"total": {"header": "Tổng", "name_vi": "z"}},
}
OPTIONS = {"head": {"vi": "Cấp trưởng"}, "other": {"vi": "cấp  trưởng"}}
CHOICE = {
    "rule": {"kind": "choice", "value": "a", "fractions": {"head": 1, "other": 0}},
    "variables": {"a": {"vi": "x", "kind": "choice", "options": OPTIONS}},
}
HALVES = {"parts": [{"rule": RATIO, "share": "1/2"}] * 2, "variables": AB}
NO_NAME = "is no name; use only ASCII letters, digits and _ + -"


def of_a(kind: str, **more: Any) -> dict[str, Any]:
    """Describe a rule of the variable ``a``."""
    return {"kind": kind, "value": "a", **more}


def problems_of(folder: Path, **content: Any) -> tuple[str, ...]:
    content.setdefault("mains", [main("1", 10)])
    content.setdefault("components", [component("01", 10)])
    with pytest.raises(FileError) as refused:
        framework(folder, **content)
    assert str(folder / "small.toml") in str(refused.value)
    problems = [text for _, text in refused.value.problems]
    for text in problems:
        assert text.vi != text.en
        assert text.vi in refused.value.text.vi
        assert text.en in refused.value.text.en
    return tuple(text.en for text in problems)


def band(span: str, code: str = "good") -> dict[str, str]:
    return {"code": code, "name_vi": "Tốt", "name_en": "Good", "range": span}


def pillar(code: str, *mains: str) -> dict[str, Any]:
    named = {"name_vi": "x", "name_en": "x"}
    return {"code": code, "concept": "government", "mains": mains or ["1"], **named}


def one(folder: Path, **entry: Any) -> tuple[str, ...]:
    """Return the problems of a framework with a single component, else 01 of ten points."""
    entry = {"code": "01", "points": 10} | entry
    return problems_of(folder, components=[component(**entry)])


def test_a_lawful_file_is_read_with_its_rules_and_hash(tmp_path: Path) -> None:
    bound = framework(tmp_path, component("01", 10))
    assert bound.id == "small"
    assert bound.by_code["01"].kind == "ratio"
    assert bound.of_main("1") == bound.components
    assert bound.maximum == 10_000_000
    assert len(bound.content_hash) == 64
    (tmp_path / "again").mkdir()
    assert framework(tmp_path / "again", component("01", 10)) is bound


@pytest.mark.parametrize(
    "framework_id", ["province-922", "province-405-published", "province-1726"]
)
def test_the_packages_own_frameworks_are_lawful(framework_id: str) -> None:
    assert load_framework(framework_id).id == framework_id


def test_points_that_do_not_add_up_name_the_main(tmp_path: Path) -> None:
    found = problems_of(tmp_path, components=[component("01", 6), component("02", "3.5")])
    assert found == (
        "main 1: its components add up to 9.5 points, the main has 10; correct one of them",
    )


def test_parts_that_do_not_add_up_name_the_component(tmp_path: Path) -> None:
    parts = [{"share": "1/2", "rule": RATIO}, {"points": "2", "rule": RATIO}]
    (found,) = one(tmp_path, parts=parts, variables=AB)
    assert found == "component 01: its parts add up to 7 points, not 10; correct them or set a cap"


def test_periods_that_cannot_reach_the_maximum_are_refused(tmp_path: Path) -> None:
    rule = {"kind": "per_period", "values": ["q1", "q2"], "points": {"yes": "4", "no": "0"}}
    (found,) = one(tmp_path, rule=rule, variables={q: yes_no(q) for q in ("q1", "q2")})
    assert found == "component 01: rule per_period: 2 period(s) give 8 points at most, not 10"


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({**RATIO, "kind": "ratoi"}, "component 01: rule kind 'ratoi' is unknown; known kinds: "),
        (
            {**RATIO, "revers": True},
            "component 01: rule ratio: revers: unknown key; the nearest known key is 'reverse'",
        ),
        ({**TARGET, "target": 0.8}, "component 01: rule target: target: "),
        ({**TARGET, "target": "80 phần"}, "is not a number; write "),
        ({**TARGET, "target": "0"}, "rule target: target: 0 must be more than 0"),
        ({**RATIO, "kind": "cliff", "floor": "1"}, "rule cliff: floor 100% and full 100% are out"),
        ({**RATIO, "kind": "all_or_nothing", "full": "0"}, "rule all_or_nothing: full: 0 must be"),
        ({**LADDER, "steps": [">= 80: 1"]}, 'means 8000 %; write ">= 80%"'),
        (
            {**LADDER, "steps": [">= 50%: 1", ">= 60%: 1/2"]},
            "rule ladder: step '>= 0.6' must be easier",
        ),
        ({**LADDER, "steps": [">= 50%: 1", "<= 40%: 1/2"]}, "rule ladder: steps mix > and <"),
        ({**LADDER, "steps": [">= 50%: 3/2"]}, "fraction 1.5 of step"),
        ({**RATIO, "denominator": "c"}, "component 01: the rule uses variable 'c', which is not"),
        (of_a("ratio"), "component 01: variable 'b' is not used by the rule"),
        (of_a("ladder", gate="b", steps=[">= 1: 1"]), "gate 'b' is not a yes_no variable"),
    ],
)
def test_a_wrong_rule_names_component_and_rule(
    rule: dict[str, Any], message: str, tmp_path: Path
) -> None:
    found = one(tmp_path, rule=rule, variables=AB)
    assert any(message in problem for problem in found), found


def test_a_wrong_rule_in_a_part_names_the_part(tmp_path: Path) -> None:
    parts = [{"share": "1/2", "rule": RATIO}, {"share": "1/2", "rule": {"kind": "best"}}]
    (found,) = one(tmp_path, parts=parts, variables=AB)
    assert found.startswith("component 01: part 2: rule best: ")


@pytest.mark.parametrize(
    ("rule", "variables", "message"),
    [
        (RATIO, AB | ANSWER, "variable 'a' is yes_no; the rule needs a figure"),
        (of_a("yes_no"), A, "variable 'a' is count, not yes_no"),
        (
            of_a("choice", fractions={"yes": "1", "maybe": "1/2"}),
            ANSWER,
            "option 'no' has no fraction",
        ),
        (of_a("choice", fractions={"yes": "2", "no": "0"}), ANSWER, "fractions.yes: 2 is above 1"),
        (of_a("coverage", of=0), A, "rule coverage: of: 0 is below 1"),
    ],
)
def test_a_rule_and_its_variables_must_fit(
    rule: dict[str, Any], variables: dict[str, Any], message: str, tmp_path: Path
) -> None:
    found = one(tmp_path, rule=rule, variables=variables)
    assert any(message in problem for problem in found), found


def test_a_choice_may_be_a_yes_or_no_with_other_fractions(tmp_path: Path) -> None:
    rule = {"kind": "choice", "value": "g", "fractions": {"yes": "1", "no": "1/4"}}
    entry = component("01", 10, rule=rule, variables={"g": yes_no("Có kế hoạch")})
    bound = framework(tmp_path, entry)
    assert bound.components[0].render().vi == "Có kế hoạch: “Có” → 10 điểm; “Không” → 2,5 điểm."


@pytest.mark.parametrize("kind", ["bonus", "penalty"])
def test_points_outside_the_maximum_are_declared_so(kind: str, tmp_path: Path) -> None:
    assert one(tmp_path, rule=of_a(kind, each="0", cap="-1"), variables=A) == (
        f"component 01: rule {kind}: each: 0 must be more than 0; cap: -1 must be more than 0",
    )
    assert one(tmp_path, rule=of_a(kind, each="1/2", cap=2), variables=A) == (
        "component 01: bonus and penalty stand outside the maximum; set points = 0",
    )


def test_a_denominator_that_may_be_negative_is_refused(tmp_path: Path) -> None:
    for bounds in ({"kind": "amount"}, {"minimum": -1}):
        below = {"vi": "b", "en": "b", **bounds}
        (found,) = one(tmp_path, rule=RATIO, variables={"a": count("a"), "b": below})
        assert found == (
            "component 01: denominator 'b' must not be negative; set minimum to 0 or more"
        )


def test_a_cyclic_reference_shows_its_way(tmp_path: Path) -> None:
    def borrowing(code: str, other: str) -> dict[str, Any]:
        variables = {"a": count("a", source=f"component:{other}.a"), "b": count("b")}
        return component(code, 5, rule=RATIO, variables=variables)

    found = problems_of(tmp_path, components=[borrowing("01", "02"), borrowing("02", "01")])
    assert found[0] == (
        "component 01: variable 'a': the figure refers to itself: 01.a → 02.a → 01.a; "
        "name its origin"
    )


SHARE_TABLE = {
    "id": "t",
    **{"name_vi": "t", "name_en": "t", "owner_vi": "t", "owner_en": "t", "match": "*t*"},
    "unit_column": "unit",
    "columns": {"share": {"header": "%", "name_vi": "t", "name_en": "t", "kind": "percent"}},
}


@pytest.mark.parametrize(
    ("kind", "rule", "message"),
    [
        # A percent column against a target in percent, but the variable does not say percent.
        ({}, of_a("target", target="90%"), 'write kind = "percent"'),
        ({"kind": "ratio"}, of_a("given"), "the variable is ratio"),
        ({"kind": "amount"}, of_a("best"), "holds percent, the variable is amount"),
    ],
)
def test_a_figure_is_of_the_kind_its_column_holds(
    kind: dict[str, str], rule: dict[str, str], message: str, tmp_path: Path
) -> None:
    variables = {"a": count("a", source="central:t.share", **kind)}
    entry = component("01", 10, rule=rule, variables=variables)
    found = problems_of(tmp_path, components=[entry], tables=[SHARE_TABLE])
    assert any(message in problem for problem in found)


@pytest.mark.parametrize(
    ("kinds", "rule", "message"),
    [
        ({"a": "count"}, of_a("target", target="90%"), "90% of 'a', which is a"),
        ({"a": "count"}, of_a("all_or_nothing", full="1/2"), "50% of 'a'"),
        ({"a": "count"}, of_a("cliff"), "90% of 'a', which is a count"),
        ({"a": "count"}, of_a("ratio"), "no part of a whole"),
        ({"a": "amount"}, of_a("ratio"), "no part of a whole"),
        ({"a": "percent"}, of_a("target", target="90"), "9000% of 'a'"),
        ({"a": "percent", "b": "count"}, RATIO, "'a' is percent, 'b' is count"),
        ({"a": "count", "b": "ratio"}, RATIO, "'a' is count, 'b' is ratio"),
    ],
)
def test_a_figure_is_of_a_kind_that_goes_with_the_rule(
    kinds: dict[str, str], rule: dict[str, str], message: str, tmp_path: Path
) -> None:
    variables = {name: count(name, kind=kind) for name, kind in kinds.items()}
    (problem,) = one(tmp_path, rule=rule, variables=variables)
    assert message in problem


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("component:09.a", "source 'component:09.a' names no variable of this framework"),
        ("central:tax.payers", "no table 'tax' in this framework"),
        ("hearsay", "source 'hearsay' is unknown; write self_report"),
    ],
)
def test_a_source_that_leads_nowhere_is_refused(source: str, message: str, tmp_path: Path) -> None:
    found = one(tmp_path, rule=RATIO, variables={**AB, "a": count("a", source=source)})
    assert any(message in problem for problem in found), found


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"components": [component("01", 5)] * 2}, "component 01: the code is used more than once"),
        ({"mains": [main("1", 10), main("1", 10)]}, "main 1: the code is used more than once"),
        (
            {"mains": [main("1", 10), main("2", 0, concept="awareness")]},
            "main 2: concept 'awareness' is that of '1' already; years are compared by it",
        ),
        (
            {"pillars": [pillar("GOV"), pillar("ECO")]},
            "pillar ECO: concept 'government' is that of 'GOV' already",
        ),
        (
            {"components": [component("01", 10), component("02", 0, main="7")]},
            "component 02: main '7' does not exist",
        ),
        (
            {"components": [component("01", 5), component("001", 5)]},
            "component codes have different widths [2, 3]; give all of them one width",
        ),
        (
            {"components": [component("01", 15), component("02", -5)]},
            "components › 02 › points: -5 is below 0; write 0 or more",
        ),
        ({"unit_bands": [band("[50, 100]")]}, "unit_bands: bands leave out 0 %"),
        (
            {"component_bands": [band("[0, 60]"), band("[50, 100]", code="b")]},
            "component_bands: bands 'good' [0, 60] and 'b' [50, 100] overlap at 50 %",
        ),
        ({"pillars": [pillar("GOV", "8")]}, "pillar GOV: main '8' does not exist"),
        ({"colour": "red"}, "colour: unknown key; known keys: id, level, title_vi, "),
        ({"id": "other"}, "id 'other' differs from the file name 'small'"),
        # What a release cannot hold is refused here, not at the end of a run.
        (
            {"mains": [{**main("1", 10), "code": "1 a"}]},
            "mains › 1 a › code: '1 a' is no code; use only ASCII letters, digits and . _ + -",
        ),
        ({"general": {"diện tích": count("x")}}, f"general › diện tích: 'diện tích' {NO_NAME}"),
        ({"title_vi": ""}, "title_vi: blank; fill it in"),
        ({"level": "planet"}, "level: the value is unknown; known values: 'province', 'min"),
        # What two items share, or none has.
        ({"pillars": [{**pillar("GOV"), "mains": []}]}, "pillars › GOV › mains: the list needs at"),
        ({"pillars": [pillar("GOV", "1", "1")]}, "pillar GOV: main '1' is named twice"),
        ({"mains": [main("1", 10, counted=False)]}, "nothing counts in the total"),
        ({"mains": [], "components": []}, "nothing counts in the total"),
        (
            {"mains": [{**main("1", 10), "code": "GOV"}], "components": [component("01", 10)]},
            "main GOV: the code is that of the DTI value or of a pillar (DTI, ECO, GOV, SOC)",
        ),
        (
            {"unit_bands": [band("[0, 9]"), band("(9, 100]")]},
            "unit_bands: band 'good': the code is used more than once",
        ),
        (
            {"tables": [{**TABLE, "unit_column": "Tổng"}]},
            "table files: two columns have the same heading: Tổng, Tổng",
        ),
        (
            {"tables": [{**TABLE, "identity": ["total"]}]},
            "table files: identity needs the total and its parts, each once",
        ),
    ],
)
def test_a_file_that_no_run_could_use_is_refused(
    content: dict[str, Any], message: str, tmp_path: Path
) -> None:
    found = problems_of(tmp_path, **content)
    assert any(message in problem for problem in found), found


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"points": "ten"}, "components › 01 › points: 'ten' is not a number"),
        ({"points": 9.5}, "components › 01 › points: write the number 9.5 as text"),
        ({"points": True}, "points: 'True' is not a number"),
        # An unknown key is told with the nearest of its own table.
        (
            {"evidance": "required"},
            "components › 01 › evidance: unknown key; the nearest known key ",
        ),
        ({"variables": {"a": {**count("a"), "minimun": "0"}}}, "› a › minimun: unknown key; the"),
        ({"not_applicable": {"treatment": "zero", "scop": "main"}}, "key is 'scope'"),
        (
            {"colour": "red"},
            "› 01 › colour: unknown key; known keys: name_vi, name_en, code, main, ",
        ),
        # What a release cannot hold is refused here, not at the end of a run.
        ({"code": "01 1"}, f"components › 01 1 › code: '01 1' {NO_NAME}"),
        ({"code": "01.1"}, f"components › 01.1 › code: '01.1' {NO_NAME}"),
        ({"code": "٠١"}, f"components › ٠١ › code: '٠١' {NO_NAME}"),
        ({"name_vi": " "}, "components › 01 › name_vi: blank"),
        ({"printed_code": " 1.1 "}, "components › 01 › printed_code: ' 1.1 ' is no code"),
        (CHOICE, "› a › options: two answers read alike, so that a form cannot tell them apart"),
        # Numbers that it could not be scored with.
        ({**HALVES, "cap": "2"}, "components › 01 › cap: 2 is above 1; write 1 or less"),
        ({**HALVES, "cap": 0}, "components › 01 › cap: 0 must be more than 0"),
        (
            {"variables": {**AB, "a": count("a", minimum=9, maximum=5)}},
            "› variables › a: minimum 9 is more than maximum 5; correct one of them",
        ),
        ({"effort": "-1"}, "components › 01 › effort: -1 is below 0; write 0 or more"),
        (
            {"rule": {**RATIO, "kind": ["ratio"]}, "variables": AB},
            "rule kind '['ratio']' is unknown; known kinds: all_or_nothing, best",
        ),
    ],
)
def test_a_component_that_no_run_could_use_is_refused(
    entry: dict[str, Any], message: str, tmp_path: Path
) -> None:
    found = one(tmp_path, **entry)
    assert any(message in problem for problem in found), found


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    found = problems_of(
        tmp_path,
        components=[component("01", 5), component("02", 4, main="9")],
        unit_bands=[band("[0, 90)")],
    )
    assert len(found) == 3


def test_a_users_file_comes_before_the_packages_and_an_unknown_id_names_the_known(
    tmp_path: Path,
) -> None:
    own = tmp_path / "province-922.toml"
    own.write_text(framework_text(), encoding="utf-8")
    assert framework_path("province-922", search=[tmp_path]) == own
    with pytest.raises(FileNotFoundError, match=r"no framework 'provinz'; known frameworks: .*922"):
        framework_path("provinz", search=[tmp_path])


def test_a_name_without_english_is_the_vietnamese_one(tmp_path: Path) -> None:
    entry = component("01", 10)
    del entry["name_en"]
    bound = framework(tmp_path, entry)
    assert bound.file.components[0].name_en == bound.file.components[0].name_vi
    del entry["name_vi"]
    assert problems_of(tmp_path, components=[entry]) == (
        "components › 01 › name_vi: the key is missing; add it",
    )
