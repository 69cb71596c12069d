"""Messages about the files that people write; an unknown key with the nearest known one."""

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final, get_args

from pydantic import BaseModel

from schemas.codes import CODE, DECIMAL, MONTH_DAY, NAME, OR_CODE, TARGET, WORDS
from schemas.messages import message
from schemas.text import SpokenError, Text

# Pattern of a text → what is wrong with one that does not match it.
_OF_PATTERN: Final = {
    **{CODE: "no_code", OR_CODE: "no_code", NAME: "no_name", WORDS: "blank"},
    **{DECIMAL: "no_decimal", MONTH_DAY: "no_month_day", TARGET: "no_target"},
}


class SettingError(SpokenError, ValueError):
    """A value of a file that makes no sense, alone or beside the others."""


def error_message(error: Mapping[str, Any], root: type[BaseModel]) -> Text:
    """Say what is wrong with an item of ``ValidationError.errors()``; ``root`` is the model read."""
    kind, context = error["type"], error.get("ctx", {})
    if isinstance(fault := context.get("error"), SettingError):
        return fault.text
    if kind != "extra_forbidden":
        expected = str(context.get("expected")).replace(" or ", ", ")
        kind = _OF_PATTERN.get(context.get("pattern"), kind)
        try:
            return message(
                f"file_value.{kind}", **{**context, "raw": error["input"], "expected": expected}
            )
        except KeyError:  # a kind that is not in the catalogue
            return message("file_value.other", text=error["msg"])
    *place, key = error["loc"]
    keys = _keys(root, place)
    near = get_close_matches(str(key), keys, n=1)
    remedy = message("file_value.known", keys=keys)
    if near:
        remedy = message("file_value.nearest", near=near[0])
    return message("file_value.extra_forbidden", remedy=remedy)


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
