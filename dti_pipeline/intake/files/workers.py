"""Read files in worker processes, with limits on memory and time.

A file that crashes its worker, hangs or eats all memory becomes one finding, and the others go on.
The memory limit needs the ``resource`` module: Linux has it, macOS does not enforce the limit,
Windows has none. There, files are still read apart and within the time limit.
"""

import multiprocessing
import os
import pickle
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from functools import partial
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Final

from pebble import CONSTS, ProcessExpired, ProcessFuture, ProcessPool
from pydantic import TypeAdapter

from dti_pipeline.index.csv_rows import Finding, UnreadableFileError
from dti_pipeline.intake.files.cells import FileContent, Sheet
from dti_pipeline.intake.files.csv_file import read_csv_cells
from dti_pipeline.intake.files.kept import KeptResults, key_of
from dti_pipeline.intake.files.safety import DEFAULT_LIMITS, Limits, inspect
from dti_pipeline.intake.files.workbook_xml import read_workbook

# Two at most: the machines that publish an index are small, and others work on them.
MAX_WORKERS: Final = 2
# What reading one file may take: address space of a worker, and time. A workbook as large as the
# default ``Limits`` allow, with a figure in each of its 1.7 million cells, needs about 1.4 GiB and
# 10 to 30 seconds; a form takes hundredths of a second.
MEMORY_BYTES: Final = 2 * 2**30
SECONDS: Final = 60.0
# Fewer files than this do not pay for starting another worker.
FILES_PER_WORKER: Final = 8
# How often a pool looks round, in seconds: its end waits for as long, and most pools live shorter.
CONSTS.sleep_unit = 0.01
# The csv module takes memory and time in proportion to the bytes: some 100 MiB for each of these.
# Such a file cannot be a bomb and is read without a worker.
SMALL_CSV_BYTES: Final = 2**20
# What a worker sends of a file: sheets, and code and details of findings. As quick as own code.
_CELLS: Final = TypeAdapter(tuple[tuple[Sheet, ...], list[tuple[str, dict[str, str | int]]]])


Result = bytes | tuple[Finding, ...]
"""What became of a file in a worker: what the task made of it, or why it could not be read."""

Task = Callable[[Path], Result]
"""What a worker does with a file. Its result and the task itself are pickled."""

_TASKS: Final[list[Task]] = []
"""The task of this process, where it is a worker."""


def read_files(
    paths: Sequence[Path],
    *,
    root: Path,
    kept: KeptResults | None = None,
    digests: Mapping[Path, str] | None = None,
) -> list[FileContent]:
    """Inspect and read workbooks and CSV files below a folder, in the order of their paths.

    ``kept`` is what earlier runs have read; with ``digests``, path → SHA-256 of the file.
    """
    contents = {path: read_file(path, root=root) for path in paths if _is_small_csv(path)}
    others = list(dict.fromkeys(path for path in paths if path not in contents))
    task = partial(read_packed, root=root.absolute())
    keys = {
        path: key_of("cells", path.suffix.lower(), digest)
        for path, digest in (digests or {}).items()
    }
    results = recall_or_work(others, task, kept=kept, keys=keys)
    for path, result in zip(others, results, strict=True):
        contents[path] = _unpacked(path, result)
    return [contents[path] for path in paths]


def read_file(path: Path, *, root: Path, limits: Limits = DEFAULT_LIMITS) -> FileContent:
    """Inspect and read one file in this process; only where it cannot do harm."""
    try:
        if findings := inspect(path, root=root, limits=limits):
            return FileContent(path, None, tuple(findings))
        return read_csv_cells(path) if _is_csv(path) else read_workbook(path)
    except UnreadableFileError as error:
        return FileContent(path, None, (error.finding,))
    except PermissionError:
        return FileContent(path, None, (Finding("file.no_permission", str(path)),))
    except OSError as error:
        reason = error.strerror or str(error)
        finding = Finding("file.damaged", str(path), {"part": "", "reason": reason})
        return FileContent(path, None, (finding,))


def _is_csv(path: Path) -> bool:
    return path.suffix.lower() == ".csv"


def _is_small_csv(path: Path) -> bool:
    with suppress(OSError):
        return _is_csv(path) and path.stat().st_size <= SMALL_CSV_BYTES
    return False


def recall_or_work(
    paths: Sequence[Path],
    task: Task,
    *,
    kept: KeptResults | None,
    keys: Mapping[Path, str],
) -> Iterator[Result]:
    """Yield what a task makes of each file, now or when its content was read before.

    ``kept`` are results of earlier runs, under the keys of their paths; None: do all anew.
    """
    memory = {path: kept.find(keys[path]) for path in paths} if kept else {}
    others = [path for path in paths if memory.get(path) is None]
    results = work(others, task)
    for path in paths:
        if (content := memory.pop(path, None)) is not None:
            yield content
            continue
        result = next(results)
        if kept and isinstance(result, bytes):
            kept.keep(keys[path], result)
        yield result
    if kept:
        kept.drop_others(set(keys.values()))


def work(paths: Sequence[Path], task: Task) -> Iterator[Result]:
    """Yield what a task makes of each file in a worker, or what happened to the worker.

    In the order of the paths, while workers go on with the files that follow. A pool may break
    where a worker ends before the pool knows which file it had, as on a busy machine: the next file
    is then read in a pool of its own, and those behind it in a new one.
    """
    waiting = deque(paths)
    while waiting:
        for result in _work_in_pool(list(waiting), task):
            waiting.popleft()
            yield result
        if waiting:
            path = waiting.popleft()
            yield next(_work_in_pool([path], task), _crashed(path, "the worker ends at once"))


def _work_in_pool(paths: Sequence[Path], task: Task) -> Iterator[Result]:
    """Yield what a task makes of each file, as far as the pool gets before it breaks."""
    workers = min(MAX_WORKERS, os.cpu_count() or 1, -(-len(paths) // FILES_PER_WORKER))
    with ProcessPool(
        max_workers=workers,
        initializer=start_worker,
        # Packed here: until a worker has unpacked an object and imported its modules, the start of
        # the next one would wait.
        initargs=(limit_memory, MEMORY_BYTES, pickle.dumps(task)),
        context=_context(),
    ) as pool:
        try:
            with suppress(RuntimeError):  # as pools that break raise, BrokenProcessPool included
                futures = deque(
                    pool.schedule(do_task, args=(path.absolute(),), timeout=SECONDS)
                    for path in paths
                )
                for path in paths:
                    yield _outcome(path, futures.popleft(), pool)
        finally:
            pool.stop()  # nothing waits any more, unless the reading was interrupted


def get_ready() -> None:
    """Start what workers come from, which imports meanwhile, where there will be files to read."""
    if _context().get_start_method() == "forkserver":
        from multiprocessing import forkserver  # which Windows cannot import

        forkserver.ensure_running()


def _context() -> BaseContext:
    """Return how workers start: a fork of this process could inherit locks of other threads."""
    methods = multiprocessing.get_all_start_methods()  # Windows has spawn only
    context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
    context.set_forkserver_preload(["__main__", __name__])  # imported once, not by every worker
    return context


def start_worker(limit: Callable[[int], None], memory_bytes: int, task: bytes) -> None:
    """Limit a new worker, and keep its task: sent once, not with every file."""
    limit(memory_bytes)
    _TASKS.append(pickle.loads(task))


def do_task(path: Path) -> Result | None:
    """Do the worker's task with one file; None where the memory did not suffice.

    The error itself would hold what was read so far, and leave no memory to report it.
    """
    try:
        return _TASKS[-1](path)
    except MemoryError:
        return None


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


def read_packed(path: Path, root: Path) -> Result:
    """Read the cells of one file in a worker, as JSON."""
    content = read_file(path, root=root)
    if content.sheets is None:
        return content.findings
    findings = [(finding.code, dict(finding.details)) for finding in content.findings]
    return _CELLS.dump_json((content.sheets, findings))


def _unpacked(path: Path, result: Result) -> FileContent:
    if isinstance(result, tuple):
        return FileContent(path, None, result)
    sheets, findings = _CELLS.validate_json(result)
    return FileContent(path, sheets, tuple(Finding(one, str(path), rest) for one, rest in findings))


def _error(future: ProcessFuture[Result | None], pool: ProcessPool) -> BaseException | None:
    """Wait for a task to end; a pool that breaks may forget it."""
    while True:
        with suppress(TimeoutError):
            return future.exception(timeout=1)
        if not pool.active and not future.done():
            return BrokenProcessPool("the pool forgot a task")


def _outcome(path: Path, future: ProcessFuture[Result | None], pool: ProcessPool) -> Result:
    """Wait for a worker's result; whatever happens to the worker becomes a finding.

    A pool that breaks raises ``BrokenProcessPool``: which file its worker had, it does not know.
    """
    error = _error(future, pool)
    if error is None:
        if (result := future.result()) is not None:
            return result
        return (Finding("file.reading_memory", str(path), {"bytes": MEMORY_BYTES}),)
    if isinstance(error, TimeoutError):
        return (Finding("file.reading_timeout", str(path), {"seconds": str(SECONDS)}),)
    if isinstance(error, BrokenProcessPool):
        raise error
    if isinstance(error, ProcessExpired):
        return _crashed(path, f"exit code {error.exitcode}")
    return _crashed(path, f"{type(error).__name__}: {error}")


def _crashed(path: Path, reason: str) -> tuple[Finding, ...]:
    return (Finding("file.reader_crashed", str(path), {"reason": reason}),)
