"""The small tables of a release: regions, groups, years, codes, frameworks; units in order."""

from collections.abc import Mapping
from typing import Final

import polars as pl

from dti_pipeline.index.frameworks.load import BoundFramework
from schemas.catalogue import RELEASE_TABLES
from schemas.tables.lookups import DimCode, DimGroup
from schemas.text import Text
from schemas.words import CODES, words_of

# Letters of the Vietnamese alphabet after the letter they stand behind: ă after every a….
_LETTERS: Final = {
    **{"ă": "a\x7f1", "â": "a\x7f2", "đ": "d\x7f1", "ê": "e\x7f1"},
    **{"ô": "o\x7f1", "ơ": "o\x7f2", "ư": "u\x7f1"},
}
# Tones in the order of dictionaries: à ả ã á ạ.
_TONES: Final = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_TONE: Final = "[" + "".join(_TONES) + "]"
# Names of more letters have their first words as initials on a tile.
_TILE_LETTERS: Final = 10


def in_vietnamese_order(name: pl.Expr) -> list[pl.Expr]:
    """Return what Vietnamese names sort by: the letters of the alphabet, then their tones."""
    marked = name.str.to_lowercase().str.normalize("NFD")
    letters = marked.str.replace_all(_TONE, "").str.normalize("NFC").str.replace_many(_LETTERS)
    tones = marked.str.replace_all(rf"[^{_TONE[1:]}", "0").str.replace_many(_TONES)
    return [letters, tones]


def unit_rows(units: pl.DataFrame, parents_of_sets: Mapping[str, str]) -> pl.DataFrame:
    """Add to ``dim_unit`` the parents, the order of names and the labels of tiles.

    A parent that is in no assessment of the release is left out: nothing could be looked up there.
    ``parents_of_sets`` says what the units of a set lie in that have no parent of their own.
    """
    of_set = pl.col("unit_set").replace_strict(
        parents_of_sets, default=None, return_dtype=pl.String
    )
    # The unit that the others of its set lie in does not lie in itself.
    of_set = pl.when(of_set != pl.col("unit_id")).then(of_set)
    units = units.with_columns(pl.coalesce("parent_unit_id", of_set))
    parents = units.select(parent_unit_id="unit_id", parent_name="name_vi")
    words = pl.col("name_vi").str.replace_all("-", " ", literal=True).str.split(" ")
    initials = words.list.slice(0, words.list.len() - 1).list.eval(
        pl.element().filter(pl.element() != "").str.slice(0, 1) + "."
    )
    return (
        units.join(parents, on="parent_unit_id", how="left", maintain_order="left")
        .with_columns(
            parent_unit_id=pl.when(pl.col("parent_name").is_not_null()).then("parent_unit_id"),
            tile_label=pl.when(pl.col("name_vi").str.len_chars() > _TILE_LETTERS)
            .then(pl.concat_str(initials.list.join(""), words.list.last()))
            .otherwise("name_vi"),
        )
        .sort(*in_vietnamese_order(pl.col("name_vi")), "unit_id")
        .with_row_index("sort_order", offset=1)
        .with_columns(pl.col("sort_order").cast(pl.Int32))
    )


def region_rows(units: pl.DataFrame) -> pl.DataFrame:
    """Return the regions of all units, as ``dim_region``, in the order of the units' codes."""
    return (
        units.filter(pl.col("region_code").is_not_null())
        .sort("unit_set", "unit_id")
        .group_by("region_code", maintain_order=True)
        .agg(
            pl.col("region_name", "region_name_en").first(),
            n_units=pl.len().cast(pl.Int32),
        )
        .with_columns(sort_order=pl.int_range(1, pl.len() + 1, dtype=pl.Int32))
    )


def group_rows(ranking: pl.DataFrame, names: Mapping[tuple[str, str], Text]) -> pl.DataFrame:
    """Return the ranking groups of every assessment, as ``dim_group``.

    ``names`` are those that the files of assessments give: (assessment, group) → name.
    """
    usual = {**words_of("levels"), **words_of("groups")}
    groups = (
        ranking.filter(pl.col("group_code").is_not_null())
        .unique(["assessment_id", "unit_id"], maintain_order=True)
        .group_by("assessment_id", "group_code", maintain_order=True)
        .agg(pl.col("framework_id").first(), n_units=pl.len().cast(pl.Int32))
    )
    texts = [
        names.get(place) or usual.get(place[1], Text(place[1], place[1]))
        for place in groups.select("assessment_id", "group_code").iter_rows()
    ]
    return groups.with_columns(
        pl.DataFrame(texts, schema={"name_vi": pl.String, "name_en": pl.String}, orient="row"),
        group_key=pl.concat_str("assessment_id", "group_code", separator="/"),
        sort_order=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("assessment_id"),
    ).select(DimGroup.names())


def year_rows(assessments: pl.DataFrame) -> pl.DataFrame:
    """Return the years of all assessments, as ``dim_year``."""
    year = pl.col("assessment_year")
    return assessments.select(year.unique().sort()).with_columns(
        year_date=pl.date(year, 12, 31), label=pl.format("DTI {}", year)
    )


def code_rows(frameworks: Mapping[str, BoundFramework]) -> pl.DataFrame:
    """Return the words for all codes of the tables, as ``dim_code``; bands are of a framework."""
    sets = [(column, "all", _words(column, kind)) for column, kind in CODES.items()]
    for framework_id, framework in sorted(frameworks.items()):
        bands = {"unit": framework.file.unit_bands, "component": framework.file.component_bands}
        for what, of_what in bands.items():
            words = {band.code: band.name for band in of_what}
            sets.append(("band_code", f"{framework_id}.{what}", words))
    rows = [
        (column, code_set, code, *text, order)
        for column, code_set, words in sets
        for order, (code, text) in enumerate(words.items(), start=1)
    ]
    return pl.DataFrame(rows, schema=DimCode.schema(), orient="row")


def _words(column: str, kind: str) -> dict[str, Text]:
    """Return the words for the codes that a column may hold in any table."""
    columns = [table.to_schema().columns.get(column) for table in RELEASE_TABLES.values()]
    checks = [check.statistics for model in columns if model for check in model.checks]
    codes = {code for check in checks for code in check.get("allowed_values", ())}
    return {code: text for code, text in words_of(kind).items() if not codes or code in codes}


def framework_rows(ranking: pl.DataFrame) -> pl.DataFrame:
    """Return the frameworks of every assessment, as ``bridge_assessment_framework``."""
    return ranking.group_by("assessment_id", "framework_id").agg(
        n_units=pl.col("unit_id").n_unique().cast(pl.Int32)
    )
