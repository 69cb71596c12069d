"""The command line ``dti``: the front door for people.

Commands only parse, call one function of ``dti_pipeline.commands`` and turn its result into an
exit status: 0 done, 1 blocked or not as it should be, 2 wrong usage. Heavy imports stand inside
the commands, so that ``--help`` answers at once.
"""

import gc
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn, Optional

import typer

app = typer.Typer(
    name="dti",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Compute Vietnam's Digital Transformation Index: deliveries in, published rankings out.",
)
release_app = typer.Typer(no_args_is_help=True, help="List, approve and withdraw releases.")
framework_app = typer.Typer(no_args_is_help=True, help="Work with framework files.")
app.add_typer(framework_app, name="framework")
app.add_typer(release_app, name="release")

DataOption = Annotated[
    Path, typer.Option("--data", envvar="DTI_DATA", help="The data folder.", show_default="data")
]
LangOption = Annotated[
    str, typer.Option("--lang", envvar="DTI_LANG", help="Language of messages: vi or en.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
AsOfOption = Annotated[
    Optional[str],  # noqa: UP045 - typer reads it at run time
    typer.Option("--as-of", metavar="RELEASE", help="Read this release instead of the current."),
]
AssessmentArgument = Annotated[
    str, typer.Argument(metavar="ASSESSMENT", help="For example province-2022.")
]
UnitArgument = Annotated[str, typer.Argument(metavar="UNIT", help="Name, code or unit_id.")]


@app.command()
def run(
    assessments: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(metavar="[ASSESSMENT]...", help="Default: all with deliveries."),
    ] = None,
    draft: Annotated[
        bool, typer.Option("--draft", help="Compute for the council; publish nothing.")
    ] = False,
    reason: Annotated[str, typer.Option(help="Why it is published; kept in the release.")] = "",
    data: DataOption = Path("data"),
    lang: LangOption = "vi",
) -> None:
    """Compute from deliveries to a published release."""
    from dti_pipeline.commands.run import run_assessments

    raise typer.Exit(
        run_assessments(assessments or [], data=data, reason=reason, lang=lang, is_draft=draft)
    )


@app.command()
def check(
    assessment: AssessmentArgument,
    html: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(metavar="DIR", help="Also write a page per unit and one for the office."),
    ] = None,
    data: DataOption = Path("data"),
    lang: LangOption = "vi",
    json: JsonOption = False,
) -> None:
    """Read and validate the deliveries only; print the issues."""
    from dti_pipeline.commands.deliveries import check_deliveries

    raise typer.Exit(check_deliveries(assessment, data=data, lang=lang, as_json=json, html=html))


@app.command()
def status(
    assessment: AssessmentArgument, data: DataOption = Path("data"), json: JsonOption = False
) -> None:
    """Say who has delivered, what is missing and what waits."""
    from dti_pipeline.commands.deliveries import show_status

    raise typer.Exit(show_status(assessment, data=data, as_json=json))


@app.command()
def rank(
    assessment: AssessmentArgument,
    scope: Annotated[
        str, typer.Option(help="overall, gov, eco, soc, or the code of a main index.")
    ] = "overall",
    top: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=1, help="Only the first N ranks."),
    ] = None,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_of: AsOfOption = None,
    data: DataOption = Path("data"),
    json: JsonOption = False,
) -> None:
    """Print the ranking of an assessment from the current release."""
    from dti_pipeline.commands.reading import show_ranking

    raise typer.Exit(
        show_ranking(
            assessment,
            scope=scope,
            top=top,
            as_csv=csv,
            as_of=as_of,
            data=data,
            as_json=json,
        )
    )


@app.command()
def explain(
    assessment: AssessmentArgument,
    unit: UnitArgument,
    component: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="CODE", help="Only this component, with its figures and rule."),
    ] = None,
    history: Annotated[
        bool, typer.Option("--history", help="Show results and figures through all revisions.")
    ] = False,
    as_of: AsOfOption = None,
    data: DataOption = Path("data"),
    lang: LangOption = "vi",
    json: JsonOption = False,
) -> None:
    """Say why a unit has its score: points, points lost and why, sources down to the cell."""
    if history:
        from dti_pipeline.commands.history import show_history

        raise typer.Exit(
            show_history(
                assessment, unit, component=component, as_of=as_of, data=data, as_json=json
            )
        )
    from dti_pipeline.commands.explain import explain_unit

    raise typer.Exit(
        explain_unit(
            assessment,
            unit,
            component=component,
            as_of=as_of,
            data=data,
            lang=lang,
            as_json=json,
        )
    )


@app.command()
def diff(
    assessment: AssessmentArgument,
    from_: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--from", metavar="REV", help="Default: the revision before."),
    ] = None,
    to: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--to", metavar="REV", help="Default: the current revision."),
    ] = None,
    scope: Annotated[str, typer.Option(help="overall, gov, eco, soc, or a main code.")] = "overall",
    as_of: AsOfOption = None,
    data: DataOption = Path("data"),
    lang: LangOption = "vi",
    json: JsonOption = False,
) -> None:
    """Say what changed between two revisions, and why each rank moved."""
    from dti_pipeline.commands.diff import show_changes

    raise typer.Exit(
        show_changes(
            assessment,
            before=from_,
            after=to,
            scope=scope,
            as_of=as_of,
            data=data,
            lang=lang,
            as_json=json,
        )
    )


ByOption = Annotated[str, typer.Option("--by", help="Who decides; kept in the journal.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why; kept in the journal.")]


@release_app.command("list")
def release_list(data: DataOption = Path("data"), json: JsonOption = False) -> None:
    """List releases and drafts with status, person and reason."""
    from dti_pipeline.commands.releases import list_releases

    raise typer.Exit(list_releases(data=data, as_json=json))


@release_app.command("approve")
def release_approve(
    release: Annotated[str, typer.Argument(metavar="RELEASE")],
    by: ByOption,
    reason: ReasonOption,
    data: DataOption = Path("data"),
) -> None:
    """Publish a draft exactly as the council saw it."""
    from dti_pipeline.commands.releases import approve_release

    raise typer.Exit(approve_release(release, by=by, reason=reason, data=data))


@release_app.command("withdraw")
def release_withdraw(
    release: Annotated[str, typer.Argument(metavar="RELEASE")],
    by: ByOption,
    reason: ReasonOption,
    data: DataOption = Path("data"),
) -> None:
    """Withdraw a release; the one before it becomes current again."""
    from dti_pipeline.commands.releases import withdraw_release

    raise typer.Exit(withdraw_release(release, by=by, reason=reason, data=data))


@app.command()
def plan(
    assessment: AssessmentArgument,
    unit: UnitArgument,
    target_rank: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="N[-M]", help="Reach this rank, or a rank within this span."),
    ] = None,
    target_value: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="V", help="Reach this value, such as 0.65."),
    ] = None,
    scope: Annotated[
        str, typer.Option(help="overall, gov, eco, soc, or the code of a main index.")
    ] = "overall",
    by_band: Annotated[
        bool, typer.Option("--by-band", help="Next year's targets by present band.")
    ] = False,
    effort: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            metavar="FILE",
            help="CSV: component_code, effort (of one point), focal, lead, coordinating, deadline.",
        ),
    ] = None,
    others: Annotated[str, typer.Option(help="How other units move: fixed or trend.")] = "fixed",
    out: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("--out", metavar="FILE.xlsx", help="Write the plan as a workbook."),
    ] = None,
    as_of: AsOfOption = None,
    data: DataOption = Path("data"),
    lang: LangOption = "vi",
    json: JsonOption = False,
) -> None:
    """Find the least effort that reaches a rank or value, checked by scoring everybody again."""
    from dti_pipeline.commands.plan import PlanRequest, plan_unit

    request = PlanRequest(
        assessment=assessment,
        unit=unit,
        target_rank=target_rank,
        target_value=target_value,
        scope=scope,
        by_band=by_band,
        effort=effort,
        others=others,
    )
    raise typer.Exit(plan_unit(request, out=out, as_of=as_of, data=data, lang=lang, as_json=json))


@app.command()
def robustness(
    assessment: AssessmentArgument,
    draws: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=1, help="Number of draws; default as in the release."),
    ] = None,
    seed: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=0, help="Seed of all random numbers; default as in the release."),
    ] = None,
    left_out: Annotated[
        int, typer.Option(min=0, help="Components left out of each draw at random.")
    ] = 0,
    unit: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="UNIT", help="Chance of each rank, and what decides it."),
    ] = None,
    versus: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(metavar="UNIT", help="With --unit: chance that it is above this one."),
    ] = None,
    as_of: AsOfOption = None,
    data: DataOption = Path("data"),
    json: JsonOption = False,
) -> None:
    """Say how firm the ranks are: intervals from joint draws of weights and unchecked figures."""
    from dti_pipeline.commands.robustness import show_robustness

    raise typer.Exit(
        show_robustness(
            assessment,
            draws=draws,
            seed=seed,
            left_out=left_out,
            unit=unit,
            versus=versus,
            as_of=as_of,
            data=data,
            as_json=json,
        )
    )


@app.command()
def whatif(
    assessment: AssessmentArgument,
    unit: UnitArgument,
    changes: Annotated[
        list[str],
        typer.Argument(
            metavar="CODE=VALUE...",
            help="0701=12.5 sets a component's points, 0701.online=1234 a figure or answer.",
        ),
    ],
    as_of: AsOfOption = None,
    data: DataOption = Path("data"),
    lang: LangOption = "vi",
    json: JsonOption = False,
) -> None:
    """Change a unit's figures, score everybody anew, and show who moves."""
    from dti_pipeline.commands.whatif import what_if

    raise typer.Exit(
        what_if(assessment, unit, changes, as_of=as_of, data=data, lang=lang, as_json=json)
    )


@app.command()
def verify(
    release: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(metavar="[RELEASE]", help="Default: the current release."),
    ] = None,
    recompute: Annotated[
        bool,
        typer.Option("--recompute", help="Also compute its revisions again from their inputs."),
    ] = False,
    data: DataOption = Path("data"),
    json: JsonOption = False,
) -> None:
    """Check a release against its manifest, byte for byte."""
    from dti_pipeline.commands.releases import verify_release

    raise typer.Exit(verify_release(release, recompute=recompute, data=data, as_json=json))


@app.command()
def form(
    assessment: AssessmentArgument,
    unit: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(metavar="[UNIT]", help="Default: every unit."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the workbooks.")] = Path("forms"),
    data: DataOption = Path("data"),
) -> None:
    """Write the self-report workbook(s) to fill in."""
    from dti_pipeline.commands.form import write_forms

    raise typer.Exit(write_forms(assessment, unit, out=out, data=data))


@app.command()
def sample(
    assessment: AssessmentArgument,
    out: Annotated[Path, typer.Option("--out", help="Folder to write the deliveries into.")],
) -> None:
    """Write sample deliveries, marked as samples in every file."""
    from dti_pipeline.commands.sample import write_samples

    raise typer.Exit(write_samples(assessment, out=out))


@app.command()
def compare(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A printed table, CSV or XLSX.")],
    assessment: AssessmentArgument,
    as_of: AsOfOption = None,
    data: DataOption = Path("data"),
    lang: LangOption = "vi",
    json: JsonOption = False,
) -> None:
    """Check a printed table against the release and against itself."""
    from dti_pipeline.commands.compare import compare_table

    raise typer.Exit(
        compare_table(file, assessment, as_of=as_of, data=data, lang=lang, as_json=json)
    )


@app.command()
def new(
    assessment: Annotated[
        str, typer.Argument(metavar="ASSESSMENT", help="The new one, such as province-2025.")
    ],
    from_: Annotated[str, typer.Option("--from", metavar="OTHER", help="The one to start from.")],
    data: DataOption = Path("data"),
) -> None:
    """Start next year's assessment from an existing one."""
    from dti_pipeline.commands.new import new_assessment

    raise typer.Exit(new_assessment(assessment, other=from_, data=data))


OutOption = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option("--out", metavar="DIR", help="Write here instead of into the data folder."),
]


@app.command()
def report(
    out: OutOption = None,
    pdf: Annotated[
        bool, typer.Option("--pdf/--no-pdf", help="With the one-pager of every unit.")
    ] = True,
    as_of: AsOfOption = None,
    data: DataOption = Path("data"),
    json: JsonOption = False,
) -> None:
    """Write the static site of a release: rankings, units, maps, downloads; opens from a file."""
    from dti_pipeline.commands.report import report as write_report

    raise typer.Exit(write_report(out=out, pdf=pdf, as_of=as_of, data=data, as_json=json))


@app.command()
def workbook(
    assessments: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(metavar="[ASSESSMENT]...", help="Default: all in the release."),
    ] = None,
    out: OutOption = None,
    as_of: AsOfOption = None,
    data: DataOption = Path("data"),
    json: JsonOption = False,
) -> None:
    """Write the Excel workbook of assessments: ranking, components, changes, issues, dictionary."""
    from dti_pipeline.commands.report import workbook as write_workbooks

    raise typer.Exit(
        write_workbooks(assessments or [], out=out, as_of=as_of, data=data, as_json=json)
    )


@app.command("duckdb")
def duckdb_file(
    out: Annotated[Path, typer.Option("--out", help="File to write, for example dti.duckdb.")],
    as_of: AsOfOption = None,
    data: DataOption = Path("data"),
) -> None:
    """Write a DuckDB file with one view per table, for Superset, Metabase and the like."""
    from dti_pipeline.commands.duckdb_file import write_views

    raise typer.Exit(write_views(out, data=data, as_of=as_of))


@app.command()
def onepager(
    assessment: AssessmentArgument,
    units: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Argument(metavar="[UNIT]...", help="Name, code or unit_id; default: all units."),
    ] = None,
    out: OutOption = None,
    as_of: AsOfOption = None,
    data: DataOption = Path("data"),
    lang: LangOption = "vi",
    json: JsonOption = False,
) -> None:
    """Write a one-page PDF per unit for a meeting."""
    from dti_pipeline.commands.report import onepager as write_onepagers

    raise typer.Exit(
        write_onepagers(
            assessment, units or [], out=out, as_of=as_of, data=data, lang=lang, as_json=json
        )
    )


@framework_app.command("check")
def framework_check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A framework file (.toml).")],
) -> None:
    """Check a framework file; name every problem and its place."""
    from dti_pipeline.commands.framework import check_framework

    raise typer.Exit(check_framework(file))


def main() -> NoReturn:
    """Run the command line and end the process.

    A command lives for seconds and makes millions of objects without cycles. Looking for cycles
    among them costs a tenth of its time, and freeing them one by one at the end as much again: the
    process does not look, flushes what it printed and goes.
    """
    gc.disable()
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
    from dti_pipeline.commands.errors import UsageError, friendly_errors

    try:
        app()
    except SystemExit as end:
        # The usual end; stands first, so that the errors below are not imported for it.
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except friendly_errors() as error:
        text = error.args[0] if error.args else str(error)
        sys.stderr.write(f"dti: {text}\n")
        return 2 if isinstance(error, UsageError) else 1
    return 0
