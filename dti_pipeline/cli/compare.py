"""``dti compare``: a printed table against the release and against itself."""

from pathlib import Path
from typing import Annotated

import typer

from dti_pipeline.cli import options
from dti_pipeline.cli.errors import UsageError
from dti_pipeline.cli.language import language, spoken
from dti_pipeline.cli.output import print_json, say, tell, whole
from schemas.text import Text


def compare_table(
    file: Annotated[Path, typer.Argument(metavar="FILE")],
    assessment: options.Assessment,
    as_of: options.AsOf = None,
    data: options.Data = Path("data"),
    as_json: options.Json = False,
) -> int:
    from dti_pipeline.cli.selection import Selection
    from dti_pipeline.index.assessments.load import load_assessment
    from dti_pipeline.index.units.registry import load_registry
    from dti_pipeline.printed.checks import faults
    from dti_pipeline.printed.interpretation import interpret
    from dti_pipeline.printed.release_figures import ReleaseFigures
    from dti_pipeline.printed.table import read_printed

    if not file.is_file():
        raise UsageError("files.missing", file=file)
    selection = Selection.open(data, assessment, as_of=as_of)
    workspace = selection.workspace
    definition = load_assessment(assessment, search=workspace.config("assessments"))
    registry = load_registry(search=workspace.config("units"))
    table = read_printed(file, registry=registry, unit_set=definition.unit_set)
    figures = ReleaseFigures(selection.view, definition)
    rows = faults(table, interpret(table, figures), figures)
    columns = [column.label for column in table.columns]
    if as_json:
        print_json(
            rows,
            **selection.head,
            file=file.name,
            columns=columns,
            ignored_columns=list(table.ignored),
            unread_cells=list(table.unread),
            notes=[note._asdict() for note in table.notes],
            rows_checked=len(table.subjects),
            figures_checked=len(table.entries),
        )
        return 1 if rows else 0
    selection.print_status()
    for row in rows:
        column = f" · {row['column']}" if row["column"] else ""
        place = row["cell"] or row["row"]
        say(f"{place} · {row['unit_name']}{column}: {row[f'message_{language()}']}")
    n_rows, n_figures = whole(len(table.subjects)), whole(len(table.entries))
    tell(
        "compare.summary", name=file.name, n_rows=n_rows, n_figures=n_figures, differences=len(rows)
    )
    for note in table.notes:
        say(f"  {spoken(note)}")
    none = spoken(Text("không có", "none"))
    labels, ignored = (", ".join(names) or none for names in (columns, table.ignored))
    say(Text(f"  cột đã đối chiếu: {labels}", f"  columns compared: {labels}"))
    say(Text(f"  cột bỏ qua: {ignored}", f"  columns left out: {ignored}"))
    if unread := ", ".join(table.unread):
        say(Text(f"  ô không đọc được số: {unread}", f"  cells without a figure: {unread}"))
    return 1 if rows else 0
