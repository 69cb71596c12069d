"""The portal's documentation and its size."""

import re

from tests.conftest import REPOSITORY

PICTURES = REPOSITORY / "docs" / "pictures" / "portal"
PORTAL = REPOSITORY / "dti_pipeline" / "portal"
# What Django writes by itself.
GENERATED = {"0001_initial.py", "0003_causes_and_keys.py", "0004_drafts_letters_plans.py"}


def test_every_picture_is_shown_and_made_by_the_story() -> None:
    text = (REPOSITORY / "docs" / "portal.md").read_text("utf-8")
    story = (REPOSITORY / "tests" / "portal" / "test_demo.py").read_text("utf-8")
    shown = re.findall(r"\(pictures/portal/(\w+)\.jpg\)", text)
    assert sorted(shown) == sorted(path.stem for path in PICTURES.iterdir())
    assert sorted(shown) == sorted(re.findall(r'\.shoot\("(\w+)"', story))
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < 1_000_000


def test_every_test_that_is_named_exists() -> None:
    text = (REPOSITORY / "docs" / "portal.md").read_text("utf-8")
    named = set(re.findall(r"`(test_\w+)`", text))
    present = {path.stem for path in (REPOSITORY / "tests" / "portal").glob("test_*.py")}
    assert named <= present, named - present


def test_the_product_has_at_most_six_thousand_lines() -> None:
    files = [path for path in PORTAL.rglob("*.py") if path.name not in GENERATED]
    assert sum(len(path.read_text("utf-8").splitlines()) for path in files) <= 6000
