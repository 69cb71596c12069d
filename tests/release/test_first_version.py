"""A store and its releases, as the first version left them, stay readable and verifiable."""

import tarfile
from pathlib import Path

import pytest

from dti_pipeline.cli.verify import verify_release
from dti_pipeline.release.releases import Published
from dti_pipeline.store.revisions import Store
from dti_pipeline.workspace import Workspace

ARCHIVE = Path(__file__).parent / "data" / "first_version.tar.xz"
RELEASES = {
    "r0001-c5f98d9a": "superseded",
    "r0002-d163806f": "superseded",
    "r0003-837d1708": "published",
    "r0004-22d29216": "withdrawn",
}


@pytest.fixture
def old_data(tmp_path: Path) -> Path:
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "data"


def test_every_release_of_the_first_version_has_its_status(old_data: Path) -> None:
    published = Published(Workspace(data=old_data).published)
    assert {r.release_id: published.status(r.release_id) for r in published.releases()} == RELEASES


def test_its_ranking_reads_as_it_was_published(old_data: Path) -> None:
    ranking = Published(Workspace(data=old_data).published).release(None).table("fact_ranking")
    rows = ranking.filter(assessment_id="mini-2025", scope="overall").sort("rank")
    assert rows.select("unit_name", "value", "rank", "value_prev").rows() == [
        ("Hà Nội", 0.9767, 1, 0.8120),
        ("Hải Phòng", 0.6087, 2, 0.7011),
        ("Bà Rịa - Vũng Tàu", 0.5480, 3, 0.5523),
        ("Đắk Lắk", 0.2433, 4, 0.4100),
        ("Bắc Kạn", 0.2271, 5, 0.2504),
    ]


def test_its_revisions_keep_their_order_and_reasons(old_data: Path) -> None:
    revisions = Store(Workspace(data=old_data).store).revisions("mini-2025")
    assert [(r.revision_no, r.reason, len(r.inputs)) for r in revisions] == [
        (1, "first computation", 10),
        (2, "new: raw/mini-2025/appraisals/01_hoi_dong.csv", 11),
        (3, "new: raw/mini-2025/corrections/01_portal.csv", 12),
        (4, "new: raw/mini-2025/corrections/02_portal.csv", 13),
    ]


@pytest.mark.parametrize("release_id", RELEASES)
def test_it_verifies_byte_for_byte_and_recomputes(old_data: Path, release_id: str) -> None:
    assert verify_release(release_id, data=old_data, recompute=True, as_json=False) == 0
