"""``dti plan --progress``: how far a plan is, who is behind, and where it leads."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.output import fixed, print_json, print_table, say, tell
from schemas.text import Text

Row = dict[str, Any]


def show_progress(path: Path, *, data: Path, as_of: str | None, today: date, as_json: bool) -> int:
    """Read a plan back; say what it comes to by quarters, who is behind, what is left."""
    from dti_pipeline.analysis.improvement.progress import read_progress, report
    from dti_pipeline.cli.release_inputs import recorded_accounts
    from dti_pipeline.cli.selection import Selection

    progress = read_progress(path)
    meta = progress.meta
    selection = Selection.open(data, meta["assessment_id"], as_of=as_of)
    accounts = recorded_accounts(selection)
    unit_id = meta["unit_id"]
    if unit_id not in set(accounts.definition.units["unit_id"]):
        raise UsageError(
            "progress.unknown_unit", path=path, assessment=meta["assessment_id"], unit=unit_id
        )
    decimals = accounts.definition.assessment.value_decimals
    content = report(progress, accounts, today=today)
    quarters = content.pop("quarters")
    head: Row = {
        **selection.head,
        "unit_id": unit_id,
        "unit_name": accounts.row(unit_id, meta["scope_code"])["unit_name"],
        "scope_code": meta["scope_code"],
        "planned_from": meta["release_id"],
        "on": today,
        **content,
    }
    if as_json:
        print_json(quarters, **head)
    else:
        _print(head, quarters, decimals=decimals)
    return 1 if head["left_value"] else 0


def _print(head: Row, quarters: list[Row], *, decimals: int) -> None:
    from dti_pipeline.analysis.improvement.progress import STATUSES

    say(f"{head['unit_name']} · {head['assessment_id']} · {head['scope_code']}")
    done, count, behind = head["n_done"], len(head["tasks"]), head["n_behind"]
    tell("progress.summary", done=done, count=count, behind=behind)
    if head["planned_from"] != head["release_id"]:
        tell("progress.other_release", planned=head["planned_from"], release=head["release_id"])
    tasks = [task for task in head["tasks"] if task["is_behind"]]
    if tasks:
        title = Text("Việc chậm", "Tasks behind")
        print_table("tasks_behind", tasks, title=title, status=lambda t: STATUSES[t["status"]])
    print_table("quarters", quarters, value=lambda row: fixed(row["value"], decimals))
    if head["needed_value"] is not None:
        needed, left = fixed(head["needed_value"], decimals), fixed(head["left_value"], decimals)
        tell("progress.left", needed=needed, left=left)
    tell("progress.assumption")
