import re
from importlib.resources import files

import polars as pl
import pytest

from schemas.issues.issue import blocking, make, to_frame
from schemas.issues.rule import issue_rules
from schemas.messages import nearest
from schemas.tables.quality import DqIssue
from schemas.text import Text

# Rules by kind.
EXPECTED = {
    "unit": "unknown repeated_name duplicate_disagrees duplicate_agrees "
    "not_applicable_without_reason",
    "unit_of_measure": "suspect",
    "component": "unknown",
    "variable": "unknown repeated_agrees",
    "value": "out_of_range not_a_number ambiguous formula_error formula_without_value rounded "
    "missing numerator_above_denominator not_applicable_refused beside_not_applicable "
    "zero_denominator",
    "report": "framework_changed missing two_for_one_unit wrong_unit wrong_framework",
    "file": "ignored too_large external_link macro entity encrypted not_a_workbook "
    "symlink_outside compression members encoding unreadable not_a_file no_permission "
    "timeout memory",
    "table": "row_ignored missing column_missing column_ignored",
    "code": "typed_as_number",
    "evidence": "missing rejected",
    "source": "disagrees",
    "official": "value_differs rank_differs mean_differs not_found unreadable",
    "correction": "never_reported no_change same_number before_differs",
    "central": "identity_broken",
    "late": "after_deadline",
    "jump": "year_on_year",
    "heaping": "above_threshold",
    "identical": "answers",
}


RULES = issue_rules()


def details(rule_id: str) -> dict[str, str]:
    return {name: f"<{name}>" for name in RULES[rule_id].fields}


def test_the_catalogue_holds_every_fault_the_pipeline_knows() -> None:
    expected = {f"{kind}.{rule}" for kind, rules in EXPECTED.items() for rule in rules.split()}
    assert expected <= set(RULES)
    assert all(rule_id == rule.rule_id for rule_id, rule in RULES.items())


def test_no_two_rules_share_an_identifier() -> None:
    lists = [one for one in files("schemas.issues").iterdir() if one.name.endswith(".toml")]
    assert len(RULES) == sum(one.read_text("utf-8").count("\nseverity = ") for one in lists)


@pytest.mark.parametrize("rule_id", RULES)
def test_every_message_says_what_where_and_what_to_do_in_both_languages(
    rule_id: str, vietnamese
) -> None:
    issue = make(
        rule_id,
        unit_id="VN-P63-06",
        source_file="central/a.xlsx",
        source_sheet="S1",
        source_cell="C4",
        **details(rule_id),
    )
    rule = RULES[rule_id]
    where_vi = "Vị trí: đơn vị VN-P63-06, tệp a.xlsx, trang tính “S1”, ô C4"
    where_en = "Where: unit VN-P63-06, file a.xlsx, sheet “S1”, cell C4"
    for message, action, at in (
        (issue.message_vi, rule.action_vi, where_vi),
        (issue.message_en, rule.action_en, where_en),
    ):
        assert at in message
        assert message.endswith(".")
        assert message[: message.index(at)].strip()
        assert action.split("{")[0] in message
    # Both languages carry the same details: none is told in one language alone.
    fields = {re.sub(r"_(vi|en)$", "", name) for name in rule.fields}
    for what, do in ((rule.vi, rule.action_vi), (rule.en, rule.action_en)):
        used = {re.sub(r"_(vi|en)$", "", name) for name in re.findall(r"{(\w+)}", what + do)}
        assert used == fields
    assert vietnamese.search(rule.vi)
    assert vietnamese.search(rule.action_vi)
    assert not vietnamese.search(rule.en + rule.action_en)


# Few words, and none that orders, names a command, a key or a stage of the computation.
MOST_WORDS = {"vi": 25, "en": 25, "action_vi": 20, "action_en": 20}
FORBIDDEN = re.compile(
    r"\b(hãy|bạn|chúng tôi|dti|bị bác|biến số|trung ương|variable)\b|\[\[|`|zero_denominator",
    re.IGNORECASE,
)


@pytest.mark.parametrize("rule_id", RULES)
def test_every_message_is_short_polite_and_free_of_codes(rule_id: str) -> None:
    rule = RULES[rule_id]
    for name, most in MOST_WORDS.items():
        text = getattr(rule, name)
        assert len(text.split()) <= most, text
        assert not FORBIDDEN.search(re.sub(r"{\w+}", "", text)), text
        assert text.endswith((".", "}"))
    assert re.match(r"Đề nghị |Không cần |Nếu |Hội đồng ", rule.action_vi)


def test_a_message_reads_like_one() -> None:
    issue = make(
        "unit.unknown",
        name="Ninh Bin",
        nearest=nearest("Ninh Bình"),
        source_file="central/dan_so.csv",
        source_cell="row 7",
        raw_text="Ninh Bin",
    )
    assert issue.severity == "blocking"
    assert issue.message_vi == (
        "Không nhận ra đơn vị “Ninh Bin”. Gần giống nhất: Ninh Bình. "
        "Vị trí: tệp dan_so.csv, dòng 7. "
        "Đề nghị sửa tên trong tệp, hoặc thêm tên gọi khác vào danh mục đơn vị."
    )
    assert issue.raw_text == "Ninh Bin"


def test_where_no_name_is_near_none_is_spoken_of() -> None:
    issue = make("unit.unknown", name="x", nearest=nearest(None), source_file="a.csv")
    assert issue.message_vi.startswith("Không nhận ra đơn vị “x”. Vị trí: tệp a.csv. Đề nghị ")
    assert issue.message_en.startswith("Unit “x” is not known. Where: file a.csv. Please ")


def test_a_place_in_a_csv_file_is_told_as_row_and_column() -> None:
    issue = make("value.missing", variable="a", source_file="a.csv", source_cell="4:Dân số")
    assert "Vị trí: tệp a.csv, dòng 4, cột “Dân số”." in issue.message_vi
    assert "Where: file a.csv, row 4, column “Dân số”." in issue.message_en
    assert issue.source_cell == "4:Dân số"


def test_the_unit_is_shown_by_name_and_stored_by_identifier() -> None:
    issue = make("value.missing", variable="a", unit_id="VN-P63-06", unit_name="Bắc Kạn")
    assert "Vị trí: đơn vị Bắc Kạn." in issue.message_vi
    assert issue.unit_id == "VN-P63-06"


def test_a_detail_in_two_languages_stands_in_each_message_in_its_own() -> None:
    issue = make("report.form_changed", change=Text("thiếu trang ẩn", "no hidden sheet"))
    assert issue.message_vi.startswith("Cấu trúc biểu mẫu đã bị thay đổi: thiếu trang ẩn.")
    assert issue.message_en.startswith("The structure of the form was changed: no hidden sheet.")
    assert "hidden" not in issue.message_vi


def test_an_unknown_rule_or_detail_is_an_error_of_the_caller() -> None:
    with pytest.raises(KeyError, match=r"no\.such_rule"):
        make("no.such_rule")
    with pytest.raises(TypeError, match="missing details nearest; unknown candidate"):
        make("unit.unknown", name="x", candidate="y")


def test_hostile_text_stays_text_and_short() -> None:
    issue = make("value.not_a_number", raw="{0.__class__}\n" + "x" * 40_000, variable="{name}")
    assert "{0.__class__} xxx" in issue.message_en
    assert "{name}" in issue.message_en
    assert len(issue.message_en) < 400
    assert "\n" not in issue.message_en


def test_a_frame_of_no_issues_has_the_exact_types() -> None:
    frame = to_frame([])
    assert frame.height == 0
    assert all(dtype == pl.String() for dtype in frame.dtypes)


def test_issues_are_ordered_by_gravity_and_not_by_arrival() -> None:
    issues = [
        make("unit.duplicate_agrees", name="A"),
        make("value.missing", variable="a", unit_id="u2"),
        make("value.missing", variable="a", unit_id="u1"),
        make("file.encrypted", source_file="b.xlsx"),
        make("file.encrypted", source_file="a.xlsx"),
    ]
    frame = to_frame(issues)
    assert frame.select("severity", "unit_id", "source_file").rows() == [
        ("blocking", None, "a.xlsx"),
        ("blocking", None, "b.xlsx"),
        ("warning", "u1", None),
        ("warning", "u2", None),
        ("info", None, None),
    ]
    assert frame.equals(to_frame(reversed(issues)))
    assert blocking(frame)["source_file"].to_list() == ["a.xlsx", "b.xlsx"]


def test_the_same_issue_is_kept_once() -> None:
    assert to_frame([make("file.encrypted"), make("file.encrypted")]).height == 1


def test_numbered_issues_keep_the_contract_even_with_strange_places() -> None:
    issue = make(
        "component.unknown",
        framework="province-922",
        code="1. 10 ",
        nearest=nearest("0110"),
        component_code="1. 10 ",
        source_sheet=" ",
        source_cell="",
        raw_text="",
    )
    frame = DqIssue.conform(
        to_frame([issue])
        .with_row_index("issue_no", offset=1)
        .with_columns(assessment_id=pl.lit("province-2022"), revision_id=pl.lit("r0001-00000000"))
    )
    assert frame["issue_no"].to_list() == [1]
    assert frame["component_code"].to_list() == ["1. 10 "]


@pytest.mark.parametrize("rule_id", RULES)
@pytest.mark.parametrize("place", [{}, {"source_file": "a.xlsx", "source_cell": "B7"}])
def test_a_frame_holds_what_is_wrong_and_what_to_do_apart(
    rule_id: str, place: dict[str, str]
) -> None:
    rule = RULES[rule_id]
    given = {name: f"<{name}. x>" for name in rule.fields}
    row = to_frame([make(rule_id, **place, **given)]).row(0, named=True)
    assert row["what_vi"] == rule.vi.format(**given).strip()
    assert row["action_vi"] == rule.action_vi.format(**given).strip()
    assert row["what_en"] == rule.en.format(**given).strip()
    assert row["action_en"] == rule.action_en.format(**given).strip()


def test_a_title_leaves_the_details_out() -> None:
    assert RULES["value.missing"].title.en == "There is no figure “…”"
    assert RULES["file.encrypted"].title.vi == "Tệp được bảo vệ bằng mật khẩu"
