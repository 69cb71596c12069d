"""Time and weigh a whole country: one workbook of 43 components per commune, and a correction.

    python benchmarks/bench_country.py [--units 1000 3321 10600] [--provinces]

Communes are made from the sample reports of `commune-hcmc-2026`, each with a name and a code of its
own. Each size is run from an empty folder (`--provinces` adds the 63 of 2022), then again after one
commune has sent another workbook. Printed are wall and processor time, the peak memory of all
processes together (shared pages counted once), and how many workbooks were opened.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from hashlib import sha256
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
SAMPLE = "commune-hcmc-2026"
NAME = "commune-country-2026"
INDEX = REPOSITORY / "dti_pipeline" / "index"
INTERVAL = 0.1


def write_country(data: Path, units: int) -> None:
    """Write an assessment of so many communes with its deliveries."""
    names = [f"Xã giả định {number:05}" for number in range(units)]
    config, raw = data / "config", data / "raw" / NAME
    for kind in ("assessments", "frameworks", "units"):
        (config / kind).mkdir(parents=True)
    for kind in ("central", "self_reports"):
        (raw / kind).mkdir(parents=True)
    for kind in ("assessments", "frameworks"):
        text = (INDEX / kind / f"{SAMPLE}.toml").read_text("utf-8").replace(SAMPLE, NAME)
        text = re.sub(r"(?m)^parent_unit_id.*\n", "", text)
        (config / kind / f"{NAME}.toml").write_text(text, "utf-8")
    head = (INDEX / "units" / f"{SAMPLE}.csv").read_text("utf-8").splitlines()[0]
    rows = [
        f"CC-{number:05},{NAME},commune,,{name},Commune {number:05},Xa gia dinh {number:05},xã,"
        ",,,,commune,2025-07-01,,,"
        for number, name in enumerate(names)
    ]
    (config / "units" / f"{NAME}.csv").write_text("\n".join([head, *rows]), "utf-8")
    sample = REPOSITORY / "data" / "raw" / SAMPLE
    for table in (sample / "central").iterdir():
        head, *rows = table.read_text("utf-8").splitlines()
        figures = [row.partition(",")[2] for row in rows]
        lines = [f"{name},{figures[at % len(figures)]}" for at, name in enumerate(names)]
        (raw / "central" / table.name).write_text("\n".join([head, *lines]), "utf-8")
    forms = sorted((sample / "self_reports").iterdir())
    for number, name in enumerate(names):
        form = forms[number % len(forms)]
        copy_form(form, raw / "self_reports" / f"CC-{number:05}.xlsx", number, name, config=config)


def copy_form(form: Path, path: Path, number: int, name: str, *, config: Path) -> None:
    """Write a sample report as that of another commune."""
    hashes = [
        sha256((folder / "frameworks" / f"{name}.toml").read_bytes()).hexdigest()
        for folder, name in ((INDEX, SAMPLE), (config, NAME))
    ]
    with zipfile.ZipFile(form) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, 1) as new:
        for part in old.namelist():
            content = old.read(part)
            if part == "xl/sharedStrings.xml":
                text = content.decode("utf-8").replace(f">{SAMPLE}<", f">{NAME}<")
                text = text.replace(*hashes)
                text = re.sub(r">VN-HCMC-\d{3}<", f">CC-{number:05}<", text)
                text = re.sub(r">[^<>]+ giả định \d{3}<", f">{name}<", text)
                content = text.encode("utf-8")
            new.writestr(part, content)


def memory(root: int) -> int:
    """Return the bytes that a process and its descendants hold."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    total, waiting = 0, [root]
    while waiting:
        process = waiting.pop()
        waiting += children.get(process, [])
        try:
            rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
        except OSError:
            continue
        total += sum(int(line.split()[1]) * 1024 for line in rollup.splitlines() if "Pss:" in line)
    return total


def run(data: Path, assessments: list[str]) -> tuple[float, float, float]:
    """Run `dti run` in a process of its own; return wall and processor seconds, peak megabytes."""
    command = [sys.executable, "-m", "dti_pipeline.cli", "run", *assessments, "--data", str(data)]
    start, before = time.perf_counter(), os.times()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=REPOSITORY)
    peaks = [0]

    def watch() -> None:
        while process.poll() is None:
            peaks.append(memory(process.pid))
            time.sleep(INTERVAL)

    watcher = threading.Thread(target=watch)
    watcher.start()
    if process.wait():
        raise SystemExit(f"dti run failed with {process.returncode}")
    watcher.join()
    after = os.times()
    worked = after.children_user + after.children_system
    worked -= before.children_user + before.children_system
    return time.perf_counter() - start, worked, max(peaks) / 2**20


def kept(data: Path) -> set[str]:
    """Return the names of the readings of forms that are kept."""
    folder = data / "store" / "derived" / "readings" / NAME / "self_report"
    return {path.name for path in folder.glob("*")}


def measure(units: int, data: Path, *, provinces: bool) -> None:
    write_country(data, units)
    others = ["province-2022"] if provinces else []
    for name in others:
        shutil.copytree(REPOSITORY / "data" / "raw" / name, data / "raw" / name)
    forms: set[str] = set()
    for what in ("from an empty folder", "one correction"):
        wall, worked, megabytes = run(data, [NAME, *others])
        opened, forms = len(kept(data) - forms), kept(data)
        print(
            f"{units:6} communes, {what:21}: {wall:6.1f} s, {worked:6.1f} s of processors, "
            f"{megabytes:5.0f} MB, {wall / units * 1000:5.1f} ms and {megabytes / units:5.2f} MB a "
            f"commune, {opened} workbooks opened",
            flush=True,
        )
        other = REPOSITORY / "data" / "raw" / SAMPLE / "self_reports"
        corrected = sorted(other.iterdir())[7]
        path = data / "raw" / NAME / "self_reports" / "CC-00003.xlsx"
        copy_form(corrected, path, 3, "Xã giả định 00003", config=data / "config")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--units", type=int, nargs="+", default=[1000, 3321, 10600])
    parser.add_argument("--provinces", action="store_true", help="run the 63 of 2022 as well")
    parser.add_argument("--keep", type=Path, help="write here and leave it, to look at")
    options = parser.parse_args()
    for units in options.units:
        with tempfile.TemporaryDirectory() as folder:
            data = options.keep / str(units) if options.keep else Path(folder)
            measure(units, data, provinces=options.provinces)


if __name__ == "__main__":
    main()
