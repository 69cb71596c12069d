import polars as pl
import pytest

from dti_pipeline.index.beside import beside


def test_rows_keep_their_order_and_columns_and_get_those_of_their_partner() -> None:
    rows = pl.DataFrame({"unit_id": ["c", "a", "b", "a"], "points": [1, 2, 3, 4]})
    names = pl.DataFrame({"unit_id": ["a", "b"], "name": ["An", "Bo"]})
    assert beside(rows, names, on=["unit_id"]).to_dict(as_series=False) == {
        "unit_id": ["c", "a", "b", "a"],
        "points": [1, 2, 3, 4],
        "name": [None, "An", "Bo", "An"],
    }


def test_two_partners_of_one_row_are_an_error_and_double_no_row() -> None:
    rows = pl.DataFrame({"unit_id": ["a"], "points": [1]})
    names = pl.DataFrame({"unit_id": ["a", "a"], "name": ["An", "Bo"]})
    with pytest.raises(pl.exceptions.ShapeError):
        beside(rows, names, on=["unit_id"])
