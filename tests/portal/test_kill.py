"""A process that is killed while it sends, freezes or approves: done with its file, or not done."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.portal.served import BEGIN, FILL, PASSWORD, run

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
# `benchmarks/portal_kills.py` asks for a hundred.
MOMENTS = int(os.environ.get("PORTAL_KILLS", "10"))

MODELS = """
import hashlib
from dti_pipeline.portal import audit, council, reviews, rounds
from dti_pipeline.portal.answers import save_answer
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.dossiers import take_step
from dti_pipeline.portal.models import *
"""
PEOPLE = f"""{MODELS}
def who(name):
    return Actor(Account.objects.get(email=f"{{name}}@example.vn"))
round_, dossier = Round.objects.get(), Dossier.objects.get(unit_id="VN-P63-06")
"""
# Sends and recalls for ever, so that a kill finds it anywhere.
SEND = f"""{PEOPLE}
leader = who("leader")
print("ready", flush=True)
while True:
    dossier.refresh_from_db()
    if dossier.state == "with_leader":
        take_step(leader, dossier.pk, "send")
    else:
        take_step(leader, dossier.pk, "recall", "phát hiện nhập sai")
"""
SENT = f"""
prepare()
{MODELS}
dossier = Dossier.objects.get(unit_id="VN-P63-06")
path = data / "raw/province-2022/self_reports/06_bac_kan.xlsx"
current = list(dossier.sent.filter(is_current=True))
if dossier.state == "sent":
    assert len(current) == 1
    assert hashlib.sha256(path.read_bytes()).hexdigest() == current[0].file_id
else:
    assert dossier.state == "with_leader" and current == [] and not path.exists()
assert not [p for p in audit.problems()], list(audit.problems())
"""
# Decides, freezes, goes to the council, which writes a file of appraisals, and back again.
FREEZE = f"""{PEOPLE}
reviewer, operator, head = who("reviewer"), who("operator"), who("head")
def is_written():
    held = {{(one.pk, one.version) for one in Decision.objects.all()}}
    files = Delivery.objects.filter(kind="appraisal").values_list("content", flat=True)
    return held <= {{tuple(pair) for content in files for pair in content["decisions"]}}
print("ready", flush=True)
while True:
    round_.refresh_from_db()
    dossier.refresh_from_db()
    if round_.proposal:
        rounds.confirm(head, round_.pk, round_.proposal)
    elif round_.state == "council":
        rounds.propose(operator, round_.pk, "back_to_review", "cần xem lại một chỉ số")
    elif dossier.state == "frozen" and is_written():
        take_step(operator, dossier.pk, "unfreeze", "cần xem lại một chỉ số")
    elif dossier.state == "frozen":
        rounds.propose(operator, round_.pk, "council")
    else:
        held = Decision.objects.first()
        version = held.version if held else 0
        ruling = reviews.Ruling(
            "adjusted", "press_items", str(200 + version), "evidence_differs", "đếm trùng tin bài"
        )
        reviews.decide(reviewer, dossier.pk, "0105", ruling, base_version=version)
        take_step(reviewer, dossier.pk, "freeze")
"""
FROZEN = f"""
prepare()
{MODELS}
round_, dossier = Round.objects.get(), Dossier.objects.get(unit_id="VN-P63-06")
folder = data / "raw/province-2022/appraisals"
files = {{one.path: one for one in Delivery.objects.filter(kind="appraisal")}}
for path, delivery in files.items():
    assert hashlib.sha256((data / path).read_bytes()).hexdigest() == delivery.file_id, path
present = {{f"raw/province-2022/appraisals/{{one.name}}" for one in folder.glob("[0-9]*")}}
assert present == set(files), present ^ set(files)
written = {{tuple(pair) for one in files.values() for pair in one.content["decisions"]}}
if round_.state == "council":
    assert dossier.state == "frozen"
    assert {{(one.pk, one.version) for one in Decision.objects.all()}} <= written
last = Event.objects.filter(action__in=("freeze", "unfreeze")).last()
assert dossier.state == (last.after if last else "explanation_sent")
assert not [p for p in audit.problems()], list(audit.problems())
"""
APPROVE = f"""{PEOPLE}
member = who("council2")
release_id = DraftRun.objects.get().release_id
print("ready", flush=True)
council.vote(member, round_, release_id, "approve", "thống nhất tại phiên họp")
print("done", flush=True)
sys.stdin.read()
"""
APPROVED = f"""
prepare()
{MODELS}
from dti_pipeline.release.releases import Published
from dti_pipeline.workspace import Workspace
published = Published(Workspace(data=data).published)
release_id = DraftRun.objects.get().release_id
votes = list(Vote.objects.all())
entries = [one for one in published.journal.entries() if one.by == "Người council; Người council2"]
current = published.latest()
if len(votes) == 2:
    assert current.release_id == release_id
    assert [one.event for one in entries] == ["approved", "published"], entries
    assert all(one.is_done for one in votes)
    assert Event.objects.filter(action="release_approve").count() == 1
else:
    assert current is None and not entries and not votes[0].is_done
assert not [p for p in audit.problems()], list(audit.problems())
print(len(votes))
"""


def kill_somewhere(code: str, data: Path, chance: random.Random, seconds: float) -> None:
    """Start code, wait until it works, and kill it at some moment."""
    process = subprocess.Popen(
        [sys.executable, "-c", BEGIN + code, str(data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "ready\n"
    time.sleep(chance.uniform(0, seconds))
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdin.close()
    process.stdout.close()


@pytest.fixture
def chance() -> random.Random:
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # pytest shows it where a test fails
    return random.Random(seed)


@pytest.fixture
def filled(tmp_path: Path, central_files: Path) -> Path:
    data = tmp_path / "data"
    shutil.copytree(central_files, data)
    run(FILL, data, PASSWORD)
    return data


def test_a_killed_process_leaves_a_dossier_sent_with_its_file_or_not_sent(
    filled: Path, chance: random.Random
) -> None:
    run(f'{PEOPLE}\nDossier.objects.filter(pk=dossier.pk).update(state="with_leader")', filled)
    for _ in range(MOMENTS):
        kill_somewhere(SEND, filled, chance, seconds=2)
        run(SENT, filled)


def test_a_killed_process_leaves_a_dossier_frozen_with_its_decisions_or_open(
    filled: Path, chance: random.Random
) -> None:
    prepare = f"""{PEOPLE}
save_answer(who("specialist"), dossier.pk, ("0105", "press_items"), {{"text": "225"}}, base_version=0)
Dossier.objects.filter(pk=dossier.pk).update(state="explanation_sent")
days = [timezone.localdate() + timedelta(days=n) for n in (-9, -6, -5, 5)]
Round.objects.update(
    state="second_review", declare_from=days[0], declare_until=days[1], explain_from=days[2],
    explain_until=days[3],
)
"""
    run(prepare, filled)
    for _ in range(MOMENTS):
        kill_somewhere(FREEZE, filled, chance, seconds=3)
        run(FROZEN, filled)


def test_a_killed_process_leaves_a_release_approved_by_two_or_a_draft(
    filled: Path, chance: random.Random, tmp_path: Path
) -> None:
    source = REPOSITORY / "data" / "raw" / "province-2022" / "self_reports"
    shutil.copytree(source, filled / "raw" / "province-2022" / "self_reports")
    job = tmp_path / "job"
    job.mkdir()
    command = [sys.executable, "-m", "dti_pipeline.portal.draft_job", str(job), "province-2022"]
    subprocess.run([*command, str(filled), "dự thảo cho Hội đồng"], check=True, cwd=REPOSITORY)
    vote = f"""{PEOPLE}
import json
result = json.loads(Path(sys.argv[2]).read_text())
member, release_id = who("council"), result["release_id"]
Round.objects.update(state="council")
round_.refresh_from_db()
DraftRun.objects.create(round=round_, state="done", release_id=release_id, by=member.person)
council.vote(member, round_, release_id, "approve", "thống nhất tại phiên họp")
"""
    run(vote, filled, str(job / "result.json"))
    for _ in range(MOMENTS):
        data = tmp_path / "copy"
        shutil.copytree(filled, data)
        kill_somewhere(APPROVE, data, chance, seconds=1)
        run(APPROVED, data)
        shutil.rmtree(data)
