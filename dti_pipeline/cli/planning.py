"""Commands that ask what would be: plans, changes, draws of weights."""

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
