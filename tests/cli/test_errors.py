"""What the file system refuses, and output that a code page cannot show."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from xlsxwriter.exceptions import FileCreateError

from dti_pipeline.cli.errors import foreseen_errors, message_of
from dti_pipeline.cli.language import choose_language
from dti_pipeline.index.units.unit_files import UnitFileError
from schemas.text import Text


@pytest.mark.parametrize(
    ("number", "vi", "en"),
    [
        (errno.EACCES, "không có quyền đọc hoặc ghi", "give access to the account"),
        (errno.EROFS, "không có quyền đọc hoặc ghi", "choose another folder (--data, --out)"),
        (errno.ENOTDIR, "là tệp, không phải thư mục", "it is a file, not a folder"),
        (errno.EEXIST, "là tệp, không phải thư mục", "it is a file, not a folder"),
        (errno.EISDIR, "là thư mục, không phải tệp", "it is a folder, not a file"),
        (errno.ENOENT, "không tồn tại", "make the folder first"),
        (errno.ENOSPC, "ổ đĩa đã đầy", "make room"),
        (errno.EDQUOT, "vượt hạn mức dung lượng", "raise the limit"),
        (errno.EFBIG, "vượt hạn mức dung lượng", "raise the limit"),
    ],
)
@pytest.mark.parametrize("wrap", [lambda error: error, FileCreateError])
def test_a_refusal_of_the_file_system_is_a_sentence_with_its_remedy(number, vi, en, wrap):
    error = wrap(OSError(number, os.strerror(number), Path("reports/a.xlsx")))
    assert isinstance(error, foreseen_errors())
    assert message_of(error).startswith(f"reports/a.xlsx: {vi}")
    assert en not in message_of(error)
    choose_language("en")
    assert en in message_of(error)
    assert vi not in message_of(error)


def test_a_refused_rename_names_its_target():
    error = OSError(errno.EISDIR, "Is a directory", ".a.tmp", None, "a")
    assert message_of(error).startswith("a: là thư mục")


@pytest.mark.parametrize(("line", "at"), [(3, (", dòng 3", ", line 3")), (None, ("", ""))])
def test_a_wrong_unit_file_is_told_in_the_language_of_the_command(line, at):
    error = UnitFileError(Path("units/a.csv"), line, Text("sai; đề nghị sửa", "wrong; mend it"))
    assert message_of(error) == f"units/a.csv{at[0]}: sai; đề nghị sửa"
    choose_language("en")
    assert message_of(error) == f"units/a.csv{at[1]}: wrong; mend it"


def run_in(**settings: str) -> subprocess.CompletedProcess[bytes]:
    """Name a printed table that does not exist; the message is Vietnamese."""
    environment = {key: text for key, text in os.environ.items() if key[:2] != "LC"}
    return subprocess.run(
        [sys.executable, "-m", "dti_pipeline.cli", "compare", "x.csv", "province-2022"],
        capture_output=True,
        env=environment | settings,
        check=False,
    )


@pytest.mark.parametrize("page", ["cp1252", "cp1258", "ascii"])
def test_a_sign_that_a_code_page_lacks_stops_nothing(page):
    result = run_in(PYTHONIOENCODING=page)
    assert result.returncode == 2
    assert b"Traceback" not in result.stderr
    assert b"x.csv" in result.stderr
    assert b"\\u" in result.stderr


@pytest.mark.parametrize("settings", [{}, {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0"}])
def test_files_and_pipes_get_utf8(settings):
    result = run_in(**settings, PYTHONUTF8="0")
    assert "không có tệp x.csv" in result.stderr.decode()
