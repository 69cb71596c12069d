"""The page of tables in docs/ is the one the contracts give."""

from pathlib import Path

from tools import bi_tools_page
from tools.tables_page import lines

PAGE = Path(__file__).parents[2] / "docs" / "tables.md"


def test_the_committed_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8").splitlines() == list(lines()), (
        "run: python -m tools.tables_page > docs/tables.md"
    )


def test_the_page_for_tools_is_up_to_date() -> None:
    page = PAGE.with_name("bi-tools.md")
    assert page.read_text(encoding="utf-8").splitlines() == list(bi_tools_page.lines()), (
        "run: python -m tools.bi_tools_page > docs/bi-tools.md"
    )
