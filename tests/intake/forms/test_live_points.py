"""Live points of the form, calculated by LibreOffice, equal the points that the engine gives."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from dti_pipeline.analysis.unit_points import unit_outlook
from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.rules.component import RULE_KINDS
from dti_pipeline.intake.files.deliveries import Delivery
from dti_pipeline.intake.forms.layout import Answer, Evidence, questions_of
from dti_pipeline.intake.forms.reports import Report
from dti_pipeline.intake.observe import report_rows
from schemas.stages import Observations
from tests.index.rules.cases import OPTIONS, PERIODS, component, framework, main
from tests.index.rules.rules_in_use import RULES
from tests.intake.forms.test_libreoffice import needs_office, save_by_office
from tests.intake.intake_cases import BAC_KAN, SHEET, definition, good_form, read

CHOICES = {"yes_no": ["no", "yes"], "choice": list(OPTIONS), "period": list(PERIODS)}
TREATMENTS = ("refuse", "rescale", "zero", "full")
# The last four name none.
DOCUMENTS = [
    Evidence("12/QĐ-UBND", date(2022, 3, 1)),
    Evidence("", None, "Báo cáo " + "rất dài " * 40),
    Evidence("", None, "", "ho_so/1.pdf"),
    *(Evidence("Không có", None, "-"), Evidence(" khong co ", None), Evidence("?", None)),
    Evidence("…", None, "không phát sinh", "Không"),
]
WORDS = {
    "no_data": "chưa có số liệu",
    "evidence_missing": "thiếu tài liệu kiểm chứng",
    "unread": "số liệu nhập chưa rõ",
    "no_reason": "thiếu lý do không phát sinh",
    "denominator_zero": "mẫu số bằng 0",
    "others": "so với đơn vị khác, chưa tính được",
    "agency": "chờ số liệu cơ quan quản lý",
}

pytestmark = needs_office


def variables(kinds: dict[str, str]) -> dict[str, dict[str, Any]]:
    described: dict[str, dict[str, Any]] = {}
    for name, kind in kinds.items():
        row: dict[str, Any] = {"vi": f"Số {name}", "en": name, "kind": kind}
        if kind in ("choice", "period"):
            row |= {"kind": "choice", "options": OPTIONS if kind == "choice" else PERIODS}
        elif kind != "yes_no":
            row |= {"minimum": 0}
        described[name] = row
    return described


def every_rule(folder: Path, rng: random.Random) -> BoundFramework:
    """Return a framework with every rule and setting, by itself and in a sum of two parts."""
    rows = []
    names = list(RULES)
    sums = [n for n in names if RULES[n][0]["kind"] in ("ratio", "target", "ladder", "best")]
    pairs = [rng.sample(sums, 2) for _ in range(4)]
    for number, chosen in enumerate([*([name] for name in names), *pairs], start=1):
        kind = RULES[chosen[0]][0]["kind"]
        is_outside = kind in ("bonus", "penalty")
        fixed = {"per_period": "10", "remainder": "650"}
        points = (
            "0" if is_outside else fixed.get(kind) or rng.choice(["2.5", "7", "12.125", "33.3"])
        )
        settings: dict[str, Any] = {
            "evidence": rng.choice(["none", "required"]),
            "zero_denominator": rng.choice(["zero", "not_applicable"]),
        }
        if len(chosen) == 1:
            settings |= {"rule": RULES[chosen[0]][0]}
            settings["variables"] = variables(RULES[chosen[0]][1])
        else:
            half = str(Decimal(points) / 2)
            parts, figures = [], {}
            for place, name in enumerate(chosen):
                rule, kinds = RULES[name]
                parts.append({"rule": _renamed(rule, place), "points": half})
                figures |= {f"{one}{place}": kind for one, kind in kinds.items()}
            settings |= {"parts": parts, "variables": variables(figures), "cap": "0.9"}
        if not is_outside:
            settings["not_applicable"] = {"treatment": rng.choice(TREATMENTS)}
        rows.append(component(f"{number:04d}", points, **settings))
    # A borrowed figure, and one that waits for an agency.
    borrowed = variables({"a": "count", "b": "count"})
    borrowed["b"] |= {"source": "component:0001.b"}
    rows.append(component("0090", "5", variables=borrowed))
    waiting = variables({"a": "count", "b": "count"})
    waiting["b"] |= {"source": "central:agency.b"}
    rows.append(component("0091", "5", variables=waiting))
    total = str(sum(Decimal(row["points"]) for row in rows))
    table = {
        **{"id": "agency", "name_vi": "Bảng", "name_en": "Table", "owner_vi": "Cơ quan"},
        **{"owner_en": "Agency", "match": "*agency*", "unit_column": "Đơn vị"},
        "columns": {"b": {"header": "b", "name_vi": "b", "name_en": "b", "minimum": 0}},
    }
    return framework(folder, mains=[main("1", total)], components=rows, tables=[table])


def _renamed(rule: dict[str, Any], place: int) -> dict[str, Any]:
    new = dict(rule)
    for key in ("value", "numerator", "denominator", "gate"):
        if key in new:
            names = new[key]
            new[key] = (
                [f"{one}{place}" for one in names] if isinstance(names, list) else f"{names}{place}"
            )
    return new


def figure(kind: str, rng: random.Random) -> Any:
    match kind:
        case "percent":
            return rng.choice([0, Decimal(rng.randint(101, 10000)) / 100, 70, Decimal("99.5")])
        case "ratio":
            return Decimal(rng.randint(0, 10**6)) / 10**6
        case "score":
            return Decimal(rng.randint(0, 1500)) / 100
        case "amount":
            return rng.choice([0, Decimal(rng.randint(0, 400)) / 10, Decimal("2.5"), 10, 40])
        case "count":
            return rng.choice([0, rng.randint(0, 60), rng.randint(0, 3), 256, 1280, 10**6 + 1])
    raise AssertionError(kind)


def random_form(path: Path, bound: BoundFramework, rng: random.Random) -> None:
    answers: dict[tuple[str, str], Answer] = {}
    evidence: dict[str, list[Evidence]] = {}
    exempt = {
        one.code: rng.choice(["", "Chưa có đối tượng"])
        for one in bound.components
        if one.component.not_applicable.treatment != "refuse" and rng.random() < 0.15
    }
    for question in questions_of(bound):
        code, variable = question.component.code, question.variable
        if code in exempt:
            answers[question.key] = Answer(None, True, exempt[code])
        elif rng.random() < 0.93:
            value: Any = (
                rng.choice(options) if (options := list(question.variable.answers)) else None
            )
            if value is None:
                value = rng.choice([*[figure(variable.kind, rng)] * 12, "không có"])
            answers[question.key] = Answer(value)
        if question.component.component.evidence == "required" and rng.random() < 0.9:
            evidence[code] = rng.choices(DOCUMENTS, k=rng.randint(1, 3))
    good_form(path, framework=bound, answers=answers, evidence=evidence)


def calculated(paths: list[Path], folder: Path) -> Iterator[dict[str, Any]]:
    """Let LibreOffice open and save forms; yield component → what its points cell shows."""
    out = folder / "saved"
    save_by_office(paths, out)
    for path in paths:
        sheet = openpyxl.load_workbook(out / path.name, data_only=True)[SHEET]
        rows = sheet.iter_rows(min_row=10, max_col=12, values_only=True)
        yield {row[0]: row[11] for row in reversed(list(rows)) if row[1] and row[0]}


def engine(path: Path, bound: BoundFramework, folder: Path) -> dict[str, Any]:
    assessed = definition(folder, framework=bound.id)
    assessed = replace(assessed, frameworks={bound.id: bound})
    reading = read(path, of=bound, under=assessed.assessment)
    report = Report(Delivery(1, path.name, "self_report", "0" * 64), BAC_KAN, reading)
    observations = Observations.of(list(report_rows(report, assessed.assessment)))
    outlook = unit_outlook(assessed, BAC_KAN, Observations.validate(observations))
    return {one.code: one for one in outlook.components}


def compare(n_forms: int, seed: int, folder: Path) -> int:
    rng = random.Random(seed)
    bound = every_rule(folder, rng)
    kinds = {part.rule.kind_name() for one in bound.components for part in one.parts}
    assert kinds == set(RULE_KINDS)
    paths = [folder / f"form{number}.xlsx" for number in range(n_forms)]
    for path in paths:
        random_form(path, bound, rng)
    compared = 0
    for path, shown in zip(paths, calculated(paths, folder), strict=True):
        for code, one in engine(path, bound, folder).items():
            cell, at = shown[code], f"{path.name} {code} {bound.by_code[code].kind}: {one}"
            if one.waits_for:
                assert cell == WORDS[one.waits_for], at
            elif isinstance(cell, int | float):
                assert round(cell * 10**6) == one.low == one.high, (cell, at)
            elif one.is_exempt:
                assert cell == "không phát sinh: không tính vào điểm tối đa", at
                assert one.low == 0, at
            else:
                assert one.low == 0, (cell, at)
                # Nothing is lost where there is no maximum: bonus and penalty.
                assert cell in ({WORDS[one.lost]} if one.lost else set(WORDS.values())), at
            compared += 1
    return compared


def test_live_points_equal_the_engines(tmp_path: Path) -> None:
    assert compare(1, 20221128, tmp_path) == 38


@pytest.mark.slow
def test_live_points_equal_the_engines_for_a_thousand_answers(tmp_path: Path) -> None:
    assert compare(30, 7, tmp_path) > 1000
