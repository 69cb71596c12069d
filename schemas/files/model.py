"""What all models of files share: unknown keys are errors, and numbers stay exact."""

import re
from collections.abc import Mapping
from fractions import Fraction
from math import isfinite
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from schemas.codes import CODE, NAME, WORDS
from schemas.files.errors import SettingError
from schemas.text import Text

# What stays exact in 128 bits whatever the figures are.
_MOST_DIGITS: Final = 15
_LARGEST_DENOMINATOR: Final = 10**8
_NUMBER: Final = re.compile(r"[-+]?(?:[0-9]{1,15}(?:/[0-9]{1,15}|\.[0-9]{0,15})?|\.[0-9]{1,15})%?")


def parse_fraction(raw: object) -> Fraction:
    """Read ``1/2``, ``80%``, ``0.25`` or ``3`` as an exact fraction.

    Raises:
        SettingError: if the text is none of these; floats are refused because they are not exact.
    """
    if isinstance(raw, Fraction):
        return raw
    if isinstance(raw, float) and isfinite(raw):
        raise SettingError("file_value.number_as_text", raw=raw)
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        raise SettingError("file_value.no_number", raw=str(raw))
    if (isinstance(raw, int) and abs(raw) >= 10**_MOST_DIGITS) or len(str(raw)) > 4 * _MOST_DIGITS:
        raise SettingError("file_value.long_number", digits=_MOST_DIGITS)
    text = str(raw).strip().replace(" ", "")
    percent = text.endswith("%")
    try:
        value = Fraction(text.removesuffix("%")) if _NUMBER.fullmatch(text) else None
    except ZeroDivisionError:
        value = None
    if value is None:
        raise SettingError("file_value.no_number", raw=raw)
    value = value / 100 if percent else value
    if value.denominator > _LARGEST_DENOMINATOR:
        raise SettingError("file_value.many_decimals", raw=raw)
    return value


Number = Annotated[
    Fraction,
    BeforeValidator(parse_fraction),
    WithJsonSchema(
        {
            "type": ["integer", "string"],
            "pattern": r"^ *[-+]?(\d+( */ *\d+)?|\d*\.\d+) *%? *$",
            "description": 'an exact number: 3, "1/2", "0.25" or "80%"',
        }
    ),
]

# Points times figures must stay within 128 bits.
MAX_POINTS: Final = 10_000
Points = Annotated[Number, Field(ge=0, le=MAX_POINTS)]
Positive = Annotated[Number, Field(gt=0)]
PositivePoints = Annotated[Positive, Field(le=MAX_POINTS)]
Share = Annotated[Number, Field(ge=0, le=1)]
Code = Annotated[str, Field(pattern=CODE)]
Name = Annotated[str, Field(pattern=NAME)]
Words = Annotated[str, Field(pattern=WORDS)]


class Model(BaseModel):
    """Base of all file models: unknown keys are errors, loaded objects do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    @model_validator(mode="before")
    @classmethod
    def _name_in_both_languages(cls, content: Any) -> Any:
        """Let a text that has no English be the Vietnamese one."""
        if not isinstance(content, Mapping):
            return content
        missing = {
            name: content[vietnamese]
            for name, field in cls.model_fields.items()
            if field.is_required() and name not in content
            if (vietnamese := vietnamese_of(name)) in content
        }
        return {**content, **missing}


class Named(Model):
    """What has a name in both languages."""

    name_vi: Words
    name_en: Words

    @property
    def name(self) -> Text:
        return Text(self.name_vi, self.name_en)


class Worded(Model):
    """What is a text in both languages."""

    vi: Words
    en: Words

    @property
    def name(self) -> Text:
        return Text(self.vi, self.en)


def vietnamese_of(name: str) -> str | None:
    """Return the key of the Vietnamese text beside an English one; None for other keys."""
    return f"{name[:-2]}vi" if name == "en" or name.endswith("_en") else None
