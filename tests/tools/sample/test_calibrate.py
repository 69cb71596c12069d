from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest

from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.units.registry import UnitRegistry
from schemas.files.assessment import Assessment
from tests.tables import one
from tools.sample.calibrate import sample_figures
from tools.sample.known import CALIBRATING
from tools.sample.targets import reference_table

# DTI 2022, mains 1-5 and 7-9, and the overall value, as published.
ALL_MAINS = {
    "Đà Nẵng": "1.0000 0.9000 0.8253 0.8487 0.7578 0.8575 0.7836 0.5197 0.8002",
    "Hồ Chí Minh": "0.8917 0.9000 0.8258 0.6267 0.5580 0.8406 0.7611 0.3590 0.7163",
    "Quảng Ninh": "0.9581 0.9000 0.7648 0.6250 0.5382 0.8385 0.5904 0.4505 0.7024",
    "Thừa Thiên Huế": "0.9500 0.9000 0.6823 0.6794 0.6423 0.8262 0.6787 0.3001 0.6975",
    "Cần Thơ": "0.9000 0.8000 0.7233 0.7376 0.7226 0.7325 0.7556 0.2947 0.6924",
}
BAC_KAN_POINTS = "67.5 40 47.42 58.07 17.04 69.66 68.31 26.13"
MAIN_CODES = ("1", "2", "3", "4", "5", "7", "8", "9")
MAXIMA = dict(zip(MAIN_CODES, (100, 100, 100, 100, 100, 200, 150, 150), strict=True))


def printed(micro: int, maximum: int) -> Decimal:
    value = Decimal(micro) / (maximum * 10**6)
    return value.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)


def test_overall_and_four_mains_of_all_provinces_come_out_as_published(
    mains: pl.DataFrame, registry: UnitRegistry
) -> None:
    table = reference_table("published_dti_2022_2024").filter(pl.col("Nam") == "2022")
    unit_ids = registry.match(table["TinhThanh"], unit_set="province-63")["unit_id"]
    assert unit_ids.n_unique() == 63
    for row, unit_id in zip(table.iter_rows(named=True), unit_ids, strict=True):
        unit = one(mains, unit_id=unit_id)
        found = [
            printed(unit["total"], 1000),
            *(printed(unit[code], MAXIMA[code]) for code in ("3", "7", "8", "9")),
        ]
        columns = ("DTI_Tong", "HaTangSo", "DTI_ChinhQuyenSo", "DTI_KinhTeSo", "DTI_XaHoiSo")
        assert found == [Decimal(row[column]) for column in columns], row["TinhThanh"]


@pytest.mark.parametrize("name", ALL_MAINS)
def test_all_mains_come_out_where_they_are_published(
    name: str, mains: pl.DataFrame, names: dict[str, str]
) -> None:
    unit = one(mains, unit_id=names[name])
    found = [printed(unit[code], MAXIMA[code]) for code in MAIN_CODES]
    assert [*found, printed(unit["total"], 1000)] == [Decimal(v) for v in ALL_MAINS[name].split()]


def test_mains_lie_within_a_thousandth_of_a_point_of_the_printed_value(
    mains: pl.DataFrame, names: dict[str, str]
) -> None:
    for name, values in ALL_MAINS.items():
        unit = one(mains, unit_id=names[name])
        for code, value in zip(MAIN_CODES, values.split(), strict=False):
            assert abs(unit[code] - Decimal(value) * MAXIMA[code] * 10**6) <= 1000, (name, code)


def test_ho_chi_minh_city_stays_inside_its_rounding_interval(
    mains: pl.DataFrame, names: dict[str, str]
) -> None:
    assert 716_250_000 <= one(mains, unit_id=names["Hồ Chí Minh"])["total"] <= 716_349_000


def test_bac_kan_has_its_printed_points(mains: pl.DataFrame, names: dict[str, str]) -> None:
    unit = one(mains, unit_id=names["Bắc Kạn"])
    cent = Decimal("0.01")
    points = [(Decimal(unit[code]) / 10**6).quantize(cent, ROUND_HALF_UP) for code in MAIN_CODES]
    assert points == [Decimal(text) for text in BAC_KAN_POINTS.split()]
    assert (Decimal(unit["total"]) / 10**6).quantize(cent, ROUND_HALF_UP) == Decimal("394.13")


@pytest.mark.parametrize(
    ("name", "smart_city", "n", "zero", "full"),
    [
        ("Bắc Kạn", False, 95, 34, None),
        ("Cà Mau", False, 95, 17, 30),
        ("Hà Giang", True, 98, 28, 98 - 61),
    ],
)
def test_components_at_zero_and_at_the_maximum_are_as_many_as_reported(
    name: str,
    smart_city: bool,
    n: int,
    zero: int,
    full: int | None,
    scores: pl.DataFrame,
    framework: BoundFramework,
    names: dict[str, str],
) -> None:
    components = [c for c in framework.components if smart_city or c.component.main != "6"]
    unit = one(scores, unit_id=names[name])
    assert len(components) == n
    assert sum(unit[c.code] == 0 for c in components) == zero
    if full is not None:
        assert sum(unit[c.code] == c.maximum for c in components) == full


def test_four_zeros_of_ha_giang_are_components_whose_names_are_known(
    scores: pl.DataFrame, framework: BoundFramework, names: dict[str, str]
) -> None:
    unit = one(scores, unit_id=names["Hà Giang"])
    named = [c.code for c in framework.components if c.component.basis == "inferred"]
    assert sum(unit[code] == 0 for code in named) >= 4


def test_every_component_of_every_unit_is_scored(scores: pl.DataFrame) -> None:
    assert scores.height == 63
    assert scores.null_count().sum_horizontal().item() == 0


def test_every_kind_of_rule_occurs(framework: BoundFramework) -> None:
    kinds = {component.kind for component in framework.components}
    assert kinds >= {
        *("given", "yes_no", "choice", "ratio", "target", "cliff", "ladder", "sum_of_parts"),
        *("best", "min_max", "coverage", "per_period", "all_or_nothing"),
    }
    assert not any(component.is_relative for component in framework.of_main("1"))


def test_calibrating_ratios_have_large_denominators(
    figures: pl.DataFrame, framework: BoundFramework
) -> None:
    for code in CALIBRATING.values():
        denominator = framework.by_code[code].parts[0].rule.names()[-1]
        least = figures.filter(component_code=code, variable=denominator)["value_micro"].min()
        assert least >= 150_000 * 10**6, code


def test_no_numerator_exceeds_its_denominator(
    figures: pl.DataFrame, framework: BoundFramework
) -> None:
    known = {
        (u, f"{code}.{name}"): micro for u, code, name, micro in figures.drop("option").iter_rows()
    }
    units = figures["unit_id"].unique().to_list()
    checked = 0
    for component in framework.components:
        for part in component.parts:
            if component.is_relative or not getattr(part.rule, "numerator", ()):
                continue
            for unit_id in units:
                top, whole = (
                    sum(known[unit_id, component.columns[name]] for name in side)
                    for side in (part.rule.numerator, part.rule.denominator)
                )
                assert top <= whole, (component.code, unit_id)
                checked += 1
    assert checked > 3000


def test_one_central_figure_is_the_same_in_all_components(
    figures: pl.DataFrame, framework: BoundFramework
) -> None:
    sources = {
        (component.code, name): variable.source
        for component in framework.components
        for name, variable in component.component.variables.items()
        if variable.source.startswith("central:")
    }
    seen: dict[tuple[str, str], int] = {}
    for unit_id, code, name, micro in figures.drop("option").iter_rows():
        if (code, name) in sources:
            key = (unit_id, sources[code, name])
            assert seen.setdefault(key, micro) == micro, (code, name, unit_id)
    assert len(sources) > len({source for _, source in seen})


def test_the_same_call_gives_the_same_figures(
    figures: pl.DataFrame, assessment: Assessment, framework: BoundFramework, registry: UnitRegistry
) -> None:
    assert sample_figures(assessment, framework=framework, registry=registry).equals(figures)
