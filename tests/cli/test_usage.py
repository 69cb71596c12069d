"""What the command line answers to wrong usage, and with which exit status."""

import os
import re
import tomllib
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path

import pytest

from dti_pipeline.cli import options
from dti_pipeline.version import RULES_VERSION
from tests.cli.conftest import Call
from tests.conftest import REPOSITORY


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DTI_LANG", "en")


@pytest.mark.parametrize("command", ["check", "status", "form"])
def test_an_unknown_assessment_is_wrong_usage(command: str, tmp_path: Path, refused: Call) -> None:
    refusal = refused(command, "province-1999", "--data", str(tmp_path))
    assert refusal.startswith("dti: no assessment 'province-1999'; known assessments: ")
    assert "province-2022" in refusal


def test_today_is_the_day_in_vietnam_wherever_the_machine_stands(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class EarlyInVietnam(datetime):
        @classmethod
        def now(cls, zone: tzinfo | None = None) -> datetime:
            return datetime(2026, 1, 31, 18, tzinfo=UTC).astimezone(zone)

    monkeypatch.setattr(options, "datetime", EarlyInVietnam)
    assert options.day_or_today(None) == date(2026, 2, 1)


@pytest.mark.parametrize("command", [["run"], ["check", "province-2023"], ["release", "list"]])
def test_a_data_folder_that_does_not_exist_is_wrong_usage_and_not_made(
    command: list[str], tmp_path: Path, refused: Call
) -> None:
    folder = tmp_path / "nowhere"
    assert f"there is no data folder {folder}" in refused(*command, "--data", str(folder))
    assert not folder.exists()


def test_an_unknown_language_is_wrong_usage_also_from_the_environment(
    tmp_path: Path, refused: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    french = ["check", "province-2023", "--data", str(tmp_path), "--lang", "fr"]
    assert refused(*french) == "dti: no language 'fr'; known languages: vi, en\n"
    refusal = refused("--lang", "vi", *french)
    assert refusal == "dti: không có ngôn ngữ “fr”; đang có: vi, en\n"
    monkeypatch.setenv("DTI_LANG", "xx")
    refused(*french[:-2])


def test_languages_are_taken_in_capitals(
    tmp_path: Path, dti: Call, monkeypatch: pytest.MonkeyPatch, printed: Call
) -> None:
    monkeypatch.setenv("DTI_LANG", "EN")
    (tmp_path / "raw" / "province-2023").mkdir(parents=True)
    text = printed(dti, "check", "province-2023", "--data", str(tmp_path), status=1)
    assert "Must correct" in text


def test_what_the_file_system_refuses_is_one_message(
    tmp_path: Path, refused: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path / "store" / ".lock"))

    monkeypatch.setattr("dti_pipeline.cli.run.choose", refuse)
    refusal = refused("run", "--data", str(tmp_path), status=1)
    assert refusal.startswith(f"dti: {tmp_path}/store/.lock: no permission to read or write it; ")


def test_a_file_that_may_not_be_read_is_told_with_what_to_do(
    tmp_path: Path, refused: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "a.csv"
    table.touch()
    monkeypatch.setattr(os, "access", lambda *_: False)
    command = ["compare", str(table), "province-2022"]
    remedy = "give read permission to the account that runs the command"
    assert refused(*command).endswith(f": no permission to read {table}; {remedy}\n")
    monkeypatch.setenv("DTI_LANG", "vi")
    assert f"không có quyền đọc {table}; đề nghị cấp quyền đọc" in refused(*command)


def test_a_folder_of_own_files_that_may_not_be_read_is_not_an_empty_one(
    tmp_path: Path, refused: Call, forbid: Call
) -> None:
    """The units of the package would be taken in the place of the user's."""
    folder = tmp_path / "config" / "units"
    folder.mkdir(parents=True)
    forbid(folder)
    refusal = refused("check", "province-2022", "--data", str(tmp_path), status=1)
    assert refusal.startswith(f"dti: {folder}: no permission to read or write it; ")


def test_an_unknown_release_is_wrong_usage_and_none_at_all_is_not(
    tmp_path: Path, refused: Call
) -> None:
    arguments = ["rank", "province-2022", "--data", str(tmp_path)]
    assert "no release 'r0007'" in refused(*arguments, "--as-of", "r0007")
    assert "nothing has been published" in refused(*arguments, status=1)


@pytest.mark.parametrize(
    ("command", "ending"),
    [
        ("rank", "thiếu tham số ASSESSMENT"),
        ("rank a --top x", "giá trị của --top không hợp lệ: cần ghi số nguyên"),
        ("rank a --top 0", "giá trị của --top không hợp lệ: cần từ 1 trở lên"),
        ("rank a --top", "tùy chọn --top cần có giá trị"),
        ("rank a --json=5", "tùy chọn --json không nhận giá trị"),
        ("rank a --to 5", "không có tùy chọn --to (gần giống: --data, --json, --top)"),
        ("rank a b --data {data}", "thừa tham số: b"),
        ("release withdraw r0001", "thiếu tùy chọn --by"),
        ("nosuch", "không có lệnh “nosuch”"),
        ("annex --paper x", "“x” không thuộc 'annex', 'table', 'correction', 'reply'"),
        ("framework check x --on 2", "“2” không theo dạng '%Y-%m-%d', '%d/%m/%Y'"),
    ],
)
def test_wrong_usage_is_told_in_the_language_of_the_command(
    command: str, ending: str, tmp_path: Path, refused: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = command.format(data=tmp_path).split()
    assert "Error: " in refused(*words)
    monkeypatch.setenv("DTI_LANG", "vi")
    refusal = refused(*words)
    assert refusal.endswith(f"{ending}\n")
    assert "Lỗi: " in refusal
    assert not re.search(r"Error|Try|Usage|Input|Value", refusal)


def test_the_version_is_that_of_the_package_and_of_the_rules(dti: Call, printed: Call) -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    assert printed(dti, "--version") == f"dti {project['version']} (rules {RULES_VERSION})\n"


@pytest.mark.parametrize(
    ("lang", "where"), [("vi", "từ kho mã nguồn"), ("en", "from the source repository")]
)
def test_sample_says_where_it_went(lang: str, where: str, refused: Call) -> None:
    refusal = refused("--lang", lang, "sample", "province-2022", "--out", "somewhere")
    assert f"{where}: python -m tools.sample ASSESSMENT --out DIR\n" in refusal


@pytest.mark.parametrize(
    ("error", "text"),
    [(MemoryError(), "out of memory"), (RuntimeError("can't start new thread"), "no more threads")],
)
def test_a_machine_without_memory_or_threads_is_one_message(
    error: Exception, text: str, tmp_path: Path, refused: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("dti_pipeline.cli.run.choose", refuse)
    (line,) = refused("run", "--data", str(tmp_path), status=1).splitlines()
    assert line.startswith(f"dti: {text}")
