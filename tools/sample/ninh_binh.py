"""Made-up deliveries of Ninh Bình 2021 and 2022 that give what was published of both years."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from pathlib import Path
from random import Random
from typing import Final

import polars as pl

from dti_pipeline.exact import MICRO
from dti_pipeline.index.assessments.load import load_assessment
from dti_pipeline.index.frameworks.load import BoundFramework, load_framework
from dti_pipeline.index.rules.relative import RelativeRule
from dti_pipeline.index.units.registry import load_registry
from tools.sample.book import SEED, Book, Remarks, fill
from tools.sample.local_reports import write_local_reports
from tools.sample.ninh_binh_points import EXACT, YEARS, unit_points
from tools.sample.tables import write_csv, write_tables

# The department without a report, and the least and largest level its central figures reach.
SILENT: Final = "VN-NB-D18"
SILENT_PERCENT: Final[Mapping[int, tuple[int, int]]] = {2021: (4, 16), 2022: (20, 60)}

# The part of a year's counts that the year before had.
GROWTH: Final = 0.97

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
    """What a group's sample must hold beside its points.

    Attributes:
        group: group code.
        sizes: variable or central column → least and largest figure.
        calibrating: component that takes what rounding leaves.
        zeros: component → units for which its denominators are zero.
        away: (unit_id, component) → why it does not apply.
        silent: unit without a report: only its central figures exist.
    """

    group: str
    sizes: Mapping[str, tuple[int, int]]
    calibrating: str
    zeros: Mapping[str, Sequence[str]] = field(default_factory=dict)
    away: Mapping[tuple[str, str], str] = field(default_factory=dict)
    silent: str | None = None


# Every unit has systems with an approved level: what is counted of them needs a denominator.
APPROVED: Final = {"0501": (Fraction(1, 10), Fraction(1))}
NO_SYSTEM: Final = "Không quản lý hệ thống thông tin riêng"
# What is missing or does not apply is planted in fictitious units alone.
PLANS: Final = (
    GroupPlan(
        group="department",
        sizes=OFFICE_SIZES,
        calibrating="0605",
        zeros={"0604": ("VN-NB-D17",)},
        away={
            ("VN-NB-D17", "0205"): "Không được bố trí kinh phí trong năm",
            ("VN-NB-D17", "0501"): NO_SYSTEM,
            ("VN-NB-D17", "0502"): NO_SYSTEM,
        },
        silent=SILENT,
    ),
    GroupPlan(
        group="department-750",
        sizes=OFFICE_SIZES,
        calibrating="0602",
        away={("VN-NB-O02", "0501"): NO_SYSTEM, ("VN-NB-O02", "0502"): NO_SYSTEM},
    ),
    GroupPlan(group="district", sizes=DISTRICT_SIZES, calibrating="0605"),
    GroupPlan(
        group="commune",
        sizes=COMMUNE_SIZES,
        calibrating="0605",
        zeros={
            "0702": ("VN-NB-C040", "VN-NB-C088", "VN-NB-C131"),
            "0609": ("VN-NB-C027", "VN-NB-C064", "VN-NB-C102", "VN-NB-C139"),
        },
    ),
)
REMARKS: Final = Remarks(
    blank=frozenset({("VN-NB-D17", "0404", "courses"), ("VN-NB-O03", "0205", "budget")}),
    without_evidence=frozenset({("VN-NB-D17", "0201")}),
    differing={("VN-NB-D17", "0601", "full_service"): 3},
)
# Published of 2022: name → points as printed, and rank. The points of the second department are
# printed with one digit too many.
FIRST_THREE: Final = (
    ("Sở Giáo dục và Đào tạo", "335,9", 1),
    ("Sở Thông tin và Truyền thông", "3331,01", 2),
    ("Sở Tài chính", "322,65", 3),
    ("Thành phố Ninh Bình", "587,41", 1),
    ("Thành phố Tam Điệp", "569,06", 2),
    ("Huyện Nho Quan", "518,92", 3),
    ("Phường Phúc Thành", "385,641", 1),
    ("Phường Đông Thành", "373,591", 2),
    ("Phường Vân Giang", "357,301", 3),
)


def write_ninh_binh(year: int, *, out: Path) -> list[Path]:
    """Write central tables, self-reports and, for 2022, the published first three.

    Args:
        year: 2021 or 2022.
        out: folder of the assessment's deliveries.

    Returns:
        The files written.
    """
    assessment = load_assessment(f"ninh-binh-{year}")
    units = load_registry().of_set(assessment.unit_set).sort("unit_id")
    assessed = units.filter(~pl.col("unit_id").is_in(assessment.left_out))
    points = unit_points(
        dict(assessed.select("unit_id", "level").iter_rows()),
        silent={SILENT: {of: _silent_points(of) for of in YEARS}},
    )
    for folder in ("central", "self_reports"):
        (out / folder).mkdir(parents=True, exist_ok=True)
    written, number = list[Path](), 1
    if year == max(YEARS):
        written.append(_first_three(out / "official"))
    for plan in PLANS:
        of_group = assessed.filter(pl.col("group_code") == plan.group)
        book = group_figures(
            plan,
            framework=load_framework(assessment.framework_of_group[plan.group]),
            unit_ids=of_group["unit_id"].to_list(),
            points=points,
            year=year,
        )
        written += write_tables(
            book.frame(of_group["unit_id"]),
            framework=book.framework,
            units=of_group,
            year=year,
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


def group_figures(
    plan: GroupPlan,
    *,
    framework: BoundFramework,
    unit_ids: Sequence[str],
    points: Mapping[int, Mapping[str, int]],
    year: int,
) -> Book:
    """Make up the figures of one group's units.

    Levels of 2022 are drawn, and those of the year before lie below them.

    Args:
        plan: what they must hold.
        framework: the group's framework.
        unit_ids: the group's assessed units.
        points: year → unit_id → micro-points.
        year: the year wanted.
    """
    near = None
    for current in sorted(YEARS, reverse=True):
        sizes = {unit_id: _sizes(unit_id, plan.sizes, year=current) for unit_id in unit_ids}
        book = Book(framework, sizes, REMARKS, plausible=APPROVED)
        _settle(book, plan, unit_ids, year=current)
        reporting = [unit_id for unit_id in unit_ids if unit_id != plan.silent]
        levels = fill(
            book,
            {unit_id: points[current][unit_id] for unit_id in reporting},
            calibrating=plan.calibrating,
            exact=EXACT,
            near=near,
            is_steady=True,
        )
        if current == year:
            break
        near = {
            unit_id: {
                code: level * points[YEARS[0]][unit_id] // points[current][unit_id]
                for code, level in levels[unit_id].items()
            }
            for unit_id in reporting
        }
    return book


def _settle(book: Book, plan: GroupPlan, unit_ids: Sequence[str], *, year: int) -> None:
    """Enter what is settled before levels are chosen."""
    book.away.update(plan.away)
    for code, zero_units in plan.zeros.items():
        for unit_id in zero_units:
            _note(book, unit_id, code, 0)
    for unit_id, code in plan.away:
        _note(book, unit_id, code, 0)
    for unit_id, code in REMARKS.without_evidence & set(product(unit_ids, book.framework.by_code)):
        # Claimed, so that the missing document is what costs the points.
        _note(book, unit_id, code, MICRO)
    for unit_id in unit_ids:
        _relative(book, unit_id)
    if plan.silent is not None:
        _enter_silent(book, plan.silent, year=year)


def _note(book: Book, unit_id: str, code: str, figure: int) -> None:
    component = book.framework.by_code[code]
    book.note(unit_id, component, dict.fromkeys(component.component.variables, figure))


def _sizes(unit_id: str, sizes: Mapping[str, tuple[int, int]], *, year: int) -> dict[str, int]:
    """Return the counts of one unit in millionths; what belongs together grows together."""
    part = GROWTH ** (max(YEARS) - year)
    random = Random(f"{SEED}:{unit_id}:sizes")
    at = random.random()
    return {
        place: max(round((low + (high - low) * at) * random.uniform(0.95, 1.05) * part), 1) * MICRO
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


def _enter_silent(book: Book, unit_id: str, *, year: int) -> None:
    """Enter the central figures of a unit without a report."""
    for component in book.framework.components:
        variables = component.component.variables.values()
        if all(variable.is_central for variable in variables):
            random = Random(f"{SEED}:{unit_id}:{component.code}")
            levels = book.candidates[component.code].levels
            least, most = SILENT_PERCENT[year]
            shares = levels[len(levels) * random.randrange(least, most) // 100].shares
            book.enter(unit_id, component, shares, random)


def _silent_points(year: int) -> int:
    """Return the micro-points of the department without a report, from its central figures."""
    plan = PLANS[0]
    assessment = load_assessment(f"ninh-binh-{year}")
    framework = load_framework(assessment.framework_of_group[plan.group])
    book = Book(framework, {SILENT: _sizes(SILENT, plan.sizes, year=year)}, REMARKS)
    _enter_silent(book, SILENT, year=year)
    return book.totals()[SILENT]


def _first_three(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "01_published_first_three_2022.csv"
    header = ("unit", "scope", "scope_code", "value", "points", "rank")
    write_csv(path, header, [(name, "overall", "DTI", "", *row) for name, *row in FIRST_THREE])
    return path
