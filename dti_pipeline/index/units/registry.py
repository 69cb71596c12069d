"""Know the units of every set and match the names in a delivery to them.

Matching stays within one unit set: seven official codes of the 63 provinces name another province
among the 34, and `Bắc Ninh` of 2024 is not `Bắc Ninh` of 2026. A name that matches nothing, or
fits two units, stays unmatched and comes back with the nearest names; it is never guessed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Final

import polars as pl

from dti_pipeline.index.units.forms import ascii_forms, i_forms, key_forms, of_one_unit, text_forms
from dti_pipeline.index.units.names import bare_expr, fold_expr, name_key_expr
from dti_pipeline.index.units.unit_files import read_unit_folders

MAX_CANDIDATES: Final = 3
# difflib's own bound for "close": names less alike than this help nobody.
MIN_LIKENESS: Final = 0.6
# Comparing names one by one is slow (some 25 µs). Past this many comparisons the remaining texts
# get no candidates: that a column holds no names of this set shows from the first ones.
MAX_COMPARISONS: Final = 30_000


class UnknownUnitError(LookupError):
    """A unit set, or a unit, is not in the registry; the message names what is."""


@dataclass(frozen=True, eq=False)
class UnitRegistry:
    """The units of all sets, and their names.

    Attributes:
        units: One row per unit, columns of `UnitFile`.
        aliases: `unit_id`, `alias`: spellings that no rule of `names` leads to the unit's name.
        succession: `old_unit_id`, `new_unit_id`, `effective_date`.
        tiles: Boxes on the tile grid that are no units (`unit_set`, `tile_row`, `tile_col`,
            `label_vi`, `label_en`).
        forms: Every text form that stands for exactly one unit of its set (`unit_set`, `form`,
            `unit_id`).
    """

    units: pl.DataFrame
    aliases: pl.DataFrame
    succession: pl.DataFrame
    tiles: pl.DataFrame
    forms: pl.DataFrame

    @property
    def unit_sets(self) -> tuple[str, ...]:
        return tuple(self.units.get_column("unit_set").unique().sort())

    @cached_property
    def region_names(self) -> tuple[str, ...]:
        """Name the regions of all units, in both languages."""
        names = pl.concat(self.units.select("region_name", "region_name_en").get_columns())
        return tuple(names.drop_nulls().unique().sort())

    def of_set(self, unit_set: str) -> pl.DataFrame:
        """Return the units of one set, by unit_id; an `UnknownUnitError` names the sets."""
        units = self.units.filter(pl.col("unit_set") == unit_set)
        if units.is_empty():
            sets = ", ".join(self.unit_sets)
            raise UnknownUnitError(
                f"không có tập đơn vị “{unit_set}”; các tập hiện có: {sets}\n"
                f"there is no unit set “{unit_set}”; the sets are: {sets}"
            )
        return units

    def match(self, names: pl.Series, *, unit_set: str, are_codes: bool = False) -> pl.DataFrame:
        """Match names, official codes or unit ids to the units of one set.

        Args:
            names: Texts as received, any number of times each, nulls allowed.
            unit_set: The set to match within.
            are_codes: The names are known to be official codes, so that `1` may stand for
                `01`; elsewhere a number without its zero is no code.

        Returns:
            One row per name, in their order: `raw_name`, `unit_id` (null if unmatched),
            `candidates` (for unmatched texts the nearest names of the set joined with "; ", else
            null).
        """
        units = self.of_set(unit_set)
        raw = names.cast(pl.String).alias("raw_name").to_frame()
        widths = units["official_code"].drop_nulls().str.len_chars()
        code_width = max(widths, default=0) if are_codes else 0
        matches = self._matches(raw, unit_set=unit_set, code_width=code_width)
        rest = raw.drop_nulls().unique(maintain_order=True)
        rest = rest.join(matches, on="raw_name", how="anti", maintain_order="left")
        return raw.join(matches, on="raw_name", how="left", maintain_order="left").join(
            _nearest(rest, units), on="raw_name", how="left", maintain_order="left"
        )

    def known(self, names: Iterable[str], *, unit_set: str) -> set[str]:
        """Return those of the names that name a unit of a set."""
        raw = pl.Series("raw_name", list(names), dtype=pl.String).to_frame()
        return set(self._matches(raw, unit_set=unit_set, code_width=0)["raw_name"])

    def _matches(self, raw: pl.DataFrame, *, unit_set: str, code_width: int) -> pl.DataFrame:
        """Match names form by form: as it is, its key, its key without marks, with i for y.

        What matches nothing is looked up once more without the number or mark that it carries.
        """
        forms = self.forms.filter(unit_set=unit_set).drop("unit_set")
        rest = raw.drop_nulls().unique(maintain_order=True)
        matches = _matches(text_forms(rest, code_width=code_width), forms)
        keyed = key_forms(rest.join(matches, on="raw_name", how="anti", maintain_order="left"))
        matches.extend(_matches(keyed, forms))
        for forms_of in (ascii_forms, i_forms):
            keyed = keyed.join(matches, on="raw_name", how="anti", maintain_order="left")
            if keyed.is_empty():
                break
            matches.extend(_matches(forms_of(keyed), forms))
        rest = rest.join(matches, on="raw_name", how="anti", maintain_order="left")
        bare = rest.select("raw_name", bare=bare_expr(pl.col("raw_name"))).filter(
            pl.col("bare") != pl.col("raw_name").str.strip_chars()
        )
        if not bare.is_empty():
            again = self._matches(
                bare.select(raw_name="bare"), unit_set=unit_set, code_width=code_width
            )
            again = bare.join(again, left_on="bare", right_on="raw_name").drop("bare")
            matches.extend(again.select(matches.columns))
        return matches


def load_registry(*, search: Sequence[Path] = ()) -> UnitRegistry:
    """Load the units of the package and of the user's own folders, which are looked at first.

    A unit set found there replaces the package's set of that name as a whole, its aliases and
    successions are added. A wrong file raises a `UnitFileError`.
    """
    folders = (*search, Path(__file__).parent)
    contents = tuple(
        (place, path.name, path.read_bytes())
        for place, folder in enumerate(folders)
        for path in sorted(folder.glob("*.csv"))
    )
    return _registry(_UnitFolders(contents, folders))


@dataclass(frozen=True)
class _UnitFolders:
    """Folders of unit files; equal where they hold the same, wherever they lie.

    Attributes:
        contents: number of the folder, name and bytes of every file.
        folders: the folders, the first wins.
    """

    contents: tuple[tuple[int, str, bytes], ...]
    folders: tuple[Path, ...] = field(compare=False)


# A run asks for the registry at every stage; the same bytes give the same object.
@lru_cache(maxsize=4)
def _registry(files: _UnitFolders) -> UnitRegistry:
    return UnitRegistry(**read_unit_folders(files.folders))


def _matches(names: pl.DataFrame, forms: pl.DataFrame) -> pl.DataFrame:
    """Look forms of names up (`raw_name`, `unit_id`); a name that leads to two units has no row."""
    return of_one_unit(names.join(forms, on="form", how="inner"), by=["raw_name"])


def _nearest(missed: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """Find the nearest names of a set for texts that matched nothing (`raw_name`, `candidates`)."""
    if missed.is_empty():  # as a rule; the keys of all units are for nothing then
        return missed.with_columns(candidates=pl.lit(None, dtype=pl.String))
    names = _names_by_key(units)
    compared = (
        missed.with_columns(key=fold_expr(name_key_expr(pl.col("raw_name"))))
        .filter(pl.col("key") != "")
        .head(max(1, MAX_COMPARISONS // len(names)))
    )
    rows = [(raw_name, _candidates(key, names)) for raw_name, key in compared.iter_rows()]
    schema = {"raw_name": pl.String, "candidates": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _names_by_key(units: pl.DataFrame) -> dict[str, list[str]]:
    """Map each key without marks to the names behind it, told apart where a name occurs twice."""
    name = (
        pl.when(pl.col("name_vi").is_unique())
        .then("name_vi")
        .otherwise(pl.format("{} {} ({})", "unit_type", "name_vi", "unit_id"))
    )
    keyed = units.select(key=fold_expr(name_key_expr(pl.col("name_vi"))), name=name)
    return dict(keyed.group_by("key", maintain_order=True).all().iter_rows())


def _candidates(key: str, names: dict[str, list[str]]) -> str | None:
    near = get_close_matches(key, names, MAX_CANDIDATES, MIN_LIKENESS)
    candidates = [name for other in near for name in names[other]]
    return "; ".join(candidates[:MAX_CANDIDATES]) or None
