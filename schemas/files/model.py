"""What all models of files share: unknown keys are errors, and numbers stay exact."""

import re
from fractions import Fraction
from typing import Annotated, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

# What stays exact in 128 bits whatever the figures are.
_MOST_DIGITS: Final = 15
_LARGEST_DENOMINATOR: Final = 10**8
_NUMBER: Final = re.compile(r"[-+]?(?:[0-9]{1,15}(?:/[0-9]{1,15}|\.[0-9]{0,15})?|\.[0-9]{1,15})%?")


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
    if (isinstance(raw, int) and abs(raw) >= 10**_MOST_DIGITS) or len(str(raw)) > 4 * _MOST_DIGITS:
        msg = f"a number with more than {_MOST_DIGITS} digits"
        raise ValueError(msg)
    text = str(raw).strip().replace(" ", "")
    percent = text.endswith("%")
    try:
        value = Fraction(text.removesuffix("%")) if _NUMBER.fullmatch(text) else None
    except ZeroDivisionError:
        value = None
    if value is None:
        msg = f'{raw!r} is not a number; write "1/2", "80%", "0.25" or a whole number'
        raise ValueError(msg)
    value = value / 100 if percent else value
    if value.denominator > _LARGEST_DENOMINATOR:
        msg = f"{raw!r} has too many decimals, or too large a divisor"
        raise ValueError(msg)
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


class Model(BaseModel):
    """Base of all file models: unknown keys are errors, loaded objects do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)
