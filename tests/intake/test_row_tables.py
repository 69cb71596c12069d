"""The corpus of row tables: every input in every layout, with rows of no unit, in old encodings."""

import csv
import io
import random
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from dti_pipeline.analysis.improvement.prices import read_effort
from dti_pipeline.index.frameworks.load import read_framework
from dti_pipeline.index.units.registry import load_registry
from dti_pipeline.intake.assessed_units import AssessedUnits, GroupUnits
from dti_pipeline.intake.encodings import to_unicode
from dti_pipeline.intake.files.deliveries import Delivery
from dti_pipeline.intake.files.file_issues import file_issue
from dti_pipeline.intake.files.workers import read_file
from dti_pipeline.intake.observation import Observation
from dti_pipeline.intake.tables.appraisals import read_appraisals
from dti_pipeline.intake.tables.central import read_central_table
from dti_pipeline.intake.tables.corrections import read_corrections
from dti_pipeline.intake.tables.official import read_official
from dti_pipeline.intake.tables.rows import TableFile
from dti_pipeline.printed.table import UnreadableTableError, read_printed
from schemas.files.assessment import OfficialTable
from schemas.issues.rule import issue_rules
from schemas.stages import ReportedFigures
from tests.intake.intake_cases import DATA, definition
from tests.intake.looks import write_rows

CORPUS = tomllib.loads(Path(__file__).with_name("row_tables.toml").read_text("utf-8"))
INPUTS, LAYOUTS = CORPUS["input"], CORPUS["layout"]
TCVN3 = {text: letters for text, letters, _ in CORPUS["garbled"]["texts"]}
VNI = {text: letters for text, _, letters in CORPUS["garbled"]["texts"]}
DELIVERED = ("central", "correction", "appraisal", "official")
UNITS = {"VN-P63-01": "Hà Nội", "VN-P63-06": "Bắc Kạn", "VN-P63-66": "Đắk Lắk"}
OFFICIAL = OfficialTable(
    match="*published*",
    unit_column="Tỉnh, thành phố",
    columns={"Giá trị": "overall:DTI:value", "Hạng": "overall:DTI:rank"},
)

Rows = Sequence[Sequence[str]]
# Figures by unit, and the issues as rule and place.
Result = tuple[list[list[Any]], list[tuple[str, str | None]]]


def in_layout(rows: Rows, layout: Mapping[str, str]) -> bytes:
    """Write rows as a layout says; the figures of the corpus have one decimal point."""
    mark = layout.get("decimal", ".")
    texts = [
        [cell.replace(".", mark) if cell.replace(".", "").isdigit() else cell for cell in row]
        for row in rows
    ]
    file = io.StringIO(newline="")
    ends = layout.get("line_end", "\n")
    writer = csv.writer(file, delimiter=layout.get("separator", ","), lineterminator=ends)
    writer.writerows(texts)
    text = layout.get("first", "") + file.getvalue()
    return text.encode(layout.get("encoding", "utf-8"))


def group() -> AssessedUnits:
    framework = read_framework(DATA / "portal.toml")
    return AssessedUnits((GroupUnits(framework, UNITS),), "province-63", load_registry())


def reported(unit_id: str) -> Observation:
    return Observation(
        *(unit_id, "0102", "courses", 1_000_000, None, "ok", "reported", "self_report"),
        *("self_reports/a.xlsx", "Báo cáo", "H9", "0" * 64, 1, "1", None, "số", "delivered"),
    )


def read(kind: str, path: Path) -> Result:
    """Read a file as the input it is; paths of deliveries end in raw/province-2022/<folder>."""
    if kind == "official":
        results, issues = read_official(definition(path.parents[3], official=[OFFICIAL]))
        figures: dict[str, list[Any]] = {}
        for unit_id, published in results.figures.select("unit_id", "published").iter_rows():
            figures.setdefault(unit_id, [unit_id]).append(published)
        frames = (results.issues, issues)
        return [*figures.values()], [
            pair for frame in frames for pair in frame.select("rule_id", "source_cell").iter_rows()
        ]
    units = group()
    content = to_unicode(read_file(path, root=path.parent), units.registry, units.unit_set)
    delivery = Delivery(1, path.name, "central", "0" * 64)
    issues = [file_issue(finding, delivery) for finding in content.findings]
    files = [TableFile(delivery, content.sheets)] if content.sheets else []
    values: list[list[Any]] = []
    if files and kind == "central":
        framework = units.groups[0].framework
        used = ("online", "gdp", "share")
        cells, more = read_central_table(
            framework.file.tables[0],
            files=files,
            used=used,
            group=units.groups[0],
            units=units,
            year=2022,
            folder="central",
        )
        issues += more
        if cells:
            values = [[one, *(cells[one, key].entry.value_micro for key in used)] for one in UNITS]
    elif files:
        observations = ReportedFigures.of([reported(unit_id) for unit_id in UNITS])
        if kind == "correction":
            rows, more = read_corrections(
                files, observations=observations, units=units, default_basis="delivered"
            )
        else:
            rows, more = read_appraisals(files, observations=observations, units=units)
        issues += [
            issue
            for issue in more
            if issue.severity != "info" or issue.rule_id == "table.row_ignored"
        ]
        values = [[row.unit_id, row.value_micro] for row in rows]
    return values, [(issue.rule_id, issue.source_cell) for issue in issues]


def put(folder: Path, kind: str, content: bytes, suffix: str = ".csv") -> Path:
    path = folder / "raw/province-2022" / kind / INPUTS[kind]["file"]
    path = path.with_suffix(suffix)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path


def printed(path: Path) -> list[list[Any]]:
    table = read_printed(path, registry=load_registry(), unit_set="province-63")
    figures: dict[str | None, list[Any]] = {}
    for entry in table.entries:
        unit_id = entry.subject.unit_id
        figures.setdefault(unit_id, [unit_id]).append(int(entry.figure.value * 1_000_000))
    return [*figures.values()]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", INPUTS)
def test_every_input_reads_in_every_layout(tmp_path: Path, kind: str, layout: str) -> None:
    path = put(tmp_path, kind, in_layout(INPUTS[kind]["rows"], LAYOUTS[layout]))
    issues: Sequence[object] = ()
    if kind == "printed":
        figures = printed(path)
    elif kind == "effort":
        duties = read_effort(path, codes={"0101", "0102"})
        figures = [[code, int((duty.effort or 0) * 1_000_000)] for code, duty in duties.items()]
    elif kind == "units":
        figures = [[one] for one in load_registry(search=[path.parent]).of_set("mine")["unit_id"]]
    else:
        figures, issues = read(kind, path)
    assert figures == INPUTS[kind]["figures"]
    assert list(issues) == []


def test_headings_are_read_with_i_for_y(tmp_path: Path) -> None:
    changes = {"Tỷ lệ": "Tỉ lệ", "tỷ đồng": "TỈ ĐỒNG", "Lý do": "Lí do"}
    changed = set()
    for kind in DELIVERED:
        text = in_layout(INPUTS[kind]["rows"], {}).decode()
        changed |= {y for y in changes if y in text}
        for y, i in changes.items():
            text = text.replace(y, i)
        assert read(kind, put(tmp_path, kind, text.encode())) == (INPUTS[kind]["figures"], [])
    assert changed == changes.keys()


def extra_row(kind: str, row: Mapping[str, Any]) -> list[str]:
    """Return a row of no unit in the columns of an input."""
    head, first, *_ = INPUTS[kind]["rows"]
    if row.get("is_heading"):
        return list(head)
    if row.get("is_numbering"):
        return [f"({number})" for number in range(1, len(head) + 1)]
    is_figure = [cell.replace(".", "").isdigit() and cell[0] != "0" for cell in first]
    is_figure = [one or "." in cell for one, cell in zip(is_figure, first, strict=True)]
    cells = [row["figure"] if one else "" for one in is_figure]
    cells[0] = row["name"]
    return cells


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("row", CORPUS["row"])
@pytest.mark.parametrize("kind", DELIVERED)
def test_a_row_of_no_unit_is_left_out_on_record(
    tmp_path: Path, kind: str, row: str, suffix: str
) -> None:
    rows = [*INPUTS[kind]["rows"]]
    rows.insert(2, extra_row(kind, CORPUS["row"][row]))
    path = put(tmp_path, kind, in_layout(rows, {}), suffix)
    place = f"3:{rows[0][0]}"
    if suffix == ".xlsx":
        write_rows(path, rows)
        place = "A3"
    elif kind in ("correction", "appraisal"):
        place = "3:unit"
    assert read(kind, path) == (INPUTS[kind]["figures"], [("table.row_ignored", place)])


def single_bytes(text: str) -> str:
    """Show bytes as windows-1252 does."""
    pages = [bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256)]
    return "".join(pages[byte] for byte in text.encode())


def cp1258(text: str) -> bytes:
    """Write tones behind their vowels, as Windows does for Vietnamese."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    split = "".join(
        sign
        if sign.encode("cp1258", "ignore")
        else unicodedata.normalize("NFC", "".join(c for c in parts if c not in tones))
        + "".join(c for c in parts if c in tones)
        for sign in text
        for parts in [unicodedata.normalize("NFD", sign)]
    )
    return split.encode("cp1258")


ENCODINGS: Mapping[str, Callable[[str], str]] = {
    "tcvn3": lambda text: TCVN3.get(text, text),
    "vni": lambda text: VNI.get(text, text),
    "mojibake": single_bytes,
    "windows_1258": lambda text: cp1258(text).decode("latin-1"),
}


def garbled(rows: Rows, encoding: str) -> list[list[str]]:
    return [[ENCODINGS[encoding](cell) for cell in row] for row in rows]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".utf8.csv"])
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("kind", [*DELIVERED, "printed"])
def test_old_encodings_are_read_where_every_unit_matches(
    tmp_path: Path, kind: str, encoding: str, suffix: str
) -> None:
    rows = garbled(INPUTS[kind]["rows"], encoding)
    page = "utf-8" if suffix == ".utf8.csv" or encoding == "mojibake" else "latin-1"
    path = put(tmp_path, kind, in_layout(rows, {"separator": ";", "encoding": page}), suffix)
    if suffix == ".xlsx":
        write_rows(path, rows)
    if kind == "printed":
        assert printed(path) == INPUTS[kind]["figures"]
        return
    assert read(kind, path) == (INPUTS[kind]["figures"], [("file.converted", None)])


def test_a_row_of_measures_is_no_name_of_a_unit_in_old_encodings(tmp_path: Path) -> None:
    rows = garbled(INPUTS["central"]["rows"], "tcvn3")
    rows.insert(1, ["§¬n vÞ tÝnh", "hå s¬", "tû ®ång", "%"])
    path = put(tmp_path, "central", in_layout(rows, {"encoding": "latin-1"}))
    issues = [("file.converted", None), ("table.row_ignored", "2:Tỉnh, thành phố")]
    assert read("central", path) == (INPUTS["central"]["figures"], issues)


@pytest.mark.parametrize("encoding", ["tcvn3", "vni"])
def test_one_name_that_does_not_match_refuses_the_whole_file(tmp_path: Path, encoding: str) -> None:
    rows = garbled(INPUTS["central"]["rows"], encoding)
    rows[2][0] = "Bac Kanx"
    path = put(tmp_path, "central", in_layout(rows, {"encoding": "latin-1"}))
    assert read("central", path) == ([], [("file.legacy_text", None)])


@pytest.mark.parametrize(
    ("place", "name", "first", "issues"),
    [
        (2, "B¾c K¹n", "", [("file.converted", None)]),
        # With the letter eth, below signs that nobody converts.
        (3, "Ðắk Lắk", "Nền tảng VNeID® · số liệu «chính thức» ½\n", []),
    ],
)
def test_of_a_table_in_unicode_only_old_names_are_converted(
    tmp_path: Path, place: int, name: str, first: str, issues: list[object]
) -> None:
    rows = [list(row) for row in INPUTS["central"]["rows"]]
    rows[place][0] = name
    path = put(tmp_path, "central", in_layout(rows, {"first": first}))
    assert read("central", path) == (INPUTS["central"]["figures"], issues)


def test_a_printed_table_says_what_to_do(tmp_path: Path) -> None:
    rows = garbled(INPUTS["printed"]["rows"], "tcvn3")
    rows.append(["3", "H¶i Phßngx", "0.5", "3"])
    path = put(tmp_path, "printed", in_layout(rows, {"encoding": "latin-1"}))
    with pytest.raises(UnreadableTableError, match="still do not match: Hải Phòngx"):
        printed(path)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Tỉnh, xã;Số\nHà Nội, x;5\n", "file.separator_unclear"),
        ("a\tb|c\nx\ty|z\n", "file.separator_unclear"),
        ('"Tỉnh";"Số"\n"Hà Nội";"1\n', "file.unreadable"),
        ("Tỉnh;Số\nHà Nội;1;2\nBắc Kạn;1;2\nĐắk Lắk;1\n", "file.unreadable"),
        ("Tỉnh,Số\nHà Nội,1,5\nBắc Kạn,2,5\n", "file.unreadable"),
        ("Tỉnh;Số\n".encode("utf-16-le").decode("latin-1"), "file.unreadable"),
    ],
)
@pytest.mark.parametrize("kind", DELIVERED)
def test_a_table_that_cannot_be_divided_is_one_issue(
    tmp_path: Path, kind: str, text: str, rule: str
) -> None:
    figures, issues = read(kind, put(tmp_path, kind, text.encode()))
    of_file = [one for one, _ in issues if one.startswith("file.")]
    assert of_file == [rule]
    assert not any(value for row in figures for value in row[1:])


def random_rows(chance: random.Random) -> tuple[list[list[str]], list[list[Any]]]:
    """Return a central table with a decimal point, and its figures in millionths."""
    rows, figures = [list(INPUTS["central"]["rows"][0])], []
    for unit_id, name in UNITS.items():
        count = chance.randrange(10 ** chance.randrange(1, 7))
        cents, tenths = chance.randrange(10 ** chance.randrange(3, 8)), chance.randrange(1001)
        rows.append([name, str(count), f"{cents // 100}.{cents % 100:02d}", f"{tenths / 10:.1f}"])
        figures.append([unit_id, count * 1_000_000, cents * 10_000, tenths * 100_000])
    return rows, figures


def spoil(chance: random.Random, data: bytes) -> bytes:
    """Do to a file what happens on its way: nothing, a lost, changed or doubled byte, a cut."""
    at = chance.randrange(1, len(data))
    return chance.choice(
        [
            data,
            data[:at] + data[at + 1 :],
            data[:at] + chance.choice([b";", b",", b"\t", b'"', b"\n", b"."]) + data[at:],
            data[:at] + data[at - 1 : at] + data[at:],
            data[:at],
        ]
    )


@pytest.mark.parametrize("seed", range(150))
def test_a_random_table_reads_right_or_blocks(tmp_path: Path, seed: int) -> None:
    """A lost or doubled digit or decimal mark is another figure, which nobody can see."""
    chance = random.Random(seed)
    rows, figures = random_rows(chance)
    layout = LAYOUTS[chance.choice([*LAYOUTS])]
    encoding = chance.choice([None, None, *ENCODINGS])
    if encoding is not None:
        page = "utf-8" if encoding == "mojibake" else "latin-1"
        layout = {"separator": ";", "encoding": page}
        rows = garbled(rows, encoding)
    data = in_layout(rows, layout)
    spoilt = spoil(chance, data)
    signs = f"0123456789{layout.get('decimal', '.')}".encode()
    visible = [bytes(byte for byte in content if byte in signs) for content in (data, spoilt)]
    read_figures, issues = read("central", put(tmp_path, "central", spoilt))
    if visible[0] != visible[1] or read_figures == figures:
        return
    assert any(issue_rules()[rule].severity == "blocking" for rule, _ in issues)
