"""The command line ``dti``: the front door for people.

Commands only parse, call one function of ``dti_pipeline.commands`` and turn its result into an
exit status: 0 done, 1 blocked or not as it should be, 2 wrong usage. Heavy imports stand inside
the commands, so that ``--help`` answers at once.
"""

import sys
from pathlib import Path
from typing import Annotated, Optional

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
    data: DataOption = Path("data"),
    lang: LangOption = "vi",
    json: JsonOption = False,
) -> None:
    """Read and validate the deliveries only; print the issues."""
    from dti_pipeline.commands.deliveries import check_deliveries

    raise typer.Exit(check_deliveries(assessment, data=data, lang=lang, as_json=json))


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
    as_of: AsOfOption = None,
    data: DataOption = Path("data"),
    lang: LangOption = "vi",
    json: JsonOption = False,
) -> None:
    """Say why a unit has its score: points, points lost and why, sources down to the cell."""
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


@framework_app.command("check")
def framework_check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A framework file (.toml).")],
) -> None:
    """Check a framework file; name every problem and its place."""
    from dti_pipeline.commands.framework import check_framework

    raise typer.Exit(check_framework(file))


def main() -> None:
    """Run the command line; errors a person can act on are one message, not a traceback."""
    from dti_pipeline.commands.errors import UsageError, friendly_errors

    try:
        app()
    except friendly_errors() as error:
        text = error.args[0] if error.args else str(error)
        sys.stderr.write(f"dti: {text}\n")
        sys.exit(2 if isinstance(error, UsageError) else 1)
