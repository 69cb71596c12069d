import unicodedata
from pathlib import Path

import polars as pl
import pytest

from dti_pipeline.index.units.registry import UnitRegistry, load_registry
from dti_pipeline.index.units.unit_files import UnitFileError
from schemas.files.units import UnitFile

HEADER = ",".join(UnitFile.content())
CITY = "C-1,city-sample,commune,00001,Bến Thành,Ben Thanh,Ben Thanh,phường,,,,VN-P34-79,ward,2025-07-01,,1,1"
TOWN = "C-2,city-sample,commune,00002,Cần Giờ,Can Gio,Can Gio,xã,DNB-2025,Đông Nam Bộ,Southeast,VN-P34-79,commune,2025-07-01,,1,2"

ALIASES = "unit_id,alias"
SUCCESSION = "old_unit_id,new_unit_id,effective_date"
TILES = "unit_set,tile_row,tile_col,label_vi,label_en"


def write(folder: Path, name: str, *lines: str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def load_sample(folder: Path, *lines: str) -> UnitRegistry:
    write(folder, "sample.csv", HEADER, *lines)
    return load_registry(search=[folder])


def changed(line: str, **fields: str) -> str:
    cells = dict(zip(UnitFile.content(), line.split(","), strict=True))
    return ",".join({**cells, **fields}.values())


def test_own_units_stand_beside_the_shipped_ones(tmp_path: Path) -> None:
    aliases = ("C-2,Đảo Khỉ,ignored column", "VN-P34-01,Thủ đô")
    write(tmp_path, "aliases.csv", f"{ALIASES},note", *aliases)
    write(tmp_path, "tiles.csv", TILES, "city-sample,5,5,Biển,Sea")
    write(tmp_path, "succession.csv", SUCCESSION, "C-1,C-2,2026-01-01")
    registry = load_sample(tmp_path, CITY, TOWN)
    assert {"city-sample", "province-34", "province-63"} <= {*registry.unit_sets}
    assert registry.units.schema == UnitFile.content()
    own = registry.succession.filter(old_unit_id="C-1")
    assert own.get_column("new_unit_id").to_list() == ["C-2"]
    assert registry.tiles.filter(unit_set="city-sample").height == 1
    for name, unit_set, unit_id in (
        ("P. Bến Thành", "city-sample", "C-1"),
        ("Đảo Khỉ", "city-sample", "C-2"),
        ("Thủ đô", "province-34", "VN-P34-01"),
    ):
        found = registry.match(pl.Series([name]), unit_set=unit_set)
        assert found.get_column("unit_id").item() == unit_id


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_unit_file_reads_as_spreadsheets_write_it(
    tmp_path: Path, separator: str, encoding: str
) -> None:
    text = f"Danh mục\n{HEADER}\n{CITY}\n".replace(",", separator)
    (tmp_path / "sample.csv").write_bytes(text.encode(encoding))
    units = load_registry(search=[tmp_path]).of_set("city-sample")
    assert units.select("unit_id", "name_vi").rows() == [("C-1", "Bến Thành")]


def test_a_set_of_the_same_name_replaces_the_shipped_one_as_a_whole(tmp_path: Path) -> None:
    mine = changed(CITY, unit_id="X-01", unit_set="province-63", level="province",
                   official_code="01", name_vi="Hà Nội", parent_unit_id="")  # fmt: skip
    write(tmp_path, "tiles.csv", TILES, "province-63,9,9,Biển,Sea")
    registry = load_sample(tmp_path, mine)
    assert registry.of_set("province-63").get_column("unit_id").to_list() == ["X-01"]
    assert registry.tiles.filter(unit_set="province-63").height == 1
    assert registry.of_set("province-34").height == 34
    assert not registry.aliases.get_column("unit_id").str.starts_with("VN-P63").any()
    old = registry.succession.get_column("old_unit_id")
    assert not old.str.starts_with("VN-P63").any()


def test_first_of_two_folders_wins(tmp_path: Path) -> None:
    write(tmp_path / "a", "mine.csv", HEADER, CITY)
    write(tmp_path / "b", "theirs.csv", HEADER, CITY, TOWN)
    registry = load_registry(search=[tmp_path / "a", tmp_path / "b"])
    assert registry.of_set("city-sample").height == 1


def test_byte_order_mark_and_decomposed_letters_are_read(tmp_path: Path) -> None:
    city = changed(CITY, name_vi=unicodedata.normalize("NFD", "Bến Thành"))
    path = write(tmp_path, "sample.csv", HEADER, city)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    registry = load_registry(search=[tmp_path])
    assert registry.of_set("city-sample").get_column("name_vi").item() == "Bến Thành"


def test_communes_of_two_parents_may_share_a_name_but_then_need_their_code(tmp_path: Path) -> None:
    other = changed(
        CITY, unit_id="C-3", official_code="00003", parent_unit_id="VN-P34-01", tile_col="3"
    )
    registry = load_sample(tmp_path, CITY, other)
    found = registry.match(pl.Series(["Phường Bến Thành", "00003"]), unit_set="city-sample")
    assert found.get_column("unit_id").to_list() == [None, "C-3"]
    assert found.get_column("candidates")[0] == "phường Bến Thành (C-1); phường Bến Thành (C-3)"


FAULTS = [
    ({"name_ascii": "Ben Thành"}, "name_ascii “Ben Thành” is not ASCII"),
    ({"unit_id": "C-1"}, "unit_id “C-1” is on an earlier line too"),
    ({"unit_id": "VN-P34-79"}, "unit_id “VN-P34-79” is on an earlier line too"),
    ({"unit_id": "Đ 1"}, "unit_id “Đ 1” is no code"),
    ({"official_code": "00001"}, "official_code “00001” is on an earlier line too"),
    ({"level": "ward"}, "there is no level “ward”; use one of province"),
    ({"name_vi": ""}, "name_vi is empty"),
    ({"unit_set": " "}, "unit_set is empty"),
    ({"name_vi": "Phường Bến  Thành", "unit_type": "phường"}, "reads like the name of C-1"),
    ({"region_code": "XYZ"}, "region “XYZ” (Đông Nam Bộ, Southeast) is not in regions.csv"),
    ({"region_name": "Tây Nguyên"}, "region “DNB-2025” (Tây Nguyên, Southeast) is not in"),
    ({"region_code": ""}, "is not in regions.csv; use one of BTB-2025, BTBDHMT-2023"),
    ({"parent_unit_id": "VN-P34-99"}, "there is no parent unit “VN-P34-99”"),
    ({"parent_unit_id": "C-2"}, "C-2 is its own parent unit"),
    ({"valid_from": "1/7/2025"}, "valid_from is “1/7/2025”; write dates as 2025-07-01"),
    ({"valid_to": "2025-06-30"}, "valid_to 2025-06-30 is before valid_from 2025-07-01"),
    ({"tile_row": "a"}, "tile_row is “a”; write a whole number"),
    ({"tile_row": ""}, "only one of tile_row and tile_col is given"),
    ({"tile_col": "1"}, "tile row 1, column 1 is taken by Bến Thành; move Cần Giờ"),
]


@pytest.mark.parametrize(("fields", "message"), FAULTS, ids=[text for _, text in FAULTS])
def test_a_wrong_unit_is_refused_with_file_line_and_remedy(
    tmp_path: Path, fields: dict[str, str], message: str
) -> None:
    with pytest.raises(UnitFileError) as caught:
        load_sample(tmp_path, CITY, changed(TOWN, **fields))
    assert message in caught.value.text.en
    in_shipped_file = fields.get("unit_id") == "VN-P34-79"
    assert caught.value.file.name == ("province-34.csv" if in_shipped_file else "sample.csv")
    assert in_shipped_file or caught.value.line == 3
    assert f"{caught.value.file}, dòng {caught.value.line}: {caught.value.text.vi}" in str(
        caught.value
    )
    assert ";" in caught.value.text.vi


@pytest.mark.parametrize("ring", ["C-1 C-2", "C-1 C-2 C-3"])
def test_units_above_each_other_are_refused(tmp_path: Path, ring: str) -> None:
    units = ring.split()
    parents = {unit: units[number - 1] for number, unit in enumerate(units)}
    rows = [
        changed(CITY, unit_id=unit, name_vi=f"Bến {unit}", official_code=f"0000{unit[-1]}",
                tile_col=unit[-1], parent_unit_id=parent)
        for unit, parent in parents.items()
    ]  # fmt: skip
    with pytest.raises(UnitFileError) as caught:
        load_sample(tmp_path, *rows)
    chain = " → ".join(["C-1", *reversed(units)])
    assert f"the parent units lead in a circle: {chain}; correct" in caught.value.text.en
    assert (caught.value.file.name, caught.value.line) == ("sample.csv", 2)


@pytest.mark.parametrize(
    ("name", "lines", "message", "line"),
    [
        ("sample.csv", (HEADER.replace(",level", ""), ""), "column level is missing", 1),
        ("sample.csv", ("a,b", "1,2"), "column unit_id, unit_set, level", 1),
        ("sample.csv", ("a;b,c", "x;y,z"), "cannot be read (unclear what", None),
        ("sample.csv", (HEADER, CITY + ",more"), "cannot be read (a row has more", 2),
        ("sample.csv", (HEADER, CITY, 'x,"y'), "cannot be read (broken quotes", 3),
        ("aliases.csv", (ALIASES, "C-9,Đảo"), "there is no unit “C-9”", 2),
        ("aliases.csv", (ALIASES, "VN-P63-01,Thủ đô", "VN-P63-79,Thủ Đô"), "is a name of", 2),
        ("aliases.csv", (ALIASES, "VN-P63-35,Hà Nội"), "“Hà Nội” is a name of VN-P63-01", 2),
        ("aliases.csv", (ALIASES, "VN-P63-35,"), "alias is empty", 2),
        ("succession.csv", (SUCCESSION, "VN-P63-01,VN-P34-99,2025-07-01"), "there is no unit “VN-P34-99”", 2),
        ("succession.csv", (SUCCESSION, "VN-P63-01,VN-P34-01,"), "effective_date is empty", 2),
        ("tiles.csv", (TILES, "province-34,3,3,Biển,Sea"), "tile row 3, column 3 is taken by Hà Nội; move Biển", 2),
        ("regions.csv", ("region_code,region_name", "X,Y"), "column region_name_en is missing", 1),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused(
    tmp_path: Path, name: str, lines: tuple[str, ...], message: str, line: int | None
) -> None:
    path = write(tmp_path, name, *lines)
    with pytest.raises(UnitFileError) as caught:
        load_registry(search=[tmp_path])
    assert message in str(caught.value)
    assert (caught.value.file, caught.value.line) == (path, line)


@pytest.mark.parametrize("content", [b"", "unit_id,Hà".encode("utf-16"), b"unit_id\n\xff\xfe\xc3"])
def test_a_file_that_is_no_utf8_table_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "sample.csv").write_bytes(content)
    with pytest.raises(UnitFileError, match=r"sample\.csv"):
        load_registry(search=[tmp_path])
