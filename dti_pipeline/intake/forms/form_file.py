"""What a worker makes of one delivered form: whose it is, and what it says.

It goes back to the run, and is kept for the next one, as compressed JSON.
"""

import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from dti_pipeline.index.csv_rows import Finding
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.intake.assessed_units import GroupUnits
from dti_pipeline.intake.files.deliveries import Delivery
from dti_pipeline.intake.files.kept import KeptResults, key_of
from dti_pipeline.intake.files.workers import Result, read_file, recall_or_work
from dti_pipeline.intake.forms.layout import META_SHEET, questions_by_key
from dti_pipeline.intake.forms.meta import read_meta
from dti_pipeline.intake.forms.reader import FormReading, read_form
from dti_pipeline.intake.place import Place
from schemas.files.assessment import Assessment

_READING: Final = TypeAdapter(FormReading)


@dataclass(frozen=True)
class FormFile:
    """One file among the reports."""

    is_form: bool = False  # it has the hidden sheet of a form
    meta: Mapping[str, str] = field(default_factory=dict)  # what that sheet says
    packed: bytes = b""  # its reading; empty where it is of no unit that is asked for a report
    findings: tuple[Finding, ...] = ()  # why it could not be opened

    def reading(self, framework: BoundFramework) -> FormReading:
        questions = questions_by_key(framework)
        return _READING.validate_json(zlib.decompress(self.packed), context=questions)


@dataclass(frozen=True)
class FormTask:
    """Reads the forms of an assessment; all but the file itself that a reading depends on."""

    data_dir: Path
    assessment: Assessment
    groups: tuple[GroupUnits, ...]  # its frameworks, each with the units that it asks for reports

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
        group = next((group for group in self.groups if unit_id in group.units), None)
        if group and questions_by_key(group.framework):
            file, name = path.relative_to(self.data_dir).as_posix(), group.units[unit_id]
            reading = read_form(
                sheets,
                assessment=self.assessment,
                framework=group.framework,
                place=Place(file, unit_id=unit_id, unit_name=name),
            )
            packed = zlib.compress(_READING.dump_json(reading), level=1)
        return json.dumps([is_form, meta]).encode() + b"\n" + packed


def read_form_files(
    deliveries: Sequence[Delivery], task: FormTask, *, kept: KeptResults | None
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
