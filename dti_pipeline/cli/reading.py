"""Commands that read a release."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from dti_pipeline.cli.options import (
    AsOfOption,
    AssessmentArgument,
    DataOption,
    JsonOption,
    LangOption,
    UnitArgument,
)

app = typer.Typer()


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


@app.command("duckdb")
def duckdb_file(
    out: Annotated[Path, typer.Option("--out", help="File to write, for example dti.duckdb.")],
    as_of: AsOfOption = None,
    data: DataOption = Path("data"),
) -> None:
    """Write a DuckDB file with one view per table, for Superset, Metabase and the like."""
    from dti_pipeline.commands.duckdb_file import write_views

    raise typer.Exit(write_views(out, data=data, as_of=as_of))
