"""The same assessment at each stage of the appraisal: what was claimed, recognised, and proven.

Every stage is the whole computation on other figures: the real acceptance, scoring and ranking run
again, so that relative rules and ranks are those the stage would really have had.

``self_scored``: all reported figures count, with or without evidence, before any correction or
appraisal. ``appraised``: what the council recognised, before corrections, so that a figure which it
let stand counts as it was reported. ``final``: everything.
``accepted_only``: only central figures, corrections, and reports the council accepted or adjusted.

A round of several appraisals has a stage for each: ``reviewed`` after the files that the first
review wrote (``01_review.xlsx``), ``explained`` after those of the second as well
(``02_second.xlsx``); ``appraised`` holds them all, the council's included.
"""

from typing import Final

import polars as pl

from dti_pipeline.acceptance.accept import KEY, accept_values
from dti_pipeline.exact import with_figures
from dti_pipeline.index.beside import beside
from dti_pipeline.index.definition import Definition
from dti_pipeline.intake.tables.decisions import LATER
from dti_pipeline.results.facts import Facts, first_true, rank
from dti_pipeline.scoring.aggregation import scopes
from dti_pipeline.scoring.score import score
from schemas.codes import CENTRAL_KINDS
from schemas.tables.scores import FactStageScore

ACCEPTED: Final = ("accepted", "adjusted")
_SELF_REPORT: Final = pl.col("source_kind") == "self_report"
_IS_CENTRAL: Final = pl.col("source_kind").is_in(CENTRAL_KINDS)
_IS_ACCEPTED: Final = pl.col("evidence_state").is_in(ACCEPTED)
# Stage within a round → endings of the files that it and the stages before it wrote.
_ROUND: Final = {"reviewed": ("review",), "explained": ("review", "second")}
_KEY: Final = ["unit_id", "scope", "scope_code"]
# What a component's points rest on; the last of these that any of its figures shows.
_GROUNDS: Final = ("central", "accepted", "unchecked")
_GROUND: Final = pl.when(_IS_CENTRAL).then(0).when(_IS_ACCEPTED).then(1).otherwise(2).cast(pl.Int8)


def stage_scores(
    definition: Definition, *, facts: Facts, observations: pl.DataFrame
) -> pl.DataFrame:
    """Return the rows of ``fact_stage_score``, without a revision, in its order.

    There is one per unit, scope and stage; of components too where there were reports. Where all
    figures are central or published, and where an assessment is derived, there is the final stage
    only.
    """
    has_reports = not definition.own_rows(observations).filter(_SELF_REPORT).is_empty()
    final = _rows(definition, facts, observations, parts=has_reports)
    stages = {"final": final}
    if has_reports:
        stages |= _earlier_stages(definition, observations, facts=facts, final=final)
    claims = stages.get("self_scored", final.clear()).select(*_KEY, claimed_micro="points_micro")
    del final
    rows = pl.concat(
        _with_moves(stages.pop(name), claims)
        .with_columns(stage=pl.lit(name))
        .select(FactStageScore.computed_schema().names())
        for name in list(stages)
    )
    return _in_order(rows)


def _with_moves(rows: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """Say how the points of a stage differ from the self-scored ones; null without those."""
    points, before = pl.col("points_micro"), pl.col("claimed_micro")
    moves = {"raised": points > before, "unchanged": points == before, "to_zero": points == 0}
    move = pl.when((points - before).is_not_null()).then(first_true(moves, "lowered"))
    return rows.hstack(beside(rows.select(*_KEY, points), claims, on=_KEY).select(move=move))


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Sort the rows column by column, taking them out of ``rows``: two of all fill the memory."""
    key = FactStageScore.key()
    order = rows.select(key).with_row_index("place").sort(key)["place"]
    return pl.DataFrame([rows.drop_in_place(name).gather(order) for name in rows.columns])


def _earlier_stages(
    definition: Definition, all_observations: pl.DataFrame, *, facts: Facts, final: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """Compute the rows of the stages other than the final one; with the same figures they are its.

    The observations of a stage are there while it is computed: a country's fill the memory.
    """
    observations = all_observations.drop("accepted", "remark")
    first = ~pl.col("source_kind").is_in(list(LATER))
    delivered = {
        "self_scored": observations.lazy()
        .filter(first)
        .with_columns(
            evidence_state=pl.when(_SELF_REPORT & (pl.col("evidence_state") == "missing"))
            .then(pl.lit("reported"))
            .otherwise("evidence_state")
        ),
        "appraised": _without_corrections(observations),
        "accepted_only": observations.lazy().filter(
            ~_SELF_REPORT & (_IS_CENTRAL | _IS_ACCEPTED | (pl.col("evidence_state") == "rejected"))
        ),
    }
    is_appraisal = pl.col("source_kind") == "appraisal"
    for name, endings in _ROUND.items():
        if not all_observations.filter(is_appraisal, _written_by(endings[-1])).is_empty():
            is_so_far = ~is_appraisal | _written_by("|".join(endings))
            delivered[name] = delivered["appraised"].filter(is_so_far)
    stages = {}
    for name, of_stage in delivered.items():
        rows = _stage_rows(definition, of_stage.collect(), final=all_observations, facts=facts)
        stages[name] = final if rows is None else rows
    return stages


def _written_by(endings: str) -> pl.Expr:
    return pl.col("source_file").str.contains(rf"_({endings})\.\w+$")


def _without_corrections(observations: pl.DataFrame) -> pl.LazyFrame:
    """Leave corrections out, also of the figures that an appraisal let stand.

    Appraisals apply after corrections and carry the figure they find. Without corrections, a figure
    that was not adjusted is the one that was reported, or that an earlier appraisal adjusted.
    """
    rows = observations.filter(pl.col("source_kind") != "correction")
    if rows.height == observations.height:
        return rows.lazy()
    is_appraisal = pl.col("source_kind") == "appraisal"
    stands = is_appraisal & pl.col("evidence_state").is_in(["reviewed", "accepted", "rejected"])
    states = _SELF_REPORT | (is_appraisal & ~stands)
    return (
        rows.lazy()
        .with_columns(stands=stands, stated=pl.when(states).then(pl.int_range(pl.len())))
        .with_columns(
            stated=pl.col("stated")
            .forward_fill()
            .over(KEY, order_by=[pl.col("source_kind") == "appraisal", "delivery_no"])
        )
        .with_columns(
            pl.when(pl.col("stands") & pl.col("stated").is_not_null())
            .then(pl.col(name).gather("stated"))
            .otherwise(name)
            .alias(name)
            for name in ("value_micro", "option", "obs_status")
        )
        .drop("stands", "stated")
    )


def _stage_rows(
    definition: Definition, observations: pl.DataFrame, *, final: pl.DataFrame, facts: Facts
) -> pl.DataFrame | None:
    """Return the rows of a stage; None where they are those of the final one.

    ``final`` and ``facts`` are the observations and the facts of the final stage.
    """
    if observations.equals(final.select(observations.columns)):
        return None
    accepted = accept_values(observations, frameworks=definition.frameworks, units=definition.units)
    of_stage, of_final = map(_counted, (accepted.observations, final))
    if of_stage.equals(of_final):
        return None
    observations, values = accepted.observations, accepted.values
    has_same_figures = of_stage.drop("ground").equals(of_final.drop("ground"))
    del accepted, of_stage, of_final  # which take the memory that ranking needs
    if not has_same_figures:
        scores = score(definition, values)
        del values
        facts = rank(definition, scores, observations)
    return _rows(definition, facts, observations, parts=True)


def _counted(observations: pl.DataFrame) -> pl.DataFrame:
    """Return the figures that count, and what each rests on: all that makes a stage's rows."""
    figure = ["unit_id", "component_code", "variable", "value_micro", "obs_status"]
    return observations.lazy().filter("accepted").select(*figure, ground=_GROUND).collect()


def _rows(
    definition: Definition, facts: Facts, observations: pl.DataFrame, *, parts: bool
) -> pl.DataFrame:
    """Lay a stage's results out as rows, with the shares of the points that rest on each ground."""
    grounds = _points_by_ground(definition, facts, observations)
    scope_rows = facts.scopes.filter(pl.col("max_points_effective_micro").is_not_null())
    frames = [_with_shares(scope_rows, _by_scope(definition, grounds), on=_KEY)]
    if parts:
        components = facts.components.with_columns(
            scope=pl.lit("component"), scope_code="component_code"
        )
        frames.append(_with_shares(components, grounds, on=["unit_id", "component_code"]))
    return pl.concat(frames)


def _with_shares(frame: pl.DataFrame, grounds: pl.DataFrame, *, on: list[str]) -> pl.DataFrame:
    """Add the shares to rows, and leave out what a stage does not show."""
    names = [name for name in FactStageScore.computed_schema() if name not in ("stage", "move")]
    total = pl.sum_horizontal(pl.col(ground).fill_null(0) for ground in _GROUNDS)
    shares = beside(frame.select(on), grounds, on=on).select(
        pl.when(total > 0).then(pl.col(g) / total).alias(f"share_{g}") for g in _GROUNDS
    )
    return with_figures(frame).hstack(shares).select(names)


def _points_by_ground(
    definition: Definition, facts: Facts, observations: pl.DataFrame
) -> pl.DataFrame:
    """Return unit_id, component_code, main_code, and the points that rest on each ground.

    A component rests on the weakest of its figures. Points below zero rest on nothing.
    """
    units = definition.source.units.select("unit_id", "framework_id")
    uses = pl.concat(
        framework.uses.with_columns(framework_id=pl.lit(framework.id))
        for framework in definition.frameworks.values()
    )
    about = ["unit_id", "component_code", "variable", "source_kind", "evidence_state"]
    weakest = (
        observations.select(*about, "accepted")
        .filter("accepted")
        .join(units, on="unit_id", maintain_order="left")
        .join(uses, on=["framework_id", "component_code", "variable"], maintain_order="left")
        .group_by("unit_id", component_code="user_code")
        .agg(ground=_GROUND.max())
    )
    component, points = ["unit_id", "component_code"], pl.col("points_micro").clip(lower_bound=0)
    return (
        facts.components.select(*component, "main_code", "points_micro")
        .join(weakest, on=component, how="left", maintain_order="left")
        .select(
            *component,
            "main_code",
            **{
                name: pl.when(pl.col("ground") == number).then(points).otherwise(0)
                for number, name in enumerate(_GROUNDS)
            },
        )
    )


def _by_scope(definition: Definition, grounds: pl.DataFrame) -> pl.DataFrame:
    """Add the points of components up to those of scopes."""
    rows = [
        {"framework_id": name, "scope": scope.kind, "scope_code": scope.code, "main_code": main}
        for name, framework in definition.frameworks.items()
        for scope in scopes(framework)
        for main in scope.mains
    ]
    return (
        grounds.join(definition.units.select("unit_id", "framework_id"), on="unit_id")
        .join(pl.DataFrame(rows), on=["framework_id", "main_code"])
        .group_by("unit_id", "scope", "scope_code")
        .agg(pl.col(*_GROUNDS).sum())
    )
