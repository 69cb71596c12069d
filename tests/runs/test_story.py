"""The story of a correction: run, correct two figures, rerun, see why, withdraw, be back.

The README tells the same story by its commands.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from dti_pipeline.cli.diff import show_changes
from dti_pipeline.cli.explain import explain_unit
from dti_pipeline.cli.release import discard_draft, list_releases, withdraw_release
from dti_pipeline.cli.run import run_assessments
from dti_pipeline.cli.status import show_status
from dti_pipeline.cli.verify import verify_release
from dti_pipeline.index.definition import define
from dti_pipeline.release.folder import Release
from dti_pipeline.release.publish import WithdrawnInputsError, touched
from dti_pipeline.release.releases import Published, ReleaseStateError
from dti_pipeline.store.recorded import recompute
from dti_pipeline.store.revisions import Store
from dti_pipeline.workspace import Workspace
from schemas.text import Text
from tests.cli.conftest import Call
from tests.conftest import copy_deliveries
from tests.hashes import hashes

ASSESSMENTS = ("province-2022", "province-2023")
HEAD = ["unit", "component_code", "variable", "value", "reason", "authority", "reference"]


Figure = tuple[str, str, int]


@dataclass(frozen=True)
class Story:
    """A folder, its release before and after the corrections, and the two figures corrected.

    Attributes:
        before: the hashes of the first release as it was published.
    """

    data: Path
    first: Release
    before: dict[str, str]
    second: Release
    central: Figure
    report: Figure

    @property
    def published(self) -> Published:
        return Published(Workspace(data=self.data).published)

    def correct(self, name: str, unit: str, figure: Figure) -> None:
        write_correction(self.data / "raw/province-2022/corrections" / name, unit, figure)

    def draft(self) -> Release:
        """Compute a draft and return it."""
        assert run_assessments(["province-2022"], data=self.data, reason="", is_draft=True) == 0
        return self.published.releases()[-1]


def figure_of(release: Release, unit: str, *, central: bool) -> Figure:
    """Return a count a unit could raise: component, variable, present figure."""
    kind = "central" if central else "self_report"
    own = {"assessment_id": "province-2022", "unit_name": unit}
    lost = release.table("fact_component_score").filter(
        pl.col("points_lost") > 1, lost_reason="not_reached", **own
    )
    indicators = release.table("dim_indicator")
    ratios = indicators.filter(framework_id="province-922", rule_kind="ratio")
    frameworks = define("province-2022", workspace=Workspace(data=Path("."))).frameworks
    numerators = {
        (component.code, name)
        for component in frameworks["province-922"].components
        for part in component.parts
        for name in getattr(part.rule, "numerator", ())
    }
    figures = release.table("fact_observation").filter(
        pl.col("accepted"),
        pl.col("value_micro") > 0,
        pl.col("component_code").is_in(lost["component_code"].implode()),
        pl.col("component_code").is_in(ratios["indicator_code"].implode()),
        source_kind=kind,
        **own,
    )
    for row in figures.iter_rows(named=True):
        if (row["component_code"], row["variable"]) in numerators:
            return row["component_code"], row["variable"], row["value_micro"] // 1_000_000
    raise AssertionError(unit)


def write_correction(path: Path, unit: str, figure: Figure) -> None:
    """Write a correction that makes a figure larger by one."""
    code, name, value = figure
    with path.open("w", encoding="utf-8", newline="") as sink:
        rows = csv.writer(sink)
        rows.writerow(HEAD)
        rows.writerow([unit, code, name, value + 1, "đếm thiếu", "Cục A", "01/CV-CA"])


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Run, correct one central figure of Bắc Kạn and one report of Ninh Bình, run again."""
    data = copy_deliveries(tmp_path_factory.mktemp("story") / "data", *ASSESSMENTS)
    published = Published(Workspace(data=data).published)
    assert run_assessments(ASSESSMENTS, data=data, reason="") == 0
    first = published.release(None)
    before = hashes(first.folder)
    folder = data / "raw/province-2022/corrections"
    folder.mkdir()
    central = figure_of(first, "Bắc Kạn", central=True)
    report = figure_of(first, "Ninh Bình", central=False)
    write_correction(folder / "01_bac_kan.csv", "Bắc Kạn", central)
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Đính chính số liệu năm 2022"])
    sheet.append([])
    sheet.append(HEAD)
    code, name, value = report
    sheet.append(["Ninh Bình", code, name, value + 1, "nhập sai", "UBND tỉnh", "02/UBND"])
    book.save(folder / "02_ninh_binh.xlsx")
    assert run_assessments(ASSESSMENTS, data=data, reason="đính chính") == 0
    return Story(data, first, before, published.release(None), central, report)


def test_the_rerun_makes_one_revision_and_one_release(story: Story) -> None:
    first, second = story.first, story.second
    assert second.release_id != first.release_id
    assert second.manifest["supersedes"] == first.release_id
    assert second.manifest["reason"] == "đính chính"
    assert second.revisions["province-2023"] == first.revisions["province-2023"]
    assert second.revisions["province-2022"].startswith("province-2022-r0002-")
    revisions = second.table("dim_revision").filter(assessment_id="province-2022")
    revisions = revisions.sort("revision_no")
    assert revisions["status"].to_list() == ["superseded", "published"]
    assert "corrections/01_bac_kan.csv" in revisions["reason"][1]


def test_the_diff_names_both_figures_and_everyone_who_moved(story: Story, answer: Call) -> None:
    said = answer(show_changes, "province-2022", data=story.data)
    changed = {(f["unit_name"], f["component_code"]) for f in said["changed_figures"]}
    assert {("Bắc Kạn", story.central[0]), ("Ninh Bình", story.report[0])} <= changed
    assert {name for name, _ in changed} == {"Bắc Kạn", "Ninh Bình"}
    moved = {row["unit_name"]: row for row in said["rows"]}
    for name in ("Bắc Kạn", "Ninh Bình"):
        assert "own figures changed in component" in moved[name]["reason_en"]
    assert all(row["reason_en"] for row in said["rows"])


def test_the_parts_of_every_rank_move_add_up(story: Story) -> None:
    changes = story.second.table("fact_change")
    assert changes.height == 63 * 15
    causes = [f"rank_change_{cause}" for cause in ("rules", "framework", "units", "others", "own")]
    ranked = changes.filter(pl.col("rank_change").is_not_null())
    assert ranked.height == 63 * 14
    assert ranked.filter(pl.sum_horizontal(causes) != pl.col("rank_change")).is_empty()
    assert ranked["rank_change_rules"].unique().to_list() == [0]
    bystanders = ranked.filter(~pl.col("unit_name").is_in(["Bắc Kạn", "Ninh Bình"]))
    assert bystanders["rank_change_own"].unique().to_list() == [0]
    for row in bystanders.filter(pl.col("rank_change") != 0).iter_rows(named=True):
        assert "other units' figures changed" in row["reason_en"]


def compared(release: Release) -> pl.DataFrame:
    """Set what 2023 shows as its earlier points beside what 2022 shows in the same release."""
    ranking = release.table("fact_ranking")
    key = ["unit_id", "scope", "concept"]
    before, after = (ranking.filter(assessment_id=name) for name in ASSESSMENTS)
    return after.join(before.select(*key, value_2022="value", points_2022="points"), on=key)


def test_a_correction_of_2022_reaches_what_2023_shows_as_its_change(story: Story) -> None:
    both = [compared(release) for release in (story.first, story.second)]
    for frame in both:
        assert frame.height == 63 * 10
        assert frame.filter(pl.col("value_prev") != pl.col("value_2022")).is_empty()
    assert both[0]["value"].equals(both[1]["value"])
    assert not both[0]["points_2022"].equals(both[1]["points_2022"])
    assert touched(story.second, before=story.first) == [
        Text(
            "province-2023: mức thay đổi so với province-2022",
            "province-2023: change on province-2022",
        )
    ]


def test_the_first_release_still_verifies_byte_for_byte(story: Story) -> None:
    assert hashes(story.first.folder) == story.before
    assert verify_release(story.first.release_id, data=story.data) == 0


def test_the_first_revision_recomputes_to_the_same_bytes(story: Story) -> None:
    store = Store(Workspace(data=story.data).store)
    assert recompute(store.revision(story.first.revisions["province-2022"]), store) == []


def test_the_history_of_a_unit_names_figure_source_grounds_and_effect(
    story: Story, answer: Call
) -> None:
    code, name, value = story.report
    said = answer(explain_unit, "province-2022", "Ninh Bình", history=True, data=story.data)
    assert [row["revision_no"] for row in said["results"]] == [1, 2]
    assert [row["status"] for row in said["results"]] == ["superseded", "current"]
    assert said["results"][1]["points"] > said["results"][0]["points"]
    (figure,) = [
        row for row in said["rows"] if (row["component_code"], row["variable"]) == (code, name)
    ]
    assert (figure["figure_from"], figure["figure_to"]) == (str(value), str(value + 1))
    assert figure["source_kind"] == "correction"
    assert "02_ninh_binh.xlsx" in figure["place"]
    assert "02/UBND" in figure["evidence_text"]


def test_withdrawing_the_second_makes_the_first_current_again(story: Story, answer: Call) -> None:
    data, decision = story.data, {"by": "Hội đồng", "reason": "sai thẩm quyền"}
    assert withdraw_release(story.second.release_id, **decision, data=data) == 0
    assert story.published.release(None).release_id == story.first.release_id
    listed = answer(list_releases, data=data)["rows"]
    assert [row["status"] for row in listed] == ["published", "withdrawn"]
    assert {name: listed[1][name] for name in decision} == decision
    # Until the two files are taken away, every command names them.
    names = r"was withdrawn; .*corrections/01_bac_kan\.csv, .*corrections/02_ninh_binh\.xlsx"
    with pytest.raises(WithdrawnInputsError, match=names):
        run_assessments(ASSESSMENTS, data=data, reason="")
    assert "02_ninh_binh.xlsx" in answer(show_status, "province-2022", data=data)["waits"]
    for path in (data / "raw/province-2022/corrections").iterdir():
        path.unlink()
    assert run_assessments(ASSESSMENTS, data=data, reason="") == 0
    assert story.published.release(None).release_id == story.first.release_id


def test_a_later_revision_is_compared_with_what_stands_not_with_what_was_withdrawn(
    story: Story, answer: Call
) -> None:
    def changes() -> dict[str, str]:
        """Return unit → figure before of a new draft, which is compared with the first release."""
        shown = {"as_of": story.draft().release_id, "data": story.data}
        told = answer(show_changes, "province-2022", **shown)
        assert told["revision_from"] == story.first.revisions["province-2022"]
        return {one["unit_name"]: one["figure_from"] for one in told["changed_figures"]}

    story.correct("03_bac_kan.csv", "Bắc Kạn", story.central)
    assert changes() == {"Bắc Kạn": str(story.central[2])}
    # A second draft is compared with what is published as well, not with the first draft.
    story.correct("04_ninh_binh.csv", "Ninh Bình", story.report)
    assert set(changes()) == {"Bắc Kạn", "Ninh Bình"}


def test_a_draft_can_be_thrown_away(story: Story, printed: Call) -> None:
    data, published = story.data, story.published
    story.correct("05_ninh_binh.csv", "Ninh Bình", story.report)
    draft = story.draft()
    current = published.latest()
    assert current is not None
    decision = {"by": "Tổ giúp việc", "reason": "lập nhầm"}
    number = draft.release_id.partition("-")[0]
    text = printed(discard_draft, number, **decision, data=data)
    assert text == f"Đã hủy bản dự thảo: {draft.release_id}\n"
    assert not draft.folder.exists()
    last = published.journal.entries()[-1]
    assert (last.release_id, last.event, last.by) == (draft.release_id, "discarded", "Tổ giúp việc")
    assert last.sha256 == draft.manifest_sha256
    assert published.latest() == current
    with pytest.raises(ReleaseStateError, match="không phải là bản dự thảo"):
        discard_draft(current.release_id, **decision, data=data)
    # The next draft does not take the number of the one that the journal names.
    following = story.draft().release_id
    assert int(following[1:5]) == int(draft.release_id[1:5]) + 1
