"""Read delivered files in processes of their own, with limits on memory and time.

A file that crashes its reader, hangs or eats all memory becomes one finding, and the others go
on. The readers are plain interpreters started on ``child_process``: unlike ``multiprocessing`` they
do not import the program that calls them, so nothing heavy is loaded twice. Jobs and answers are
lines of JSON, so that nothing a reader says can run code here.

The memory limit needs the ``resource`` module: Linux has it, macOS does not enforce the limit,
Windows has none. There, files are still read apart and within the time limit.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event, Timer
from typing import Any, Final, TypeVar

from dti_pipeline.intake.files.cells import Cell, Sheet, Workbook
from dti_pipeline.intake.files.safety import DEFAULT_LIMITS, Finding, Limits
from dti_pipeline.intake.files.workbook_xml import collector_paused
from dti_pipeline.intake.numbers.policy import CellType

# Two readers at most: the machines that publish an index are small, and others work on them.
MOST_READERS: Final = 2
# Fewer files than this per reader do not pay for starting another one.
FILES_PER_READER: Final = 8
# Starting an interpreter takes a tenth of a second; on a machine that is busy, some more.
START_SECONDS: Final = 60.0

T = TypeVar("T")

_TYPES: Final = {member.value: member for member in CellType}


@dataclass(frozen=True, slots=True)
class ReaderLimits:
    """What reading one file may take.

    Attributes:
        memory_bytes: address space of a reader; a workbook as large as the default ``Limits``
            allow, with a figure in each of its 1.7 million cells, needs about 1.4 GiB.
        seconds: time for one file; a form takes hundredths of a second, that workbook 10 to 30.
    """

    memory_bytes: int = 2 * 2**30
    seconds: float = 60.0


DEFAULT_READER_LIMITS: Final = ReaderLimits()


@dataclass(frozen=True, slots=True)
class FileReading:
    """What became of one file: its cells, or the findings that say why there are none."""

    path: Path
    workbook: Workbook | None
    findings: tuple[Finding, ...]


def read_in_child(
    paths: Sequence[Path],
    *,
    root: Path,
    limits: Limits = DEFAULT_LIMITS,
    reader_limits: ReaderLimits = DEFAULT_READER_LIMITS,
    program: Sequence[str] = (),
) -> list[FileReading]:
    """Inspect and read workbooks and CSV files in one or two other processes.

    Args:
        paths: the files.
        root: folder they must lie in.
        limits: what ``safety.inspect`` allows.
        reader_limits: memory and time for reading.
        program: another command that answers like ``child_process``; tests use it.

    Returns:
        One reading per path, in the same order. ``findings`` of a file that was read are those
        of its workbook.
    """
    waiting = deque(enumerate(paths))
    readings: dict[int, FileReading] = {}

    def read(entry: tuple[int, Path], reader: Reader) -> None:
        readings[entry[0]] = reader.read(entry[1])

    def work() -> None:
        reader = Reader(root, limits=limits, reader_limits=reader_limits, program=program)
        reader.work_off(waiting, read)

    wanted = readers_for(len(paths), processors=os.cpu_count() or 1)
    with ThreadPoolExecutor(max_workers=max(1, wanted)) as pool:
        for job in [pool.submit(work) for _ in range(wanted)]:
            job.result()
    return [readings[at] for at in range(len(paths))]


def readers_for(files: int, *, processors: int) -> int:
    """Return how many readers that many files are worth."""
    return min(MOST_READERS, processors, -(-files // FILES_PER_READER))


def _program() -> list[str]:
    # -P: the current folder is no place to import from; -S: the parent's own path is handed on.
    return [
        sys.executable,
        "-P",
        "-S",
        "-X",
        "utf8",
        "-m",
        "dti_pipeline.intake.files.child_process",
    ]


class Reader:
    """One reading process, started when needed and again after a failure."""

    def __init__(
        self,
        root: Path,
        *,
        limits: Limits = DEFAULT_LIMITS,
        reader_limits: ReaderLimits = DEFAULT_READER_LIMITS,
        program: Sequence[str] = (),
    ) -> None:
        """Prepare; arguments as in ``read_in_child``."""
        self._program = program or _program()
        self._reader_limits = reader_limits
        self._settings = {
            "root": os.path.abspath(root),
            "limits": asdict(limits),
            "memory_bytes": reader_limits.memory_bytes,
        }
        self._process: subprocess.Popen[str] | None = None
        self._is_interrupted = False
        self._errors = tempfile.TemporaryFile(  # noqa: SIM115 - closed by close()
            mode="w+", encoding="utf-8", errors="replace"
        )

    def read(self, path: Path) -> FileReading:
        """Have one file read; whatever happens to the process becomes a finding."""
        if self._process is None:
            line, why = self._start()
            if not line:
                return self._failed(path, why)
        line, why = self._ask({"path": os.path.abspath(path)}, self._reader_limits.seconds)
        if not line:
            return self._failed(path, why)
        with collector_paused():
            return self._reading(path, json.loads(line))

    def _reading(self, path: Path, answer: dict[str, Any]) -> FileReading:
        if answer.get("spent"):
            self.stop()
            details = {"bytes": self._reader_limits.memory_bytes}
            return FileReading(path, None, (Finding("file.reading_memory", str(path), details),))
        findings = tuple(
            Finding(one["code"], str(path), one["details"]) for one in answer["findings"]
        )
        if answer["sheets"] is None:
            return FileReading(path, None, findings)
        sheets = tuple(map(_sheet_of, answer["sheets"]))
        return FileReading(path, Workbook(path, sheets, findings), findings)

    def _start(self) -> tuple[str, str]:
        folder = str(Path(__file__).resolve().parents[3])
        search = os.pathsep.join([folder, *(one for one in sys.path if one)])
        self._process = subprocess.Popen(
            self._program,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, "PYTHONPATH": search},
            encoding="utf-8",
        )
        if self._is_interrupted:  # before this process was there to be ended
            self._process.kill()
        return self._ask(self._settings, START_SECONDS)

    def _ask(self, question: dict[str, Any], seconds: float) -> tuple[str, str]:
        """Send a line and wait for one.

        Returns:
            The answer and nothing; or nothing and ``timeout`` or ``crash``.
        """
        process = self._process
        if process is None or process.stdin is None or process.stdout is None:
            return "", "crash"
        late = Event()

        def kill() -> None:
            late.set()
            process.kill()

        timer = Timer(seconds, kill)
        timer.start()
        try:
            process.stdin.write(json.dumps(question) + "\n")
            process.stdin.flush()
            line = process.stdout.readline()
        except (BrokenPipeError, UnicodeDecodeError):
            line = ""
        finally:
            timer.cancel()
            timer.join()
        if late.is_set() or not line.endswith("\n"):
            return "", "timeout" if late.is_set() else "crash"
        return line, ""

    def _failed(self, path: Path, why: str) -> FileReading:
        code = self.stop()
        self._errors.seek(0)
        said = self._errors.read().strip().splitlines()
        self._errors.seek(0)
        self._errors.truncate()
        reason = said[-1] if said else f"exit code {code}"
        finding = Finding("file.reader_crashed", str(path), {"reason": reason})
        if why == "timeout":
            seconds = str(self._reader_limits.seconds)
            finding = Finding("file.reading_timeout", str(path), {"seconds": seconds})
        return FileReading(path, None, (finding,))

    def work_off(self, waiting: "deque[T]", read: "Callable[[T, Reader], None]") -> None:
        """Read what waits, also taken from by other readers, then end the process."""
        try:
            while waiting:
                try:
                    one = waiting.popleft()
                except IndexError:  # the other reader was faster
                    break
                read(one, self)
                del one  # a reading may be large, and the next file may take long
        finally:
            self.close()

    def interrupt(self) -> None:
        """End the process for good, from another thread; what it was reading is a finding."""
        self._is_interrupted = True
        if (process := self._process) is not None:
            process.kill()

    def stop(self) -> int | None:
        """End the process, if there is one, and return its exit code."""
        process, self._process = self._process, None
        if process is None:
            return None
        process.kill()
        # Closing the pipes of a process that is gone can still try to flush them.
        with suppress(BrokenPipeError), process:
            pass
        return process.returncode

    def close(self) -> None:
        """End the process and drop what it said."""
        self.stop()
        self._errors.close()


def _sheet_of(answer: dict[str, Any]) -> Sheet:
    name = answer["name"]
    cells = tuple(
        Cell(name, place, row, column, text, _TYPES[cell_type], number_format, formula)
        for place, row, column, text, cell_type, number_format, formula in answer["cells"]
    )
    merged, columns = tuple(answer["merged"]), tuple(answer["columns"])
    return Sheet(name, answer["hidden"], cells, merged, columns)
