"""What the quality pages show: issues grouped by rule, gravest first, and a line per unit."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from schemas.codes import SEVERITIES
from schemas.issues.rule import issue_rules
from schemas.text import Text, without_marks

Row = dict[str, Any]


@dataclass(frozen=True)
class Group:
    """The issues of one rule."""

    rule_id: str
    severity: str
    rows: list[Row]

    @property
    def title(self) -> Text:
        return issue_rules()[self.rule_id].title

    def has(self, column: str) -> bool:
        return any(row[column] for row in self.rows)

    @property
    def common_action(self) -> Text | None:
        actions = {Text(row["action_vi"], row["action_en"]) for row in self.rows}
        return actions.pop() if len(actions) == 1 else None


def page_names(units: Mapping[str, str]) -> dict[str, str]:
    """Return unit_id → name of its page: the unit's own, with the id where two share one."""
    names = {
        unit_id: "_".join(re.findall("[a-z0-9]+", without_marks(name).lower()))
        for unit_id, name in units.items()
    }
    times = Counter(names.values())
    return {
        unit_id: name if name and times[name] == 1 else f"{name}_{unit_id}"
        for unit_id, name in names.items()
    }


def file_name(path: str | None) -> str | None:
    return path.rpartition("/")[2] if path else None


def groups(issues: pl.DataFrame) -> list[Group]:
    """Group issues by rule, the blocking first, then those with most issues."""
    by_rule = issues.partition_by("rule_id", "severity", as_dict=True, maintain_order=True)
    result = [
        Group(rule_id, severity, rows.to_dicts()) for (rule_id, severity), rows in by_rule.items()
    ]
    return sorted(result, key=lambda group: (SEVERITIES.index(group.severity), -len(group.rows)))


def counts(issues: pl.DataFrame) -> dict[str, int]:
    severities = issues["severity"].to_list()
    return {severity: severities.count(severity) for severity in SEVERITIES}


def unit_lines(
    units: Mapping[str, str], *, issues: pl.DataFrame, observations: pl.DataFrame
) -> list[Row]:
    """Return a line per unit with its page, report, answers and issues; most to do first."""
    answers = observations.filter(pl.col("obs_status") != "blank", source_kind="self_report")
    reports = answers.group_by("unit_id").agg(pl.first("source_file"), figures=pl.len())
    report_of = reports.rows_by_key("unit_id", unique=True)
    of_unit = issues.partition_by("unit_id", as_dict=True)
    pages = page_names(units)
    lines = []
    for unit_id, name in units.items():
        file, figures = report_of.get(unit_id, (None, 0))
        own = counts(of_unit.get((unit_id,), issues.clear()))
        lines.append(
            {"unit_id": unit_id, "name": name, "page": pages[unit_id], "counts": own}
            | {"file": file_name(file), "figures": figures}
        )
    return sorted(lines, key=lambda line: (*(-n for n in line["counts"].values()), line["unit_id"]))
