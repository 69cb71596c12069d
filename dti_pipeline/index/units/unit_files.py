"""Read the unit files of one or more folders and refuse what is wrong in them.

A folder holds unit files (any `*.csv` not named below, with the columns of `UnitFile`) and,
optionally, the companions `regions.csv`, `aliases.csv`, `succession.csv` and `tiles.csv`; their
models stand in `schemas.files.units`. Files are Unicode with a header; extra columns are left
unread. A wrong file stops everything: names matched against a wrong registry would put
figures under the wrong unit.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from dti_pipeline.index.csv_rows import UnreadableFileError, read_csv_table
from dti_pipeline.index.units.forms import forms_of_aliases, forms_of_units, unambiguous
from schemas.codes import LEVELS
from schemas.contract import ContractError
from schemas.files.units import (
    PLACE,
    AliasFile,
    FileRow,
    RegionFile,
    SuccessionFile,
    TileFile,
    UnitFile,
)
from schemas.messages import message
from schemas.text import ForeseenError, Text
from schemas.words import words_of

COMPANIONS: Final = ("regions", "aliases", "succession", "tiles")

# Faults of the models' checks that a message says better than the check itself.
_FAULTS: Final = ("not_null", "pattern", "known_value", "unique_key", "in_range")


class UnitFileError(ForeseenError, ValueError):
    """A unit file cannot be used; line 1 is the header, None means the whole file."""

    def __init__(self, file: Path, line: int | None, text: Text) -> None:
        self.file = file
        self.line = line
        self.text = text
        at_vi, at_en = (f", dòng {line}", f", line {line}") if line else ("", "")
        self.text_with_place = Text(f"{file}{at_vi}: {text.vi}", f"{file}{at_en}: {text.en}")
        super().__init__("\n".join(self.text_with_place))


def read_unit_folders(folders: Sequence[Path]) -> dict[str, pl.DataFrame]:
    """Read folders in order of precedence and check the whole: the tables of `UnitRegistry`.

    A unit set, its tile boxes and a region belong to the first folder that has them. Aliases and
    successions of all folders count together.

    A folder that does not exist counts as empty; a `UnitFileError` names the first fault.
    """
    all_units = _read(folders, name=None, model=UnitFile)
    units = _checked(_first_folder(all_units, by="unit_set"), UnitFile)
    regions = _read(folders, name="regions", model=RegionFile)
    regions = _checked(_first_folder(regions, by="region_code"), RegionFile)
    tiles = _read(folders, name="tiles", model=TileFile)
    tiles = _checked(_first_folder(tiles, by="unit_set"), TileFile)
    aliases = _checked(_read(folders, name="aliases", model=AliasFile), AliasFile)
    succession = _checked(_read(folders, name="succession", model=SuccessionFile), SuccessionFile)
    for rows, column in (
        (aliases, "unit_id"),
        (succession, "old_unit_id"),
        (succession, "new_unit_id"),
    ):
        strangers = rows.join(all_units, left_on=column, right_on="unit_id", how="anti")
        refuse(strangers.with_columns(unit=column), "units.unknown_unit")
    _check_regions(units, regions)
    _check_parents(units)
    _check_tiles(units, tiles)
    return {
        "forms": _checked_forms(units, aliases),
        "units": units.drop(PLACE).sort("unit_set", "unit_id"),
        # What speaks of a unit that an earlier folder has replaced goes with the replaced set.
        "aliases": aliases.drop(PLACE)
        .unique()
        .join(units, on="unit_id", how="semi")
        .sort("unit_id", "alias"),
        "succession": succession.drop(PLACE)
        .unique()
        .join(units, left_on="old_unit_id", right_on="unit_id", how="semi")
        .join(units, left_on="new_unit_id", right_on="unit_id", how="semi")
        .sort("old_unit_id", "new_unit_id"),
        "tiles": tiles.drop(PLACE).sort("unit_set", "tile_row", "tile_col"),
    }


def refuse(rows: pl.DataFrame, key: str, **fields: object) -> None:
    """Raise a `UnitFileError` on the first of the rows at fault, if there is one.

    The fields of the message `key` are the row's columns and those given here.
    """
    if rows.is_empty():
        return
    row = rows.sort(PLACE).row(0, named=True)
    text = message(key, **row, **fields)
    raise UnitFileError(Path(row["file"]), row["line"], text)


def _checked(rows: pl.DataFrame, model: type[FileRow]) -> pl.DataFrame:
    """Let the model of the file judge its rows; raise on the first fault it finds."""
    try:
        return model.validate(rows)
    except ContractError as error:
        fault = error.violations[0]
        # Of rows with the same key the later one is at fault.
        row = fault.rows[-1 if fault.check == "unique_key" else 0]
        if fault.check in _FAULTS:
            content = row[fault.column]
            text = message(
                f"units.{fault.check}", column=fault.column, content=content, levels=LEVELS
            )
        else:
            text = Text(*(template.format(**row) for template in fault.must))
        raise UnitFileError(Path(row["file"]), row["line"], text) from None


def _read(folders: Sequence[Path], *, name: str | None, model: type[FileRow]) -> pl.DataFrame:
    """Read one companion, or with None the unit files, of all folders, with the place of rows."""
    tables = [
        _read_file(path, folder=place, schema=model.content())
        for place, folder in enumerate(folders)
        for path in sorted(folder.glob("*.csv"))
        if (path.stem == name if name else path.stem not in COMPANIONS)
    ]
    return pl.concat([model.empty(), *(table.select(model.names()) for table in tables)])


def _read_file(path: Path, *, folder: int, schema: pl.Schema) -> pl.DataFrame:
    try:
        table = read_csv_table(path)
    except UnreadableFileError as error:
        line = int(error.finding.details.get("line", 0)) or None
        raise _unreadable(path, line, error.finding.code) from error
    headings = [text.strip() for text in table.header.texts]
    missing = [column for column in schema if column not in headings]
    if missing:
        text = message("units.missing_columns", missing=missing, columns=list(schema))
        raise UnitFileError(path, table.header.number, text)
    for row in table.below:
        if len(row.texts) > len(headings):
            raise _unreadable(path, row.number, "csv.row_length")
    places = {column: headings.index(column) for column in schema}
    texts = pl.DataFrame(
        {
            column: [row.texts[at] if at < len(row.texts) else None for row in table.below]
            for column, at in places.items()
        },
        schema=dict.fromkeys(schema, pl.String),
    )
    clean = texts.select(
        pl.col(list(schema)).str.normalize("NFC").str.strip_chars().replace("", None),
        folder=pl.lit(folder, dtype=pl.Int32),
        file=pl.lit(str(path)),
        line=pl.Series([row.number for row in table.below], dtype=pl.Int32),
    )
    typed = clean.with_columns(_as(column, dtype) for column, dtype in schema.items())
    for column, dtype in schema.items():
        if typed.get_column(column).null_count() > clean.get_column(column).null_count():
            rows = clean.filter(pl.col(column).is_not_null() & _as(column, dtype).is_null())
            key = "units.no_date" if dtype == pl.Date() else "units.no_whole_number"
            refuse(rows.with_columns(column=pl.lit(column), content=column), key)
    return typed


def _unreadable(path: Path, line: int | None, code: str) -> UnitFileError:
    what = words_of("file_faults")[code]
    return UnitFileError(path, line, message("units.unreadable", what=what))


def _as(column: str, dtype: pl.DataType) -> pl.Expr:
    if dtype == pl.Date():
        return pl.col(column).str.to_date("%Y-%m-%d", strict=False)
    return pl.col(column).cast(dtype, strict=False)


def _first_folder(rows: pl.DataFrame, *, by: str) -> pl.DataFrame:
    """Keep of every set (or region) the rows of the first folder that has it."""
    return rows.filter(pl.col("folder") == pl.col("folder").min().over(by))


def _check_regions(units: pl.DataFrame, regions: pl.DataFrame) -> None:
    columns = RegionFile.content().names()
    refuse(
        units.filter(~pl.all_horizontal(pl.col(columns).is_null())).join(
            regions, on=columns, how="anti", nulls_equal=True
        ),
        "units.unknown_region",
        known=regions.get_column("region_code").sort().to_list(),
    )


def _check_parents(units: pl.DataFrame) -> None:
    parents = dict(units.select("unit_id", "parent_unit_id").drop_nulls().iter_rows())
    for unit_id in parents:
        chain, parent = [unit_id], parents.get(unit_id)
        while parent is not None and parent not in chain:
            chain, parent = [*chain, parent], parents.get(parent)
        if parent is not None:
            row = units.filter(unit_id=unit_id)
            refuse(row, "units.parents_in_circle", chain=" → ".join([*chain, parent]))


def _checked_forms(units: pl.DataFrame, aliases: pl.DataFrame) -> pl.DataFrame:
    """List the forms names are found under; refuse names and aliases that mean two units.

    A city and a rural district may share a name, and so may communes of two districts: then the
    name alone matches neither. The same kind and name under the same parent is a mistake.
    """
    own = forms_of_units(units)
    names = own.filter(pl.col("kind") == "key")
    whole = ["unit_set", "parent_unit_id", "form"]
    refuse(
        names.filter(~pl.col("form").str.starts_with("|"))
        .join(units.drop("unit_set"), on="unit_id", maintain_order="left")
        .with_columns(other=pl.col("unit_id").first().over(whole))
        .filter(pl.col("unit_id") != pl.col("other")),
        "units.same_name",
    )
    other = forms_of_aliases(aliases, units)
    extra = other.filter(pl.col("kind") == "alias")
    others = pl.concat([names, extra.select(names.columns)]).rename({"unit_id": "other"})
    refuse(
        extra.join(others, on=["unit_set", "form"]).filter(pl.col("unit_id") != pl.col("other")),
        "units.alias_of_two",
    )
    return unambiguous(pl.concat([own, other.select(own.columns)]))


def _check_tiles(units: pl.DataFrame, tiles: pl.DataFrame) -> None:
    place = ["unit_set", "tile_row", "tile_col"]
    placed = pl.concat(
        [
            units.select(*place, *PLACE, label="name_vi").drop_nulls("tile_row"),
            tiles.select(*place, *PLACE, label="label_vi"),
        ]
    )
    refuse(
        placed.with_columns(other=pl.col("label").first().over(place)).filter(
            ~pl.struct(place).is_first_distinct()
        ),
        "units.tile_of_two",
    )
