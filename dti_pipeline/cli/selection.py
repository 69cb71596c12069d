"""What a person names on the command line: a release, an assessment in it, a scope, a unit."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import polars as pl

from dti_pipeline.analysis.improvement.rescoring import Accounts, differences
from dti_pipeline.cli.errors import UsageError, unit_hint
from dti_pipeline.cli.language import spoken
from dti_pipeline.cli.output import Row, decimal_text, print_status, print_table, warn
from dti_pipeline.index.definition import Definition, define
from dti_pipeline.index.frameworks.load import BoundFramework, load_framework, read_framework
from dti_pipeline.index.units.registry import load_registry
from dti_pipeline.intake.assessed_units import AssessedUnits
from dti_pipeline.release.folder import Release
from dti_pipeline.release.releases import Published
from dti_pipeline.reports.release_view import AssessmentView, ReleaseView
from dti_pipeline.reports.words import words_of
from dti_pipeline.store.recorded import definition_of
from dti_pipeline.store.revisions import Store
from dti_pipeline.workspace import Workspace
from schemas.text import SpokenError, Text, day_text

if TYPE_CHECKING:
    from dti_pipeline.analysis.robustness.table import RankedUnits
    from dti_pipeline.analysis.settings import RobustnessSettings


def open_release(data: Path, *, as_of: str | None) -> Release:
    """Open the current release or the named one; say where the pointer is behind the journal."""
    published = Published(Workspace(data=data).published)
    release = published.release(as_of)
    if as_of is None and (problem := published.pointer_problem()) is not None:
        warn(f"dti: {spoken(problem)}")
    return release


def open_view(data: Path, *, as_of: str | None) -> ReleaseView:
    release = open_release(data, as_of=as_of)
    return ReleaseView.open(Published(Workspace(data=data).published), release)


def scope_code(text: str, *, codes: Sequence[str]) -> str:
    code = {"overall": "DTI"}.get(text.lower(), text.upper())
    if code not in codes:
        names = ["overall", *(c.lower() if c.isalpha() else c for c in codes if c != "DTI")]
        raise UsageError("selection.unknown_scope", text=text, known=names)
    return code


def require_assessment(release: Release, assessment: str) -> None:
    if assessment not in release.revisions:
        raise UsageError(
            "selection.unknown_assessment",
            release=release.release_id,
            assessment=assessment,
            known=release.revisions,
        )


@dataclass(frozen=True, eq=False)
class Selection:
    """One assessment of one release that holds it, and what it was computed from.

    What lies in the folders today may differ.
    """

    release: Release
    workspace: Workspace
    assessment: str

    def __post_init__(self) -> None:
        require_assessment(self.release, self.assessment)

    @classmethod
    def open(cls, data: Path, assessment: str, *, as_of: str | None) -> Selection:
        workspace = Workspace(data=data.resolve())
        return cls(open_release(workspace.data, as_of=as_of), workspace, assessment)

    def table(self, name: str) -> pl.DataFrame:
        return self.release.scan(name).filter(assessment_id=self.assessment).collect()

    @cached_property
    def status_note(self) -> Text | None:
        """Say that the release is none that stands: a draft, superseded or withdrawn."""
        published = Published(self.workspace.published)
        status = published.status(self.release.release_id)
        if status == "draft" and self.assessment in published.provisional(self.release):
            status = "provisional"
        return words_of("status_notes").get(status)

    def print_status(self) -> None:
        print_status(self.status_note)

    @property
    def head(self) -> dict[str, str]:
        """Return what every JSON answer about the selection begins with."""
        return {"release_id": self.release.release_id, "assessment_id": self.assessment}

    def print_figures(self, table: str, rows: Sequence[Row]) -> None:
        """Print a table of changed figures with the names of figures and answers."""

        def name(row: Row, *option: str) -> Text:
            place = row["unit_id"], row["component_code"], row["variable"]
            return self.view.variable_name(*place, *option)

        def figure(side: str, row: Row) -> Text | str:
            option = row[f"option_{side}"]
            return name(row, option) if option else decimal_text(row[f"figure_{side}"])

        before, after = partial(figure, "from"), partial(figure, "to")
        title = Text("Số liệu thay đổi", "Changed figures")
        print_table(table, rows, title=title, variable=name, figure_from=before, figure_to=after)

    @cached_property
    def view(self) -> AssessmentView:
        return ReleaseView(self.release).assessment(self.assessment)

    def ranked_units(self, settings: RobustnessSettings) -> RankedUnits | None:
        """Return what ranks are drawn from; None where the assessment has no ranks."""
        from dti_pipeline.analysis.pools import Results
        from dti_pipeline.analysis.robustness.table import ranked_units

        results = Results(
            ranking=self.table("fact_ranking"),
            components=self.table("fact_component_score"),
            mains=self.table("fact_main_score"),
            decimals=self.view.decimals,
        )
        return ranked_units(results, settings=settings)

    def framework(self, framework_id: str) -> BoundFramework:
        """Load a framework as the release's manifest names it: by id and hash.

        The present file is taken if it has that hash, else the copy that the store keeps of every
        input.
        """
        recorded = self.release.manifest["frameworks"][framework_id]
        with suppress(FileNotFoundError):
            framework = load_framework(framework_id, search=self.workspace.config("frameworks"))
            if framework.content_hash == recorded:
                return framework
        store = Store(self.workspace.store)
        if not (store.root / "inputs" / recorded).is_file():
            raise UsageError(
                "inputs.framework_without_copy",
                framework=framework_id,
                release=self.release.release_id,
                digest=recorded[:8],
                store=store.root,
            )
        return read_framework(Path(f"{framework_id}.toml"), store.input_content(recorded))

    def definition(self) -> Definition:
        """Define the assessment as it was when the release was computed.

        From the inputs the store recorded; where the release came without a store, from the present
        files, if the frameworks are still those of the manifest.
        """
        store, revision_id = Store(self.workspace.store), self.release.revisions[self.assessment]
        if (store.root / revision_id).is_dir():
            with definition_of(store.revision(revision_id), store) as definition:
                return definition
        definition = define(self.assessment, workspace=self.workspace)
        for framework in definition.frameworks.values():
            if framework.content_hash != self.release.manifest["frameworks"].get(framework.id):
                raise UsageError(
                    "inputs.framework_changed",
                    framework=framework.id,
                    release=self.release.release_id,
                    store=store.root,
                    revision=revision_id,
                )
        return definition

    def reason_of(
        self, exception: Literal["without_report", "not_ranked"], unit_id: str
    ) -> Text | None:
        """Return why the assessment's file excepts a unit; None where it does not, or is lost."""
        with suppress(SpokenError):
            for entry in getattr(self.definition().assessment, exception):
                if entry.unit_id == unit_id:
                    return Text(entry.reason_vi, entry.reason_en)
        return None

    def accounts(self) -> Accounts:
        """Return the figures from which the release's values and ranks come out again.

        Raises:
            WrongUsageError: if they do not, or the assessment has no figures of its own.
        """
        accounts = Accounts.of(self.definition(), self.table("fact_observation"))
        if differing := differences(accounts, self.table("fact_ranking")):
            raise UsageError(
                "inputs.other_results",
                assessment=self.assessment,
                release=self.release.release_id,
                count=len(differing),
                first=differing[0],
            )
        return accounts

    def find_unit(self, text: str) -> str:
        """Return the unit_id of a unit given by name, official code or unit_id; never guessed."""
        registry = load_registry(search=self.workspace.config("units"))
        units = AssessedUnits((), str(self.view.row["unit_set"]), registry)
        (match,) = units.match([text])
        assessed = self.table("fact_ranking").filter(scope="overall")
        if match.unit_id in assessed["unit_id"]:
            return str(match.unit_id)
        if match.unit_id is not None:
            reason = self.reason_of("without_report", match.unit_id)
            raise UsageError(
                "selection.not_assessed",
                assessment=self.assessment,
                unit=match.unit_id,
                text=text,
                reason=Text(f": {reason.vi}", f": {reason.en}") if reason else "",
            )
        if match.successor is not None:
            name, day = match.successor
            raise UsageError(
                "selection.merged_unit",
                text=text,
                name=name,
                day=day_text(day),
                assessment=self.assessment,
            )
        hint = unit_hint(match.candidates, assessed["unit_name"].to_list())
        raise UsageError("selection.unknown_unit", assessment=self.assessment, text=text, hint=hint)
