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
        if isinstance(step, int):
            headers = _matches(rf"\s*\[\[(?:.*\.)?{name}\]\]", lines, first, last)
            if step >= len(headers):
                break
            line = first = headers[step]
            last = headers[step + 1] if step + 1 < len(headers) else last
        elif keys := _matches(rf'\s*(?:\[.*\.)?"?{name}"?\s*(?:=|\])', lines, first, last):
            line = keys[0]
    return line + 1


def _matches(pattern: str, lines: Sequence[str], first: int, last: int) -> list[int]:
    return [number for number in range(first, last) if re.match(pattern, lines[number])]
