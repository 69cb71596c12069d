"""JSON schemas of framework, assessment and targets files, from which editors check and complete.

python -m dti_pipeline.index.json_schemas [FOLDER]      # writes them; default: schemas/files/

A schema knows keys, types and rule kinds. What only makes sense as a whole (points that add up,
variables that exist) is checked by ``dti framework check``.
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from dti_pipeline.index.rules.component import RULE_KINDS
from schemas.files.assessment import Assessment
from schemas.files.framework import Framework
from schemas.files.model import vietnamese_of
from schemas.files.settings import Settings
from schemas.files.target import Targets

FOLDER: Final = Path(__file__).parents[2] / "schemas" / "files"
MODELS: Final[dict[str, type[BaseModel]]] = {
    "assessment": Assessment,
    "framework": Framework,
    "settings": Settings,
    "targets": Targets,
}


def json_schema(name: str) -> dict[str, Any]:
    """Return the schema of one kind of file: ``assessment``, ``framework`` or ``targets``."""
    schema = MODELS[name].model_json_schema()
    if name == "framework":
        _add_rules(schema["$defs"])
    return {"$schema": "http://json-schema.org/draft-07/schema#", **_plain(schema)}


def _add_rules(definitions: dict[str, Any]) -> None:
    """Say which settings each kind of rule has; the model of the file leaves them open."""
    for kind, rule in RULE_KINDS.items():
        definition = rule.model_json_schema(ref_template="#/$defs/{model}")
        definitions.update(definition.pop("$defs", {}))
        definition["required"] = ["kind", *definition.get("required", [])]
        definitions[f"rule-{kind}"] = definition
    definitions["Rule"] = {"oneOf": [{"$ref": f"#/$defs/rule-{kind}"} for kind in RULE_KINDS]}
    for owner in ("Component", "Part"):
        definitions[owner]["properties"]["rule"] = {"$ref": "#/$defs/Rule"}


def _plain(node: Any) -> Any:
    """Leave out titles that repeat the key, what is empty, null, and that English is owed."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        key: _plain(item)
        for key, item in node.items()
        if not (key == "title" and isinstance(item, str))
        and not (key == "default" and item in (None, [], {}))
    }
    if isinstance(kept.get("required"), list):
        kept["required"] = [name for name in kept["required"] if vietnamese_of(name) is None]
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    if {"type": "null"} in kept.get("anyOf", ()):
        others = [choice for choice in kept.pop("anyOf") if choice != {"type": "null"}]
        kept = (others[0] if len(others) == 1 else {"anyOf": others}) | kept
    return kept


def text(name: str) -> str:
    return json.dumps(json_schema(name), ensure_ascii=False, indent=1) + "\n"


def write(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in MODELS:
        (folder / f"{name}.schema.json").write_text(text(name), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
