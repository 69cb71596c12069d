"""Commands on releases: verify."""

import sys
from pathlib import Path

from dti_pipeline.commands.output import print_json
from dti_pipeline.commands.reading import open_release
from dti_pipeline.release import verify


def verify_release(release_id: str | None, *, data: Path, as_json: bool) -> int:
    """Compare every file of a release with its manifest; exit 1 if one differs."""
    release = open_release(data, as_of=release_id)
    problems = verify(release)
    if as_json:
        print_json([{"problem": text} for text in problems], release_id=release.release_id)
    elif problems:
        for text in problems:
            sys.stdout.write(f"{release.release_id}: {text}\n")
    else:
        n = len(release.manifest["files"])
        sys.stdout.write(f"{release.release_id}: {n} files as in the manifest\n")
    return 1 if problems else 0
