"""Fixtures of this room: the process that forks writers."""

from collections.abc import Iterator

import pytest

from tests.release.writer import Writers, writers


@pytest.fixture(scope="session")
def writing() -> Iterator[Writers]:
    """Return the starter of writers to be killed."""
    with writers() as started:
        yield started
