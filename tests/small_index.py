"""A small assessment as files: a few offices, an agency's table and reports, computed for real."""

import csv
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from dti_pipeline.index.definition import Definition, define
from dti_pipeline.intake.forms.layout import Answer
from dti_pipeline.intake.forms.write import write_form
from dti_pipeline.workspace import Workspace
from tests.index.rules.cases import count, framework_text, yes_no

ASSESSMENT = "small-2025"
NOT_APPLICABLE = "không phát sinh"
UNIT_COLUMNS = (
    "unit_id,unit_set,level,official_code,name_vi,name_en,name_ascii,unit_type,region_code,"
    "region_name,region_name_en,parent_unit_id,group_code,valid_from,valid_to,tile_row,tile_col"
)
HEAD = """\
level = "department"
title_vi = "Thử"
title_en = "Test"
period_start = 2025-01-01
period_end = 2025-12-31
"""


def of_agency(name: str, *, kind: str = "count") -> dict[str, Any]:
    """Describe a figure that stands in the agency's table, in the column of its name."""
    figure = yes_no(name) if kind == "yes_no" else count(name, kind=kind)
    return figure | {"source": f"central:agency.{name}"}


class SmallIndex:
    """Files in an empty folder; each call writes more of them."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.columns: list[str] = []
        for room in ("frameworks", "units", "assessments"):
            (data / "config" / room).mkdir(parents=True)

    def framework(
        self,
        components: Sequence[Mapping[str, Any]],
        mains: Sequence[Mapping[str, Any]],
        *,
        name: str = "small",
    ) -> None:
        columns = {
            str(variable["source"]).partition(".")[2]: variable.get("kind", "count")
            for one in components
            for variable in one["variables"].values()
            if "source" in variable
        }
        self.columns += [name for name in columns if name not in self.columns]
        table = {
            "id": "agency",
            "name_vi": "Bảng",
            "name_en": "Table",
            "owner_vi": "Cơ quan",
            "owner_en": "Agency",
            "match": "*agency*",
            "unit_column": "Đơn vị",
            "columns": {
                column: {"header": column, "name_vi": column, "name_en": column, "kind": kind}
                for column, kind in columns.items()
            },
        }
        content = {"mains": mains, "components": components} | (
            {"tables": [table]} if columns else {}
        )
        text = framework_text(id=name, level="department", **content)
        (self.data / "config" / "frameworks" / f"{name}.toml").write_text(text, "utf-8")

    def units(
        self,
        regions: Mapping[str, str],
        *,
        groups: Mapping[str, str] | None = None,
        unit_set: str = "small",
    ) -> None:
        """Write the units: unit → region, which may be empty."""
        folder = self.data / "config" / "units"
        rows = [
            f"{unit},{unit_set},department,,Sở {unit},Office {unit},So {unit},sở,{region},"
            f"{region},{region},,{(groups or {}).get(unit, 'office')},2020-01-01,,,"
            for unit, region in regions.items()
        ]
        (folder / f"{unit_set}.csv").write_text("\n".join([UNIT_COLUMNS, *rows, ""]), "utf-8")
        known = sorted(set(regions.values()) - {""})
        head = "region_code,region_name,region_name_en"
        text = "\n".join([head, *(f"{code},{code},{code}" for code in known), ""])
        (folder / "regions.csv").write_text(text, "utf-8")

    def assessment(
        self, more: str = 'framework = "small"', *, name: str = ASSESSMENT, unit_set: str = "small"
    ) -> None:
        text = f'id = "{name}"\nyear = {name[-4:]}\nunit_set = "{unit_set}"\n{HEAD}{more}\n'
        (self.data / "config" / "assessments" / f"{name}.toml").write_text(text, "utf-8")

    def agency(self, rows: Mapping[str, Sequence[object]]) -> None:
        """Write the agency's table: unit → its figures, in the order of the frameworks'."""
        path = self.data / "raw" / ASSESSMENT / "central" / "01_agency.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["Đơn vị", *self.columns])
            writer.writerows([f"Sở {unit}", *row] for unit, row in rows.items())

    def report(self, unit: str, answers: Mapping[tuple[str, str], str | int]) -> None:
        """Write a unit's report: component and variable → answer."""
        definition = self.define()
        path = self.data / "raw" / ASSESSMENT / "self_reports" / f"{unit}.xlsx"
        path.parent.mkdir(parents=True, exist_ok=True)
        row = definition.registry.of_set("small").filter(unit_id=unit).row(0, named=True)
        framework_id = definition.units.filter(unit_id=unit)["framework_id"].item()
        write_form(
            path,
            assessment=definition.assessment,
            framework=definition.frameworks[framework_id],
            unit=row,
            answers={
                place: Answer(one if isinstance(one, str) else Decimal(one))
                for place, one in answers.items()
            },
        )

    def decisions(self, folder: str, text: str, *, name: str = "01_decisions.csv") -> None:
        """Write a table of corrections or appraisals."""
        path = self.data / "raw" / ASSESSMENT / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    def define(self, name: str = ASSESSMENT) -> Definition:
        return define(name, workspace=Workspace(data=self.data))
