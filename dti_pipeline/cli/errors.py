"""Errors that a person reads as one message, and those that mean wrong usage."""

import errno
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from dti_pipeline.cli.language import spoken
from schemas.messages import message
from schemas.text import ForeseenError, SpokenError, Text, WrongUsageError

# Error of the file system → the message that says what is wrong and what to do.
_REMEDIES: Final[Mapping[int, str]] = {
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "system.no_permission"),
    **dict.fromkeys((errno.EEXIST, errno.ENOTDIR), "system.no_folder"),
    errno.EISDIR: "system.is_folder",
    errno.ENOENT: "system.missing",
    errno.ENOSPC: "system.disk_full",
    errno.EXDEV: "system.other_disk",
    **dict.fromkeys((errno.EDQUOT, errno.EFBIG), "system.over_quota"),
}


class UsageError(WrongUsageError, ValueError):
    """A name or setting on the command line that does not exist; the message lists what does."""


def message_of(error: Exception) -> str:
    """Return the message in the language of the command, where it has one."""
    return spoken(text_of(error))


def text_of(error: Exception) -> Text:
    """Return the message; what the file system refuses comes with its remedy."""
    if isinstance(error, SpokenError):
        return error.text
    if isinstance(text := getattr(error, "text_with_place", None), Text):
        return text
    # XlsxWriter wraps the error of the file system.
    cause = error.args[0] if error.args and isinstance(error.args[0], OSError) else error
    if isinstance(cause, OSError) and (key := _REMEDIES.get(cause.errno or 0)):
        path = cause.filename2 or cause.filename
        return _at(os.fspath(path), message(key)) if path else message(key)
    return Text(str(error), str(error))


def _at(place: object, remedy: Text) -> Text:
    return Text(f"{place}: {remedy.vi}", f"{place}: {remedy.en}")


def shortage(class_name: str, text: str, *, folder: Path | None = None) -> Text | None:
    """Return what to say where a machine lacks memory, threads, room or rights, else None.

    Dagster keeps of an error the name of its class and its text.
    """
    if class_name.endswith("MemoryError"):  # NumPy has one of its own
        return message("system.no_memory")
    if "can't start new thread" in text:
        return message("system.no_threads")
    refusal = re.search(r"\[Errno (\d+)\][^']*(?:'(.+?)')?", text)
    key = _REMEDIES.get(int(refusal[1])) if refusal else None
    if folder is None or refusal is None or key is None:
        return None
    return _at(refusal[2] if refusal[2] and key != "system.disk_full" else folder, message(key))


def unit_hint(near: str | None, names: Sequence[str]) -> Text:
    """Name the units that a wrong name may have meant; where none is near, some as an example."""
    return message(
        f"selection.{'near' if near else 'some'}_units", names=near or "; ".join(names[:5])
    )


def require(**texts: str) -> None:
    """Refuse a decision without a name or a reason."""
    for name, text in texts.items():
        if not text.strip():
            raise UsageError("release.empty_option", name=name)


def is_foreseen(class_name: str) -> bool:
    """Say whether an error that Dagster has kept by the name of its class is one to print alone."""
    return any(class_name in _names_of(error) for error in foreseen_errors())


def _names_of(error: type[Exception]) -> set[str]:
    return {error.__name__}.union(*map(_names_of, error.__subclasses__()))


def foreseen_errors() -> tuple[type[Exception], ...]:
    """Return the errors to print as one message. Imported only when one was raised."""
    from xlsxwriter.exceptions import FileCreateError

    # What the file system refuses: a folder that may not be written, a full disk.
    return ForeseenError, FileCreateError, OSError
