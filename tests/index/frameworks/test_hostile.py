"""A definition that means harm, or is broken beyond use, is one error, and soon."""

from pathlib import Path
from typing import Any

import pytest

from dti_pipeline.index.frameworks.load import read_framework
from dti_pipeline.index.toml_files import FileError
from tests.index.rules.cases import RATIO, component, count, framework_text, main

AB = {"a": count("a"), "b": count("b")}
TARGET, POINTS = '"target" = "1/2"', '"points" = 10'


def text(points: str = "10", target: str = '"1/2"') -> str:
    rule: dict[str, Any] = {**RATIO, "kind": "target", "target": "1/2"}
    entry = component("01", 10, rule=rule, variables=AB)
    whole = framework_text(mains=[main("1", 10)], components=[entry])
    assert TARGET in whole
    assert POINTS in whole
    return whole.replace(POINTS, f'"points" = {points}').replace(TARGET, f'"target" = {target}')


@pytest.mark.timeout(30)  # none of them fills the memory or runs on
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (text(points="1000000000000"), "1000000000000 is above 10000"),
        (text(points="10001"), "10001 is above 10000"),
        (text(points="1" + "0" * 400), "more than 15 digits"),
        (text(points="1" + "0" * 5000), "not valid TOML"),
        (text(points="0x" + "f" * 5000), "more than 15 digits"),
        (text(points="1e400"), "'inf' is not a number"),
        (text(target='"1e999999999"'), "is not a number"),
        (text(target='"1e-999999999"'), "is not a number"),
        (text(target=f'"0.{"3" * 5000}"'), "more than 15 digits"),
        (text(target=f'"1/{"7" * 5000}"'), "more than 15 digits"),
        (text(target='"1/123456789"'), "too many decimals, or too large a divisor"),
        (text(target='"0.123456789"'), "too many decimals, or too large a divisor"),
        (text(target='"١/٢"'), "is not a number"),
        (text(target='"1/0"'), "is not a number"),
        (text(target='"nan"'), "is not a number"),
        (f"a = {'[' * 5000}{']' * 5000}", "too deeply"),
        (f"a = {'{b=' * 5000}1{'}' * 5000}", "too deeply"),
        (f"{'.'.join('a' * 3000)} = 1", "unknown key"),
    ],
)
def test_an_absurd_framework_is_one_error(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(FileError, match=message):
        read_framework(path)


@pytest.mark.parametrize("target", ['"33.3333%"', '"8/27"', "1", '".5"', '"0.12345678"'])
def test_an_exact_number_of_usual_length_is_read(target: str, tmp_path: Path) -> None:
    path = tmp_path / "small.toml"
    path.write_text(text(points="10000", target=target), encoding="utf-8")
    assert read_framework(path).maximum == 10_000_000_000
