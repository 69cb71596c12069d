"""A small index with every kind of way up: steps, a jump at a target, a shared figure, a relative
rule; four offices in two groups' worth of regions, figures small enough to try every plan.
"""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from dti_pipeline.analysis.improvement.rescoring import Accounts
from dti_pipeline.index.definition import Definition, PublishedYear
from dti_pipeline.index.frameworks.load import BoundFramework, read_framework
from dti_pipeline.index.units.registry import load_registry
from dti_pipeline.workspace import Workspace
from schemas.files.assessment import Assessment

MAIN = """
[[mains]]
code = "{code}"
concept = "{concept}"
name_vi = "Chỉ số {code}"
name_en = "Main {code}"
points = {points}
basis = "official"
"""
COMPONENT = """
[[components]]
code = "{code}"
main = "{main}"
points = {points}
name_vi = "Thành phần {code}"
name_en = "Component {code}"
basis = "illustrative"
evidence = "{evidence}"
lead_role = "Sở {code}"
lead_role_en = "Office {code}"
{more}
rule = {rule}
"""
VARIABLE = """
[components.variables.{name}]
vi = "{name}"
en = "{name}"
kind = "{kind}"
{more}
"""
BANDS = """
[[component_bands]]
code = "maximum"
name_vi = "Tối đa"
name_en = "Maximum"
range = "[100, 100]"
[[component_bands]]
code = "high"
name_vi = "Cao"
name_en = "High"
range = "[80, 100)"
[[component_bands]]
code = "fair"
name_vi = "Khá"
name_en = "Fair"
range = "[65, 80)"
[[component_bands]]
code = "average"
name_vi = "Trung bình"
name_en = "Average"
range = "[50, 65)"
[[component_bands]]
code = "low"
name_vi = "Thấp"
name_en = "Low"
range = "[25, 50)"
[[component_bands]]
code = "very_low"
name_vi = "Rất thấp"
name_en = "Very low"
range = "(0, 25)"
[[component_bands]]
code = "zero"
name_vi = "Không"
name_en = "Zero"
range = "[0, 0]"
"""
UNITS = """\
unit_id,unit_set,level,official_code,name_vi,name_en,name_ascii,unit_type,region_code,region_name,region_name_en,parent_unit_id,group_code,valid_from,valid_to,tile_row,tile_col
U-1,world,department,,Sở Một,One,So Mot,sở,,,,,office,2020-01-01,,,
U-2,world,department,,Sở Hai,Two,So Hai,sở,,,,,office,2020-01-01,,,
U-3,world,department,,Sở Ba,Three,So Ba,sở,,,,,office,2020-01-01,,,
U-4,world,department,,Sở Bốn,Four,So Bon,sở,,,,,office,2020-01-01,,,
"""
PERIOD = {"period_start": "2025-01-01", "period_end": "2025-12-31"}
UNIT_IDS = ("U-1", "U-2", "U-3", "U-4")


def component(
    code: str,
    points: str,
    rule: str,
    variables: Mapping[str, str],
    *,
    main: str = "1",
    evidence: str = "none",
    more: str = "",
) -> str:
    """Write one component; a variable is ``kind`` or ``kind|further lines``."""
    text = COMPONENT.format(
        code=code, main=main, points=points, rule=rule, evidence=evidence, more=more
    )
    for name, description in variables.items():
        kind, _, rest = description.partition("|")
        text += VARIABLE.format(name=name, kind=kind, more=rest)
    return text


def framework_text(components: list[str], mains: Mapping[str, str]) -> str:
    """Write a framework file."""
    head = (
        'id = "world"\nlevel = "department"\ntitle_vi = "Thử"\ntitle_en = "World"\n'
        'decision = "–"\nsource = "test"\n'
    )
    concepts = iter(("awareness", "government", "economy"))
    return (
        head
        + "".join(
            MAIN.format(code=code, points=points, concept=next(concepts))
            for code, points in mains.items()
        )
        + "".join(components)
        + BANDS
    )


def small_framework(folder: Path) -> BoundFramework:
    """Return 20 + 10 points: counts, a target with a jump, a choice, one best-of rule, shared files.

    0102's denominator is 0101's numerator: whoever trains more staff has more to certify.
    """
    components = [
        component(
            "0101",
            "8",
            '{ kind = "ratio", numerator = "trained", denominator = "staff" }',
            {"trained": "count", "staff": "count|minimum = 0"},
        ),
        component(
            "0102",
            "6",
            '{ kind = "ratio", numerator = "certified", denominator = "trained" }',
            {
                "certified": "count",
                "trained": 'count|minimum = 0\nsource = "component:0101.trained"',
            },
        ),
        component(
            "0103",
            "6",
            '{ kind = "choice", value = "plan", fractions = { none = "0", draft = "1/3", done = "1" } }',
            {
                "plan": 'choice|options = { none = { vi = "Không", en = "None" }, '
                'draft = { vi = "Dự thảo", en = "Draft" }, done = { vi = "Xong", en = "Done" } }'
            },
        ),
        component(
            "0201",
            "5",
            '{ kind = "target", numerator = "online", denominator = "files", target = "80%" }',
            {"online": "count", "files": "count|minimum = 0"},
            main="2",
        ),
        component(
            "0202",
            "5",
            '{ kind = "best", value = "visits" }',
            {"visits": "count"},
            main="2",
            evidence="required",
        ),
    ]
    path = folder / "world.toml"
    path.write_text(framework_text(components, {"1": "20", "2": "10"}), encoding="utf-8")
    return read_framework(path)


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
    (folder / "units").mkdir(exist_ok=True)
    (folder / "units" / "world.csv").write_text(UNITS, encoding="utf-8")
    assessment = Assessment.model_validate(
        {
            "id": "world-2025",
            "level": "department",
            "year": 2025,
            "title_vi": "Thử",
            "title_en": "World",
            "unit_set": "world",
            "framework": framework.id,
            **PERIOD,
            **more,
        }
    )
    kind = PublishedYear if assessment.kind == "history" else Definition
    return kind(
        assessment=assessment,
        frameworks={framework.id: framework},
        registry=load_registry(search=[folder / "units"]),
        workspace=Workspace(data=folder),
    )


def observations(
    figures: Mapping[str, Mapping[tuple[str, str], int]],
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


def small_world(folder: Path) -> Accounts:
    """Return the four offices with their figures."""
    return Accounts.of(definition(small_framework(folder), folder), observations(FIGURES))
