"""What a worker makes of one delivered form: whose it is, and what it says.

It goes back to the run, and is kept for the next one, as compressed JSON.
"""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import date
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from dti_pipeline.index.csv_rows import Finding
from dti_pipeline.intake.assessed_units import GroupUnits
from dti_pipeline.intake.files.deliveries import Delivery
from dti_pipeline.intake.files.kept import KeptReadings, key_of
from dti_pipeline.intake.files.workers import Result, read_file, recall_or_work
from dti_pipeline.intake.forms.layout import META_SHEET, Document, Question, questions_by_key
from dti_pipeline.intake.forms.meta import read_meta
from dti_pipeline.intake.forms.questions import QuestionKey
from dti_pipeline.intake.forms.reader import FormEntry, FormReading, read_form
from dti_pipeline.intake.numbers.entry import Entry
from dti_pipeline.intake.numbers.policy import Status
from dti_pipeline.intake.place import Place
from schemas.files.assessment import Assessment
from schemas.issues.issue import Issue
from schemas.text import Text

# Asking an enumeration for a member costs as much as all else that is done for an entry.
_STATES: Final = {str(status): status for status in Status}


@dataclass(frozen=True)
class FormFile:
    """One file among the reports.

    Attributes:
        is_form: it has the hidden sheet of a form.
        meta: what that sheet says.
        packed: its reading, as ``pack_reading`` gives it; empty where it is of no unit that is
            asked for a report.
        findings: why it could not be opened.
    """

    is_form: bool = False
    meta: Mapping[str, str] = field(default_factory=dict)
    packed: bytes = b""
    findings: tuple[Finding, ...] = ()

    def reading(self, questions: Mapping[QuestionKey, Question]) -> FormReading:
        parts: dict[str, Any] = json.loads(zlib.decompress(self.packed))
        day = parts["delivered_on"]
        return FormReading(
            self.meta,
            entries=tuple(
                FormEntry(questions[code, name], Entry(_STATES[status], number, option, how), *rest)
                for (code, name), status, number, option, how, *rest in parts["entries"]
            ),
            issues=tuple(
                Issue(rule_id, severity, Text(*what), Text(*action), *place)
                for rule_id, severity, what, action, *place in parts["issues"]
            ),
            delivered_on=date.fromisoformat(day) if day else None,
            documents=tuple(Document(*document) for document in parts["documents"]),
        )


@dataclass(frozen=True)
class FormTask:
    """Reads the forms of an assessment; all but the file itself that a reading depends on.

    Attributes:
        data_dir: the data folder.
        assessment: the assessment.
        groups: its frameworks, each with the units that it asks for reports.
    """

    data_dir: Path
    assessment: Assessment
    groups: tuple[GroupUnits, ...]

    @cached_property
    def questions(self) -> dict[str, dict[QuestionKey, Question]]:
        return {group.framework.id: questions_by_key(group.framework) for group in self.groups}

    @cached_property
    def content_hash(self) -> str:
        """Return the hash of assessment, frameworks and units' names."""
        groups = [(group.framework.content_hash, dict(group.units)) for group in self.groups]
        text = json.dumps([self.assessment.model_dump_json(), groups])
        return sha256(text.encode()).hexdigest()

    def key(self, delivery: Delivery) -> str:
        """Return the key under which the reading of a form is kept."""
        return key_of("form", self.content_hash, delivery.path, delivery.sha256)

    def __call__(self, path: Path) -> Result:
        """Read one file in a worker; ``read_form_files`` brings it back."""
        content = read_file(path, root=self.data_dir)
        if (sheets := content.sheets) is None:
            return content.findings
        is_form = any(sheet.name == META_SHEET for sheet in sheets)
        meta = read_meta(sheets)
        unit_id, packed = meta.get("unit_id", ""), b""
        for group in self.groups:
            questions = self.questions[group.framework.id]
            if questions and unit_id in group.units:
                place = Place(
                    path.relative_to(self.data_dir).as_posix(),
                    unit_id=unit_id,
                    unit_name=group.units[unit_id],
                )
                reading = read_form(
                    sheets,
                    assessment=self.assessment,
                    framework=group.framework,
                    questions=questions,
                    place=place,
                )
                packed = pack_reading(reading)
        return json.dumps([is_form, meta]).encode() + b"\n" + packed


def read_form_files(
    deliveries: Sequence[Delivery], task: FormTask, *, kept: KeptReadings | None
) -> Iterator[tuple[Delivery, FormFile]]:
    """Read the forms of an assessment in their order: in workers, where they are not kept."""
    paths = {task.data_dir / delivery.path: delivery for delivery in deliveries}
    keys = {path: task.key(delivery) for path, delivery in paths.items()}
    results = recall_or_work(list(paths), task, kept=kept, keys=keys)
    for delivery, result in zip(deliveries, results, strict=True):
        if isinstance(result, tuple):
            yield delivery, FormFile(findings=result)
        else:
            head, _, packed = result.partition(b"\n")
            is_form, meta = json.loads(head)
            yield delivery, FormFile(is_form, meta, packed)


def pack_reading(reading: FormReading) -> bytes:
    """Write a reading without its ``meta``; questions are named by their keys."""
    parts = {
        "entries": [(e.question.key, *e.entry, *e[2:]) for e in reading.entries],
        "issues": [astuple(issue) for issue in reading.issues],
        "delivered_on": reading.delivered_on and reading.delivered_on.isoformat(),
        "documents": reading.documents,
    }
    return zlib.compress(json.dumps(parts, ensure_ascii=False).encode(), level=1)
