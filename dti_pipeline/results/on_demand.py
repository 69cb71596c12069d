"""Tables of which the large ones are made when somebody asks for them, and not kept.

All tables of a country at once take several times the memory of the largest one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

import polars as pl

from schemas.catalogue import TABLES

Tables = Mapping[str, pl.DataFrame]


@dataclass(frozen=True)
class OnDemand(Mapping[str, pl.DataFrame]):
    """Tables by name, in the order of the catalogue; of a large one the function that makes it."""

    small: Mapping[str, pl.DataFrame]
    large: Mapping[str, Callable[[], pl.DataFrame]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> pl.DataFrame:
        return self.large[name]() if name in self.large else self.small[name]

    def __contains__(self, name: object) -> bool:
        return name in self.small or name in self.large

    def __iter__(self) -> Iterator[str]:
        return (name for name in TABLES if name in self)

    def __len__(self) -> int:
        return len(self.small) + len(self.large)

    def __or__(self, other: "OnDemand") -> "OnDemand":
        return OnDemand({**self.small, **other.small}, {**self.large, **other.large})

    def changed(self, change: Callable[[str, pl.DataFrame], pl.DataFrame]) -> "OnDemand":
        """Change every table: a small one now, a large one whenever it is asked for."""

        def make(name: str) -> pl.DataFrame:
            return change(name, self.large[name]())

        return OnDemand(
            {name: change(name, frame) for name, frame in self.small.items()},
            {name: partial(make, name) for name in self.large},
        )
