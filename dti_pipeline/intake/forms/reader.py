"""Read a self-report workbook back: every question gets one entry, everything odd an issue."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final, NamedTuple

from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.intake.files.cells import CellType, Sheet
from dti_pipeline.intake.forms.day import delivery_day, late
from dti_pipeline.intake.forms.layout import (
    EVIDENCE_COLUMNS,
    META_SHEET,
    NA_MARKS,
    REPORT_SHEET,
    Asked,
)
from dti_pipeline.intake.forms.meta import meta_issues, other_hash, read_meta
from dti_pipeline.intake.forms.row_matching import FormRow, RowMatcher, find_form_table
from dti_pipeline.intake.numbers.column_evidence import column_evidence
from dti_pipeline.intake.numbers.entry import Entry, component_name, day_of, figure_name, read_entry
from dti_pipeline.intake.numbers.policy import NO_EVIDENCE, Evidence, NumberKind, Status
from dti_pipeline.intake.place import Place
from dti_pipeline.intake.tables.rows import Table
from dti_pipeline.intake.text_keys import label_key
from schemas.files.assessment import Assessment
from schemas.issues.issue import Issue
from schemas.text import Text

_NUMBER_KINDS: Final = frozenset(kind.value for kind in NumberKind)


@dataclass(frozen=True, slots=True)
class FormEntry:
    """What a form says about one question.

    Attributes:
        question: component and variable.
        entry: status, figure and option.
        raw_text: the cell's text as found; None where there is no row.
        sheet: sheet of the table.
        cell: address of the value cell; None where there is no row.
        na_reason: why it does not apply, as far as it was given.
        evidence_state: ``not_required``, ``missing`` or ``reported``, of the whole component.
        evidence_text: the component's documents on one line.
    """

    question: Asked
    entry: Entry
    raw_text: str | None
    sheet: str | None
    cell: str | None
    na_reason: str | None = None
    evidence_state: str = "not_required"
    evidence_text: str | None = None


@dataclass(frozen=True, slots=True)
class FormReading:
    """A form, read.

    Attributes:
        meta: the hidden sheet: form version, assessment, framework and its hash, unit, basis.
        entries: one per question of the framework, in its order; empty where the workbook is no
            form of this assessment.
        issues: everything odd, each with its sheet and cell.
        delivered_on: the day of delivery, as far as somebody wrote it.
    """

    meta: Mapping[str, str]
    entries: tuple[FormEntry, ...]
    issues: tuple[Issue, ...]
    delivered_on: date | None = None

    @property
    def data_basis(self) -> str | None:
        """Return what the figures stand on, where the form says so."""
        return self.meta.get("data_basis") or None


def read_form(
    sheets: Sequence[Sheet],
    *,
    assessment: Assessment,
    framework: BoundFramework,
    questions: Mapping[tuple[str, str], Asked],
    place: Place,
) -> FormReading:
    """Read one workbook as the self-report of one unit.

    Args:
        sheets: its sheets.
        assessment: the assessment it must be for.
        framework: the framework of the unit.
        questions: what the framework asks, by component code and variable.
        place: file and unit, for issues.

    Returns:
        The reading. Without a usable table, or for another assessment or framework, it holds
        issues only.
    """
    meta = read_meta(sheets)
    issues = list(meta_issues(meta, assessment=assessment, framework=framework, place=place))
    shown = [sheet for sheet in sheets if not sheet.hidden and sheet.name != META_SHEET]
    if extra := [s.name or "" for s in sheets if s.hidden and s.name != META_SHEET]:
        issues.append(place.issue("file.hidden_sheet", sheets=", ".join(extra)))
    tables = [table for sheet in shown if (table := find_form_table(sheet)) is not None]
    day, day_issues = delivery_day(
        meta, tables[0] if tables else None, deadline=assessment.deadline, place=place
    )
    issues += day_issues
    if len(tables) != 1:
        issues.append(_no_table(tables, place))
    if any(issue.severity == "blocking" for issue in issues):
        return FormReading(meta=meta, entries=(), issues=tuple(issues), delivered_on=day)
    place = place._replace(source_sheet=tables[0].sheet.name)
    matcher = RowMatcher(framework, questions, place=place)
    rows: dict[tuple[str, str], list[FormRow]] = {}
    for row in matcher.rows(tables[0]):
        rows.setdefault(row.question.key, []).append(row)
    reader = _Reader(assessment=assessment, place=place, rows=rows)
    entries = tuple(
        entry
        for _, group in groupby(questions.values(), key=lambda q: q.component.code)
        for entry in reader.component(list(group))
    )
    if meta.get("framework_hash") != framework.content_hash:
        changed = matcher.has_foreign_codes or len(rows) < len(questions)
        issues.append(other_hash(meta, framework, place, is_grave=changed))
    return FormReading(
        meta=meta,
        entries=entries,
        issues=(*issues, *matcher.issues, *reader.issues),
        delivered_on=day,
    )


def _no_table(tables: Sequence[Table], place: Place) -> Issue:
    if tables:
        names = ", ".join(table.sheet.name or "" for table in tables)
        change = Text(
            f"nhiều trang có bảng báo cáo: {names}", f"several sheets hold the table: {names}"
        )
    else:
        change = Text(
            f"không tìm thấy dòng tiêu đề của trang {REPORT_SHEET}, hoặc một tiêu đề bị lặp",
            f"the header of the sheet {REPORT_SHEET} was not found, or a label stands twice in it",
        )
    return place.issue("report.form_changed", change=change)


class _Read(NamedTuple):
    """What one question's cell says."""

    entry: Entry
    raw_text: str | None
    cell: str | None


class _Reader:
    """Reads the entries of one form, component by component; collects the issues."""

    def __init__(
        self,
        *,
        assessment: Assessment,
        place: Place,
        rows: Mapping[tuple[str, str], list[FormRow]],
    ) -> None:
        self.assessment, self.place, self.rows = assessment, place, rows
        self.issues: list[Issue] = []
        self.evidence = _marks_in(rows)

    def component(self, questions: list[Asked]) -> Iterator[FormEntry]:
        """Read the questions of one component; they share the evidence and the mark."""
        code = questions[0].component.code
        own = [row for question in questions for row in self.rows.get(question.key, ())]
        marked = [row for row in own if self._is_marked(row)]
        reasons = [row.text("na_reason") for row in own]
        reason = next(filter(None, reasons), None)
        read = [self._question(question, is_marked=bool(marked)) for question in questions]
        away = [one for one in read if one.entry.status is Status.NOT_APPLICABLE]
        if away:
            cell = marked[0].address("na_mark") if marked else away[0].cell
            self._check_not_applicable(questions[0], cell, reason)
        state, documents = self._documents(questions[0], own)
        pairs = list(zip(questions, read, strict=True))
        if state == "missing" and any(_wants_proof(asked, one.entry) for asked, one in pairs):
            component = component_name(questions[0].component.component)
            self.issues.append(
                self._at(code, own[0], "value").issue(
                    "evidence.missing", component=component, action_taken="figures not counted"
                )
            )
        for question, one in pairs:
            yield FormEntry(
                question=question,
                entry=one.entry,
                raw_text=one.raw_text,
                sheet=self.place.source_sheet,
                cell=one.cell,
                na_reason=reason if one in away else None,
                evidence_state=state,
                evidence_text=documents,
            )

    def _at(self, code: str, row: FormRow | None, key: str) -> Place:
        cell = row.address(key) if row and row.row.has(key) else None
        return self.place._replace(component_code=code, source_cell=cell)

    def _is_marked(self, row: FormRow) -> bool:
        """Read the not-applicable mark; a word that is no mark is refused."""
        text = row.text("na_mark")
        mark = label_key(text) or text
        if mark and mark not in NA_MARKS and mark not in {"khong", "no", "0", "false"}:
            place = self._at(row.question.component.code, row, "na_mark")
            self.issues.append(
                place.issue("option.unknown", raw_text=text, option=text, options="x")
            )
        return mark in NA_MARKS

    def _question(self, question: Asked, *, is_marked: bool) -> _Read:
        """Read one question; several rows must agree."""
        rows = self.rows.get(question.key, [])
        code = question.component.code
        if not rows:
            if is_marked:
                return _Read(Entry(Status.NOT_APPLICABLE, reading="mark"), None, None)
            place = self._at(code, None, "value")
            name = figure_name(question.variable)
            self.issues.append(place.issue("value.missing", variable=name))
            return _Read(Entry(Status.BLANK, reading="row_missing"), None, None)
        read = [self._row(row, is_marked=is_marked) for row in rows]
        if len(read) == 1:
            return read[0]
        agree = len({(one.entry.value_micro, one.entry.option, one.entry.status) for one in read})
        rule_id = "variable.repeated_agrees" if agree == 1 else "variable.repeated"
        values = "; ".join(f"{one.raw_text or '–'} ({one.cell})" for one in read)
        place = self._at(code, rows[1], "value")
        name = figure_name(question.variable)
        self.issues.append(place.issue(rule_id, variable=name, values=values))
        if agree == 1:
            return read[0]
        return read[0]._replace(entry=Entry(Status.AMBIGUOUS, reading="rows_disagree"))

    def _row(self, row: FormRow, *, is_marked: bool) -> _Read:
        question, raw = row.question, row.cell("value").raw
        variable, place = question.variable, self._at(question.component.code, row, "value")
        entry, issues = read_entry(raw, variable, place, evidence=self.evidence)
        if is_marked and entry.status in (Status.BLANK, Status.NOT_APPLICABLE):
            entry, issues = Entry(Status.NOT_APPLICABLE, reading="mark"), []
        elif is_marked:
            both = place.issue(
                "value.beside_not_applicable",
                raw_text=raw.text,
                variable=figure_name(variable),
                raw=raw.text or raw.formula,
            )
            entry, issues = Entry(Status.AMBIGUOUS, reading="figure_and_mark"), [both]
        self.issues.extend(issues)
        return _Read(entry, raw.text or raw.formula or None, row.address("value"))

    def _check_not_applicable(self, question: Asked, cell: str | None, reason: str | None) -> None:
        """Refuse the answer where the component does not allow it; ask for the reason."""
        component = question.component.component
        place = self.place._replace(component_code=component.code, source_cell=cell)
        if component.not_applicable.treatment == "refuse":
            subject = component_name(component)
            self.issues.append(place.issue("value.not_applicable_refused", component=subject))
        elif reason is None:
            subject = component_name(component)
            self.issues.append(place.issue("unit.not_applicable_without_reason", subject=subject))

    def _documents(self, question: Asked, rows: Sequence[FormRow]) -> tuple[str, str | None]:
        """Return the component's evidence state and its documents on one line."""
        texts = []
        for row in rows:
            parts = [text for key in EVIDENCE_COLUMNS if (text := row.text(key))]
            if parts:
                texts.append("; ".join(parts))
                self._check_date(row)
        documents = " | ".join(dict.fromkeys(texts)) or None
        if question.component.component.evidence == "none":
            return "not_required", documents
        return ("reported" if documents else "missing"), documents

    def _check_date(self, row: FormRow) -> None:
        issued = day_of(row.cell("doc_date").text)
        first, last = self.assessment.period_start, self.assessment.period_end
        if issued is not None and not first <= issued <= last:
            place = self._at(row.question.component.code, row, "doc_date")
            self.issues.append(
                place.issue(
                    "evidence.outside_period",
                    raw_text=row.cell("doc_date").text,
                    date=f"{issued:%d/%m/%Y}",
                    period=f"{first:%d/%m/%Y}–{last:%d/%m/%Y}",
                )
            )
        deadline = self.assessment.deadline
        if issued is not None and deadline is not None and issued > deadline:
            place = self._at(row.question.component.code, row, "doc_date")
            self.issues.append(late(issued, deadline, row.cell("doc_date").text, place))


def _wants_proof(question: Asked, entry: Entry) -> bool:
    """Say whether an answer wants proof: a no and a nil need none."""
    if question.variable.kind == "choice":
        return entry.option is not None
    return bool(entry.value_micro)


def _marks_in(rows: Mapping[tuple[str, str], list[FormRow]]) -> Evidence:
    """Find out which decimal mark the texts of the value column prove; typed numbers prove none."""
    by_kind: dict[NumberKind, list[FormRow]] = {}
    for group in rows.values():
        for row in group:
            kind = row.question.variable.kind
            if kind in _NUMBER_KINDS and row.cell("value").cell_type is CellType.TEXT:
                by_kind.setdefault(NumberKind(kind), []).append(row)
    proofs = [
        column_evidence(((row.address("value"), row.cell("value").raw) for row in same), kind=kind)
        for kind, same in by_kind.items()
    ]
    shown = {proof.decimal_mark for proof in proofs if proof.decimal_mark}
    if len(shown) > 1 or any(proof.mixed for proof in proofs):
        return Evidence(mixed=True)
    return next((proof for proof in proofs if proof.decimal_mark), NO_EVIDENCE)
