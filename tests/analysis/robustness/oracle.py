"""The stored COINr results (see coinr/README.md), and weighted means up COINr's tree."""

import csv
import gzip
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parent / "coinr"


@cache
def rows(name: str) -> list[dict[str, str]]:
    with gzip.open(FOLDER / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def columns(name: str, codes: list[str]) -> NDArray[np.float64]:
    return np.array([[float(row[code]) for code in codes] for row in rows(name)])


def texts(name: str, codes: list[str]) -> list[list[str]]:
    return [[row[code] for code in codes] for row in rows(name)]


@cache
def codes_of_level(level: int) -> list[str]:
    """Indicators, pillars, sub-indices, and the index as level 4."""
    if level == 4:
        return ["Index"]
    return [row["iCode"] for row in rows("weights_original") if row["Level"] == str(level)]


@cache
def parents(level: int) -> NDArray[np.intp]:
    """Return the place, on the next level, of the parent of each element of a level."""
    child, parent = ("Indicator", "Pillar", "Sub-index", "Index")[level - 1 : level + 1]
    if level == 3:
        return np.zeros(len(codes_of_level(3)), dtype=np.intp)
    of_child = {row[child]: row[parent] for row in rows("lineage")}
    above = codes_of_level(level + 1)
    return np.array([above.index(of_child[code]) for code in codes_of_level(level)])


def ones(one: Any = 1.0) -> list[NDArray[Any]]:
    return [np.array([one] * len(codes_of_level(level))) for level in (1, 2, 3)]


def aggregate(values: NDArray[Any], weights: Sequence[NDArray[Any]], *, level: int) -> NDArray[Any]:
    """Take weighted means of (units × indicators) up to a level; floats or fractions."""
    for below in range(1, level):
        is_child = parents(below)[:, None] == np.arange(len(codes_of_level(below + 1)))
        share = weights[below - 1][:, None] * is_child.astype(int)
        values = values @ share / share.sum(axis=0)
    return values
