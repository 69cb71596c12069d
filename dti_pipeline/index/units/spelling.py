"""Spellings that never tell two texts apart, as patterns that Python and Polars both read."""

from typing import Final

I_OF_Y: Final = dict(zip("yỳýỷỹỵ", "iìíỉĩị", strict=True))

Y_SYLLABLE: Final = r"\b([hklmstv]|qu)([{}])\b"
"""A whole syllable in one of these y, which is also written with i: `lý`, `tỷ`, `Mỹ`, `Quy`.

Of lower-case texts in NFC. Not `y tế`, `Thúy`, `country`.
"""
