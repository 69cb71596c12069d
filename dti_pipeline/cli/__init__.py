"""The command line ``dti``: the front door for people.

A module per command, or per small family. A command is a function whose parameters are its options;
it returns the exit status: 0 done, 1 blocked or not as it should be, 2 wrong usage. What computes
is imported inside the functions, so that ``--help`` answers at once.
"""

import os
import re
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from dti_pipeline.cli import (
    annex,
    check,
    compare,
    diff,
    doctor,
    duckdb_file,
    evidence,
    explain,
    form,
    framework,
    init,
    keeping,
    new,
    options,
    plan,
    portal,
    publish,
    rank,
    release,
    report,
    robustness,
    run,
    sample,
    score,
    simulate,
    status,
    verify,
    watch,
    whatif,
)
from dti_pipeline.cli.errors import foreseen_errors, message_of, shortage
from dti_pipeline.cli.helps import put_helps, refusal
from dti_pipeline.cli.language import choose_language, spoken
from dti_pipeline.cli.output import outlast_readers, warn
from schemas.messages import message
from schemas.plain_text import visible_text
from schemas.text import Language, WrongUsageError


def _exit(status: int, **_: object) -> NoReturn:
    if "dti_pipeline.release.bucket" in sys.modules:
        from dti_pipeline.store.storage import COPIES

        for folder, storage in COPIES.items():
            if count := storage.send():
                warn(message("storage.sent", address=storage.address(folder), count=count))
    raise typer.Exit(status)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        from importlib.metadata import version

        from dti_pipeline.version import RULES_VERSION

        print(f"dti {version('dti-pipeline')} (rules {RULES_VERSION})")
        raise typer.Exit


def _options(
    version: Annotated[  # noqa: ARG001 - its callback prints and ends
        bool, typer.Option("--version", callback=_print_version, is_eager=True)
    ] = False,
    data: Annotated[Path | None, typer.Option("--data", metavar="DIR")] = None,
    lang: options.Lang = "vi",  # noqa: ARG001 - its callback chooses the language
) -> None:
    """Take the options that stand before a command."""
    if data is not None:
        os.environ["DTI_DATA"] = str(data)


class _CommandLine(TyperGroup):
    """Commands with the option ``--lang`` of the command line: before ``--json``, else last."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        [language] = [parameter for parameter in self.params if parameter.name == "lang"]
        for command in self.commands.values():
            _add_option(command, language)


def _add_option(command: Any, option: Any) -> None:
    subcommands = getattr(command, "commands", {}).values()
    acts = not subcommands or command.invoke_without_command
    if acts and not command.hidden:
        names = [parameter.name for parameter in command.params]
        command.params.insert(names.index("as_json") if "as_json" in names else len(names), option)
    for subcommand in subcommands:
        _add_option(subcommand, option)


app = typer.Typer(
    name="dti",
    cls=_CommandLine,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    callback=_options,
    result_callback=_exit,
)
app.command("run")(run.run_assessments)
app.command("watch")(watch.watch_deliveries)
app.command("check")(check.check_deliveries)
app.command("status")(status.show_status)
app.command("form")(form.write_forms)
app.command("sample", hidden=True, context_settings=sample.ANY_ARGUMENTS)(sample.sample)
app.command("compare")(compare.compare_table)
app.command("doctor")(doctor.examine_service)
app.command("init")(init.make_data_folder)
app.command("new")(new.new_assessment)
app.command("rank")(rank.show_ranking)
app.command("explain")(explain.explain_unit)
app.command("diff")(diff.show_changes)
app.command("verify")(verify.verify_release)
app.command("backup")(keeping.write_backup)
app.command("restore")(keeping.restore_backup)
app.command("tidy")(keeping.tidy)
app.command("duckdb")(duckdb_file.write_views)
app.command("superset")(duckdb_file.write_superset_kit)
app.command("publish")(publish.publish_release)
app.command("plan")(plan.plan_unit)
app.command("robustness")(robustness.show_robustness)
app.command("whatif")(whatif.what_if)
app.command("score")(score.score_form)
app.command("appraisal-form")(form.write_appraisal_forms)
app.command("simulate")(simulate.simulate)
app.command("report")(report.write_report)
app.command("workbook")(report.write_workbooks)
app.command("onepager")(report.write_onepagers)
app.command("annex")(annex.write_paper)
app.add_typer(release.app, name="release")
app.add_typer(framework.app, name="framework")
app.add_typer(portal.app, name="portal")
app.add_typer(evidence.app, name="evidence")


def main() -> NoReturn:
    """Run the command line and end the process."""
    outlast_readers()
    sys.exit(execute())


def _language_asked() -> Language:
    """Return the language of the help, which ends the command before any option is read."""
    option = re.search(r"--lang[= ](\S+)", " ".join(sys.argv))
    text = option[1] if option else os.environ.get("DTI_LANG", "vi")
    return "vi" if text.lower() == "vi" else "en"


def execute() -> int:
    """Run the command line and return its exit status.

    Errors that a person can act on are one message, not a traceback.
    """
    choose_language("vi")  # until an option says another
    try:
        command = typer.main.get_command(app)
        put_helps(command, _language_asked())
        return int(command(standalone_mode=False) or 0)
    except TyperException as error:
        print(visible_text(refusal(error, _language_asked())), end="", file=sys.stderr)
        return error.exit_code
    except SystemExit as end:
        # First, so that the errors below are not imported for the usual end.
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except foreseen_errors() as error:
        warn(f"dti: {message_of(error)}")
        return 2 if isinstance(error, WrongUsageError) else 1
    except (MemoryError, RuntimeError) as error:
        text = shortage(type(error).__name__, str(error))
        if text is None:
            raise
        warn(f"dti: {spoken(text)}")
        return 1
