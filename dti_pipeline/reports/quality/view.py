"""What the pages show: issues grouped by rule, gravest first, and a line per unit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from dti_pipeline.reports.quality.message import Parts, parts, title
from schemas.columns import SEVERITIES
from schemas.text import Text

# A cell may hold 32,767 characters; a page shows the beginning.
LONGEST_TEXT: Final = 160

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Line:
    """One issue: where it is and what it says, in both languages."""

    row: Row
    unit: str | None
    component: Text | None
    vi: Parts
    en: Parts

    @property
    def raw_text(self) -> str | None:
        """Return the text as found, cut to a readable length."""
        text: str | None = self.row["raw_text"]
        if text is None or len(text) <= LONGEST_TEXT:
            return text
        return f"{text[:LONGEST_TEXT]}…"

    @property
    def file(self) -> str | None:
        """Return the name of the file without its folder."""
        path = self.row["source_file"]
        return path.rpartition("/")[2] if path else None


@dataclass(frozen=True)
class Group:
    """All issues of one rule: its title, and its lines."""

    rule_id: str
    severity: str
    lines: tuple[Line, ...]

    @property
    def title_vi(self) -> str:
        """Return the rule's name in Vietnamese."""
        return title(self.rule_id, "vi")

    @property
    def title_en(self) -> str:
        """Return the rule's name in English."""
        return title(self.rule_id, "en")

    def has(self, column: str) -> bool:
        """Say whether any line has something in a column, so that empty columns are left out."""
        return any(line.row[column] for line in self.lines)

    @property
    def common_action(self) -> tuple[str, str] | None:
        """Return what to do, where it is the same for all lines."""
        actions = {(line.vi.action, line.en.action) for line in self.lines}
        return actions.pop() if len(actions) == 1 else None


@dataclass(frozen=True)
class UnitLine:
    """One unit in the office's table."""

    unit_id: str
    name: str
    file: str | None
    figures: int
    counts: Mapping[str, int]


def groups(
    issues: pl.DataFrame, *, units: Mapping[str, str], components: Mapping[str, Text]
) -> tuple[Group, ...]:
    """Group issues by rule, the blocking first.

    Args:
        issues: columns of ``dq_issue``.
        units: unit_id → name.
        components: code → name in both languages.
    """
    by_rule: dict[tuple[str, str], list[Line]] = {}
    for row in issues.iter_rows(named=True):
        line = Line(
            row=row,
            unit=units.get(row["unit_id"] or ""),
            component=components.get(row["component_code"] or ""),
            vi=parts(row["message_vi"], rule_id=row["rule_id"], language="vi"),
            en=parts(row["message_en"], rule_id=row["rule_id"], language="en"),
        )
        by_rule.setdefault((row["severity"], row["rule_id"]), []).append(line)
    order = sorted(by_rule, key=lambda key: (SEVERITIES.index(key[0]), -len(by_rule[key])))
    return tuple(Group(rule, severity, tuple(by_rule[severity, rule])) for severity, rule in order)


def counts(issues: pl.DataFrame) -> dict[str, int]:
    """Count issues by severity; every severity has a number."""
    found = dict(issues.group_by("severity").len().iter_rows())
    return {severity: found.get(severity, 0) for severity in SEVERITIES}


def unit_lines(
    units: Mapping[str, str], *, issues: pl.DataFrame, observations: pl.DataFrame
) -> Iterator[UnitLine]:
    """Yield a line per unit: its report, its figures, its issues; those with most to do first."""
    reported = (
        observations.filter(pl.col("source_kind") == "self_report", pl.col("obs_status") != "blank")
        .group_by("unit_id")
        .agg(file=pl.col("source_file").first(), n=pl.len())
    )
    of_unit = {row["unit_id"]: row for row in reported.iter_rows(named=True)}
    found = {
        unit_id: counts(part)
        for (unit_id,), part in issues.filter(pl.col("unit_id").is_not_null()).group_by("unit_id")
    }
    none = counts(issues.clear())

    def trouble(unit_id: str) -> tuple[int, ...]:
        return tuple(-found.get(unit_id, none)[severity] for severity in SEVERITIES)

    for unit_id in sorted(units, key=lambda one: (*trouble(one), one)):
        report = of_unit.get(unit_id, {"file": None, "n": 0})
        yield UnitLine(
            unit_id=unit_id,
            name=units[unit_id],
            file=report["file"].rpartition("/")[2] if report["file"] else None,
            figures=report["n"],
            counts=found.get(unit_id, none),
        )


def by_severity(found: Sequence[Group], severity: str) -> tuple[Group, ...]:
    """Return the groups of one severity."""
    return tuple(group for group in found if group.severity == severity)
