"""Find out whose report each workbook is, and read it; name the units that sent none."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.intake.assessed_units import AssessedUnits, GroupUnits
from dti_pipeline.intake.files.deliveries import Delivery
from dti_pipeline.intake.forms.form_file import FormFile
from dti_pipeline.intake.forms.layout import META_SHEET, questions_by_key
from dti_pipeline.intake.forms.reader import FormReading
from dti_pipeline.intake.place import Issues, Place
from schemas.files.assessment import Assessment
from schemas.issues.issue import Issue, make
from schemas.messages import message, nearest
from schemas.text import Text

_LEADING_NUMBER: Final = re.compile(r"^\d+[\s_.-]+")
_LAST_WORD: Final = re.compile(r"(^|[\W_]+)[^\W_]*$")
_SEPARATORS: Final = re.compile(r"[_]+|(?<=\w)-(?=\w)")
# What an assessment says of a unit without a report → in words; the setting's own name stays.
_TREATMENTS: Final = {
    "zero": Text("tính 0 điểm", "scored 0"),
    "not_assessed": Text("không đánh giá", "not assessed"),
}


@dataclass(frozen=True)
class Report:
    delivery: Delivery
    unit_id: str
    reading: FormReading


@dataclass(frozen=True)
class ReportFile:
    """The file that is the report of a unit, and the framework whose questions it answers."""

    delivery: Delivery
    unit_id: str
    form: FormFile
    framework: BoundFramework

    def report(self) -> Report:
        return Report(self.delivery, self.unit_id, self.form.reading(self.framework))


def units_by_file_name(paths: Sequence[str], units: AssessedUnits) -> dict[str, str]:
    """Return path → the unit_id that a file's name means, where it clearly means one.

    A name is a unit's id or name, with or without a number before it.
    """
    ids = {unit_id.casefold(): unit_id for unit_id in units.names}
    owners: dict[str, str] = {}
    others: dict[str, str] = {}
    for path in paths:
        stem = _LEADING_NUMBER.sub("", path.rpartition("/")[2].rpartition(".")[0])
        start = stem.casefold()
        while start and start not in ids:
            start = _LAST_WORD.sub("", start)
        if start:
            owners[path] = ids[start]
        else:
            others[path] = _SEPARATORS.sub(" ", stem)
    matches = zip(others, units.match(list(others.values())), strict=True)
    return owners | {path: match.unit_id for path, match in matches if match.unit_id}


def read_reports(
    forms: Mapping[Delivery, FormFile],
    *,
    unread: Sequence[Delivery],
    assessment: Assessment,
    units: AssessedUnits,
) -> tuple[list[ReportFile], list[Issue]]:
    """Find the report of each unit that sent exactly one, and name those that sent none or two.

    ``unread`` are workbooks that could not be opened; their issues exist already, and those inside
    a report come with its reading. Of two workbooks, which one holds is not guessed.
    """
    by_name = units_by_file_name([file.path for file in (*forms, *unread)], units)
    issues = Issues()
    files: dict[str, list[Delivery]] = {}  # of each unit, in the order of the deliveries
    # A file that could not be used is not missing; what is wrong with it is said already.
    present = set(by_name.values())
    for delivery, form in forms.items():
        meta, place = form.meta, Place(delivery.path)
        unit_id, unit_of_name = meta.get("unit_id"), by_name.get(delivery.path)
        if not unit_id:
            change = message("form_changes.no_unit", sheet=META_SHEET)
            # The file's name may tell whose page the sender must see it on.
            place = place._replace(
                unit_id=unit_of_name, unit_name=units.names.get(unit_of_name or "")
            )
            issues.add(place, "report.form_changed", change=change)
        elif unit_id not in units.names:
            issues.append(_unknown_unit(meta, place, units))
        elif unit_of_name and unit_of_name != unit_id:
            present.add(unit_id)
            expected, content = (units.names.get(unit, unit) for unit in (unit_of_name, unit_id))
            place = place._replace(unit_id=unit_of_name, unit_name=expected)
            issues.add(place, "report.wrong_unit", expected=expected, found=content)
        else:
            files.setdefault(unit_id, []).append(delivery)
    reports: list[ReportFile] = []
    for group in units.groups:
        questions = questions_by_key(group.framework)
        for unit_id in [unit_id for unit_id in files if unit_id in group.units]:
            *others, file = files[unit_id]
            if others:
                place = Place(file.path, unit_id=unit_id, unit_name=group.units[unit_id])
                names = ", ".join(one.name for one in files[unit_id])
                issues.add(place, "report.two_for_one_unit", files=names)
            elif questions:
                reports.append(ReportFile(file, unit_id, forms[file], group.framework))
            else:
                issues.append(make("table.unknown", source_file=file.path, table=file.name))
        if any(question.component.is_scored for question in questions.values()):
            issues += _missing(group, present | set(files), assessment)
    return reports, issues


def _unknown_unit(meta: Mapping[str, str], place: Place, units: AssessedUnits) -> Issue:
    name = meta.get("unit_name") or meta["unit_id"]
    (match,) = units.match([name])
    near = nearest(match.candidates or units.names.get(match.unit_id or ""))
    return place._replace(source_sheet=META_SHEET).issue(
        "unit.unknown", raw_text=meta["unit_id"], name=name, nearest=near
    )


def _missing(group: GroupUnits, present: set[str], assessment: Assessment) -> Iterator[Issue]:
    """Name the units without a report: blocking, unless the assessment says what to do."""
    declared = {unit.unit_id: unit for unit in assessment.without_report}
    absent = {unit: name for unit, name in group.units.items() if unit not in present}
    missing = {unit: name for unit, name in absent.items() if unit not in declared}
    if missing:
        # One issue whatever the number: before the deadline nearly all are missing.
        unit_id, name = next(iter(missing.items())) if len(missing) == 1 else (None, None)
        names = list(missing.values())
        yield make("report.missing", unit_id=unit_id, unit_name=name, units=names, count=len(names))
    for unit_id, name in absent.items():
        if unit_id in declared:
            absence = declared[unit_id]
            yield make(
                "report.absence_declared",
                unit_id=unit_id,
                unit_name=name,
                unit=name,
                treatment=_TREATMENTS[absence.treatment],
                reason=Text(absence.reason_vi, absence.reason_en),
            )
