"""Provisional results: who has delivered is ranked, marked, and never published."""

import tomllib
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.run import run_assessments
from dti_pipeline.index.definition import Definition, define
from dti_pipeline.pipeline import compute
from dti_pipeline.release.folder import Release
from dti_pipeline.release.provisional import (
    NoProvisionalResultError,
    _content,
    draft_provisional,
)
from dti_pipeline.release.publish import input_state, publish_newest, save_revision
from dti_pipeline.release.releases import Published, ReleaseStateError
from dti_pipeline.store.inputs import Inputs, collect_inputs
from dti_pipeline.store.recorded import recompute
from dti_pipeline.store.revisions import Store
from dti_pipeline.workspace import Workspace
from tests.conftest import copy_deliveries

ASSESSMENT = "commune-hcmc-2026"
KEPT = 5


def keep_reports(data: Path, count: int) -> list[Path]:
    """Take away all reports but the first ones; return those that stay."""
    reports = sorted((data / "raw" / ASSESSMENT / "self_reports").iterdir())
    for report in reports[count:]:
        report.unlink()
    return reports[:count]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    data = copy_deliveries(tmp_path_factory.mktemp("provisional"), ASSESSMENT)
    keep_reports(data, KEPT)
    return Workspace(data)


@pytest.fixture(scope="module")
def draft(workspace: Workspace) -> Release:
    release, n_ranked, n_asked = draft_provisional(define(ASSESSMENT, workspace=workspace))
    assert (n_ranked, n_asked) == (KEPT, 168)
    return release


def test_those_who_have_delivered_are_ranked_among_themselves(draft: Release) -> None:
    ranking = draft.table("fact_ranking").filter(scope="overall")
    assert ranking.height == KEPT
    assert sorted(ranking["rank"]) == list(range(1, KEPT + 1))
    assert set(ranking["n_ranked"]) == {KEPT}


def test_the_title_says_that_it_is_provisional(draft: Release) -> None:
    (title,) = draft.table("dim_assessment").filter(assessment_id=ASSESSMENT)["title_vi"]
    assert title.endswith(f"TẠM TÍNH, mới có {KEPT}/168 đơn vị")


def with_missing(text: str, missing: list[str]) -> dict[str, Any]:
    """Return what the file of an assessment of three units says when some are missing."""
    parsed = tomllib.loads(text)
    definition = Mock()
    definition.assessment.configure_mock(**{n: parsed[n] for n in ("title_vi", "title_en")})
    return tomllib.loads(_content(definition, text, missing, 3).decode())


@pytest.mark.parametrize(
    "written",
    [
        '"Chỉ số \\"A\\""',
        "'Chỉ số \"A\"'  # tên đầy đủ",
        '"""\\\nChỉ số "A""""',
        '"""Chỉ\\\n số "A" """',
    ],
)
def test_a_title_is_marked_however_its_file_writes_it(written: str) -> None:
    text = f'title_vi = {written}\ntitle_en = "A"\nyear = 2022\n[[groups]]\nname_vi = "title_vi"\n'
    parsed = tomllib.loads(text)
    marked = with_missing(text, ["U2"])
    assert marked.pop("title_vi") == f"{parsed.pop('title_vi')} – TẠM TÍNH, mới có 2/3 đơn vị"
    assert marked.pop("title_en") == f"{parsed.pop('title_en')} – PROVISIONAL, 2 of 3 units"
    assert [unit["unit_id"] for unit in marked.pop("without_report")] == ["U2"]
    assert marked == parsed


@pytest.mark.parametrize(
    "written",
    [
        "[[groups]]",
        "without_report = [{unit_id = 'U1'}]\n[[groups]]",
        "[[without_report]]\nunit_id = 'U1'\n[[groups]]",
    ],
)
def test_missing_units_are_added_however_the_file_lists_others(written: str) -> None:
    text = f'title_vi = "A"\ntitle_en = "A"\n{written}\ncode = "G"\n'
    file = with_missing(text, ["U2", "U3"])
    present = [unit["unit_id"] for unit in tomllib.loads(text).get("without_report", [])]
    assert [unit["unit_id"] for unit in file["without_report"]] == [*present, "U2", "U3"]
    assert file["without_report"][-1]["treatment"] == "not_assessed"
    assert file["groups"] == [{"code": "G"}]


def test_nothing_is_published_and_the_draft_cannot_be_approved(
    workspace: Workspace, draft: Release
) -> None:
    published = Published(workspace.published)
    assert published.latest() is None
    assert published.status(draft.release_id) == "draft"
    with pytest.raises(ReleaseStateError, match="provisional results of commune-hcmc-2026"):
        published.approve(draft.release_id, by="Hội đồng", reason="thử")
    assert published.latest() is None


@pytest.mark.usefixtures("draft")
def test_the_provisional_revision_is_computed_again_to_the_same_bytes(workspace: Workspace) -> None:
    store = Store(workspace.store)
    (revision,) = store.revisions(ASSESSMENT)
    assert revision.is_provisional
    assert recompute(revision, store) == []


def test_the_same_deliveries_give_no_second_revision(workspace: Workspace, draft: Release) -> None:
    again, _, _ = draft_provisional(define(ASSESSMENT, workspace=workspace))
    assert again.release_id == draft.release_id
    assert len(Store(workspace.store).revisions(ASSESSMENT)) == 1


def test_what_is_computed_is_what_was_hashed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = copy_deliveries(tmp_path, ASSESSMENT)
    reports = keep_reports(data, KEPT)

    def collected(definition: Definition) -> Inputs:
        inputs = collect_inputs(definition)
        reports[0].unlink(missing_ok=True)  # taken away before it is read
        return inputs

    monkeypatch.setattr("dti_pipeline.release.provisional.collect_inputs", collected)
    workspace = Workspace(data)
    release, n_ranked, _ = draft_provisional(define(ASSESSMENT, workspace=workspace))
    assert n_ranked == KEPT
    assert release.table("fact_ranking").filter(scope="overall").height == KEPT
    store = Store(workspace.store)
    (revision,) = store.revisions(ASSESSMENT)
    assert recompute(revision, store) == []


@pytest.mark.usefixtures("draft")
def test_no_later_run_publishes_it(workspace: Workspace) -> None:
    copy_deliveries(workspace.data, "province-2020")
    other = define("province-2020", workspace=workspace)
    store = Store(workspace.store)
    save_revision(other, store, tables=compute(other), state=input_state(other, workspace))
    release, _ = publish_newest(workspace)
    assert set(release.revisions) == {"province-2020"}
    state = input_state(define(ASSESSMENT, workspace=workspace), workspace)
    assert (state.revision, state.changes) == (None, "first computation")


def test_one_assessment_is_named(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="--provisional"):
        run_assessments([], data=workspace.data, is_provisional=True)


def test_where_nobody_or_nearly_everybody_is_missing_there_is_nothing_provisional(
    tmp_path: Path,
) -> None:
    data = copy_deliveries(tmp_path, ASSESSMENT)
    definition = define(ASSESSMENT, workspace=Workspace(data))
    with pytest.raises(NoProvisionalResultError, match="no report is missing"):
        draft_provisional(definition)
    keep_reports(data, 1)
    with pytest.raises(NoProvisionalResultError, match="1 of 168"):
        draft_provisional(definition)
