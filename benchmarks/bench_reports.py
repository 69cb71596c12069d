"""Time and weigh the reports: site, workbook, one-pagers, and the first paint in a browser.

    python benchmarks/bench_reports.py [--units 63 168 3321] [--keep DIR]

Releases are made up: 8 mains, 98 components for 63 units, 50 for 168 (a province's communes), 43
for 3,321 (all communes). The weight of a page is all a browser loads to show it. First paint is
what Chromium reports for the page opened from disk, the median of five; Chromium is left out where
it is not installed.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dti_pipeline.reports.onepager.write import OnePagers
from dti_pipeline.reports.release_view import ReleaseView
from dti_pipeline.reports.site.write import write_site
from dti_pipeline.reports.unit_page import UnitPages
from dti_pipeline.reports.workbook.write import write_workbook
from tests.reports.synthetic.figures import Shape
from tests.reports.synthetic.release import publish

COMPONENTS = {63: (9, 11), 168: (8, 6), 3321: (8, 5)}
PAGES = (
    "index.html",
    "map.html",
    "compare.html",
    "years.html",
    "firmness.html",
    "groups.html",
    "changes.html",
    "quality.html",
    "method.html",
    "index-check.html",
)
LIMIT = 2_000_000
PAINTS = 5
FIRST_PAINT = """() => new Promise(done => new PerformanceObserver(list => {
  const found = list.getEntriesByName('first-contentful-paint');
  if (found.length) done(found[0].startTime);
}).observe({type: 'paint', buffered: true}))"""


@contextmanager
def seconds(what: str) -> Iterator[None]:
    """Print how long a step took."""
    start, cpu = time.perf_counter(), time.process_time()
    yield
    took, worked = time.perf_counter() - start, time.process_time() - cpu
    print(f"  {what:<34}{took:8.2f} s wall {worked:8.2f} s CPU")


def weight(page: Path) -> int:
    """Return the bytes of a page with the scripts, sheets and data it names."""
    text = page.read_text(encoding="utf-8")
    named = [part.split('"')[0] for part in text.split('<script src="')[1:]]
    named += [part.split('"')[0] for part in text.split('<link rel="stylesheet" href="')[1:]]
    return page.stat().st_size + sum((page.parent / name).stat().st_size for name in named)


def first_paints(pages: list[Path]) -> dict[str, tuple[float, float]]:
    """Return the median first paint and the time until all scripts have run, in milliseconds."""
    chromium = shutil.which("chromium")
    if chromium is None:
        return {}
    from playwright.sync_api import sync_playwright

    found = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        for page in pages:
            paints, loads = [], []
            for _ in range(PAINTS):
                tab = browser.new_page()
                tab.goto(page.as_uri())
                paints.append(tab.evaluate(FIRST_PAINT))
                loads.append(
                    tab.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
                )
                tab.close()
            found[f"{page.parent.name}/{page.name}"] = (
                statistics.median(paints),
                statistics.median(loads),
            )
        browser.close()
    return found


def measure(units: int, folder: Path) -> None:
    """Make a release of so many units and measure everything about it."""
    mains, components = COMPONENTS.get(units, (8, 5))
    shape = Shape(f"bench-{units}", units, mains=mains, components=components, unit_set="bench")
    print(f"{units} units, {mains} mains, {mains * components} components")
    with seconds("make the release (not the reports)"):
        release = publish([shape], folder / "published")
    release = ReleaseView(release)
    with seconds("site without one-pagers"):
        index = write_site(release, folder / "site", one_pagers=False)
    site = index.parent
    assessment = ReleaseView(release).assessments[0]
    with seconds("workbook"):
        write_workbook(assessment, folder / "bench.xlsx")
    again = write_workbook(assessment, folder / "again.xlsx").read_bytes()
    same = again == (folder / "bench.xlsx").read_bytes()
    print(f"  workbook written again: {'the same bytes' if same else 'OTHER BYTES  <-- wrong'}")
    pages = UnitPages(assessment)
    some = pages.unit_ids[:63]
    with seconds(f"one-pagers of {len(some)} units"):
        OnePagers(pages).write_all(folder / "pdf", units=some)
    shown = [
        site / assessment.id / name for name in PAGES if (site / assessment.id / name).is_file()
    ]
    every = sorted((site / assessment.id / "units").glob("*.html"), key=lambda p: p.stat().st_size)
    shown.append(every[-1])
    paints = first_paints(shown)
    total = sum(path.stat().st_size for path in site.rglob("*") if path.is_file())
    book_size = (folder / "bench.xlsx").stat().st_size
    print(f"  site {total / 1e6:.0f} MB, workbook {book_size / 1e6:.1f} MB")
    print(f"  {'page':<34}{'weight KB':>10}{'first paint ms':>16}{'loaded ms':>11}")
    for page in shown:
        size = weight(page)
        name = f"{page.parent.name}/{page.name}"
        paint, load = paints.get(name, (float("nan"), float("nan")))
        verdict = "" if size < LIMIT and not paint > 1000 else "  <-- over the limit"
        print(f"  {name:<34}{size / 1000:>10.0f}{paint:>16.0f}{load:>11.0f}{verdict}")


def main() -> None:
    """Measure every size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--units", type=int, nargs="+", default=[63, 168, 3321])
    parser.add_argument("--keep", type=Path, help="Write here and leave it, to look at.")
    options = parser.parse_args()
    for units in options.units:
        if options.keep:
            measure(units, options.keep / str(units))
        else:
            with tempfile.TemporaryDirectory() as folder:
                measure(units, Path(folder))


if __name__ == "__main__":
    main()
