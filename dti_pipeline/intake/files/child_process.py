"""The reading side of ``child_reader``: a process that inspects and reads one file at a time.

Jobs come in and answers go out as lines of JSON: first the settings, answered by ``{}``, then one
path per line. Only what reading needs is imported.
"""

import json
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from dti_pipeline.intake.files.cells import Sheet, read_csv_cells, read_workbook
from dti_pipeline.intake.files.safety import Finding, Limits, UnreadableFileError, inspect

# The answer of a process that has used up its memory.
_SPENT: Final = '{"spent":true}'


def answer(path: Path, *, root: Path, limits: Limits) -> str:
    """Inspect and read one file, and say in one line of JSON what came of it."""
    try:
        findings: Iterable[Finding] = inspect(path, root=root, limits=limits)
        if not findings:
            is_csv = path.suffix.lower() == ".csv"
            workbook = read_csv_cells(path) if is_csv else read_workbook(path)
            return _line(workbook.findings, workbook.sheets)
    except UnreadableFileError as error:
        findings = [error.finding]
    except OSError as error:
        reason = error.strerror or str(error)
        findings = [Finding("file.damaged", str(path), {"part": "", "reason": reason})]
    except MemoryError:
        # What was read so far is garbage from here on, but a fresh process is the safer one.
        return _SPENT
    return _line(findings, None)


def _line(findings: Iterable[Finding], sheets: Iterable[Sheet] | None) -> str:
    message: dict[str, Any] = {
        "findings": [{"code": one.code, "details": dict(one.details)} for one in findings],
        "sheets": None,
    }
    if sheets is not None:
        message["sheets"] = [
            {
                "name": sheet.name,
                "hidden": sheet.hidden,
                "merged": sheet.merged,
                "columns": sheet.columns,
                "cells": [cell[1:] for cell in sheet.cells],
            }
            for sheet in sheets
        ]
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def _limit_memory(most: int) -> None:
    try:
        import resource
    except ImportError:  # not on this platform; see the top of child_reader
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    with suppress(ValueError):  # macOS refuses any limit on the address space
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Answer the jobs that come in, one line each, until the input ends."""
    answers, sys.stdout = sys.stdout, sys.stderr
    settings = json.loads(sys.stdin.readline())
    _limit_memory(settings["memory_bytes"])
    root, limits = Path(settings["root"]), Limits(**settings["limits"])
    print("{}", file=answers, flush=True)
    for line in sys.stdin:
        job = json.loads(line)
        print(answer(Path(job["path"]), root=root, limits=limits), file=answers, flush=True)


if __name__ == "__main__":
    main()
