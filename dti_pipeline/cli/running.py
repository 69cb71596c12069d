"""Commands that compute, and those around the deliveries."""

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

    status = run_assessments(assessments or [], data=data, reason=reason, lang=lang, is_draft=draft)
    raise typer.Exit(status)


@app.command()
def watch(
    every: Annotated[float, typer.Option(min=1, help="Seconds between two looks.")] = 10,
    data: DataOption = Path("data"),
    lang: LangOption = "vi",
) -> None:
    """Run whenever deliveries have changed, until Ctrl+C."""
    from dti_pipeline.commands.watch import watch_deliveries

    raise typer.Exit(watch_deliveries(data, every=every, lang=lang))


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


@app.command(
    hidden=True, context_settings={"allow_extra_args": True, "ignore_unknown_options": True}
)
def sample() -> None:
    """Say where the generator of sample deliveries went."""
    from dti_pipeline.commands.errors import UsageError

    msg = (
        "dữ liệu mẫu nay được tạo từ kho mã nguồn: python -m tools.sample ASSESSMENT --out DIR · "
        "sample deliveries are now written from the source repository: "
        "python -m tools.sample ASSESSMENT --out DIR"
    )
    raise UsageError(msg)


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
