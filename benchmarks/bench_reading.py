"""Time `dti check` on central tables: made-up communes, one CSV file, ten columns of figures.

    python benchmarks/bench_reading.py [--rows 1000 3321 10600] [--runs 1]

Each size is read twice: clean, and with two faults in every row (a word in a column of figures, an
unknown word in `data_basis`). Printed are wall time, processor time (which a busy machine moves
less) and the peak memory of the whole process. Time should grow as the rows do; 10,600 rows should
stay under 20 s and 1 GB.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COLUMNS = 10
UNIT_HEADER = (
    "unit_id,unit_set,level,official_code,name_vi,name_en,name_ascii,unit_type,region_code,"
    "region_name,region_name_en,parent_unit_id,group_code,valid_from,valid_to,tile_row,tile_col"
)
ASSESSMENT = """\
id = "bench-2025"
level = "commune"
year = 2025
title_vi = "Kỳ thử"
title_en = "Benchmark"
unit_set = "bench"
framework = "bench"
period_start = 2025-01-01
period_end = 2025-12-31
"""
FRAMEWORK = """\
id = "bench"
level = "commune"
title_vi = "Bộ chỉ số thử"
title_en = "Benchmark"
decision = "–"
source = "made up"

[[mains]]
code = "1"
concept = "government"
name_vi = "Chính quyền số"
name_en = "Digital government"
points = {columns}
basis = "illustrative"

[[tables]]
id = "figures"
name_vi = "Số liệu"
name_en = "Figures"
owner_vi = "Sở"
owner_en = "Office"
match = "*figures*"
unit_column = "Đơn vị"
"""
COLUMN = """
[tables.columns.c{n}]
header = "Cột {n}"
name_vi = "Cột {n}"
name_en = "Column {n}"
kind = "count"
"""
COMPONENT = """
[[components]]
code = "{n:04}"
main = "1"
points = 1
name_vi = "Thành phần {n}"
name_en = "Component {n}"
basis = "illustrative"
rule = {{ kind = "min_max", value = "x" }}
variables.x = {{ vi = "Số {n}", en = "Figure {n}", source = "central:figures.c{n}" }}
"""


def write_data(data: Path, *, rows: int, is_faulty: bool) -> None:
    """Write an index of so many communes and its one central table."""
    numbers = range(COLUMNS)
    framework = FRAMEWORK.format(columns=COLUMNS)
    framework += "".join(COLUMN.format(n=n) for n in numbers)
    framework += "".join(COMPONENT.format(n=n) for n in numbers)
    units = [
        f"BN-{row:05},bench,commune,{row:05},Xã Thử {row:05},Commune {row:05},Xa Thu {row:05},"
        "xã,,,,,,2025-07-01,,,"
        for row in range(rows)
    ]
    word, basis = ("chưa rõ", "thật") if is_faulty else ("17", "sample")
    header = ",".join(("Đơn vị", *(f"Cột {n}" for n in numbers), "data_basis"))
    table = [
        ",".join(
            (
                f"Xã Thử {row:05}",
                word,
                *(str(row * 7919 % 9973 * (n + 1)) for n in numbers[1:]),
                basis,
            )
        )
        for row in range(rows)
    ]
    for name, lines in {
        "config/assessments/bench-2025.toml": [ASSESSMENT],
        "config/frameworks/bench.toml": [framework],
        "config/units/bench.csv": [UNIT_HEADER, *units],
        "raw/bench-2025/central/01_figures.csv": [header, *table],
    }.items():
        path = data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def check(data: Path) -> tuple[float, float, float]:
    """Run `dti check` in a process of its own; return wall and processor seconds, megabytes."""
    command = [sys.executable, "-m", "dti_pipeline.cli", "check", "bench-2025", "--data", str(data)]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1000, 3321, 10600])
    parser.add_argument("--runs", type=int, default=1)
    options = parser.parse_args()
    for is_faulty in (False, True):
        for rows in options.rows:
            with tempfile.TemporaryDirectory() as folder:
                write_data(Path(folder), rows=rows, is_faulty=is_faulty)
                wall, cpu, megabytes = min(check(Path(folder)) for _ in range(options.runs))
            kind = "two faults a row" if is_faulty else "clean"
            print(
                f"{rows:6} rows, {kind:16}: {wall:6.1f} s, {cpu:6.1f} s CPU, {megabytes:5.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    main()
