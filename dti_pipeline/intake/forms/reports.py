"""Find out whose report each workbook is, and read it; name the units that sent none."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from dti_pipeline.index.units.registry import UnitRegistry
from dti_pipeline.intake.files.cells import Sheet
from dti_pipeline.intake.files.deliveries import Delivery, assessment_folder
from dti_pipeline.intake.forms.layout import META_SHEET, asked
from dti_pipeline.intake.forms.meta import read_meta
from dti_pipeline.intake.forms.reader import FormReading, read_form
from dti_pipeline.intake.group_units import GroupUnits
from dti_pipeline.intake.place import Place
from schemas.files.assessment import Assessment
from schemas.issues.issue import Issue, make
from schemas.text import Text

_LEADING_NUMBER: Final = re.compile(r"^\d+[\s_.-]+")
_LAST_WORD: Final = re.compile(r"(^|[\W_]+)[^\W_]*$")
_SEPARATORS: Final = re.compile(r"[_]+|(?<=\w)-(?=\w)")
# What an assessment says of a unit without a report → in words; the setting's own name stays.
_TREATMENTS: Final = {
    "zero": Text("không điểm (zero)", "no points (zero)"),
    "not_assessed": Text("không được đánh giá (not_assessed)", "not assessed (not_assessed)"),
}


@dataclass(frozen=True)
class Report:
    """One unit's report, read."""

    delivery: Delivery
    unit_id: str
    reading: FormReading


class _Claims:
    """What a workbook says about its owner: the hidden sheet, and the file's name."""

    def __init__(self, groups: Sequence[GroupUnits], registry: UnitRegistry, unit_set: str) -> None:
        self.registry, self.unit_set = registry, unit_set
        self.names = {unit: name for group in groups for unit, name in group.units.items()}
        self.by_id = {unit.casefold(): unit for unit in self.names}

    def by_file_name(self, deliveries: Sequence[Delivery]) -> dict[Delivery, str]:
        """Return the unit that a file's name speaks of, where it clearly speaks of one.

        A name is a unit's id or name, with or without a number before it.
        """
        stems = {one: _LEADING_NUMBER.sub("", one.name.rpartition(".")[0]) for one in deliveries}
        claims = {}
        for delivery, stem in stems.items():
            start = stem.casefold()
            while start and start not in self.by_id:
                start = _LAST_WORD.sub("", start)
            if start:
                claims[delivery] = self.by_id[start]
        others = {one: _SEPARATORS.sub(" ", stem) for one, stem in stems.items()}
        others = {one: name for one, name in others.items() if one not in claims}
        names = pl.Series(list(others.values()), dtype=pl.String)
        matched = self.registry.match(names, unit_set=self.unit_set)
        found = zip(others, matched["unit_id"], strict=True)
        return claims | {delivery: unit_id for delivery, unit_id in found if unit_id}

    def unknown(self, meta: Mapping[str, str], place: Place) -> Issue:
        """Refuse a report of a unit that the assessment does not have."""
        name = meta.get("unit_name") or meta["unit_id"]
        row = self.registry.match(pl.Series([name]), unit_set=self.unit_set).row(0, named=True)
        near = row["candidates"] or self.names.get(row["unit_id"] or "") or "–"
        return place._replace(source_sheet=META_SHEET).issue(
            "unit.unknown", raw_text=meta["unit_id"], name=name, candidates=near
        )


def owners_by_name(
    deliveries: Sequence[Delivery],
    *,
    groups: Sequence[GroupUnits],
    registry: UnitRegistry,
    unit_set: str,
) -> dict[Delivery, tuple[str, str]]:
    """Return unit_id and name of the unit that a file's name speaks of, where it clearly does."""
    claims = _Claims(groups, registry, unit_set)
    found = claims.by_file_name(deliveries)
    return {one: (unit_id, claims.names.get(unit_id, unit_id)) for one, unit_id in found.items()}


def read_reports(
    sheets: Mapping[Delivery, Sequence[Sheet]],
    *,
    unread: Sequence[Delivery],
    groups: Sequence[GroupUnits],
    assessment: Assessment,
    registry: UnitRegistry,
) -> tuple[list[Report], list[Issue]]:
    """Read the self-reports of an assessment.

    Args:
        sheets: delivered workbook → its sheets.
        unread: workbooks that could not be opened; their issues exist already.
        groups: who is assessed by which framework.
        assessment: the assessment.
        registry: the unit registry.

    Returns:
        One report per unit that sent exactly one, in the order of the deliveries, and the issues.
        Two workbooks of one unit count for nobody: which of them holds is not guessed.
    """
    claims = _Claims(groups, registry, assessment.unit_set)
    named = claims.by_file_name([*sheets, *unread])
    issues: list[Issue] = []
    owners: dict[Delivery, str] = {}
    # A file that could not be used is not missing; what is wrong with it is said already.
    present = set(named.values())
    for delivery, pages in sheets.items():
        meta, place = read_meta(pages), Place(delivery.path, None, None)
        unit_id = meta.get("unit_id")
        if not unit_id:
            change = Text(
                f"thiếu trang ẩn {META_SHEET} với mã đơn vị",
                f"the hidden sheet {META_SHEET} with the unit is missing",
            )
            # The file's name may tell whose page the sender must see it on.
            owner = named.get(delivery)
            place = place._replace(unit_id=owner, unit_name=claims.names.get(owner or ""))
            issues.append(place.issue("report.form_changed", change=change))
        elif unit_id not in claims.names:
            issues.append(claims.unknown(meta, place))
        elif named.get(delivery, unit_id) != unit_id:
            present.add(unit_id)
            says = [claims.names.get(one, one) for one in (named[delivery], unit_id)]
            place = place._replace(unit_id=named[delivery], unit_name=says[0])
            issues.append(place.issue("report.wrong_unit", expected=says[0], found=says[1]))
        else:
            owners[delivery] = unit_id
    issues += _twice(owners, claims.names)
    times = Counter(owners.values())
    reports = []
    for group in groups:
        questions = {question.key: question for question in asked(group.framework)}
        for delivery, unit_id in owners.items():
            if unit_id not in group.units or times[unit_id] > 1:
                continue
            if not questions:
                issues.append(make("table.unknown", source_file=delivery.path, table=delivery.name))
                continue
            place = Place(delivery.path, None, None, unit_id, unit_name=claims.names[unit_id])
            reading = read_form(
                sheets[delivery],
                assessment=assessment,
                framework=group.framework,
                questions=questions,
                place=place,
            )
            reports.append(Report(delivery=delivery, unit_id=unit_id, reading=reading))
            issues += reading.issues
        if questions:
            issues += _missing(group, present | set(owners.values()), assessment)
    return reports, issues


def _twice(owners: Mapping[Delivery, str], names: Mapping[str, str]) -> Iterator[Issue]:
    for unit_id, times in Counter(owners.values()).items():
        if times > 1:
            files = [delivery for delivery, owner in owners.items() if owner == unit_id]
            yield make(
                "report.two_for_one_unit",
                unit_id=unit_id,
                unit_name=names[unit_id],
                source_file=files[-1].path,
                files=", ".join(delivery.name for delivery in files),
            )


def _missing(group: GroupUnits, present: set[str], assessment: Assessment) -> Iterator[Issue]:
    """Name the units without a report: blocking, unless the assessment says what to do."""
    declared = {unit.unit_id: unit for unit in assessment.without_report}
    for unit_id, name in group.units.items():
        if unit_id in present:
            continue
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
        else:
            yield make(
                "report.missing",
                unit_id=unit_id,
                unit_name=name,
                unit=name,
                assessment=assessment.id,
                folder=f"data/{assessment_folder(assessment.id)}/self_reports/",
            )
