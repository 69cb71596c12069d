"""Errors that are messages for people, and those that mean wrong usage."""


class UsageError(ValueError):
    """A name or setting on the command line that does not exist; the message lists what does."""


def friendly_errors() -> tuple[type[Exception], ...]:
    """Return the errors to print as one message. Imported only when one was raised."""
    from dti_pipeline.archive import OtherRulesError
    from dti_pipeline.assessments.load import AssessmentError
    from dti_pipeline.frameworks.load import FrameworkError
    from dti_pipeline.journal import JournalError
    from dti_pipeline.plausibility.settings import CheckSettingsError
    from dti_pipeline.release import NoReleaseError, ReleaseStateError
    from dti_pipeline.revise import WithdrawnInputsError
    from dti_pipeline.store import StoreBusyError
    from dti_pipeline.targets.load import TargetError
    from dti_pipeline.units.unit_files import UnitFileError

    return (
        UsageError,
        AssessmentError,
        CheckSettingsError,
        FrameworkError,
        JournalError,
        NoReleaseError,
        OtherRulesError,
        ReleaseStateError,
        StoreBusyError,
        WithdrawnInputsError,
        TargetError,
        UnitFileError,
    )
