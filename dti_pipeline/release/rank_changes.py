"""What changed between two revisions, and why each rank moved.

The move of a rank is split by cause in one fixed order: version of the rules, framework (and what
the assessment's file says about scoring), set of units, other units' figures, the unit's own
figures. Every step is a real ranking of the whole assessment with the causes up to it applied, so
the parts are whole ranks and add up exactly. The order is a decision: what nobody in the field
controls comes first, what the unit itself did comes last, so that *own* is what its own new figures
did to it when everything else was in place.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import pairwise
from typing import Any, Final

import polars as pl

from dti_pipeline.acceptance.accept import KEY
from dti_pipeline.exact import difference
from dti_pipeline.index.beside import beside
from dti_pipeline.index.definition import Definition
from dti_pipeline.release.rank_moves import rank_among
from dti_pipeline.scoring.aggregation import scopes
from dti_pipeline.scoring.ranking import rank_column, rank_units
from dti_pipeline.scoring.score import score
from dti_pipeline.store.recorded import accepted_values, definition_of
from dti_pipeline.store.revisions import Revision, Store
from schemas.files.assessment import Assessment
from schemas.text import Text, joined
from schemas.words import words_of

CAUSES: Final = ("rules", "framework", "units", "others", "own")
# Cause → the columns with the rank before it and after it.
_STEPS: Final = dict(zip(CAUSES, pairwise(("rank_from", *CAUSES[:-1], "rank_to")), strict=True))
SCOPE: Final = ("unit_id", "scope_code")
# Beside the framework: what else an assessment's file decides about scores and ranks.
SETTINGS: Final = Text("quy định của kỳ đánh giá", "settings of the assessment")
# What the file says about single units belongs to the set of units.
OF_UNITS: Final = ("unit_set", "without_report", "not_ranked")
# Names listed in one reason; the table itself holds every unit.
NAMED: Final = 3


@dataclass(frozen=True, eq=False)
class _Side:
    """One of two revisions: its definition, the accepted values behind it, its ``fact_ranking``."""

    revision: Revision
    definition: Definition
    values: pl.DataFrame
    ranking: pl.DataFrame

    @classmethod
    def of(cls, revision: Revision, definition: Definition, store: Store) -> "_Side":
        ranking = store.table(revision, "fact_ranking")
        return cls(revision, definition, accepted_values(revision, store), ranking)

    @cached_property
    def asked(self) -> pl.DataFrame:
        """Return the figures that it asks of its units: unit, component, variable, scope."""
        places = [
            (framework.id, *column.rsplit(".", 1), scope.code)
            for framework in self.definition.frameworks.values()
            for scope in scopes(framework)
            for scored in framework.asked
            if scored.component.main in scope.mains
            for column in scored.columns.values()
        ]
        names = ("framework_id", *KEY[1:], "scope_code")
        asked = pl.DataFrame(places, schema=dict.fromkeys(names, pl.String), orient="row").unique()
        units = self.definition.units.select("unit_id", "framework_id")
        return units.join(asked, on="framework_id").select(*KEY, "scope_code")


def changes(before: Revision, after: Revision, *, store: Store) -> pl.DataFrame:
    """Compare two revisions of one assessment; what was compared before is kept in the store.

    Returns:
        Rows of ``fact_change``: one per unit and scope of either revision, with old and new
        value, points and rank, the split of the rank move, and a reason in one line per language.
    """
    name = f"{before.revision_id}__{after.revision_id}"
    return store.cached("changes", name, partial(_compared, before, after, store))


def _compared(before: Revision, after: Revision, store: Store) -> pl.DataFrame:
    with definition_of(before, store) as was, definition_of(after, store) as now:
        old, new = _Side.of(before, was, store), _Side.of(after, now, store)
        figures = changed_figures(old.values, new.values)
        figures = figures.join(old.asked, on=KEY, how="semi", maintain_order="left")
        own = figures.join(new.asked, on=KEY, maintain_order="left_right")
        is_by_value = {was.assessment.kind, now.assessment.kind} != {"computed"}
        ranks, causes = (_steps_by_value(old, new), {}) if is_by_value else _steps(old, new, own)
    rows = _side_by_side(old.ranking, new.ranking)
    for name, frame in ranks.items():
        rows = beside(rows, frame.rename({"rank": name}), on=SCOPE)
    rows = beside(rows, own.select(*SCOPE, is_own=True).unique(), on=SCOPE)
    has_value_changed = pl.col("value_from").ne_missing(pl.col("value_to"))
    rows = rows.with_columns(
        (pl.col(first) - pl.col(second)).alias(f"rank_change_{cause}")
        for cause, (first, second) in _STEPS.items()
    ).with_columns(
        value_change=difference(pl.col("value_to"), pl.col("value_from")),
        rank_change=pl.col("rank_from") - pl.col("rank_to"),
        revision_from=pl.lit(before.revision_id),
        revision_id=pl.lit(after.revision_id),
        pool="group_code" if now.assessment.rank_pool == "group" else pl.lit("all"),
        own_changed=pl.col("is_own").fill_null(False) | (has_value_changed & is_by_value),
    )
    components = [c for framework in now.frameworks.values() for c in framework.components]
    is_relative = any(component.is_relative for component in components)
    return _with_reasons(rows, causes, own, is_relative=is_relative)


def changed_figures(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Return the accepted values that differ, with the options of answers; ``…_to`` are new."""
    both = old.join(
        new,
        on=list(KEY),
        how="full",
        coalesce=True,
        suffix="_to",
        maintain_order="left_right",
    )
    same = pl.col("value_micro").eq_missing(pl.col("value_micro_to")) & pl.col(
        "obs_status"
    ).eq_missing(pl.col("obs_status_to"))
    return both.filter(~same).sort(*KEY)


def _ranks(definition: Definition, values: pl.DataFrame) -> pl.DataFrame:
    """Rank everything by values that nobody has reported like this: unit_id, scope_code, rank."""
    frames = []
    for entry in score(definition, values):
        framework = definition.frameworks[entry.framework_id]
        pooled = entry.sums.join(
            definition.units.select("unit_id", "pool"), on="unit_id", maintain_order="left"
        )
        ranks = rank_units(pooled, scopes=scopes(framework))
        frames.append(
            ranks.rename(lambda name: name.removeprefix(rank_column(""))).unpivot(
                index="unit_id", variable_name="scope_code", value_name="rank"
            )
        )
    return pl.concat(frames)


def _steps(
    old: _Side, new: _Side, own: pl.DataFrame
) -> tuple[dict[str, pl.DataFrame], dict[str, Text]]:
    """Rank after each cause; where groups are new, the framework's step is part of the units'.

    The first figures of what a unit was not asked before come with the cause that asks for them.

    Args:
        own: the changed figures that both revisions ask of their unit, in each of its scopes.

    Returns:
        Cause → ranks after it, of all but the last: after *own* it is the later revision. Of what
        changed before any figure did, cause → what it is called.
    """
    words = words_of("causes")
    causes: dict[str, Text] = {}
    was, now = old.definition, new.definition
    definition, values = was, old.values
    first = new.values.join(old.asked, on=KEY, how="anti", maintain_order="left")
    ranks = {"rules": old.ranking.select(*SCOPE, "rank")}
    if old.revision.rules_version != new.revision.rules_version:
        ranks["rules"], causes["rules"] = _ranks(was, values), words["rules"]
    ranks["framework"] = ranks["rules"]
    names = [words["framework"]] if _frameworks_differ(old, new) else []
    names += [SETTINGS] if _settings(was.assessment) != _settings(now.assessment) else []
    if names and _are_of_groups(was.units, now.assessment):
        is_old = pl.col("unit_id").is_in(was.units["unit_id"].implode())
        definition, values = _with_settings(was, now), _completed(values, first.filter(is_old))
        ranks["framework"], causes["framework"] = _ranks(definition, values), joined(names, ", ")
        names = []
    ranks["units"] = ranks["framework"]
    if not definition.units.equals(now.units):
        values = _completed(values, first)
        ranks["units"], causes["units"] = (
            _ranks(now, values),
            joined([*names, words["units"]], ", "),
        )
    ranks["others"] = _others(new, values, own)
    return ranks, causes


def _completed(values: pl.DataFrame, first: pl.DataFrame) -> pl.DataFrame:
    """Add the first figures of what has none so far."""
    return pl.concat([values, first]).unique(KEY, keep="first", maintain_order=True)


def _frameworks_differ(old: _Side, new: _Side) -> bool:
    """Say whether a framework's file is another, or a group is scored by another framework."""
    before, after = (side.definition.assessment.framework_of_group for side in (old, new))
    return before != after or old.revision.framework_hashes != new.revision.framework_hashes


def _settings(assessment: Assessment) -> tuple[object, ...]:
    """Return what an assessment's file says about scoring, frameworks and units aside."""
    return assessment.rank_pool, assessment.value_decimals, assessment.dropped


def _are_of_groups(units: pl.DataFrame, assessment: Assessment) -> bool:
    """Say whether the assessment has a framework for the group of every unit."""
    groups = {group.code for group in assessment.groups}
    return assessment.framework is not None or groups.issuperset(units["group_code"])


def _with_settings(was: Definition, now: Definition) -> Definition:
    """Score the old units and figures with the new frameworks and settings."""
    of_units = {name: getattr(was.assessment, name) for name in OF_UNITS}
    assessment = now.assessment.model_copy(update=of_units)
    return replace(was, frameworks=now.frameworks, assessment=assessment)


def _others(new: _Side, old_values: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    """Rank each unit on its own old figures among everybody else's new ones.

    Only units whose figures changed need a ranking of their own: for all others that ranking is
    the final one. Relative rules are rescored with the rest, so their effect is included.
    """
    changed = own["unit_id"].unique(maintain_order=True).to_list()
    frames = [new.ranking.filter(~pl.col("unit_id").is_in(changed))]
    for unit_id in changed:
        mine = pl.col("unit_id") == unit_id
        mixed = pl.concat([new.values.filter(~mine), old_values.filter(mine)])
        frames.append(_ranks(new.definition, mixed).filter(mine))
    return pl.concat(frame.select(*SCOPE, pl.col("rank").cast(pl.Int32)) for frame in frames)


def _steps_by_value(old: _Side, new: _Side) -> dict[str, pl.DataFrame]:
    """Split by values where nothing is scored: a unit's old value among new ones.

    Where the values of some units are not public there is no rank among them: a move is the
    unit's own if its value changed, otherwise that of others.
    """
    now = new.definition
    by = ["scope_code", *(["group_code"] if now.assessment.rank_pool == "group" else [])]
    both = beside(
        new.ranking.select(*SCOPE, "group_code", "value", "rank", "n_ranked"),
        old.ranking.select(*SCOPE, value_from="value", rank_from="rank"),
        on=SCOPE,
    )
    is_rival = pl.lit(value=True) if now.ranks_are_published else pl.col("rank").is_not_null()
    rivals = both.filter(is_rival)
    # How many units a published rank within a group counts may be unknown.
    whole = rivals.group_by(by).agg(
        is_whole=(pl.col("value").count() == pl.col("n_ranked").max()).fill_null(value=True)
    )
    among = rank_among(
        both.select("unit_id", *by, value="value_from"),
        rivals.select("unit_id", *by, "value"),
        by=by,
    )
    others = (
        both.pipe(beside, among.rename({"rank": "among"}), on=["unit_id", *by])
        .pipe(beside, whole, on=by)
        .select(
            *SCOPE,
            rank=pl.when(pl.col("value_from") == pl.col("value"))
            .then("rank")
            .when(pl.col("rank").is_not_null())
            .then(pl.when("is_whole").then("among").otherwise("rank_from")),
        )
    )
    same = dict.fromkeys(("rules", "framework", "units"), old.ranking.select(*SCOPE, "rank"))
    return same | {"others": others}


def _side_by_side(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Join old and new rows of the ranking; a unit of one revision only keeps its row."""
    names = ("value", "points", "rank")
    labels = (
        *("assessment_id", "assessment_year", "level", "unit_name"),
        *("scope", "concept", "group_code", "data_basis"),
    )
    left = old.select(*SCOPE, pl.col(names).name.suffix("_from"))
    right = new.select(*SCOPE, pl.col(names).name.suffix("_to"))
    both = left.join(right, on=SCOPE, how="full", coalesce=True, maintain_order="left_right")
    described = pl.concat([new, old]).select(*SCOPE, *labels)
    return beside(both, described.unique(SCOPE, keep="first", maintain_order=True), on=SCOPE)


def _with_reasons(
    rows: pl.DataFrame, causes: Mapping[str, Text], own: pl.DataFrame, *, is_relative: bool
) -> pl.DataFrame:
    """Add one line per language that says why a unit's result moved."""
    components = {
        (unit_id, scope): codes
        for unit_id, scope, codes in own.group_by(*SCOPE, maintain_order=True)
        .agg(pl.col("component_code").unique(maintain_order=True))
        .iter_rows()
    }
    passed = _passed_by_changed(rows)
    reasons = [
        _reason(
            row,
            components.get((row["unit_id"], row["scope_code"]), []),
            passed.get((row["unit_id"], row["scope_code"]), []),
            causes=causes,
            is_relative=is_relative,
        )
        for row in rows.iter_rows(named=True)
    ]
    schema = {"reason_vi": pl.String, "reason_en": pl.String}
    return rows.with_columns(pl.DataFrame(reasons, schema=schema, orient="row"))


def _passed_by_changed(rows: pl.DataFrame) -> dict[tuple[str, ...], list[str]]:
    """Return, per unit and scope, the names of changed units that changed sides with it."""
    place = ["pool", "scope_code"]
    rivals = rows.filter("own_changed").select(
        *place,
        rival="unit_id",
        rival_name="unit_name",
        rival_from="rank_from",
        rival_to="rank_to",
    )
    crossed = (
        rows.select("unit_id", *place, "rank_from", "rank_to")
        .join(rivals, on=place, maintain_order="left")
        .filter(
            pl.col("rival") != pl.col("unit_id"),
            (pl.col("rival_from") - pl.col("rank_from")).sign()
            != (pl.col("rival_to") - pl.col("rank_to")).sign(),
        )
        .group_by(*SCOPE, maintain_order=True)
        .agg(pl.col("rival_name"))
    )
    return {(unit, scope): names for unit, scope, names in crossed.iter_rows()}


def _reason(
    row: Mapping[str, Any],
    components: Sequence[str],
    passed: Sequence[str],
    *,
    causes: Mapping[str, Text],
    is_relative: bool,
) -> tuple[str | None, str | None]:
    """Say in one line why a row moved; nothing where it did not."""
    texts = [
        _cause(row, cause, name) for cause, name in causes.items() if row[f"rank_change_{cause}"]
    ]
    if row["own_changed"]:
        codes = ", ".join(components)
        own = Text("do giá trị của đơn vị thay đổi", "own value changed")
        if components:
            own = Text(
                f"do số liệu của đơn vị ở chỉ số thành phần {codes}",
                f"own figures changed in component {codes}",
            )
        texts.append(_with_move(own, row["rank_change_own"] or 0))
    elif not texts:
        texts += _without_own_figures(row, causes, is_relative=is_relative)
    others = row["rank_change_others"]
    if others:
        names = [*passed[:NAMED], *(["…"] if len(passed) > NAMED else [])]
        who = f" ({', '.join(names)})" if names else ""
        other = Text(f"do số liệu của đơn vị khác{who}", f"other units' figures changed{who}")
        texts.append(_with_move(other, others))
    return joined(texts, "; ") if texts else (None, None)


def _cause(row: Mapping[str, Any], cause: str, name: Text) -> Text:
    """Name a cause, and its part of the move where it has one."""
    name, move = Text(f"do {name.vi}", name.en), row[f"rank_change_{cause}"]
    return name if move is None else _with_move(name, move)


def _with_move(cause: Text, move: int) -> Text:
    n = abs(move)
    if not move:
        moved = words_of("year_moves")["same"]
    elif move > 0:
        moved = Text(f"tăng {n} bậc", f"up {n} place{'s' if n > 1 else ''}")
    else:
        moved = Text(f"giảm {n} bậc", f"down {n} place{'s' if n > 1 else ''}")
    return joined([cause, moved], ": ")


def _without_own_figures(
    row: Mapping[str, Any], causes: Mapping[str, Text], *, is_relative: bool
) -> list[Text]:
    """Say why a result is another, or is new or gone, although no figure of the unit's is."""
    breaks = [
        cause
        for cause, (first, second) in _STEPS.items()
        if (row[first] is None) != (row[second] is None)
    ]
    has_moved = any(row[f"{name}_from"] != row[f"{name}_to"] for name in ("value", "points"))
    if not breaks and not has_moved:
        return []
    if causes:
        # What a cause took away or brought owes nothing to the others.
        names = [cause for cause in breaks if cause in causes] or list(causes)
        return [_cause(row, cause, causes[cause]) for cause in names]
    if is_relative and None not in (row["points_from"], row["points_to"]):
        return [
            Text(
                "điểm đổi dù số liệu không đổi: chỉ số tính tương đối so với đơn vị khác",
                "points moved although own figures did not: components scored against other units",
            )
        ]
    return []
