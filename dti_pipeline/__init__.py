import ctypes
import gc
import os
import sys
from contextlib import suppress

# Polars and pyarrow keep memory that they have freed: a country's run held twice what it needed.
# The allocator of Polars, jemalloc, reads this once, when Polars is loaded; pyarrow its own.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:100,muzzy_decay_ms:0")
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

# What pyarrow frees from this size on goes back at once. Left alone, glibc raises the size.
_M_MMAP_THRESHOLD = -3
if sys.platform == "linux":
    with suppress(AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, 2**21)

# Python looks for rings of objects that nobody needs whenever 700 are new: a fifth of the time of
# reading workbooks, a tenth of a run's.
gc.set_threshold(100_000)
