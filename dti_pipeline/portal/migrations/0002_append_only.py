"""The database itself refuses to change or delete a line of the audit log."""

from typing import Any

from django.db import migrations

_SQLITE = [
    f"CREATE TRIGGER portal_event_no_{verb} BEFORE {verb} ON portal_event "
    "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
    for verb in ("UPDATE", "DELETE")
]
_POSTGRESQL = [
    "CREATE FUNCTION portal_event_refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$",
    "CREATE TRIGGER portal_event_no_change BEFORE UPDATE OR DELETE ON portal_event "
    "FOR EACH ROW EXECUTE FUNCTION portal_event_refuse()",
]


def _refuse(_: Any, editor: Any) -> None:
    statements = _SQLITE if editor.connection.vendor == "sqlite" else _POSTGRESQL
    for statement in statements:
        editor.execute(statement)


def _allow(_: Any, editor: Any) -> None:
    if editor.connection.vendor == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            editor.execute(f"DROP TRIGGER portal_event_no_{verb}")
    else:
        editor.execute("DROP TRIGGER portal_event_no_change ON portal_event")
        editor.execute("DROP FUNCTION portal_event_refuse()")


class Migration(migrations.Migration):
    dependencies = [("portal", "0001_initial")]
    operations = [migrations.RunPython(_refuse, _allow)]
