"""Every message of the catalogue is used, with the fields that its two texts name."""

import ast
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from string import Formatter

import pytest

from schemas.messages import message
from schemas.text import Text

ROOT = Path(__file__).parents[2]
CATALOGUE = {
    f"{section}.{name}": Text(*texts)
    for file in files("schemas").joinpath("texts").iterdir()
    for section, named in tomllib.loads(file.read_text("utf-8")).items()
    for name, texts in named.items()
}
MAKERS = ("message", "sentence", "tell")
# The state of a release is an English word.
ENGLISH_ONLY = {"status"}


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def calls() -> Iterator[tuple[str, ast.expr, set[str]]]:
    """Yield place, key and names of fields of every message in the product."""
    for path in product_files():
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and makes(ast.unparse(node.func)):
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                yield place, node.args[0], {str(word.arg) for word in node.keywords}


def makes(name: str) -> bool:
    """Say whether a function makes a message; errors take a key, or a text that was made before."""
    return name in MAKERS or (name.endswith("Error") and name != "NotDrawnError")


def product_files() -> list[Path]:
    return [
        path
        for name in ("dti_pipeline", "assets", "schemas")
        for path in sorted((ROOT / name).rglob("*.py"))
    ]


def strings() -> str:
    return "".join(path.read_text("utf-8") for path in product_files())


@pytest.mark.parametrize("key", CATALOGUE)
def test_a_message_names_the_same_fields_in_both_languages(key: str) -> None:
    vi, en = map(fields_of, CATALOGUE[key])
    assert vi - en == set()
    assert en - vi <= ENGLISH_ONLY


def test_every_message_is_made_with_all_its_fields_and_no_others() -> None:
    literal = {
        (place, key.value): names for place, key, names in calls() if isinstance(key, ast.Constant)
    }
    assert len(literal) > 100
    for (place, key), names in literal.items():
        assert key in CATALOGUE, place
        assert names == fields_of("".join(CATALOGUE[key])), place


def test_no_message_is_left_that_nobody_makes() -> None:
    product = strings()
    # A key may be put together: `f"releases.file_{state}"`.
    starts = {
        ast.unparse(key)[2:].partition("{")[0] for _, key, _ in calls() if "{" in ast.unparse(key)
    }
    unused = [
        key
        for key in CATALOGUE
        if f'"{key}"' not in product and not any(key.startswith(start) for start in starts)
    ]
    assert unused == []


def test_names_are_joined_and_each_language_gets_its_own_side() -> None:
    text = message("selection.unknown_scope", text="{x}", known=["a", "b"])
    assert text == Text(
        "không có chỉ số “{x}”; đang có: a, b", "no scope '{x}'; known scopes: a, b"
    )
    gap = message("robustness.gap", assessment="A", gap=Text("một", "one"))
    assert gap == Text("A: không mô phỏng được: một", "A: nothing to draw: one")


def test_an_unknown_message_or_a_missing_field_is_an_error_of_the_caller() -> None:
    with pytest.raises(KeyError):
        message("run.no_such_message")
    with pytest.raises(KeyError):
        message("selection.unknown_scope", text="x")
