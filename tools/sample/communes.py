"""Made-up deliveries of the 168 units of Hồ Chí Minh City 2026.

Nothing about these units is published: totals are drawn, names are sample names. Every kind of rule
of the framework and every treatment of what does not apply occurs.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Final

import polars as pl

from dti_pipeline.exact import MICRO
from dti_pipeline.index.assessments.load import load_assessment
from dti_pipeline.index.frameworks.load import load_framework
from dti_pipeline.index.units.registry import load_registry
from tools.sample.book import SEED, Book, Remarks, fill
from tools.sample.local_reports import write_local_reports
from tools.sample.tables import write_tables

ASSESSMENT: Final = "commune-hcmc-2026"

# Place → least and largest figure, for wards; communes have fewer people and less of the rest.
SIZES: Final[Mapping[str, tuple[int, int]]] = {
    "02.b": (5, 16),
    "central:city_requirements.directives": (3, 8),
    "12.b": (70, 190),
    "13.b": (70, 180),
    "15.b": (18, 64),
    "22.b": (2, 6),
    "37.b": (4_000, 15_000),
    "central:population.average": (38_000, 152_000),
    "central:population.adults": (27_000, 110_000),
    "central:population.aged_14": (31_000, 125_000),
    "central:dossiers.business_procedures": (14, 40),
    "central:dossiers.dossiers": (9_000, 48_000),
    "central:dossiers.settled": (7_500, 39_000),
    "central:dossiers.filed_partial": (350, 3_200),
    "central:dossiers.residents_asked": (400, 2_500),
    "central:dossiers.firms_asked": (30, 400),
    "central:dossiers.payment_offered": (20, 90),
    "central:dossiers.payable": (2_800, 18_000),
    "central:hotline_1022.received": (20, 640),
}
# Least and largest total, in points, and the part of a ward's sizes that a commune has.
TOTALS: Final = (41.0, 93.0)
COMMUNE_PART: Final = 0.55
# The ratio with a large denominator that takes what rounding leaves.
CALIBRATING: Final = "31"
# Dossiers fully online follow from those filed online (28).
DERIVED: Final = ("29",)

# What does not apply to whom, by the units' numbers: component → (units, reason).
AWAY: Final[Mapping[str, tuple[Sequence[int], str]]] = {
    "22": (range(5, 169, 17), "Dùng chung hệ thống của Thành phố, không có hệ thống riêng"),
    "23": (range(5, 169, 17), "Dùng chung hệ thống của Thành phố, không có hệ thống riêng"),
    "24": (range(7, 169, 29), "Không có cổng riêng, dùng chung Cổng của Thành phố"),
    "36": (range(9, 169, 41), "Không phát sinh phản ánh, kiến nghị trong kỳ"),
}
# Denominators of zero: component → units. Component 02 counts zero; the others do not apply.
ZEROS: Final[Mapping[str, Sequence[int]]] = {
    "02": (12, 77, 140),
    "27": (119, 154, 168),
    "33": (40, 121, 150),
    "34": (40, 121, 150),
    "36": range(3, 169, 23),
}
BLANK: Final = ((20, "41", "a"), (66, "21", "a"), (131, "07", "q4"), (160, "04", "articles"))
NONE: Final = ((77, "02", "a"), (77, "02", "b"), (19, "14", "ai_citizens_count"))
WITHOUT_EVIDENCE: Final = ((33, "05"), (90, "01"), (147, "08"))


def write_communes(*, out: Path) -> list[Path]:
    """Write the central tables and self-reports; return the files."""
    assessment = load_assessment(ASSESSMENT)
    framework = load_framework(ASSESSMENT)
    units = load_registry().of_set(assessment.unit_set).sort("unit_id")
    book = commune_figures(units)
    for folder in ("central", "self_reports"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    tables = write_tables(
        book.frame(units["unit_id"]),
        framework=framework,
        units=units,
        year=assessment.year,
        folder=out / "central",
    )
    reports = write_local_reports(
        book, assessment=assessment, units=units, folder=out / "self_reports"
    )
    return [*tables, *reports]


def commune_figures(units: pl.DataFrame) -> Book:
    """Make up the figures of all units."""
    framework = load_framework(ASSESSMENT)
    unit_ids = units["unit_id"].to_list()
    wards = set(units.filter(unit_type="phường")["unit_id"])
    remarks = Remarks(
        blank=frozenset((unit_ids[n - 1], code, name) for n, code, name in BLANK),
        none=frozenset((unit_ids[n - 1], code, name) for n, code, name in NONE),
        without_evidence=frozenset((unit_ids[n - 1], code) for n, code in WITHOUT_EVIDENCE),
    )
    of_units = {unit_id: sizes(unit_id, is_ward=unit_id in wards) for unit_id in unit_ids}
    book = Book(framework, of_units, remarks)
    for code, (numbers, reason) in AWAY.items():
        book.away.update({(unit_ids[n - 1], code): reason for n in numbers})
    for code, numbers in ZEROS.items():
        component = framework.by_code[code]
        for n in numbers:
            zero = dict.fromkeys(component.component.variables, 0)
            if code == "36":
                zero["in_use"] = MICRO
            book.note(unit_ids[n - 1], component, zero)
    for unit_id, code in book.away:
        zero = dict.fromkeys(framework.by_code[code].component.variables, 0)
        book.note(unit_id, framework.by_code[code], zero)
    for n, code, name in NONE:
        if code != "02":
            component = framework.by_code[code]
            figures = dict.fromkeys(component.component.variables, MICRO) | {name: 0}
            book.note(unit_ids[n - 1], component, figures)
    fill(book, totals(unit_ids), calibrating=CALIBRATING, derived=DERIVED)
    return book


def sizes(unit_id: str, *, is_ward: bool) -> dict[str, int]:
    """Return the counts of one unit in millionths; what belongs together grows together."""
    random = Random(f"{SEED}:{unit_id}:sizes")
    at, part = random.random(), 1 if is_ward else COMMUNE_PART
    return {
        place: max(round((low + (high - low) * at) * part * random.uniform(0.94, 1.06)), 1) * MICRO
        for place, (low, high) in SIZES.items()
    }


def totals(unit_ids: Sequence[str]) -> dict[str, int]:
    """Draw a total per unit, in micro-points."""
    random = Random(f"{SEED}:{ASSESSMENT}:totals")
    low, high = TOTALS
    middle = (low + high) / 2
    return {
        unit_id: round(random.triangular(low, high, middle) * 100) * MICRO // 100
        for unit_id in unit_ids
    }
