"""What a folder holds, to be compared with what it held before."""

from hashlib import sha256
from pathlib import Path


def hashes(folder: Path) -> dict[str, str]:
    """Return the hash of every file below a folder, by its path from there."""
    return {
        path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
