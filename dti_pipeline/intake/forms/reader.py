"""Read a self-report workbook back: every question gets one entry, every fault an issue."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby, zip_longest
from typing import Annotated, NamedTuple

from pydantic import PlainSerializer, PlainValidator

from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.intake.files.cells import CellType, Sheet
from dti_pipeline.intake.forms.layout import (
    EVIDENCE_COLUMNS,
    META_SHEET,
    NA_MARKS,
    REPORT_SHEET,
    Document,
    Question,
    QuestionKey,
)
from dti_pipeline.intake.forms.meta import (
    delivery_day,
    late_issue,
    meta_issues,
    other_hash_issue,
    read_meta,
)
from dti_pipeline.intake.forms.questions import RowMatcher, find_form_table
from dti_pipeline.intake.numbers.column_proof import column_proof
from dti_pipeline.intake.numbers.entry import (
    ROWS_DISAGREE,
    Entry,
    component_name,
    day_of,
    read_entry,
)
from dti_pipeline.intake.numbers.missing_words import meaning_of
from dti_pipeline.intake.numbers.policy import NO_PROOF, ColumnProof, Status
from dti_pipeline.intake.place import Issues, Place
from dti_pipeline.intake.tables.rows import Row, Table, headings_twice
from dti_pipeline.intake.text_keys import label_key, visible
from schemas.files.assessment import Assessment
from schemas.files.framework import VariableKind
from schemas.issues.issue import Issue
from schemas.messages import message


class FormEntry(NamedTuple):
    """What a form says about one question; evidence is of the whole component."""

    question: Annotated[  # packed as its key; who unpacks gives the questions of the framework
        Question,
        PlainSerializer(lambda question: question.key),
        PlainValidator(lambda key, info: info.context[tuple(key)]),
    ]
    entry: Entry
    raw_text: str | None  # None without a row
    sheet: str | None
    cell: str | None
    na_reason: str | None = None
    evidence_state: str = "not_required"  # or missing, reported
    evidence_text: str | None = None  # the documents on one line
    note: str = ""  # the sender's remark on the row


@dataclass(frozen=True, slots=True)
class FormReading:
    """A form, read; without entries where the workbook is no form of this assessment."""

    meta: Mapping[str, str]  # the hidden sheet
    entries: tuple[FormEntry, ...]  # one per question of the framework, in its order
    issues: tuple[Issue, ...]
    delivered_on: date | None = None
    documents: tuple[Document, ...] = ()

    @property
    def data_basis(self) -> str | None:
        """What the figures stand on, where the form says so."""
        return self.meta.get("data_basis") or None

    def without_evidence(self) -> list[ScoredComponent]:
        lacking = (
            entry.question.component
            for entry in self.entries
            if entry.evidence_state == "missing" and _needs_evidence(entry)
        )
        return list({component.code: component for component in lacking}.values())


def read_form(
    sheets: Sequence[Sheet],
    *,
    assessment: Assessment,
    framework: BoundFramework,
    place: Place,
) -> FormReading:
    """Read one workbook as the self-report of one unit; ``place`` is file and unit.

    Without a usable table, or for another assessment or framework, the result holds issues only.
    """
    meta = read_meta(sheets)
    issues = Issues(meta_issues(meta, assessment=assessment, framework=framework, place=place))
    others = [sheet for sheet in sheets if sheet.name != META_SHEET]
    if hidden := [sheet.name or "" for sheet in others if sheet.hidden]:
        issues.add(place, "file.hidden_sheet", sheets=", ".join(hidden))
    candidates = [table for sheet in others if (table := find_form_table(sheet)) is not None]
    tables = [table for table in candidates if not table.sheet.hidden]
    first = tables[0] if tables else None
    day, day_issues = delivery_day(meta, first, assessment=assessment, place=place)
    issues += day_issues
    if first is None or len(tables) > 1 or first.repeated:
        issues.append(_no_single_table(tables, candidates, place))
    if first is None or any(issue.severity == "blocking" for issue in issues):
        return FormReading(meta, (), tuple(issues), day)
    file, unit_id, name = place.source_file, place.unit_id, place.unit_name
    issues += (
        replace(issue, source_file=file, unit_id=unit_id, unit_name=name)
        for issue in first.issues()
    )
    place = place._replace(source_sheet=first.sheet.name)
    matcher = RowMatcher(framework, place)
    rows = matcher.rows(first)
    reader = _FormReader(assessment, matcher, rows)
    groups = groupby(matcher.questions.values(), key=lambda question: question.component.code)
    entries = tuple(entry for _, group in groups for entry in reader.component(list(group)))
    if meta.get("framework_hash") != framework.content_hash:
        scored = {key for key, asked in matcher.questions.items() if asked.component.is_scored}
        is_grave = matcher.has_foreign_codes or not scored <= rows.keys()
        issues.append(other_hash_issue(meta, framework, place, is_grave=is_grave))
    issues += matcher.issues
    return FormReading(meta, entries, tuple(issues), day, tuple(reader.documents))


def _no_single_table(tables: Sequence[Table], candidates: Sequence[Table], place: Place) -> Issue:
    names = [table.sheet.name or "" for table in tables or candidates]
    if len(tables) > 1:
        change = message("form_changes.several_tables", sheets=names)
    elif tables:
        change = message("form_changes.repeated_headings", headings=headings_twice(tables[0]))
    elif candidates:
        change = message("form_changes.hidden_table", sheets=names)
    else:
        change = message("form_changes.no_header", sheet=REPORT_SHEET)
    return place.issue("report.form_changed", change=change)


class _FormReader:
    def __init__(
        self, assessment: Assessment, matcher: RowMatcher, rows: Mapping[QuestionKey, list[Row]]
    ) -> None:
        self.assessment, self.rows, self.place = assessment, rows, matcher.place
        self.document_rows = matcher.documents
        self.documents: list[Document] = []
        self.proof = _proof_of_texts(matcher.questions, rows)
        self.issues = matcher.issues

    def component(self, questions: Sequence[Question]) -> Iterator[FormEntry]:
        """Read the questions of one component; they share the evidence and the mark."""
        component = questions[0].component.component
        rows = [row for question in questions for row in self.rows.get(question.key, ())]
        marked = [row for row in rows if self._is_marked(row, component.code)]
        reasons = {
            question.key: text
            for question in questions
            for row in reversed(self.rows.get(question.key, ()))  # the first row holds
            if (text := row.text("na_reason"))
        }
        # One mark and one reason may be for all figures of the component.
        reason = next(iter(reasons.values()), None)
        entries = [self._question(question, is_marked=bool(marked)) for question in questions]
        not_applicable = [entry for entry in entries if entry.entry.status is Status.NOT_APPLICABLE]
        if not_applicable:
            cell = marked[0].address("na_mark") if marked else not_applicable[0].cell
            place = self.place._replace(component_code=component.code, source_cell=cell)
            name = component_name(component)
            if component.not_applicable.treatment == "refuse":
                self.issues.add(place, "value.not_applicable_refused", component=name)
            elif reason is None:
                self.issues.add(place, "unit.not_applicable_without_reason", subject=name)
        documents = self._documents(
            [*rows, *self.document_rows.get(component.code, ())], component.code
        )
        state = "reported" if documents else "missing"
        if component.evidence == "none":
            state = "not_required"
        if state == "missing" and any(_needs_evidence(entry) for entry in entries):
            self.issues.add(
                self._at(component.code, rows[0], "value"),
                "evidence.missing",
                component=component_name(component),
                action_taken="figures not counted",
            )
        for entry in entries:
            yield entry._replace(
                na_reason=reasons.get(entry.question.key, reason)
                if entry in not_applicable
                else None,
                evidence_state=state,
                evidence_text=documents,
            )

    def _at(self, code: str, row: Row, key: str) -> Place:
        cell = row.address(key) if row.has(key) else None
        return self.place._replace(component_code=code, source_cell=cell)

    def _is_marked(self, row: Row, code: str) -> bool:
        """Read the not-applicable mark; a word that is no mark is refused."""
        text = row.text("na_mark")
        mark = label_key(text) or text
        if mark not in NA_MARKS and mark not in {"", "khong", "no", "0", "false"}:
            place = self._at(code, row, "na_mark")
            self.issues.add(place, "option.unknown", raw_text=text, option=text, options="x")
        return mark in NA_MARKS

    def _question(self, question: Question, *, is_marked: bool) -> FormEntry:
        rows, name = self.rows.get(question.key, []), question.variable.name
        code, sheet = question.component.code, self.place.source_sheet
        if not rows:
            entry = Entry(Status.BLANK, reading="row_missing")
            if is_marked:
                entry = Entry(Status.NOT_APPLICABLE, reading="mark")
            elif question.component.is_scored:
                place = self.place._replace(component_code=code)
                self.issues.add(place, "value.missing", variable=name)
            return FormEntry(question, entry, None, sheet, None)
        first, *others = (self._row(question, row, is_marked=is_marked) for row in rows)
        if not others:
            return first
        figures = {_content(each) for each in (first, *others)}
        values = "; ".join(f"{each.raw_text or '–'} ({each.cell})" for each in (first, *others))
        rule_id = "variable.repeated_agrees" if len(figures) == 1 else "variable.repeated"
        place = self._at(code, rows[1], "value")
        self.issues.add(place, rule_id, variable=name, values=values)
        if len(figures) > 1:
            first = first._replace(entry=ROWS_DISAGREE)
        return first

    def _row(self, question: Question, row: Row, *, is_marked: bool) -> FormEntry:
        raw, place = row.cell("value"), self._at(question.component.code, row, "value")
        entry, issues = read_entry(raw, question.variable, place, proof=self.proof)
        if is_marked and entry.status in (Status.BLANK, Status.NOT_APPLICABLE):
            entry, issues = Entry(Status.NOT_APPLICABLE, reading="mark"), []
        elif is_marked:
            details = {"variable": question.variable.name, "raw": raw.text or raw.formula}
            entry = Entry(Status.AMBIGUOUS, reading="figure_and_mark")
            issues = [place.issue("value.beside_not_applicable", raw_text=raw.text, **details)]
        elif entry.status is Status.BLANK and not question.component.is_scored:
            issues = []  # shown as missing, never lacking for a score
        self.issues.extend(issues)
        text = raw.text or raw.formula or None
        return FormEntry(
            question, entry, text, place.source_sheet, place.source_cell, note=row.text("note")
        )

    def _documents(self, rows: Sequence[Row], code: str) -> str | None:
        """Return a component's documents on one line; their dates are checked."""
        texts = []
        for row in rows:
            # “Không có” or a dash in the place of a document names none.
            cells = ["" if meaning_of(text) else text for text in map(row.text, EVIDENCE_COLUMNS)]
            if any(cells):
                texts.append("; ".join(filter(None, cells)))
                self.documents += _documents_of(cells, code, row.number)
                for day in visible(row.cell("doc_date").text).splitlines():
                    self._check_date(row, code, visible(day))
        return " | ".join(dict.fromkeys(texts)) or None

    def _check_date(self, row: Row, code: str, text: str) -> None:
        issued, place = day_of(text), self._at(code, row, "doc_date")
        if issued is None:
            if text:
                self.issues.add(place, "evidence.date_unreadable", raw_text=text, raw=text)
            return
        first, last = self.assessment.period_start, self.assessment.period_end
        if not first <= issued <= last:
            self.issues.add(
                place,
                "evidence.outside_period",
                raw_text=text,
                date=f"{issued:%d/%m/%Y}",
                period=f"{first:%d/%m/%Y}–{last:%d/%m/%Y}",
            )
        deadline = self.assessment.deadline
        if deadline is not None and issued > deadline:
            self.issues.append(late_issue(issued, deadline, text, place))


def _documents_of(texts: Sequence[str], code: str, row: int) -> Iterator[Document]:
    """Yield the documents of a row: one, or one per line where numbers stand below each other."""
    cells = [text.splitlines() for text in texts]
    filled = [[line for line in lines if visible(line)] for lines in cells]
    if len(filled[0]) < 2:  # one document may have several files
        *others, links = filled
        cells = [*([" ".join(lines)] for lines in others), ["; ".join(map(visible, links))]]
    elif len({len(lines) for lines in filled if lines}) == 1:
        cells = filled
    for lines in zip_longest(*cells, fillvalue=""):
        number, day, title, link = map(visible, lines)
        if number or day or title or link:
            yield Document(code, number, day, title, link, row)


def _content(entry: FormEntry) -> tuple[Entry, str | None]:
    """Return what a row says: its figure or answer, or its text where it may hide one."""
    text = None if entry.entry.status.is_clear else visible(entry.raw_text or "")
    return entry.entry._replace(reading=None), text


def _needs_evidence(entry: FormEntry) -> bool:
    """Say whether an answer needs evidence: a no and a nil need none."""
    if entry.question.variable.kind == "choice":
        return entry.entry.option is not None
    return bool(entry.entry.value_micro)


def _proof_of_texts(
    questions: Mapping[QuestionKey, Question], rows: Mapping[QuestionKey, list[Row]]
) -> ColumnProof:
    """Find out which decimal mark the texts of the value column prove; typed numbers prove none."""
    by_kind: dict[VariableKind, list[Row]] = {}
    for key, same in rows.items():
        variable = questions[key].variable
        texts = [row for row in same if row.cell("value").cell_type is CellType.TEXT]
        if texts and not variable.is_answer:
            by_kind.setdefault(variable.kind, []).extend(texts)
    proofs = [
        column_proof(((row.address("value"), row.cell("value")) for row in same), kind=kind)
        for kind, same in by_kind.items()
    ]
    marks = {proof.decimal_mark for proof in proofs if proof.decimal_mark}
    if len(marks) > 1 or any(proof.mixed for proof in proofs):
        return ColumnProof(mixed=True)
    return next((proof for proof in proofs if proof.decimal_mark), NO_PROOF)
