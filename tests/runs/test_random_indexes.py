"""Whole random indexes, from files to Parquet, against an oracle that shares no code with them."""

from pathlib import Path

import polars as pl
import pytest

from tests.released import released
from tests.runs.index_oracle import ranks_of, sums_of, values_of
from tests.runs.random_index import YEARS, RandomIndex

# Where a zero denominator stood beside a declared “not applicable”.
QUICK = (11,)
SLOW = (*range(1, 11), *range(12, 20))


def by_key(
    table: pl.DataFrame, year: int, *columns: str
) -> dict[tuple[str, ...], tuple[object, ...]]:
    rows = table.filter(assessment_year=year).select("unit_id", *columns).rows()
    return {row[:2]: row[2:] for row in rows}


@pytest.mark.parametrize(
    "seed", [*QUICK, *(pytest.param(seed, marks=pytest.mark.slow) for seed in SLOW)]
)
def test_every_published_figure_is_that_of_the_oracle(seed: int, tmp_path: Path) -> None:
    index = RandomIndex(seed)
    release = released(tmp_path, *index.write(tmp_path))
    values, ranks = {}, {}
    for year in YEARS:
        sums = sums_of(index, year)
        components = by_key(
            release.table("fact_component_score"), year, "component_code", "points_micro"
        )
        assert components == {
            (unit, code): (points,)
            for unit, own in sums.items()
            for code, points in own.components.items()
        }
        for table, column, codes in (
            ("fact_main_score", "main_code", index.mains),
            ("fact_pillar_score", "pillar_code", index.pillars),
        ):
            scopes = by_key(
                release.table(table), year, column, "points_micro", "max_points_effective"
            )
            assert scopes == {
                (unit, code): (own.scopes[code][0], own.scopes[code][1] / 1_000_000)
                for unit, own in sums.items()
                for code in codes
            }
        values[year] = values_of(index, sums)
        ranks[year] = ranks_of(index, values[year])
        columns = ("value", "rank", "n_ranked", "is_tied")
        ranking = by_key(release.table("fact_ranking"), year, "scope_code", *columns)
        places = 10**index.decimals
        assert ranking == {
            key: (None if value is None else value / places, *ranks[year][key])
            for key, value in values[year].items()
        }
    before, after = YEARS
    change = by_key(
        release.table("fact_ranking"), after, "scope_code", "value_change", "rank_change"
    )
    assert change == {
        key: (difference(values[after][key], values[before][key], places), moved(ranks, key))
        for key in values[after]
    }


def difference(later: int | None, earlier: int | None, places: int) -> float | None:
    return None if later is None or earlier is None else (later - earlier) / places


def moved(
    ranks: dict[int, dict[tuple[str, str], tuple[int | None, int, bool]]], key: tuple[str, str]
) -> int | None:
    """Return the places gained; positive is up."""
    earlier, later = (ranks[year][key][0] for year in YEARS)
    return None if later is None or earlier is None else earlier - later
