"""What one data-quality rule says; the rules are in `deliveries.toml` and `figures.toml`.

Pandera contracts, `dti check`, the table `dq_issue` and the HTML report all speak from this one
list.  A rule's texts are templates with named fields; where it happened (unit, file, sheet, cell)
is added by `issue.make` and does not stand in the templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from string import Formatter
from typing import Final

from schemas.codes import Severity
from schemas.files.model import Model
from schemas.package_data import toml_beside
from schemas.text import Text

_FILES: Final = ("figures.toml", "deliveries.toml")


class IssueRule(Model):
    """One kind of issue: what is wrong, and what the reader should do.

    Attributes:
        rule_id: Stable identifier, `subject.fault`.
        severity: `blocking` stops the assessment, `warning` wants a look, `info` is on record.
    """

    rule_id: str
    severity: Severity
    vi: str
    en: str
    action_vi: str
    action_en: str

    @property
    def fields(self) -> frozenset[str]:
        texts = (self.vi, self.en, self.action_vi, self.action_en)
        return frozenset(
            name for text in texts for _, name, _, _ in Formatter().parse(text) if name is not None
        )

    @property
    def title(self) -> Text:
        """Return the sentence with an ellipsis in place of the details."""
        return Text(*(_without_details(template) for template in (self.vi, self.en)))


def _without_details(template: str) -> str:
    parts = Formatter().parse(template)
    text = "".join(literal + ("" if name is None else "…") for literal, name, _, _ in parts)
    return text.strip().rstrip(".")


@cache
def issue_rules() -> Mapping[str, IssueRule]:
    rules = [
        IssueRule(rule_id=f"{subject}.{fault}", **texts)
        for name in _FILES
        for subject, faults in toml_beside(__file__, name).items()
        for fault, texts in faults.items()
    ]
    return {rule.rule_id: rule for rule in rules}
