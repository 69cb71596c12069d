"""The text of a framework file: its encoding, its TOML, and the lines of what is wrong."""

from pathlib import Path

import pytest

from dti_pipeline.index.frameworks.load import read_framework
from dti_pipeline.index.toml_files import FileError
from tests.index.rules.cases import component, framework


def test_the_mark_of_windows_before_utf_8_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    framework(tmp_path, component("01", 10))
    path.write_text(path.read_text("utf-8"), encoding="utf-8-sig")
    assert read_framework(path).maximum == 10_000_000


def refusal(folder: Path, text: str) -> FileError:
    path = folder / "small.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FileError) as refused:
        read_framework(path)
    return refused.value


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"id = 'small", "not valid TOML"), (b"id = '\xff'", "not UTF-8 at byte 6")],
)
def test_a_file_that_is_no_toml_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_bytes(content)
    with pytest.raises(FileError, match=message):
        read_framework(path)


def test_where_a_file_is_no_toml_is_told_with_the_library_quoted(tmp_path: Path) -> None:
    [(line, text)] = refusal(tmp_path, 'id = "small"\nlevel province\n').problems
    words = "Expected '=' after a key in a key/value pair"
    assert line == 2
    assert text.vi.startswith(f"không đúng dạng TOML ở cột 7 (nguyên văn lỗi: {words});")
    assert text.en == f"not valid TOML at column 7 (error: {words}); correct this line"


BROKEN = """\
id = "small"
level = "commune"
title_vi = "Bộ"
decision = ""
source = "x"
note_vi = '''
Hai dòng
'''

[[mains]]
code = "1"
concept = "government"
name_vi = "Chính quyền số"
points = 10
basis = "guessed"

[[components]]
code = "0101"
main = "1"
points = 5
name_vi = "Một"
basis = "inferred"
rule = { kind = "ratio", numerator = "a", denominator = "b" }

[components.variables.a]
vi = "a"
minimun = 0

[[components]]
code = "0102"
main = "1"
points = 5
name_vi = "Hai"
basis = "inferred"
rule = { kind = "laddder", value = "a" }
variables = {}
"""


def test_shapes_and_rules_are_told_in_one_round_with_their_lines(tmp_path: Path) -> None:
    lines = refusal(tmp_path, BROKEN).text.en.splitlines()[1:]
    places = [line.split(": ", 1)[0].strip(" -") for line in lines]
    assert places == ["line 15", "line 27", "line 29"]
    assert "minimun: unknown key; the nearest known key is 'minimum'" in lines[1]
    assert "rule kind 'laddder' is unknown" in lines[2]
