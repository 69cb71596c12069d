"""Last year's files, columns and reports delivered as this year's are told; chance is not."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest

from dti_pipeline.acceptance.plausibility.settings import load_check_settings
from dti_pipeline.release.repeats import repeated_columns, repeated_files, repeated_reports
from schemas.text import Text

MICRO = 1_000_000
UNITS = ["U1", "U2", "U3", "U4", "U5", "U6"]
COLUMN = [8123.5, 2410.25, 35.5, 310.75, 1520, 77]
REPORT = [450, 500, 8123, 2410, 310, 1520]
LABELS = {"0101": Text("Chi", "Spending")}


def observations(year: int, figures: Sequence[Sequence[Any]], **same: Any) -> pl.DataFrame:
    """Lay out observations: unit, variable, figure; what they share, and a digest of their own."""
    usual = {
        "assessment_id": f"small-{year}",
        "component_code": "0101",
        "option": None,
        "accepted": True,
        "source_kind": "central",
        "source_file": f"raw/small-{year}/central/01_money.csv",
        "source_sheet": None,
        "source_sha256": str(year),
    }
    rows = [
        usual
        | {
            "unit_id": unit,
            "unit_name": f"Tỉnh {unit}",
            "variable": variable,
            "value_micro": None if figure is None else round(figure * MICRO),
            "source_cell": f"{number}:Chi",
        }
        | same
        for number, (unit, variable, figure) in enumerate(figures, start=2)
    ]
    schema = {"value_micro": pl.Int64, "accepted": pl.Boolean}
    names = rows[0].keys()
    return pl.DataFrame(rows, schema={name: schema.get(name, pl.String) for name in names})


def column(year: int, values: Sequence[float | None], **same: Any) -> pl.DataFrame:
    figures = [(unit, "money", value) for unit, value in zip(UNITS, values, strict=False)]
    return observations(year, figures, **same)


@pytest.mark.parametrize(
    ("now", "shared"),
    [
        (COLUMN, 6),
        ([*COLUMN[1:], COLUMN[0]], 6),  # shifted by a row, the last one at the top
        ([12, *COLUMN[:-1]], 5),  # shifted by a row
        ([COLUMN[1], COLUMN[0], *COLUMN[2:]], 6),  # two units exchanged
        ([*COLUMN[:5], 78], 5),  # one figure is new
        ([*COLUMN[:4], 1521, 78], None),  # two are new
        ([value * 1.01 for value in COLUMN], None),
    ],
)
def test_a_column_of_the_compared_year_is_told(now: list[float], shared: int | None) -> None:
    issues = list(repeated_columns(column(2025, now), column(2024, COLUMN), labels=LABELS))
    assert [issue.rule_id for issue in issues] == ["column.of_other_year"] * (shared is not None)
    for issue in issues:
        assert issue.severity == "warning"
        assert issue.source_file == "raw/small-2025/central/01_money.csv"
        assert f"{shared} of 6 figures of the column are those of small-2024" in issue.message_en
        assert f"Chi (money): {shared} trong 6 giá trị" in issue.message_vi


@pytest.mark.parametrize(
    ("values", "same"),
    [
        ([1, 1, 1, 1, 1, 1], {}),
        ([1, 2, 3, 4, 4, 4], {}),  # four different figures are too few
        ([0, 0, 0, 0, 5, 7], {}),
        (COLUMN, {"option": "yes"}),
        (COLUMN, {"accepted": False}),
        (COLUMN, {"source_kind": "correction"}),
    ],
)
def test_what_is_equal_by_chance_or_no_figure_is_not_told(
    values: list[float], same: dict[str, Any]
) -> None:
    now, before = column(2025, values, **same), column(2024, values, **same)
    assert list(repeated_columns(now, before, labels=LABELS)) == []


def test_a_file_of_another_year_is_told_once_and_not_again_by_its_columns() -> None:
    now, before = (column(year, COLUMN, source_sha256="same") for year in (2025, 2024))
    (issue,) = repeated_files(now, before)
    assert (issue.rule_id, issue.severity) == ("delivery.of_other_year", "warning")
    assert issue.source_file == "raw/small-2025/central/01_money.csv"
    assert "raw/small-2024/central/01_money.csv of small-2024" in issue.message_en
    assert list(repeated_columns(now, before, labels=LABELS)) == []


def test_a_table_of_several_years_may_be_delivered_every_year() -> None:
    now = column(2025, COLUMN, source_sha256="same")
    rows_above = pl.format("{}:Chi", pl.int_range(20, 26))
    before = column(2024, [1, 2, 3, 4, 5, 6], source_sha256="same")
    assert list(repeated_files(now, before.with_columns(source_cell=rows_above))) == []


def report(year: int, unit: str, values: Sequence[float]) -> pl.DataFrame:
    figures = [(unit, f"v{number}", value) for number, value in enumerate(values)]
    file = f"raw/small-{year}/self_reports/{unit}.xlsx"
    digest = f"{year}{unit}"
    kind = {"source_kind": "self_report", "source_file": file, "source_sha256": digest}
    return observations(year, figures, **kind)


@pytest.mark.parametrize(
    ("values", "other"),
    [
        (REPORT, "U1"),
        ([7, *REPORT[:-1]], "U1"),
        ([*REPORT[:5], 1600], "U1"),
        ([9450, 9500, 8123, 2410, 310, 1520], None),
        ([value + 1000 for value in REPORT], "U2"),  # the report of another unit
        ([1, 2, 3, 4, 5, 6], "U1 small"),
    ],
)
def test_a_report_of_the_compared_year_is_told(values: list[float], other: str | None) -> None:
    small = other == "U1 small"
    before = [values if small else REPORT, [value + 1000 for value in REPORT]]
    earlier = pl.concat(
        report(2024, unit, of) for unit, of in zip(("U1", "U2"), before, strict=True)
    )
    now = report(2025, "U1", values)
    issues = list(repeated_reports(now, earlier, settings=load_check_settings().identical))
    assert len(issues) == (other is not None)
    for issue in issues:
        assert (issue.rule_id, issue.unit_id) == ("report.of_other_year", "U1")
        assert f"Tỉnh {str(other)[:2]}'s report for small-2024" in issue.message_en


def test_two_reports_exchanged_between_years_are_told_both() -> None:
    other = [value + 1000 for value in REPORT]
    earlier = pl.concat([report(2024, "U1", REPORT), report(2024, "U2", other)])
    now = pl.concat([report(2025, "U1", other), report(2025, "U2", REPORT)])
    issues = repeated_reports(now, earlier, settings=load_check_settings().identical)
    assert [issue.unit_id for issue in issues] == ["U1", "U2"]
