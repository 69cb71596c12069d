"""A small index of offices whose files a test changes between two runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from dti_pipeline.cli.run import run_assessments
from dti_pipeline.release.folder import Release
from tests.index.rules.cases import component, main
from tests.released import current
from tests.small_index import SmallIndex, of_agency

ASSESSMENT = "offices"
FIGURES = ("done", "due")
CAUSES = ("rules", "framework", "units", "others", "own")


class Offices(SmallIndex):
    """A data folder with one assessment; every component is a ratio of two agency figures."""

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
        kinds = {code: (rules or {}).get(code, "ratio") for code in points}
        components = [
            component(
                code,
                points[code],
                main=str(int(code)),
                rule={"kind": kind, "numerator": "done", "denominator": "due"},
                variables={one: of_agency(f"{one}_{code}") for one in FIGURES},
            )
            for code, kind in kinds.items()
        ]
        concepts = ("awareness", "government", "economy")
        mains = [
            main(str(int(code)), points[code], concept=concept)
            for code, concept in zip(points, concepts, strict=False)
        ]
        super().framework(components, mains, name=name)
        with (self.data / f"config/frameworks/{name}.toml").open("a", encoding="utf-8") as file:
            file.write(f"\n{comment}")

    def units(self, groups: Mapping[str, str], *, unit_set: str = "offices") -> None:
        """Write the units: id → group."""
        super().units(dict.fromkeys(groups, ""), groups=groups, unit_set=unit_set)

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
        return current(self.data)


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
