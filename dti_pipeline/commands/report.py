"""Commands that write what people look at, from a release alone: site, workbooks, one-pagers."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, cast

from dti_pipeline.commands.output import print_json
from dti_pipeline.commands.reading import known_assessment
from dti_pipeline.commands.units import find_unit
from dti_pipeline.release.releases import Published
from dti_pipeline.reports.onepager.write import OnePagers
from dti_pipeline.reports.release_view import ReleaseView
from dti_pipeline.reports.site.write import write_site
from dti_pipeline.reports.unit_page import UnitPages
from dti_pipeline.reports.workbook.write import write_workbook
from dti_pipeline.workspace import Workspace


def open_release_view(data: Path, *, as_of: str | None) -> ReleaseView:
    """Open the current release or the named one, with its status."""
    published = Published(Workspace(data=data).published)
    release = published.release(as_of)
    return ReleaseView(release, status=published.status(release.release_id))


def report(*, out: Path | None, pdf: bool, as_of: str | None, data: Path, as_json: bool) -> int:
    """Write the site of a release."""
    release = open_release_view(data, as_of=as_of)
    folder = out or Workspace(data=data).site / release.release_id
    with _progress("trang · pages") as tell:
        index = write_site(release, folder, one_pagers=pdf, progress=tell)
    _say(release, "site", [index], as_json=as_json)
    return 0


def workbook(
    assessments: Sequence[str], *, out: Path | None, as_of: str | None, data: Path, as_json: bool
) -> int:
    """Write the workbook of some assessments, or of all in the release."""
    release = open_release_view(data, as_of=as_of)
    for assessment in assessments:
        known_assessment(release.source, assessment)
    folder = out or Workspace(data=data).reports / release.release_id
    folder.mkdir(parents=True, exist_ok=True)
    chosen = assessments or [one.id for one in release.assessments]
    written = [
        write_workbook(release.assessment(assessment), folder / f"dti-{assessment}.xlsx")
        for assessment in chosen
    ]
    _say(release, "workbook", written, as_json=as_json)
    return 0


def onepager(
    assessment: str,
    units: Sequence[str],
    *,
    out: Path | None,
    as_of: str | None,
    data: Path,
    lang: str,
    as_json: bool,
) -> int:
    """Write the one-pagers of some units, or of all in the assessment."""
    workspace = Workspace(data=data)
    release = open_release_view(data, as_of=as_of)
    known_assessment(release.source, assessment)
    chosen = [find_unit(release.source, assessment, unit, workspace=workspace) for unit in units]
    pages = UnitPages(release.assessment(assessment))
    folder = out or workspace.reports / release.release_id / assessment
    with _progress("tờ · pages") as tell:
        one_pagers = OnePagers(pages, language=cast(Literal["vi", "en"], lang))
        written = one_pagers.write_all(folder, units=chosen or None, progress=tell)
    _say(release, "onepager", written, as_json=as_json)
    return 0


def _say(release: ReleaseView, what: str, written: Sequence[Path], *, as_json: bool) -> None:
    """Print what was written; the first and the last where there are many."""
    release_id = release.release_id
    if as_json:
        rows = [{"kind": what, "path": str(path)} for path in written]
        print_json(rows, release_id=release_id, status=release.status)
        return
    if release.status_note:
        sys.stdout.write(f"⚠ {release.status_note.vi} · {release.status_note.en}\n")
    shown = list(written) if len(written) <= 10 else [*written[:3], *written[-1:]]
    for path in shown:
        sys.stdout.write(f"{path}\n")
    if len(shown) < len(written):
        sys.stdout.write(f"{len(written)} tệp · files\n")


@contextmanager
def _progress(unit: str) -> Iterator[Callable[[str], None]]:
    """Count on the terminal what has been written; silent where nobody watches."""
    done = 0

    def tell(name: str) -> None:
        nonlocal done
        done += 1
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{done} {unit}: {name}\x1b[K")

    yield tell
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
