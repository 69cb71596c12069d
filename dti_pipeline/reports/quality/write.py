"""Write the data-quality pages: one per unit, for its sender, and one for the office.

Each page is one file that needs nothing else: it can be mailed to the unit. Styles stand in the
page, named by their hash in its content-security policy; there is no script, the language switch
is a pair of radio buttons.
"""

import base64
from collections.abc import Mapping
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import polars as pl
from jinja2 import Environment, PackageLoader, StrictUndefined

from dti_pipeline.index.definition import Definition
from dti_pipeline.intake.observe import Intake
from dti_pipeline.reports.quality import view
from schemas.columns import SEVERITIES
from schemas.text import Text

# Samples and figures of a sample must never pass for real ones.
_SAMPLES: Final = ("sample", "calibrated_sample")


def write_quality_pages(
    folder: Path, *, definition: Definition, intake: Intake, issues: pl.DataFrame
) -> list[Path]:
    """Write ``index.html`` for the office and ``units/<unit_id>.html`` for every unit.

    Args:
        folder: where to write; made if it does not exist, pages of before are replaced.
        definition: the assessment.
        intake: what was read.
        issues: all issues of reading and judging, columns of ``dq_issue``.

    Returns:
        The files written, the office's page first.
    """
    engine = _engine()
    units = dict(definition.units.select("unit_id", "unit_name").iter_rows())
    common = _common(definition, intake)
    lines = list(view.unit_lines(units, issues=issues, observations=intake.observations))
    (folder / "units").mkdir(parents=True, exist_ok=True)
    names = {"units": units, "components": common["components"]}
    without_unit = issues.filter(
        pl.col("unit_id").is_null() | ~pl.col("unit_id").is_in(list(units))
    )
    written = [folder / "index.html"]
    written[0].write_text(
        engine.get_template("office.html").render(
            **common,
            lines=lines,
            counts=view.counts(issues),
            groups=view.groups(without_unit, **names),
            rules=view.groups(issues, **names),
            n_files=len(intake.deliveries),
            n_figures=intake.observations.height,
        ),
        encoding="utf-8",
    )
    of_unit = issues.partition_by("unit_id", as_dict=True)
    template = engine.get_template("unit.html")
    for line in lines:
        own = of_unit.get((line.unit_id,), issues.clear())
        path = folder / "units" / f"{line.unit_id}.html"
        path.write_text(
            template.render(**common, line=line, groups=view.groups(own, **names)),
            encoding="utf-8",
        )
        written.append(path)
    return written


def _common(definition: Definition, intake: Intake) -> dict[str, Any]:
    """Return what all pages show."""
    components = {
        component.code: Text(component.component.name_vi, component.component.name_en)
        for framework in definition.frameworks.values()
        for component in framework.components
    }
    bases = set(intake.observations["data_basis"].unique().to_list())
    style = files("dti_pipeline.reports.quality").joinpath("templates/style.css").read_text("utf-8")
    return {
        "assessment": definition.assessment,
        "components": components,
        "is_sample": bool(bases & set(_SAMPLES)),
        "severities": SEVERITIES,
        "words": SEVERITY_WORDS,
        "of": view.by_severity,
        "style": style,
        "policy": f"default-src 'none'; style-src '{_hash(style)}'; base-uri 'none'; "
        "form-action 'none'",
    }


SEVERITY_WORDS: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "blocking": (
        "Phải sửa",
        "Must be corrected",
        "Chưa sửa thì kỳ đánh giá chưa thể tính điểm.",
        "Until then the assessment cannot be computed.",
    ),
    "warning": (
        "Nên kiểm tra",
        "Worth checking",
        "Không chặn việc tính điểm, nhưng có thể làm mất điểm hoặc bị hỏi lại.",
        "Does not stop the computation, but may cost points or raise questions.",
    ),
    "info": (
        "Để biết",
        "For information",
        "Hệ thống đã xử lý; không cần làm gì nếu đúng.",
        "Already dealt with; nothing to do if it is right.",
    ),
}
"""Per severity: its name and what it means, in Vietnamese and English."""


def _hash(text: str) -> str:
    digest = sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"


def _engine() -> Environment:
    return Environment(
        loader=PackageLoader("dti_pipeline.reports.quality", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
