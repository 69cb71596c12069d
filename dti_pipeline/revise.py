"""One assessment from deliveries to a revision in the store, and revisions to a release."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from dti_pipeline.assemble import assemble, issue_rows
from dti_pipeline.assess import Definition, Facts, observation_facts
from dti_pipeline.dimensions import (
    assessment_row,
    indicator_rows,
    succession_rows,
    tile_rows,
    unit_rows,
)
from dti_pipeline.facts import BASIS_ORDER
from dti_pipeline.inputs import Input, collect_inputs, input_hash
from dti_pipeline.release import Published, Release
from dti_pipeline.store import Revision, Store
from dti_pipeline.workspace import Workspace
from schemas.catalogue import TABLES


def revision_tables(
    definition: Definition, *, facts: Facts, judged: pl.DataFrame, issues: Iterable[pl.DataFrame]
) -> dict[str, pl.DataFrame]:
    """Lay one assessment's results out as the tables of a revision.

    Args:
        definition: the assessment.
        facts: components, and scopes after the comparison with official results.
        judged: observations with ``accepted`` and ``remark``.
        issues: issues of every stage, in the order of stages.
    """
    scopes = facts.scopes
    of_kind = {kind: scopes.filter(pl.col("scope") == kind) for kind in ("main", "pillar")}
    overall = scopes.filter(pl.col("scope") == "overall")
    weakest = min(overall["data_basis"].unique().to_list(), key=BASIS_ORDER.index)
    row = assessment_row(definition, n_ranked=overall["rank"].count(), data_basis=weakest)
    empty_change = {
        name: pl.lit(None, dtype=dtype)
        for name, dtype in TABLES["fact_ranking"].polars_schema().items()
        if name in ("value_prev", "value_change", "rank_prev", "rank_change")
    }
    return {
        "dim_unit": unit_rows(definition),
        "bridge_unit_succession": succession_rows(definition),
        "dim_tile": tile_rows(definition),
        "dim_indicator": indicator_rows(definition),
        "dim_assessment": pl.DataFrame([row], schema=TABLES["dim_assessment"].polars_schema()),
        "fact_observation": observation_facts(definition, judged),
        "fact_component_score": facts.components,
        "fact_main_score": of_kind["main"].with_columns(main_code="scope_code"),
        "fact_pillar_score": of_kind["pillar"].with_columns(pillar_code="scope_code"),
        "fact_ranking": scopes.with_columns(
            **empty_change, prev_basis=pl.lit("none"), prev_break=pl.lit("none")
        ),
        "dq_issue": issue_rows(issues, assessment_id=definition.assessment.id),
    }


@dataclass(frozen=True)
class Standing:
    """How an assessment's inputs stand to what was computed before.

    Attributes:
        inputs: its inputs now.
        input_hash: their hash.
        known: the newest revision if it has that very hash, else None.
        reason: what changed since the newest revision, for people.
    """

    inputs: tuple[Input, ...]
    input_hash: str
    known: Revision | None
    reason: str


def standing(definition: Definition, store: Store) -> Standing:
    """Compare an assessment's inputs with its newest revision."""
    inputs = collect_inputs(definition)
    digest = input_hash(definition.assessment.id, inputs)
    earlier = store.revisions(definition.assessment.id)
    newest = earlier[-1] if earlier else None
    return Standing(
        inputs=inputs,
        input_hash=digest,
        known=newest if newest and newest.input_hash == digest else None,
        reason="first computation" if newest is None else _changes(newest, inputs),
    )


def _changes(before: Revision, inputs: Sequence[Input]) -> str:
    """Name the inputs that are new, changed or gone."""
    old = {entry["path"]: entry["sha256"] for entry in before.inputs}
    new = {entry.path: entry.sha256 for entry in inputs}
    texts = [
        f"{what}: {', '.join(paths)}"
        for what, paths in (
            ("new", [path for path in new if path not in old]),
            ("changed", [path for path in new if path in old and old[path] != new[path]]),
            ("removed", [path for path in old if path not in new]),
        )
        if paths
    ]
    return "; ".join(texts) or "new version of the rules"


def save_revision(
    definition: Definition, store: Store, *, tables: dict[str, pl.DataFrame], now: Standing
) -> Revision:
    """Store a revision under the inputs it was computed from."""
    return store.save(
        tables,
        assessment_id=definition.assessment.id,
        input_hash=now.input_hash,
        inputs=now.inputs,
        framework_hashes={f.id: f.content_hash for f in definition.frameworks.values()},
        reason=now.reason,
    )


def publish_current(
    workspace: Workspace, *, revisions: Iterable[Revision], reason: str
) -> tuple[Release, bool]:
    """Publish the given revisions together with the current ones of all other assessments.

    Returns:
        The current release, and whether it is new: where every revision is current already,
        nothing is published.
    """
    store, published = Store(workspace.store), Published(workspace.published)
    latest = published.latest()
    current = dict(latest.revisions) if latest else {}
    wanted = current | {r.assessment_id: r.revision_id for r in revisions}
    if latest is not None and wanted == current:
        return latest, False
    chosen = [store.revision(wanted[assessment_id]) for assessment_id in sorted(wanted)]
    tables = assemble(store, chosen)
    told = reason or "; ".join(
        f"{r.assessment_id}: {r.reason}"
        for r in chosen
        if current.get(r.assessment_id) != r.revision_id
    )
    return published.publish(tables, revisions=chosen, reason=told), True


def publish_newest(workspace: Workspace, *, reason: str = "") -> tuple[Release, bool]:
    """Publish the newest revision of every assessment in the store.

    Returns:
        The current release, and whether it is new.
    """
    store = Store(workspace.store)
    newest = {revision.assessment_id: revision for revision in store.revisions()}
    return publish_current(workspace, revisions=newest.values(), reason=reason)
