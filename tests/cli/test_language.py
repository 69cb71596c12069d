"""Every command speaks one language, with its digits; what programs read has none."""

import ast
import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from dti_pipeline.cli.init import make_data_folder
from dti_pipeline.cli.run import run_assessments
from tests.conftest import REPOSITORY

UNIT = ("vi-du-2026", "VD-1")
COMMANDS = (
    ("run",),
    ("check", "vi-du-2026"),
    ("status", "vi-du-2026"),
    ("rank", "vi-du-2026"),
    ("explain", *UNIT),
    ("explain", *UNIT, "--component", "0201"),
    ("explain", *UNIT, "--history"),
    ("diff", "vi-du-2026"),
    ("plan", "vi-du-2026", "VD-2", "--target-rank", "1"),
    ("whatif", *UNIT, "0201=40"),
    ("robustness", "vi-du-2026", "--draws", "50", "--unit", "VD-1", "--versus", "VD-2"),
    ("verify", "--recompute"),
    ("release", "list"),
    ("onepager", "vi-du-2026"),
    ("workbook",),
    ("annex", "vi-du-2026", "--no-pdf"),
    ("annex", "vi-du-2026", "--paper", "table", "--no-pdf"),
    ("annex", "vi-du-2026", "--paper", "reply", "--unit", "VD-1", "--no-pdf"),
)
WRONG = (
    ("rank", "vi-du-1999"),
    ("rank", "vi-du-2026", "--as-of", "r0099"),
    ("rank", "vi-du-2026", "--scope", "xyz"),
    ("explain", "vi-du-2026", "nobody"),
    ("explain", *UNIT, "--component", "9999"),
    ("plan", *UNIT),
    ("plan", *UNIT, "--target-rank", "0"),
    ("whatif", *UNIT, "0201"),
    ("whatif", *UNIT, "0201=abc"),
    ("robustness", "vi-du-2026", "--versus", "VD-2"),
    ("check", "vi-du-1999"),
    ("new", "vi-du-2027", "--from", "vi-du-1999"),
    ("release", "approve", "r0001", "--by", "a", "--reason", "b"),
    ("compare", "nothing.csv", "vi-du-2026"),
    ("run", "vi-du-1999"),
    ("explain", *UNIT, "--since", "vi-du-2026"),
    ("annex",),
    ("annex", "vi-du-2026", "--paper", "correction"),
    ("annex", "vi-du-2026", "--paper", "reply", "--unit", "VD-1", "--component", "9999"),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the example of ``dti init``, published."""
    folder = tmp_path_factory.mktemp("language") / "data"
    assert make_data_folder(folder) == 0
    assert run_assessments([], data=folder / "vi_du") == 0
    return folder / "vi_du"


@pytest.fixture
def output(
    data: Path, dti: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> Callable[[tuple[str, ...], str], tuple[int, str]]:
    """Return what runs a command in a language and gives its status and all that it printed."""

    def run(command: tuple[str, ...], lang: str) -> tuple[int, str]:
        status = dti("--lang", lang, *command, "--data", str(data))
        text = capsys.readouterr()
        return status, text.out + text.err

    return run


def headings() -> list[tuple[str, str]]:
    """Return the texts of the command line that have no details: Vietnamese and English."""
    calls = [
        [getattr(argument, "value", None) for argument in node.args]
        for path in (REPOSITORY / "dti_pipeline/cli").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Text"
    ]
    tables = tomllib.loads((REPOSITORY / "dti_pipeline/cli/tables.toml").read_text("utf-8"))
    columns = [column for table in tables.values() for column in table.values()]
    pairs = [call for call in calls if len(call) == 2]
    pairs += [[column["vi"], column["en"]] for column in columns if "vi" in column]
    return [
        (vi, en) for vi, en in pairs if vi != en and isinstance(vi, str) and isinstance(en, str)
    ]


def holds(text: str, words: str) -> bool:
    text = re.sub("“[^”]*”", "", text)  # what a delivery says is its own
    return (
        len(words) > 3
        and re.search(rf"(?<![\w-]){re.escape(words)}(?![\w-]|\.\w)", text) is not None
    )


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_speaks_the_language_that_was_chosen(command, output):
    vi_status, vi = output(command, "vi")
    en_status, en = output(command, "en")
    assert (vi_status, en_status) == (0, 0)
    assert [words for _, words in headings() if holds(vi, words)] == []
    assert [words for words, _ in headings() if holds(en, words)] == []
    assert not re.search(r"\w · [a-z]", vi.replace("·", " · ").replace(" · DTI", ""))


@pytest.mark.parametrize("command", WRONG, ids=" ".join)
def test_wrong_usage_is_answered_in_one_language(command, output):
    vi_status, vi = output(command, "vi")
    en_status, en = output(command, "en")
    assert vi_status == en_status != 0
    assert vi != en
    assert not re.search(r"\b(the|there|has|known|write|give|is|no such)\b", vi)
    assert re.search(r"\b(the|there|has|known|write|give|is|no)\b", en)
    assert " · " not in vi + en


@pytest.mark.parametrize(("lang", "value"), [("vi", "0,9400"), ("en", "0.9400")])
def test_the_digits_follow_the_language(lang, value, output):
    assert value in output(("rank", "vi-du-2026"), lang)[1]


def test_what_programs_read_has_points_in_every_language(output):
    rank = ("rank", "vi-du-2026")
    rows = json.loads(output((*rank, "--json"), "vi")[1])["rows"]
    assert rows[0]["value"] == 0.94
    vi, en = (output((*rank, "--csv"), lang) for lang in ("vi", "en"))
    assert vi == en
    assert ",0.94," in vi[1]


def test_the_option_behind_a_command_goes_before_that_in_front(output, monkeypatch):
    command = ("rank", "vi-du-2026", "--lang", "en")
    monkeypatch.setenv("DTI_LANG", "vi")
    assert "Rank" in output(command, "vi")[1]
