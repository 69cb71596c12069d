"""Everything published hangs together: what is altered anywhere is one message, never a figure."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from dti_pipeline.cli.language import choose_language
from dti_pipeline.cli.release import approve_release, list_releases
from dti_pipeline.cli.selection import open_release, open_view
from dti_pipeline.cli.verify import verify_release
from dti_pipeline.release.folder import DamagedReleaseError
from dti_pipeline.release.journal import JournalError
from dti_pipeline.release.releases import DamagedDraftError, Published
from dti_pipeline.release.verify import broken_links
from dti_pipeline.store.revisions import DamagedStoreError
from dti_pipeline.workspace import Workspace
from schemas.text import Language, SpokenError
from tests.release import content
from tests.release.content import published_in, store_in


def flip(path: Path, at: int = -20) -> None:
    """Change one byte of a file."""
    found = bytearray(path.read_bytes())
    found[at % len(found)] ^= 1
    path.write_bytes(found)


def publish_revision(data: Path, number: int) -> None:
    revision = content.save(store_in(data), number)
    published_in(data).publish(content.tables(number), revisions=[revision], reason=f"lần {number}")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    for number in (1, 2):
        publish_revision(data, number)
    return data


def links(data: Path) -> list[str]:
    published = published_in(data)
    problems = broken_links(published, store_in(data), published.release(None))
    return [text.en for text in problems]


def test_an_untouched_chain_has_no_broken_link(data: Path) -> None:
    assert links(data) == []


REVISION = "store/test-r0002-00000000"


@pytest.mark.parametrize(
    ("file", "named"),
    [
        ("published/releases/r0002-*/dim_tile.parquet", "dim_tile.parquet: the content differs"),
        (f"{REVISION}/dim_tile.parquet", f"{REVISION}/dim_tile.parquet is not as it was written"),
        (f"{REVISION}/revision.json", f"{REVISION}/revision.json is "),
        ("store/inputs/*", "is not as it was written"),
    ],
)
def test_one_flipped_byte_is_the_first_broken_link(data: Path, file: str, named: str) -> None:
    for path in data.glob(file):
        flip(path)
    assert named in links(data)[0]


@pytest.mark.parametrize(
    ("language", "problem"),
    [
        ("vi", "dim_tile.parquet: nội dung khác với danh mục tệp\n"),
        ("en", "dim_tile.parquet: the content differs from the manifest\n"),
    ],
)
def test_a_problem_is_named_in_the_language_of_the_command(
    data: Path, capsys: pytest.CaptureFixture[str], language: Language, problem: str
) -> None:
    release = published_in(data).release(None)
    flip(release.folder / "dim_tile.parquet")
    choose_language(language)
    assert verify_release(None, data=data) == 1
    assert capsys.readouterr().out.startswith(f"{release.release_id}: {problem}")
    assert verify_release(None, data=data, as_json=True) == 1
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert row["problem"] == "dim_tile.parquet: the content differs from the manifest"
    with pytest.raises(DamagedReleaseError) as refusal:
        release.table("dim_tile")
    assert "bị hỏng (nội dung khác với danh mục tệp)" in refusal.value.text.vi


@pytest.mark.parametrize(
    ("file", "what"),
    [
        ("latest.json", "bị hỏng (không đọc được nội dung); `dti verify`"),
        ("releases/r0002-*/manifest.json", "bị hỏng (không đọc được nội dung); `dti verify`"),
        ("journal.jsonl", "không phải là một dòng nhật ký"),
    ],
)
def test_what_a_library_says_of_damage_is_left_to_it(data: Path, file: str, what: str) -> None:
    (path,) = (data / "published").glob(file)
    path.write_text("{\n", "utf-8")
    published = published_in(data)
    with pytest.raises(SpokenError) as refusal:
        _ = published.journal.entries(), published.statuses()
    assert what in refusal.value.text.vi
    assert "Expecting" not in refusal.value.text.en


@pytest.mark.parametrize("file", ["latest.json", "journal.jsonl", "releases/r0002-*/manifest.json"])
def test_a_flipped_byte_of_pointer_manifest_or_journal_never_passes(data: Path, file: str) -> None:
    (path,) = (data / "published").glob(file)
    whole = path.read_bytes()
    places = [at for at in range(0, len(whole), 11) if not _is_for_people(path, at)]
    assert len(places) > 20
    for at in places:
        flip(path, at)
        try:
            problems = links(data)
        except (DamagedReleaseError, JournalError, LookupError) as error:
            problems = [str(error)]
        assert problems, f"byte {at}: {whole[at : at + 1]!r}"
        path.write_bytes(whole)


def _is_for_people(pointer: Path, at: int) -> bool:
    """Say whether a byte of the pointer belongs to the clock time or to white space."""
    if pointer.name != "latest.json":
        return False
    text = pointer.read_text(encoding="utf-8")
    start = text.index('"published_at"')
    end = text.index("\n", start)
    return start <= at <= end or text[at].isspace()


def test_a_pointer_never_leads_out_of_the_releases(data: Path, tmp_path: Path) -> None:
    published = published_in(data)
    (current,) = (data / "published" / "releases").glob("r0002-*")
    shutil.copytree(current, tmp_path / "elsewhere")
    pointer = data / "published" / "latest.json"
    values = json.loads(pointer.read_text(encoding="utf-8"))
    for path in ("../../elsewhere", str(tmp_path / "elsewhere"), "../../../../etc"):
        pointer.write_text(json.dumps(values | {"path": path}), encoding="utf-8")
        with pytest.raises(DamagedReleaseError, match="is not where the release lies"):
            published.latest()


def test_a_forged_manifest_does_not_pass(data: Path) -> None:
    published = published_in(data)
    manifest = published.release(None).folder / "manifest.json"
    values = json.loads(manifest.read_text(encoding="utf-8"))
    manifest.write_text(json.dumps(values | {"reason": "forged"}), encoding="utf-8")
    with pytest.raises(DamagedReleaseError, match=r"not the one latest\.json names"):
        published.latest()


def test_a_shorter_journal_never_brings_a_withdrawn_release_back(data: Path) -> None:
    published = published_in(data)
    published.withdraw("r0002", by="Hội đồng", reason="sai")
    lines = published.journal.path.read_bytes().splitlines(keepends=True)
    assert len(lines) == 3
    published.journal.path.write_bytes(b"".join(lines[:2]))
    with pytest.raises(JournalError, match="lacks lines"):
        published.latest()


def test_a_changed_line_of_the_journal_is_named(data: Path) -> None:
    journal = published_in(data).journal
    journal.path.write_bytes(journal.path.read_bytes().replace("lần 1".encode(), "lần 7".encode()))
    with pytest.raises(JournalError, match=r"journal\.jsonl, line 2: the lines before it are not"):
        journal.entries()


def test_two_writers_that_saw_the_same_journal_leave_both_lines(data: Path, tmp_path: Path) -> None:
    published = published_in(data)
    other = published_in(shutil.copytree(data, tmp_path / "other"))
    for side in (published, other):
        side.journal.add("r0001-x", "withdrawn", by="a", reason="b")
    line = other.journal.path.read_bytes().splitlines(keepends=True)[-1]
    with published.journal.path.open("ab") as journal:
        journal.write(line)
    published.journal.add("r0001-x", "withdrawn", by="a", reason="c")
    assert [entry.reason for entry in published.journal.entries()][-3:] == ["b", "b", "c"]


def test_reading_says_where_the_pointer_is_behind_the_journal(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    published = published_in(data)
    first, second = published.releases()
    assert published.pointer_problem() is None
    published.point_to(first)
    problem = published.pointer_problem()
    assert problem is not None
    assert f"names {first.release_id}, by the journal {second.release_id} is current" in problem.en
    assert links(data)[0] == problem.en
    for opened in (open_release, open_view):
        opened(data, as_of=None)
        assert capsys.readouterr().err == f"dti: {problem.vi}\n"
        opened(data, as_of=first.release_id)
        assert capsys.readouterr().err == ""


@pytest.mark.parametrize("withdraw", ["r0002", "whole"])
def test_a_decision_is_recorded_under_the_whole_id(data: Path, withdraw: str) -> None:
    published = published_in(data)
    release_id = published.release(None).release_id
    published.withdraw(release_id if withdraw == "whole" else withdraw, by="a", reason="b")
    assert published.status(release_id) == "withdrawn"
    assert published.journal.entries()[-1].release_id == release_id
    assert published.release(None).release_id.startswith("r0001")


def drafted(data: Path) -> tuple[Published, Path]:
    published = published_in(data)
    draft = content.publish(published, 3, is_draft=True)
    return published, draft.folder


def forge(folder: Path) -> None:
    """Change a table of a draft and its manifest with it."""
    shutil.copy(folder / "meta_column.parquet", folder / "dim_tile.parquet")
    manifest = folder / "manifest.json"
    values = json.loads(manifest.read_text(encoding="utf-8"))
    files = values["files"]
    files["dim_tile.parquet"] |= {"sha256": files["meta_column.parquet"]["sha256"]}
    manifest.write_text(json.dumps(values), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda folder: flip(folder / "dim_tile.parquet"), "dim_tile.parquet: the content differs"),
        (lambda folder: (folder / "more.parquet").touch(), "more.parquet: the file is not in"),
        (forge, "manifest.json: it is not the one drafted"),
    ],
)
def test_only_what_was_drafted_can_be_approved(
    data: Path, change: Callable[[Path], None], named: str
) -> None:
    published, folder = drafted(data)
    change(folder)
    with pytest.raises(DamagedDraftError, match=named):
        published.approve(folder.name, by="Hội đồng", reason="đã thẩm định")
    assert published.status(folder.name) == "draft"
    assert published.release(None).release_id.startswith("r0002")


BY = {"by": "Hội đồng", "reason": "đã thẩm định"}


@pytest.mark.parametrize(
    ("decide", "place"),
    [
        (lambda published: published.approve("r0003", **BY), "store/drafts/r0003-*"),
        (lambda published: published.discard("r0003", **BY), "store/drafts/r0003-*"),
        (lambda published: published.withdraw("r0002", **BY), "published"),
        (lambda published: published.readmit("a.csv", "0" * 64, **BY), "published"),
    ],
    ids=["approve", "discard", "withdraw", "readmit"],
)
def test_a_decision_that_the_account_may_not_carry_out_is_none(
    data: Path, monkeypatch: pytest.MonkeyPatch, decide: Callable[[Published], object], place: str
) -> None:
    published, _ = drafted(data)
    (guarded,) = data.glob(place)
    lines = published.journal.entries()
    with monkeypatch.context() as other_account:
        other_account.setattr("os.access", lambda path, mode: path != guarded)
        with pytest.raises(PermissionError, match=guarded.name):
            decide(published)
    published.recover()  # as the next run does
    assert published.journal.entries() == lines
    assert published.release(None).release_id.startswith("r0002")


def test_a_draft_is_for_its_owner_alone_until_it_is_approved(data: Path) -> None:
    published, folder = drafted(data)
    assert (folder.parent.stat().st_mode & 0o777) == 0o700
    approved = published.approve("r0003", by="Hội đồng", reason="đã thẩm định")
    assert (approved.folder.stat().st_mode & 0o055) == 0o055


def test_the_journal_keeps_the_account_that_ran_the_command(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "somebody-else")
    monkeypatch.setenv("USER", "somebody-else")
    published = published_in(data)
    published.withdraw("r0002", by="Chủ tịch", reason="sai")
    entry = published.journal.entries()[-1]
    assert entry.by == "Chủ tịch"
    assert entry.account not in (None, "somebody-else", "Chủ tịch")


@pytest.mark.parametrize(("approver", "single"), [("lan", "lan"), ("minh", None)])
def test_two_people_are_two_accounts_and_not_two_names(
    data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    approver: str,
    single: str | None,
) -> None:
    monkeypatch.setattr("dti_pipeline.release.journal.account", lambda: "lan")
    published, folder = drafted(data)
    monkeypatch.setattr("dti_pipeline.release.journal.account", lambda: approver)
    assert approve_release(folder.name, by="Chủ tịch", reason="đã thẩm định", data=data) == 0
    assert ("cùng một tài khoản máy tính (lan)" in capsys.readouterr().out) == (single is not None)
    assert published.single_account(folder.name) == single
    assert published.single_account(published.releases()[0].release_id) is None
    assert list_releases(data=data, as_json=True) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["is_one_account"] for row in rows] == [False, False, single is not None]


@pytest.mark.parametrize(("given", "kept"), [(0o775, 0o770), (0o755, 0o700), (0o2770, 0o2770)])
def test_a_group_that_may_write_drafts_stays_let_in(data: Path, given: int, kept: int) -> None:
    _, folder = drafted(data)
    folder.parent.chmod(given)
    content.publish(published_in(data), 4, is_draft=True)
    assert folder.parent.stat().st_mode & 0o7777 == kept


def test_a_table_of_the_store_that_was_altered_is_never_used(data: Path) -> None:
    store = store_in(data)
    flip(data / REVISION / "dim_tile.parquet")
    with pytest.raises(DamagedStoreError, match=r"dim_tile\.parquet is not as it was written"):
        store.table(store.revisions("test")[-1], "dim_tile")
    (data / REVISION / "dim_tile.parquet").unlink()
    with pytest.raises(DamagedStoreError, match=r"dim_tile\.parquet is missing"):
        store.table(store.revisions("test")[-1], "dim_tile")


def test_a_damaged_cached_frame_is_computed_again(data: Path) -> None:
    store = store_in(data)
    frame = content.tables(1)["dim_tile"]
    assert store.cached("changes", "a__b", lambda: frame).equals(frame)
    (path,) = (data / "store" / "derived").rglob("a__b")
    assert store.cached("changes", "a__b", frame.clear).equals(frame)
    flip(path)
    assert store.cached("changes", "a__b", lambda: frame.head(3)).height == 3


def test_equal_revisions_of_two_machines_are_one(data: Path, tmp_path: Path) -> None:
    store = store_in(data)
    other = store_in(shutil.copytree(data, tmp_path / "other"))
    theirs = content.save(other, 3)
    # The share shows the other machine's revision only after this one has looked.
    earlier = store.revisions("test")
    shutil.copytree(other.root / theirs.revision_id, store.root / theirs.revision_id)
    store.revisions = lambda assessment_id=None: earlier  # type: ignore[method-assign]
    ours = content.save(store, 3)
    assert ours.revision_id == theirs.revision_id
    assert [r.revision_no for r in store_in(data).revisions("test")] == [1, 2, 3]
    assert not list(Workspace(data=data).store.glob(".staging-*"))
