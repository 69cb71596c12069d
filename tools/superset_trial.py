"""Start a real Superset on this machine alone, import the kit and look at every chart.

    python -m tools.superset_trial data /tmp/superset-trial

Not part of the tests: it installs some 700 MB into the folder once and takes a few minutes. It says
what every chart drew, filters by region and unit, replaces the DuckDB file while two processes read
it, and leaves ``dashboard.png`` and ``filtered.png`` to look at. The exit status is 1 if a chart
drew nothing, a filter reached none of its charts, or a reader failed or saw two releases at once.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote

import duckdb
from playwright.sync_api import Page, Response, sync_playwright

from dti_pipeline.store.parquet import replace_file

# Superset 6.1 needs the last three by name.
PACKAGES = ("apache-superset==6.1.0", "duckdb==2.0.0", "duckdb-engine==0.17.0")
PACKAGES += ("rich", "cachetools", "Flask-Caching==2.3.1")
ADDRESS = "http://127.0.0.1:8977"
DASHBOARD = f"{ADDRESS}/superset/dashboard/dti/"
USER = "admin"
CHARTS = 10
REPLACEMENTS = 20
SETTINGS = """\
SECRET_KEY = "for-a-trial-on-this-machine-alone"
SQLALCHEMY_DATABASE_URI = "sqlite:///{folder}/superset.db"
TALISMAN_ENABLED = False
WTF_CSRF_ENABLED = False
"""
READER = """
import sys, duckdb
from pathlib import Path
n = errors = mixed = 0
seen = set()
while not Path(sys.argv[2]).exists():
    try:
        with duckdb.connect(sys.argv[1], read_only=True) as connection:
            ids = connection.execute(
                "SELECT release_id FROM out_ranking UNION SELECT release_id FROM out_component"
            ).fetchall()
    except duckdb.Error:
        errors += 1
    else:
        mixed += len(ids) != 1
        seen |= set(ids)
    n += 1
print(n, errors, mixed, len(seen))
"""


def run(*command: object, env: Mapping[str, str] | None = None) -> None:
    subprocess.run([str(part) for part in command], check=True, env=env)


def prepare(data: Path, folder: Path) -> dict[str, str]:
    """Install Superset, write the file and the kit, import the kit; return the environment."""
    venv = folder / "venv"
    if not (venv / "bin" / "superset").is_file():
        run(sys.executable, "-m", "venv", venv)
        run(venv / "bin" / "pip", "install", "-q", *PACKAGES)
    dti = (sys.executable, "-m", "dti_pipeline.cli")
    run(*dti, "duckdb", "--embed", "--out", folder / "dti.duckdb", "--data", data)
    kit = folder / "kit.zip"
    run(*dti, "superset", "--out", kit, "--database", folder / "dti.duckdb", "--data", data)
    (folder / "superset_config.py").write_text(SETTINGS.format(folder=folder), encoding="utf-8")
    (folder / "superset.db").unlink(missing_ok=True)
    env = os.environ | {
        "SUPERSET_CONFIG_PATH": str(folder / "superset_config.py"),
        "SUPERSET_HOME": str(folder),
    }
    env.pop("PYTHONPATH", None)
    superset = venv / "bin" / "superset"
    run(superset, "db", "upgrade", env=env)
    person = ("--username", USER, "--password", USER, "--email", "trial@example.org")
    run(superset, "fab", "create-admin", *person, "--firstname", "A", "--lastname", "B", env=env)
    run(superset, "init", env=env)
    run(superset, "import-dashboards", "-p", kit, "-u", USER, env=env)
    return env


@contextmanager
def served(folder: Path, env: Mapping[str, str]) -> Iterator[None]:
    host, _, port = ADDRESS.removeprefix("http://").partition(":")
    command = [folder / "venv" / "bin" / "superset", "run", "-h", host, "-p", port]
    with (folder / "superset.log").open("w") as log:
        server = subprocess.Popen([*command, "--with-threads"], env=env, stdout=log, stderr=log)
        try:
            for _ in range(120):
                try:
                    urllib.request.urlopen(f"{ADDRESS}/health", timeout=2).close()
                    break
                except (URLError, TimeoutError):
                    time.sleep(1)
            yield
        finally:
            server.terminate()
            server.wait(timeout=30)


def drawn(page: Page, filters: Mapping[str, Sequence[object]]) -> dict[str, int]:
    """Open the dashboard with filters chosen; return the rows that each chart drew."""
    answers: list[Response] = []
    page.on("response", lambda r: answers.append(r) if "/api/v1/chart/data" in r.url else None)
    chosen = ",".join(
        f"NATIVE_FILTER-{column}:(id:NATIVE_FILTER-{column},ownState:(),"
        f"extraFormData:(filters:!((col:{column},op:IN,val:!({_rison(values)})))),"
        f"filterState:(value:!({_rison(values)})))"
        for column, values in filters.items()
    )
    page.goto(f"{DASHBOARD}?native_filters={quote(f'({chosen})')}" if filters else DASHBOARD)
    page.wait_for_selector(".dashboard", timeout=60_000)
    for _ in range(60):
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(500)
        names = _rows(answers)
        if len(names) == CHARTS:
            break
    page.mouse.wheel(0, -10_000)
    page.wait_for_timeout(3_000)
    return _rows(answers)


def _rison(values: Sequence[object]) -> str:
    return ",".join(f"'{value}'" if isinstance(value, str) else str(value) for value in values)


def _rows(answers: Sequence[Response]) -> dict[str, int]:
    """Return slice → rows of its answer; a refused one has none."""
    rows = {}
    for answer in answers:
        asked = json.loads(answer.request.post_data or "{}").get("form_data", {})
        if "slice_id" in asked:
            result = answer.json()["result"] if answer.ok else [{"rowcount": 0}]
            rows[str(asked["slice_id"])] = int(result[0]["rowcount"])
    return rows


def look(folder: Path) -> list[str]:
    """Open the dashboard in a browser, plain and filtered; return what is wrong."""
    problems = []
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        views = {
            "dashboard": {"assessment_year": [2024]},
            "filtered": {"assessment_year": [2022], "region_name": ["Đồng bằng sông Hồng"]},
            "unit": {"assessment_year": [2022], "unit_name": ["Đà Nẵng"]},
        }
        rows = {}
        for name, filters in views.items():
            page = browser.new_page(viewport={"width": 1500, "height": 2150})
            page.goto(f"{ADDRESS}/login/")
            page.fill("#username", USER)
            page.fill("#password", USER)
            page.keyboard.press("Enter")
            page.wait_for_url("**/welcome/**", timeout=60_000)
            rows[name] = drawn(page, filters)
            page.screenshot(path=folder / f"{name}.png")
            print(name, rows[name])
            problems += [f"{name}: chart {c} drew nothing" for c, n in rows[name].items() if not n]
            if len(rows[name]) != CHARTS:
                problems.append(f"{name}: {len(rows[name])} of {CHARTS} charts asked for data")
            errors = page.locator(".ant-alert-error").all_inner_texts()
            problems += [f"{name}: {text}" for text in errors]
        browser.close()
    # Every chart of provinces shows fewer of them.
    if max(rows["filtered"].values()) >= max(rows["dashboard"].values()):
        problems.append("the filter by region filters nothing")
    return problems


def replace_under_readers(folder: Path) -> list[str]:
    """Show two releases in turn in the file that two processes read; return what is wrong."""
    file, stop = folder / "dti.duckdb", folder / "stop"
    stop.unlink(missing_ok=True)
    first, other = file.read_bytes(), folder / "other.duckdb"
    other.write_bytes(first)
    with duckdb.connect(str(other)) as connection:
        for table in ("out_ranking", "out_component"):
            connection.execute(f"UPDATE {table} SET release_id = 'r9999-00000000'")
    second = other.read_bytes()
    python = folder / "venv" / "bin" / "python"
    command = [python, "-c", READER, file, stop]
    readers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for number in range(REPLACEMENTS):
        replace_file(file, (second, first)[number % 2])
        time.sleep(0.3)
    stop.touch()
    problems = []
    for reader in readers:
        n, errors, mixed, seen = map(int, reader.communicate(timeout=60)[0].split())
        print(f"reader: {n} queries, {errors} errors, {mixed} mixed, {seen} releases seen")
        if errors or mixed or seen != 2:
            problems.append(f"a reader: {errors} errors, {mixed} mixed, {seen} releases of 2 seen")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    folder = given.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    env = prepare(given.data.resolve(), folder)
    with served(folder, env):
        problems = look(folder) + replace_under_readers(folder)
    print("\n".join(problems) or "all charts drew, filters filter, no reader failed")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
