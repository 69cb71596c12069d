"""Options and arguments that several commands share."""

from pathlib import Path
from typing import Annotated, Optional

import typer

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
