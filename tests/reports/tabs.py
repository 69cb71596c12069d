"""What tests read off a ranking and a waterfall in a browser tab."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

ROWS = "#ranking tbody tr"


def names(page: "Page") -> list[str]:
    return page.locator(f"{ROWS} th a").all_inner_texts()


def ranks(page: "Page") -> list[int]:
    return [int(text) for text in page.locator(f"{ROWS} td:first-child b").all_inner_texts()]


def micro(cells: "Locator") -> list[int]:
    return [int(cell.get_attribute("data-micro") or "") for cell in cells.all()]
