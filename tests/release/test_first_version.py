"""A store and its releases, as the first version left them, stay readable and verifiable."""

from hashlib import sha256
from pathlib import Path

import pytest

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.run import run_assessments
from dti_pipeline.cli.verify import verify_release
from dti_pipeline.release.publish import WithdrawnInputsError
from dti_pipeline.store.recorded import OtherRulesError
from dti_pipeline.version import RULES_VERSION
from tests.release.content import published_in, store_in, unpacked

RELEASES = {
    "r0001-c5f98d9a": "superseded",
    "r0002-d163806f": "superseded",
    "r0003-837d1708": "published",
    "r0004-22d29216": "withdrawn",
}


@pytest.fixture
def old_data(tmp_path: Path) -> Path:
    return unpacked("first_version", tmp_path)


def test_every_release_of_the_first_version_has_its_status(old_data: Path) -> None:
    published = published_in(old_data)
    assert {r.release_id: published.status(r.release_id) for r in published.releases()} == RELEASES


def test_its_ranking_reads_as_it_was_published(old_data: Path) -> None:
    ranking = published_in(old_data).release(None).table("fact_ranking")
    rows = ranking.filter(assessment_id="mini-2025", scope="overall").sort("rank")
    assert rows.select("unit_name", "value", "rank", "value_prev").rows() == [
        ("Hà Nội", 0.9767, 1, 0.8120),
        ("Hải Phòng", 0.6087, 2, 0.7011),
        ("Bà Rịa - Vũng Tàu", 0.5480, 3, 0.5523),
        ("Đắk Lắk", 0.2433, 4, 0.4100),
        ("Bắc Kạn", 0.2271, 5, 0.2504),
    ]


def test_its_revisions_keep_their_order_and_reasons(old_data: Path) -> None:
    revisions = store_in(old_data).revisions("mini-2025")
    assert [(r.revision_no, r.reason, len(r.inputs)) for r in revisions] == [
        (1, "first computation", 10),
        (2, "new: raw/mini-2025/appraisals/01_hoi_dong.csv", 11),
        (3, "new: raw/mini-2025/corrections/01_portal.csv", 12),
        (4, "new: raw/mini-2025/corrections/02_portal.csv", 13),
    ]


@pytest.mark.parametrize("release_id", RELEASES)
def test_it_verifies_byte_for_byte_and_says_what_can_recompute_it(
    old_data: Path, release_id: str
) -> None:
    assert verify_release(release_id, data=old_data) == 0
    with pytest.raises(OtherRulesError, match=r"rules version 1, .*dti-pipeline 0\.1\.0 can"):
        verify_release(release_id, data=old_data, recompute=True)


def test_the_next_run_goes_on_from_it_and_adopts_its_journal(old_data: Path) -> None:
    published = published_in(old_data)
    lines = published.journal.path.read_bytes()
    assert run_assessments([], data=old_data, reason="rules of 2027") == 0
    release = published.release(None)
    assert (release.release_id[:5], release.manifest["supersedes"]) == ("r0005", "r0003-837d1708")
    first = published.journal.entries()[len(RELEASES) + 3]
    assert first.chain == sha256(lines).hexdigest()
    for name in ("mini-2024", "mini-2025"):
        newest = store_in(old_data).revisions(name)[-1]
        assert newest.reason.startswith(f"rules version {RULES_VERSION}: ")
    assert verify_release(None, data=old_data, recompute=True) == 0
    ranking = release.table("fact_ranking").filter(assessment_id="mini-2025", scope="overall")
    assert ranking.sort("rank")["value"].to_list() == [0.9767, 0.6087, 0.5480, 0.2433, 0.2271]


def test_a_withdrawn_file_stays_refused_until_it_is_readmitted(old_data: Path) -> None:
    """It comes back beside an unrelated delivery, which must not carry it in."""
    store = store_in(old_data)
    withdrawn = store.revisions("mini-2025")[-1]
    (digest,) = (e["sha256"] for e in withdrawn.inputs if e["path"].endswith("02_portal.csv"))
    folder = old_data / "raw" / "mini-2025" / "corrections"
    (folder / "02_portal.csv").write_bytes(store.input_content(digest))
    first = (folder / "01_portal.csv").read_text(encoding="utf-8")
    (folder / "03_portal.csv").write_text(first.replace("4500", "4600"), encoding="utf-8")
    with pytest.raises(WithdrawnInputsError, match=r"was withdrawn; raw/.*/02_portal\.csv: take"):
        run_assessments(["mini-2025"], data=old_data)
    with pytest.raises(UsageError, match="--by is empty"):
        run_assessments(["mini-2025"], data=old_data, readmit=[folder / "02_portal.csv"])
    status = run_assessments(
        ["mini-2025"],
        data=old_data,
        readmit=[folder / "02_portal.csv"],
        by="Council",
        reason="the department was competent",
    )
    assert status == 0
    published = published_in(old_data)
    entry = published.journal.entries()[len(RELEASES) + 3]
    assert (entry.event, entry.file, entry.sha256) == ("readmitted", "02_portal.csv", digest)
    row = (
        published.release(None)
        .table("fact_observation")
        .filter(unit_id="MIN-1", variable="online", accepted=True)
    )
    assert row["value"].to_list() == [460_000.0]


def test_a_delivery_edited_after_it_was_used_is_a_warning_with_both_contents(
    old_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = old_data / "raw" / "mini-2025" / "corrections" / "01_portal.csv"
    before = path.read_bytes()
    path.write_bytes(before.replace(b"4500", b"4600"))
    assert run_assessments(["mini-2025"], data=old_data) == 0
    issues = published_in(old_data).release(None).table("dq_issue")
    (row,) = issues.filter(rule_id="delivery.edited").iter_rows(named=True)
    assert row["severity"] == "warning"
    assert row["source_file"] == "raw/mini-2025/corrections/01_portal.csv"
    for content in (before, path.read_bytes()):
        assert sha256(content).hexdigest()[:12] in row["message_en"]
    printed = capsys.readouterr().out
    assert "[Cần kiểm tra] delivery.edited: 1\n" in printed
    assert row["message_vi"] in printed
    assert run_assessments(["mini-2025"], data=old_data) == 0
    assert "delivery.edited" not in capsys.readouterr().out
