"""Provisional results: the ranking of those who have delivered, in a draft that says so.

The assessment is computed as if its file named the missing units as not assessed, under a title
that says “tạm tính”. The revision records that file, so it is verified like any other; no draft
with it can be approved, and no later run publishes it.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from hashlib import sha256
from typing import Final

import polars as pl
import tomlkit

from dti_pipeline.index.definition import Definition
from dti_pipeline.intake.forms.asked_units import asked_units
from dti_pipeline.pipeline import compute, read
from dti_pipeline.release.folder import Release
from dti_pipeline.release.publish import InputState, publish, save_revision
from dti_pipeline.store.inputs import NOTHING, PROVISIONAL, Input, collect_inputs, input_hash
from dti_pipeline.store.recorded import laid_out
from dti_pipeline.store.revisions import Store
from schemas.issues.issue import Issue, blocking, to_frame
from schemas.messages import message
from schemas.text import SpokenError, Text

_LEAST: Final = 2
"""Units that a ranking needs."""


class NoProvisionalResultError(SpokenError, ValueError):
    """An assessment without anything to rank provisionally; the message says why."""


class BlockedError(SpokenError, RuntimeError):
    """Deliveries that must be corrected first; ``issues`` are those that block."""

    def __init__(self, text: Text, issues: pl.DataFrame) -> None:
        super().__init__(text)
        self.issues = issues


def draft_provisional(definition: Definition, *, reason: str = "") -> tuple[Release, int, int]:
    """Compute what can be ranked now and leave it in a draft.

    Returns:
        The draft, how many units it ranks, and how many owe a report.

    Raises:
        NoProvisionalResultError: if nobody is missing, or fewer than two have delivered.
        BlockedError: if what was delivered has errors to correct.
    """
    name, store = definition.assessment.id, Store(definition.workspace.store)
    inputs = collect_inputs(definition)
    with _recorded(name, inputs.entries, store) as recorded:
        missing, n_asked = _missing(recorded)
    n_ranked = n_asked - len(missing)
    assessment, *others = inputs.entries
    content = _content(definition, assessment.content.decode("utf-8"), missing, n_asked)
    entries = (
        replace(assessment, content=content, sha256=sha256(content).hexdigest()),
        *others,
        Input(PROVISIONAL, "config/provisional.txt", NOTHING, b""),
    )
    state = InputState(
        inputs=entries,
        input_hash=input_hash(name, entries),
        revision=None,
        is_current=False,
        changes=f"provisional: {n_ranked} of {n_asked} reports",
    )
    revisions = [r for r in store.revisions(name) if r.input_hash == state.input_hash]
    if revisions:
        revision = revisions[-1]
    else:
        with _recorded(name, entries, store) as provisional:
            tables = _computed(provisional, inputs.issues)
            revision = save_revision(provisional, store, tables=tables, state=state)
    release, _ = publish(definition.workspace, revisions=[revision], reason=reason, is_draft=True)
    return release, n_ranked, n_asked


def _recorded(
    assessment_id: str, entries: Sequence[Input], store: Store
) -> AbstractContextManager[Definition]:
    """Keep inputs and define the assessment from them: what is computed is what was hashed."""
    store.archive(entries)
    return laid_out(assessment_id, [entry.record for entry in entries], store)


def _missing(definition: Definition) -> tuple[list[str], int]:
    """Return the units without a report that the assessment does not explain, and who owes one."""
    assessment = definition.assessment
    excused = {unit.unit_id for unit in assessment.without_report}
    unit_ids = [unit["unit_id"] for unit in asked_units(definition).values()]
    owing = [unit_id for unit_id in unit_ids if unit_id not in excused]
    observations = read(definition).observations
    present = set(observations.filter(source_kind="self_report")["unit_id"].unique())
    missing = [unit_id for unit_id in owing if unit_id not in present]
    name = assessment.id
    if assessment.kind != "computed" or not missing:
        raise NoProvisionalResultError("provisional.nobody_missing", name=name)
    if (here := len(owing) - len(missing)) < _LEAST:
        raise NoProvisionalResultError(
            "provisional.too_few", name=name, here=here, asked=len(owing), least=_LEAST
        )
    return missing, len(owing)


def _content(definition: Definition, text: str, missing: list[str], n_asked: int) -> bytes:
    """Return the assessment's file with the missing units left out and the title marked."""
    mark = message("provisional.title_mark", here=n_asked - len(missing), asked=n_asked)
    file = tomlkit.parse(text)
    for title, language in (("title_vi", "vi"), ("title_en", "en")):
        file[title] = getattr(definition.assessment, title) + getattr(mark, language)
    without_report = file.setdefault("without_report", tomlkit.aot())
    for unit_id in missing:
        without_report.append(
            {
                "unit_id": unit_id,
                "treatment": "not_assessed",
                "reason_vi": "chưa nộp báo cáo khi tính tạm",
                "reason_en": "no report yet when computed provisionally",
            }
        )
    return str(tomlkit.dumps(file)).encode()


def _computed(definition: Definition, unread: Sequence[Issue]) -> dict[str, pl.DataFrame]:
    """Compute the tables; what blocks a run blocks here."""
    tables = compute(definition)
    issues = pl.concat([to_frame(unread), tables["dq_issue"]], how="diagonal")
    if (grave := blocking(issues)).height:
        name = definition.assessment.id
        raise BlockedError(message("provisional.blocked", name=name, count=grave.height), grave)
    return tables
