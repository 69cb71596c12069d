"""The command that checks a printed table against the release and against itself."""

import sys
from pathlib import Path

from dti_pipeline.commands.errors import UsageError
from dti_pipeline.commands.output import print_json
from dti_pipeline.commands.reading import known_assessment, open_release
from dti_pipeline.index.assessments.load import load_assessment
from dti_pipeline.index.units.registry import load_registry
from dti_pipeline.printed.checks import faults
from dti_pipeline.printed.expected import Expected
from dti_pipeline.printed.resolve import resolve
from dti_pipeline.printed.table import UnreadableTableError, read_printed
from dti_pipeline.workspace import Workspace


def compare_table(
    file: Path, assessment: str, *, as_of: str | None, data: Path, lang: str, as_json: bool
) -> int:
    """List what does not agree; exit 1 if anything does not.

    Raises:
        UsageError: if there is no such file, or it holds no table with units and figures.
    """
    if not file.is_file():
        msg = f"{file}: không có tệp này · no such file"
        raise UsageError(msg)
    release = open_release(data, as_of=as_of)
    known_assessment(release, assessment)
    workspace = Workspace(data=data.resolve())
    definition = load_assessment(assessment, search=workspace.config("assessments"))
    try:
        table = read_printed(
            file,
            registry=load_registry(search=workspace.config("units")),
            unit_set=definition.unit_set,
        )
    except UnreadableTableError as error:
        raise UsageError(str(error)) from None
    expected = Expected(release=release, assessment=definition)
    found = [fault.row() for fault in faults(table, resolve(table, expected), expected)]
    checked = {"rows_checked": len(table.subjects), "figures_checked": len(table.entries)}
    columns = [column.label for column in table.columns]
    if as_json:
        print_json(
            found,
            release_id=release.release_id,
            assessment_id=assessment,
            file=file.name,
            columns=columns,
            ignored_columns=list(table.ignored),
            **checked,
        )
        return 1 if found else 0
    for row in found:
        place = f"{row['cell'] or row['row']}"
        about = f" · {row['column']}" if row["column"] else ""
        sys.stdout.write(f"{place} · {row['unit_name']}{about}: {row[f'message_{lang}']}\n")
    sys.stdout.write(
        f"{file.name}: {checked['rows_checked']} dòng · rows, "
        f"{checked['figures_checked']} số liệu · figures, {len(found)} chỗ không khớp · faults\n"
        f"  cột đã hiểu · columns understood: {', '.join(columns) or '–'}\n"
        f"  cột bỏ qua · columns left out: {', '.join(table.ignored) or '–'}\n"
    )
    return 1 if found else 0
