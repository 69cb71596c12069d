"""The command line ``dti``: the front door for people.

Commands only parse, call one function of ``dti_pipeline.commands`` and turn its result into an
exit status: 0 done, 1 blocked or not as it should be, 2 wrong usage. Heavy imports stand inside
the commands, so that ``--help`` answers at once.
"""

import os
import sys
from typing import Annotated, NoReturn

import typer

from dti_pipeline.cli import files, planning, reading, releases, running, writing

app = typer.Typer(
    name="dti",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Compute Vietnam's Digital Transformation Index: deliveries in, published rankings out.",
)
for part in (running, reading, planning, writing):
    app.add_typer(part.app)
app.add_typer(releases.app, name="release")
app.add_typer(files.app, name="framework")


def _print_version(value: bool) -> None:
    if value:
        from importlib.metadata import version

        from dti_pipeline.version import RULES_VERSION

        typer.echo(f"dti {version('dti-pipeline')} (rules {RULES_VERSION})")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the versions of the package and of the rules.",
        ),
    ] = False,
) -> None:
    """Hold the options of the whole command line."""


def main() -> NoReturn:
    """Run the command line and end the process.

    Freeing its objects one by one at the end would cost a tenth of its time: the process flushes
    what it printed and goes.
    """
    sys.setswitchinterval(0.001)  # files are written beside the computation; see write_tables
    status = execute()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:  # the reader of a pipe had enough, as head has
        status = status or 1
    os._exit(status)


def execute() -> int:
    """Run the command line and return its exit status.

    Errors that a person can act on are one message, not a traceback.
    """
    from dti_pipeline.commands.errors import friendly_errors, told, usage_errors

    try:
        app()
    except SystemExit as end:
        # The usual end; stands first, so that the errors below are not imported for it.
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except friendly_errors() as error:
        sys.stderr.write(f"dti: {told(error)}\n")
        return 2 if isinstance(error, usage_errors()) else 1
    return 0
