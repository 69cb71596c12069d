"""Files of the definition: found in the user's folders first, read, and held against their model.

A wrong file is refused with every problem, each with its place in the file.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from dti_pipeline.index.toml_lines import line_of
from schemas.files.errors import error_message
from schemas.files.model import Model, vietnamese_of
from schemas.messages import message
from schemas.text import SpokenError, Text, joined

M = TypeVar("M", bound=Model)


class FileError(SpokenError, ValueError):
    """A file that is refused.

    Attributes:
        problems: all its problems, each with its line, 0 where that is not known.
    """

    def __init__(self, path: Path, problems: Sequence[tuple[int, Text]]) -> None:
        self.problems = tuple(problems)
        texts = [
            message(f"file.{'on_line' if line else 'somewhere'}", line=line, text=text)
            for line, text in problems
        ]
        count = len(texts)
        super().__init__(
            message("file.refused", path=path, count=count, problems=joined(texts, "\n"))
        )


def file_names(folders: Sequence[Path]) -> tuple[str, ...]:
    return tuple(sorted({path.stem for folder in folders for path in folder.glob("*.toml")}))


def find_file(name: str, folders: Sequence[Path]) -> Path | None:
    """Return the file of a name in the first folder that has it."""
    paths = (folder / f"{name}.toml" for folder in folders)
    return next((path for path in paths if path.is_file()), None)


def parse_file(raw: bytes | str, path: Path, *, model: type[M]) -> M:
    """Read the content of a file; ``path`` is where it is, or is to be."""
    file, problems = parse_in_part(raw, path, model=model)
    if file is None or problems:
        raise FileError(path, problems)
    return file


def parse_in_part(
    raw: bytes | str, path: Path, *, model: type[M]
) -> tuple[M | None, list[tuple[int, Text]]]:
    """Read a file as far as it can be read, so that all its problems are told in one round.

    Returns:
        The file without the items of its lists that are malformed, None where nothing sensible is
        left; line and text of the problems so far.

    Raises:
        FileError: if it is no TOML.
    """
    try:
        text = raw if isinstance(raw, str) else raw.decode("utf-8-sig")  # Windows marks UTF-8
        content = tomllib.loads(text)
        return model.model_validate(content), []
    except UnicodeDecodeError as fault:
        raise FileError(path, [(0, message("file.no_utf8", byte=fault.start))]) from None
    except ValidationError as failure:
        faults = [
            fault
            for fault in map(dict[str, Any], failure.errors())
            if not _is_copy(fault["loc"], content)
        ]
        problems = [
            (line_of(fault["loc"], text), _problem(fault, content, model)) for fault in faults
        ]
        return _rest(content, faults, model), problems
    except RecursionError:
        raise FileError(path, [(0, message("file.too_deep"))]) from None
    except ValueError as fault:  # no TOML, or a number of thousands of digits
        raise FileError(path, [_syntax_problem(str(fault))]) from None


def _syntax_problem(fault: str) -> tuple[int, Text]:
    """Return line and text; the library says both in one, such as ``… (at line 3, column 5)``."""
    place = re.fullmatch(r"(.+) \(at line (\d+), column (\d+)\)", fault)
    if place is None:
        return 0, message("file.no_toml", fault=fault)
    return int(place[2]), message("file.no_toml_at", column=place[3], fault=place[1])


def _is_copy(place: Sequence[int | str], content: Any) -> bool:
    """Say whether a place is an English text that stands for the Vietnamese one beside it."""
    if not place or vietnamese_of(str(place[-1])) is None:
        return False
    for step in place[:-1]:
        content = content[step]
    return place[-1] not in content


def _rest(content: dict[str, Any], faults: Sequence[dict[str, Any]], model: type[M]) -> M | None:
    """Return a file without its malformed items; a missing text at its head counts as empty."""
    rest = dict(content)
    items = {(fault["loc"][0], fault["loc"][1]) for fault in faults if len(fault["loc"]) > 1}
    for fault in faults:
        if len(fault["loc"]) == 1:
            key = fault["loc"][0]
            rest.pop(key, None)
            if fault["type"] in ("missing", "string_type"):
                rest[key] = ""
    for key in {key for key, _ in items}:
        if not isinstance(rest.get(key), list):
            rest.pop(key, None)
            continue
        rest[key] = [item for n, item in enumerate(rest[key]) if (key, n) not in items]
    try:
        return model.model_validate(rest)
    except ValidationError:
        return None


def _problem(fault: Mapping[str, Any], content: Any, model: type[Model]) -> Text:
    text, place = error_message(fault, model), " › ".join(_place(fault["loc"], content))
    return message("file.at", place=place, text=text) if place else text


def _place(steps: Sequence[int | str], content: Any) -> Iterator[str]:
    """Yield the steps to a place; an item of a list by its code or id, where it has one."""
    for step in steps:
        try:
            content = content[step]
        except (LookupError, TypeError):
            content = None
        if step == "[key]":  # pydantic's word for a key that is wrong itself
            continue
        label = content.get("code", content.get("id")) if isinstance(content, Mapping) else None
        yield str(label) if label and isinstance(step, int) else str(step)
