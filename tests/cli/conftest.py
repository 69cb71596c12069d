"""The command line as a person calls it."""

import sys
from collections.abc import Callable

import pytest

from dti_pipeline import cli


@pytest.fixture
def dti(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Return what runs the command line with some arguments and returns its exit status."""

    def run(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["dti", *arguments])
        return cli.execute()

    return run
