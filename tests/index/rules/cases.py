"""Small rules, figures and frameworks for the tests of scoring."""

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl

from dti_pipeline.acceptance.figures import figures_frame
from dti_pipeline.index.frameworks.load import BoundFramework, read_framework
from dti_pipeline.index.rules.component import build_rule
from dti_pipeline.index.rules.rule import ScoredPart
from dti_pipeline.scoring.components import score_components
from schemas.codes import CONCEPTS
from schemas.files.framework import Variable

MICRO = 1_000_000
RATIO = {"kind": "ratio", "numerator": "a", "denominator": "b"}
GIANT = 9 * 10**12
"""The largest count that is still a 64-bit number of millionths."""

OPTIONS = {
    "chair": {"vi": "Bí thư hoặc Chủ tịch", "en": "Secretary or Chair"},
    "deputy": {"vi": "Cấp phó", "en": "Deputy"},
    "other": {"vi": "Khác", "en": "Other"},
}
PERIODS = {
    "on_time": {"vi": "Đúng hạn", "en": "On time"},
    "late": {"vi": "Chậm", "en": "Late"},
    "none": {"vi": "Không báo cáo", "en": "None"},
}


def variable(kind: str = "count", **more: Any) -> Variable:
    if kind == "choice":
        more.setdefault("options", OPTIONS)
    return Variable.model_validate({"vi": "số liệu", "en": "figure", "kind": kind, **more})


def named(**kinds: str) -> dict[str, Variable]:
    """Return one variable per name, called by its name in both languages."""
    return {
        name: variable(kind.removesuffix("!"), vi=name, en=name)
        if kind != "period"
        else variable("choice", vi=name, en=name, options=PERIODS)
        for name, kind in kinds.items()
    }


def part_of(
    settings: Mapping[str, Any], kinds: Mapping[str, str], *, maximum: int = 10 * MICRO
) -> ScoredPart:
    """Build a rule over variables of these kinds, each in a column of its own name."""
    columns = {name: name for name in kinds}
    return ScoredPart(build_rule(dict(settings)), maximum, "c", columns, named(**kinds))


def in_micro(figures: Mapping[str, float | None]) -> dict[str, int | None]:
    """Return whole figures, or numbers of options, in millionths."""
    return {name: None if v is None else round(v * MICRO) for name, v in figures.items()}


def score(part: ScoredPart, rows: Sequence[Mapping[str, int | None]]) -> list[int | None]:
    """Score rows of figures in millionths; a name that a row lacks is null."""
    frame = pl.DataFrame(
        {name: [row.get(name) for row in rows] for name in part.columns},
        schema=dict.fromkeys(part.columns, pl.Int64),
    ).cast(pl.Int128)
    points = part.rule.score(part).alias("points")
    result = frame.with_columns(part.rule.helpers(part)).select(points)
    assert result.schema["points"] == pl.Int64
    return result["points"].to_list()


def main(code: str, points: int | str, **more: Any) -> dict[str, Any]:
    """Describe a main with the concept of its number, unless another is given."""
    return {
        "code": code,
        "concept": CONCEPTS[int(code) - 1],
        "name_vi": f"Chỉ số chính {code}",
        "name_en": f"Main {code}",
        "points": points,
        "basis": "illustrative",
        **more,
    }


def component(code: str, points: int | str, *, main: str = "1", **more: Any) -> dict[str, Any]:
    """Describe a component; a plain ratio a / b unless a rule or parts are given."""
    if "rule" not in more and "parts" not in more:
        more["rule"] = RATIO
        more.setdefault("variables", {"a": count("a"), "b": count("b")})
    return {
        "code": code,
        "main": main,
        "points": points,
        "name_vi": f"Chỉ số {code}",
        "name_en": f"Component {code}",
        "basis": "illustrative",
        **more,
    }


def count(name: str, **more: Any) -> dict[str, Any]:
    return {"vi": name, "en": name, "minimum": 0, **more}


def yes_no(name: str) -> dict[str, Any]:
    return {"vi": name, "en": name, "kind": "yes_no"}


def framework_text(**content: Any) -> str:
    """Write a framework file; what is not given is filled in."""
    base = {
        "id": "small",
        "level": "province",
        "title_vi": "Nhỏ",
        "title_en": "Small",
        "decision": "0",
        "source": "test",
    }
    return "\n".join(f"{key} = {_toml(value)}" for key, value in (base | content).items())


def framework(folder: Path, *components: dict[str, Any], **content: Any) -> BoundFramework:
    """Read a framework; its components are those of one main, unless mains are given."""
    if components:
        total = sum(Fraction(one["points"]) for one in components)
        content = {"mains": [main("1", str(total))], "components": [*components]} | content
    path = folder / "small.toml"
    path.write_text(framework_text(**content), encoding="utf-8")
    return read_framework(path)


Value = tuple[str, str, str, int | None, str]


def values_frame(*rows: Value) -> pl.DataFrame:
    """Return accepted values: unit, component, variable, whole figure, status."""
    names = ("unit_id", "component_code", "variable", "value_micro", "obs_status")
    return pl.DataFrame(
        [(*row[:3], None if row[3] is None else row[3] * MICRO, row[4]) for row in rows],
        schema=dict.fromkeys(names, pl.String) | {"value_micro": pl.Int64},
        orient="row",
    )


def scored(
    framework: BoundFramework, *rows: Value, units: Sequence[str] = ("U",), **more: Any
) -> pl.DataFrame:
    """Score units from accepted values as ``values_frame`` takes them."""
    figures = figures_frame(values_frame(*rows), framework=framework, unit_ids=units)
    return score_components(figures, framework=framework, **more)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(k)} = {_toml(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
