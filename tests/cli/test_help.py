"""Help and errors at the edge of the process: quick, and quiet where nobody listens."""

import os
import subprocess
import sys

import pytest

HELP_OF_EVERYTHING = """
import sys
from typer.testing import CliRunner
from dti_pipeline.cli import app
from typer.main import get_command

def helps(command, names):
    assert CliRunner().invoke(app, [*names, "--help"]).exit_code == 0, names
    for name, part in getattr(command, "commands", {}).items():
        helps(part, [*names, name])

helps(get_command(app), [])
print(*sorted({"dagster", "duckdb", "numpy", "pandera", "polars", "pyarrow"} & set(sys.modules)))
"""


TEXTS = """
import json
import tomllib
from pathlib import Path
from typer.main import get_command
from dti_pipeline.cli import app, helps

catalogue = tomllib.loads(Path(helps.__file__).with_suffix(".toml").read_text(encoding="utf-8"))
shared = catalogue.pop("shared")

def texts(command, path, texts_of):
    yield path, "command"
    for parameter in command.get_params(command.context_class(command)):
        shares = parameter.name in shared and parameter.name not in texts_of
        yield "shared" if shares else path, parameter.name
    for name, below in getattr(command, "commands", {}).items():
        yield from texts(below, f"{path} {name}", texts_of[name])

def entries(texts_of, path):
    for name, entry in texts_of.items():
        if isinstance(entry, dict):
            yield from entries(entry, f"{path} {name}")
        else:
            yield path, name
            assert len(entry) == 2 and (all(entry) or name == "release_id"), entry

texts_in_file = {*entries(catalogue, "dti"), *entries(shared, "shared")}
print(json.dumps(sorted(set(texts(get_command(app), "dti", catalogue)) ^ texts_in_file)))
"""


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)


def test_help_of_every_command_imports_nothing_that_computes() -> None:
    assert python("-c", HELP_OF_EVERYTHING).stdout == "\n"


def test_every_text_of_the_help_has_its_vietnamese_and_no_other_is_kept() -> None:
    assert python("-c", TEXTS).stdout == "[]\n"


@pytest.mark.parametrize(
    ("arguments", "language", "lines"),
    [
        (["--help"], "", ("Cách dùng: ", "Tùy chọn:", "  rank ", "Lệnh:")),
        (["release"], "", ("Liệt kê, phê duyệt, hủy dự thảo, thu hồi bản phát hành.",)),
        (["rank", "--help"], "", ("Tham số:", "Ví dụ province-2022.  [bắt buộc]")),
        (["rank", "--help"], "en", ("Usage: ", "For example province-2022.  [required]")),
        (["--lang", "en", "rank", "--help"], "", ("Arguments:", "Print CSV.")),
        (["rank", "--lang=vi", "--help"], "en", ("Thư mục dữ liệu.  [biến môi trường: DTI_DATA",)),
    ],
)
def test_the_help_speaks_the_language_of_the_command(
    arguments: list[str], language: str, lines: tuple[str, ...]
) -> None:
    command = [sys.executable, "-m", "dti_pipeline.cli", *arguments]
    environment = os.environ | {"DTI_LANG": language or "vi", "COLUMNS": "200"}
    run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert [line for line in lines if line not in run.stdout + run.stderr] == []


def test_a_reader_who_has_enough_gets_no_traceback() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "dti_pipeline.cli", "--help"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
