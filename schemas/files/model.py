"""What all models of files share: unknown keys are errors, and numbers stay exact."""

from fractions import Fraction
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema


def parse_fraction(raw: object) -> Fraction:
    """Read ``1/2``, ``80%``, ``0.25`` or ``3`` as an exact fraction.

    Raises:
        ValueError: if the text is none of these; floats are refused because they are not exact.
    """
    if isinstance(raw, Fraction):
        return raw
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        msg = f'write the number {raw!r} as text ("1/2", "80%", "0.25") so that it stays exact'
        raise ValueError(msg)
    text = str(raw).strip().replace(" ", "")
    percent = text.endswith("%")
    try:
        value = Fraction(text.removesuffix("%"))
    except (ValueError, ZeroDivisionError):
        msg = f'{raw!r} is not a number; write "1/2", "80%", "0.25" or a whole number'
        raise ValueError(msg) from None
    return value / 100 if percent else value


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


class Model(BaseModel):
    """Base of all file models: unknown keys are errors, loaded objects do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
