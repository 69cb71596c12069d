"""What must not be opened is refused before it is, and what may be opened is not."""

import zipfile
from pathlib import Path

import pytest

from dti_pipeline.index.csv_rows import Finding, UnreadableFileError, decode
from dti_pipeline.intake.files.deliveries import Delivery
from dti_pipeline.intake.files.file_issues import file_issue
from dti_pipeline.intake.files.safety import DEFAULT_LIMITS, Limits, inspect
from dti_pipeline.intake.files.workers import read_file
from tests.intake.bad_files import (
    FAULTS,
    PICTURE,
    SHEET_RELATIONS,
    Fault,
    relations,
    with_part,
    workbook_parts,
    write_package,
)


def codes(path: Path, *, root: Path, limits: Limits = DEFAULT_LIMITS) -> set[str]:
    return {finding.code for finding in inspect(path, root=root, limits=limits)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "data"
    made.mkdir()
    return made


@pytest.fixture
def good(folder: Path) -> Path:
    return write_package(folder / "good.xlsx", workbook_parts())


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_faulty_file_is_refused_with_its_code(fault: Fault, folder: Path) -> None:
    path = folder / fault.file
    fault.build(path)
    findings = read_file(path, root=folder, limits=fault.limits).findings
    assert {finding.code for finding in findings} == {fault.code}
    for finding in findings:
        assert finding.path == str(path)
        issue = file_issue(finding, Delivery(1, "raw/x/central/a", "central", "0" * 64))
        assert issue.severity == "blocking"
        assert finding.code not in issue.message_en


def test_every_fault_has_its_own_name() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 55


def test_a_sound_workbook_passes(good: Path, folder: Path) -> None:
    assert inspect(good, root=folder) == []


def test_a_link_that_people_click_is_no_external_link(folder: Path) -> None:
    link = relations(("r1", "hyperlink", "https://example.invalid/van-ban", "External"))
    parts = with_part(SHEET_RELATIONS, link)
    assert inspect(write_package(folder / "a.xlsx", parts), root=folder) == []


def test_an_external_link_names_its_target(folder: Path) -> None:
    path = write_package(folder / "a.xlsx", with_part(SHEET_RELATIONS, PICTURE))
    (finding,) = inspect(path, root=folder)
    target = "http://example.invalid/a.png"
    assert finding.details == {"part": SHEET_RELATIONS, "target": target}


def test_several_faults_are_all_named(folder: Path) -> None:
    parts = {**workbook_parts(), "xl/vbaProject.bin": "x", "xl/externalLinks/a.xml": "<x/>"}
    path = write_package(folder / "a.xlsx", parts)
    assert codes(path, root=folder) == {"file.macro", "file.external_link"}


@pytest.mark.parametrize("text", ["Tỉnh,Số\n", ""], ids=["letters", "mark only"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_tables_pass(folder: Path, encoding: str, text: str) -> None:
    path = folder / "a.csv"
    path.write_bytes(f"{text}Huế,1\n".encode(encoding))
    assert inspect(path, root=folder) == []
    assert decode(path.read_bytes(), path=path) == f"{text}Huế,1\n"


def test_big_endian_tables_pass() -> None:
    assert decode(b"\xfe\xff" + "Huế".encode("utf-16-be"), path=Path("a.csv")) == "Huế"


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"a\nb\nc\xe0\n", "file.encoding", 3),
        (b"a\nb\x00\n", "file.nul_character", 2),
        (b"\xe0", "file.encoding", 1),
    ],
)
def test_an_unreadable_table_names_the_line(data: bytes, code: str, line: int) -> None:
    with pytest.raises(UnreadableFileError, match=r"a\.csv") as caught:
        decode(data, path=Path("a.csv"))
    assert caught.value.finding.code == code
    assert caught.value.finding.details["line"] == line


N_MEMBERS = len(workbook_parts())
UNPACKED = sum(map(len, workbook_parts().values()))


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (Limits(members=N_MEMBERS), set()),
        (Limits(members=N_MEMBERS - 1), {"file.too_many_members"}),
        (Limits(unpacked_bytes=UNPACKED), set()),
        (Limits(unpacked_bytes=UNPACKED - 1), {"file.unpacks_too_large"}),
    ],
    ids=["members", "one more member", "unpacked", "one more byte"],
)
def test_the_limits_of_archives_are_included(
    good: Path, folder: Path, limits: Limits, expected: set[str]
) -> None:
    assert codes(good, root=folder, limits=limits) == expected


@pytest.mark.parametrize(("size", "expected"), [(100, set()), (101, {"file.too_large"})])
def test_the_size_limit_is_included(folder: Path, size: int, expected: set[str]) -> None:
    path = folder / "a.csv"
    path.write_bytes(b"a" * size)
    assert codes(path, root=folder, limits=Limits(file_bytes=100)) == expected


def test_the_ratio_limits_look_at_large_parts_only(folder: Path) -> None:
    path = write_package(folder / "a.xlsx", with_part("xl/media/a.png", bytes(100_000)))
    with zipfile.ZipFile(path) as archive:
        member = archive.getinfo("xl/media/a.png")
        ratio = member.file_size // member.compress_size
    small = Limits(ratio=10**6, member_ratio=ratio - 1)
    assert codes(path, root=folder, limits=small) == set()
    strict = Limits(ratio=10**6, member_ratio=ratio - 1, ratio_from_bytes=99_999)
    (finding,) = inspect(path, root=folder, limits=strict)
    assert finding.code == "file.compression_ratio"
    assert finding.details == {"part": "xl/media/a.png", "ratio": ratio, "limit": ratio - 1}
    wide = Limits(ratio=10**6, member_ratio=ratio + 1, ratio_from_bytes=99_999)
    assert codes(path, root=folder, limits=wide) == set()
    whole = Limits(ratio=2, member_ratio=10**6, ratio_from_bytes=99_999)
    (finding,) = inspect(path, root=folder, limits=whole)
    assert finding.details["part"] == ""


def test_a_path_that_climbs_out_is_refused(good: Path, folder: Path) -> None:
    write_package(folder.parent / "secret.xlsx", workbook_parts())
    assert codes(folder / ".." / "secret.xlsx", root=folder) == {"file.outside_root"}
    assert codes(folder / "sub" / ".." / "good.xlsx", root=folder) == {"file.missing"}
    (folder / "sub").mkdir()
    assert codes(folder / "sub" / ".." / "good.xlsx", root=folder) == set()


def test_a_folder_whose_name_begins_alike_is_outside(folder: Path) -> None:
    beside = folder.parent / "data2"
    beside.mkdir()
    path = write_package(beside / "a.xlsx", workbook_parts())
    assert codes(path, root=folder) == {"file.outside_root"}


def test_a_linked_folder_that_leads_out_is_refused(folder: Path) -> None:
    beside = folder.parent / "elsewhere"
    beside.mkdir()
    write_package(beside / "a.xlsx", workbook_parts())
    (folder / "link").symlink_to(beside)
    assert codes(folder / "link" / "a.xlsx", root=folder) == {"file.symlink_outside"}


def test_links_within_the_folder_and_a_linked_root_are_fine(good: Path, folder: Path) -> None:
    (folder / "link.xlsx").symlink_to(good)
    assert codes(folder / "link.xlsx", root=folder) == set()
    other_root = folder.parent / "root"
    other_root.symlink_to(folder)
    assert codes(other_root / "good.xlsx", root=other_root) == set()


def test_relative_paths_are_taken_from_the_current_folder(
    good: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    assert codes(Path("good.xlsx"), root=Path()) == set()
    assert codes(Path("../good.xlsx"), root=Path()) == {"file.outside_root"}


def test_findings_do_not_change() -> None:
    finding = Finding("file.empty", "a.csv")
    with pytest.raises(AttributeError):
        finding.code = "file.missing"  # type: ignore[misc]
