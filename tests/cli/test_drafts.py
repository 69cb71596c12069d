"""What is read of a draft says so, and lacks nothing for it; on the example of `dti init`."""

import re
import shutil
from pathlib import Path

import pytest
from openpyxl import load_workbook

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.init import make_data_folder
from dti_pipeline.cli.run import _readmit, run_assessments
from dti_pipeline.release.releases import Published
from dti_pipeline.workspace import Workspace
from tests.cli.conftest import Call, Told

NAME, UNIT = "vi-du-2026", "Giả định 002"
DRAFT = "⚠ BẢN DỰ THẢO"
MARK = f"{DRAFT} TẠM TÍNH"


@pytest.fixture(scope="module")
def drafted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Return a folder with a release, and a provisional draft that lacks a unit of it."""
    folder = tmp_path_factory.mktemp("drafts") / "office"
    make_data_folder(folder)
    data = folder / "vi_du"
    assert run_assessments([], data=data, reason="") == 0
    # The third unit was let off its report; now it owes one, and has sent nothing.
    file = data / "config" / "assessments" / f"{NAME}.toml"
    text = file.read_text("utf-8")
    start = text.index("[[without_report]]")
    end = text.find("\n[", start)
    file.write_text(text[:start] + (text[end:] if end > 0 else ""), "utf-8")
    table = data / "raw" / NAME / "central" / "01_ho_so_2026.csv"
    table.write_text(table.read_text("utf-8").replace("003,300,1000", "003,300,1010"), "utf-8")
    assert run_assessments([NAME], data=data, is_provisional=True) == 0
    published = Published(data / "published")
    (draft,) = [one for one in published.releases() if one.folder.parent == published.drafts]
    return data, draft.release_id


@pytest.mark.parametrize(
    "command",
    [
        "rank",
        "rank --scope 1",
        "explain Giả_định_001",
        "explain Giả_định_001 --component 0102",
        "explain Giả_định_001 --history",
        "diff",
        "plan Giả_định_001 --target-rank 1",
        "robustness",
        "simulate --without 1",
        "whatif Giả_định_001 0102=0",
    ],
)
def test_a_draft_is_marked(
    drafted: tuple[Path, str], dti: Call, printed: Call, command: str
) -> None:
    data, draft = drafted
    name, *rest = [part.replace("_", " ") for part in command.split()]
    words = [name, NAME, *rest, "--data", str(data)]
    assert printed(dti, *words, "--as-of", draft).startswith(MARK)
    assert "⚠" not in printed(dti, *words).splitlines()[0]


def test_files_written_from_a_draft_are_marked(
    drafted: tuple[Path, str], dti: Call, printed: Call, tmp_path: Path
) -> None:
    data, draft = drafted
    of_draft = ("--as-of", draft, "--data", str(data))
    dti("plan", NAME, "Giả định 001", "--target-rank=1", f"--out={tmp_path / 'p.xlsx'}", *of_draft)
    rows = load_workbook(tmp_path / "p.xlsx").worksheets[0].iter_rows(values_only=True)
    assert MARK.removeprefix("⚠ ") in " ".join(str(cell) for row in rows for cell in row)
    dti("simulate", NAME, "--without=1", f"--html={tmp_path}", *of_draft)
    assert MARK.removeprefix("⚠ ") in (tmp_path / "index.html").read_text("utf-8")
    text = printed(dti, "duckdb", f"--out={tmp_path / 'dti.duckdb'}", *of_draft)
    assert text.startswith(DRAFT)
    table = tmp_path / "printed.csv"
    table.write_text("Đơn vị,DTI\nGiả định 001,0.5000\n", "utf-8")
    assert printed(dti, "compare", str(table), NAME, *of_draft, status=1).startswith(MARK)


def test_figures_of_a_unit_that_the_draft_lacks_have_their_names(
    drafted: tuple[Path, str], dti: Call, printed: Call
) -> None:
    data, draft = drafted
    lines = printed(dti, "diff", NAME, "--as-of", draft, "--data", str(data)).splitlines()
    (line,) = [line for line in lines if line.startswith("Giả định 003") and " 0201 " in line][:1]
    assert "Tổng số hồ sơ" in line


def test_the_list_of_releases_tells_a_provisional_draft(
    drafted: tuple[Path, str], dti: Call, printed: Call
) -> None:
    data, draft = drafted
    text = printed(dti, "release", "list", "--data", str(data))
    lines = [line.split("  ") for line in text.splitlines() if draft in line]
    assert [cell.strip() for cell in lines[0] if cell][:2] == [draft, "dự thảo tạm tính"]
    assert text.count("dự thảo") == 1


def test_a_draft_whose_revision_is_lost_is_listed(
    drafted: tuple[Path, str], dti: Call, printed: Call, tmp_path: Path
) -> None:
    data = shutil.copytree(drafted[0], tmp_path / "data")
    (folder,) = data.glob(f"store/{NAME}-r0002-*")
    shutil.rmtree(folder)
    assert drafted[1] in printed(dti, "release", "list", "--data", str(data))


def test_a_result_is_explained_without_the_file_that_says_whom_it_excepts(
    drafted: tuple[Path, str], dti: Call, printed: Call, tmp_path: Path
) -> None:
    data = shutil.copytree(drafted[0], tmp_path / "data")
    shutil.rmtree(data / "store" / "inputs")
    assert printed(dti, "explain", NAME, UNIT, "--data", str(data)).startswith(f"{UNIT} · {NAME}")


def test_what_is_new_in_a_provisional_revision_is_that_it_is_one(
    drafted: tuple[Path, str], dti: Call, printed: Call
) -> None:
    data, draft = drafted
    lines = printed(dti, "diff", NAME, "--as-of", draft, "--data", str(data)).splitlines()
    (line,) = [line for line in lines if " → " in line and f"{NAME}-r0002" in line]
    assert line.endswith(": tạm tính: 2/3 báo cáo")


def test_a_unit_that_is_not_assessed_is_told_why(drafted: tuple[Path, str], refused: Call) -> None:
    data, draft = drafted
    told = refused("explain", NAME, "Giả định 003", "--data", str(data), "--as-of", draft)
    assert f"{NAME} không đánh giá VD-3 (“Giả định 003”): chưa nộp báo cáo khi tính tạm" in told


def test_a_revision_that_the_store_lacks_is_wrong_usage(
    drafted: tuple[Path, str], refused: Call, tmp_path: Path
) -> None:
    data = shutil.copytree(drafted[0], tmp_path / "data")
    (folder,) = data.glob(f"store/{NAME}-r0001-*")
    shutil.rmtree(folder)
    told = refused("diff", NAME, "--data", str(data))
    assert f"{NAME} không có lần tính “{folder.name}”" in told


def test_the_history_is_headed_by_the_name_of_the_unit(
    drafted: tuple[Path, str], dti: Call, printed: Call
) -> None:
    text = printed(dti, "explain", NAME, UNIT, "--history", "--data", str(drafted[0]))
    assert text.startswith(f"{UNIT} · {NAME}")


def test_readers_of_a_database_are_shown_no_draft_and_nothing_withdrawn(
    drafted: tuple[Path, str], dti: Call, refused: Call, tmp_path: Path
) -> None:
    data, draft = shutil.copytree(drafted[0], tmp_path / "data"), drafted[1]
    # Nobody listens there: what is refused is refused before.
    publish = ("publish", "--to", "postgresql://127.0.0.1:1/none", "--data", str(data))
    assert f"{draft} là bản dự thảo" in refused(*publish, "--as-of", draft)
    latest = Published(data / "published").release(None).release_id
    assert dti("release", "withdraw", latest, "--by=A", "--reason=B", "--data", str(data)) == 0
    assert f"{latest} là bản đã thu hồi" in refused(*publish, "--as-of", latest)


def statuses(text: str) -> list[str]:
    """Return the statuses of the revisions that a history lists."""
    return re.findall(rf"^{NAME}-r\d+-\w+ +(\w+(?: \w+)*)  ", text, flags=re.MULTILINE)


def test_the_history_of_a_draft_keeps_the_published_result_current(
    drafted: tuple[Path, str], dti: Call, printed: Call
) -> None:
    data, draft = drafted
    history = ("explain", NAME, UNIT, "--history", "--data", str(data))
    assert statuses(printed(dti, *history, "--as-of", draft)) == ["hiện hành", "dự thảo"]
    assert statuses(printed(dti, *history)) == ["hiện hành"]


def test_a_provisional_result_is_none_that_was_published(
    drafted: tuple[Path, str], dti: Call, printed: Call, tmp_path: Path
) -> None:
    data = shutil.copytree(drafted[0], tmp_path / "data")
    file = data / "config" / "assessments" / f"{NAME}.toml"
    let_off = (
        '\n[[without_report]]\nunit_id = "VD-3"\ntreatment = "zero"\n'
        'reason_vi = "Thôi"\nreason_en = "Let off"\n'
    )
    file.write_text(file.read_text("utf-8") + let_off, "utf-8")
    assert run_assessments([NAME], data=data, reason="") == 0
    history = printed(dti, "explain", NAME, UNIT, "--history", "--data", str(data))
    assert statuses(history) == ["đã thay thế", "hiện hành"]
    changes = printed(dti, "diff", NAME, "--data", str(data))
    assert re.match(rf"{NAME}-r0001-\w+ → {NAME}-r0003-", changes)


def test_a_delivery_is_readmitted_by_the_path_that_messages_name(
    drafted: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Told
) -> None:
    workspace = Workspace(data=shutil.copytree(drafted[0], tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    (file,) = (workspace.raw / NAME / "corrections").iterdir()
    _readmit(file.relative_to(workspace.data), workspace, by="A", reason="B")
    assert f"Nhận lại: {file.name}" in capsys.readouterr().out
    with pytest.raises(UsageError, match=r"raw/none\.csv"):
        _readmit(Path("raw/none.csv"), workspace, by="A", reason="B")


def test_a_computed_revision_that_waits_is_no_draft(tmp_path: Path, printed: Call) -> None:
    make_data_folder(tmp_path / "office")
    data = tmp_path / "office" / "vi_du"
    assert run_assessments([], data=data, is_draft=True) == 0
    text = printed(run_assessments, [], data=data, reason="")
    assert f"{NAME}: đã tính, chờ phát hành ({NAME}-r0001-" in text
