from datetime import UTC, datetime, timedelta, timezone

import polars as pl
import pytest

from dti_pipeline.cli.output import cell_text, lost_text, points_text, rank_text
from dti_pipeline.reports import figures
from dti_pipeline.reports.site.markup import rank
from schemas.text import Text


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0.8002, 4, "0,8002"),
        (0.7523000000000001, 4, "0,7523"),
        (70.84999499999999, 2, "70,85"),
        (1234567.5, 2, "1.234.567,50"),
        (0.00005, 4, "0,0001"),
        (-0.00001, 4, "0,0000"),
        (-12.345, 2, "−12,35"),
        (1000, 0, "1.000"),
        (None, 2, "–"),
    ],
)
def test_figures_are_written_the_vietnamese_way_and_rounded_half_up(
    value: float | None, decimals: int, text: str
) -> None:
    assert figures.fixed(value, decimals) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0338, "+0,0338"), (-0.0005, "−0,0005"), (0.0, "0,0000"), (0.00001, "0,0000"), (None, "–")],
)
def test_a_change_carries_its_sign_unless_it_rounds_to_nothing(
    value: float | None, text: str
) -> None:
    assert figures.signed(value, 4) == text


@pytest.mark.parametrize(
    ("value", "most", "text"),
    [(3.95, 6, "3,95"), (722355.0, 6, "722.355"), (68.181818, 2, "68,18"), (1200.0, 2, "1.200")],
)
def test_a_figure_shows_only_the_decimals_it_has(value: float, most: int, text: str) -> None:
    assert figures.short(value, most) == text


def test_english_exchanges_comma_and_dot_and_nothing_else() -> None:
    assert figures.english("−1.234,50") == "−1,234.50"
    assert figures.english(figures.english("1.234,5")) == "1.234,5"


def test_a_rank_stands_beside_the_number_of_units() -> None:
    assert figures.rank_of(5, 63) == "5/63"
    assert figures.rank_of(None, 63) == "–"


def test_a_rank_stands_alone_where_nobody_published_the_number_of_units() -> None:
    assert figures.rank_of(1, None) == "1"
    assert rank_text({"rank": 1, "n_ranked": None}) == "1"
    assert rank(1, None) == '<span class="rank"><b>1</b></span>'


def test_sums_in_millionths_are_exact_where_floats_are_not() -> None:
    assert sum(map(figures.to_micro, [0.1, 0.2, 0.3])) == 600_000


@pytest.mark.parametrize("hours", [0, 7, -5])
def test_a_point_in_time_is_written_in_the_time_of_vietnam(hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    moment = datetime(2025, 6, 30, 23, 5, tzinfo=UTC).astimezone(zone)
    assert figures.moment(moment) == Text(
        "06:05 ngày 01/7/2025 (giờ Việt Nam)", "06:05 on 1 July 2025 (Vietnam time)"
    )


def test_the_terminal_writes_every_row_of_the_ranking_as_the_site_does(
    ranking: pl.DataFrame,
) -> None:
    differing = 0
    for row in ranking.filter(pl.col("points").is_not_null()).iter_rows(named=True):
        points, maximum = row["points"], row["max_points_effective"]
        assert points_text(points) == figures.fixed(points, 2)
        assert lost_text(row) == figures.lost(maximum, points)
        assert cell_text(row["value"]) == figures.fixed(row["value"], 4)
        differing += points_text(points) != f"{points:,.2f}".translate(str.maketrans(",.", ".,"))
    assert differing > 0
