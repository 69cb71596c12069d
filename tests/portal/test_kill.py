"""A process that is killed while a dossier is sent: it is sent with its file, or not sent."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

MOMENTS = int(os.environ.get("PORTAL_KILLS", "10"))

# Sends, recalls and freezes for ever, so that a kill finds it anywhere.
LOOP = """
import sys
from pathlib import Path
from dti_pipeline.portal.startup import configure
configure(Path(sys.argv[1]))
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.dossiers import take_step
from dti_pipeline.portal.models import Account, Dossier, Round
leader = Actor(Account.objects.get(email="leader@example.vn"))
dossier = Dossier.objects.get()
print("ready", flush=True)
while True:
    dossier.refresh_from_db()
    if dossier.state == "with_leader":
        take_step(leader, dossier.pk, "send")
    else:
        take_step(leader, dossier.pk, "recall", "phát hiện nhập sai")
"""
SETUP = """
import sys
from datetime import date, timedelta
from pathlib import Path
from dti_pipeline.portal.startup import configure, prepare
configure(Path(sys.argv[1]))
prepare()
from dti_pipeline.portal.models import Account, Assignment, Dossier, Round
today = date.today()
days = [today + timedelta(days=n) for n in (-5, 5, 6, 9)]
round_ = Round.objects.create(
    assessment_id="province-2022", state="open", declare_from=days[0], declare_until=days[1],
    explain_from=days[2], explain_until=days[3],
)
Dossier.objects.create(
    round=round_, unit_id="VN-P63-06", unit_name="Bắc Kạn", framework_id="province-922",
    place=4, state="with_leader",
)
account = Account.objects.create_account("leader@example.vn", "Lãnh đạo")
Assignment.objects.create(account=account, role="leader", unit_id="VN-P63-06")
"""
CHECK = """
import hashlib, sys
from pathlib import Path
from dti_pipeline.portal.startup import configure, prepare
data = Path(sys.argv[1])
configure(data)
prepare()
from dti_pipeline.portal import audit
from dti_pipeline.portal.models import Dossier
dossier = Dossier.objects.get()
path = data / "raw/province-2022/self_reports/06_bac_kan.xlsx"
current = list(dossier.sent.filter(is_current=True))
if dossier.state == "sent":
    assert len(current) == 1
    assert hashlib.sha256(path.read_bytes()).hexdigest() == current[0].file_id
else:
    assert dossier.state == "with_leader" and current == [] and not path.exists()
assert not [p for p in audit.problems()], list(audit.problems())
print(dossier.state, dossier.sent.count())
"""


def run(code: str, data: Path) -> str:
    command = [sys.executable, "-c", code, str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_a_killed_process_leaves_a_dossier_sent_with_its_file_or_not_sent(
    tmp_path: Path, central_files: Path
) -> None:
    data = tmp_path / "data"
    shutil.copytree(central_files, data)
    run(SETUP, data)
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    states = set()
    for _ in range(MOMENTS):
        process = subprocess.Popen(
            [sys.executable, "-c", LOOP, str(data)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0, 2))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        states.add(run(CHECK, data).split()[0])
    assert states <= {"sent", "with_leader"}, seed
