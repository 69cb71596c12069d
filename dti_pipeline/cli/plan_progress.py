"""``dti plan --progress``: how far a plan is, who is behind, and where it leads."""

from datetime import date
from pathlib import Path

from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.output import Row, fixed, print_json, print_table, say, tell
from schemas.text import Text


def show_progress(path: Path, *, data: Path, as_of: str | None, today: date, as_json: bool) -> int:
    from dti_pipeline.analysis.improvement.progress import STATUSES, read_progress, report
    from dti_pipeline.cli.selection import Selection

    progress = read_progress(path)
    meta = progress.meta
    selection = Selection.open(data, meta["assessment_id"], as_of=as_of)
    accounts = selection.accounts()
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
        return 1 if head["left_value"] else 0
    say(f"{head['unit_name']} · {head['assessment_id']} · {head['scope_code']}")
    tell("progress.summary", done=head["n_done"], count=len(head["tasks"]), behind=head["n_behind"])
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
    return 1 if head["left_value"] else 0
