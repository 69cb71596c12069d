"""Find the figures a row of a correction means: by component and variable, or by central table.

What a person calls a table or a column (its file, its heading) is as good as the framework's id;
nothing is guessed: what matches nothing exactly is an issue with the names there are.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Final

from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.intake.observation import Key
from dti_pipeline.intake.tables.component_codes import (
    component_of,
    unknown_component,
    unknown_variable,
)
from dti_pipeline.intake.tables.rows import Row
from dti_pipeline.intake.text_keys import text_key
from schemas.files.framework import CentralTable, Variable
from schemas.issues.issue import Issue
from schemas.text import Text

WHICH_FIGURE: Final = Text(
    "chỉ số thành phần và số liệu (component_code, variable), hoặc bảng và cột (table, column)",
    "component_code and variable, or table and column",
)


def targets_of(
    row: Row, framework: BoundFramework, files: Collection[str]
) -> dict[Key, Variable] | Issue:
    """Return the variables a row means, or the issue that says why it means none.

    ``files`` are the names of the central files that were delivered.
    """
    unit_id, code, name = row.unit_id, row.text("component_code"), row.text("variable")
    if not code:
        source = _source(row, framework, files)
        if isinstance(source, Issue):
            return source
        return {(unit_id, *key): variable for key, variable in _variables(framework, source)}
    bound = component_of(row, framework)
    if bound is None:
        return unknown_component(row.place(_present(row, "component_code")), code, framework)
    row, variables = replace(row, component_code=bound.code), bound.component.variables
    if name not in variables:
        return unknown_variable(row.place(_present(row, "variable")), name, variables)
    variable = variables[name]
    if row.text("table") or row.text("column"):
        source = _source(row, framework, files)
        if isinstance(source, Issue):
            return source
        if source != variable.source:
            place, source = row.place(_present(row, "column")), source.removeprefix("central:")
            return place.issue("correction.two_figures", variable=variable.name, source=source)
    return {(unit_id, bound.code, name): variable}


def _present(row: Row, key: str) -> str:
    """Return a column that the table may lack; then that of the new figure."""
    return key if row.has(key) else "value"


def _variables(
    framework: BoundFramework, source: str
) -> Iterator[tuple[tuple[str, str], Variable]]:
    """Yield component and name, and description, of every variable with a source."""
    for component, name, variable in framework.variables:
        if variable.source == source:
            yield (component.code, name), variable


def _source(row: Row, framework: BoundFramework, files: Collection[str]) -> str | Issue:
    """Return the source ``central:TABLE.COLUMN`` that a row names in its own words."""
    name, column = row.text("table"), row.text("column")
    if not name or not column:
        return row.place("value").issue("correction.incomplete", fields=WHICH_FIGURE)
    # Columns no component uses are no figures of this assessment: nothing there to correct.
    columns = {
        table.id: keys
        for table in framework.file.tables
        if (keys := [key for key in table.columns if any(_variables(framework, _id(table, key)))])
    }
    tables = [table for table in framework.file.tables if table.id in columns]
    matches = [table for table in tables if text_key(name) == text_key(table.id)] or [
        table for table in tables if text_key(name) in _file_names(table, files)
    ]
    if not matches:
        ids = ", ".join(_nearest_first(name, {table.id: table.id for table in tables}))
        place = row.place(_present(row, "table"))
        return place.issue("correction.table_unknown", raw_text=name, table=name, known=ids)
    # One file may hold several tables; together they have every column once, or it is not clear.
    sources = [
        _id(table, key)
        for table in matches
        for key in columns[table.id]
        if text_key(column) in (text_key(key), text_key(table.columns[key].header))
    ]
    if len(sources) == 1:
        return sources[0]
    headers = {key: table.columns[key].header for table in matches for key in columns[table.id]}
    return row.place(_present(row, "column")).issue(
        "correction.column_unknown",
        raw_text=column,
        column=column,
        table=", ".join(table.id for table in matches),
        known=", ".join(f"{key} “{headers[key]}”" for key in _nearest_first(column, headers)),
    )


def _id(table: CentralTable, column: str) -> str:
    return f"central:{table.id}.{column}"


def _file_names(table: CentralTable, files: Collection[str]) -> set[str]:
    """Return what the delivered files of a table are called, with and without their ending."""
    own = [name for name in files if fnmatchcase(name.casefold(), table.match.casefold())]
    return {text_key(form) for name in own for form in (name, name.rpartition(".")[0])}


def _nearest_first(text: str, labels: Mapping[str, str]) -> list[str]:
    """Return the ids, those spelt like the text first: a message may be cut at its end."""
    forms = {text_key(form): key for key, label in labels.items() for form in (key, label)}
    near = get_close_matches(text_key(text), forms, n=len(forms) or 1, cutoff=0.5)
    return list(dict.fromkeys([*(forms[form] for form in near), *labels]))
