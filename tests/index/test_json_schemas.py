"""JSON schemas for editors: current, true of every file of this repository, and of use."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from dti_pipeline.index.json_schemas import FOLDER, MODELS, json_schema, text
from dti_pipeline.index.rules.component import RULE_KINDS
from tests.conftest import REPOSITORY

INDEX = REPOSITORY / "dti_pipeline" / "index"
FOLDERS = {"frameworks": "framework", "assessments": "assessment", "targets": "targets"}
FILES = [path for folder in FOLDERS for path in sorted((INDEX / folder).glob("*.toml"))]


def as_json(path: Path) -> dict[str, Any]:
    """Read a TOML file as an editor hands it to a schema: dates are texts."""
    content = tomllib.loads(path.read_text("utf-8"))
    return json.loads(json.dumps(content, default=str))  # type: ignore[no-any-return]


@pytest.mark.parametrize("name", MODELS)
def test_the_committed_schemas_are_current(name: str) -> None:
    committed = (FOLDER / f"{name}.schema.json").read_text("utf-8")
    assert committed == text(name), "run: python -m dti_pipeline.index.json_schemas"
    Draft7Validator.check_schema(json_schema(name))


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_file_of_the_repository_fits_its_schema(path: Path) -> None:
    schema = json_schema(FOLDERS[path.parent.name])
    assert list(Draft7Validator(schema).iter_errors(as_json(path))) == []


def test_every_kind_of_rule_can_be_completed() -> None:
    definitions = json_schema("framework")["$defs"]
    kinds = [choice["$ref"].rpartition("/")[2] for choice in definitions["Rule"]["oneOf"]]
    assert [definitions[kind]["properties"]["kind"]["const"] for kind in kinds] == [*RULE_KINDS]


def component(change: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    return lambda content: content["components"][0].update(change)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content.update(titel_vi="misspelt"),
        lambda content: content.pop("mains"),
        component({"basis": "guessed"}),
        component({"points": "a lot"}),
        component({"points": 2.5}),
        component({"rule": {"kind": "ladders", "steps": [">= 1: 1"]}}),
        component({"rule": {"kind": "ladder", "steps": ["from 1 on"]}}),
        component({"rule": {"kind": "ladder", "steps": [">= 1: 1"], "floor": "1"}}),
        component({"rule": {"steps": [">= 1: 1"]}}),
    ],
)
def test_a_wrong_framework_is_marked_while_it_is_written(
    change: Callable[[dict[str, Any]], None],
) -> None:
    content = as_json(INDEX / "frameworks" / "province-922.toml")
    validator = Draft7Validator(json_schema("framework"))
    assert validator.is_valid(content)
    change(content)
    assert not validator.is_valid(content)
