"""Addresses of servers that settings name."""

import re
from collections.abc import Container
from urllib.parse import SplitResult, unquote, urlsplit


def address(url: str, schemes: Container[str]) -> SplitResult | None:
    """Split an address; None where it is none, as what a password with a # or [ in it leaves."""
    try:
        parts = urlsplit(url)
        has_port = parts.port != 0
        (parts.hostname or "").encode("idna")  # as whoever looks the name up does
    except ValueError:
        return None
    return parts if parts.scheme in schemes and has_port else None


def scheme_of(url: str) -> str:
    """Return what a message may repeat of an address: anything behind may hold a password."""
    match = re.match(r"[A-Za-z+]+(?=://)", url)
    return match[0] if match else ""


def server_address(url: str, schemes: Container[str]) -> SplitResult | None:
    """Split the address of a mail server or web hook; None where nothing can be sent there.

    Mail servers are told names and passwords in ASCII alone, and a path goes as it is written.
    """
    parts = address(url, schemes)
    if parts is None or not parts.hostname:
        return None
    account = unquote(f"{parts.username}{parts.password}")
    is_sent = account.isascii() and re.fullmatch("[!-~]*", parts.path + parts.query)
    return parts if is_sent else None
