"""What the sample figures of DTI 2022 must add up to: points per province and main index.

Mains 3, 7, 8 and 9 and the overall value are published for all provinces, all eight mains for six
of them. For the others the sum of mains 1, 2, 4 and 5 follows, and is split here; the split is a
sample and stands for nothing official.
"""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Final

import polars as pl

from dti_pipeline.exact import MICRO, as_micro, round_half_up
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.units.registry import UnitRegistry

# Changing the seed changes every made-up figure.
SEED: Final = 922
# Published column → main index.
PUBLISHED_MAINS: Final = {
    "HaTangSo": "3",
    "DTI_ChinhQuyenSo": "7",
    "DTI_KinhTeSo": "8",
    "DTI_XaHoiSo": "9",
}
OVERALL: Final = "DTI_Tong"
# How far a main lies from the mean of mains 1, 2, 4, 5, as a part of its maximum: about as in the
# six provinces where all of them are known.
SPLIT: Final = {"1": 0.14, "2": 0.10, "4": -0.08, "5": -0.16}
# Split mains get whole hundredths of a point, as mains of 100 points printed with 4 decimals do.
HUNDREDTH: Final = MICRO // 100
# The overall value is printed with 4 decimals of 1,000 points: its last place is a tenth.
LAST_PLACE: Final = MICRO // 10
# A total that must be moved into its rounding interval stays this far from the bound.
CLEARANCE: Final = 2_000

Targets = Mapping[str, Mapping[str, int]]


def reference_table(name: str) -> pl.DataFrame:
    """Read one of the package's reference tables as text."""
    path = Path(__file__).parent / "reference" / f"{name}.csv"
    return pl.read_csv(path, infer_schema=False)


def main_targets(framework: BoundFramework, *, registry: UnitRegistry, unit_set: str) -> Targets:
    """Return unit_id → main code → points in micro-points, for the counted mains.

    Raises:
        ValueError: if a reference table names an unknown unit.
    """
    maxima = {code: as_micro(m.points) for code, m in framework.mains.items() if m.counted}
    printed = _with_unit_ids(
        reference_table("published_dti_2022_2024").filter(pl.col("Nam") == "2022"),
        column="TinhThanh",
        registry=registry,
        unit_set=unit_set,
    )
    mains_of = _public_mains(maxima, registry=registry, unit_set=unit_set)
    targets = {}
    for row in printed.sort("unit_id").iter_rows(named=True):
        unit_id = row["unit_id"]
        total = as_micro(Fraction(row[OVERALL]) * sum(maxima.values()) / MICRO)
        mains = {
            code: as_micro(Fraction(row[column]) * maxima[code] / MICRO)
            for column, code in PUBLISHED_MAINS.items()
        }
        mains |= mains_of.get(unit_id, {})
        if len(mains) == len(maxima):
            targets[unit_id] = _into_interval(mains, total)
        else:
            rest = total - sum(mains.values())
            targets[unit_id] = mains | _split(rest, maxima, random=Random(f"{SEED}:{unit_id}"))
    return targets


def _with_unit_ids(
    table: pl.DataFrame, *, column: str, registry: UnitRegistry, unit_set: str
) -> pl.DataFrame:
    """Add the unit_id of every row.

    Raises:
        ValueError: if a name matches no unit.
    """
    matched = registry.match(table[column], unit_set=unit_set)["unit_id"]
    if matched.null_count():
        names = table.filter(matched.is_null())[column].to_list()
        msg = f"reference table: no unit of {unit_set} is called {', '.join(names)}"
        raise ValueError(msg)
    return table.with_columns(unit_id=matched)


def populations(*, registry: UnitRegistry, unit_set: str, year: int) -> pl.DataFrame:
    """Return the real population and GRDP table with unit ids; figures are text."""
    table = reference_table("population_grdp_2022_2024").filter(pl.col("nam") == str(year))
    return _with_unit_ids(table, column="TenTinh", registry=registry, unit_set=unit_set)


def _public_mains(
    maxima: Mapping[str, int], *, registry: UnitRegistry, unit_set: str
) -> dict[str, dict[str, int]]:
    """Return unit_id → main → micro-points where mains are published province by province."""
    table = reference_table("published_units_2022").filter(pl.col("scope") == "main")
    rows = _with_unit_ids(table, column="unit", registry=registry, unit_set=unit_set)
    mains: dict[str, dict[str, int]] = {}
    for row in rows.iter_rows(named=True):
        maximum = maxima[row["scope_code"]]
        points = row["points"]
        micro = (
            as_micro(Fraction(points))
            if points
            else as_micro(Fraction(row["value"]) * maximum / MICRO)
        )
        mains.setdefault(row["unit_id"], {})[row["scope_code"]] = micro
    return mains


def _into_interval(mains: Mapping[str, int], total: int) -> dict[str, int]:
    """Move mains whose sum does not round to the printed total, all by the same small step.

    TP. Hồ Chí Minh's printed mains add up to 716.355 points against 0.7163 printed, so that every
    main must lie a little below its printed value.
    """
    low, high = total - LAST_PLACE // 2, total + LAST_PLACE // 2 - 1
    summed = sum(mains.values())
    if low <= summed <= high:
        return dict(mains)
    aim = high - CLEARANCE if summed > high else low + CLEARANCE
    step = round_half_up(Fraction(aim - summed, len(mains)))
    return {code: points + step for code, points in mains.items()}


def _split(rest: int, maxima: Mapping[str, int], *, random: Random) -> dict[str, int]:
    """Split the sum of mains 1, 2, 4, 5 into plausible parts that add up to it exactly."""
    whole = sum(maxima[code] for code in SPLIT)
    shares = {code: rest / whole + shift + random.gauss(0, 0.05) for code, shift in SPLIT.items()}
    for _ in range(20):
        shares = {code: min(max(share, 0.12), 0.97) for code, share in shares.items()}
        gap = (rest - sum(shares[code] * maxima[code] for code in SPLIT)) / whole
        shares = {code: share + gap for code, share in shares.items()}
    *first, last = SPLIT
    points = {code: round(shares[code] * maxima[code] / HUNDREDTH) * HUNDREDTH for code in first}
    return points | {last: rest - sum(points.values())}
