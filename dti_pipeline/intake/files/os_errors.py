"""Say in both languages why the operating system, or a library, did not give a file."""

import errno
import os
from collections.abc import Mapping
from typing import Final

from schemas.issues import Both

_REASONS: Final[Mapping[int, Both]] = {
    errno.EACCES: Both("không có quyền đọc", "no permission to read it"),
    errno.EPERM: Both("không có quyền đọc", "no permission to read it"),
    errno.ENOENT: Both("tệp hoặc đích của liên kết không tồn tại", "it, or its target, is missing"),
    errno.EISDIR: Both("là thư mục, không phải tệp", "it is a folder, not a file"),
    errno.ELOOP: Both("liên kết trỏ vòng tròn", "a link that leads to itself"),
}
# What libraries say of the usual damage, in words for a sender.
_SAID: Final[Mapping[str, Both]] = {
    "File is not a zip file": Both("tệp bị cắt cụt hoặc không phải .xlsx", "cut off, or no .xlsx"),
    "the part is missing": Both("thiếu một phần", "the part is missing"),
    **{os.strerror(number): reason for number, reason in _REASONS.items()},
}


def why_unread(error: OSError) -> Both:
    """Return the reason of a failed read; the system's own words where there are no better."""
    known = _REASONS.get(error.errno or 0)
    return known or in_words(error.strerror or str(error))


def in_words(reason: str) -> Both:
    """Return a library's reason in both languages; marked as its own words where it is unknown."""
    return _SAID.get(reason) or Both(f"nguyên văn lỗi: {reason}", f"error: {reason}")
