"""Hashes of files that are looked at again and again: what did not change is not read again."""

import time
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Final

# No clock of a file system is coarser; FAT counts in steps of two seconds.
_RECENT_NS: Final = 2 * 10**9


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def digest_again(path: Path, hashes: dict[str, str]) -> str:
    """Return the hash of a file, which is read only where it may have changed.

    That is where size, inode, or the time of its content or inode is another (the last cannot be
    set back), or where it was written within two seconds before it was read: a change in the same
    moment leaves the same times. ``hashes`` holds file → hash, with a mark of these where they may
    be relied on, and is kept up.
    """
    state, now = path.stat(), time.time_ns()
    times = state.st_mtime_ns, state.st_ctime_ns
    stamp = sha256(f"{state.st_size} {state.st_ino} {times}".encode()).hexdigest()[:12]
    content, _, before = hashes.get(str(path), "").partition(" ")
    if before != stamp:
        content = digest_of(path)
    is_recent = now - max(times) < _RECENT_NS  # or a clock that is ahead
    hashes[str(path)] = content if is_recent else f"{content} {stamp}"
    return content
