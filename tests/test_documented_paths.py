"""What the pages name exists: paths, modules, names in them, links."""

import re
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY

PAGES = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/*.md")])
ROOTS = ("assets", "benchmarks", "docs", "dti_pipeline", "schemas", "tests", "tools")
ROOMS = {path.name for path in (REPOSITORY / "dti_pipeline").iterdir() if path.is_dir()}

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)


def text_of(page: Path) -> str:
    """Return a page without its blocks of code, which show commands, figures and folders."""
    return re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)


def missing_paths(text: str) -> list[str]:
    """Return the paths in backticks that lead nowhere; patterns must match something."""
    missing = []
    for path in re.findall(r"`([\w.*-]+(?:/[\w.*-]*)+)`", text):
        first = path.split("/")[0]
        if first in ROOTS:
            places = [path.rstrip("/")]
        elif first in ROOMS:
            places = [f"dti_pipeline/{path.rstrip('/')}{end}" for end in ("", ".py")]
        else:
            continue
        if not any(any(REPOSITORY.glob(place)) for place in places):
            missing.append(path)
    return missing


@each_page
def test_paths_exist(page: Path) -> None:
    assert missing_paths(text_of(page)) == []


@each_page
def test_names_stand_in_the_file_they_are_looked_for_in(page: Path) -> None:
    # “`path.py`: `name`, `name`”, the path perhaps as a link
    for path, names in re.findall(
        r"`([\w/]+\.py)`(?:\]\([^)]*\))?: ((?:`\w+`(?:, )?)+)", text_of(page)
    ):
        code = (REPOSITORY / path).read_text("utf-8")
        for name in re.findall(r"`(\w+)`", names):
            assert re.search(rf"^(\s*def |class ){name}\b|^{name}\b.*=", code, re.MULTILINE), name


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", text_of(page)):
        assert (page.parent / target).exists(), target


@each_page
def test_modules_to_run_exist(page: Path) -> None:
    for module in re.findall(r"python -m ((?:" + "|".join(ROOTS) + r")[\w.]*)", page.read_text()):
        path = REPOSITORY / module.replace(".", "/")
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module


def test_a_path_that_leads_nowhere_is_seen() -> None:
    text = "`dti_pipeline/nowhere.py`, `intake/nowhere`, `dti_pipeline/*/nowhere/`"
    assert len(missing_paths(text)) == 3
    assert missing_paths("`dti_pipeline/exact.py`, `intake/forms/`, `data/raw/`, `and/or`") == []
