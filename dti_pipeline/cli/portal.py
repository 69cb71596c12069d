"""``dti portal``: the collection portal, its audit log, its backups."""

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.output import say, tell, warn
from dti_pipeline.whole_file import naming
from schemas.text import Text

app = typer.Typer(invoke_without_command=True)
DEMO_FOLDER, DEMO_ASSESSMENT = "portal-demo", "province-2022"
NEEDED = ("django", "allauth", "csp", "whitenoise", "gunicorn", "pyhanko")


def require_packages() -> None:
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        names, command = ", ".join(missing), "pip install 'dti-pipeline[portal]'"
        raise UsageError("portal.missing_packages", names=names, command=command)


def configure_portal(data: Path) -> None:
    require_packages()
    from dti_pipeline.portal.startup import configure

    configure(data.resolve())


def _copied(data: Path) -> Path:
    folder, source = data / DEMO_FOLDER, data / "raw" / DEMO_ASSESSMENT
    if not folder.is_dir():
        if not source.is_dir():
            raise UsageError("portal.no_deliveries", source=source, assessment=DEMO_ASSESSMENT)
        shutil.copytree(source, folder / "raw" / DEMO_ASSESSMENT)
    return folder


@app.callback()
def start(
    context: typer.Context,
    host: str = "127.0.0.1",
    port: int = 8765,
    is_demo: Annotated[bool, typer.Option("--demo")] = False,
    data: options.PortalData = Path("data"),
) -> int:
    """Start the portal: make its tables, print its address and the first one-time link."""
    if context.invoked_subcommand is not None:
        return 0
    require_packages()
    if is_demo:
        data = _copied(data)
    configure_portal(data)
    from dti_pipeline.portal.startup import first_link, prepare, serve

    prepare()
    address = f"http://{host}:{port}"
    say(Text(f"Cổng thu thập số liệu: {address}/", f"Collection portal: {address}/"))
    if is_demo:
        from dti_pipeline.portal.demo import fill

        say(Text("Tài khoản dùng thử:", "Demonstration accounts:"))
        for line in fill():
            say(f"  {line}")
    elif link := first_link():
        tell("portal.first_link", place=f"{address}{link}")
    sys.stdout.flush()
    serve(data.resolve(), host, port)


@app.command("audit")
def check_audit(
    verify: Annotated[bool, typer.Option("--verify")] = False,
    out: Annotated[Path | None, typer.Option("--csv")] = None,
    data: options.PortalData = Path("data"),
) -> int:
    if not verify and out is None:
        raise UsageError("portal.nothing_to_do")
    configure_portal(data)
    from dti_pipeline.portal import audit

    if out is not None:
        with naming(out), out.open("w", encoding="utf-8-sig", newline="") as stream:
            n_lines = audit.export(stream)
        say(Text(f"{out}: {n_lines} dòng", f"{out}: {n_lines} line(s)"))
    if verify:
        problems = list(audit.problems())
        for problem in problems:
            warn(problem)
        if problems:
            return 1
        say(Text("Nhật ký nguyên vẹn", "The log is as it was written"))
    return 0


@app.command("backup")
def write_backup(
    file: Path,
    data: options.PortalData = Path("data"),
) -> int:
    configure_portal(data)
    from dti_pipeline.portal import backup

    count = backup.write_backup(file)
    say(Text(f"{file}: {count} tệp", f"{file}: {count} file(s)"))
    return 0


@app.command("restore")
def restore_backup(
    file: Path,
    data: options.PortalData = Path("data"),
) -> int:
    require_packages()
    from dti_pipeline.portal.backup import restore_backup as restore

    count = restore(file, data.resolve(), database_url=os.environ.get("DTI_DATABASE_URL", ""))
    say(Text(f"{data}: {count} tệp", f"{data}: {count} file(s)"))
    return 0


@app.command("weekly")
def take_snapshots(data: options.PortalData = Path("data")) -> int:
    configure_portal(data)
    from dti_pipeline.portal.rounds import take_weekly_snapshots

    count = take_weekly_snapshots()
    say(Text(f"{count} kỳ đánh giá", f"{count} assessment(s)"))
    return 0


@app.command("link")
def make_link(
    email: str,
    data: options.PortalData = Path("data"),
) -> int:
    configure_portal(data)
    from dti_pipeline.portal import audit
    from dti_pipeline.portal.accounts import make_entry_link
    from dti_pipeline.portal.models import Account

    account = Account.objects.filter(email__iexact=email, is_active=True).first()
    if account is None:
        raise UsageError("portal.no_account", email=email)
    audit.record(audit.SYSTEM, "link_made", account.email)
    say(make_entry_link(account))
    return 0
