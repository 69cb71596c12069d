"""The story of a correction: run, correct two figures, rerun, see why, withdraw, be back.

The README tells the same story by its commands.
"""

import csv
import hashlib
import json
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from dti_pipeline.cli.diff import show_changes
from dti_pipeline.cli.history import show_history
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
from tests.conftest import copy_deliveries

ASSESSMENTS = ("province-2022", "province-2023")
HEAD = ["unit", "component_code", "variable", "value", "reason", "authority", "reference"]


def hashes(release: Release) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in release.folder.iterdir()
    }


def figure_of(release: Release, unit: str, *, central: bool) -> tuple[str, str, int]:
    """Return a count a unit could raise: component, variable, present figure."""
    kind = "central" if central else "self_report"
    lost = release.table("fact_component_score").filter(
        pl.col("assessment_id") == "province-2022",
        pl.col("unit_name") == unit,
        pl.col("points_lost") > 1,
        pl.col("lost_reason") == "not_reached",
    )
    ratios = release.table("dim_indicator").filter(
        pl.col("framework_id") == "province-922", pl.col("rule_kind") == "ratio"
    )
    framework = define("province-2022", workspace=Workspace(data=Path("."))).frameworks[
        "province-922"
    ]
    numerators = {
        (component.code, name)
        for component in framework.components
        for part in component.parts
        for name in getattr(part.rule, "numerator", ())
    }
    figures = release.table("fact_observation").filter(
        pl.col("assessment_id") == "province-2022",
        pl.col("unit_name") == unit,
        pl.col("accepted"),
        pl.col("source_kind") == kind,
        pl.col("value_micro") > 0,
        pl.col("component_code").is_in(lost["component_code"].implode()),
        pl.col("component_code").is_in(ratios["indicator_code"].implode()),
    )
    for row in figures.iter_rows(named=True):
        if (row["component_code"], row["variable"]) in numerators:
            return row["component_code"], row["variable"], row["value_micro"] // 1_000_000
    raise AssertionError(unit)


def write_correction(path: Path, unit: str, figure: tuple[str, str, int]) -> None:
    """Write a correction that makes a figure larger by one."""
    code, name, value = figure
    with path.open("w", encoding="utf-8", newline="") as sink:
        rows = csv.writer(sink)
        rows.writerow(HEAD)
        rows.writerow([unit, code, name, value + 1, "đếm thiếu", "Cục A", "01/CV-CA"])


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """Run, correct one central figure of Bắc Kạn and one report of Ninh Bình, run again."""
    data = copy_deliveries(tmp_path_factory.mktemp("story") / "data", *ASSESSMENTS)
    published = Published(Workspace(data=data).published)
    assert run_assessments(ASSESSMENTS, data=data, reason="") == 0
    first = published.release(None)
    before = hashes(first)
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
    return {
        "data": data,
        "first": first,
        "before": before,
        "second": published.release(None),
        "central": central,
        "report": report,
    }


def test_the_rerun_makes_one_revision_and_one_release(story: dict[str, object]) -> None:
    first, second = story["first"], story["second"]
    assert isinstance(first, Release)
    assert isinstance(second, Release)
    assert second.release_id != first.release_id
    assert second.manifest["supersedes"] == first.release_id
    assert second.manifest["reason"] == "đính chính"
    assert second.revisions["province-2023"] == first.revisions["province-2023"]
    assert second.revisions["province-2022"].startswith("province-2022-r0002-")
    revisions = second.table("dim_revision").filter(pl.col("assessment_id") == "province-2022")
    assert revisions.sort("revision_no")["status"].to_list() == ["superseded", "published"]
    assert "corrections/01_bac_kan.csv" in revisions.sort("revision_no")["reason"][1]


def test_the_diff_names_both_figures_and_everyone_who_moved(
    story: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    data = story["data"]
    assert isinstance(data, Path)
    status = show_changes(
        "province-2022",
        before=None,
        after=None,
        scope="overall",
        as_of=None,
        data=data,
        as_json=True,
    )
    said = json.loads(capsys.readouterr().out)
    assert status == 0
    changed = {(f["unit_name"], f["component_code"]) for f in said["changed_figures"]}
    assert {("Bắc Kạn", story["central"][0]), ("Ninh Bình", story["report"][0])} <= changed  # type: ignore[index]
    assert {name for name, _ in changed} == {"Bắc Kạn", "Ninh Bình"}
    moved = {row["unit_name"]: row for row in said["rows"]}
    for name in ("Bắc Kạn", "Ninh Bình"):
        assert "own figures changed in component" in moved[name]["reason_en"]
    assert all(row["reason_en"] for row in said["rows"])


def test_the_parts_of_every_rank_move_add_up(story: dict[str, object]) -> None:
    second = story["second"]
    assert isinstance(second, Release)
    changes = second.table("fact_change")
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
    before = ranking.filter(pl.col("assessment_id") == "province-2022")
    after = ranking.filter(pl.col("assessment_id") == "province-2023")
    return after.join(before.select(*key, value_2022="value", points_2022="points"), on=key)


def test_a_correction_of_2022_reaches_what_2023_shows_as_its_change(
    story: dict[str, object],
) -> None:
    first, second = story["first"], story["second"]
    assert isinstance(first, Release)
    assert isinstance(second, Release)
    both = [compared(release) for release in (first, second)]
    for frame in both:
        assert frame.height == 63 * 10
        assert frame.filter(pl.col("value_prev") != pl.col("value_2022")).is_empty()
    assert both[0]["value"].equals(both[1]["value"])
    assert not both[0]["points_2022"].equals(both[1]["points_2022"])
    assert touched(second, before=first) == [
        Text(
            "province-2023: mức thay đổi so với province-2022",
            "province-2023: change on province-2022",
        )
    ]


def test_the_first_release_still_verifies_byte_for_byte(story: dict[str, object]) -> None:
    first, data = story["first"], story["data"]
    assert isinstance(first, Release)
    assert isinstance(data, Path)
    assert hashes(first) == story["before"]
    assert verify_release(first.release_id, recompute=False, data=data, as_json=False) == 0


def test_the_first_revision_recomputes_to_the_same_bytes(story: dict[str, object]) -> None:
    first, data = story["first"], story["data"]
    assert isinstance(first, Release)
    assert isinstance(data, Path)
    store = Store(Workspace(data=data).store)
    assert recompute(store.revision(first.revisions["province-2022"]), store) == []


def test_the_history_of_a_unit_names_figure_source_grounds_and_effect(
    story: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    data = story["data"]
    assert isinstance(data, Path)
    code, name, value = story["report"]  # type: ignore[misc]
    status = show_history(
        "province-2022", "Ninh Bình", component=None, as_of=None, data=data, as_json=True
    )
    said = json.loads(capsys.readouterr().out)
    assert status == 0
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


def test_withdrawing_the_second_makes_the_first_current_again(
    story: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, data = story["first"], story["second"], story["data"]
    assert isinstance(first, Release)
    assert isinstance(second, Release)
    assert isinstance(data, Path)
    status = withdraw_release(second.release_id, by="Hội đồng", reason="sai thẩm quyền", data=data)
    assert status == 0
    published = Published(Workspace(data=data).published)
    assert published.release(None).release_id == first.release_id
    capsys.readouterr()
    assert list_releases(data=data, as_json=True) == 0
    listed = json.loads(capsys.readouterr().out)["rows"]
    assert [row["status"] for row in listed] == ["published", "withdrawn"]
    assert listed[1]["by"] == "Hội đồng"
    assert listed[1]["reason"] == "sai thẩm quyền"
    # Until the two files are taken away, every command names them.
    names = r"was withdrawn; .*corrections/01_bac_kan\.csv, .*corrections/02_ninh_binh\.xlsx"
    with pytest.raises(WithdrawnInputsError, match=names):
        run_assessments(ASSESSMENTS, data=data, reason="")
    assert show_status("province-2022", data=data, as_json=True) == 0
    assert "02_ninh_binh.xlsx" in json.loads(capsys.readouterr().out)["waits"]
    for path in (data / "raw/province-2022/corrections").iterdir():
        path.unlink()
    assert run_assessments(ASSESSMENTS, data=data, reason="") == 0
    assert published.release(None).release_id == first.release_id


def test_a_later_revision_is_compared_with_what_stands_not_with_what_was_withdrawn(
    story: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    first, data = story["first"], story["data"]
    assert isinstance(first, Release)
    assert isinstance(data, Path)
    central = story["central"]
    assert isinstance(central, tuple)
    write_correction(data / "raw/province-2022/corrections/03_bac_kan.csv", "Bắc Kạn", central)
    assert run_assessments(["province-2022"], data=data, reason="", is_draft=True) == 0
    draft = Published(Workspace(data=data).published).releases()[-1]
    capsys.readouterr()
    shown = {
        "scope": "overall",
        "as_of": draft.release_id,
        "data": data,
        "as_json": True,
    }
    assert show_changes("province-2022", before=None, after=None, **shown) == 0  # type: ignore[arg-type]
    told = json.loads(capsys.readouterr().out)
    assert told["revision_from"] == first.revisions["province-2022"]
    assert [(one["unit_name"], one["figure_from"]) for one in told["changed_figures"]] == [
        ("Bắc Kạn", str(central[2]))
    ]
    # A second draft is compared with what is published as well, not with the first draft.
    third, fourth = data / "raw/province-2022/corrections/03_bac_kan.csv", "04_ninh_binh.csv"
    report = story["report"]
    assert isinstance(report, tuple)
    write_correction(third.with_name(fourth), "Ninh Bình", report)
    assert run_assessments(["province-2022"], data=data, reason="", is_draft=True) == 0
    second = Published(Workspace(data=data).published).releases()[-1]
    capsys.readouterr()
    shown["as_of"] = second.release_id
    assert show_changes("province-2022", before=None, after=None, **shown) == 0  # type: ignore[arg-type]
    told = json.loads(capsys.readouterr().out)
    assert told["revision_from"] == first.revisions["province-2022"]
    assert {one["unit_name"] for one in told["changed_figures"]} == {"Bắc Kạn", "Ninh Bình"}


def test_a_draft_can_be_thrown_away(
    story: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    data = story["data"]
    assert isinstance(data, Path)
    published = Published(Workspace(data=data).published)
    report = story["report"]
    assert isinstance(report, tuple)
    corrections = data / "raw/province-2022/corrections"
    write_correction(corrections / "05_ninh_binh.csv", "Ninh Bình", report)
    assert run_assessments(["province-2022"], data=data, reason="", is_draft=True) == 0
    capsys.readouterr()
    draft = published.releases()[-1]
    current = published.latest()
    assert current is not None
    decision = {"by": "Tổ giúp việc", "reason": "lập nhầm"}
    number = draft.release_id.partition("-")[0]
    assert discard_draft(number, **decision, data=data) == 0
    assert capsys.readouterr().out == f"Đã hủy bản dự thảo: {draft.release_id}\n"
    assert not draft.folder.exists()
    last = published.journal.entries()[-1]
    assert (last.release_id, last.event, last.by) == (draft.release_id, "discarded", "Tổ giúp việc")
    assert last.sha256 == draft.manifest_sha256
    assert published.latest() == current
    with pytest.raises(ReleaseStateError, match="không phải là bản dự thảo"):
        discard_draft(current.release_id, **decision, data=data)
    # The next draft does not take the number of the one that the journal names.
    assert run_assessments(["province-2022"], data=data, reason="", is_draft=True) == 0
    following = published.releases()[-1].release_id
    assert int(following[1:5]) == int(draft.release_id[1:5]) + 1
