"""Made-up deliveries of Ninh Bình 2022 that give the published group means and first three.

Published are the mean points of departments, districts and communes and the first three departments
and districts. All totals of single units, and all component figures, are made up.
"""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import polars as pl

from dti_pipeline.exact import MICRO
from dti_pipeline.index.assessments.load import load_assessment
from dti_pipeline.index.frameworks.load import load_framework
from dti_pipeline.index.rules.relative import RelativeRule
from dti_pipeline.index.units.registry import load_registry
from schemas.files.assessment import Assessment
from tools.sample.book import SEED, Book, Remarks, fill
from tools.sample.local_reports import write_local_reports
from tools.sample.tables import write_tables

ASSESSMENT: Final = "ninh-binh-2022"

# Variable (or central column) → least and largest figure.
OFFICE_SIZES: Final[Mapping[str, tuple[int, int]]] = {
    "meetings": (4, 14),
    "tasks": (12, 40),
    "budget": (180, 2_400),
    "officials": (45, 180),
    "leaders": (5, 14),
    "lines": (3, 9),
    "systems": (2, 8),
    "files": (2_000, 14_000),
    "documents": (2_500, 16_000),
    "eligible": (2_000, 12_000),
    "central:dossiers_departments.eligible": (20, 120),
    "central:dossiers_departments.settled": (800, 15_000),
    "central:dossiers_departments.payable": (300, 6_000),
    "central:dossiers_departments.dossiers": (1_000, 18_000),
}
DISTRICT_SIZES: Final[Mapping[str, tuple[int, int]]] = {
    **OFFICE_SIZES,
    "communes": (8, 27),
    "officials": (160, 320),
    "hamlets": (110, 290),
    "incidents": (2, 14),
    "computers": (170, 340),
    "petitions": (60, 420),
    "enterprises": (260, 1_900),
    "businesses": (1_500, 6_800),
    "points": (18, 45),
    "taxpayers": (220, 1_700),
    "schools": (38, 84),
    "central:dossiers_districts.eligible": (140, 230),
    "central:dossiers_districts.settled": (19_000, 51_000),
    "central:dossiers_districts.payable": (6_000, 20_000),
    "central:dossiers_districts.dossiers": (22_000, 60_000),
    "central:population_districts.population": (62_000, 182_000),
    "central:population_districts.adults": (44_000, 128_000),
    "central:population_districts.households": (19_000, 55_000),
}
COMMUNE_SIZES: Final[Mapping[str, tuple[int, int]]] = {
    "meetings": (3, 10),
    "tasks": (8, 24),
    "budget": (20, 240),
    "officials": (16, 32),
    "leaders": (3, 5),
    "hamlets": (6, 18),
    "computers": (16, 32),
    "files": (300, 2_400),
    "documents": (250, 1_800),
    "petitions": (3, 36),
    "enterprises": (4, 70),
    "businesses": (60, 520),
    "points": (1, 4),
    "central:dossiers_communes.eligible": (60, 110),
    "central:dossiers_communes.settled": (800, 4_200),
    "central:dossiers_communes.payable": (300, 1_900),
    "central:dossiers_communes.dossiers": (950, 5_000),
    "central:population_communes.population": (3_200, 14_500),
    "central:population_communes.adults": (2_300, 10_200),
}


@dataclass(frozen=True)
class GroupPlan:
    """What a group's sample must give.

    Attributes:
        group: group code.
        sizes: variable or central column → least and largest figure.
        total: points of all units together, in hundredths; None where no mean is published.
        first: units that come first, with their points in hundredths (made up).
        others: least and largest points of the other units.
        calibrating: component that takes what rounding leaves.
        zeros: component → units for which its denominators are zero.
        away: (unit_id, component) → why it does not apply.
        silent: unit without a report: only its central figures exist.
    """

    group: str
    sizes: Mapping[str, tuple[int, int]]
    total: int | None
    first: Mapping[str, int]
    others: tuple[int, int]
    calibrating: str
    zeros: Mapping[str, Sequence[str]] = field(default_factory=dict)
    away: Mapping[tuple[str, str], str] = field(default_factory=dict)
    silent: str | None = None


NO_SYSTEM: Final = "Không quản lý hệ thống thông tin riêng"
# Totals are published means times the number of units: 18, 8 and 143.
PLANS: Final = (
    GroupPlan(
        group="department",
        sizes=OFFICE_SIZES,
        total=18 * 299_33,
        first={"VN-NB-D01": 471_20, "VN-NB-D02": 452_85, "VN-NB-D03": 418_40},
        others=(205, 400),
        calibrating="0605",
        zeros={"0604": ("VN-NB-D15",)},
        away={
            ("VN-NB-D14", "0501"): NO_SYSTEM,
            ("VN-NB-D14", "0502"): NO_SYSTEM,
            ("VN-NB-D17", "0205"): "Không được bố trí kinh phí trong năm",
        },
        silent="VN-NB-D18",
    ),
    GroupPlan(
        group="department-750",
        sizes=OFFICE_SIZES,
        total=None,
        first={},
        others=(190, 430),
        calibrating="0602",
        away={("VN-NB-O02", "0501"): NO_SYSTEM, ("VN-NB-O02", "0502"): NO_SYSTEM},
    ),
    GroupPlan(
        group="district",
        sizes=DISTRICT_SIZES,
        total=8 * 521_76,
        first={"VN-NB-H369": 640_15, "VN-NB-H370": 602_40, "VN-NB-H372": 561_85},
        others=(425, 525),
        calibrating="0605",
        zeros={"0507": ("VN-NB-H374",)},
        away={("VN-NB-H377", "0807"): "Nhà trường trên địa bàn không thu học phí trong kỳ"},
    ),
    GroupPlan(
        group="commune",
        sizes=COMMUNE_SIZES,
        total=143 * 343_93,
        first={},
        others=(205, 520),
        calibrating="0605",
        zeros={
            "0702": ("VN-NB-C040", "VN-NB-C088", "VN-NB-C131"),
            "0609": ("VN-NB-C027", "VN-NB-C064", "VN-NB-C102", "VN-NB-C139"),
        },
    ),
)
REMARKS: Final = Remarks(
    blank=frozenset({("VN-NB-D11", "0404", "courses"), ("VN-NB-O03", "0205", "budget")}),
    without_evidence=frozenset({("VN-NB-D09", "0201"), ("VN-NB-H376", "0504")}),
)
# The published first three of each group: ranks are facts, their points are not printed here.
FIRST_THREE: Final = (
    ("Sở Giáo dục và Đào tạo", 1),
    ("Sở Thông tin và Truyền thông", 2),
    ("Sở Tài chính", 3),
    ("Thành phố Ninh Bình", 1),
    ("Thành phố Tam Điệp", 2),
    ("Huyện Nho Quan", 3),
)


def write_ninh_binh(*, out: Path) -> list[Path]:
    """Write central tables, self-reports and the published first three.

    Args:
        out: folder of the assessment's deliveries.

    Returns:
        The files written.
    """
    assessment = load_assessment(ASSESSMENT)
    units = load_registry().of_set(assessment.unit_set).sort("unit_id")
    left_out = [e.unit_id for e in assessment.without_report if e.treatment == "not_assessed"]
    assessed = units.filter(~pl.col("unit_id").is_in(left_out))
    for folder in ("central", "self_reports", "official"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    written, number = [_first_three(out / "official")], 1
    for plan in PLANS:
        of_group = assessed.filter(pl.col("group_code") == plan.group)
        book = group_figures(plan, assessment=assessment, units=of_group)
        written += write_tables(
            book.frame(of_group["unit_id"]),
            framework=book.framework,
            units=of_group,
            year=assessment.year,
            folder=out / "central",
        )
        if plan.group == "commune":
            # Communes send no report: one appraisal table holds what the others report.
            continue
        reporting = of_group.filter(pl.col("unit_id").ne_missing(plan.silent))
        reports = write_local_reports(
            book,
            assessment=assessment,
            units=reporting,
            folder=out / "self_reports",
            first=number,
        )
        written, number = written + reports, number + len(reports)
    return written


def group_figures(plan: GroupPlan, *, assessment: Assessment, units: pl.DataFrame) -> Book:
    """Make up the figures of one group's units.

    Args:
        plan: what they must give.
        assessment: names the group's framework.
        units: the group's assessed units.
    """
    framework = load_framework(assessment.framework_of(plan.group))
    unit_ids = units["unit_id"].to_list()
    sizes = {unit_id: _sizes(unit_id, plan.sizes) for unit_id in unit_ids}
    book = Book(framework, sizes, REMARKS)
    book.away.update(plan.away)
    for code, zero_units in plan.zeros.items():
        for unit_id in zero_units:
            _note_zero(book, unit_id, code)
    for unit_id, code in plan.away:
        _note_zero(book, unit_id, code)
    for unit_id in unit_ids:
        _relative(book, unit_id)
    reporting = [unit_id for unit_id in unit_ids if unit_id != plan.silent]
    spare = 0 if plan.silent is None else _silent(book, plan.silent, calibrating=plan.calibrating)
    fill(book, _totals(plan, reporting, spare=spare), calibrating=plan.calibrating)
    return book


def _note_zero(book: Book, unit_id: str, code: str) -> None:
    component = book.framework.by_code[code]
    book.note(unit_id, component, dict.fromkeys(component.component.variables, 0))


def _sizes(unit_id: str, sizes: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """Return the counts of one unit in millionths; what belongs together grows together."""
    random = Random(f"{SEED}:{unit_id}:sizes")
    at = random.random()
    return {
        place: max(round((low + (high - low) * at) * random.uniform(0.95, 1.05)), 1) * MICRO
        for place, (low, high) in sizes.items()
    }


def _relative(book: Book, unit_id: str) -> None:
    """Enter the figures that are compared between units; any figures will do."""
    for component in book.framework.components:
        rule = component.parts[0].rule
        if not isinstance(rule, RelativeRule):
            continue
        random = Random(f"{SEED}:{unit_id}:{component.code}")
        (measured,) = rule.measured()
        if rule.denominator:
            # The denominator is another component's figure and not entered yet: take its size.
            whole = book.sizes[unit_id][rule.denominator[0]] // MICRO
            count = round(whole * random.uniform(0.01, 0.09))
        else:
            count = random.randrange(0, 13)
        book.entries[unit_id, component.code, measured] = count * MICRO


def _silent(book: Book, unit_id: str, *, calibrating: str) -> int:
    """Enter the central figures of a unit without a report; return its total in micro-points."""
    for component in book.framework.components:
        variables = component.component.variables.values()
        if all(variable.source.startswith("central:") for variable in variables):
            random = Random(f"{SEED}:{unit_id}:{component.code}")
            levels = book.candidates[component.code].levels
            shares = levels[len(levels) * random.randrange(20, 60) // 100].shares
            book.enter(unit_id, component, shares, random)
    assert book.has(unit_id, book.framework.by_code[calibrating])
    return book.totals()[unit_id]


def _totals(plan: GroupPlan, unit_ids: Sequence[str], *, spare: int) -> dict[str, int]:
    """Draw totals that add up to what the mean asks for, in micro-points.

    Args:
        plan: the group.
        unit_ids: units that reported.
        spare: micro-points that units without a report have already.
    """
    random = Random(f"{SEED}:{ASSESSMENT}:{plan.group}:totals")
    low, high = (bound * 100 for bound in plan.others)
    others = [unit_id for unit_id in unit_ids if unit_id not in plan.first]
    draws = {unit_id: random.randrange(low, high) for unit_id in others}
    found = {unit_id: points * MICRO // 100 for unit_id, points in {**plan.first, **draws}.items()}
    if plan.total is not None:
        gap = plan.total * MICRO // 100 - spare - sum(found.values())
        for place, unit_id in enumerate(others):
            share = gap // (len(others) - place)
            found[unit_id] += share
            gap -= share
    return {unit_id: found[unit_id] for unit_id in unit_ids}


def _first_three(folder: Path) -> Path:
    path = folder / "01_published_first_three_2022.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("unit", "scope", "scope_code", "value", "points", "rank"))
        writer.writerows((unit, "overall", "DTI", "", "", rank) for unit, rank in FIRST_THREE)
    return path
