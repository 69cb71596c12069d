"""Say in the words of the issue catalogue why a file was not read."""

from collections.abc import Sequence
from typing import Any

from dti_pipeline.index.csv_rows import Finding
from dti_pipeline.intake.files.deliveries import Delivery, in_words
from dti_pipeline.intake.place import Place
from schemas.issues.issue import ROW, Issue, make
from schemas.issues.rule import issue_rules
from schemas.package_data import toml_beside
from schemas.text import Text, joined
from schemas.words import words_of


def file_issue(finding: Finding, delivery: Delivery) -> Issue:
    row = finding.details.get("row") or finding.details.get("line")
    cell = str(finding.details.get("cell", "")) or None
    rule_id, fields = _rule_of(finding)
    if rule_id == "file.unreadable" and row:
        cell = f"{ROW}{row}"
    return Place(delivery.path, source_cell=cell).issue(rule_id, **fields)


def faults_of(findings: Sequence[Finding]) -> Text | None:
    """Say why the figures of a file must not be used; None where they may be."""
    rules = issue_rules()
    faults = [one for one in findings if rules[_rule_of(one)[0]].severity == "blocking"]
    return joined(map(file_words, faults), "; ") if faults else None


def file_words(finding: Finding) -> Text:
    """Say what is wrong, with the finding's details, and what to do where the catalogue does."""
    rule_id, fields = _rule_of(finding)
    if rule_id == "file.unreadable":
        return _fault_of(finding)
    issue = make(rule_id, source_cell=str(finding.details.get("cell", "")) or None, **fields)
    return Text(issue.message_vi, issue.message_en)


def _rule_of(finding: Finding) -> tuple[str, dict[str, Any]]:
    rule: dict[str, str | list[str]] | None = toml_beside(__file__).get(finding.code)
    if rule is None:
        return "file.unreadable", {"what": _fault_of(finding)}
    details = finding.details
    if "bytes" in details:  # the limit beside it is a size as well
        details = {name: f"{int(size) / 2**20:.1f} MB" for name, size in details.items()}
    fields: dict[str, Any] = {
        name: Text(*(side.format(**details) for side in text))
        if isinstance(text, list)
        else text.format(**details)
        for name, text in rule.items()
    }
    return fields.pop("rule"), fields


def _fault_of(finding: Finding) -> Text:
    fault = words_of("file_faults").get(finding.code, Text(finding.code, finding.code))
    names = words_of("file_details")
    texts = [
        in_words(str(detail))
        if key == "reason"
        else Text(*(f"{name} {detail}" for name in names.get(key, (key, key))))
        for key, detail in finding.details.items()
        if detail != ""
    ]
    if not texts:
        return fault
    return Text(*(f"{fault[side]} ({', '.join(text[side] for text in texts)})" for side in (0, 1)))
