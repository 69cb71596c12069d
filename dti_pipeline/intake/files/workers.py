"""Read files in worker processes, with limits on memory and time.

A file that crashes its worker, hangs or eats all memory becomes one finding, and the others go on.
The memory limit needs the ``resource`` module: Linux has it, macOS does not enforce the limit,
Windows has none. There, files are still read apart and within the time limit.
"""

import multiprocessing
import os
import pickle
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from dti_pipeline.index.csv_rows import Finding, UnreadableFileError
from dti_pipeline.intake.files.cells import Cell, Workbook
from dti_pipeline.intake.files.csv_file import read_csv_cells
from dti_pipeline.intake.files.safety import (
    DEFAULT_LIMITS,
    Limits,
    inspect,
)
from dti_pipeline.intake.files.workbook_xml import read_workbook

# Two at most: the machines that publish an index are small, and others work on them.
MAX_WORKERS: Final = 2
# Fewer files than this do not pay for starting another worker.
FILES_PER_WORKER: Final = 8
# The csv module takes memory and time in proportion to the bytes: some 100 MiB for each of these.
# Such a file cannot be a bomb and is read without a worker.
SMALL_CSV_BYTES: Final = 2**20


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What reading one file may take.

    Attributes:
        memory_bytes: address space of a worker; a workbook as large as the default ``Limits``
            allow, with a figure in each of its 1.7 million cells, needs about 1.4 GiB.
        seconds: time for one file; a form takes hundredths of a second, that workbook 10 to 30.
    """

    memory_bytes: int = 2 * 2**30
    seconds: float = 60.0


DEFAULT_WORKER_LIMITS: Final = WorkerLimits()


@dataclass(frozen=True, slots=True)
class FileContent:
    """What became of one file: its cells, or the findings that say why there are none.

    The findings of a file that was read are those of its workbook.
    """

    path: Path
    workbook: Workbook | None
    findings: tuple[Finding, ...]


def read_files(
    paths: Sequence[Path],
    *,
    root: Path,
    limits: Limits = DEFAULT_LIMITS,
    worker_limits: WorkerLimits = DEFAULT_WORKER_LIMITS,
) -> list[FileContent]:
    """Inspect and read workbooks and CSV files; one content per path, in the same order.

    ``root`` is the folder they must lie in.
    """
    contents = {
        path: read_file(path, root=root, limits=limits) for path in paths if _is_small_csv(path)
    }
    others = [path for path in paths if path not in contents]
    if others:
        contents |= _read_by_workers(others, root, limits, worker_limits)
    return [contents[path] for path in paths]


def read_file(path: Path, *, root: Path, limits: Limits = DEFAULT_LIMITS) -> FileContent:
    """Inspect and read one file in this process; only where it cannot do harm."""
    try:
        if findings := inspect(path, root=root, limits=limits):
            return FileContent(path, None, tuple(findings))
        workbook = read_csv_cells(path) if _is_csv(path) else read_workbook(path)
    except UnreadableFileError as error:
        return FileContent(path, None, (error.finding,))
    except OSError as error:
        reason = error.strerror or str(error)
        finding = Finding("file.damaged", str(path), {"part": "", "reason": reason})
        return FileContent(path, None, (finding,))
    return FileContent(path, workbook, workbook.findings)


def _is_csv(path: Path) -> bool:
    return path.suffix.lower() == ".csv"


def _is_small_csv(path: Path) -> bool:
    with suppress(OSError):
        return _is_csv(path) and path.stat().st_size <= SMALL_CSV_BYTES
    return False


def _read_by_workers(
    paths: Sequence[Path], root: Path, limits: Limits, worker_limits: WorkerLimits
) -> dict[Path, FileContent]:
    # A fork of this process could inherit locks that other threads hold; Windows has spawn only.
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    workers = min(MAX_WORKERS, os.cpu_count() or 1, -(-len(paths) // FILES_PER_WORKER))
    with ProcessPool(
        max_workers=workers,
        initializer=limit_memory,
        initargs=(worker_limits.memory_bytes,),
        context=context,
    ) as pool:
        try:
            futures = {
                path: pool.schedule(
                    read_packed,
                    args=(path.absolute(), root.absolute(), limits),
                    timeout=worker_limits.seconds,
                )
                for path in paths
            }
            return {path: _content(path, futures[path], worker_limits) for path in paths}
        finally:
            pool.stop()  # nothing waits any more, unless the reading was interrupted


def limit_memory(most: int) -> None:
    """Limit this process's address space, as far as the platform allows."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    with suppress(ValueError):  # macOS refuses any limit on the address space
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def read_packed(path: Path, root: Path, limits: Limits) -> bytes | None:
    """Read one file in a worker; cells as plain tuples, which pickle five times as fast.

    Returns:
        The pickled sheets and findings; None where the memory did not suffice. The error itself
        would hold what was read so far, and leave no memory to report it.
    """
    try:
        content = read_file(path, root=root, limits=limits)
        sheets = None
        if content.workbook is not None:
            sheets = [
                (replace(one, cells=()), list(map(tuple, one.cells)))
                for one in content.workbook.sheets
            ]
        return pickle.dumps((sheets, content.findings))
    except MemoryError:
        return None


def _content(path: Path, future: ProcessFuture[bytes | None], limits: WorkerLimits) -> FileContent:
    """Wait for a worker's result; whatever happens to the worker becomes a finding."""
    error = future.exception()
    details: dict[str, str | int] = {}
    if error is None and (packed := future.result()) is not None:
        sheets, findings = pickle.loads(packed)
        if sheets is None:
            return FileContent(path, None, findings)
        read = tuple(replace(one, cells=tuple(map(Cell._make, cells))) for one, cells in sheets)
        return FileContent(path, Workbook(path, read, findings), findings)
    if error is None:
        code, details = "file.reading_memory", {"bytes": limits.memory_bytes}
    elif isinstance(error, TimeoutError):
        code, details = "file.reading_timeout", {"seconds": str(limits.seconds)}
    else:
        reason = f"{type(error).__name__}: {error}"
        if isinstance(error, ProcessExpired):
            reason = f"exit code {error.exitcode}"
        code, details = "file.reader_crashed", {"reason": reason}
    return FileContent(path, None, (Finding(code, str(path), details),))
