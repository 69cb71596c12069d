"""Which files count as deliveries, and in which order."""

import os
from hashlib import sha256

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


def listed(data_dir, *names, **settings):
    return list_deliveries(Workspace(put(data_dir, *names)), ID, **settings)


def paths(listing):
    return [delivery.path.removeprefix(f"raw/{ID}/") for delivery in listing.deliveries]


def test_the_order_is_kind_then_number_then_name(tmp_path):
    in_order = [
        "central/1_population.csv",
        "central/02_tax.xlsx",
        "self_reports/a.xlsx",
        "self_reports/b.xlsx",
        "corrections/9_early.xlsx",
        "corrections/10_late.csv",
        "appraisals/01_council.csv",
        "official/1_results.csv",
    ]
    assert paths(listed(tmp_path, *reversed(in_order))) == in_order


def test_a_delivery_has_kind_number_and_hash(tmp_path):
    put(tmp_path, "central/07_tax.csv", content=b"a,b\n")
    (delivery,) = listed(tmp_path).deliveries
    assert (delivery.kind, delivery.delivery_no) == ("central", 7)
    assert delivery.sha256 == sha256(b"a,b\n").hexdigest()
    assert delivery.path == "raw/province-2022/central/07_tax.csv"
    assert delivery.name == "07_tax.csv"


def test_times_of_files_change_nothing(tmp_path):
    before = listed(tmp_path, "central/2_b.csv", "central/1_a.csv")
    os.utime(tmp_path / "raw" / ID / "central" / "1_a.csv", (2_000_000_000, 2_000_000_000))
    assert listed(tmp_path) == before


@pytest.mark.parametrize(
    ("name", "rule", "severity"),
    [
        ("self_reports/~$form.xlsx", "file.leftover", "info"),
        ("self_reports/.~lock.form.xlsx#", "file.leftover", "info"),
        ("central/.DS_Store", "file.leftover", "info"),
        ("central/._01_portal.xlsx", "file.leftover", "info"),
        ("__MACOSX/central/._01_portal.xlsx", "file.leftover", "info"),
        ("central/~WRD0001.tmp", "file.leftover", "info"),
        ("README.md", "file.ignored", "info"),
        ("central/SOURCES.md", "file.ignored", "info"),
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
    listing = listed(tmp_path, name)
    assert listing.deliveries == ()
    (issue,) = listing.issues
    assert (issue.rule_id, issue.severity) == (rule, severity)
    assert issue.source_file == f"raw/{ID}/{name}"


def test_messages_name_what_a_file_is_and_where_it_belongs(tmp_path):
    names = ("self_reports/Bạc Liêu.pdf", "central/Đợt 2/02_portal.csv", "central/~$a.xlsx")
    issues = listed(tmp_path, *names).issues
    pdf, table, lock = sorted(issues, key=lambda one: one.rule_id, reverse=True)
    assert "Tệp nộp là tệp PDF, không đọc được số liệu; cần .xlsx." in pdf.message_vi
    assert "in the folder “central/Đợt 2”" in table.message_en
    assert "it belongs into “central”" in table.message_en
    assert "a lock file: somebody has the file itself open" in lock.message_en


def test_a_link_out_of_the_data_folder_is_refused(tmp_path):
    data = put(tmp_path / "data", "central/1_a.csv")
    outside = tmp_path / "secret.csv"
    outside.write_text("a")
    (data / "raw" / ID / "central" / "2_b.csv").symlink_to(outside)
    listing = listed(data)
    assert paths(listing) == ["central/1_a.csv"]
    assert [one.rule_id for one in listing.issues] == ["file.symlink_outside"]


def test_a_linked_folder_is_not_followed(tmp_path):
    data = put(tmp_path / "data", "central/1_a.csv")
    (tmp_path / "other").mkdir()
    (data / "raw" / ID / "self_reports").symlink_to(tmp_path / "other", target_is_directory=True)
    assert [one.rule_id for one in listed(data).issues] == ["file.symlink_outside"]


def test_an_assessment_without_a_folder_has_no_deliveries(tmp_path):
    listing = listed(tmp_path)
    assert (listing.deliveries, listing.issues) == ((), ())


def unread(listing):
    return [
        (one.rule_id, one.severity, one.source_file.removeprefix(f"raw/{ID}/"), one.message_en)
        for one in listing.issues
    ]


def test_a_file_that_may_not_be_read_blocks_and_the_others_are_listed(tmp_path, forbid):
    put(tmp_path, "central/1_a.csv", "central/2_b.csv")
    forbid(tmp_path / "raw" / ID / "central/2_b.csv")
    listing = listed(tmp_path)
    assert paths(listing) == ["central/1_a.csv"]
    ((rule, severity, file, message),) = unread(listing)
    assert (rule, severity, file) == ("file.no_permission", "blocking", "central/2_b.csv")
    assert "Please give read permission" in message
    assert "Đề nghị cấp quyền đọc" in listing.issues[0].message_vi


def test_a_folder_that_may_not_be_read_blocks(tmp_path, forbid):
    put(tmp_path, "central/1_a.csv", "self_reports/a.xlsx")
    forbid(tmp_path / "raw" / ID / "self_reports")
    listing = listed(tmp_path)
    assert paths(listing) == ["central/1_a.csv"]
    (issue,) = unread(listing)
    assert issue[:3] == ("file.no_permission", "blocking", "self_reports")


def test_folders_of_other_kinds_are_not_looked_into(tmp_path):
    names = ("central/1_a.csv", "central/scan.pdf", "self_reports/a.xlsx", "appraisals/b.pdf")
    listing = listed(tmp_path, *names, kinds=["central"])
    assert paths(listing) == ["central/1_a.csv"]
    assert [issue.source_file for issue in listing.issues] == [f"raw/{ID}/central/scan.pdf"]
    assert len(listed(tmp_path).issues) == 2


def test_links_to_nowhere_folders_and_pipes_named_like_tables_block(tmp_path):
    central = put(tmp_path, "central/1_a.csv") / "raw" / ID / "central"
    (central / "2_gone.csv").symlink_to("nowhere.csv")
    (central / "3_folder.csv").mkdir()
    os.mkfifo(central / "4_pipe.csv")
    (central / "5_loop.csv").symlink_to("5_loop.csv")
    listing = listed(tmp_path)
    assert paths(listing) == ["central/1_a.csv"]
    assert {rule for rule, *_ in unread(listing)} == {"file.not_a_file"}
    assert all("put the file itself" in message for *_, message in unread(listing))
    assert {file: message.split(": ")[1] for _, _, file, message in unread(listing)} == {
        "central/2_gone.csv": "it, or its target, is missing. Where",
        "central/3_folder.csv": "it is a folder, not a file. Where",
        "central/4_pipe.csv": "no regular file. Where",
        "central/5_loop.csv": "a link that leads to itself. Where",
    }


def test_a_name_that_is_no_utf8_is_an_issue_and_no_delivery(tmp_path):
    folder = os.fsencode(tmp_path / "raw" / ID / "central")
    os.makedirs(folder)
    with open(os.path.join(folder, b"01_d\xe2n_s\xe8.csv"), "wb") as file:
        file.write(b"x")
    listing = listed(tmp_path)
    (issue,) = listing.issues
    assert (issue.rule_id, issue.severity) == ("file.name_encoding", "blocking")
    assert issue.source_file == r"raw/province-2022/central/01_d\udce2n_s\udce8.csv"
    assert issue.message_en.isprintable()
    assert listing.deliveries == ()
