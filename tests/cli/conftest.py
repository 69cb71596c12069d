"""The command line as a person calls it, and as a program does."""

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from dti_pipeline import cli

Call = Callable[..., Any]
Told = pytest.CaptureFixture[str]


@pytest.fixture
def dti(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Return what runs the command line with some arguments and returns its exit status."""

    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["dti", *arguments])
        return cli.execute()

    return run


@pytest.fixture
def printed(capsys: Told) -> Call:
    """Return what calls a command, expects its exit status, and returns what it prints."""

    def call(command: Callable[..., int], *arguments: Any, status: int = 0, **options: Any) -> str:
        capsys.readouterr()
        assert command(*arguments, **options) == status
        return capsys.readouterr().out

    return call


@pytest.fixture
def answer(printed: Call) -> Call:
    """Return what calls a command as a program does, and returns its JSON."""

    def call(command: Callable[..., int], *arguments: Any, **options: Any) -> Any:
        return json.loads(printed(command, *arguments, as_json=True, **options))

    return call


@pytest.fixture
def refused(dti: Callable[..., int], capsys: Told) -> Call:
    """Return what runs the command line, expects its exit status, and returns what it objects."""

    def run(*arguments: str, status: int = 2) -> str:
        assert dti(*arguments) == status
        return capsys.readouterr().err

    return run
