"""A small index of offices whose files a test changes between two runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from dti_pipeline.cli.run import run_assessments
from dti_pipeline.release.folder import Release
from dti_pipeline.release.releases import Published
from dti_pipeline.workspace import Workspace

ASSESSMENT = "offices"
FIGURES = ("done", "due")
CAUSES = ("rules", "framework", "units", "others", "own")
_UNIT_COLUMNS = (
    "unit_id,unit_set,level,official_code,name_vi,name_en,name_ascii,unit_type,region_code,"
    "region_name,region_name_en,parent_unit_id,group_code,valid_from,valid_to,tile_row,tile_col"
)


class Offices:
    """A data folder with one assessment; every component is a ratio of two agency figures."""

    def __init__(self, data: Path) -> None:
        self.data = data

    def _write(self, name: str, text: str) -> None:
        path = self.data / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def framework(
        self,
        points: Mapping[str, int],
        *,
        name: str = "own",
        rules: Mapping[str, str] | None = None,
        comment: str = "",
    ) -> None:
        """Write a framework: component → points, each a main of its own; and kinds of rules."""
        codes = list(points)
        concepts = ("awareness", "government", "economy")
        titles = 'title_vi = "Bộ chỉ số"\ntitle_en = "Framework"\ndecision = "1"\nsource = "x"\n'
        text = [f'{comment}\nid = "{name}"\nlevel = "department"\n{titles}']
        text += [
            f'[[mains]]\ncode = "{int(code)}"\nconcept = "{concept}"\nname_vi = "M{code}"\n'
            f'name_en = "M{code}"\npoints = {points[code]}\nbasis = "official"\n'
            for code, concept in zip(codes, concepts, strict=False)
        ]
        text.append(
            '[[tables]]\nid = "agency"\nname_vi = "A"\nname_en = "A"\nowner_vi = "A"\n'
            'owner_en = "A"\nmatch = "*agency*"\nunit_column = "Đơn vị"\n'
        )
        text += [
            f'[tables.columns.{one}_{code}]\nheader = "{one}_{code}"\nname_vi = "{one}"\n'
            f'name_en = "{one}"\nkind = "count"\n'
            for code in codes
            for one in FIGURES
        ]
        for code in codes:
            kind = (rules or {}).get(code, "ratio")
            text.append(
                f'[[components]]\ncode = "{code}"\nmain = "{int(code)}"\npoints = {points[code]}\n'
                f'name_vi = "C{code}"\nname_en = "C{code}"\nbasis = "official"\n'
                f'rule = {{ kind = "{kind}", numerator = "done", denominator = "due" }}\n'
            )
            text += [
                f'[components.variables.{one}]\nvi = "{one}"\nen = "{one}"\n'
                f'source = "central:agency.{one}_{code}"\n'
                for one in FIGURES
            ]
        self._write(f"config/frameworks/{name}.toml", "\n".join(text))

    def units(self, groups: Mapping[str, str], *, unit_set: str = "offices") -> None:
        """Write the units: id → group."""
        rows = [
            f"{unit},{unit_set},department,,Sở {unit},Office {unit},So {unit},sở,,,,,{group},"
            "2020-01-01,,,"
            for unit, group in groups.items()
        ]
        self._write(f"config/units/{unit_set}.csv", "\n".join([_UNIT_COLUMNS, *rows]))

    def assessment(
        self,
        settings: str = "",
        *,
        name: str = ASSESSMENT,
        groups: Mapping[str, str] | None = None,
        year: int = 2025,
        unit_set: str = "offices",
    ) -> None:
        """Write the assessment: further settings; group → framework instead of the one."""
        framework = 'framework = "own"\n'
        if groups:
            framework = 'rank_pool = "group"\n'
            settings += "".join(
                f'\n[[groups]]\ncode = "{group}"\nname_vi = "G"\nname_en = "G"\n'
                f'framework = "{framework_id}"\n'
                for group, framework_id in groups.items()
            )
        self._write(
            f"config/assessments/{name}.toml",
            f'id = "{name}"\nlevel = "department"\nyear = {year}\ntitle_vi = "T"\ntitle_en = "T"\n'
            f'unit_set = "{unit_set}"\nperiod_start = {year}-01-01\nperiod_end = {year}-12-31\n'
            f"{framework}{settings}",
        )

    def deliver(self, codes: Sequence[str], done: Mapping[str, Sequence[int]]) -> None:
        """Write the agency's table: of every unit what was done, of ten each."""
        heads = [f"{one}_{code}" for code in codes for one in FIGURES]
        rows = [
            ",".join([f"Sở {unit}", *(f"{figure},10" for figure in figures)])
            for unit, figures in done.items()
        ]
        self._write(
            f"raw/{ASSESSMENT}/central/01_agency.csv",
            "\n".join([",".join(["Đơn vị", *heads]), *rows]),
        )

    def publish(self, name: str, results: Mapping[str, tuple[object, ...]]) -> None:
        """Write published results: unit → value and rank."""
        rows = [f"Sở {unit},{','.join(map(str, row))}" for unit, row in results.items()]
        self._write(f"raw/{name}/official/printed.csv", "\n".join(["Đơn vị,DTI,R", *rows]))

    def run(self, *names: str) -> Release:
        assert run_assessments(names or [ASSESSMENT], data=self.data, reason="x") == 0
        return Published(Workspace(data=self.data).published).release(None)


PRINTED = """\
kind = "history"
[[official]]
match = "*printed*"
unit_column = "Đơn vị"
[official.columns]
"DTI" = "overall:DTI:value"
"R" = "overall:DTI:rank"
"""


def moves(
    release: Release, *, scope_code: str = "DTI", assessment: str = ASSESSMENT
) -> dict[str, tuple[Any, ...]]:
    """Return unit → its ranks before and after in the newest change, and the parts by cause."""
    rows = _newest(release, assessment).filter(scope_code=scope_code)
    parts = [f"rank_change_{cause}" for cause in CAUSES]
    return {
        row[0]: row[1:] for row in rows.select("unit_id", "rank_from", "rank_to", *parts).rows()
    }


def reasons(
    release: Release, *, scope_code: str = "DTI", assessment: str = ASSESSMENT
) -> dict[str, str | None]:
    """Return unit → the reason of its newest change, in English."""
    rows = _newest(release, assessment).filter(scope_code=scope_code)
    return dict(rows.select("unit_id", "reason_en").iter_rows())


def _newest(release: Release, assessment: str) -> pl.DataFrame:
    changes = release.table("fact_change").filter(assessment_id=assessment)
    return changes.filter(pl.col("revision_id") == pl.col("revision_id").max())


CODES = ("01", "02")
EVEN = {"01": 10, "02": 10}
THREE = {"U1": (8, 5), "U2": (5, 5), "U3": (2, 6)}


def three_offices(folder: Path) -> Offices:
    """Write three offices of one group with two components each."""
    offices = Offices(folder)
    offices.framework(EVEN)
    offices.units(dict.fromkeys(THREE, "office"))
    offices.assessment()
    offices.deliver(CODES, THREE)
    return offices
