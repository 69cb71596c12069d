import csv
import hashlib
import io
from pathlib import Path

import polars as pl

from dti_pipeline.release.csv_text import csv_text, plain_texts
from dti_pipeline.release.folder import Release
from dti_pipeline.reports.release_view import ReleaseView
from dti_pipeline.reports.site.downloads import (
    OPENED,
    size_text,
    write_tables,
)
from schemas.plain_text import plain_text


def test_every_table_is_there_as_parquet_byte_for_byte_and_as_csv(
    made_up: Release, site: Path
) -> None:
    for name, entry in made_up.manifest["files"].items():
        parquet = site / "data" / name
        assert hashlib.sha256(parquet.read_bytes()).hexdigest() == entry["sha256"]
        assert (site / "data" / "csv" / name.replace(".parquet", ".csv")).is_file()
    assert (site / "data" / "manifest.json").read_bytes() == (
        made_up.folder / "manifest.json"
    ).read_bytes()


def test_only_the_tables_that_people_open_come_as_csv_unless_all_are_asked_for(
    made_up: Release, tmp_path: Path
) -> None:
    view = ReleaseView(made_up)
    tables = write_tables(view, tmp_path, all_csv=False)
    assert {table["name"] for table in tables if table["csv"]} == {*OPENED}
    assert {path.stem for path in (tmp_path / "data" / "csv").iterdir()} == {*OPENED}
    assert {"fact_observation", "fact_component_score"} <= {
        table["name"] for table in tables if table["csv"] is None
    }


def test_csv_files_start_with_the_mark_a_spreadsheet_needs_for_vietnamese(site: Path) -> None:
    for path in (site / "data" / "csv").glob("*.csv"):
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_csv_file_holds_the_figures_of_the_table(made_up: Release, site: Path) -> None:
    text = (site / "data" / "csv" / "fact_ranking.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    table = made_up.table("fact_ranking")
    assert len(rows) == table.height
    assert [float(row["value"]) for row in rows] == [round(v, 6) for v in table["value"]]
    assert "00000000001" not in text


def test_texts_in_csv_files_cannot_become_formulas(site: Path) -> None:
    text = (site / "data" / "csv" / "dq_issue.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["raw_text"] for row in rows} == {"'+cmd|' /C calc'!A0", "'=1+1"}
    units = (site / "data" / "csv" / "dim_unit.csv").read_text(encoding="utf-8-sig")
    names = {row["name_vi"] for row in csv.DictReader(io.StringIO(units))}
    assert """'=HYPERLINK("http://outside.invalid","Ninh Bình")""" in names
    assert "Đắk Lắk" in names


def test_a_column_of_texts_is_treated_like_each_of_them() -> None:
    texts = [
        "=1+1",
        "+84",
        "-",
        "@SUM",
        "\t=x",
        "  =x",
        "＝x",
        "Ninh Bình",
        "a=b",
        "",
        "a\x00b\ufffe",
    ]
    frame = pl.DataFrame({"text": texts, "figure": range(len(texts))})
    assert plain_texts(frame)["text"].to_list() == [plain_text(text) for text in texts]
    assert plain_texts(frame)["figure"].to_list() == list(range(len(texts)))


def test_nulls_stay_empty_and_negative_numbers_stay_numbers() -> None:
    frame = pl.DataFrame({"text": ["-x", None], "figure": [-1.5, None]})
    assert csv_text(frame).decode("utf-8-sig") == "text,figure\n'-x,-1.5\n,\n"


def test_sizes_are_written_for_people() -> None:
    assert size_text(10) == "1 KB"
    assert size_text(2048) == "2 KB"
    assert size_text(3_500_000) == "3,3 MB"
