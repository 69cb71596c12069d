import polars as pl

from dti_pipeline.analysis.improvement.losses import band_counts, waterfall, with_distances


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


def test_the_waterfall_walks_from_the_maximum_to_the_result() -> None:
    mains = pl.DataFrame(
        {
            "main_code": ["1", "2"],
            "points_micro": [7_000_000, 15_500_000],
            "max_points_effective": [10.0, 20.0],
        }
    )
    components = pl.DataFrame(
        {
            "main_code": ["1", "1", "2", "2", "2"],
            "component_code": ["0101", "0102", "0201", "0202", "0203"],
            "points_lost": [1.0, 2.0, 0.5, 0.0, 4.0],
        }
    )
    assert waterfall(mains, components).rows() == [
        ("maximum", None, None, 30.0, 30.0),
        ("main", "1", None, -3.0, 27.0),
        ("component", "1", "0102", -2.0, None),
        ("component", "1", "0101", -1.0, None),
        ("main", "2", None, -4.5, 22.5),
        ("component", "2", "0203", -4.0, None),
        ("component", "2", "0201", -0.5, None),
        ("result", None, None, 22.5, 22.5),
    ]


def test_what_scaling_up_gives_back_is_a_step_of_its_own() -> None:
    # Huế 2020: 42.63 of 48 counts as 44.41 of 50.
    mains = pl.DataFrame(
        {"main_code": ["3"], "points_micro": [44_406_250], "max_points_effective": [50.0]}
    )
    components = pl.DataFrame(
        {"main_code": ["3"], "component_code": ["0301"], "points_lost": [48 - 42.63]}
    )
    steps = waterfall(mains, components)
    assert steps["kind"].to_list() == ["maximum", "main", "component", "adjustment", "result"]
    assert steps["points"].to_list() == [50.0, -5.59375, -5.37, -0.22375, 44.40625]


def test_a_main_without_components_shows_no_adjustment() -> None:
    mains = pl.DataFrame(
        {"main_code": ["3"], "points_micro": [80_000_000], "max_points_effective": [100.0]}
    )
    nothing = pl.DataFrame(
        schema={"main_code": pl.String, "component_code": pl.String, "points_lost": pl.Float64}
    )
    assert waterfall(mains, nothing)["kind"].to_list() == ["maximum", "main", "result"]


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
