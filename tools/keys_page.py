"""Write the keys of the files that people write as a page of documentation.

python -m tools.keys_page > docs/files.md
"""

import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from dti_pipeline.index.json_schemas import MODELS, json_schema
from schemas.columns import ARROW_TYPES
from schemas.files.units import AliasFile, RegionFile, SuccessionFile, TileFile, UnitFile

# Keys that mean the same in every table.
_COMMON: Final = {
    "basis": "how sure name and points are: by the decision, from public reports, illustrative",
    "code": "short key, used by other tables",
    "concept": "key that stays the same from set to set; years are compared by it",
    "en": "text in English; left out: the Vietnamese one",
    "id": "short key, used by other tables",
    "name_en": "name in English; left out: the Vietnamese one",
    "name_vi": "name in Vietnamese",
    "reason_en": "reason in English; left out: the Vietnamese one",
    "reason_vi": "reason in Vietnamese",
    "rule": "how points follow from figures",
    "source": "where it comes from",
    "title_en": "title in English; left out: the Vietnamese one",
    "title_vi": "title in Vietnamese",
    "vi": "text in Vietnamese",
}
_TITLES: Final = {
    "framework": "Framework: `config/frameworks/ID.toml`",
    "assessment": "Assessment: `config/assessments/ID.toml`",
    "settings": "Settings of the office: `config/settings.toml`",
    "targets": "Targets: `config/targets/ASSESSMENT.toml`",
}
_UNIT_FILES: Final = {
    "Units: `config/units/SET.csv`": UnitFile,
    "Other spellings: `config/units/aliases.csv`": AliasFile,
    "Successors: `config/units/succession.csv`": SuccessionFile,
    "Regions: `config/units/regions.csv`": RegionFile,
    "Boxes of the tile map: `config/units/tiles.csv`": TileFile,
}
_TYPES: Final = {"integer": "whole number", "string": "text", "boolean": "true or false"}


def lines() -> Iterator[str]:
    yield "# Keys of the files you write"
    yield ""
    yield "Made from the models by `python -m tools.keys_page`. A key without “yes”"
    yield "may be left out. Rules and their settings: [extending.md](extending.md#rules)."
    for name in MODELS:
        yield from _file_lines(_TITLES[name], json_schema(name))
    for title, table in _UNIT_FILES.items():
        yield from ("", f"## {title}", "")
        yield from ("| column | type | needed | meaning |", "|---|---|---|---|")
        for column, spec in table.to_schema().columns.items():
            if column in table.content():
                needed = "" if spec.nullable else "yes"
                kind = ARROW_TYPES[spec.dtype.type]
                yield f"| `{column}` | {kind} | {needed} | {_cell(spec.metadata['en'])} |"


def _file_lines(title: str, schema: Mapping[str, Any]) -> Iterator[str]:
    """Yield the tables of one kind of file, each model where it is first used."""
    definitions = schema.get("$defs", {})
    yield from ("", f"## {title}")
    waiting = [("", schema)]
    done: set[str] = set()
    while waiting:
        name, model = waiting.pop(0)
        if name in done or not model.get("properties"):
            continue
        done.add(name)
        if name:
            yield from ("", f"### {name}", "", _cell(model.get("description", "").split("\n\n")[0]))
        yield from ("", "| key | type | needed | meaning |", "|---|---|---|---|")
        for key, entry in model["properties"].items():
            needed = "yes" if key in model.get("required", ()) else ""
            meaning = entry.get("description") or _COMMON.get(key, "")
            yield f"| `{key}` | {_type(entry)} | {needed} | {_cell(meaning)} |"
            waiting += [(one, definitions[one]) for one in _references(entry) if one != "Rule"]


def _type(entry: Mapping[str, Any]) -> str:
    if "$ref" in entry:
        name = entry["$ref"].rpartition("/")[2]
        return "a rule" if name == "Rule" else f"[{name}](#{name.lower()})"
    if "enum" in entry:
        return ", ".join(f"`{value}`" for value in entry["enum"])
    if "const" in entry:
        return f"`{entry['const']}`"
    if "anyOf" in entry:
        return " or ".join(dict.fromkeys(map(_type, entry["anyOf"])))
    kind = entry.get("type")
    if kind == "array":
        return f"list of {_type(entry['items'])}"
    if kind == "object":
        [value] = entry.get("patternProperties", {"": entry["additionalProperties"]}).values()
        return f"table of {_type(value)}"
    if entry.get("format") == "date":
        return "date"
    return "number" if isinstance(kind, list) else _TYPES[str(kind)]


def _references(entry: Any) -> Iterator[str]:
    if isinstance(entry, dict):
        if "$ref" in entry:
            yield entry["$ref"].rpartition("/")[2]
        for value in entry.values():
            yield from _references(value)
    elif isinstance(entry, list):
        for value in entry:
            yield from _references(value)


def _cell(text: str) -> str:
    return " ".join(text.replace("``", "`").replace("|", "\\|").split())


if __name__ == "__main__":
    sys.stdout.write("\n".join(lines()) + "\n")
