"""Framework files: read one, check that it makes sense, and bind its components to their rules.

A wrong file is refused with every problem found, each naming the file and the main, component or
band it lies in.
"""

import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

import polars as pl

from dti_pipeline.exact import as_micro, show
from dti_pipeline.index.frameworks.bands import band_problems
from dti_pipeline.index.rules.component import ScoredComponent, build_rule
from dti_pipeline.index.rules.rule import Rule, ScoredPart
from dti_pipeline.index.toml_files import FileError, file_names, find_file, parse_in_part
from dti_pipeline.index.toml_lines import line_of
from schemas.files.errors import SettingError
from schemas.files.framework import (
    GENERAL,
    CentralTable,
    Component,
    Framework,
    Heading,
    Main,
    NotApplicable,
    Part,
    Pillar,
    TableColumn,
    Variable,
)
from schemas.messages import message
from schemas.text import SpokenError, Text

# Codes of the whole and of pillars: commands and targets name a scope by its code alone.
_RESERVED: Final = frozenset({"DTI", "GOV", "ECO", "SOC"})

# Kind of item as problems name it → list of the file, key of an item's code.
_PARTS: Final = {
    "main": ("mains", "code"),
    "component": ("components", "code"),
    "pillar": ("pillars", "code"),
    "heading": ("headings", "code"),
    "table": ("tables", "id"),
    "legal_basis": ("legal_bases", "id"),
    "printed_code": ("components", "printed_code"),
}


class UnknownFrameworkError(SpokenError, FileNotFoundError):
    """No framework has this id; the message lists the known ones."""


class Problem(NamedTuple):
    """What is wrong: the kind and code of the item, empty for the whole file, and the text."""

    kind: str
    code: str
    text: Text

    @classmethod
    def of(cls, kind: str, code: str, key: str, **fields: object) -> "Problem":
        return cls(kind, code, message(f"framework_file.{key}", **fields))

    @property
    def text_with_place(self) -> Text:
        if self.kind in ("", "id"):
            return self.text
        return message(f"framework_place.{self.kind}", code=self.code, text=self.text)


@dataclass(frozen=True, eq=False)
class BoundFramework:
    """A framework whose components know their rules; equal to itself only, so a key of caches."""

    file: Framework
    components: tuple[ScoredComponent, ...]
    content_hash: str

    @property
    def id(self) -> str:
        return self.file.id

    @cached_property
    def by_code(self) -> dict[str, ScoredComponent]:
        return {component.code: component for component in self.components}

    @cached_property
    def by_printed_code(self) -> dict[str, ScoredComponent]:
        return {component.printed_code: component for component in self.components}

    @cached_property
    def general(self) -> ScoredComponent:
        """Return the general information, as a component without rule and points."""
        component = Component(
            code=GENERAL,
            main="",
            points=Fraction(0),
            name_vi="Thông tin chung",
            name_en="General information",
            basis="official",
            variables=self.file.general,
            not_applicable=NotApplicable(treatment="zero"),
        )
        columns = {name: f"{GENERAL}.{name}" for name in self.file.general}
        return ScoredComponent(component=component, parts=(), columns=columns)

    @property
    def asked(self) -> tuple[ScoredComponent, ...]:
        """Return what figures are asked for: general information, then the components."""
        return (self.general, *self.components)

    @property
    def variables(self) -> Iterator[tuple[ScoredComponent, str, Variable]]:
        """Yield every variable that is asked for, with its component and name."""
        for component in self.asked:
            for name, variable in component.component.variables.items():
                yield component, name, variable

    def component_of(self, code: str) -> ScoredComponent | None:
        """Return the component of a code, or of a printed code; None where there is none."""
        if code == GENERAL:
            return self.general
        return self.by_code.get(code) or self.by_printed_code.get(code)

    @cached_property
    def headings(self) -> dict[str, Heading]:
        return {heading.code: heading for heading in self.file.headings}

    @cached_property
    def mains(self) -> dict[str, Main]:
        return {main.code: main for main in self.file.mains}

    def of_main(self, main_code: str) -> tuple[ScoredComponent, ...]:
        return tuple(c for c in self.components if c.component.main == main_code)

    @property
    def names(self) -> dict[str, Text]:
        return {component.code: component.component.name for component in self.components}

    @cached_property
    def uses(self) -> pl.DataFrame:
        """Which component uses which variable, borrowed ones included.

        Columns: component_code and variable where the figure is delivered, user_code.
        """
        rows = [
            (*column.rsplit(".", 1), component.code)
            for component in self.components
            for column in component.columns.values()
        ]
        names = ("component_code", "variable", "user_code")
        return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row")

    @cached_property
    def maximum(self) -> int:
        """Return the nominal maximum of the counted mains, in micro-points."""
        return sum(as_micro(main.points) for main in self.file.mains if main.counted)

    @cached_property
    def n_own_variables(self) -> int:
        """Count the variables that need a figure of their own; borrowed ones are left out."""
        return sum(c.is_scored and not variable.is_borrowed for c, _, variable in self.variables)


def framework_path(framework_id: str, *, search: Sequence[Path]) -> Path:
    """Find a framework's file: the user's folders first, then the package's own."""
    folders = [*search, Path(__file__).parent]
    path = find_file(framework_id, folders)
    if path is None:
        names = file_names(folders)
        raise UnknownFrameworkError("framework_file.unknown", framework=framework_id, known=names)
    return path


def load_framework(framework_id: str, *, search: Sequence[Path] = ()) -> BoundFramework:
    return read_framework(framework_path(framework_id, search=search))


def read_framework(path: Path, content: bytes | None = None) -> BoundFramework:
    """Read and check one framework file, or what was recorded of it."""
    try:
        return _bound(Path(path.name), path.read_bytes() if content is None else content)
    except FileError as error:
        raise FileError(path, error.problems) from None


# A run asks for the same framework at every stage, laid out elsewhere: only name and bytes count.
@lru_cache(maxsize=16)
def _bound(path: Path, raw: bytes) -> BoundFramework:
    file, faults = parse_in_part(raw, path, model=Framework)
    if file is None:
        raise FileError(path, faults)
    # What does not fit together is told of whole files: a malformed item explains it.
    is_whole = not faults
    problems = list(_whole_problems(file, path)) if is_whole else []
    bound: list[ScoredComponent] = []
    for component in file.components:
        try:
            bound.append(_bind(component))
        except SettingError as error:
            problems.append(Problem("component", component.code, error.text))
    for scored in bound:
        texts = _component_texts(scored, file, is_whole=is_whole)
        problems += [Problem("component", scored.code, text) for text in texts]
    if problems or faults:
        text = raw.decode("utf-8-sig")
        lines = [(_line(problem, text), problem.text_with_place) for problem in problems]
        raise FileError(path, [*faults, *lines])
    return BoundFramework(file=file, components=tuple(bound), content_hash=sha256(raw).hexdigest())


def _line(problem: Problem, text: str) -> int:
    if not problem.kind:
        return 0
    part, key = _PARTS.get(problem.kind, (problem.kind, "code"))
    items = tomllib.loads(text).get(part)
    if isinstance(items, dict):
        return line_of((part, problem.code), text)
    codes = [str(item.get(key)) for item in items] if isinstance(items, list) else []
    return line_of((part, codes.index(problem.code)) if problem.code in codes else (part,), text)


def imagined(file: Framework) -> BoundFramework:
    """Bind a framework that no file holds: a checked one with other points."""
    return BoundFramework(file, tuple(map(_bind, file.components)), content_hash="")


def _whole_problems(file: Framework, path: Path) -> Iterator[Problem]:
    """Yield what does not fit between mains, pillars, components, tables and bands."""
    if file.id != path.stem:
        yield Problem("id", "", message("file.other_name", id=file.id, name=path.stem))
    mains = {main.code: main for main in file.mains}
    for kind, (part, key) in _PARTS.items():
        codes = [GENERAL] if kind == "component" else []
        codes += [str(code) for item in getattr(file, part) if (code := getattr(item, key))]
        repeated = sorted(code for code, times in Counter(codes).items() if times > 1)
        yield from (Problem.of(kind, code, "repeated") for code in repeated)
    yield from _concept_problems("main", file.mains)
    yield from _concept_problems("pillar", file.pillars)
    widths = sorted({len(component.code) for component in file.components})
    if len(widths) > 1:
        yield Problem("", "", message("framework_file.widths", widths=str(widths)))
    for component in file.components:
        if component.main not in mains:
            yield Problem.of(
                "component", component.code, "no_main", main=component.main, mains=mains
            )
    if not file.components or not any(main.counted for main in file.mains):
        yield Problem.of("", "", "none_counted")
    for code in sorted(_RESERVED.intersection(mains)):
        yield Problem.of("main", code, "reserved", codes=sorted(_RESERVED))
    for pillar in file.pillars:
        for code, times in Counter(pillar.mains).items():
            if code not in mains:
                yield Problem.of("pillar", pillar.code, "no_main", main=code, mains=mains)
            elif times > 1:
                yield Problem.of("pillar", pillar.code, "main_twice", main=code)
    for table in file.tables:
        yield from (Problem("table", table.id, text) for text in _table_texts(table))
    yield from _heading_problems(file)
    yield from _basis_problems(file)
    for name, variable in file.general.items():
        if variable.is_borrowed:
            yield Problem.of("general", name, "borrowed_general")
        sources = _source_problems(variable.source, (GENERAL, name), file)
        for text in (*sources, *_kind_problems(variable, file)):
            yield Problem("general", name, text)
    for main in file.mains:
        total = sum((c.points for c in file.components if c.main == main.code), Fraction(0))
        if total != main.points:
            yield Problem.of(
                "main", main.code, "main_sum", total=show(total), points=show(main.points)
            )
    for kind, bands in (("component_bands", file.component_bands), ("unit_bands", file.unit_bands)):
        yield from (Problem(kind, "", text) for text in band_problems(bands))


def _table_texts(table: CentralTable) -> Iterator[Text]:
    headers = [table.unit_column, *(column.header for column in table.columns.values())]
    if len(set(headers)) < len(headers):
        yield message("framework_file.same_header", headers=headers)
    if table.identity and len(set(table.identity)) < max(2, len(table.identity)):
        yield message("framework_file.short_identity")


def _concept_problems(kind: str, items: Sequence[Main | Pillar]) -> Iterator[Problem]:
    """Yield items whose concept is an earlier one's: years could not tell the two apart."""
    owners: dict[str, str] = {}
    for item in items:
        owner = owners.setdefault(item.concept, item.code)
        if owner != item.code:
            yield Problem.of(kind, item.code, "repeated_concept", concept=item.concept, other=owner)


def _bind(component: Component) -> ScoredComponent:
    maximum = as_micro(component.points)
    if (component.rule is None) == (not component.parts):
        raise SettingError("framework_file.rule_or_parts")
    columns = {
        name: ".".join(variable.origin if variable.is_borrowed else (component.code, name))
        for name, variable in component.variables.items()
    }
    if component.rule is not None:
        rules = {component.code: (build_rule(component.rule), maximum)}
    else:
        rules = {
            f"{component.code}#{number}": _part(part, component, number + 1)
            for number, part in enumerate(component.parts)
        }
    parts = (
        ScoredPart(rule, points, key, columns, component.variables)
        for key, (rule, points) in rules.items()
    )
    return ScoredComponent(component=component, parts=tuple(parts), columns=columns)


def _part(part: Part, component: Component, number: int) -> tuple[Rule, int]:
    """Return a part's rule and maximum in micro-points."""
    try:
        if (part.share is None) == (part.points is None):
            raise SettingError("framework_file.share_or_points")
        points = part.share * component.points if part.share is not None else part.points
        assert points is not None
        return build_rule(part.rule), as_micro(points)
    except SettingError as error:
        text = message("framework_file.in_part", number=number, text=error.text)
        raise SettingError(text) from None


def _component_texts(bound: ScoredComponent, file: Framework, *, is_whole: bool) -> Iterator[Text]:
    """Yield what is wrong inside one component; whole files also where a figure comes from."""
    component = bound.component
    names = dict.fromkeys(name for part in bound.parts for name in part.rule.names())
    undescribed = [name for name in names if name not in component.variables]
    for name in undescribed:
        yield message("framework_file.undescribed", name=name)
    for name in component.variables:
        if name not in names:
            yield message("framework_file.unused", name=name)
    if undescribed:
        return
    for part in bound.parts:
        kind = part.rule.kind_name()
        for text in part.rule.problems(part):
            yield message("framework_file.in_rule", kind=kind, text=text)
    top = sum(part.maximum for part in bound.parts)
    if component.cap is not None and len(bound.parts) == 1:
        yield message("framework_file.cap_without_parts")
    if not bound.is_outside and component.cap is None and top != bound.maximum:
        points = show(component.points)
        yield message("framework_file.parts_sum", total=f"{top / 1e6:g}", points=points)
    if bound.is_outside and component.points != 0:
        yield message("framework_file.outside")
    for name, variable in component.variables.items():
        if name in bound.denominators and not _is_bounded(variable, file):
            yield message("framework_file.denominator", name=name)
        if variable.kind == "choice" and not variable.options:
            yield message("framework_file.no_options", name=name)
        start = (component.code, name)
        sources = _source_problems(variable.source, start, file) if is_whole else ()
        for text in (*sources, *_kind_problems(variable, file)):
            yield message("framework_file.in_variable", name=name, text=text)


def _heading_problems(file: Framework) -> Iterator[Problem]:
    """Yield headings that are missing, or whose maximum is not that of their components."""
    codes = {heading.code for heading in file.headings}
    for component in file.components:
        if component.heading and component.heading not in codes:
            yield Problem.of("component", component.code, "no_heading", heading=component.heading)
    for heading in file.headings:
        below = [component for component in file.components if component.heading == heading.code]
        total = sum((component.points for component in below), Fraction(0))
        if total != heading.points:
            points = show(heading.points)
            yield Problem.of(
                "heading", heading.code, "heading_sum", total=show(total), points=points
            )
        if len({component.main for component in below}) > 1:
            yield Problem.of("heading", heading.code, "heading_of_two")


def _basis_problems(file: Framework) -> Iterator[Problem]:
    """Yield legal bases and supplied figures that the file does not have."""
    ids = {basis.id for basis in file.legal_bases}
    for basis in file.legal_bases:
        if basis.ended_by and basis.ended_by not in ids:
            yield Problem.of("legal_basis", basis.id, "ended_by", name=basis.ended_by)
    for component in file.components:
        for name in component.legal_bases:
            if name not in ids:
                yield Problem.of("component", component.code, "no_legal_basis", name=name)
        for supply in component.supplies:
            if supply.variable not in component.variables:
                yield Problem.of("component", component.code, "no_supply", name=supply.variable)


def _origin(variable: Variable, file: Framework) -> Variable | TableColumn:
    """Return the column or variable that a figure comes from; itself where it is reported."""
    owner, name = variable.origin
    if variable.is_borrowed:
        component = next((c for c in file.components if c.code == owner), None)
        return component.variables.get(name, variable) if component else variable
    table = next((table for table in file.tables if table.id == owner), None)
    return table.columns.get(name, variable) if variable.is_central and table else variable


def _kind_problems(variable: Variable, file: Framework) -> Iterator[Text]:
    """Yield figures that their source holds on another scale than the rule reads them on."""
    there, here = _origin(variable, file).kind, variable.kind
    if there != here and not {there, here} <= {"count", "amount"}:
        source = variable.source
        yield message("framework_file.other_kind", source=source, there=there, here=here)


def _is_bounded(variable: Variable, file: Framework) -> bool:
    """Say whether a figure cannot be negative: by its bounds, or because it counts something."""
    figure = _origin(variable, file)
    if figure.minimum is None:
        return figure.kind == "count"
    return figure.minimum >= 0


def _source_problems(source: str, start: tuple[str, str], file: Framework) -> Iterator[Text]:
    """Yield what is wrong with a variable's source; follows borrowed figures to their origin."""
    components = {component.code: component for component in file.components}
    steps = [start]
    while source.startswith("component:"):
        code, _, name = source.removeprefix("component:").partition(".")
        if code not in components or name not in components[code].variables:
            yield message("framework_file.nowhere", source=source)
            return
        if (code, name) in steps:
            chain = " → ".join(f"{c}.{n}" for c, n in [*steps, (code, name)])
            yield message("framework_file.cycle", chain=chain)
            return
        steps.append((code, name))
        source = components[code].variables[name].source
    if len(steps) > 2:
        yield message("framework_file.borrowed_twice", origin=".".join(steps[-1]))
    if source.startswith("central:"):
        table_id, _, column = source.removeprefix("central:").partition(".")
        table = next((table for table in file.tables if table.id == table_id), None)
        if table is None:
            yield message("framework_file.no_table", source=source, table=table_id)
        elif column not in table.columns:
            yield message("framework_file.no_column", source=source, table=table_id, column=column)
    elif source != "self_report":
        yield message("framework_file.unknown_source", source=source)
