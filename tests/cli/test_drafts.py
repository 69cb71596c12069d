"""What is read of a draft says so, and lacks nothing for it; on the example of `dti init`."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.init import make_data_folder
from dti_pipeline.cli.run import _readmit, run_assessments
from dti_pipeline.release.releases import Published
from dti_pipeline.workspace import Workspace

Told = pytest.CaptureFixture[str]
Run = Callable[..., int]
NAME, UNIT = "vi-du-2026", "Giả định 002"
MARK = "⚠ BẢN DỰ THẢO"


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
        "explain 1",
        "explain 1 --component 0102",
        "explain 1 --history",
        "diff",
        "plan 1 --target-rank 1",
        "robustness",
        "simulate --without 1",
        "whatif 1 0102=0",
    ],
)
def test_a_draft_is_marked(drafted: tuple[Path, str], dti: Run, capsys: Told, command: str) -> None:
    data, draft = drafted
    name, *rest = command.split()
    words = [
        name,
        NAME,
        *(
            "Giả định 001" if word == "1" and place == 0 else word
            for place, word in enumerate(rest)
        ),
    ]
    assert dti(*words, "--as-of", draft, "--data", str(data)) == 0
    assert capsys.readouterr().out.startswith(MARK)
    assert dti(*words, "--data", str(data)) == 0
    assert "⚠" not in capsys.readouterr().out.splitlines()[0]


def test_files_written_from_a_draft_are_marked(
    drafted: tuple[Path, str], dti: Run, capsys: Told, tmp_path: Path
) -> None:
    data, draft = drafted
    of_draft = ("--as-of", draft, "--data", str(data))
    dti("plan", NAME, "Giả định 001", "--target-rank=1", f"--out={tmp_path / 'p.xlsx'}", *of_draft)
    rows = load_workbook(tmp_path / "p.xlsx").worksheets[0].iter_rows(values_only=True)
    assert MARK.removeprefix("⚠ ") in " ".join(str(cell) for row in rows for cell in row)
    dti("simulate", NAME, "--without=1", f"--html={tmp_path}", *of_draft)
    assert MARK.removeprefix("⚠ ") in (tmp_path / "index.html").read_text("utf-8")
    capsys.readouterr()
    dti("duckdb", f"--out={tmp_path / 'dti.duckdb'}", *of_draft)
    assert capsys.readouterr().out.startswith(MARK)
    printed = tmp_path / "printed.csv"
    printed.write_text("Đơn vị,DTI\nGiả định 001,0.5000\n", "utf-8")
    dti("compare", str(printed), NAME, *of_draft)
    assert capsys.readouterr().out.startswith(MARK)


def test_figures_of_a_unit_that_the_draft_lacks_have_their_names(
    drafted: tuple[Path, str], dti: Run, capsys: Told
) -> None:
    data, draft = drafted
    assert dti("diff", NAME, "--as-of", draft, "--data", str(data)) == 0
    lines = capsys.readouterr().out.splitlines()
    (line,) = [line for line in lines if line.startswith("Giả định 003") and " 0201 " in line][:1]
    assert "Tổng số hồ sơ" in line


def test_a_revision_that_the_store_lacks_is_wrong_usage(
    drafted: tuple[Path, str], dti: Run, capsys: Told, tmp_path: Path
) -> None:
    data = shutil.copytree(drafted[0], tmp_path / "data")
    (folder,) = data.glob(f"store/{NAME}-r0001-*")
    shutil.rmtree(folder)
    assert dti("diff", NAME, "--data", str(data)) == 2
    assert f"{NAME} không có lần tính “{folder.name}”" in capsys.readouterr().err


def test_the_history_is_headed_by_the_name_of_the_unit(
    drafted: tuple[Path, str], dti: Run, capsys: Told
) -> None:
    assert dti("explain", NAME, UNIT, "--history", "--data", str(drafted[0])) == 0
    assert capsys.readouterr().out.startswith(f"{UNIT} · {NAME}")


def test_readers_of_a_database_are_shown_no_draft_and_nothing_withdrawn(
    drafted: tuple[Path, str], dti: Run, capsys: Told, tmp_path: Path
) -> None:
    data, draft = shutil.copytree(drafted[0], tmp_path / "data"), drafted[1]
    # Nobody listens there: what is refused is refused before.
    publish = ("publish", "--to", "postgresql://127.0.0.1:1/none", "--data", str(data))
    assert dti(*publish, "--as-of", draft) == 2
    assert f"{draft} là bản dự thảo" in capsys.readouterr().err
    latest = Published(data / "published").release(None).release_id
    assert dti("release", "withdraw", latest, "--by=A", "--reason=B", "--data", str(data)) == 0
    capsys.readouterr()
    assert dti(*publish, "--as-of", latest) == 2
    assert f"{latest} là bản đã thu hồi" in capsys.readouterr().err


def statuses(text: str) -> list[str]:
    """Return the statuses of the revisions that a history lists."""
    return re.findall(rf"^{NAME}-r\d+-\w+ +(\w+(?: \w+)*)  ", text, flags=re.MULTILINE)


def test_the_history_of_a_draft_keeps_the_published_result_current(
    drafted: tuple[Path, str], dti: Run, capsys: Told
) -> None:
    data, draft = drafted
    history = ("explain", NAME, UNIT, "--history", "--data", str(data))
    assert dti(*history, "--as-of", draft) == 0
    assert statuses(capsys.readouterr().out) == ["hiện hành", "dự thảo"]
    assert dti(*history) == 0
    assert statuses(capsys.readouterr().out) == ["hiện hành"]


def test_a_provisional_result_is_none_that_was_published(
    drafted: tuple[Path, str], dti: Run, capsys: Told, tmp_path: Path
) -> None:
    data = shutil.copytree(drafted[0], tmp_path / "data")
    file = data / "config" / "assessments" / f"{NAME}.toml"
    let_off = (
        '\n[[without_report]]\nunit_id = "VD-3"\ntreatment = "zero"\n'
        'reason_vi = "Thôi"\nreason_en = "Let off"\n'
    )
    file.write_text(file.read_text("utf-8") + let_off, "utf-8")
    assert run_assessments([NAME], data=data, reason="") == 0
    capsys.readouterr()
    assert dti("explain", NAME, UNIT, "--history", "--data", str(data)) == 0
    assert statuses(capsys.readouterr().out) == ["đã thay thế", "hiện hành"]
    assert dti("diff", NAME, "--data", str(data)) == 0
    assert re.match(rf"{NAME}-r0001-\w+ → {NAME}-r0003-", capsys.readouterr().out)


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


def test_a_computed_revision_that_waits_is_no_draft(
    drafted: tuple[Path, str], tmp_path: Path, capsys: Told
) -> None:
    make_data_folder(tmp_path / "office")
    data = tmp_path / "office" / "vi_du"
    assert run_assessments([], data=data, is_draft=True) == 0
    capsys.readouterr()
    assert run_assessments([], data=data, reason="") == 0
    assert f"{NAME}: đã tính, chờ phát hành ({NAME}-r0001-" in capsys.readouterr().out
