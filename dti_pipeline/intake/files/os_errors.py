"""Say in both languages why the operating system, or a library, did not give a file."""

import errno
import os
from collections.abc import Mapping
from typing import Final

from schemas.text import Text

_REASONS: Final[Mapping[int, Text]] = {
    errno.EACCES: Text("không có quyền đọc", "no permission to read it"),
    errno.EPERM: Text("không có quyền đọc", "no permission to read it"),
    errno.ENOENT: Text("tệp hoặc đích của liên kết không tồn tại", "it, or its target, is missing"),
    errno.EISDIR: Text("là thư mục, không phải tệp", "it is a folder, not a file"),
    errno.ELOOP: Text("liên kết trỏ vòng tròn", "a link that leads to itself"),
}
# What libraries say of the usual damage, in words for a sender.
_SAID: Final[Mapping[str, Text]] = {
    "File is not a zip file": Text("tệp bị cắt cụt hoặc không phải .xlsx", "cut off, or no .xlsx"),
    "the part is missing": Text("thiếu một phần", "the part is missing"),
    **{os.strerror(number): reason for number, reason in _REASONS.items()},
}


def why_unread(error: OSError) -> Text:
    """Return the reason of a failed read; the system's own words where there are no better."""
    reason = _REASONS.get(error.errno or 0)
    return reason or in_words(error.strerror or str(error))


def in_words(reason: str) -> Text:
    """Return a library's reason in both languages; marked as its own words where it is unknown."""
    return _SAID.get(reason) or Text(f"nguyên văn lỗi: {reason}", f"error: {reason}")
