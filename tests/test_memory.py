"""Memory that is freed goes back to the system: a country's run on one machine depends on it."""

import subprocess
import sys

SCRIPT = """
import dti_pipeline
import time
from pathlib import Path
import polars as pl

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 // 2**20

before = resident()
frame = pl.select(pl.int_range(2**20)).select(pl.all().cast(pl.String).repeat_by(16))
frame = frame.with_columns(pl.all().reverse().alias("reversed"))
full = resident()
del frame
end = time.monotonic() + 20
while resident() - before > (full - before) / 3 and time.monotonic() < end:
    # The allocator looks after the pages of a thread when the thread asks for some.
    pl.select(pl.int_range(2**16).shuffle()).group_by(pl.all() % 1000).len()
print(before, full, resident())
"""


def test_memory_that_polars_has_freed_goes_back_to_the_system() -> None:
    command = [sys.executable, "-c", SCRIPT]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    before, full, after = map(int, answer.split())
    assert full - before > 200
    assert after - before < (full - before) / 3
