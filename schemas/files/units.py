"""Models of the unit files: units, and what stands beside them, each row with its place."""

from datetime import date

import polars as pl

from schemas import columns as col
from schemas.columns import UnitIdentity
from schemas.contract import Table, row_check
from schemas.text import Text

PLACE = ["folder", "file", "line"]


class FileRow(Table, grain=Text("một dòng của một tệp", "one line of a file"), key=PLACE):
    """Where a row stands: the folder by precedence, the file, the line in it."""

    folder: pl.Int32 = col.field("order", "Thứ tự thư mục", "Place of the folder", ge=0)
    file: str = col.text("Tệp", "File")
    line: pl.Int32 = col.number("Dòng", "Line")

    @classmethod
    def content(cls) -> pl.Schema:
        """Return the columns that stand in the file."""
        return pl.Schema({name: kind for name, kind in cls.schema().items() if name not in PLACE})


class UnitFile(UnitIdentity, FileRow, grain=Text("một đơn vị", "one unit"), key=["unit_id"]):
    """What a unit may lack: a department has no official code, a commune no tile."""

    region_code: col.RegionCode
    region_name: col.RegionName
    region_name_en: col.RegionNameEn
    parent_unit_id: col.ParentUnitId
    group_code: col.GroupCode
    valid_from: date = col.day("Ngày bắt đầu tồn tại", "First day of existence")
    valid_to: col.ValidTo
    tile_row: pl.Int32 = col.tile("Hàng", "Row on the tile map", nullable=True)
    tile_col: pl.Int32 = col.tile("Cột", "Column on the tile map", nullable=True)

    @row_check(
        "official_code",
        "official_code “{official_code}” đã có ở một dòng trước; mỗi đơn vị một mã riêng",
        "official_code “{official_code}” is on an earlier line too; every unit has its own",
    )
    def official_code_once(cls) -> pl.Expr:
        is_first = pl.struct("unit_set", "official_code").is_first_distinct()
        return pl.col("official_code").is_null() | is_first

    @row_check(
        "name_ascii",
        "name_ascii “{name_ascii}” có ký tự ngoài ASCII; đề nghị ghi tên không dấu",
        "name_ascii “{name_ascii}” is not ASCII; write the name without marks",
    )
    def ascii_name(cls) -> pl.Expr:
        return pl.col("name_ascii").str.contains(r"^[\x20-\x7e]*$")

    @row_check(
        "parent_unit_id",
        "không có đơn vị cấp trên “{parent_unit_id}”; sửa mã hoặc để trống",
        "there is no parent unit “{parent_unit_id}”; correct it or leave it empty",
    )
    def parent_known(cls) -> pl.Expr:
        return pl.col("parent_unit_id").is_in(pl.col("unit_id").implode())

    @row_check(
        "parent_unit_id",
        "{unit_id} là đơn vị cấp trên của chính mình; sửa parent_unit_id hoặc để trống",
        "{unit_id} is its own parent unit; correct parent_unit_id or leave it empty",
    )
    def parent_is_another(cls) -> pl.Expr:
        return pl.col("parent_unit_id") != pl.col("unit_id")

    @row_check(
        "valid_to",
        "valid_to {valid_to} trước valid_from {valid_from}; sửa một trong hai ngày",
        "valid_to {valid_to} is before valid_from {valid_from}; correct one of them",
    )
    def dates_in_order(cls) -> pl.Expr:
        return pl.col("valid_to") >= pl.col("valid_from")

    @row_check(
        "tile_row",
        "chỉ có một trong tile_row, tile_col; điền cả hai hoặc để trống cả hai",
        "only one of tile_row and tile_col is given; fill in both or neither",
    )
    def whole_tile(cls) -> pl.Expr:
        return pl.col("tile_row").is_null() == pl.col("tile_col").is_null()


class RegionFile(FileRow):
    region_code: str = col.code("Mã vùng kinh tế - xã hội", "Socio-economic region")
    region_name: str = col.text("Tên vùng bằng tiếng Việt", "Name in Vietnamese")
    region_name_en: str = col.text("Tên vùng bằng tiếng Anh", "Name in English")


class AliasFile(FileRow):
    unit_id: col.UnitId
    alias: str = col.text("Tên gọi khác", "Another spelling")


class SuccessionFile(FileRow):
    old_unit_id: col.OldUnitId
    new_unit_id: col.NewUnitId
    effective_date: col.EffectiveDate


class TileFile(FileRow):
    """Boxes on the tile map that are no units."""

    unit_set: col.UnitSet
    tile_row: pl.Int32 = col.tile("Hàng", "Row on the tile map")
    tile_col: pl.Int32 = col.tile("Cột", "Column on the tile map")
    label_vi: col.LabelVi
    label_en: col.LabelEn
