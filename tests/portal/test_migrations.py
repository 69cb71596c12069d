"""Migrations: complete, and from a database that holds something."""

from io import StringIO
from pathlib import Path

from django.core.management import call_command

from tests.portal.served import run

FILLED = """
from django.core.management import call_command
call_command("migrate", "portal", "0001", verbosity=0)
from dti_pipeline.portal import audit
from dti_pipeline.portal.models import Account
Account.objects.create_account("a@example.vn", "Người giữ")
audit.record(audit.SYSTEM, "test", "trước khi nâng cấp")
prepare()
audit.record(audit.SYSTEM, "test", "sau khi nâng cấp")
assert Account.objects.count() == 1
assert not list(audit.problems()), list(audit.problems())
call_command("migrate", "portal", "0001", verbosity=0)
assert not list(audit.problems())
print("fine")
"""


def test_the_migrations_make_the_models_as_they_are(db: None) -> None:
    call_command("makemigrations", "portal", check=True, dry_run=True, stdout=StringIO())


def test_a_filled_database_is_migrated_and_keeps_what_it_holds(tmp_path: Path) -> None:
    assert run(FILLED, tmp_path) == "fine\n"
