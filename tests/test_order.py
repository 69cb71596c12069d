"""In which order tests are handed to workers."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import pytest_collection_modifyitems


def item(name: str, *, is_early: bool = False) -> Any:
    return SimpleNamespace(
        name=name, path=name[0], get_closest_marker=lambda marker: is_early or None
    )


def test_what_waits_long_begins_first_and_files_with_many_tests_follow(
    request: pytest.FixtureRequest,
) -> None:
    items = [item("a1"), item("b1"), item("b2"), item("c1", is_early=True), item("d1")]
    pytest_collection_modifyitems(items)
    assert [one.name for one in items] == ["c1", "b1", "b2", "a1", "d1"]
    # Else xdist would order them once more.
    assert request.config.getoption("loadscopereorder") is False
