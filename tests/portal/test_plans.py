"""The plan that a unit follows: uploaded, its progress entered, forecast, refused to others."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from dti_pipeline.cli.plan import plan_unit
from dti_pipeline.portal import plans, sending
from dti_pipeline.portal.models import Dossier, Event, UnitPlan
from dti_pipeline.release.folder import Release
from tests.portal.conftest import Actors, Browse

AIM = "40"


@pytest.fixture(scope="module")
def workbook(
    province_data: Path, province_release: Release, tmp_path_factory: pytest.TempPathFactory
) -> bytes:
    """Return a plan of Bắc Kạn, as `dti plan` writes it."""
    path = tmp_path_factory.mktemp("plan") / "plan.xlsx"
    plan_unit("province-2022", "Bắc Kạn", target_rank=AIM, out=path, data=province_data)
    return path.read_bytes()


@pytest.fixture
def address(dossier: Dossier, data: Path, province_data: Path) -> str:
    """Return the page of the plan, in a data folder with a release."""
    (data / "published").symlink_to(province_data / "published")
    return f"/dossiers/{dossier.pk}/plan/"


def upload(client: Any, address: str, content: bytes) -> Any:
    file = SimpleUploadedFile("plan.xlsx", content)
    return client.post(address, {"upload": "1", "file": file})


def test_a_unit_follows_its_plan(
    address: str, dossier: Dossier, workbook: bytes, browse: Browse
) -> None:
    page = browse("specialist").get(address).content.decode()
    assert "Cơ quan chủ trì lập kế hoạch nâng hạng thành tệp Excel và gửi cho đơn vị" in page
    assert "dti plan" not in page  # a unit has no terminal
    assert upload(browse("specialist"), address, workbook).status_code == 302
    plan = UnitPlan.objects.get()
    report = plans.report_of(plan)
    assert report is not None
    now, last = report["quarters"][0], report["quarters"][-1]
    assert (report["n_done"], now["value"]) == (0, last["value"])
    assert report["left_value"] == pytest.approx(report["needed_value"] - now["value"])
    assert last["rank_planned"] <= int(AIM) < now["rank"]
    for task in report["tasks"]:
        form = {"code": task["component_code"], "status": "done", "percent": "0"}
        assert browse("leader").post(address, form).status_code == 302
    report = plans.report_of(UnitPlan.objects.get())
    assert report is not None
    assert (report["n_behind"], report["left_value"]) == (0, 0)
    assert report["n_done"] == len(report["tasks"])
    assert report["quarters"][0]["rank"] <= int(AIM)
    page = browse("monitor").get(address).content.decode()
    assert "đã xong, 100%" in page
    assert "<select" not in page
    assert {"plan_kept", "plan_progress"} <= set(Event.objects.values_list("action", flat=True))
    # A new workbook begins anew.
    upload(browse("specialist"), address, workbook)
    assert UnitPlan.objects.get().progress == {}
    assert UnitPlan.objects.get().at <= timezone.now()


def test_what_makes_no_sense_is_refused(
    address: str, dossier: Dossier, workbook: bytes, browse: Browse
) -> None:
    entry = {"code": "0105", "status": "done", "percent": "100"}
    assert browse("leader").post(address, entry).status_code == 403  # there is no plan yet
    form = sending.report_content(dossier)
    page = upload(browse("leader"), address, form).content.decode()
    assert "Không đọc được kế hoạch" in page
    assert "dti plan" not in page
    upload(browse("leader"), address, workbook)
    (code, *_) = [task.component_code for task in plans.progress_of(UnitPlan.objects.get()).tasks]
    for entry in (
        {"code": code, "status": "in_progress", "percent": "100"},
        {"code": code, "status": "in_progress", "percent": "101"},
        {"code": code, "status": "fast", "percent": "1"},
        {"code": "9999", "status": "done", "percent": "100"},
    ):
        assert browse("leader").post(address, entry).status_code in (403, 409), entry
    entry = {"code": code, "status": "in_progress", "percent": "30"}
    for role in ("reviewer", "operator", "monitor", "admin"):
        assert browse(role).post(address, entry).status_code == 403, role
        assert upload(browse(role), address, workbook).status_code == 403, role
    assert UnitPlan.objects.get().progress == {}
    Dossier.objects.filter(pk=dossier.pk).update(unit_id="VN-P63-08", unit_name="Tuyên Quang")
    assert browse("leader").get(address).status_code == 403


def test_an_old_page_of_a_plan_overwrites_no_newer_progress_and_no_newer_plan(
    address: str, dossier: Dossier, workbook: bytes, browse: Browse
) -> None:
    def page_of(role: str) -> str:
        (since,) = set(
            re.findall(r'name="since" value="(\d+)"', browse(role).get(address).content.decode())
        )
        return since

    upload(browse("specialist"), address, workbook)
    code, other, *_ = [t.component_code for t in plans.progress_of(UnitPlan.objects.get()).tasks]
    old = page_of("leader")
    entry = {"code": code, "status": "in_progress", "percent": "60", "since": page_of("specialist")}
    assert browse("specialist").post(address, entry).status_code == 302
    entry |= {"percent": "30", "since": old}
    answer = browse("leader").post(address, entry)
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Người specialist &lt;specialist@example.vn&gt; đã thực hiện" in page
    assert "“Ghi tiến độ kế hoạch” (" in page
    assert f"Bắc Kạn {code})" in page
    assert "tiến độ (%): 30" in page
    assert UnitPlan.objects.get().progress == {code: {"status": "in_progress", "percent": 60}}
    file = SimpleUploadedFile("plan.xlsx", workbook)
    form = {"upload": "1", "file": file, "since": old}
    assert browse("leader").post(address, form).status_code == 409
    assert UnitPlan.objects.get().progress[code]["percent"] == 60
    # What nobody changed is as the page shows it.
    assert browse("leader").post(address, entry | {"code": other}).status_code == 302
    old = page_of("leader")
    upload(browse("specialist"), address, workbook)
    answer = browse("leader").post(address, entry | {"since": old})
    assert answer.status_code == 409
    assert "“Nộp kế hoạch nâng hạng”" in answer.content.decode()
    assert UnitPlan.objects.get().progress == {}


def test_a_plan_of_another_unit_is_refused(
    other: Dossier, workbook: bytes, browse: Browse, actors: Actors
) -> None:
    actors["leader"].person.assignments.update(unit_id=other.unit_id)
    answer = upload(browse("leader"), f"/dossiers/{other.pk}/plan/", workbook)
    assert answer.status_code == 409
    assert "không phải của Hà Nội (tệp ghi: Bắc Kạn)" in answer.content.decode()
    assert not UnitPlan.objects.exists()
