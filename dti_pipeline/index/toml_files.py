"""Files of the definition: found in the user's folders first, read, and held against their model.

A wrong file is refused with every problem, each with its place in the file.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from schemas.files.errors import error_message
from schemas.files.model import Model

M = TypeVar("M", bound=Model)


class FileError(ValueError):
    """A file that is refused, with all its problems."""

    def __init__(self, path: Path, problems: Sequence[str]) -> None:
        self.path = path
        self.problems = tuple(problems)
        lines = "\n".join(f"  - {problem}" for problem in problems)
        super().__init__(f"{path}: {len(problems)} problem(s)\n{lines}")


def file_names(folders: Sequence[Path]) -> tuple[str, ...]:
    """Return the names of all TOML files, sorted, without their ending."""
    return tuple(sorted({path.stem for folder in folders for path in folder.glob("*.toml")}))


def find_file(name: str, folders: Sequence[Path]) -> Path | None:
    """Return the file of a name in the first folder that has it."""
    paths = (folder / f"{name}.toml" for folder in folders)
    return next((path for path in paths if path.is_file()), None)


def parse_file(raw: bytes | str, path: Path, *, model: type[M], error: type[FileError]) -> M:
    """Read the content of a file; ``path`` is where it is, or is to be.

    Raises:
        FileError: of the given class, if it is malformed.
    """
    try:
        content = tomllib.loads(raw if isinstance(raw, str) else raw.decode("utf-8"))
        return model.model_validate(content)
    except tomllib.TOMLDecodeError as fault:
        raise error(path, [f"not valid TOML: {fault}"]) from None
    except UnicodeDecodeError as fault:
        raise error(path, [f"not UTF-8 at byte {fault.start}"]) from None
    except ValidationError as faults:
        problems = [
            f"{' › '.join(_place(fault['loc'], content))}: {error_message(fault, model)}"
            for fault in map(dict[str, Any], faults.errors())
        ]
        raise error(path, problems) from None
    except RecursionError:
        raise error(path, ["not valid: tables or lists within each other too deeply"]) from None
    except ValueError as fault:  # a number of thousands of digits
        raise error(path, [f"not valid TOML: {fault}"]) from None


def check_name(name: str, path: Path, *, error: type[FileError]) -> None:
    """Refuse a file whose id is not its name."""
    if name != path.stem:
        raise error(path, [f"id '{name}' differs from the file name '{path.stem}'"])


def _place(steps: Sequence[int | str], content: Any) -> Iterator[str]:
    """Yield the steps to a place; an item of a list by its code or id, where it has one."""
    for step in steps:
        try:
            content = content[step]
        except (LookupError, TypeError):
            content = None
        label = content.get("code", content.get("id")) if isinstance(content, Mapping) else None
        yield str(label) if label and isinstance(step, int) else str(step)
