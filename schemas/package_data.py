"""Tables and words that are data of the package: TOML files beside the module that reads them."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


@cache
def toml_beside(module: str, name: str = "") -> dict[str, Any]:
    """Return the content of a TOML file beside a module, which gives its ``__file__``.

    Without a name it is the file that is called like the module.
    """
    path = Path(module)
    path = path.parent / name if name else path.with_suffix(".toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))
