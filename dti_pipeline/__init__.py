import os

# Polars keeps memory that it has freed: a country's run held twice what it needed. Its allocator,
# jemalloc, reads this once, when Polars is loaded.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:100,muzzy_decay_ms:0")
