"""The page of a simulation: old and new ranks of everybody, a slope chart, sensitivity."""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from dti_pipeline.reports.release_view import Row
from dti_pipeline.reports.site.charts import slope_chart
from dti_pipeline.reports.site.markup import environment
from dti_pipeline.reports.words import DATA_MARKS
from schemas.files.settings import SiteSettings


def write_simulation(
    folder: Path, *, rows: Sequence[Row], agreement: Sequence[Row], **content: Any
) -> None:
    """Write the page and what it loads into a folder; other files in it stay.

    Args:
        rows: units with old and new value and rank, and their pool.
        agreement: per pool, how far both rankings agree.
        content: what else ``simulation.html`` shows: title, release_id, decimals, changes,
            group_name, status_note, without_figures, sensitivity.
    """
    assets = folder / "assets"
    assets.mkdir(parents=True, exist_ok=True)
    static = files("dti_pipeline.reports.site").joinpath("static")
    for name in ("site.css", "site.js", "icon.svg"):
        (assets / name).write_bytes(static.joinpath(name).read_bytes())
    pools = []
    for agreed in agreement:
        of_pool = [row for row in rows if row["pool"] == agreed["pool"]]
        pools.append((agreed, of_pool, slope_chart(of_pool)))
    content["kinds"] = sorted({row["data_basis"] for row in rows} & set(DATA_MARKS))
    shared = {"root": "", "path": "index.html", "settings": SiteSettings()}
    text = environment().get_template("simulation.html").render(pools=pools, **shared, **content)
    (folder / "index.html").write_text(text, encoding="utf-8", newline="\n")
