"""Bring the spellings of a unit's name to one key.

Forms arrive with `Hoà Bình` and `Hòa Bình`, `TP.Hải Phòng` and `UBND thành phố Hải Phòng`, composed
and decomposed letters, dashes with and without spaces. Every rule here removes a difference that
never tells two units apart; letters, marks and tones are kept, so different names keep different
keys. The kind of unit (`tỉnh`, `huyện`, ...) is split off and kept beside the key, because
`Thành phố Cao Lãnh` and `Huyện Cao Lãnh` are two units.
"""

from typing import Final

import polars as pl

from dti_pipeline.index.units.spelling import I_OF_Y, Y_SYLLABLE

# Kinds of unit that stand before a name, with the abbreviations that forms use. An abbreviation
# needs its dot or a space: "TPHCM" and "Tp" alone are left as they are.
UNIT_TYPES: Final = {
    "thành phố": r"tp\.\s*|tp\s+|t\.\s?p(?:\.\s*|\s+)|thủ đô\s+",
    "thị xã": r"tx\.\s*|tx\s+|t\.\s?x(?:\.\s*|\s+)",
    "thị trấn": r"tt\.\s*|tt\s+|t\.\s?t(?:\.\s*|\s+)",
    "tỉnh": r"t\.\s*",
    "quận": r"q\.\s*",
    "huyện": r"h\.\s*",
    "phường": r"p\.\s*",
    "xã": r"x\.\s*",
    "đặc khu": r"đk\.\s*",
}

# The same kinds as they are typed without marks. "Quan Sơn" is a district and no "Quận Sơn", so
# these count only where the whole text has no marks.
ASCII_TYPES: Final = {
    "thanh pho": "thành phố",
    "thu do": "thành phố",
    "thi xa": "thị xã",
    "thi tran": "thị trấn",
    "tinh": "tỉnh",
    "quan": "quận",
    "huyen": "huyện",
    "phuong": "phường",
    "xa": "xã",
    "dac khu": "đặc khu",
}

# Invisible characters pasted in from PDFs (zero-width ones, byte-order mark, soft hyphen) and
# apostrophes (`Ia H'Drai`) go; the eth and the African d of old code pages only look like a đ.
_CHARACTERS: Final = {
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff'’‘ʼ`´", ""),
    "ð": "đ",
    "ɖ": "đ",
}
# Old and new placement of the tone where a word ends in oa, oe or uy; elsewhere there is only one.
_TONES: Final = {
    f"{first}{marked} ": f"{toned}{last} "
    for first, last, old, new in (
        ("o", "a", "óòỏõọ", "áàảãạ"),
        ("o", "e", "óòỏõọ", "éèẻẽẹ"),
        ("u", "y", "úùủũụ", "ýỳỷỹỵ"),
    )
    for toned, marked in zip(old, new, strict=True)
}
_COMMITTEE: Final = r"^(?:ubnd|ủy ban nhân dân|uỷ ban nhân dân|uy ban nhan dan)[\s.:]+"
_TYPES: Final = "|".join(UNIT_TYPES)
_TYPED_NAME: Final = rf"^({_TYPES}) (\pL.*)$"
_ASCII_TYPED_NAME: Final = rf"^({'|'.join(ASCII_TYPES)}) (\pL.*)$"


def plain_expr(text: pl.Expr) -> pl.Expr:
    """Clean names as received and write the kind of unit before them in full.

    Returns:
        Lower case, one space between words, no `UBND`, no punctuation (a dash is a space),
        `Đăk`/`Đắc`/`Đak` as `đắk`, tones in the old place (`hòa`, `ủy`).
    """
    plain = (
        text.str.normalize("NFC")
        .str.to_lowercase()
        .str.replace_many(_CHARACTERS)
        .str.strip_chars()
        # "UBND tỉnh" alone names the committee itself; without it nothing would be left.
        .str.replace(rf"{_COMMITTEE}({_TYPES})$", "ủy ban $1")
        .str.replace(_COMMITTEE, "")
    )
    for kind, abbreviations in UNIT_TYPES.items():
        plain = plain.str.replace(rf"^(?:{abbreviations})", f"{kind} ")
    return (
        # The space at the end lets the tones see where the last word ends. One pattern for
        # "anything but letters and digits" takes four times as long as these two.
        (plain.str.replace_all(r"[^\pL\pM\pN ]+", " ").str.replace_all(" {2,}", " ") + " ")
        .str.replace_many(_TONES)
        .str.strip_chars()
        .str.replace(r"^(quận|phường) 0+(\d)", "$1 $2")
        .str.replace_all(r"\bđ[aăắ][kc]\b", "đắk")
        .str.replace_all(r"\bl[ăắ][kc]\b", "lắk")
    )


def key_of_plain(plain: pl.Expr) -> pl.Expr:
    """Drop the kind of unit; a number is no name, `phường 1` keeps its kind."""
    return plain.str.extract(_TYPED_NAME, 2).fill_null(plain)


def type_of_plain(plain: pl.Expr) -> pl.Expr:
    """Read the kind of unit, one of `UNIT_TYPES`; null where none stands before a name."""
    return plain.str.extract(_TYPED_NAME, 1)


def fold_expr(text: pl.Expr) -> pl.Expr:
    """Drop every mark and turn đ into d, as on a keyboard without Vietnamese letters."""
    bare = text.str.normalize("NFD").str.replace_all(r"\pM", "")
    return bare.str.replace_many({"đ": "d", "Đ": "D"})


def bare_expr(text: pl.Expr) -> pl.Expr:
    """Take the number of a row off a name, and a footnote mark: `1. Hà Nội`, `Hà Nội (1)`."""
    return (
        text.str.strip_chars()
        .str.replace(r"^\(?\d{1,4}[.)]\s*(\pL)", "$1")
        .str.replace(r"\s*(?:\*+|\(\d{1,2}\)|\[\d{1,2}\])$", "")
    )


def i_for_y_expr(text: pl.Expr) -> pl.Expr:
    """Write keys, also without marks, with i where y is as right: `quy nhơn` as `qui nhơn`."""
    # `plain_expr` has the tone of quý on its u.
    text = text.str.replace_many(
        {f"q{u}y": f"qu{i}" for u, i in zip("úùủũụ", "íìỉĩị", strict=True)}
    )
    for y, i in I_OF_Y.items():
        text = text.str.replace_all(Y_SYLLABLE.format(y), f"${{1}}{i}")
    return text


def ascii_key(key: pl.Expr) -> pl.Expr:
    """Read the name behind a kind of unit typed without marks (`tinh ha giang`); else null."""
    return key.str.extract(_ASCII_TYPED_NAME, 2)


def ascii_type(key: pl.Expr) -> pl.Expr:
    """Read the kind of unit typed without marks, as one of `UNIT_TYPES`; else null."""
    return key.str.extract(_ASCII_TYPED_NAME, 1).replace_strict(ASCII_TYPES, default=None)


def name_key_expr(text: pl.Expr) -> pl.Expr:
    """Reduce names as received to the key they are matched by."""
    return key_of_plain(plain_expr(text))
