"""A small index with every kind of way up: steps, a jump at a target, a shared figure, a relative
rule; four offices, figures small enough to try every plan.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from dti_pipeline.analysis.improvement.rescoring import Accounts
from dti_pipeline.index.definition import Definition, PublishedYear
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.units.registry import load_registry
from dti_pipeline.workspace import Workspace
from tests.assessments import assessment
from tests.index.rules.cases import component, count, framework, main
from tests.small_index import UNIT_COLUMNS

BANDS = {
    "maximum": "[100, 100]",
    "high": "[80, 100)",
    "fair": "[65, 80)",
    "average": "[50, 65)",
    "low": "[25, 50)",
    "very_low": "(0, 25)",
    "zero": "[0, 0]",
}
UNIT_IDS = ("U-1", "U-2", "U-3", "U-4")
Figures = Mapping[str, Mapping[tuple[str, str], int]]
Components = Sequence[Mapping[str, Any]]

# A count b of a, and rules of it.
PAIR = {"b": count("b"), "a": count("a")}
RATIO = {"kind": "ratio", "numerator": "b", "denominator": "a"}
TARGET = {**RATIO, "kind": "target", "target": "80%"}


def choice(value: str, fractions: Mapping[str, str]) -> dict[str, Any]:
    """Describe the rule and the variable of an answer that gives a fraction of the maximum."""
    options = {option: {"vi": option, "en": option} for option in fractions}
    return {
        "rule": {"kind": "choice", "value": value, "fractions": fractions},
        "variables": {value: {"vi": value, "en": value, "kind": "choice", "options": options}},
    }


def world_framework(
    folder: Path, components: Components, mains: Mapping[str, int]
) -> BoundFramework:
    """Read the framework of these components; ``mains`` are points by code."""
    bands = [
        {"code": code, "name_vi": code, "name_en": code, "range": span}
        for code, span in BANDS.items()
    ]
    return framework(
        folder,
        level="department",
        mains=[main(code, points) for code, points in mains.items()],
        components=components,
        component_bands=bands,
    )


def small_framework(folder: Path) -> BoundFramework:
    """Return 20 + 10 points: counts, a target with a jump, a choice, one best-of rule, shared files.

    0102's denominator is 0101's numerator: whoever trains more staff has more to certify.
    """
    borrowed = count("trained", source="component:0101.trained")
    components = [
        component(
            "0101",
            8,
            rule={"kind": "ratio", "numerator": "trained", "denominator": "staff"},
            variables={name: count(name) for name in ("trained", "staff")},
        ),
        component(
            "0102",
            6,
            rule={"kind": "ratio", "numerator": "certified", "denominator": "trained"},
            variables={"certified": count("certified"), "trained": borrowed},
        ),
        component("0103", 6, **choice("plan", {"none": "0", "draft": "1/3", "done": "1"})),
        component(
            "0201",
            5,
            main="2",
            rule={**TARGET, "numerator": "online", "denominator": "files"},
            variables={name: count(name) for name in ("online", "files")},
        ),
        component(
            "0202",
            5,
            main="2",
            rule={"kind": "best", "value": "visits"},
            variables={"visits": count("visits")},
            evidence="required",
        ),
    ]
    return world_framework(folder, components, {"1": 20, "2": 10})


# Figures of the four offices by place; the choice by its own place: none 0, draft 1, done 2.
_PLACES = (
    *(("0101", "trained"), ("0101", "staff"), ("0102", "certified"), ("0103", "plan")),
    *(("0201", "online"), ("0201", "files"), ("0202", "visits")),
)
FIGURES = {
    "U-1": dict(zip(_PLACES, (5, 10, 2, 1, 5, 10, 20), strict=True)),
    "U-2": dict(zip(_PLACES, (8, 10, 6, 2, 9, 10, 100), strict=True)),
    "U-3": dict(zip(_PLACES, (6, 12, 5, 2, 6, 8, 60), strict=True)),
    "U-4": dict(zip(_PLACES, (2, 8, 0, 0, 0, 4, 10), strict=True)),
}


def definition(framework: BoundFramework, folder: Path, **more: object) -> Definition:
    """Define the assessment of the four offices."""
    rows = [
        f"{unit},world,department,,Sở {unit},Office {unit},So {unit},sở,,,,,office,2020-01-01,,,"
        for unit in UNIT_IDS
    ]
    (folder / "units").mkdir(exist_ok=True)
    (folder / "units" / "world.csv").write_text("\n".join([UNIT_COLUMNS, *rows, ""]), "utf-8")
    settings = {"framework": framework.id, **more}
    of_2025 = assessment("world-2025", level="department", unit_set="world", **settings)
    kind = PublishedYear if of_2025.kind == "history" else Definition
    return kind(
        assessment=of_2025,
        frameworks={framework.id: framework},
        registry=load_registry(search=[folder / "units"]),
        workspace=Workspace(data=folder),
    )


def observations(
    figures: Figures,
    *,
    not_applicable: tuple[tuple[str, str, str], ...] = (),
    rejected: tuple[tuple[str, str, str], ...] = (),
) -> pl.DataFrame:
    """Write figures as rows of ``fact_observation``, as far as the room reads them."""
    rows = [
        {
            "unit_id": unit_id,
            "component_code": code,
            "variable": name,
            "value_micro": None if (unit_id, code, name) in not_applicable else value * 1_000_000,
            "obs_status": "not_applicable" if (unit_id, code, name) in not_applicable else "ok",
            "accepted": (unit_id, code, name) not in rejected,
            "remark": "evidence_rejected" if (unit_id, code, name) in rejected else None,
            "delivery_no": 1,
        }
        for unit_id, own in figures.items()
        for (code, name), value in own.items()
    ]
    return pl.DataFrame(rows, infer_schema_length=None)


def accounts_of(
    folder: Path, components: Components, mains: Mapping[str, int], rows: pl.DataFrame
) -> Accounts:
    """Return what the observations score in a framework of these components."""
    return Accounts.of(definition(world_framework(folder, components, mains), folder), rows)


def small_world(folder: Path) -> Accounts:
    """Return the four offices with their figures."""
    return Accounts.of(definition(small_framework(folder), folder), observations(FIGURES))
