"""Bring a revision's recorded inputs back: to recompute it, or to ask what would have been.

Every revision records its inputs by content. Laid out again as a data folder they give the same
definition and the same deliveries, so under the same version of the rules the same bytes.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import polars as pl

from dti_pipeline.acceptance.accept import KEY
from dti_pipeline.index.definition import Definition, define
from dti_pipeline.store.inputs import NOTHING
from dti_pipeline.store.parquet import write_tables
from dti_pipeline.store.revisions import Revision, Store, named
from dti_pipeline.version import RULES, RULES_VERSION
from dti_pipeline.workspace import Workspace
from schemas.text import SpokenError


class OtherRulesError(SpokenError, ValueError):
    """A revision that was computed under another version of the rules than is installed."""


def lay_out(inputs: Iterable[Mapping[str, str]], store: Store, folder: Path) -> Workspace:
    """Write recorded inputs into an empty folder, so that it is the data folder they came from.

    What was only named has no content, what was refused is left out.
    """
    digests = {folder / e["path"]: e["sha256"] for e in inputs if e["role"] != "refused"}
    for path, digest in digests.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if digest == NOTHING:
            path.touch()
        else:
            store.lay_input(digest, path)
    return Workspace(data=folder, digests=digests)


@contextmanager
def laid_out(
    assessment_id: str, inputs: Iterable[Mapping[str, str]], store: Store
) -> Iterator[Definition]:
    """Lay recorded inputs out as a data folder and define their assessment from it."""
    with tempfile.TemporaryDirectory(prefix="dti-") as name:
        yield define(assessment_id, workspace=lay_out(inputs, store, Path(name)))


def definition_of(revision: Revision, store: Store) -> AbstractContextManager[Definition]:
    """Define a revision's assessment from its recorded inputs, without its deliveries."""
    files = [entry for entry in revision.inputs if entry["path"].startswith("config/")]
    return laid_out(revision.assessment_id, files, store)


def accepted_values(revision: Revision, store: Store) -> pl.DataFrame:
    """Return the values a revision was scored from, with the options of answers."""
    columns = [*KEY, "value_micro", "option", "obs_status"]
    observations = store.table(revision, "fact_observation", columns=[*columns, "accepted"])
    return observations.filter("accepted").select(columns)


def recompute(revision: Revision, store: Store) -> list[str]:
    """Compute a revision again from its recorded inputs; return the tables whose bytes differ.

    Raises:
        OtherRulesError: if the installed rules are of another version.
    """
    if revision.rules_version != RULES_VERSION:
        package, _ = RULES[revision.rules_version]
        raise OtherRulesError(
            "store.other_rules",
            revision=revision.revision_id,
            old=revision.rules_version,
            new=RULES_VERSION,
            package=package,
        )
    # Only here: the stages are not needed to see that nothing has changed.
    from dti_pipeline.pipeline import compute

    inputs = laid_out(revision.assessment_id, revision.inputs, store)
    with inputs as definition, tempfile.TemporaryDirectory() as folder:
        tables = compute(definition)
        files = write_tables(named(tables, revision_id=revision.revision_id), folder=Path(folder))
    return [
        name for name, entry in files.items() if entry.sha256 != revision.tables[name]["sha256"]
    ]
