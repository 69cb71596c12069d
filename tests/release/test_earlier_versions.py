"""Stores of versions 0.2.0 to 0.8.0: read, verified, and gone on from by the installed version."""

from pathlib import Path

import pytest

from dti_pipeline.cli.run import run_assessments
from dti_pipeline.cli.verify import verify_release
from dti_pipeline.release.releases import Published
from dti_pipeline.store.recorded import OtherRulesError
from dti_pipeline.version import RULES_VERSION
from tests.release.content import published_in, store_in, unpacked

RELEASES = {
    "0.2.0": {"r0001-1828874c": "published", "r0002-bc63d352": "draft"},
    "0.3.0": {"r0001-4458b5dc": "published", "r0002-541a4bdd": "draft"},
    "0.4.0": {"r0001-75ccd953": "published", "r0002-594eddbe": "draft"},
    "0.4.1": {"r0001-b9e323d0": "published", "r0002-82e86355": "draft"},
    "0.5.0": {"r0001-e6459a38": "published", "r0002-021d6a21": "draft"},
    "0.6.0": {"r0001-8e622e7c": "published", "r0002-a202da39": "draft"},
    "0.7.1": {"r0001-9cc7d066": "published", "r0002-f4134705": "draft"},
    "0.8.0": {"r0001-d6434cdc": "published", "r0002-5cbcf22f": "draft"},
}
SAME_RULES_SINCE = {"0.7.1": "0.7.0"}
pytestmark = pytest.mark.parametrize("version", RELEASES)
CORRECTED = [0.9767, 0.6087, 0.5480, 0.2433, 0.2271]


@pytest.fixture
def old_data(version: str, tmp_path: Path) -> Path:
    return unpacked(f"version_{version}", tmp_path)


def values(published: Published, release_id: str | None) -> list[float]:
    ranking = published.release(release_id).table("fact_ranking")
    rows = ranking.filter(assessment_id="mini-2025", scope="overall").sort("rank")
    return rows["value"].to_list()


def test_its_releases_read_and_verify(old_data: Path, version: str) -> None:
    published = published_in(old_data)
    releases = {r.release_id: published.status(r.release_id) for r in published.releases()}
    assert releases == RELEASES[version]
    assert values(published, "r0002") == CORRECTED
    for release in published.releases():
        assert release.manifest["code_version"] == version
        assert verify_release(release.release_id, data=old_data) == 0


def test_the_version_that_can_recompute_it_is_named(old_data: Path, version: str) -> None:
    able = SAME_RULES_SINCE.get(version, version)
    for release_id in RELEASES[version]:
        with pytest.raises(OtherRulesError, match=f"dti-pipeline {able} can recompute it"):
            verify_release(release_id, data=old_data, recompute=True)


def test_the_next_release_follows_it_and_holds_the_correction(
    old_data: Path, version: str, capsys: pytest.CaptureFixture[str]
) -> None:
    published = published_in(old_data)
    assert run_assessments([], data=old_data, reason="next version") == 0
    told = "".join(capsys.readouterr())
    assert (f"phiên bản quy tắc {RULES_VERSION}: " in told, "rules version" in told) == (
        True,
        False,
    )
    current = published.release(None)
    first, _ = RELEASES[version]
    assert (current.release_id[:5], current.manifest["supersedes"]) == ("r0003", first)
    assert values(published, None) == CORRECTED
    assert store_in(old_data).revisions("mini-2025")[-1].revision_no == 3
    assert verify_release(None, data=old_data, recompute=True) == 0
    assert verify_release(first, data=old_data) == 0


def test_a_draft_that_it_left_can_be_approved(old_data: Path, version: str) -> None:
    published = published_in(old_data)
    release = published.approve("r0002", by="Council", reason="decided after the upgrade")
    assert published.release(None).release_id == release.release_id
    assert verify_release(None, data=old_data) == 0
