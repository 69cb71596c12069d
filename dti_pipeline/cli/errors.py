"""Errors that a person reads as one message, and those that mean wrong usage."""

import builtins


class UsageError(ValueError):
    """A name or setting on the command line that does not exist; the message lists what does."""


def message_of(error: Exception) -> str:
    """Return the message alone; a KeyError would put it into quotes."""
    return str(error.args[0]) if isinstance(error, KeyError) else str(error)


def shortage(class_name: str, text: str) -> str | None:
    """Return what to say of an error that means a machine without memory or threads, else None."""
    if class_name.endswith("MemoryError"):  # NumPy has one of its own
        return "out of memory; close other programs and run the command again"
    if "can't start new thread" in text:
        return "no more threads can be started; close other programs and run the command again"
    return None


def usage_errors() -> tuple[type[Exception], ...]:
    """Return the errors that mean wrong usage. Imported only when one was raised."""
    from dti_pipeline.index.assessments.load import UnknownAssessmentError
    from dti_pipeline.release.releases import UnknownReleaseError

    return UsageError, UnknownAssessmentError, UnknownReleaseError


def require(**texts: str) -> None:
    """Refuse a decision without a name or a reason."""
    for name, text in texts.items():
        if not text.strip():
            msg = f"--{name} is empty; the journal keeps who decided and why"
            raise UsageError(msg)


def is_foreseen(class_name: str) -> bool:
    """Say whether an error that Dagster has kept by the name of its class is one to print alone."""
    names = {error.__name__ for error in foreseen_errors()}
    builtin = getattr(builtins, class_name, object)
    return class_name in names or (isinstance(builtin, type) and issubclass(builtin, OSError))


def foreseen_errors() -> tuple[type[Exception], ...]:
    """Return the errors to print as one message. Imported only when one was raised."""
    from dti_pipeline.acceptance.plausibility.settings import CheckSettingsError
    from dti_pipeline.index.assessments.load import AssessmentError, UnknownAssessmentError
    from dti_pipeline.index.frameworks.load import FrameworkError
    from dti_pipeline.index.targets.load import TargetError
    from dti_pipeline.index.units.unit_files import UnitFileError
    from dti_pipeline.release.folder import DamagedReleaseError
    from dti_pipeline.release.journal import JournalError
    from dti_pipeline.release.publish import WithdrawnInputsError
    from dti_pipeline.release.releases import DamagedDraftError, NoReleaseError, ReleaseStateError
    from dti_pipeline.release.verify import BrokenChainError
    from dti_pipeline.store.parquet import ReadBackError
    from dti_pipeline.store.recorded import OtherRulesError
    from dti_pipeline.store.revisions import DamagedStoreError, StoreBusyError
    from schemas.contract import ContractError

    return (
        UsageError,
        AssessmentError,
        BrokenChainError,
        CheckSettingsError,
        ContractError,
        DamagedDraftError,
        DamagedReleaseError,
        DamagedStoreError,
        FrameworkError,
        JournalError,
        NoReleaseError,
        OtherRulesError,
        ReadBackError,
        ReleaseStateError,
        StoreBusyError,
        WithdrawnInputsError,
        TargetError,
        UnitFileError,
        UnknownAssessmentError,
        # What the file system refuses: a folder that may not be written, a full disk.
        OSError,
    )
