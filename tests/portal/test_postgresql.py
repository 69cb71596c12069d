"""The portal on PostgreSQL: tables, many people at once, backups. The test starts its own server."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.portal.served import FILL, PASSWORD, dti, run
from tests.portal.test_migrations import FILLED
from tests.servers import PostgreSQL

# Eight people type into one entry at once, each on the version that all of them saw.
CROWD = """
import threading
from django.db import connection
from dti_pipeline.portal import answers, audit, rounds
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.dossiers import take_step
from dti_pipeline.portal.errors import RefusedError
from dti_pipeline.portal.models import Account, AnswerVersion, Dossier, Event
specialist = Actor(Account.objects.get(email="specialist@example.vn"))
leader = Actor(Account.objects.get(email="leader@example.vn"))
dossier = Dossier.objects.get(unit_id="VN-P63-06")
results = []

def at_once(act):
    def one(number):
        try:
            results.append(act(number))
        except RefusedError:
            results.append(None)
        finally:
            connection.close()
    threads = [threading.Thread(target=one, args=(n,)) for n in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]

def save(number):
    return answers.save_answer(
        specialist, dossier.pk, ("0105", "press_items"), {"text": str(100 + number)}, base_version=0
    )[1] is None

at_once(save)
assert results.count(True) == 1 and results.count(False) == 7, results
texts = {one.entry["text"] for one in AnswerVersion.objects.all()}
assert texts == {str(100 + n) for n in range(8)}, texts
Dossier.objects.filter(pk=dossier.pk).update(state="with_leader")
answers.save_explanation(leader, dossier.pk, "0105", "declare", "chưa có văn bản", base_version=0)
results.clear()
at_once(lambda number: take_step(leader, dossier.pk, "send").state)
assert results.count("sent") == 1 and results.count(None) == 7, results
assert dossier.sent.count() == 1
supply = dossier.round.supplies.create(component_code="0105", item="Số tin", supplier="Sở TTTT")
operator = Account.objects.get(email="operator@example.vn")
page = Actor(operator, since=audit.last_number())
results.clear()
note = lambda n: rounds.set_supply(page, supply, asked_on=None, answer="agreed", note=str(n)) or n
at_once(note)
(kept,) = [n for n in results if n is not None]
supply.refresh_from_db()
assert (len(results), supply.note) == (8, str(kept)), results
numbers = list(Event.objects.order_by("number").values_list("number", flat=True))
assert numbers == list(range(1, len(numbers) + 1))
assert not list(audit.problems())
print("fine")
"""
APPEND_ONLY = """
from django.db import DatabaseError, connection
for verb in ("UPDATE portal_event SET reason = 'x'", "DELETE FROM portal_event"):
    try:
        connection.cursor().execute(verb)
    except DatabaseError as error:
        assert "append-only" in str(error), error
    else:
        raise AssertionError(verb)
print("fine")
"""

# What a page or program may send: a character that this database keeps in no text.
NUL = """
import io
from django.test import Client
from dti_pipeline.portal import sending
from dti_pipeline.portal.models import Account, Dossier
from tests.portal.test_workbooks import KEY, change
dossier = Dossier.objects.get(unit_id="VN-P63-06")

def sign_in(role):
    client = Client(raise_request_exception=False)
    account = Account.objects.get(email=f"{role}@example.vn")
    client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
    return client

dossier.round.dossiers.update(state="declaring")
specialist, operator, admin = map(sign_in, ("specialist", "operator", "admin"))
own = f"/dossiers/{dossier.pk}"
form = {"code": "0105", "variable": "press_items", "stage": "declare", "place": "comment-0105"}
for client, address, name in (
    (specialist, f"{own}/answer/", "text"), (specialist, f"{own}/explanation/", "text"),
    (specialist, f"{own}/comment/", "text"), (specialist, f"{own}/draft/", "text"),
    (specialist, f"{own}/step/", "step"), (admin, "/people/", "name"),
    (operator, "/rounds/1/step/", "reason"), (admin, "/accounts/login/", "login"),
):
    answer = client.post(address, form | {name: "một\\0hai"})
    assert answer.status_code == 409, (address, answer.status_code)
# Quoted in a cookie, the same character is written in octal.
stranger = Client(raise_request_exception=False)
for name in ("sessionid", "messages", "csrftoken", "django_language"):
    answer = stranger.get("/", headers={"Cookie": f'{name}="abcdefgh\\000ijkl"'})
    assert answer.status_code == 302, (name, answer.status_code)
    assert answer["Location"] == "/accounts/login/?next=/"
for address in ("/audit/?q=%00", "/accounts/oidc/%00/login/", "/enter/%00/"):
    assert admin.get(address).status_code == 409, address
file = io.BytesIO(change(sending.report_content(dossier), {KEY: "một_x0000_hai"}))
file.name = "a.xlsx"
answer = specialist.post(f"{own}/import/", {"file": file})
assert answer.status_code == 302, answer.status_code
assert "mộthai" in specialist.get(answer["Location"]).content.decode()
assert specialist.post(answer["Location"]).status_code == 302
print("fine")
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Return the address of the databases of a server."""
    with PostgreSQL("portal", "restored", "migrated") as started:
        yield f"postgresql://{started.address}"


def test_many_people_at_once_lose_nothing_and_a_backup_gives_all_of_it_back(
    server: str, tmp_path: Path, central_files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    shutil.copytree(central_files, data)
    monkeypatch.setenv("DTI_DATABASE_URL", f"{server}/portal")
    run(FILL, data, PASSWORD)
    assert run(CROWD, data) == "fine\n"
    assert run(APPEND_ONLY, data) == "fine\n"
    assert run(NUL, data) == "fine\n"
    dti("portal", "backup", str(tmp_path / "portal.tar"), "--data", str(data))
    monkeypatch.setenv("DTI_DATABASE_URL", f"{server}/restored")
    restored = tmp_path / "restored"
    dti("portal", "restore", str(tmp_path / "portal.tar"), "--data", str(restored))
    dti("portal", "audit", "--verify", "--data", str(restored))
    report = "raw/province-2022/self_reports/06_bac_kan.xlsx"
    assert (restored / report).read_bytes() == (data / report).read_bytes()


def test_a_filled_database_is_migrated(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DTI_DATABASE_URL", f"{server}/migrated")
    assert run(FILLED, tmp_path) == "fine\n"
