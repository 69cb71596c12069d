"""Compute a draft release in a process of its own: ``python -m dti_pipeline.portal.draft_job``.

Arguments: folder for log and result, assessment, data folder, reason. It runs ``dti run --draft``,
so that the jobs, and the Dagster instance if there is one, are those of the command line.
"""

import json
import subprocess
import sys
from pathlib import Path

from dti_pipeline.release.releases import Published
from dti_pipeline.store.parquet import replace_file
from dti_pipeline.workspace import Workspace


def main(folder: Path, assessment_id: str, data: Path, reason: str) -> None:
    command = [sys.executable, "-m", "dti_pipeline.cli", "run", assessment_id, "--draft"]
    command += ["--reason", reason, "--data", str(data)]
    with (folder / "log.txt").open("wb") as log:
        status = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False)
    release_id = None
    if status.returncode == 0:
        published = Published(Workspace(data=data).published)
        statuses = published.statuses()
        drafts = [
            release.release_id
            for release in published.releases()
            if assessment_id in release.revisions and statuses[release.release_id] == "draft"
        ]
        release_id = drafts[-1] if drafts else None
    result = {"status": status.returncode, "release_id": release_id}
    replace_file(folder / "result.json", json.dumps(result))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4])
