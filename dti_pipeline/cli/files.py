"""``dti framework``: work with framework files."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, help="Work with framework files.")


@app.command("check")
def framework_check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A framework file (.toml).")],
) -> None:
    """Check a framework file; name every problem and its place."""
    from dti_pipeline.commands.framework import check_framework

    raise typer.Exit(check_framework(file))
