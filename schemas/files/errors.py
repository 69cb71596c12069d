"""Messages about the files that people write; an unknown key with the nearest known one."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel


def error_message(error: Mapping[str, Any], root: type[BaseModel]) -> str:
    """Say what is wrong at one place of a file.

    Args:
        error: an item of ``ValidationError.errors()``.
        root: the model that was read.
    """
    if error["type"] == "missing":
        return "the key is missing; add it"
    if error["type"] == "string_type":
        return "a text is needed; write it in quotes"
    if error["type"] != "extra_forbidden":
        return str(error["msg"]).removeprefix("Value error, ")
    *place, key = error["loc"]
    keys = _keys(root, place)
    near = get_close_matches(str(key), keys, n=1)
    if near:
        return f"unknown key; the nearest known key is '{near[0]}'"
    return f"unknown key; known keys: {', '.join(keys)}"


def _keys(root: type[BaseModel], place: Sequence[int | str]) -> list[str]:
    """Return the keys that a table of the file may have."""
    annotation: Any = root
    for step in place:
        model = _model(annotation)
        # A step is a field of a model, or else an item of a list or of a table of models.
        annotation = model.model_fields[str(step)].annotation if model else get_args(annotation)[-1]
    model = _model(annotation)
    fields = model.model_fields if model else {}
    return [field.alias or name for name, field in fields.items()]


def _model(annotation: Any) -> type[BaseModel] | None:
    """Return the model of an annotation, also where it may be left out."""
    parts = get_args(annotation)
    # ``list[Main]`` names a model as well, but the next step picks an item of it first.
    candidates = (annotation, *parts) if type(None) in parts else (annotation,)
    models = (part for part in candidates if isinstance(part, type) and issubclass(part, BaseModel))
    return next(models, None)
