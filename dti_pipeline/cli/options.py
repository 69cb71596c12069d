"""Options and arguments that several commands share."""

from pathlib import Path
from typing import Annotated, Optional

import typer

LANGUAGES = ("vi", "en")


def _language(text: str) -> str:
    language = text.lower()
    if language not in LANGUAGES:
        from dti_pipeline.commands.errors import UsageError

        msg = f"no language '{text}'; known languages: {', '.join(LANGUAGES)}"
        raise UsageError(msg)
    return language


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        from dti_pipeline.commands.errors import UsageError

        msg = f"there is no data folder {folder}; name yours with --data or DTI_DATA"
        raise UsageError(msg)
    return folder


DataOption = Annotated[
    Path,
    typer.Option(
        "--data",
        envvar="DTI_DATA",
        help="The data folder.",
        show_default="data",
        callback=_existing,
    ),
]
LangOption = Annotated[
    str,
    typer.Option(
        "--lang", envvar="DTI_LANG", help="Language of messages: vi or en.", callback=_language
    ),
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
