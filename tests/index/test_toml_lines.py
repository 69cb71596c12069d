"""On which line of a TOML file a place stands."""

import pytest

from dti_pipeline.index.toml_lines import line_of

TEXT = """\
id = "x"

[[tables]]
id = "tax"
name_vi = "Thuế"

[tables.columns.total]
header = "b"
name_vi = "Tổng số"

[tables.columns.online]
header = "a"

[tables.columns.online.options.yes]
name_vi = "Có"

[[tables]]
id = "own"
name_vi = "Riêng"
columns.online = { header = "a" }

[central]
where = { year = "2024" }
name_vi = "Bảng"
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("tables", 0, "name_vi"), 5),
        (("tables", 0, "columns", "total", "name_vi"), 9),
        (("tables", 0, "columns", "online", "name_en"), 11),
        (("tables", 0, "columns", "online", "options", "yes", "name_vi"), 15),
        (("tables", 0, "columns", "total", "name_en"), 7),
        (("tables", 1, "name_vi"), 19),
        (("tables", 1, "where"), 17),
        (("central", "where", "name_vi"), 23),
        (("central", "name_vi"), 24),
    ],
)
def test_what_is_missing_is_told_at_the_table_that_lacks_it(
    place: tuple[int | str, ...], line: int
) -> None:
    assert line_of(place, TEXT) == line


@pytest.mark.parametrize(("place", "line"), [(("mains", 0, "points"), 6), (("mains",), 4)])
def test_a_list_of_names_is_not_the_table_of_that_name(
    place: tuple[int | str, ...], line: int
) -> None:
    text = '[[pillars]]\nmains = ["1"]\n\n[[mains]]\ncode = "1"\npoints = 5\n'
    assert line_of(place, text) == line
