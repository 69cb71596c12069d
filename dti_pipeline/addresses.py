"""Addresses of servers that settings name."""

import re
from collections.abc import Container
from urllib.parse import SplitResult, unquote, urlsplit


def address(url: str, schemes: Container[str]) -> SplitResult | None:
    """Split an address; None where it is none, as what a password with a # or [ in it leaves."""
    try:
        parts = urlsplit(url)
        has_port = parts.port != 0
    except ValueError:
        return None
    return parts if parts.scheme in schemes and has_port else None


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
