"""Say what is wrong at one place of a file that a person wrote; an unknown key with the nearest."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel


def said_of(found: Mapping[str, Any], root: type[BaseModel]) -> str:
    """Return the message of one of pydantic's errors.

    Args:
        found: an item of ``ValidationError.errors()``.
        root: the model that was read.
    """
    if found["type"] != "extra_forbidden":
        return str(found["msg"])
    *place, key = found["loc"]
    known = _keys(root, place)
    near = get_close_matches(str(key), known, n=1)
    if near:
        return f"unknown key; the nearest known key is '{near[0]}'"
    return f"unknown key; known keys: {', '.join(known)}"


def _keys(root: type[BaseModel], place: Sequence[int | str]) -> list[str]:
    """Return the keys that a table of the file may have."""
    at: Any = root
    for step in place:
        model = _model(at)
        # A step is a field of a model, or else an item of a list or of a table of models.
        at = model.model_fields[str(step)].annotation if model else get_args(at)[-1]
    found = _model(at)
    fields = found.model_fields if found else {}
    return [field.alias or name for name, field in fields.items()]


def _model(annotation: Any) -> type[BaseModel] | None:
    """Return the model of an annotation, also where it may be left out."""
    for one in (annotation, *get_args(annotation)):
        # ``list[Main]`` names a model as well, but the next step picks an item of it first.
        is_union = one is annotation or type(None) in get_args(annotation)
        if is_union and isinstance(one, type) and issubclass(one, BaseModel):
            return one
    return None
