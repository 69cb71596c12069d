"""Which files count as deliveries, and in which order."""

import os
from hashlib import sha256
from pathlib import Path

import pytest

from dti_pipeline.intake.files.deliveries import list_deliveries
from dti_pipeline.workspace import Workspace

ID = "province-2022"


def put(data_dir, *names, content=b"x"):
    for name in names:
        path = data_dir / "raw" / ID / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return data_dir


def paths(listing):
    return [delivery.path.removeprefix(f"raw/{ID}/") for delivery in listing.deliveries]


def test_the_order_is_kind_then_number_then_name(tmp_path):
    put(
        tmp_path,
        "official/1_results.csv",
        "corrections/10_late.csv",
        "corrections/9_early.xlsx",
        "appraisals/01_council.csv",
        "self_reports/b.xlsx",
        "self_reports/a.xlsx",
        "central/02_tax.xlsx",
        "central/1_population.csv",
    )
    assert paths(list_deliveries(Workspace(tmp_path), ID)) == [
        "central/1_population.csv",
        "central/02_tax.xlsx",
        "self_reports/a.xlsx",
        "self_reports/b.xlsx",
        "corrections/9_early.xlsx",
        "corrections/10_late.csv",
        "appraisals/01_council.csv",
        "official/1_results.csv",
    ]


def test_a_delivery_has_kind_number_and_hash(tmp_path):
    put(tmp_path, "central/07_tax.csv", content=b"a,b\n")
    (delivery,) = list_deliveries(Workspace(tmp_path), ID).deliveries
    assert (delivery.kind, delivery.delivery_no) == ("central", 7)
    assert delivery.sha256 == sha256(b"a,b\n").hexdigest()
    assert delivery.path == "raw/province-2022/central/07_tax.csv"
    assert delivery.name == "07_tax.csv"


def test_times_of_files_change_nothing(tmp_path):
    put(tmp_path, "central/2_b.csv", "central/1_a.csv")
    before = list_deliveries(Workspace(tmp_path), ID)
    os.utime(tmp_path / "raw" / ID / "central" / "1_a.csv", (2_000_000_000, 2_000_000_000))
    assert list_deliveries(Workspace(tmp_path), ID) == before


@pytest.mark.parametrize(
    "name",
    [
        "self_reports/~$form.xlsx",
        "self_reports/.~lock.form.xlsx#",
        "central/.DS_Store",
        "central/._01_portal.xlsx",
        "__MACOSX/central/._01_portal.xlsx",
        "central/~WRD0001.tmp",
        "README.md",
        "central/SOURCES.md",
    ],
)
def test_lock_files_and_notes_are_left_out_with_a_line(tmp_path, name):
    listing = list_deliveries(Workspace(put(tmp_path, name)), ID)
    assert listing.deliveries == ()
    assert [(one.severity, one.source_file) for one in listing.issues] == [
        ("info", f"raw/{ID}/{name}")
    ]


@pytest.mark.parametrize(
    ("name", "rule", "severity"),
    [
        ("table.csv", "file.no_folder", "warning"),
        ("extra/table.csv", "file.no_folder", "warning"),
        ("central/deep/table.csv", "file.misplaced", "blocking"),
        ("Central/table.csv", "file.misplaced", "blocking"),
        ("self_report/a.xlsx", "file.misplaced", "blocking"),
        ("corrections/Đợt 2/02_later.xls", "file.misplaced", "blocking"),
        ("self_reports/scan.pdf", "file.other_kind", "warning"),
        ("self_reports/Bac Lieu.docx", "file.other_kind", "warning"),
        ("corrections/quyet dinh.jpg", "file.other_kind", "warning"),
        ("central/table.txt", "file.other_kind", "warning"),
        ("central/noending", "file.other_kind", "warning"),
        ("central/tables.zip", "file.not_a_workbook", "blocking"),
        ("central/table.et", "file.not_a_workbook", "blocking"),
        ("self_reports/report.csv", "file.not_a_workbook", "blocking"),
        ("self_reports/report.xls", "file.not_a_workbook", "blocking"),
        ("central/table.ods", "file.not_a_workbook", "blocking"),
        ("corrections/later.csv", "delivery.order_unknown", "blocking"),
    ],
)
def test_anything_unexpected_is_an_issue(tmp_path, name, rule, severity):
    listing = list_deliveries(Workspace(put(tmp_path, name)), ID)
    assert listing.deliveries == ()
    assert [(one.rule_id, one.severity, one.source_file) for one in listing.issues] == [
        (rule, severity, f"raw/{ID}/{name}")
    ]


def test_messages_name_what_a_file_is_and_where_it_belongs(tmp_path):
    names = ("self_reports/Bạc Liêu.pdf", "central/Đợt 2/02_portal.csv", "central/~$a.xlsx")
    pdf, table, lock = sorted(
        list_deliveries(Workspace(put(tmp_path, *names)), ID).issues,
        key=lambda one: one.rule_id,
        reverse=True,
    )
    assert "Tệp nộp là tệp PDF, không đọc được số liệu; cần .xlsx." in pdf.message_vi
    assert "in the folder “central/Đợt 2”" in table.message_en
    assert "it belongs into “central”" in table.message_en
    assert "a lock file: somebody has the file itself open" in lock.message_en


def test_a_link_out_of_the_data_folder_is_refused(tmp_path):
    data = put(tmp_path / "data", "central/1_a.csv")
    outside = tmp_path / "secret.csv"
    outside.write_text("a")
    (data / "raw" / ID / "central" / "2_b.csv").symlink_to(outside)
    listing = list_deliveries(Workspace(data), ID)
    assert paths(listing) == ["central/1_a.csv"]
    assert [one.rule_id for one in listing.issues] == ["file.symlink_outside"]


def test_a_linked_folder_is_not_followed(tmp_path):
    data = put(tmp_path / "data", "central/1_a.csv")
    (tmp_path / "other").mkdir()
    (data / "raw" / ID / "self_reports").symlink_to(tmp_path / "other", target_is_directory=True)
    assert [one.rule_id for one in list_deliveries(Workspace(data), ID).issues] == [
        "file.symlink_outside"
    ]


def test_an_assessment_without_a_folder_has_no_deliveries(tmp_path):
    listing = list_deliveries(Workspace(tmp_path), ID)
    assert (listing.deliveries, listing.issues) == ((), ())


def unread(listing):
    return [
        (one.rule_id, one.severity, one.source_file.removeprefix(f"raw/{ID}/"), one.message_en)
        for one in listing.issues
    ]


def test_a_file_that_may_not_be_read_blocks_and_the_others_are_listed(tmp_path, monkeypatch):
    put(tmp_path, "central/1_a.csv", "central/2_b.csv")
    opened = Path.open

    def refuse(path, *args, **kwargs):
        if path.name == "2_b.csv":
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", refuse)
    listing = list_deliveries(Workspace(tmp_path), ID)
    assert paths(listing) == ["central/1_a.csv"]
    ((rule, severity, file, message),) = unread(listing)
    assert (rule, severity, file) == ("file.unreadable", "blocking", "central/2_b.csv")
    assert "cannot be read: no permission to read it." in message
    assert "không có quyền đọc" in listing.issues[0].message_vi


def test_a_folder_that_may_not_be_read_blocks(tmp_path, monkeypatch):
    put(tmp_path, "central/1_a.csv", "self_reports/a.xlsx")
    listed = os.scandir

    def refuse(path):
        if Path(path).name == "self_reports":
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(os, "scandir", refuse)
    listing = list_deliveries(Workspace(tmp_path), ID)
    assert paths(listing) == ["central/1_a.csv"]
    assert [one[:3] for one in unread(listing)] == [("file.unreadable", "blocking", "self_reports")]


def test_folders_of_other_kinds_are_not_looked_into(tmp_path):
    put(tmp_path, "central/1_a.csv", "central/scan.pdf", "self_reports/a.xlsx", "appraisals/b.pdf")
    listing = list_deliveries(Workspace(tmp_path), ID, kinds=["central"])
    assert paths(listing) == ["central/1_a.csv"]
    assert [issue.source_file for issue in listing.issues] == [f"raw/{ID}/central/scan.pdf"]
    assert len(list_deliveries(Workspace(tmp_path), ID).issues) == 2


def test_links_to_nowhere_folders_and_pipes_named_like_tables_block(tmp_path):
    central = put(tmp_path, "central/1_a.csv") / "raw" / ID / "central"
    (central / "2_gone.csv").symlink_to("nowhere.csv")
    (central / "3_folder.csv").mkdir()
    os.mkfifo(central / "4_pipe.csv")
    (central / "5_loop.csv").symlink_to("5_loop.csv")
    listing = list_deliveries(Workspace(tmp_path), ID)
    assert paths(listing) == ["central/1_a.csv"]
    assert {rule for rule, *_ in unread(listing)} == {"file.unreadable"}
    assert {file: message.split(": ")[1] for _, _, file, message in unread(listing)} == {
        "central/2_gone.csv": "it, or its target, is missing. Where",
        "central/3_folder.csv": "it is a folder, not a file. Where",
        "central/4_pipe.csv": "no regular file. Where",
        "central/5_loop.csv": "a link that leads to itself. Where",
    }


def test_a_name_that_is_no_utf8_is_an_issue_and_no_delivery(tmp_path):
    folder = os.fsencode(tmp_path / "raw" / "province-2022" / "central")
    os.makedirs(folder)
    with open(os.path.join(folder, b"01_d\xe2n_s\xe8.csv"), "wb") as file:
        file.write(b"x")
    listing = list_deliveries(Workspace(tmp_path), "province-2022")
    (issue,) = listing.issues
    assert (issue.rule_id, issue.severity) == ("file.name_encoding", "blocking")
    assert issue.source_file == r"raw/province-2022/central/01_d\udce2n_s\udce8.csv"
    assert issue.message_en.isprintable()
    assert listing.deliveries == ()
