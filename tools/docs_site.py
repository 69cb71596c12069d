"""Build the pages of this repository as a site that needs no network.

python -m tools.docs_site FOLDER

README is the home page. Links to pages become links of the site, links to code become its path.
Needs the extra ``docs``. Exit status 1 if a link leads nowhere.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parent.parent
# Pages beside docs/, and their names on the site.
TOP_PAGES: Final = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
}


def page(path: Path) -> str:
    """Return a page with its links as the site needs them: all pages lie in one folder."""

    def link(match: re.Match[str]) -> str:
        text, target, anchor = match.groups()
        place = (path.parent / target).resolve().relative_to(REPOSITORY).as_posix()
        name = TOP_PAGES.get(place, place.removeprefix("docs/"))
        if place in TOP_PAGES or place.startswith("docs/"):
            return f"[{text}]({name}{anchor})"
        return text if place in text else f"{text} (`{place}`)"

    text = path.read_text(encoding="utf-8")
    return re.sub(r"\[([^\]]*)\]\(([^)#:\s]+)((?:#[^)\s]*)?)\)", link, text)


def build(out: Path) -> int:
    """Build the site and return the exit status of the generator."""
    with tempfile.TemporaryDirectory() as folder:
        pages = Path(folder) / "docs"
        pages.mkdir()
        for path in sorted((REPOSITORY / "docs").glob("*.md")):
            (pages / path.name).write_text(page(path), encoding="utf-8")
        for name, site_name in TOP_PAGES.items():
            (pages / site_name).write_text(page(REPOSITORY / name), encoding="utf-8")
        shutil.copy(REPOSITORY / "mkdocs.yml", folder)
        command = [sys.executable, "-m", "zensical", "build", "--strict"]
        status = subprocess.run(command, cwd=folder, check=False).returncode
        if status == 0:
            shutil.copytree(Path(folder) / "site", out, dirs_exist_ok=True)
    return status


if __name__ == "__main__":
    sys.exit(build(Path(sys.argv[1])))
