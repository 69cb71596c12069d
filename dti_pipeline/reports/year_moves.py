"""Why units rank otherwise than in an earlier assessment: the move, its parts, who passed whom."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import polars as pl

from dti_pipeline.exact import MICRO, as_decimal, as_whole, difference
from dti_pipeline.release.rank_moves import CAUSES, REST, main_moves, rank_moves
from dti_pipeline.reports.release_view import AssessmentView, Row
from dti_pipeline.reports.words import words_of
from schemas.text import Text, joined

# Components shown of those that gained, and of those that lost.
MOST_COMPONENTS: Final = 5


@dataclass(frozen=True)
class UnitMove:
    """How a unit moved; ``before`` and ``after`` are its overall rows.

    Attributes:
        value_from: its earlier value, or the mean of its predecessors where the release has one.
        rank_change: places, positive is up; None without both ranks in one pool.
        parts: places by cause, which add up to ``rank_change``; None where `gap` says why not.
        overtaken_by, overtook: units with ranks and the main index that made the most of it.
        mains, gained, lost: main indices and components with points at the later weights.
    """

    before: Row | None
    after: Row
    value_from: float | None
    value_change: float | None
    rank_change: int | None
    parts: dict[str, int] | None
    gap: Text | None
    overtaken_by: list[Row]
    overtook: list[Row]
    mains: list[Row]
    gained: list[Row]
    lost: list[Row]
    predecessors: list[Row]


class YearMoves:
    """The moves of all units from an earlier assessment of the release to a later one."""

    def __init__(self, before: AssessmentView, after: AssessmentView) -> None:
        self.before = before
        self.after = after
        self._views = (before, after)
        columns = ["unit_id", "unit_name", "pool", "value", "rank", "n_ranked"]
        columns += ["value_prev", "data_basis"]
        old, new = (view.overall.select(*columns) for view in self._views)
        self._old, self._new = (
            {row["unit_id"]: row for row in rows.to_dicts()} for rows in (old, new)
        )
        mains = main_moves(_main_points(before), _main_points(after))
        parts = rank_moves(old, new, mains, decimals=after.decimals)
        self._parts = {row["unit_id"]: row for row in parts.to_dicts()}
        self._mains: dict[str, dict[str, Row]] = {}
        gained = mains.with_columns(gain=pl.col("points_to") - pl.col("points_from"))
        for row in gained.drop_nulls("gain").to_dicts():
            self._mains.setdefault(row["unit_id"], {})[row["main"]] = row
        self._common = set(mains["main"])

    @classmethod
    def of(cls, assessment: AssessmentView) -> "YearMoves | None":
        return cls(assessment.compared, assessment) if assessment.compared else None

    @property
    def break_text(self) -> Text | None:
        """Return why the years are not comparable: the first break on the way back."""
        step: AssessmentView | None = self.after
        while step is not None and step.id != self.before.id:
            if step.break_text is not None:
                return step.break_text
            step = step.compared
        return None

    def word(self, name: str, *, of: str = "year_moves", **words: object) -> Text:
        titles = zip(*(view.short_title for view in self._views), strict=True)
        pairs = zip(words_of(of)[name], titles, strict=True)
        return Text(*(text.format(before=old, after=new, **words) for text, (old, new) in pairs))

    def places(self, change: int) -> Text:
        return self.word("up" if change > 0 else "down" if change else "same", n=abs(change))

    def notes(self, move: UnitMove) -> list[Text]:
        """Return what a reader must know about a move: breaks, gaps, what the parts mean."""
        notes = {
            "no_value": move.before is not None and move.value_from is None,
            "order": bool(move.parts),
            "across": bool(move.parts and self.break_text),
            "no_components": not move.gained and not move.lost,
            "predecessors": bool(move.predecessors),
        }
        texts = [self.break_text, move.gap, *(self.word(name) for name in notes if notes[name])]
        return [text for text in texts if text is not None]

    def of_unit(self, unit_id: str) -> UnitMove:
        before, after = self._old.get(unit_id), self._new[unit_id]
        parts = self._parts.get(unit_id)
        value_from, rank_change, predecessors = after["value_prev"], None, []
        if before:
            value_from = before["value"]
            if before["pool"] == after["pool"] and before["rank"] and after["rank"]:
                rank_change = before["rank"] - after["rank"]
        else:
            succession = self.after.release.table("bridge_unit_succession")
            olds = succession.filter(new_unit_id=unit_id)["old_unit_id"]
            predecessors = [self._old[old] for old in olds if old in self._old]
            if self.after.row["compared_with"] != self.before.id:
                value_from = None
        value_change = None
        if value_from is not None and after["value"] is not None:
            value_change = float(as_decimal(after["value"]) - as_decimal(value_from))
        components = self._components.get(unit_id, [])
        return UnitMove(
            before=before,
            after=after,
            value_from=value_from,
            value_change=value_change,
            rank_change=rank_change,
            parts={cause: parts[f"rank_change_{cause}"] for cause in CAUSES} if parts else None,
            gap=None if parts else self._gap(before, after),
            overtaken_by=self._passing(unit_id, up=False) if parts else [],
            overtook=self._passing(unit_id, up=True) if parts else [],
            mains=self._unit_mains(unit_id),
            gained=[row for row in components if row["points_change"] > 0][:MOST_COMPONENTS],
            lost=[row for row in components[::-1] if row["points_change"] < 0][:MOST_COMPONENTS],
            predecessors=predecessors,
        )

    def _gap(self, before: Row | None, after: Row) -> Text:
        old = [row for row in self._old.values() if before and row["pool"] == before["pool"]]
        n_values = sum(row["value"] is not None for row in old)
        n_ranked = max((row["n_ranked"] or 0 for row in old), default=0)
        if before is None or before["rank"] is None:
            same_units = self.before.row["unit_set"] == self.after.row["unit_set"]
            code = "no_rank_before" if same_units else "no_unit"
        elif after["rank"] is None:
            code = "no_rank"
        elif before["pool"] != after["pool"]:
            code = "other_pool"
        else:
            code = "partial" if n_values < n_ranked else "weights"
        return self.word(code, of="move_gaps", n_values=n_values, n_ranked=n_ranked)

    def _passing(self, unit_id: str, *, up: bool) -> list[Row]:
        """Return who passed a unit, or whom it passed, and the main index that made the most of it.

        A tie counts as not ahead, so that those passed less those passing are the whole move where
        the set of units stayed the same.
        """
        old, new, own = self._old[unit_id], self._new[unit_id], self._mains.get(unit_id, {})
        rows = []
        for rival_id, rival in self._new.items():
            earlier = self._old.get(rival_id)
            if earlier is None or (earlier["pool"], rival["pool"]) != (old["pool"], new["pool"]):
                continue
            if earlier["rank"] is None or rival["rank"] is None:
                continue
            was_ahead, is_ahead = earlier["rank"] < old["rank"], rival["rank"] < new["rank"]
            if was_ahead == is_ahead or was_ahead != up:
                continue
            leads = {
                main: (own[main]["gain"] - row["gain"]) * (1 if up else -1)
                for main, row in self._mains.get(rival_id, {}).items()
                if main in own
            }
            most = max(leads, key=leads.__getitem__, default=None)
            name = self._main_name(most) if most else Text("–", "–")
            rows.append(
                {"unit_id": rival_id, "unit_name": rival["unit_name"], "main": most}
                | {"rank_from": earlier["rank"], "rank_to": rival["rank"]}
                | {"main_vi": name.vi, "main_en": name.en, "lead": most and leads[most] / MICRO}
            )
        return sorted(rows, key=lambda row: (row["rank_to"], row["unit_id"]))

    def _main_name(self, main: str) -> Text:
        """Name a main index; those that one year alone has are named together."""
        names = [
            Text(row["name_vi"], row["name_en"])
            for (_, level, _), row in self.after.indicators.items()
            if level == "main" and row["counted"]
            if row["concept"] == main or (main == REST and row["concept"] not in self._common)
        ]
        names = names[:1] if main != REST else list(dict.fromkeys(names))
        return joined(names, ", ")

    @cached_property
    def _main_ranks(self) -> list[dict[Any, Row]]:
        key = ("unit_id", "concept")
        tables = [view.ranking.filter(scope="main") for view in self._views]
        return [rows.rows_by_key(key, named=True, unique=True) for rows in tables]

    def _unit_mains(self, unit_id: str) -> list[Row]:
        rows = []
        for main, row in self._mains.get(unit_id, {}).items():
            # The rest has no row of its own: it rests on what the whole rests on.
            before, after = (
                ranks.get((unit_id, main), {"data_basis": overall[unit_id]["data_basis"]})
                for ranks, overall in zip(self._main_ranks, (self._old, self._new), strict=True)
            )
            name = self._main_name(main)
            rows.append(
                {"main": main, "name_vi": name.vi, "name_en": name.en}
                | {f"points_{when}": row[f"points_{when}"] / MICRO for when in ("from", "to")}
                | {"max_points": row["weight_to"] / MICRO, "points_change": row["gain"] / MICRO}
                | {"rank_from": before.get("rank"), "rank_to": after.get("rank")}
                | {"basis_from": before["data_basis"], "basis_to": after["data_basis"]}
            )
        return sorted(rows, key=lambda row: (-row["points_change"], row["main"]))

    @cached_property
    def _components(self) -> dict[str, list[Row]]:
        """Return the components that are the same in both years by unit, the largest gain first."""
        before, after = (view.component_scores for view in self._views)
        key = ["unit_id", "framework_id", "component_code"]
        names = self.after.release.table("dim_indicator").filter(indicator_level="component")
        names = names.select("framework_id", "name_vi", "name_en", component_code="indicator_code")
        old = before.select(*key, points_from="points", rank_from="rank", basis_from="data_basis")
        rows = (
            after.select(
                *key, "max_points", points_to="points", rank_to="rank", basis_to="data_basis"
            )
            .join(old, on=key)
            .join(names, on=key[1:])
            .with_columns(points_change=difference(pl.col("points_to"), pl.col("points_from")))
            .drop_nulls("points_change")
            .sort("points_change", "component_code", descending=[True, False])
        )
        units = rows.partition_by("unit_id", as_dict=True, maintain_order=True)
        return {str(unit): part.to_dicts() for (unit,), part in units.items()}


def _main_points(view: AssessmentView) -> pl.DataFrame:
    indicators = view.release.table("dim_indicator").filter("counted", indicator_level="main")
    counted = indicators.select("framework_id", scope_code="indicator_code")
    return (
        view.ranking.filter(scope="main")
        .join(counted, on=["framework_id", "scope_code"], how="semi", maintain_order="left")
        .select(
            "unit_id",
            "concept",
            "pool",
            points_micro=as_whole(pl.col("points")),
            max_micro=as_whole(pl.col("max_points_effective")),
        )
    )
