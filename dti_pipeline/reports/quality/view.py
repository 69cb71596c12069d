"""What the quality pages show: issues grouped by rule, gravest first, and a line per unit."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from schemas.codes import SEVERITIES
from schemas.issues.rule import issue_rules
from schemas.text import Text

# A cell may hold 32,767 characters; a page shows the beginning.
LONGEST_TEXT: Final = 160


@dataclass(frozen=True)
class Line:
    """One issue; ``row`` is its row in a frame of issues."""

    row: Mapping[str, Any]
    unit: str | None
    component: Text | None

    @property
    def what(self) -> Text:
        return Text(self.row["what_vi"], self.row["what_en"])

    @property
    def action(self) -> Text:
        return Text(self.row["action_vi"], self.row["action_en"])

    @property
    def raw_text(self) -> str | None:
        text: str | None = self.row["raw_text"]
        if text is None or len(text) <= LONGEST_TEXT:
            return text
        return f"{text[:LONGEST_TEXT]}…"

    @property
    def file(self) -> str | None:
        return file_name(self.row["source_file"])


@dataclass(frozen=True)
class Group:
    rule_id: str
    severity: str
    lines: Sequence[Line]

    @property
    def title(self) -> Text:
        return issue_rules()[self.rule_id].title

    def has(self, column: str) -> bool:
        return any(line.row[column] for line in self.lines)

    @property
    def common_action(self) -> Text | None:
        actions = {line.action for line in self.lines}
        return actions.pop() if len(actions) == 1 else None


def page_names(units: Mapping[str, str]) -> dict[str, str]:
    """Return unit_id → name of its page: the unit's own, with the id where two share one."""
    names = {
        unit_id: "_".join(re.findall("[a-z0-9]+", _without_marks(name).lower()))
        for unit_id, name in units.items()
    }
    times = Counter(names.values())
    return {
        unit_id: name if name and times[name] == 1 else f"{name}_{unit_id}"
        for unit_id, name in names.items()
    }


def _without_marks(text: str) -> str:
    split = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(sign for sign in split if not unicodedata.combining(sign))


def file_name(path: str | None) -> str | None:
    return path.rpartition("/")[2] if path else None


def groups(
    issues: pl.DataFrame, *, units: Mapping[str, str], components: Mapping[str, Text]
) -> list[Group]:
    """Group issues by rule, the blocking first, then those with most lines.

    Units and components are names by id and code.
    """
    by_rule: dict[tuple[str, str], list[Line]] = {}
    for row in issues.iter_rows(named=True):
        line = Line(row, units.get(row["unit_id"]), components.get(row["component_code"]))
        by_rule.setdefault((row["rule_id"], row["severity"]), []).append(line)
    return sorted(
        (Group(rule_id, severity, lines) for (rule_id, severity), lines in by_rule.items()),
        key=lambda group: (SEVERITIES.index(group.severity), -len(group.lines)),
    )


def counts(issues: pl.DataFrame) -> dict[str, int]:
    severities = issues["severity"].to_list()
    return {severity: severities.count(severity) for severity in SEVERITIES}


def unit_lines(
    units: Mapping[str, str], *, issues: pl.DataFrame, observations: pl.DataFrame
) -> list[dict[str, Any]]:
    """Return a line per unit with its page, report, answers and issues; most to do first."""
    answers = observations.filter(pl.col("obs_status") != "blank", source_kind="self_report")
    reports = {
        unit_id: (file, figures)
        for unit_id, file, figures in answers.group_by("unit_id")
        .agg(pl.first("source_file"), figures=pl.len())
        .iter_rows()
    }
    of_unit = issues.partition_by("unit_id", as_dict=True)
    pages = page_names(units)
    lines = []
    for unit_id, name in units.items():
        file, figures = reports.get(unit_id, (None, 0))
        own = counts(of_unit.get((unit_id,), issues.clear()))
        lines.append(
            {"unit_id": unit_id, "name": name, "page": pages[unit_id], "counts": own}
            | {"file": file_name(file), "figures": figures}
        )
    return sorted(lines, key=lambda line: (*(-n for n in line["counts"].values()), line["unit_id"]))
