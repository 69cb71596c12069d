"""Made-up deliveries of many assessments at once: communes of provinces, for tests and benchmarks.

Index set, sizes and totals are those of the communes of Hồ Chí Minh City 2026: 43 components, one
workbook per commune and the tables of the agencies.

    python -m tools.sample.country DATA --provinces 34 --communes 3321
"""

import argparse
import re
from itertools import pairwise
from pathlib import Path

from dti_pipeline.index.assessments.load import assessment_path, load_assessment
from dti_pipeline.index.frameworks.load import load_framework
from dti_pipeline.index.units.registry import load_registry
from dti_pipeline.workspace import Workspace
from tools.sample.book import Book, fill
from tools.sample.communes import ASSESSMENT as FRAMEWORK
from tools.sample.communes import CALIBRATING, DERIVED, sizes, totals
from tools.sample.local_reports import write_local_reports
from tools.sample.tables import write_tables


def write_country(data: Path, *, provinces: int, n_communes: int) -> list[str]:
    """Write an assessment with its units and deliveries for each province into a data folder.

    Args:
        data: the folder; its `config` and `raw` are made.
        provinces: how many assessments, numbered from 1.
        n_communes: of all provinces together, as evenly as may be.

    Returns:
        The assessments.
    """
    ends = [n_communes * number // provinces for number in range(provinces + 1)]
    return [
        _write_province(data, number, last - first)
        for number, (first, last) in enumerate(pairwise(ends), start=1)
    ]


def _write_province(data: Path, number: int, n_communes: int) -> str:
    name = f"commune-p{number:02d}-2026"
    workspace = Workspace(data=data)
    for kind, text in (("assessments", _assessment(name)), ("units", _units(name, n_communes))):
        folder = data / "config" / kind
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}{'.toml' if kind == 'assessments' else '.csv'}").write_text(text, "utf-8")
    assessment = load_assessment(name, search=workspace.config("assessments"))
    units = load_registry(search=workspace.config("units")).of_set(name).sort("unit_id")
    book = Book(load_framework(FRAMEWORK), {u: sizes(u, is_ward=True) for u in units["unit_id"]})
    fill(book, totals(list(book.sizes)), calibrating=CALIBRATING, derived=DERIVED)
    raw = workspace.raw / name
    for room in ("central", "self_reports"):
        (raw / room).mkdir(parents=True, exist_ok=True)
    write_tables(
        book.frame(units["unit_id"]),
        framework=book.framework,
        units=units,
        year=assessment.year,
        folder=raw / "central",
    )
    write_local_reports(book, assessment=assessment, units=units, folder=raw / "self_reports")
    return name


def _assessment(name: str) -> str:
    """Return the assessment file of Hồ Chí Minh City with another name and units."""
    text = assessment_path(FRAMEWORK).read_text("utf-8")
    text = re.sub(r'^(id|unit_set) = ".*"$', rf'\1 = "{name}"', text, flags=re.M)
    return re.sub(r"^parent_unit_id = .*\n", "", text, flags=re.M)


def _units(name: str, n_communes: int) -> str:
    lines = [
        "unit_id,unit_set,level,official_code,name_vi,name_en,name_ascii,unit_type,region_code,"
        "region_name,region_name_en,parent_unit_id,group_code,valid_from,valid_to,tile_row,tile_col"
    ]
    place = name.split("-")[1]
    for number in range(1, n_communes + 1):
        names = (f"{kind} {place} {number:03d}" for kind in ("Phường", "Ward", "Phuong"))
        unit_id = f"VN-{place.upper()}-{number:03d}"
        lines.append(f"{unit_id},{name},commune,,{','.join(names)},phường,,,,,ward,2025-07-01,,,")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--provinces", type=int, default=34)
    parser.add_argument("--communes", type=int, default=3321)
    options = parser.parse_args()
    write_country(options.data, provinces=options.provinces, n_communes=options.communes)


if __name__ == "__main__":
    main()
