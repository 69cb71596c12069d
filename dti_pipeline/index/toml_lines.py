"""On which line of a TOML file a place stands, which the parser does not tell.

Good enough for a message: it looks for headers and keys line by line, so a list inside a line, or a
text that looks like a header, gives the line of what is around it.
"""

import re
from collections.abc import Sequence


def line_of(place: Sequence[int | str], text: str) -> int:
    """Return the line, from 1, of a place such as ``("components", 3, "points")``."""
    lines = text.splitlines()
    first, last, line = 0, len(lines), 0
    for number, step in enumerate(place):
        name = re.escape(str(place[number - 1] if isinstance(step, int) else step))
        headers = _matches(rf"\s*\[\[(?:.*\.)?{name}\]\]", lines, first, last)
        if isinstance(step, int):
            if step >= len(headers):
                break
            line = first = headers[step]
            last = _end_of(lines[line].partition("]")[0].strip(" \t["), lines, line + 1, last)
        elif headers:  # a key of the same name may stand in another table
            line = headers[0]
        elif keys := _matches(rf'\s*(?:\[(?:.*\.)?)?"?{name}"?\s*(?:=|\])', lines, first, last):
            line = keys[0]
            header = re.match(r"\s*\[([^\]]*)\]", lines[line])
            if header is None:
                break  # what is below stands in the same line
            first, last = line, _end_of(header[1], lines, line + 1, last)
    return line + 1


def _end_of(name: str, lines: Sequence[str], first: int, last: int) -> int:
    """Return the line of the next header that is not below a table."""
    below = tuple(f"{bracket}{name}." for bracket in ("[", "[["))
    headers = _matches(r"\s*\[", lines, first, last)
    return next((line for line in headers if not lines[line].strip().startswith(below)), last)


def _matches(pattern: str, lines: Sequence[str], first: int, last: int) -> list[int]:
    return [number for number in range(first, last) if re.match(pattern, lines[number])]
