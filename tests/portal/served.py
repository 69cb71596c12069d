"""A portal in a process of its own, for tests that look at it from outside."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.conftest import REPOSITORY
from tests.servers import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Page

PASSWORD = "rat-dai-va-kho-doan"

# Code that works on a portal in a data folder begins with this.
BEGIN = """
import sys
from datetime import timedelta
from pathlib import Path
from django.utils import timezone
from dti_pipeline.portal.startup import configure, prepare
data = Path(sys.argv[1])
configure(data)
"""
# Accounts for every role, two members of the council, two units; the agencies' figures are read.
FILL = """
prepare()
from dti_pipeline.portal import figures
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.chain import ROLES, UNIT_ROLES
from dti_pipeline.portal.evidence import store
from dti_pipeline.portal.models import Account, Assignment, Dossier, Round, WorkbookImport
today = timezone.localdate()
days = [today + timedelta(days=n) for n in (-5, 5, 6, 9)]
round_ = Round.objects.create(
    assessment_id="province-2022", state="open", declare_from=days[0], declare_until=days[1],
    explain_from=days[2], explain_until=days[3],
)
for place, unit_id, name in ((1, "VN-P63-01", "Hà Nội"), (4, "VN-P63-06", "Bắc Kạn")):
    Dossier.objects.create(
        round=round_, unit_id=unit_id, unit_name=name, framework_id="province-922", place=place
    )
change = {
    "code": "0105", "variable": "press_items", "cell": "Báo cáo H30", "status": "ambiguous",
    "before": {"text": "225"}, "after": {"text": "1.234"}, "base_version": 0,
}
for role in [*ROLES, "council2"]:
    account = Account.objects.create_account(f"{role}@example.vn", f"Người {role}", "Sở TTTT")
    account.set_password(sys.argv[2])
    account.save()
    name = role.rstrip("2")
    owned = name in UNIT_ROLES
    Assignment.objects.create(
        account=account, role=name, unit_id="VN-P63-06" if owned else ""
    )
    if role == "specialist":
        WorkbookImport.objects.create(
            dossier_id=2, file=store(b"PK", "xlsx"), file_name="a.xlsx", changes=[change],
            problems=[{"vi": "Số chưa rõ", "en": "Not clear", "code": "0105"}], by=account,
        )
    if role == "operator":
        figures.read_central(Actor(account), round_)
"""


def run(code: str, data: Path, *arguments: str, **variables: str) -> str:
    """Run code on a portal in a process of its own; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + code, str(data), *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **variables},
        cwd=REPOSITORY,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def dti(*arguments: str, status: int = 0) -> str:
    """Run a command that ends with a status; return what it printed."""
    command = [sys.executable, "-m", "dti_pipeline.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout


@contextmanager
def serve(data: Path, *options: str, seconds: float = 60) -> Iterator[tuple[str, str]]:
    """Start ``dti portal``; yield its address and what it printed before serving."""
    port = free_port()
    log = data.with_name(f"{data.name}-portal.log")
    command = [sys.executable, "-m", "dti_pipeline.cli", "portal", "--port", str(port)]
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [*command, "--data", str(data), *options],
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=REPOSITORY,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + seconds
        while not _answers(address):
            assert process.poll() is None, log.read_text("utf-8")
            assert time.monotonic() < deadline, log.read_text("utf-8")
            time.sleep(0.3)
        yield address, log.read_text("utf-8")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)
    errors = re.findall(r"^(?:Traceback|Internal Server Error).*", log.read_text("utf-8"), re.M)
    assert errors == [], log.read_text("utf-8")


def faults(page: "Page", width: int) -> list[tuple[str, str, list[str]]]:
    """Return the serious faults of access of a page, and whether it runs over its edge."""
    from axe_playwright_python.sync_playwright import Axe

    serious = [
        (page.url, one["id"], [node["html"][:120] for node in one["nodes"][:3]])
        for one in Axe().run(page).response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    if page.evaluate("document.documentElement.scrollWidth") > width:
        serious.append((page.url, "overflow", []))
    return serious


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/accounts/login/", timeout=5):
            return True
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
