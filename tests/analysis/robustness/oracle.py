"""Reads the stored COINr results (see coinr/README.md)."""

import csv
import gzip
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dti_pipeline.analysis.robustness.tree import LevelTree

FOLDER = Path(__file__).parent / "coinr"


@cache
def rows(name: str) -> list[dict[str, str]]:
    with gzip.open(FOLDER / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def columns(name: str, codes: list[str]) -> NDArray[np.float64]:
    """Read some columns as doubles, (rows × columns)."""
    return np.array([[float(row[code]) for code in codes] for row in rows(name)])


def texts(name: str, codes: list[str]) -> list[list[str]]:
    return [[row[code] for code in codes] for row in rows(name)]


@cache
def levels() -> tuple[list[str], list[str], list[str]]:
    """Return the codes of indicators, pillars and sub-indices, each in a fixed order."""
    of_level: dict[int, list[str]] = {}
    for row in rows("weights_original"):
        of_level.setdefault(int(row["Level"]), []).append(row["iCode"])
    return of_level[1], of_level[2], of_level[3]


@cache
def tree() -> LevelTree:
    indicators, pillars, subindices = levels()
    pillar_of = {row["Indicator"]: row["Pillar"] for row in rows("lineage")}
    subindex_of = {row["Pillar"]: row["Sub-index"] for row in rows("lineage")}
    return LevelTree(
        parents=(
            np.array([pillars.index(pillar_of[code]) for code in indicators]),
            np.array([subindices.index(subindex_of[code]) for code in pillars]),
        ),
        sizes=(len(indicators), len(pillars), len(subindices)),
    )


@cache
def codes_of_level(level: int) -> list[str]:
    return [*levels(), ["Index"]][level - 1]
