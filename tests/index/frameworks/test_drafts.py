"""Frameworks begun by command: the skeleton, and the draft from an annex as people have it."""

import re
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.framework import check_framework, framework_from_table, new_framework
from dti_pipeline.index.frameworks.load import load_framework, read_framework
from dti_pipeline.index.toml_files import FileError
from dti_pipeline.intake.tables.annex import read_annex
from dti_pipeline.intake.tables.framework_draft import draft_framework
from dti_pipeline.intake.tables.rule_words import draft_rule
from dti_pipeline.intake.tables.user_file import UserFileError
from schemas.files.framework import Framework
from tests.conftest import REPOSITORY
from tests.intake.looks import write_rows
from tools.keys_page import lines

ANNEX = Path(__file__).with_name("annex_tayninh_2025.csv")


def test_the_committed_tables_of_keys_are_current_and_explain_every_key() -> None:
    committed = (REPOSITORY / "docs" / "files.md").read_text("utf-8").splitlines()
    assert committed == list(lines()), "run: python -m tools.keys_page > docs/files.md"
    assert [line for line in committed if line.endswith("|  |")] == []


def keys(model: type[BaseModel], seen: set[type[BaseModel]]) -> set[str]:
    """Return the keys of a model and of all models inside it."""
    if model in seen:
        return set()
    seen.add(model)
    names = set(model.model_fields)
    for field in model.model_fields.values():
        stack: list[Any] = [field.annotation]
        while stack:
            part = stack.pop()
            if isinstance(part, type) and issubclass(part, BaseModel):
                names |= keys(part, seen)
            stack += get_args(part)
    return names


def test_the_skeleton_shows_every_key_and_is_accepted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config" / "my-set.toml"
    assert new_framework(path, level="commune") == 0
    assert check_framework(path) == 0
    assert "2 chỉ số chính, 2 chỉ số thành phần, 100 điểm" in capsys.readouterr().out
    text = path.read_text("utf-8")
    assert read_framework(path).file.level == "commune"
    missing = {key for key in keys(Framework, set()) if not re.search(rf"\b{key}\b", text)}
    assert missing == set()
    # With every optional key taken up it is still TOML that the models know.
    whole = re.sub(r"(?m)^# (?=(\[|[a-z_]+ = ))", "", text)
    path.write_text(whole, encoding="utf-8")
    with pytest.raises(FileError) as refusal:
        read_framework(path)
    problems = [text.en for _, text in refusal.value.problems]
    assert not [text for text in problems if "key" in text or "TOML" in text]


def test_an_existing_file_and_a_name_that_is_no_id_are_refused(tmp_path: Path) -> None:
    (tmp_path / "old.toml").touch()
    for name, message in (("old.toml", "đã có"), ("Bộ chỉ số.toml", "tên tệp là mã bộ chỉ số")):
        with pytest.raises(UsageError) as refusal:
            new_framework(tmp_path / name)
        assert message in refusal.value.text.vi


def test_the_framework_of_tay_ninhs_communes_comes_from_its_table_in_two_rounds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "commune-tayninh-2025.toml"
    assert framework_from_table(ANNEX, out=path, title="Bộ chỉ số") == 0
    told = capsys.readouterr().out
    assert "6 chỉ số chính, 62 chỉ số thành phần, 8 quy tắc đọc được" in told
    assert "Tên của đề mục 4.22?" in told
    # Round one: the draft is accepted as it is.
    assert check_framework(path) == 0
    # Round two: the person names the heading and the decision's title.
    text = path.read_text("utf-8")
    heading = "Thực hiện nhiệm vụ được giao theo kế hoạch của tỉnh"
    path.write_text(text.replace("Đề mục 4.22", heading), encoding="utf-8")
    assert check_framework(path) == 0
    draft, own = read_framework(path), load_framework("commune-tayninh-2025")
    for kind, names in {
        "mains": "code concept name_vi name_en points group",
        "headings": "code name_vi points",
        "components": "code printed_code main heading points name_vi name_en basis",
    }.items():
        of_draft, of_own = (
            [[getattr(item, name) for name in names.split()] for item in getattr(one.file, kind)]
            for one in (draft, own)
        )
        assert of_draft == of_own
    assert draft.maximum == own.maximum == 960_000_000


HEAD = ["TT", "Chỉ số", "Điểm tối đa", "Cách tính điểm", "Tài liệu kiểm chứng"]
ROWS = [
    ["I", "Thể chế số", 30],
    ["1", "Ban hành kế hoạch", 10, "Có: 10 điểm; không: 0 điểm", "Kế hoạch"],
    ["2", "Tỷ lệ cán bộ được tập huấn", 20, "Từ 80% trở lên: 20 điểm; từ 50% đến dưới 80%: 10 điểm; dưới 50%: 0 điểm"],
    ["II", "Hoạt động chính quyền số", 70],
    ["1", "Dịch vụ công trực tuyến", 40, "Số hồ sơ trực tuyến / tổng số hồ sơ × điểm tối đa", "Báo cáo"],
    ["2", "Sáng kiến", 30, "Hội đồng xem xét, cho điểm"],
    [None, "Tổng cộng", 100],
]  # fmt: skip


def annex(folder: Path, rows: list[list[Any]]) -> Path:
    return write_rows(folder / "annex.xlsx", [["PHỤ LỤC: BỘ CHỈ SỐ"], HEAD, *rows])


def test_a_workbook_with_roman_mains_becomes_rules_and_questions(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "so-2030.toml"
    table = annex(tmp_path, ROWS)
    assert framework_from_table(table, out=out, decision="Quyết định số 1/QĐ-UBND") == 0
    bound = read_framework(out)
    assert [(main.code, main.points) for main in bound.file.mains] == [("I", 30), ("II", 70)]
    components = bound.file.components
    assert [(one.code, one.printed_code, one.points) for one in components] == [
        ("0101", "I.1", 10),
        ("0102", "I.2", 20),
        ("0201", "II.1", 40),
        ("0202", "II.2", 30),
    ]
    assert [one.kind for one in bound.components] == ["yes_no", "ladder", "ratio", "given"]
    assert [one.evidence for one in components] == ["required", "none", "required", "none"]
    assert {one.basis for one in components} == {"official"}
    assert components[1].rule == {
        "kind": "ladder",
        "value": "rate",
        "steps": [">= 80%: 1", ">= 50%: 0.5"],
    }
    assert components[2].variables["b"].vi == "Tổng số hồ sơ"
    told = capsys.readouterr().out
    assert "2 câu hỏi" in told
    lines = out.read_text("utf-8").splitlines()
    place = next(n for n, line in enumerate(lines, start=1) if "Chưa hiểu cách tính" in line)
    assert f"dòng {place}: Chưa hiểu cách tính “Hội đồng xem xét, cho điểm”" in told


def test_a_sum_that_differs_is_asked_and_refused_until_it_is_settled(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [["I", "Nhận thức số", 30], ["1", "Kế hoạch", 20]]
    out = tmp_path / "so-2030.toml"
    assert framework_from_table(annex(tmp_path, rows), out=out) == 0
    told = capsys.readouterr().out
    assert "Bảng ghi 30 điểm, các chỉ số thành phần cộng lại 20. Số nào đúng?" in told
    assert "chỉ số chính I: các chỉ số thành phần cộng lại 20 điểm, chỉ số chính ghi 30" in told


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["1.1", "Kế hoạch", 10]], "dòng 3: “1.1” không thuộc chỉ số chính nào"),
        ([["1", "A", 10], ["1.1", "B", 5], ["1.1", "C", 5]], "dòng 5: mã “1.1” bị lặp lại"),
        ([["1", "A", 10], [None, "Kế hoạch", 10]], "dòng 4: “Kế hoạch” không có mã"),
        ([["1", "A", "mười"]], "không phải là số"),
    ],
)
def test_a_table_that_cannot_be_understood_is_refused_with_its_row(
    rows: list[list[Any]], message: str, tmp_path: Path
) -> None:
    with pytest.raises(UserFileError) as refusal:
        read_annex(annex(tmp_path, rows))
    assert message in refusal.value.text.vi


@pytest.mark.parametrize(
    ("below", "codes"),
    [
        ((["1.1", "1.2"], ["2.1"]), ["1.1", "1.2", "2.1"]),  # as they go on from the letters
        ((["1.1", "1.2"], ["1.1"]), ["I.1.1", "I.1.2", "II.1.1"]),  # counted anew
        ((["1", "2"], ["3"]), ["I.1", "I.2", "II.3"]),
        ((["I.1", "I.2"], ["II.1"]), ["I.1", "I.2", "II.1"]),
    ],
)
def test_codes_below_letters_stay_as_printed_where_they_go_on_from_them(
    below: tuple[list[str], list[str]], codes: list[str], tmp_path: Path
) -> None:
    rows: list[list[Any]] = []
    for letter, components in zip(("I", "II"), below, strict=True):
        rows.append([letter, f"Nhóm {letter}"])
        rows += [[code, f"Chỉ số {code}", 10] for code in components]
    read = read_annex(annex(tmp_path, rows))
    assert [item.code for main in read for item in main.components] == codes


def test_a_table_without_the_columns_says_which_it_needs(tmp_path: Path) -> None:
    path = tmp_path / "annex.csv"
    path.write_text("Mã,Tên chỉ số\n1,Nhận thức số\n", encoding="utf-8")
    with pytest.raises(UserFileError) as refusal:
        read_annex(path)
    assert "thiếu cột “Điểm tối đa / " in refusal.value.text.vi
    assert "đang có: Mã, Tên chỉ số." in refusal.value.text.vi


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("a/b × điểm tối đa", "ratio"),
        ("Điểm = số hộ / tổng số hộ * 10", "ratio"),
        ("số hộ / tổng số hộ * 7", "given"),  # another maximum than the table's
        ("Có: 10 điểm; chưa có: 0 điểm", "yes_no"),
        ("Có: 8 điểm; không: 0 điểm", "given"),
        ("Từ 90%: điểm tối đa; từ 50%: 5 điểm", "ladder"),
        ("Từ 90%: 8 điểm; từ 50%: 5 điểm", "given"),  # nobody could reach the maximum
        ("Từ 90%: 10 điểm; Hội đồng xét thêm", "given"),
        ("Tỷ lệ hộ × điểm tối đa", "ratio"),
        ("Tỷ lệ ≥ 80%: điểm tối đa; dưới 80%: Điểm = tỷ lệ × điểm tối đa", "given"),
        ("100%: điểm tối đa; từ 90%: tỷ lệ x điểm tối đa; dưới 90%: 0 điểm", "given"),
        ("Điểm = (1 - tỷ lệ) x điểm tối đa", "given"),
        ("Cách tính: tỷ lệ hộ đạt trên tổng số hộ x điểm tối đa", "ratio"),
        ("Theo hướng dẫn của Sở", "given"),
        ("", "given"),
    ],
)
def test_only_wording_without_doubt_becomes_a_rule(words: str, kind: str) -> None:
    draft = draft_rule(words, name="Tỷ lệ hộ", points=Fraction(10))
    assert draft.rule["kind"] == kind
    assert bool(draft.questions) == (kind in ("given", "ratio"))


def test_every_draft_of_a_rule_is_a_lawful_framework(tmp_path: Path) -> None:
    rules = (
        "a/b × điểm tối đa",
        "Có: 10 điểm; không: 0",
        "Từ 90%: 10 điểm; từ 50%: 3 điểm",
        "?",
        "",
    )
    rows: list[list[Any]] = [["I", "Nhận thức số"]]
    for number, words in enumerate(rules, start=1):
        rows.append([str(number), f"Chỉ số {number}", 10, words])
    draft = draft_framework(
        read_annex(annex(tmp_path, rows)),
        **{"framework_id": "x", "level": "commune", "title": "x", "decision": "", "source": "x"},
        basis="inferred",
    )
    path = tmp_path / "x.toml"
    path.write_text(draft.text, encoding="utf-8")
    assert read_framework(path).maximum == 50_000_000
    numbered = draft.text.splitlines()
    assert all(numbered[line - 1] == f"# CÂU HỎI: {text.vi}" for line, text in draft.questions)
