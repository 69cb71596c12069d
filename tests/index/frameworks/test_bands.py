"""Bands with both closed sides, as two provinces print them, and sets of bands that are refused."""

from collections.abc import Sequence

import polars as pl
import pytest

from dti_pipeline.index.frameworks.bands import Interval, band_of, band_problems
from schemas.files.framework import Band

# Kon Tum 2023: a threshold belongs to the band above it.
KON_TUM = ("[90, 100]", "[70, 90)", "[50, 70)", "[0, 50)")
KON_TUM_NAMES = ("Tốt", "Khá", "Trung bình", "Yếu")
# Lào Cai 2023: a threshold belongs to the band below it.
LAO_CAI = ("(75, 100]", "(50, 75]", "(25, 50]", "[0, 25]")
LAO_CAI_NAMES = ("Dẫn dắt", "Nâng cao", "Hình thành", "Khởi động")


def bands(ranges: Sequence[str], names: Sequence[str] | None = None) -> list[Band]:
    named = names or [f"Mức {n}" for n in range(len(ranges))]
    return [
        Band(code=f"b{n}", name_vi=name, name_en=name, range=text)
        for n, (text, name) in enumerate(zip(ranges, named, strict=True))
    ]


def names_of(points: Sequence[int], maximum: int, listed: list[Band]) -> list[str | None]:
    frame = pl.DataFrame({"p": points, "m": [maximum] * len(points)})
    codes = frame.select(band_of(pl.col("p"), pl.col("m"), listed)).to_series()
    names = {band.code: band.name_vi for band in listed}
    return [None if code is None else names[code] for code in codes]


def test_kon_tum_closes_its_bands_below() -> None:
    million = 10**6
    points = [100 * million, 90 * million, 90 * million - 1, 70 * million, 70 * million - 1]
    points += [50 * million, 50 * million - 1, 0]
    assert names_of(points, 100 * million, bands(KON_TUM, KON_TUM_NAMES)) == [
        *("Tốt", "Tốt", "Khá", "Khá", "Trung bình", "Trung bình", "Yếu", "Yếu")
    ]


def test_lao_cai_closes_its_bands_above_and_counts_percent_of_each_units_own_maximum() -> None:
    for maximum in (750 * 10**6, 1000 * 10**6):
        quarter = maximum // 4
        points = [maximum, 3 * quarter + 1, 3 * quarter, 2 * quarter + 1, 2 * quarter]
        points += [quarter + 1, quarter, 0]
        assert names_of(points, maximum, bands(LAO_CAI, LAO_CAI_NAMES)) == [
            *("Dẫn dắt", "Dẫn dắt", "Nâng cao", "Nâng cao", "Hình thành", "Hình thành"),
            *("Khởi động", "Khởi động"),
        ]


@pytest.mark.parametrize("ranges", [KON_TUM, LAO_CAI, ("[0, 100]",), ("[0, 0]", "(0, 100]")])
def test_lawful_bands_cover_every_percentage_once(ranges: Sequence[str]) -> None:
    assert band_problems(bands(ranges)) == []
    frame = pl.DataFrame({"p": range(401)}).with_columns(m=pl.lit(400))
    intervals = [Interval.parse(text) for text in ranges]
    held = frame.select(
        pl.sum_horizontal([one.holds(pl.col("p"), pl.col("m")) for one in intervals])
    ).to_series()
    assert held.unique().to_list() == [1]


@pytest.mark.parametrize(
    ("ranges", "message"),
    [
        (("[90, 100]", "[70, 89]", "[0, 70)"), "leave a gap at 89 %"),
        (("(70, 100]", "[0, 70)"), "leave a gap at 70 %"),
        (("[70, 100]", "[0, 70]"), "overlap at 70 %"),
        (("[60, 100]", "[0, 70)"), "overlap at 60 %"),
        (("[50, 100]", "(0, 50)"), "leave out 0 %"),
        (("[50, 100)", "[0, 50)"), "leave out 100 %"),
        (("[50, 90]", "[0, 50)"), "leave out 100 %"),
        (("[0, 100]", "[0, 100]"), "overlap at 0 %"),
        (("70 to 100", "[0, 70)"), '"70 to 100" is not an interval'),
        (("[100, 70]", "[0, 70)"), "holds no value"),
        (("(70, 70]", "[0, 70)"), "holds no value"),
        (("[viel, 100]", "[0, 70)"), "is not a number"),
    ],
)
def test_bands_with_gaps_and_overlaps_are_refused(ranges: Sequence[str], message: str) -> None:
    problems = [text.en for text in band_problems(bands(ranges))]
    assert any(message in problem for problem in problems), problems


def test_no_bands_are_no_problem_and_give_no_band() -> None:
    assert band_problems([]) == []
    assert names_of([5], 10, []) == [None]


def test_nothing_assessed_has_no_band() -> None:
    assert names_of([0], 0, bands(KON_TUM)) == [None]


def test_thresholds_are_compared_exactly() -> None:
    thirds = bands(("[200/3, 100]", "[0, 200/3)"))
    assert names_of([2, 1], 3, thirds) == ["Mức 0", "Mức 1"]
    assert names_of([666_666_666, 666_666_667], 10**9, thirds) == ["Mức 1", "Mức 0"]
