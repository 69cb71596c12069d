"""A portal on a database of its own, with a round of province-2022 and one account per role."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import django
import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from dti_pipeline.index.definition import define
from dti_pipeline.intake.observe import Intake, gather, read_all
from dti_pipeline.portal.settings import make_settings
from dti_pipeline.workspace import Workspace
from tests.conftest import REPOSITORY

if not django_settings.configured:
    django_settings.configure(
        **make_settings(
            Path(tempfile.mkdtemp(prefix="portal-")), {"DTI_PORTAL_SECRET_KEY": "test" * 20}
        ),
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    )
    django.setup()

from dti_pipeline.portal.answers import save_answer
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.chain import ROLES, UNIT_ROLES
from dti_pipeline.portal.models import Account, Assignment, Dossier, Round

ASSESSMENT = "province-2022"
OWN, OTHER = "VN-P63-06", "VN-P63-01"  # Bắc Kạn, Hà Nội
KEY = ("0105", "press_items")
PASSWORD = "rat-dai-va-kho-doan"

# What the fixtures below give: an actor per role; who signs a role in; what puts the dossier and
# its round into a state.
Actors = dict[str, Actor]
Browse = Callable[[str], Any]
Put = Callable[..., Dossier]


@pytest.fixture(scope="session")
def central_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder with the agencies' tables and the official results alone."""
    data = tmp_path_factory.mktemp("central") / "data"
    for folder in ("central", "official"):
        source = REPOSITORY / "data" / "raw" / ASSESSMENT / folder
        shutil.copytree(source, data / "raw" / ASSESSMENT / folder)
    return data


@pytest.fixture
def data(tmp_path: Path, central_files: Path, settings: Any) -> Path:
    """Return this test's own data folder, which the portal works in."""
    folder = tmp_path / "data"
    shutil.copytree(central_files, folder)
    settings.DTI_DATA = folder
    return folder


def windows(round_: Round, state: str) -> None:
    """Put a round into a state, with the window of that state open today."""
    today = timezone.localdate()
    is_explaining = state in ("explanation", "second_review", "council", "final")
    start = today - timedelta(days=60) if is_explaining else today - timedelta(days=5)
    round_.declare_from, round_.declare_until = start, start + timedelta(days=30)
    round_.explain_from = start + timedelta(days=40)
    round_.explain_until = start + timedelta(days=90)
    round_.state = state
    round_.save()


def observe(data: Path) -> Intake:
    """Return what the pipeline reads in the files of the round."""
    definition = define(ASSESSMENT, workspace=Workspace(data))
    return gather(definition, read_all(definition))


@pytest.fixture
def round_(db: None, data: Path) -> Round:
    """Return an open round with the dossiers of two units."""
    made = Round(assessment_id=ASSESSMENT)
    windows(made, "open")
    for place, unit_id, name in ((4, OWN, "Bắc Kạn"), (1, OTHER, "Hà Nội")):
        Dossier.objects.create(
            round=made, unit_id=unit_id, unit_name=name, framework_id="province-922", place=place
        )
    return made


@pytest.fixture
def dossier(round_: Round) -> Dossier:
    return round_.dossiers.get(unit_id=OWN)


@pytest.fixture
def other(round_: Round) -> Dossier:
    return round_.dossiers.get(unit_id=OTHER)


@pytest.fixture
def actors(round_: Round) -> Actors:
    """Return an actor per role; those of units and reviewers belong to the one unit."""
    made = {}
    for role in ROLES:
        account = Account.objects.create_account(f"{role}@example.vn", f"Người {role}")
        account.set_password(PASSWORD)
        account.save()
        owned = role in UNIT_ROLES or role in ("reviewer", "consultant")
        Assignment.objects.create(account=account, role=role, unit_id=OWN if owned else "")
        made[role] = Actor(account, "192.0.2.1")
    return made


@pytest.fixture
def put(dossier: Dossier) -> Put:
    """Return what puts the dossier and its round into a state."""

    def put_into(state: str, round_state: str = "open") -> Dossier:
        windows(dossier.round, round_state)
        dossier.state = state
        dossier.save()
        return dossier

    return put_into


@pytest.fixture
def declared(dossier: Dossier, actors: Actors, put: Put) -> Dossier:
    """Return the dossier with one answer, received in a round that is closed."""
    save_answer(actors["specialist"], dossier.pk, KEY, {"text": "225"}, base_version=0)
    return put("received", "closed")


@pytest.fixture
def browse(client: Any, actors: Actors) -> Browse:
    """Return what signs a role in and gives its client."""

    def sign_in(role: str) -> Any:
        client.force_login(actors[role].person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return sign_in


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Any) -> Iterator[Any]:
    """Run what waits for the commit, as it would run outside of a test."""
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        yield callbacks
