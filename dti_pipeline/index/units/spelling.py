"""Spellings that never tell two texts apart, as patterns that Python and Polars both read."""

from typing import Final

I_FOR_Y: Final = {rf"\b([hklmstv]|qu){y}\b": i for y, i in zip("yỳýỷỹỵ", "iìíỉĩị", strict=True)}
"""A whole syllable in y, which is also written with i: `lý`, `tỷ`, `Mỹ`, `Quy` (`lí`, `tỉ`, ...).

Of lower-case texts in NFC: pattern → the letter behind its group. Not `y tế`, `Thúy`, `country`.
"""

FOOTNOTE: Final = r"\s*(?:\*+|\(\d{1,2}\)|\[\d{1,2}\])$"
"""A footnote mark behind a name or a heading: `Hà Nội (1)`, `Số hồ sơ*`."""
