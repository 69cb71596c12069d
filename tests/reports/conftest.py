"""A made-up release, its site, and a browser to look at it."""

import functools
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from dti_pipeline.release.folder import Release
from dti_pipeline.reports.release_view import AssessmentView, ReleaseView
from dti_pipeline.reports.site.write import write_site
from tests.reports.synthetic.figures import Shape
from tests.reports.synthetic.release import publish

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Request

SHAPES = (
    Shape("small-2024", 24, year=2024, seed=2, level="province", unit_set="small", hostile=True),
    Shape(
        "small-2025",
        24,
        level="province",
        unit_set="small",
        compared_with="small-2024",
        comparability="framework_changed",
        hostile=True,
        revisions=2,
    ),
    Shape("pools-2025", 12, level="department", groups=("without", "with"), unit_set="pools"),
    Shape("large-2025", 215, mains=3, components=1, unit_set="large"),
)
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)


@pytest.fixture(scope="session")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """Return a release with every table filled: hostile names, groups, a break, 215 units."""
    return publish(SHAPES, tmp_path_factory.mktemp("made-up") / "published")


@pytest.fixture
def release(made_up: Release) -> ReleaseView:
    return ReleaseView(made_up)


@pytest.fixture
def assessment(release: ReleaseView) -> AssessmentView:
    """Return the assessment of 24 units with a year before it."""
    return release.assessment("small-2025")


def only(made_up: Release, *assessments: str, status: str = "published") -> ReleaseView:
    """Return a release cut to some assessments, for sites that are made in a moment."""
    release = ReleaseView(made_up, status=status)
    release.assessments = tuple(map(release.assessment, assessments))  # type: ignore[misc]
    return release


@pytest.fixture(scope="session")
def site(made_up: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the site of the made-up release, without the assessment of 215 units."""
    folder = tmp_path_factory.mktemp("site") / "made-up"
    small = [shape.assessment_id for shape in SHAPES if shape.units < 100]
    return write_site(only(made_up, *small), folder, all_csv=True).parent


@pytest.fixture(scope="session")
def large_site(made_up: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the site of the assessment of 215 units."""
    folder = tmp_path_factory.mktemp("site") / "large"
    return write_site(only(made_up, "large-2025"), folder).parent


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def served(site: Path) -> Iterator[str]:
    """Serve the site on localhost; return its address."""
    handler = functools.partial(Silent, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Start a headless Chromium; the only reason to skip is that none is installed.

    It lives for one module and its modules run in one group: while it is open an event loop runs
    in this thread, and Dagster could start none of its own in tests that came between.
    """
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed; on Debian: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield found
        found.close()


@pytest.fixture
def new_page(browser: "Browser") -> Iterator[Callable[..., "Page"]]:
    """Return what opens a tab with options of its own."""
    contexts = []

    def open_page(**options: Any) -> "Page":
        contexts.append(browser.new_context(**options))
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        context.close()


@dataclass
class Visit:
    """One browser tab on a site, with everything it complained about or asked for."""

    page: "Page"
    base: str
    shots: Path
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", self.failed)
        self.page.on("request", lambda request: self.requests.append(request.url))

    def failed(self, request: "Request") -> None:
        """Note a file that could not be loaded; one dropped by going on to the next page is fine."""
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.url}: {request.failure}")

    def open(self, path: str) -> "Page":
        self.page.goto("about:blank")  # a change behind # alone would not load the page again
        self.page.goto(f"{self.base}/{path}")
        return self.page

    def shoot(self, what: str) -> None:
        self.page.screenshot(path=self.shots.with_name(f"{self.shots.name}-{what}.png"))


@pytest.fixture
def watch(
    request: pytest.FixtureRequest, new_page: Callable[..., "Page"], tmp_path: Path
) -> Iterator[Callable[[str], Visit]]:
    """Return what opens a tab that hears everything; afterwards nothing may have gone wrong.

    Screenshots go to ``DTI_ARTEFACTS``, or to a temporary folder.
    """
    folder = Path(os.environ.get("DTI_ARTEFACTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    shots = folder / re.sub(r"[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
    visits = []

    def open_tab(base: str) -> Visit:
        page = new_page(viewport={"width": 1280, "height": 900}, locale="vi-VN")
        visits.append(Visit(page, base, shots))
        return visits[-1]

    yield open_tab
    for visit in visits:
        assert visit.complaints == []
        assert visit.page.evaluate("() => window.hacked") is None
        outside = [url for url in visit.requests if not url.startswith((visit.base, "about:"))]
        assert outside == []


@pytest.fixture(params=["file", "localhost"])
def visit(
    request: pytest.FixtureRequest, watch: Callable[[str], Visit], site: Path, served: str
) -> Visit:
    """Return a watched tab, once on the files and once on a local server."""
    return watch(site.as_uri() if request.param == "file" else served)
