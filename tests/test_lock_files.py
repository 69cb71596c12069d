"""The hashed lock files hold what pyproject.toml asks for, and say nothing of where it came from."""

import re
import tomllib

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
# As tools/lock makes them: lock file → extras beside the base.
LOCKS = {
    "requirements.lock": ["build"],
    "requirements-dev.lock": ["build", "dev", "docs", "portal", "service"],
    "requirements-portal.lock": ["build", "portal"],
    "requirements-readers.lock": ["readers"],
    "requirements-service.lock": ["build", "service"],
}


def pinned(lock: str) -> dict[str, str]:
    """Return name → version of what is installed here; other systems may have other versions."""
    lines = re.findall(r"^(\S[^=]*)==(\S+)(?: ; (.*?))? \\$", (REPOSITORY / lock).read_text(), re.M)
    return {
        canonicalize_name(Requirement(name).name): version
        for name, version, marker in lines
        if not marker or Marker(marker).evaluate()
    }


@pytest.mark.parametrize("lock", LOCKS)
def test_everything_asked_for_is_pinned_to_a_version_that_fits(lock: str) -> None:
    versions = pinned(lock)
    extras = PROJECT["optional-dependencies"]
    for text in [*PROJECT["dependencies"], *(t for name in LOCKS[lock] for t in extras[name])]:
        requirement = Requirement(text)
        version = versions.get(canonicalize_name(requirement.name))
        assert version is not None, f"{text} is not pinned: run tools/lock"
        assert requirement.specifier.contains(version), f"{text}, but {version}: run tools/lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_what_the_base_has_is_the_same_everywhere(lock: str) -> None:
    base, here = pinned("requirements.lock"), pinned(lock)
    assert {name: here[name] for name in base.keys() & here.keys()}.items() <= base.items()


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address_and_no_path(lock: str) -> None:
    text = (REPOSITORY / lock).read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*[#-](?!-hash=sha256:)|/", text, re.M)


def test_every_lock_file_is_known_here_and_made_by_the_script() -> None:
    assert {path.name for path in REPOSITORY.glob("requirements*.lock")} == {*LOCKS}
    script = (REPOSITORY / "tools" / "lock").read_text("utf-8")
    assert dict(re.findall(r"^lock (\S+) (\S+)", script, re.M)) == {
        lock: ",".join(extras) for lock, extras in LOCKS.items()
    }
