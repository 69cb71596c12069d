"""Commands that write what people look at."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from dti_pipeline.cli.options import (
    AsOfOption,
    AssessmentArgument,
    DataOption,
    JsonOption,
    LangOption,
)

app = typer.Typer()

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
