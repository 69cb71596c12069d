"""Help and errors at the edge of the process: quick, and quiet where nobody listens."""

import subprocess
import sys

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


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)


def test_help_of_every_command_imports_nothing_that_computes() -> None:
    assert python("-c", HELP_OF_EVERYTHING).stdout == "\n"


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
