"""Writers on one bucket, each a process with a copy of its own.

Run as ``python -m tests.release.bucket_writers ADDRESS CACHES WRITERS ROUNDS [FIRST]`` in the repository.
Importing takes seconds, forking milliseconds. Each writer publishes, drafts, approves, discards and
withdraws as fast as it goes, and prints a line for everything that was done.
"""

import os
import sys
import traceback
from pathlib import Path

from dti_pipeline.release.bucket import open_data
from dti_pipeline.release.releases import Published, ReleaseStateError
from tests.release import content
from tests.release.writer import import_everything


def write(address: str, writer: int, rounds: int, first: int) -> None:
    """Publish in every round; each third is a draft that is approved or discarded."""
    data = open_data(address)
    published, store = content.published_in(data), content.store_in(data)
    for turn in range(rounds):
        number = first + 100 * writer + turn
        is_draft = (writer + turn) % 3 == 0
        release = published.publish(
            content.tables(number), revisions=[], reason=f"lần {number}", is_draft=is_draft
        )
        done(release.release_id, "drafted" if is_draft else "published")
        if is_draft:
            decide(published, release.release_id, by=str(writer))
        done(content.save(store, number).revision_id, "saved")


def decide(published: Published, release_id: str, *, by: str) -> None:
    """Approve a draft; where another release came between, discard it."""
    try:
        published.approve(release_id, by=by, reason="đã thẩm định")
        done(release_id, "published")
    except ReleaseStateError:
        published.discard(release_id, by=by, reason="lỗi thời")
        done(release_id, "discarded")


def done(name: str, event: str) -> None:
    os.write(1, f"{name} {event}\n".encode())


def main(address: str, caches: str, writers: int, rounds: int, first: int = 0) -> None:
    import_everything()
    processes = []
    for writer in range(writers):
        process = os.fork()
        if process == 0:
            status = 1
            try:
                os.environ["DTI_CACHE"] = str(Path(caches) / str(writer))
                write(address, writer, rounds, first)
                status = 0
            finally:
                if status:
                    traceback.print_exc()
                os._exit(status)
        processes.append(process)
    sys.exit(max(os.waitstatus_to_exitcode(os.waitpid(one, 0)[1]) for one in processes))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
