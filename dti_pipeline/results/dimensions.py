"""Tables that describe: units, indicators, the assessment itself."""

from collections.abc import Iterator
from typing import Final

import polars as pl

from dti_pipeline.exact import as_micro
from dti_pipeline.index.definition import Definition
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.results.facts import BASIS_ORDER
from dti_pipeline.scoring.aggregation import scopes
from schemas.codes import BASES
from schemas.files.framework import Variable
from schemas.files.model import Model
from schemas.tables.dimensions import (
    DimAssessment,
    DimFramework,
    DimIndicator,
    DimOption,
    DimTile,
    DimUnit,
    DimVariable,
)
from schemas.text import Text

# What no framework file names.
NAMES: Final = {
    "overall": Text("Chỉ số chuyển đổi số", "Digital Transformation Index"),
    "foundation": Text("Nhóm chỉ số nền tảng chung", "Common foundation indices"),
    "activity": Text("Nhóm chỉ số hoạt động", "Activity indices"),
}


def unit_rows(definition: Definition) -> pl.DataFrame:
    """Return the units of the assessment's unit set and their successors, as ``dim_unit``."""
    units, heirs = definition.registry.units, succession_rows(definition)["new_unit_id"]
    own = pl.col("unit_set") == definition.assessment.unit_set
    return units.filter(own | pl.col("unit_id").is_in(heirs.implode())).select(DimUnit.names())


def tile_rows(definition: Definition) -> pl.DataFrame:
    """Return the archipelago boxes of the unit set's tile map, as ``dim_tile``."""
    tiles = definition.registry.tiles.filter(unit_set=definition.assessment.unit_set)
    return tiles.select(DimTile.names())


def succession_rows(definition: Definition) -> pl.DataFrame:
    """Return the successions that start or end in the assessment's unit set."""
    ids = definition.all_units["unit_id"].to_list()
    return definition.registry.succession.filter(
        pl.col("old_unit_id").is_in(ids) | pl.col("new_unit_id").is_in(ids)
    )


def indicator_rows(definition: Definition) -> pl.DataFrame:
    rows = [
        row | {"framework_id": framework.id, "sort_order": order}
        for framework in definition.frameworks.values()
        for order, row in enumerate(_indicators(framework))
    ]
    return pl.DataFrame(rows, schema=DimIndicator.schema())


def _indicators(framework: BoundFramework) -> Iterator[dict[str, object]]:
    mains = framework.mains
    for scope in scopes(framework):
        main = mains.get(scope.code) if scope.kind == "main" else None
        pillar = next((p for p in framework.file.pillars if p.code == scope.code), None)
        entry = main or pillar
        name = entry.name if entry else NAMES[scope.concept]
        of_mains = [main.basis] if main else [mains[code].basis for code in scope.mains]
        yield {
            "indicator_level": scope.kind,
            "indicator_code": scope.code,
            "printed_code": scope.code,
            "concept": scope.concept,
            "parent_code": None if scope.kind == "overall" else "DTI",
            "main_code": scope.code if scope.kind == "main" else None,
            "name_vi": name.vi,
            "name_en": name.en,
            "max_points_micro": scope.maximum,
            "counted": scope.is_counted,
            "basis": max(of_mains, key=BASES.index),  # as weak as the weakest
        }
    yield from (_component(component, framework) for component in framework.components)


def framework_rows(definition: Definition) -> pl.DataFrame:
    names = ("level", "title_vi", "title_en", "decision", "source", "note_vi", "note_en")
    rows = [
        {"framework_id": framework.id}
        | _fields(framework.file, *names)
        | framework.file.validity.model_dump()
        for framework in definition.frameworks.values()
    ]
    return pl.DataFrame(rows, schema=DimFramework.schema())


def _fields(item: Model, *names: str) -> dict[str, object]:
    """Return fields of a file's item; a text that was left empty is null."""
    return {name: getattr(item, name) or None for name in names}


def variable_rows(definition: Definition) -> pl.DataFrame:
    rows = [
        (*place, variable.vi, variable.en, variable.unit or None, variable.kind)
        for place, variable in _variables(definition)
    ]
    return pl.DataFrame(rows, schema=DimVariable.schema(), orient="row")


def supply_rows(definition: Definition) -> list[dict[str, object]]:
    """Return who supplies which figure, by which way and in what state."""
    return [
        supply.model_dump()
        | {
            "framework_id": framework.id,
            "component_code": component.code,
            "printed_code": component.printed_code,
            "name_vi": component.component.variables[supply.variable].vi,
            "name_en": component.component.variables[supply.variable].en,
        }
        for framework in definition.frameworks.values()
        for component in framework.components
        for supply in component.component.supplies
    ]


def option_rows(definition: Definition) -> pl.DataFrame:
    rows = [
        (*place, code, *labels)
        for place, variable in _variables(definition)
        for code, labels in variable.answers.items()
    ]
    return pl.DataFrame(rows, schema=DimOption.schema(), orient="row")


def _variables(definition: Definition) -> Iterator[tuple[tuple[str, str, str], Variable]]:
    for framework in definition.frameworks.values():
        for component, name, variable in framework.variables:
            yield (framework.id, component.code, name), variable


def _component(bound: ScoredComponent, framework: BoundFramework) -> dict[str, object]:
    component, heading = bound.component, framework.headings.get(bound.component.heading)
    bases = [basis for basis in framework.file.legal_bases if basis.id in component.legal_bases]
    ends = [basis.validity.valid_to for basis in bases if basis.validity.valid_to]
    variables = component.variables.values()
    kinds = {variable.source.partition(":")[0] for variable in variables}
    tables = [variable.origin[0] for variable in variables if variable.is_central]
    return {
        "indicator_level": "component",
        "indicator_code": component.code,
        "printed_code": bound.printed_code,
        "concept": None,
        "parent_code": component.main,
        "main_code": component.main,
        "max_points_micro": as_micro(component.points),
        "counted": framework.mains[component.main].counted,
        "source_kind": kinds.pop() if len(kinds) == 1 else "mixed",
        "source_table": ", ".join(dict.fromkeys(tables)) or None,
        "rule_kind": bound.kind,
        "rule_text_vi": bound.render().vi,
        "rule_text_en": bound.render().en,
        "na_treatment": component.not_applicable.treatment,
        "na_scope": component.not_applicable.scope,
        **_fields(component, "name_vi", "name_en", "basis", "evidence"),
        **_fields(component, "lead_role", "lead_role_en"),
        "heading_code": heading.code if heading else None,
        "heading_vi": heading.name_vi if heading else None,
        "heading_en": heading.name_en if heading else None,
        "heading_max_points": float(heading.points) if heading else None,
        **component.validity.model_dump(),
        "legal_basis_vi": "; ".join(basis.name_vi for basis in bases) or None,
        "legal_basis_en": "; ".join(basis.name_en for basis in bases) or None,
        "legal_basis_to": min(ends, default=None),
    }


def assessment_rows(definition: Definition, ranking: pl.DataFrame) -> pl.DataFrame:
    """Return the assessment's own row; its basis is that of the overall results, if it has any.

    A published year may have mains only, and a derived one may lack every predecessor's result.
    """
    assessment, overall = definition.assessment, ranking.filter(scope="overall")
    bases = (
        overall["data_basis"].unique().to_list()
        or ranking["data_basis"].unique().to_list()
        or [definition.source.assessment.delivery_basis]
    )
    gap = assessment.comparability_break
    n_units = ranking["unit_id"].n_unique()
    row = {
        "assessment_id": assessment.id,
        "assessment_year": assessment.year,
        **_fields(assessment, "level", "title_vi", "title_en", "unit_set", "compared_with"),
        **_fields(assessment, "period_start", "period_end", "deadline"),
        "framework_id": "+".join(assessment.framework_ids()),
        "comparability": gap.kind if gap else "none",
        "break_vi": gap.vi if gap else None,
        "break_en": gap.en if gap else None,
        "publication_value_decimals": assessment.value_decimals,
        "publication_points_decimals": assessment.points_decimals,
        "n_units": n_units,
        "n_ranked": overall["rank"].count(),
        "is_complete": n_units == definition.all_units.height,
        "is_derived": assessment.kind == "derived",
        "data_basis": min(bases, key=BASIS_ORDER.index),
    }
    return pl.DataFrame([row], schema=DimAssessment.schema())
