"""What the portal refuses to start with."""

import re
from pathlib import Path

import pytest

from dti_pipeline.portal import settings as portal_settings
from dti_pipeline.portal import startup
from dti_pipeline.portal.models import Account, Assignment
from dti_pipeline.portal.settings import PortalSetupError, make_settings
from tests.conftest import REPOSITORY

GOOD = {
    "DTI_PORTAL_PRODUCTION": "1",
    "DTI_PORTAL_SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOP",
    "DTI_PORTAL_HOSTS": "dti.example.vn",
}


def test_production_has_secure_cookies_and_its_host_alone(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, GOOD)
    assert settings["ALLOWED_HOSTS"] == ["dti.example.vn"]
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["CSRF_COOKIE_SECURE"]
    assert not settings["DEBUG"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"DTI_PORTAL_SECRET_KEY": ""}, "SECRET_KEY is missing or weak"),
        ({"DTI_PORTAL_SECRET_KEY": "a" * 80}, "SECRET_KEY is missing or weak"),
        ({"DTI_PORTAL_DEBUG": "1"}, "DEBUG is on"),
        ({"DTI_PORTAL_HOSTS": ""}, "HOSTS is empty"),
        ({"DTI_DATABASE_URL": "mysql://x/y"}, "postgresql://"),
        ({"DTI_DATABASE_URL": "postgresql://anh:secret/1@host/dti"}, "password as %23 %2F"),
        ({"DTI_DATABASE_URL": "postgresql://anh:[secret@host/dti"}, "begins with “postgresql”"),
        ({"DTI_DATABASE_URL": "secret@host/dti"}, "begins with “”"),
        ({"DTI_PORTAL_SMTP": "http://x"}, "smtp://"),
        ({"DTI_PORTAL_SMTP": "secret@mail.so.example"}, "begins with “”"),
        ({"DTI_PORTAL_SMTP": "smtp://dti:m%E1%BA%ADt@mail.so.example"}, "without accented"),
        ({"DTI_PORTAL_SMTP": "smtp://dti:secret#1@mail.so.example:587"}, "write smtp://"),
        ({"DTI_PORTAL_MAX_FILE_MB": "viele"}, "from 1 to 500"),
    ],
)
def test_production_refuses_what_is_unsafe(
    tmp_path: Path, change: dict[str, str], message: str
) -> None:
    with pytest.raises(PortalSetupError, match=message):
        make_settings(tmp_path, GOOD | change)


def test_production_refuses_demonstration_accounts(
    db: None, data: Path, settings: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DTI_PRODUCTION = True  # type: ignore[attr-defined]
    monkeypatch.setattr(startup, "call_command", lambda *_, **__: None)
    account = Account.objects.create_account("demo@example.vn", "Demo", is_demo=True)
    with pytest.raises(PortalSetupError, match="demonstration accounts"):
        startup.prepare()
    account.is_active = False
    account.save()
    startup.prepare()


def test_a_database_url_is_read(tmp_path: Path) -> None:
    url = "postgresql://anh:m%40t@db.local:5433/dti"
    database = make_settings(tmp_path, {"DTI_DATABASE_URL": url})["DATABASES"]["default"]
    assert (database["USER"], database["PASSWORD"], database["PORT"]) == ("anh", "m@t", 5433)


def test_the_key_of_a_folder_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = make_settings(tmp_path, {})["SECRET_KEY"]
    assert len(first) >= 50
    assert make_settings(tmp_path, {})["SECRET_KEY"] == first
    assert (tmp_path / "portal" / "secret_key").stat().st_mode & 0o077 == 0


def test_the_first_link_is_made_until_an_administrator_has_entered(
    db: None, client: object
) -> None:
    link = startup.first_link()
    assert link is not None
    page = client.post(link, {"password": "mot-mat-khau-dai", "again": "mot-mat-khau-dai"})  # type: ignore[attr-defined]
    assert page.status_code == 302
    assert Assignment.objects.get(role="admin").account.has_usable_password()
    assert client.get(link).status_code == 410  # type: ignore[attr-defined]
    assert startup.first_link() is None


def test_every_setting_is_documented() -> None:
    text = (REPOSITORY / "docs" / "portal.md").read_text("utf-8")
    source = Path(portal_settings.__file__).read_text("utf-8")
    documented = re.findall(r"^\| `(DTI_\w+)` \|", text, re.M)
    assert sorted(documented) == sorted(set(re.findall(r"environ\.get\(\"(DTI_\w+)", source)))
