"""Start the portal: settings, tables, checks, what a killed process left undone, the server."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import django
from django.conf import settings
from django.core.management import call_command

from dti_pipeline.portal.settings import PortalSetupError, make_settings


def configure(data: Path) -> None:
    if not settings.configured:
        settings.configure(**make_settings(data, os.environ))
        django.setup()


def prepare() -> None:
    """Make or migrate the tables, refuse what must not run, finish what was left undone."""
    from dti_pipeline.portal.council import finish_votes
    from dti_pipeline.portal.models import Account
    from dti_pipeline.portal.sending import reconcile

    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    if settings.DTI_PRODUCTION and Account.objects.filter(is_demo=True, is_active=True).exists():
        raise PortalSetupError("portal_setup.demo_accounts")
    reconcile()
    finish_votes()


def first_link() -> str | None:
    """Return a one-time link for the first administrator; None where there is one already."""
    from dti_pipeline.portal import audit
    from dti_pipeline.portal.accounts import make_entry_link
    from dti_pipeline.portal.models import Account, Assignment

    held = Assignment.objects.filter(role="admin", ended_at=None)
    admins = Account.objects.filter(assignments__in=held, is_active=True)
    if any(admin.has_usable_password() for admin in admins):
        return None
    account = admins.first()
    if account is None:
        account = Account.objects.create_account("admin@localhost", "Quản trị hệ thống")
        Assignment.objects.create(account=account, role="admin")
        audit.record(audit.SYSTEM, "account_created", account.email, after={"role": "admin"})
    return make_entry_link(account)


def application() -> Callable[..., Any]:
    """Return the WSGI application; a server of its own calls this with DTI_DATA set."""
    from django.core.wsgi import get_wsgi_application

    configure(Path(os.environ.get("DTI_DATA", "data")).resolve())
    return get_wsgi_application()


def serve(data: Path, host: str, port: int) -> NoReturn:
    """Become the server, until stopped.

    A process anew: workers that are forked from one in which Polars has run would hang.
    """
    command = [sys.executable, "-m", "gunicorn", "--bind", f"{host}:{port}"]
    command += ["--workers", "2", "--log-level", "warning"]
    # A page that reads agencies' tables or computes a comparison takes some seconds.
    command += ["--timeout", "120", "dti_pipeline.portal.startup:application()"]
    os.execve(sys.executable, command, {**os.environ, "DTI_DATA": str(data)})
