"""Options and arguments that several commands share."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.language import choose_language, language
from schemas.text import LANGUAGES


def _language(context: typer.Context, text: str) -> str:
    """Choose the language: before the command with its variable, or behind it by the option."""
    source = context.get_parameter_source("lang")
    if context.parent is None or (source is not None and source.name == "COMMANDLINE"):
        chosen = next((one for one in LANGUAGES if one == text.lower()), None)
        if chosen is None:
            raise UsageError("options.unknown_language", text=text, known=LANGUAGES)
        choose_language(chosen)
    return language()


def day_or_today(text: str | None) -> date:
    from dti_pipeline.intake.numbers.entry import day_of
    from dti_pipeline.reports.figures import VIETNAM

    day = datetime.now(VIETNAM).date() if text is None else day_of(text)
    if day is None:
        raise UsageError("options.no_day", text=text)
    return day


def opened(folder: Path) -> Path:
    """Return the folder to work on: for a bucket a copy of it."""
    if not str(folder).startswith("s3:"):
        return folder
    from dti_pipeline.release.bucket import open_data

    return open_data(folder)


def _data_option(callback: Callable[[Path], Path]) -> Any:
    return typer.Option("--data", envvar="DTI_DATA", show_default="data", callback=callback)


def _on_disk(folder: Path) -> Path:
    if str(folder).startswith("s3:"):
        raise UsageError("portal.needs_a_folder")
    return folder


def _existing(folder: Path) -> Path:
    folder = opened(folder)
    if not folder.is_dir():
        raise UsageError("options.no_data_folder", folder=folder)
    return folder


Data = Annotated[Path, _data_option(_existing)]
NewData = Annotated[Path, _data_option(opened)]
PortalData = Annotated[Path, _data_option(_on_disk)]
Lang = Annotated[
    str, typer.Option("--lang", envvar="DTI_LANG", expose_value=False, callback=_language)
]
Json = Annotated[bool, typer.Option("--json")]
AsOf = Annotated[str | None, typer.Option("--as-of", metavar="RELEASE")]
OutFolder = Annotated[Path | None, typer.Option("--out", metavar="DIR")]
Assessment = Annotated[str, typer.Argument(metavar="ASSESSMENT")]
Unit = Annotated[str, typer.Argument(metavar="UNIT")]
UnitOrAll = Annotated[str | None, typer.Argument(metavar="[UNIT]")]
