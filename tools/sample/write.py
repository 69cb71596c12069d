"""Write all sample deliveries of an assessment, byte for byte the same on every run."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from shutil import copyfile
from typing import Final

from dti_pipeline.index.assessments.load import load_assessment
from dti_pipeline.index.frameworks.load import load_framework
from dti_pipeline.index.units.registry import load_registry
from tools.sample.calibrate import sample_figures
from tools.sample.communes import write_communes
from tools.sample.ninh_binh import write_ninh_binh
from tools.sample.provinces_2025 import write_provinces_2025
from tools.sample.reports import write_reports
from tools.sample.tables import write_tables
from tools.sample.tay_ninh import write_tay_ninh

# Real tables that belong to the deliveries: place in the delivery folder → reference file.
REAL_FILES: Final[Mapping[str, str]] = {
    "central/01_population_grdp_2022_2024.csv": "population_grdp_2022_2024.csv",
    "official/01_published_dti_2022_2024.csv": "published_dti_2022_2024.csv",
    "official/02_published_units_2022.csv": "published_units_2022.csv",
}
# Assessments with writers of their own.
LOCAL: Final[Mapping[str, Callable[..., list[Path]]]] = {
    "commune-hcmc-2026": write_communes,
    "commune-tayninh-2025": write_tay_ninh,
    "ninh-binh-2021": partial(write_ninh_binh, 2021),
    "ninh-binh-2022": partial(write_ninh_binh, 2022),
    "province-2025": write_provinces_2025,
}
# Assessments that have samples.
SAMPLES: Final = ("province-2022", *LOCAL)


class NoSampleError(ValueError):
    """An assessment that has no sample deliveries."""


def write_sample(assessment_id: str, *, out: Path) -> tuple[Path, ...]:
    """Write central tables, self-reports and published tables of an assessment.

    Args:
        assessment_id: one of ``SAMPLES``.
        out: folder of the assessment's deliveries; ``central``, ``self_reports`` and ``official``
            are made inside it.

    Returns:
        The files written, sorted.

    Raises:
        NoSampleError: if the assessment has no samples; the message names those that have.
    """
    if assessment_id not in SAMPLES:
        msg = (
            f"no sample deliveries for '{assessment_id}'; there are some for: {', '.join(SAMPLES)}"
        )
        raise NoSampleError(msg)
    if assessment_id in LOCAL:
        return tuple(sorted(LOCAL[assessment_id](out=out)))
    assessment = load_assessment(assessment_id)
    framework = load_framework(assessment.framework_of_group[None])
    registry = load_registry()
    units = registry.of_set(assessment.unit_set)
    figures = sample_figures(assessment, framework=framework, registry=registry)
    for folder in ("central", "self_reports", "official"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    written = [_copy(name, out / place) for place, name in REAL_FILES.items()]
    written += write_tables(
        figures,
        framework=framework,
        units=units,
        year=assessment.year,
        folder=out / "central",
    )
    written += write_reports(
        figures,
        assessment=assessment,
        framework=framework,
        units=units,
        folder=out / "self_reports",
    )
    return tuple(sorted(written))


def _copy(name: str, path: Path) -> Path:
    copyfile(Path(__file__).parent / "reference" / name, path)
    return path
