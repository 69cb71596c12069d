"""The pages of tables in docs/ are those the contracts give."""

from types import ModuleType

import pytest

from tests.conftest import REPOSITORY
from tools import bi_tools_page, tables_page


@pytest.mark.parametrize(
    ("page", "module"), [("tables.md", tables_page), ("bi-tools.md", bi_tools_page)]
)
def test_the_committed_page_is_up_to_date(page: str, module: ModuleType) -> None:
    committed = (REPOSITORY / "docs" / page).read_text("utf-8").splitlines()
    assert committed == list(module.lines()), f"run: python -m {module.__name__} > docs/{page}"
