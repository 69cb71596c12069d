"""Print issues for people: severity, place, message; grouped where many are alike."""

from typing import IO

import polars as pl

# Issues of one rule in one file beyond this number are counted, not listed; the release and
# ``--json`` hold all of them.
LISTED = 20


def print_issues(issues: pl.DataFrame, *, lang: str, stream: IO[str], limit: int = LISTED) -> None:
    """Print issues rule by rule, the blocking first.

    Args:
        issues: columns of ``dq_issue``.
        lang: vi or en.
        stream: where to print.
        limit: issues listed per rule.
    """
    order = pl.col("severity").replace_strict({"blocking": 0, "warning": 1, "info": 2})
    for (severity, rule_id), of_rule in issues.sort(order, maintain_order=True).group_by(
        "severity", "rule_id", maintain_order=True
    ):
        stream.write(f"[{severity}] {rule_id}: {of_rule.height}\n")
        for row in of_rule.head(limit).iter_rows(named=True):
            stream.write(f"  - {row[f'message_{lang}']}\n")
        if of_rule.height > limit:
            stream.write(f"  … +{of_rule.height - limit} (--json)\n")
