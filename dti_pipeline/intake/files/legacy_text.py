"""Vietnamese texts from before Unicode, or decoded by the wrong code page: turn them back.

A conversion gets the text as the code page of Western Europe (windows-1252) shows it, which is how
such texts stand in workbooks, and how bytes that are not UTF-8 are read here.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Final

from schemas.package_data import toml_beside

# Bytes that windows-1252 shows as something else than Latin-1; five of them it does not have.
_WINDOWS: Final = {
    byte: bytes([byte]).decode("cp1252")
    for byte in range(0x80, 0xA0)
    if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_BYTES: Final = {ord(sign): byte for byte, sign in _WINDOWS.items()}
# The signs of windows-1252; those that Vietnamese in Unicode needs, and those it does not.
_SIGNS: Final = {*_WINDOWS.values(), *map(chr, range(0x100))}
_NEEDED: Final = set("ÀÁÂÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúý–—‘’“”…•°²³€ ")
_SUSPICIOUS: Final = _SIGNS - _NEEDED - {*map(chr, range(0x80)), "\xa0"}


def single_byte_text(data: bytes) -> str:
    """Decode bytes one by one, so that nothing is lost."""
    return data.decode("latin-1").translate(_WINDOWS)


def is_suspicious(text: str) -> bool:
    """Say whether a text holds a sign that Vietnamese in Unicode does not need."""
    return not _SUSPICIOUS.isdisjoint(text)


def _by_bytes(text: str, *, page: str, encoding: str) -> str:
    """Take a text that was decoded as one code page back to its bytes, and decode those rightly."""
    try:
        if page == "cp1252":
            data = text.replace("Ã ", "Ã\xa0").translate(_BYTES).encode("latin-1")
        else:
            data = text.encode(page)
        return unicodedata.normalize("NFC", data.decode(encoding))
    except UnicodeError:
        return text


@cache
def conversions() -> Mapping[str, Callable[[str], str]]:
    """Return the conversions by the names people know the encodings by."""
    tables = toml_beside(__file__)
    letters, capitals = tables["letters"].split(), tables["tcvn3_capitals"]
    tcvn3 = dict(zip(_signs(tables["tcvn3"]), letters, strict=True))
    tcvn3 |= dict(zip(capitals["signs"].split(), capitals["letters"].split(), strict=True))
    vni = dict(zip(tables["vni"].split(), letters, strict=True))
    # In VNI a mark is a sign of its own behind its vowel, small or capital.
    vni |= {
        signs[0].upper() + mark: letter.upper()
        for signs, letter in vni.items()
        for mark in (signs[1:], signs[1:].upper())
    }
    return {
        "TCVN3 (ABC, .VnTime)": _of_letters(tcvn3),
        "VNI": _of_letters(vni),
        "windows-1258": partial(_by_bytes, page="cp1252", encoding="cp1258"),
        "UTF-8 (windows-1252)": partial(_by_bytes, page="cp1252", encoding="utf-8"),
        "UTF-8 (windows-1258)": partial(_by_bytes, page="cp1258", encoding="utf-8"),
    }


def _signs(text: str) -> list[str]:
    """Split at spaces and line ends only: the soft hyphen is a sign of TCVN3."""
    return re.split(r"[ \n]+", text.strip(" \n"))


def _of_letters(letters: Mapping[str, str]) -> Callable[[str], str]:
    ordered = sorted(letters, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, ordered)))

    def convert(text: str) -> str:
        if not _SIGNS.issuperset(text):  # a letter that only Unicode has
            return text
        return pattern.sub(lambda match: letters[match[0]], text)

    return convert
