"""A page per province over all years, at an address that a name gives: ``tinh/tuyen-quang.html``.

A province that kept its name through a merger has one page for the unit before and the unit after.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from dti_pipeline.reports.release_view import ReleaseView
from dti_pipeline.reports.site.charts import history_chart
from dti_pipeline.reports.unit_page import UnitPages

FOLDER: Final = "tinh"


def province_addresses(release: ReleaseView) -> dict[str, str]:
    """Return unit → address of its province's page from the root of the site.

    Two units of one set never share a page: the later ones have their unit id in the address.
    """
    addresses: dict[str, str] = {}
    sets: dict[str, set[str]] = {}
    for unit_id, unit in sorted(release.units.items()):
        if unit["level"] != "province":
            continue
        slug = re.sub(r"[^a-z0-9]+", "-", (unit["name_ascii"] or "").lower()).strip("-")
        if not slug or unit["unit_set"] in sets.get(slug, ()):
            slug = f"{slug}-{unit_id.lower()}".strip("-")
        sets.setdefault(slug, set()).add(unit["unit_set"])
        addresses[unit_id] = f"{FOLDER}/{slug}.html"
    return addresses


def province_pages(
    assessments: Sequence[UnitPages], addresses: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Return address → what the page of a province shows, for provinces that were assessed.

    The newest assessment comes first; addresses are as `province_addresses` returns them.
    """
    pages: dict[str, dict[str, Any]] = {}
    for pages_of in assessments:
        for unit_id in pages_of.unit_ids:
            page = pages.setdefault(addresses[unit_id], {"unit_id": unit_id, "years": []})
            row = pages_of.assessment.overall.row(pages_of.unit_ids.index(unit_id), named=True)
            moves = pages_of.year_moves
            move = moves and moves.of_unit(unit_id)
            page["years"].append({"pages": pages_of, "row": row, "moves": moves, "move": move})
    for page in pages.values():
        newest: UnitPages = page["years"][0]["pages"]
        timeline, unit_id = newest.timeline, page["unit_id"]
        predecessors = timeline.predecessors.get(unit_id, [])
        page |= {
            "assessment": newest.assessment,
            "unit": newest.assessment.release.units[unit_id],
            "predecessors": predecessors,
            "successor": timeline.succession_of(unit_id),
            "chart": history_chart(timeline.stops, unit_id, predecessors=predecessors),
        }
    return pages
