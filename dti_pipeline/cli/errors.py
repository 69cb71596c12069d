"""Errors that a person reads as one message, and those that mean wrong usage."""

import builtins
import errno
import os
from collections.abc import Mapping
from typing import Final

from dti_pipeline.cli.language import spoken
from schemas.messages import message
from schemas.text import SpokenError, Text

# Error of the file system → the message that says what is wrong and what to do.
_REMEDIES: Final[Mapping[int, str]] = {
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "system.no_permission"),
    **dict.fromkeys((errno.EEXIST, errno.ENOTDIR), "system.no_folder"),
    errno.EISDIR: "system.is_folder",
    errno.ENOENT: "system.missing",
    errno.ENOSPC: "system.disk_full",
}


class UsageError(SpokenError, ValueError):
    """A name or setting on the command line that does not exist; the message lists what does."""


def message_of(error: Exception) -> str:
    """Return the message in the language of the command, where it has one.

    What the file system refuses comes with its remedy.
    """
    if isinstance(error, SpokenError):
        return spoken(error.text)
    if isinstance(error, KeyError):  # its text would be in quotes
        return str(error.args[0])
    # XlsxWriter wraps the error of the file system.
    cause = error.args[0] if error.args and isinstance(error.args[0], OSError) else error
    if isinstance(cause, OSError) and (key := _REMEDIES.get(cause.errno or 0)):
        path, remedy = cause.filename2 or cause.filename, spoken(message(key))
        return f"{os.fspath(path)}: {remedy}" if path else remedy
    return str(error)


def shortage(class_name: str, text: str) -> Text | None:
    """Return what to say of an error that means a machine without memory or threads, else None."""
    if class_name.endswith("MemoryError"):  # NumPy has one of its own
        return message("system.no_memory")
    if "can't start new thread" in text:
        return message("system.no_threads")
    return None


def usage_errors() -> tuple[type[Exception], ...]:
    """Return the errors that mean wrong usage. Imported only when one was raised."""
    from dti_pipeline.analysis.scenario import ScenarioError
    from dti_pipeline.index.assessments.load import UnknownAssessmentError
    from dti_pipeline.intake.tables.user_file import UserFileError
    from dti_pipeline.release.releases import UnknownReleaseError

    return UsageError, ScenarioError, UnknownAssessmentError, UnknownReleaseError, UserFileError


def require(**texts: str) -> None:
    """Refuse a decision without a name or a reason."""
    for name, text in texts.items():
        if not text.strip():
            raise UsageError(message("release.empty_option", name=name))


def is_foreseen(class_name: str) -> bool:
    """Say whether an error that Dagster has kept by the name of its class is one to print alone."""
    names = {error.__name__ for error in foreseen_errors()}
    builtin = getattr(builtins, class_name, object)
    return class_name in names or (isinstance(builtin, type) and issubclass(builtin, OSError))


def foreseen_errors() -> tuple[type[Exception], ...]:
    """Return the errors to print as one message. Imported only when one was raised."""
    from xlsxwriter.exceptions import FileCreateError

    from dti_pipeline.acceptance.plausibility.settings import CheckSettingsError
    from dti_pipeline.index.assessments.load import AssessmentError
    from dti_pipeline.index.frameworks.load import FrameworkError
    from dti_pipeline.index.targets.load import TargetError
    from dti_pipeline.index.toml_files import FileError
    from dti_pipeline.index.units.unit_files import UnitFileError
    from dti_pipeline.release.folder import DamagedReleaseError
    from dti_pipeline.release.journal import JournalError
    from dti_pipeline.release.provisional import NoProvisionalResultError
    from dti_pipeline.release.publish import WithdrawnInputsError
    from dti_pipeline.release.releases import DamagedDraftError, NoReleaseError, ReleaseStateError
    from dti_pipeline.release.verify import BrokenChainError
    from dti_pipeline.reports.database import DatabaseError
    from dti_pipeline.reports.papers.paper import PaperError
    from dti_pipeline.store.parquet import ReadBackError
    from dti_pipeline.store.recorded import OtherRulesError
    from dti_pipeline.store.revisions import DamagedStoreError, StoreBusyError
    from schemas.contract import ContractError

    return (
        *usage_errors(),
        AssessmentError,
        BrokenChainError,
        CheckSettingsError,
        ContractError,
        DamagedDraftError,
        DamagedReleaseError,
        DamagedStoreError,
        DatabaseError,
        FileError,
        FrameworkError,
        JournalError,
        NoProvisionalResultError,
        NoReleaseError,
        OtherRulesError,
        PaperError,
        ReadBackError,
        ReleaseStateError,
        StoreBusyError,
        WithdrawnInputsError,
        TargetError,
        UnitFileError,
        # What the file system refuses: a folder that may not be written, a full disk.
        FileCreateError,
        OSError,
    )
