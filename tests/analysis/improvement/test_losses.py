import polars as pl

from dti_pipeline.analysis.improvement.losses import band_counts, with_distances


def scores(points: dict[str, list[int]], *, maximum: int = 10) -> pl.DataFrame:
    """Return component scores of one component; negative points: it does not apply."""
    rows = [
        {
            "unit_id": f"{region}{place}",
            "group_code": "all",
            "component_code": "0101",
            "points_micro": max(one, 0) * 1_000_000,
            "points": float(max(one, 0)),
            "max_points_effective": float(maximum if one >= 0 else 0),
            "region_code": region,
        }
        for region, own in points.items()
        for place, one in enumerate(own)
    ]
    return pl.DataFrame(rows)


def test_distances_compare_with_the_group_and_with_the_region() -> None:
    frame = scores({"N": [2, 4, 9], "S": [10, 6]})
    row = with_distances(frame).row(by_predicate=pl.col("unit_id") == "N0", named=True)
    assert (row["best_in_group"], row["median_in_group"]) == (10.0, 6.0)
    assert (row["best_in_region"], row["median_in_region"]) == (9.0, 4.0)
    assert (row["to_best_in_group"], row["to_median_in_region"]) == (8.0, 2.0)


def test_who_is_ahead_lacks_nothing_and_an_even_number_has_the_mean_of_the_middle_two() -> None:
    frame = scores({"S": [10, 6]})
    rows = with_distances(frame)
    assert rows["median_in_region"].to_list() == [8.0, 8.0]
    assert rows["to_median_in_region"].to_list() == [0.0, 2.0]


def test_a_unit_a_component_does_not_apply_to_is_nobodys_measure() -> None:
    frame = scores({"N": [2, -1, 4]})
    rows = with_distances(frame)
    assert rows["median_in_group"].to_list() == [3.0, 3.0, 3.0]


def test_units_without_a_region_are_no_region_of_their_own() -> None:
    frame = scores({"N": [2], "S": [9, 4]}).with_columns(
        region_code=pl.when(pl.col("region_code") == "N").then(pl.lit("N"))
    )
    rows = with_distances(frame)
    assert rows["best_in_region"].to_list() == [2.0, None, None]
    assert rows["median_in_region"].to_list() == [2.0, None, None]
    assert rows["to_best_in_region"].to_list() == [0.0, None, None]
    assert rows["best_in_group"].to_list() == [9.0, 9.0, 9.0]


def test_bands_are_counted_in_their_order_without_what_is_not_counted() -> None:
    components = pl.DataFrame(
        {
            "band_code": ["zero", "high", "zero", "zero"],
            "counted": [True, True, True, False],
            "points_lost": [5.0, 1.0, 2.5, 9.0],
        }
    )
    assert band_counts(components, order=["maximum", "high", "zero"]).rows() == [
        ("maximum", 0, 0.0),
        ("high", 1, 1.0),
        ("zero", 2, 7.5),
    ]
