"""Moves between the years of the repository's own release."""

from typing import Any

import polars as pl
import pytest

from dti_pipeline.release.folder import Release
from dti_pipeline.reports.release_view import ReleaseView
from dti_pipeline.reports.year_moves import UnitMove, YearMoves


def moves_of(release: Release, before: str, after: str) -> YearMoves:
    view = ReleaseView(release)
    return YearMoves(view.assessment(before), view.assessment(after))


def move_of(moves: YearMoves, name: str) -> UnitMove:
    names = {name: unit for unit, name in moves.after.unit_names.items()}
    return moves.of_unit(names[name])


@pytest.mark.parametrize(
    ("before", "after"),
    [("province-2022", "province-2023"), ("province-2023", "province-2024")],
)
def test_the_parts_of_all_63_moves_add_up(
    province_release: Release, before: str, after: str
) -> None:
    moves = moves_of(province_release, before, after)
    old, new = (
        dict(view.overall.select("unit_id", "rank").iter_rows())
        for view in (moves.before, moves.after)
    )
    for unit in new:
        move = moves.of_unit(unit)
        assert move.parts is not None
        assert sum(move.parts.values()) == move.rank_change == old[unit] - new[unit]
        assert len(move.overtook) - len(move.overtaken_by) == move.rank_change
    assert len(new) == 63


def test_the_part_of_others_is_where_the_old_value_would_stand(province_release: Release) -> None:
    moves = moves_of(province_release, "province-2022", "province-2023")
    old, new = (
        {row["unit_id"]: row for row in view.overall.to_dicts()}
        for view in (moves.before, moves.after)
    )
    for unit, row in old.items():
        ahead = sum(new[other]["value"] > row["value"] for other in new if other != unit)
        move = moves.of_unit(unit)
        assert move.parts == {
            "framework": 0,
            "units": 0,
            "others": row["rank"] - (ahead + 1),
            "own": ahead + 1 - new[unit]["rank"],
        }


def test_new_weights_move_the_old_results_of_2023(province_release: Release) -> None:
    """DTI 2024 counts 940 points: 340 of the foundation without infrastructure instead of 400."""
    moves = moves_of(province_release, "province-2023", "province-2024")
    weights = {
        "foundation_other": 340,
        "infrastructure": 100,
        "government": 200,
        "economy": 150,
        "society": 150,
    }
    rows = moves.before.ranking.filter(scope="main")
    maxima = {"foundation_other": 400} | {k: v for k, v in weights.items() if v != 340}
    points: dict[str, float] = {}
    for row in rows.to_dicts():
        share = row["points"] / maxima[row["concept"]]
        points[row["unit_id"]] = points.get(row["unit_id"], 0) + share * weights[row["concept"]]
    values = {unit: round(total / 940 + 1e-12, 4) for unit, total in points.items()}
    for row in moves.before.overall.to_dicts():
        rank = 1 + sum(value > values[row["unit_id"]] for value in values.values())
        move = moves.of_unit(row["unit_id"])
        assert move.parts is not None
        assert move.parts["framework"] == row["rank"] - rank
    assert moves.break_text is not None


def test_tuyen_quang_rose_ten_places_by_itself(province_release: Release) -> None:
    move = move_of(moves_of(province_release, "province-2022", "province-2023"), "Tuyên Quang")
    assert (move.value_from, move.value_change, move.rank_change) == (0.532, 0.1415, 10)
    assert move.parts == {"framework": 0, "units": 0, "others": -13, "own": 23}
    assert [(row["unit_name"], row["main"]) for row in move.overtaken_by] == [
        ("Cà Mau", "government"),
        ("Hà Giang", "rest"),
    ]
    assert len(move.overtook) == 12
    assert [(row["main"], row["points_change"]) for row in move.mains[:2]] == [
        ("government", 41.220015),
        ("rest", 35.285005),
    ]


def test_bac_kan_fell_twelve_places_and_why_that_is_not_split(national_release: Release) -> None:
    move = move_of(moves_of(national_release, "province-2021", "province-2022"), "Bắc Kạn")
    assert move.before is not None
    assert (move.before["rank"], move.after["rank"], move.rank_change) == (51, 63, -12)
    assert (move.value_from, move.value_change) == (0.3201, 0.074)
    assert move.parts is None
    assert move.gap is not None
    assert move.gap.vi == (
        "Không tách được theo nguyên nhân: DTI 2021 chỉ công khai giá trị của 13/63 đơn vị."
    )


def test_a_rank_of_2021_is_compared_also_without_its_value(national_release: Release) -> None:
    moves = moves_of(national_release, "province-2021", "province-2022")
    old = moves.before.overall.filter(pl.col("rank").is_not_null())
    ranked = [moves.of_unit(unit) for unit in old["unit_id"]]
    assert len(ranked) == 28
    assert all(move.rank_change is not None and move.gap for move in ranked)
    assert sum(move.value_change is not None for move in ranked) == 13
    secret = moves.of_unit("VN-P63-08")  # Tuyên Quang is not among the public 28
    assert secret.gap is not None
    assert secret.gap.en == "DTI 2021 has no public rank of this unit."
    silent = next(move for move in ranked if move.value_change is None)
    assert moves.word("no_value") in moves.notes(silent)


def test_a_merged_province_shows_what_its_predecessors_had(national_release: Release) -> None:
    moves = moves_of(national_release, "province-2023", "province-2024-34")
    move = move_of(moves, "Tuyên Quang")
    assert (move.before, move.rank_change, move.parts) == (None, None, None)
    assert move.gap is not None
    assert move.gap.vi == "DTI 2023 không có đơn vị này nên không có thứ hạng để so sánh."
    assert move.value_from is not None
    assert {row["unit_name"] for row in move.predecessors} == {"Hà Giang", "Tuyên Quang"}
    assert moves.after.short_title.vi == "DTI 2024 (34 đơn vị)"


def test_components_are_compared_within_one_framework(ninh_binh_release: Release) -> None:
    moves = moves_of(ninh_binh_release, "ninh-binh-2021", "ninh-binh-2022")
    move = move_of(moves, "Sở Tài chính")
    assert move.parts is not None
    assert move.rank_change == sum(move.parts.values())
    changes = [row["points_change"] for row in move.gained]
    assert changes == sorted(changes, reverse=True)
    assert changes[0] == 18.629263
    assert all(row["points_change"] < 0 for row in move.lost)
    pools: dict[str, Any] = dict(moves.after.overall.select("unit_name", "group_code").iter_rows())
    passed = {row["unit_name"] for row in (*move.overtook, *move.overtaken_by)}
    assert {pools[name] for name in passed} == {pools["Sở Tài chính"]}
