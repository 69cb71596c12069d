"""Weights down a tree of levels: components under mains under … under the whole.

Nothing here knows of draws or ranks. The same functions serve floats (noisy weights), whole
numbers (the exact kernel) and fractions (exact conformance).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class LevelTree:
    """Levels of an index, lowest first; a single whole stands above the last one.

    Attributes:
        parents: one array per step up; ``parents[k][i]`` is the place, on the next level, of the
            parent of element ``i``.
        sizes: number of elements of each level, lowest first (one longer than ``parents``).
    """

    parents: tuple[NDArray[np.intp], ...]
    sizes: tuple[int, ...]

    def ancestors(self, level: int) -> NDArray[np.intp]:
        """Return each lowest element's ancestor on ``level`` (1 is the lowest level itself).

        ``level`` one above the last is the whole: every element has ancestor 0.
        """
        if level > len(self.sizes):
            return np.zeros(self.sizes[0], dtype=np.intp)
        place = np.arange(self.sizes[0], dtype=np.intp)
        for parent in self.parents[: level - 1]:
            place = parent[place]
        return place

    def parent_of(self, level: int) -> NDArray[np.intp]:
        """Return the parents of the elements of ``level``; the last level's parent is the whole."""
        if level <= len(self.parents):
            return self.parents[level - 1]
        return np.zeros(self.sizes[level - 1], dtype=np.intp)


def path_weights(
    tree: LevelTree,
    factors: Sequence[NDArray[Any]],
    *,
    normalised: bool,
    level: int | None = None,
) -> NDArray[Any]:
    """Multiply the weights along the path from each lowest element up to its ancestor.

    Args:
        tree: the levels.
        factors: weights of each level's elements, shape (..., elements of the level), lowest
            first; leading axes are independent sets of weights.
        normalised: divide each weight by the sum over its siblings first, as a tree of weighted
            means does; otherwise the caller divides once, by what the weights sum to.
        level: stop at the ancestors on this level; None: the whole.

    Returns:
        Shape (..., lowest elements): the weight of each within its ancestor.
    """
    top = len(tree.sizes) + 1 if level is None else level
    weights: NDArray[Any] | None = None
    for below in range(1, top):
        own = factors[below - 1]
        if normalised:
            parent = tree.parent_of(below)
            own = own / (own @ membership(parent))[..., parent]
        weights = own if weights is None else weights * own[..., tree.ancestors(below)]
    if weights is None:
        msg = f"level {top} has nothing below it; aggregation starts at level 2"
        raise ValueError(msg)
    return weights


def membership(parent: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return the 0/1 matrix (children × parents) that sums children into their parents."""
    belongs: NDArray[np.bool_] = parent[:, None] == np.arange(parent.max() + 1)
    return belongs.astype(np.int64)


def aggregate(
    values: NDArray[Any], tree: LevelTree, factors: Sequence[NDArray[Any]], *, level: int
) -> NDArray[Any]:
    """Take the tree of weighted arithmetic means of ``values``, up to one level.

    Args:
        values: (units × lowest elements).
        tree: the levels.
        factors: one weight per element and level, lowest first.
        level: level of the result; one above the last is the whole.

    Returns:
        (units × elements of ``level``).
    """
    weights = path_weights(tree, factors, normalised=True, level=level)
    return values @ (weights[:, None] * membership(tree.ancestors(level)))


def without_each(
    tree: LevelTree, factors: Sequence[NDArray[Any]], *, level: int
) -> tuple[NDArray[Any], ...]:
    """Return weights with one element of ``level`` left out in turn.

    Args:
        tree: the levels.
        factors: one weight per element and level, lowest first.
        level: whose elements are left out.

    Returns:
        Factors with a leading axis: set ``i`` has weight zero for element ``i`` of ``level``.
    """
    kept = 1 - np.eye(tree.sizes[level - 1], dtype=np.int64)
    return tuple(
        own * kept if below == level else np.broadcast_to(own, (len(kept), len(own)))
        for below, own in enumerate(factors, start=1)
    )
