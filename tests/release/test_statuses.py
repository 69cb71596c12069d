"""What a release and a revision are, one test per status, and what follows from it."""

import json
import shutil
from copy import copy
from pathlib import Path

import pytest

from dti_pipeline.cli.diff import show_changes
from dti_pipeline.cli.explain import explain_unit
from dti_pipeline.cli.run import run_assessments
from dti_pipeline.release.folder import Release
from dti_pipeline.release.publish import WithdrawnInputsError, publish_newest
from dti_pipeline.release.releases import Published, ReleaseStateError
from dti_pipeline.reports.release_view import ReleaseView
from dti_pipeline.reports.unit_page import revisions as listed_revisions
from dti_pipeline.store.revisions import DamagedStoreError, Revision
from dti_pipeline.workspace import Workspace
from tests.index.rules.cases import component, main
from tests.release import content
from tests.release.content import published_in, store_in
from tests.small_index import ASSESSMENT, SmallIndex, of_agency

BY = {"by": "Council", "reason": "why"}


class Releases:
    """A folder of releases of one assessment, a revision each, named by number."""

    def __init__(self, data: Path) -> None:
        self.data, self.published = data, published_in(data)
        self.revisions: dict[int, Revision] = {}

    def publish(self, number: int, *, is_draft: bool = False) -> None:
        self.revisions[number] = content.save(store_in(self.data), number)
        self.published.publish(
            content.tables(len(self.published.releases())),
            revisions=[self.revisions[number]],
            reason=None,
            is_draft=is_draft,
        )

    @property
    def statuses(self) -> dict[str, str]:
        return {name[:5]: status for name, status in self.published.statuses().items()}

    def of_revisions(self, read: str | None = None) -> list[str | None]:
        release = self.published.release(read) if read else None
        statuses = self.published.revision_statuses(release)
        return [statuses.get(revision.revision_id) for revision in self.revisions.values()]


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    """Return two releases that stood one after the other."""
    releases = Releases(tmp_path / "data")
    releases.publish(1)
    releases.publish(2)
    return releases


def test_the_release_that_the_pointer_names_is_published_and_those_before_it_superseded(
    releases: Releases,
) -> None:
    assert releases.statuses == {"r0001": "superseded", "r0002": "published"}
    assert releases.of_revisions() == ["superseded", "published"]
    assert releases.of_revisions("r0001") == ["published", "published"]


def test_a_draft_is_a_draft_and_what_it_shows_of_the_current_release_is_current(
    releases: Releases,
) -> None:
    releases.publish(3, is_draft=True)
    releases.publish(2, is_draft=True)
    assert releases.statuses["r0003"] == releases.statuses["r0004"] == "draft"
    assert releases.of_revisions() == ["superseded", "published", "draft"]


def test_a_draft_that_lost_its_line_to_a_kill_is_a_draft(releases: Releases) -> None:
    releases.publish(3, is_draft=True)
    journal = releases.published.journal.path
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    (releases.data / "published" / "latest.json").unlink()  # which knows of the line
    assert releases.statuses["r0003"] == "draft"


def test_an_approved_draft_that_a_kill_kept_from_publication_is_approved(
    releases: Releases,
) -> None:
    releases.publish(3, is_draft=True)
    draft = releases.published.release("r0003")
    releases.published._record(draft, "approved", **BY)
    assert releases.statuses["r0003"] == "approved"
    assert releases.of_revisions("r0003") == ["superseded", "published", "approved"]


def test_a_discarded_draft_and_its_revision_are_discarded(releases: Releases) -> None:
    releases.publish(3, is_draft=True)
    releases.published.discard("r0003", **BY)
    assert releases.statuses["r0003"] == "discarded"
    assert releases.of_revisions() == ["superseded", "published", "discarded"]


def test_a_draft_whose_folder_a_kill_left_behind_is_discarded(releases: Releases) -> None:
    releases.publish(3, is_draft=True)
    draft = releases.published.release("r0003")
    releases.published._record(draft, "discarded", **BY)
    assert releases.of_revisions() == ["superseded", "published", "discarded"]
    assert releases.of_revisions("r0003") == ["superseded", "published", "discarded"]


def test_a_withdrawn_release_and_its_revision_are_withdrawn_until_another_shows_it(
    releases: Releases,
) -> None:
    releases.published.withdraw("r0002", **BY)
    assert releases.statuses == {"r0001": "published", "r0002": "withdrawn"}
    assert releases.of_revisions() == releases.of_revisions("r0002") == ["published", "withdrawn"]
    releases.publish(2, is_draft=True)
    assert releases.of_revisions() == ["published", "withdrawn"]
    assert releases.of_revisions("r0003") == ["published", "draft"]
    releases.publish(2)
    assert releases.of_revisions() == ["superseded", "published"]


def test_a_revision_that_no_release_shows_yet_has_no_status(releases: Releases) -> None:
    releases.revisions[3] = content.save(store_in(releases.data), 3)
    assert releases.of_revisions() == ["superseded", "published", None]


def test_the_statuses_before_a_release_are_those_of_when_it_was_written(
    releases: Releases,
) -> None:
    releases.published.withdraw("r0002", **BY)
    releases.publish(3)
    releases.published.withdraw("r0001", **BY)
    before = releases.published.release("r0003")
    statuses = releases.published.statuses(before)
    assert [*statuses.values()] == ["published", "withdrawn"]
    revision_ids = [releases.revisions[number].revision_id for number in (1, 2)]
    assert releases.published.revision_statuses(before=before) == dict(
        zip(revision_ids, ["published", "withdrawn"], strict=True)
    )


# ---- with real computations ------------------------------------------------------------------


OTHER = "other-2025"


class Office:
    """Two assessments of one unit whose figure, a of 10, an agency delivers."""

    def __init__(self, data: Path) -> None:
        self.data, index = data, SmallIndex(data)
        figures = {"a": of_agency("a"), "b": of_agency("b")}
        index.framework([component("01", 10, variables=figures)], [main("1", 10)])
        index.units({"U1": ""})
        for name in (ASSESSMENT, OTHER):
            index.assessment(name=name)
            self.deliver(1, name=name)

    def deliver(self, a: int, *, name: str = ASSESSMENT) -> None:
        table = self.data / "raw" / name / "central" / "01_agency.csv"
        table.parent.mkdir(parents=True, exist_ok=True)
        table.write_text(f"Đơn vị,a,b\nSở U1,{a},10\n", "utf-8")

    def run(self, *names: str, is_draft: bool = False) -> None:
        assert run_assessments(list(names), data=self.data, is_draft=is_draft) == 0

    @property
    def published(self) -> Published:
        return Published(self.data / "published")

    def points(self, release: str | None = None) -> dict[str, float]:
        """Return assessment → points of the unit in a release, the current one unless named."""
        rows = self.published.release(release).table("fact_ranking").filter(scope="overall")
        return dict(rows.select("assessment_id", "points").iter_rows())


@pytest.fixture(scope="module")
def first_release(tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = Office(tmp_path_factory.mktemp("office") / "Số liệu 2025")
    office.run()
    return office


@pytest.fixture
def office(first_release: Office, tmp_path: Path) -> Office:
    """Return a release, after which both agencies corrected a figure; computed is nothing yet."""
    office = copy(first_release)
    office.data = shutil.copytree(first_release.data, tmp_path / "Số liệu 2025")
    office.deliver(2)
    office.deliver(3, name=OTHER)
    return office


def test_a_run_of_one_assessment_does_not_publish_the_draft_of_another(office: Office) -> None:
    office.run(ASSESSMENT, is_draft=True)
    office.run(OTHER)
    assert office.points() == {ASSESSMENT: 1.0, OTHER: 3.0}
    office.run()  # names all, and what lies there is what the draft was computed from
    assert office.points() == {ASSESSMENT: 2.0, OTHER: 3.0}


def test_the_next_draft_shows_what_waits_in_another(office: Office) -> None:
    office.run(ASSESSMENT, is_draft=True)
    office.run(OTHER, is_draft=True)
    assert office.points("r0003") == {ASSESSMENT: 2.0, OTHER: 3.0}


def test_no_later_run_publishes_a_discarded_result_but_one_that_asks_for_it(
    office: Office,
) -> None:
    office.run(ASSESSMENT, is_draft=True)
    office.published.discard("r0002", **BY)
    office.deliver(1)  # as it was
    office.run()
    assert office.points() == {ASSESSMENT: 1.0, OTHER: 3.0}
    office.deliver(2)
    office.run()
    assert office.points() == {ASSESSMENT: 2.0, OTHER: 3.0}


def test_a_draft_that_was_left_lying_does_not_let_a_withdrawn_result_in_again(
    office: Office,
) -> None:
    office.run(is_draft=True)
    office.run()
    office.published.withdraw("r0003", **BY)
    with pytest.raises(WithdrawnInputsError, match=r"01_agency\.csv"):
        office.run()
    assert office.points() == {ASSESSMENT: 1.0, OTHER: 1.0}


def test_a_discarded_result_stands_in_no_history_comparison_or_page(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    office.run(ASSESSMENT, is_draft=True)
    office.published.discard("r0002", **BY)
    office.deliver(4)
    office.run(ASSESSMENT)
    capsys.readouterr()
    explain_unit(ASSESSMENT, "U1", history=True, data=office.data, as_json=True)
    rows = json.loads(capsys.readouterr().out)["results"]
    assert [(row["revision_no"], row["status"]) for row in rows] == [
        (1, "superseded"),
        (3, "current"),
    ]
    assert rows[1]["value_change"] == 0.3
    show_changes(ASSESSMENT, data=office.data, as_json=True)
    assert json.loads(capsys.readouterr().out)["revision_from"].startswith(f"{ASSESSMENT}-r0001-")
    assert on_the_page(office) == [(3, "published"), (1, "superseded")]


@pytest.mark.parametrize("is_draft", [False, True])
def test_a_revision_that_the_store_lost_is_named_and_not_taken_for_none(
    office: Office, is_draft: bool
) -> None:
    office.run(ASSESSMENT, is_draft=is_draft)
    (lost,) = (office.data / "store").glob(f"{ASSESSMENT}-r0001-*")
    lost.rename(office.data / "away")
    with pytest.raises(DamagedStoreError, match=rf"{lost.name}/revision\.json is missing"):
        show_changes(ASSESSMENT, data=office.data, as_of="r0002")


def test_a_publication_asks_once_what_became_of_earlier_revisions(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.run(ASSESSMENT, is_draft=True)
    draft = office.published.release("r0002").revisions[ASSESSMENT]
    answers = []
    statuses = Published.revision_statuses

    def counted(published: Published, *releases: Release | None) -> dict[str, str]:
        answers.append(statuses(published, *releases))
        return answers[-1]

    monkeypatch.setattr(Published, "revision_statuses", counted)
    release, is_new = publish_newest(Workspace(data=office.data), wanted=[draft])
    assert (is_new, release.revisions[ASSESSMENT]) == (True, draft)
    assert len(answers) == 1


def on_the_page(office: Office, release: str | None = None) -> list[tuple[int, str]]:
    """Return number and status of the revisions that the site of a release lists."""
    opened = ReleaseView.open(office.published, office.published.release(release))
    view = opened.assessment(ASSESSMENT)
    return [(row["revision_no"], row["status"]) for row in listed_revisions(view)]


def test_pages_call_the_result_of_a_draft_or_a_withdrawn_release_by_its_status(
    office: Office,
) -> None:
    office.run(OTHER, is_draft=True)
    assert on_the_page(office, "r0002") == [(1, "published")]  # the draft did not touch it
    office.run(is_draft=True)
    assert on_the_page(office, "r0003") == [(2, "draft"), (1, "published")]
    office.run()
    office.published.withdraw("r0004", **BY)
    assert on_the_page(office, "r0004") == [(2, "withdrawn"), (1, "published")]


def test_of_two_first_drafts_the_second_is_outdated_once_the_first_is_approved(
    tmp_path: Path,
) -> None:
    releases = Releases(tmp_path / "data")
    releases.publish(1, is_draft=True)
    releases.publish(2, is_draft=True)
    releases.published.approve("r0001", **BY)
    with pytest.raises(ReleaseStateError, match="release has changed since r0002-"):
        releases.published.approve("r0002", **BY)
