"""Show that a change moves no figure: run the main job before and after it, compare every table.

    python -m tools.same_release --before 3bc4249        # all assessments, byte for byte
    python -m tools.same_release --before 3bc4249 --rows # only the rows, ids left out

Each side runs in a process of its own on its own ``data/raw``, copied to an empty data folder; the
side before is a checkout of the commit in a temporary tree, run with the same libraries. Compared
are the release and every revision in the store. The exit status is 1 if anything differs.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

REPOSITORY = Path(__file__).resolve().parent.parent
IDS = ("release_id", "revision_id", "supersedes", "input_hash", "rules_version")


@contextmanager
def checkout(commit: str) -> Iterator[Path]:
    """Yield a work tree of the commit; it goes with the block."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        git = ["git", "-C", str(REPOSITORY), "worktree"]
        subprocess.run([*git, "add", "--detach", "--quiet", str(tree), commit], check=True)
        try:
            yield tree
        finally:
            subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def run_main_job(tree: Path, data: Path) -> Path:
    """Run the main job with code and deliveries of a tree; return the folder of the release."""
    shutil.copytree(tree / "data" / "raw", data / "raw")
    main = "from dti_pipeline.cli import main; main()"
    environment = os.environ | {"PYTHONPATH": str(tree)}
    environment.pop("DAGSTER_HOME", None)
    command = [sys.executable, "-c", main, "run", "--data", str(data)]
    subprocess.run(command, check=True, cwd=tree, env=environment, stdout=subprocess.DEVNULL)
    published = data / "published"
    pointer = json.loads((published / "latest.json").read_text(encoding="utf-8"))
    return published / str(pointer["path"])


def differing_files(before: Path, after: Path) -> list[str]:
    """List the Parquet files that are not the same on both sides, byte for byte."""
    names = {path.relative_to(side) for side in (before, after) for path in side.rglob("*.parquet")}
    return [
        str(name)
        for name in sorted(names)
        if not all((side / name).is_file() for side in (before, after))
        or (before / name).read_bytes() != (after / name).read_bytes()
    ]


def differing_rows(before: Path, after: Path) -> list[str]:
    """List the tables whose rows differ, with how many, ids left out."""
    texts = []
    for name in sorted({path.name for side in (before, after) for path in side.glob("*.parquet")}):
        sides = [side / name for side in (before, after)]
        if not all(path.is_file() for path in sides):
            texts.append(f"{name}: on one side only")
            continue
        old, new = (pl.read_parquet(path, glob=False).drop(IDS, strict=False) for path in sides)
        shared = [column for column in old.columns if column in new.columns]
        gone = sorted(set(old.columns) ^ set(new.columns))
        rows = [frame.select(shared).unique() for frame in (old, new)]
        n_lost = rows[0].join(rows[1], on=shared, how="anti", nulls_equal=True).height
        n_new = rows[1].join(rows[0], on=shared, how="anti", nulls_equal=True).height
        if gone or n_lost or n_new or old.height != new.height:
            texts.append(
                f"{name}: {old.height} rows before, {new.height} after; {n_lost} only before, "
                f"{n_new} only after; columns on one side: {', '.join(gone) or 'none'}"
            )
    return texts


def main() -> int:
    """Run both sides, print what differs."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--before", required=True, help="the commit to compare with")
    parser.add_argument("--rows", action="store_true", help="compare rows without ids, not bytes")
    chosen = parser.parse_args()
    with checkout(chosen.before) as tree, tempfile.TemporaryDirectory() as folder:
        data = {side: Path(folder) / side for side in ("before", "after")}
        releases = {
            side: run_main_job(code, data[side])
            for side, code in (("before", tree), ("after", REPOSITORY))
        }
        if chosen.rows:
            differences = differing_rows(releases["before"], releases["after"])
        else:
            differences = [
                f"{room}/{name}"
                for room in ("store", "published")
                for name in differing_files(data["before"] / room, data["after"] / room)
            ]
        n_files = len(list(data["after"].rglob("*.parquet")))
    for text in differences:
        print(text)
    names = {side: folder.name for side, folder in releases.items()}
    print(f"before {names['before']}, after {names['after']}: {n_files} Parquet files,", end=" ")
    print(f"{len(differences)} differ" if differences else "nothing differs")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
