"""``dti release``: list, approve and withdraw releases."""

from pathlib import Path
from typing import Annotated

import typer

from dti_pipeline.cli.options import DataOption, JsonOption

app = typer.Typer(no_args_is_help=True, help="List, approve and withdraw releases.")

ByOption = Annotated[str, typer.Option("--by", help="Who decides; kept in the journal.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; kept in the journal.")]


@app.command("list")
def release_list(data: DataOption = Path("data"), json: JsonOption = False) -> None:
    """List releases and drafts with status, person and reason."""
    from dti_pipeline.commands.releases import list_releases

    raise typer.Exit(list_releases(data=data, as_json=json))


@app.command("approve")
def release_approve(
    release: Annotated[str, typer.Argument(metavar="RELEASE")],
    by: ByOption,
    reason: ReasonOption,
    data: DataOption = Path("data"),
) -> None:
    """Publish a draft exactly as the council saw it."""
    from dti_pipeline.commands.releases import approve_release

    raise typer.Exit(approve_release(release, by=by, reason=reason, data=data))


@app.command("withdraw")
def release_withdraw(
    release: Annotated[str, typer.Argument(metavar="RELEASE")],
    by: ByOption,
    reason: ReasonOption,
    data: DataOption = Path("data"),
) -> None:
    """Withdraw a release; the one before it becomes current again."""
    from dti_pipeline.commands.releases import withdraw_release

    raise typer.Exit(withdraw_release(release, by=by, reason=reason, data=data))
