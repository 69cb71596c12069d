"""A random index as files: every kind of rule, central tables, reports, two years, groups.

Made from a seed. What it holds is plain data, so that the oracle beside it can compute from it
without the product; only the reports are written by the product's own writer, as units get them.
"""

import csv
import random
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import openpyxl

from dti_pipeline.index.definition import define
from dti_pipeline.intake.forms.layout import Answer
from dti_pipeline.intake.forms.write import write_form
from dti_pipeline.workspace import Workspace
from tests.index.rules.cases import OPTIONS, PERIODS, framework_text
from tests.index.rules.cases import component as component_row
from tests.index.rules.cases import main as main_row
from tests.index.rules.rules_in_use import RULES
from tests.small_index import UNIT_COLUMNS

YEARS = (2024, 2025)
CONCEPTS = ("awareness", "institutions", "infrastructure", "government")
NOT_APPLICABLE: Literal["na"] = "na"
# Kinds of figures that only a report can give, and the answers of the others' kinds.
CHOICES = {"yes_no": ["no", "yes"], "choice": list(OPTIONS), "period": list(PERIODS)}
# Settings of a rule that name a variable, or several.
NAMING = ("value", "values", "numerator", "denominator", "gate", "total")
Figure = Fraction | Literal["na"] | None


@dataclass(frozen=True)
class Part:
    rule: dict[str, Any]
    points: Fraction


@dataclass(frozen=True)
class Component:
    """A component with its parts; ``kinds`` and ``central`` are about its variables."""

    code: str
    main: str
    points: Fraction
    parts: list[Part]
    kinds: dict[str, str]
    central: frozenset[str]
    treatment: str
    scope: str
    zero_denominator: str
    cap: Fraction | None = None


@dataclass
class RandomIndex:
    """The definition, and figures by year, unit, component and variable."""

    seed: int
    components: list[Component] = field(default_factory=list)
    figures: dict[int, dict[str, dict[str, dict[str, Figure]]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.units = {f"RND-{n}": self.rng.choice(["north", "south"]) for n in range(1, 10)}
        self.has_groups = self.rng.random() < 0.5
        self.decimals = self.rng.choice([2, 4])
        names = list(RULES)
        self.rng.shuffle(names)
        chosen = [[name] for name in names]
        chosen += [self.rng.sample([n for n in RULES if self._adds_up(n)], 2) for _ in range(6)]
        for number, rules in enumerate(chosen):
            self.components.append(self._component(number, rules))
        first = {unit: self._of_unit() for unit in self.units}
        later = {u: self._of_unit() if self.rng.random() < 0.7 else first[u] for u in self.units}
        self.figures = dict(zip(YEARS, (first, later), strict=True))

    @property
    def mains(self) -> list[str]:
        return [str(number + 1) for number in range(len(CONCEPTS))]

    @property
    def pillars(self) -> dict[str, list[str]]:
        return {"GOV": ["1", "2", "4"], "SOC": ["1", "3"]}

    def points_of(self, main: str) -> Fraction:
        return sum((c.points for c in self.components if c.main == main), Fraction(0))

    @staticmethod
    def _adds_up(name: str) -> bool:
        fixed = ("bonus", "penalty", "remainder", "per_period", "given")
        return RULES[name][0]["kind"] not in fixed

    def _maximum(self, kind: str) -> Fraction:
        if kind in ("bonus", "penalty"):
            return Fraction(0)
        fixed = {"per_period": 10, "remainder": 650}
        return Fraction(fixed.get(kind) or self.rng.choice(["2.5", "7", "12.125", "33.3", "100"]))

    def _component(self, number: int, names: list[str]) -> Component:
        rng = self.rng
        kind = RULES[names[0]][0]["kind"]
        points = self._maximum("" if len(names) > 1 else kind)
        cap = Fraction(9, 10) if len(names) > 1 and rng.random() < 0.5 else None
        parts, kinds = [], {}
        for place, name in enumerate(names):
            rule, of_rule = RULES[name]
            share = Fraction(1) if len(names) == 1 else [Fraction(1, 4), Fraction(3, 4)][place]
            parts.append(Part(renamed(rule, str(place)), points * share))
            kinds |= {f"{name}{place}": kind for name, kind in of_rule.items()}
        can_exempt = kind not in ("bonus", "penalty")
        return Component(
            code=f"{number + 1:04d}",
            main=rng.choice(self.mains) if number >= len(CONCEPTS) else self.mains[number],
            points=points,
            parts=parts,
            kinds=kinds,
            central=frozenset(
                n for n, k in kinds.items() if k not in CHOICES and rng.random() < 0.6
            ),
            treatment=rng.choice(["full", "rescale", "rescale", "zero"])
            if can_exempt
            else "refuse",
            scope=rng.choice(["main", "total"]),
            zero_denominator=rng.choice(["zero", "not_applicable"]) if can_exempt else "zero",
            cap=cap,
        )

    def _of_unit(self) -> dict[str, dict[str, Figure]]:
        return {component.code: self._of_component(component) for component in self.components}

    def _of_component(self, component: Component) -> dict[str, Figure]:
        rng = self.rng
        figures: dict[str, Figure] = {
            name: self._figure(kind, component) for name, kind in component.kinds.items()
        }
        if component.parts[0].rule["kind"] == "remainder":
            rest = Fraction(rng.randint(0, 10**6), 10**6)
            y, z = figures["y0"], figures["z0"]
            assert isinstance(y, Fraction)
            assert isinstance(z, Fraction)
            figures["x0"] = Fraction(round((200 * y + 150 * z + 650 * rest) * 1000), 10**6)
        if rng.random() < 0.08 and component.treatment != "refuse":
            # A report says it of the whole component; an agency may say it of its figures alone.
            of_agency = bool(component.central) and rng.random() < 0.5
            figures |= dict.fromkeys(component.central if of_agency else figures, NOT_APPLICABLE)
        elif (of_report := sorted(set(figures) - component.central)) and rng.random() < 0.15:
            # A figure that an agency leaves out stops the run; one that a unit leaves out counts 0.
            figures[rng.choice(of_report)] = None
        return figures

    def _figure(self, kind: str, component: Component) -> Fraction:
        rng = self.rng
        top = component.points
        if kind in CHOICES:
            return Fraction(rng.randrange(len(CHOICES[kind])))
        if kind == "percent":
            return Fraction(rng.randint(0, 1000), 10)
        if kind == "ratio":
            return Fraction(rng.randint(0, 10**6), 10**6)
        if kind == "score":
            return Fraction(rng.randint(0, int(top * 100)), 100)
        if kind == "amount":
            return Fraction(rng.choice([0, rng.randint(0, 400), rng.randint(0, 10**7)]), 10)
        of = component.parts[0].rule.get("of")
        return Fraction(rng.randint(0, of) if of else rng.choice([0, *rng.sample(range(80), 3)]))

    # Files.

    def write(self, data: Path) -> list[str]:
        """Write definition and deliveries; return the assessments in order."""
        config = data / "config"
        for room in ("frameworks", "assessments", "units"):
            (config / room).mkdir(parents=True)
        (config / "frameworks" / "random.toml").write_text(self._framework(), encoding="utf-8")
        rows = [
            f"{unit},random,department,,Sở {unit},Office {unit},So {unit},sở,,,,,{group},2020-01-01,,,"
            for unit, group in self.units.items()
        ]
        (config / "units" / "random.csv").write_text(
            "\n".join([UNIT_COLUMNS, *rows]), encoding="utf-8"
        )
        for year in YEARS:
            place = config / "assessments" / f"random-{year}.toml"
            place.write_text(self._assessment(year), encoding="utf-8")
            self._write_deliveries(data, year)
        return [f"random-{year}" for year in YEARS]

    def _assessment(self, year: int) -> str:
        compared = f'compared_with = "random-{YEARS[0]}"\n' if year != YEARS[0] else ""
        groups = "".join(
            f'[[groups]]\ncode = "{group}"\nname_vi = "{group}"\nname_en = "{group}"\n'
            'framework = "random"\n'
            for group in sorted(set(self.units.values()))
        )
        scored = f'rank_pool = "group"\n{groups}' if self.has_groups else 'framework = "random"\n'
        return (
            f'id = "random-{year}"\nlevel = "department"\nyear = {year}\ntitle_vi = "Thử"\n'
            f'title_en = "Random"\nunit_set = "random"\nperiod_start = {year}-01-01\n'
            f"period_end = {year}-12-31\nvalue_decimals = {self.decimals}\n{compared}{scored}"
        )

    def _framework(self) -> str:
        mains = [
            main_row(code, str(self.points_of(code)), concept=concept)
            for code, concept in zip(self.mains, CONCEPTS, strict=True)
        ]
        pillars = [
            {"code": code, "concept": concept, "name_vi": code, "name_en": code, "mains": codes}
            for (code, codes), concept in zip(
                self.pillars.items(), ("government", "society"), strict=True
            )
        ]
        columns = {
            f"{name}_{component.code}": {
                "header": f"{component.code} {name}",
                "name_vi": name,
                "name_en": name,
                "kind": component.kinds[name],
                "minimum": 0,
            }
            for component in self.components
            for name in sorted(component.central)
        }
        table = {
            "id": "agency",
            "name_vi": "Cơ quan",
            "name_en": "Agency",
            "owner_vi": "Cơ quan",
            "owner_en": "Agency",
            "match": "*agency*",
            "unit_column": "Đơn vị",
            "columns": columns,
        }
        return framework_text(
            id="random",
            level="department",
            mains=mains,
            pillars=pillars,
            tables=[table],
            components=[self._described(component) for component in self.components],
        )

    def _described(self, component: Component) -> dict[str, Any]:
        variables = {}
        for name, kind in component.kinds.items():
            source = "self_report"
            if name in component.central:
                source = f"central:agency.{name}_{component.code}"
            more: dict[str, Any] = {"kind": kind, "minimum": 0}
            if kind in ("choice", "period"):
                more = {"kind": "choice", "options": OPTIONS if kind == "choice" else PERIODS}
            elif kind == "yes_no":
                more = {"kind": kind}
            variables[name] = {"vi": name, "en": name, "source": source, **more}
        scored: dict[str, Any] = {"rule": component.parts[0].rule}
        if len(component.parts) > 1:
            parts = [{"rule": part.rule, "points": str(part.points)} for part in component.parts]
            scored = {"parts": parts}
        if component.cap is not None:
            scored["cap"] = str(component.cap)
        return component_row(
            component.code,
            str(component.points),
            main=component.main,
            not_applicable={"treatment": component.treatment, "scope": component.scope},
            zero_denominator=component.zero_denominator,
            variables=variables,
            **scored,
        )

    def _write_deliveries(self, data: Path, year: int) -> None:
        raw = data / "raw" / f"random-{year}"
        for room in ("central", "self_reports"):
            (raw / room).mkdir(parents=True)
        places = [(c, name) for c in self.components for name in sorted(c.central)]
        rows: list[list[Any]] = [["Đơn vị", *(f"{c.code} {name}" for c, name in places)]]
        for unit, figures in self.figures[year].items():
            cells = [cell(figures[c.code][name], c.kinds[name]) for c, name in places]
            rows.append([f"Sở {unit}", *cells])
        if self.seed % 2:
            book = openpyxl.Workbook()
            for row in rows:
                book.active.append(row)
            book.save(raw / "central" / "01_agency.xlsx")
        else:
            path = raw / "central" / "01_agency.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(rows)
        definition = define(f"random-{year}", workspace=Workspace(data=data))
        for unit in definition.registry.of_set("random").iter_rows(named=True):
            write_form(
                raw / "self_reports" / f"{unit['unit_id']}.xlsx",
                assessment=definition.assessment,
                framework=definition.frameworks["random"],
                unit=unit,
                answers={
                    (c.code, name): answer(figure, c.kinds[name])
                    for c in self.components
                    for name, figure in self.figures[year][unit["unit_id"]][c.code].items()
                    if name not in c.central
                },
            )


def renamed(rule: dict[str, Any], end: str) -> dict[str, Any]:
    """Give the variables of a rule names of their own."""

    def new(value: Any) -> Any:
        return [name + end for name in value] if isinstance(value, list) else value + end

    names = {key: new(value) for key, value in rule.items() if key in NAMING}
    if "less" in rule:
        names["less"] = {name + end: points for name, points in rule["less"].items()}
    return rule | names


def cell(figure: Figure, kind: str) -> Any:
    """Write a figure as an agency does: a percentage with its sign."""
    if figure is None:
        return None
    if figure == NOT_APPLICABLE:
        return "không phát sinh"
    if kind == "percent":
        return f"{float(figure):g}%".replace(".", ",")
    return int(figure) if figure.denominator == 1 else float(figure)


def answer(figure: Figure, kind: str) -> Answer:
    if figure is None:
        return Answer()
    if figure == NOT_APPLICABLE:
        return Answer(not_applicable=True, reason="không có đối tượng")
    if kind in CHOICES:
        return Answer(CHOICES[kind][int(figure)])
    return Answer(Decimal(figure.numerator) / Decimal(figure.denominator))
