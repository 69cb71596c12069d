import gc
import os

# Polars keeps memory that it has freed: a country's run held twice what it needed. Its allocator,
# jemalloc, reads this once, when Polars is loaded.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:100,muzzy_decay_ms:0")

# Python looks for rings of objects that nobody needs whenever 700 are new: a fifth of the time of
# reading workbooks, a tenth of a run's.
gc.set_threshold(100_000)
