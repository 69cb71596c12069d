"""Write the data-quality pages: one per unit, for its sender, and one for the office.

Each page is one file that needs nothing else: it can be mailed to the unit. Styles stand in the
page, named by their hash in its content-security policy; there is no script, the language switch
is a pair of radio buttons.
"""

import base64
from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

import polars as pl

from dti_pipeline.reports import figures, words
from dti_pipeline.reports.quality import view
from dti_pipeline.reports.site.markup import template_engine
from schemas.codes import SEVERITIES
from schemas.text import Text


def write_quality_pages(
    folder: Path,
    *,
    title: Text,
    deadline: date | None,
    units: Mapping[str, str],
    components: Mapping[str, Text],
    n_files: int,
    observations: pl.DataFrame,
    issues: pl.DataFrame,
) -> list[Path]:
    """Write ``index.html`` for the office and ``units/<name>.html`` for every unit.

    Pages of before are replaced. Units and components are names by id and code.

    Returns:
        The files written, the office's page first.
    """
    engine = template_engine("dti_pipeline.reports.quality")
    style = files("dti_pipeline.reports.quality").joinpath("templates/style.css").read_text("utf-8")
    digest = base64.b64encode(sha256(style.encode("utf-8")).digest()).decode("ascii")
    engine.globals.update(
        title=title,
        deadline=deadline,
        # Samples and figures of a sample must never pass for real ones.
        is_sample=observations["data_basis"].is_in(list(words.DATA_MARKS)).any(),
        severities=SEVERITIES,
        name_of=words.name_of,
        whole=figures.whole,
        english=figures.english,
        units=units,
        components=components,
        file_name=view.file_name,
        style=style,
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; "
        "form-action 'none'",
    )
    lines = view.unit_lines(units, issues=issues, observations=observations)
    without_unit = issues.filter(
        pl.col("unit_id").is_null() | ~pl.col("unit_id").is_in(list(units))
    )
    (folder / "units").mkdir(parents=True, exist_ok=True)
    paths = [folder / "index.html"]
    paths[0].write_text(
        engine.get_template("office.html").render(
            lines=lines,
            counts=view.counts(issues),
            groups=view.groups(without_unit),
            rules=view.groups(issues),
            n_files=n_files,
            n_figures=observations.height,
        ),
        encoding="utf-8",
    )
    of_unit = issues.partition_by("unit_id", as_dict=True)
    template = engine.get_template("unit.html")
    for line in lines:
        own = of_unit.get((line["unit_id"],), issues.clear())
        path = folder / "units" / f"{line['page']}.html"
        text = template.render(line=line, groups=view.groups(own))
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths
