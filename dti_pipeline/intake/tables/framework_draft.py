"""From the annex of a decision to a draft framework file, with what is still to be decided.

Every question stands as a comment above its place in the file, and is returned with its line.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from dti_pipeline.exact import show
from dti_pipeline.intake.tables.annex import AnnexItem, AnnexMain, annex_words
from dti_pipeline.intake.tables.rule_words import draft_rule
from dti_pipeline.intake.text_keys import label_key
from schemas.codes import Basis
from schemas.messages import message
from schemas.text import Text

_ACTIVITIES: Final = ("government", "economy", "society")
_NOT_AT_HAND: Final = re.compile(r"(khong|khong yeu cau|khong co|none|no)?")


@dataclass(frozen=True)
class Draft:
    """The text of a draft, and its questions with their lines."""

    text: str
    questions: Sequence[tuple[int, Text]]


def draft_framework(
    mains: Sequence[AnnexMain],
    *,
    framework_id: str,
    level: str,
    title: str,
    decision: str,
    source: str,
    basis: Basis,
) -> Draft:
    """Write the file of a level's framework with a title in Vietnamese.

    ``decision`` is its number and date, empty where they are not at hand; ``source`` is where the
    table comes from, ``basis`` how sure its names and points are.
    """
    writer = _Writer(source, basis, _codes(mains))
    writer.head(framework_id, level=level, title=title, decision=decision)
    for main in mains:
        writer.main(main)
    for main in mains:
        for heading in main.headings:
            writer.heading(heading, main)
    for main in mains:
        for component in main.components:
            writer.component(component, main)
    return Draft("\n".join(writer.lines) + "\n", writer.questions)


class _Writer:
    def __init__(self, source: str, basis: Basis, codes: Mapping[str, str]) -> None:
        self.source, self.basis, self.codes = source, basis, codes
        self.lines: list[str] = []
        self.questions: list[tuple[int, Text]] = []
        self._concepts: set[str] = set()

    def head(self, framework_id: str, *, level: str, title: str, decision: str) -> None:
        self._comment("Bản nháp từ bảng; mỗi dòng “CÂU HỎI” cần quyết định, xong thì xóa.")
        self._comment("Made from a table: settle every CÂU HỎI (question), then delete its line.")
        self._keys(id=framework_id, level=level, title_vi=title)
        if not decision:
            self._ask(message("draft.decision"))
        self._keys(decision=decision, source=self.source)

    def main(self, main: AnnexMain) -> None:
        item, total = main.item, _total(main.components)
        self._table("[[mains]]")
        name, concepts = label_key(item.name), annex_words()["concepts"].items()
        concept = next((concept for words, concept in concepts if words in name), None)
        if concept is None or concept in self._concepts:
            self._ask(message("draft.concept", name=item.name))
        self._concepts.add(concept or "foundation_other")
        if item.points is not None and item.points != total:
            self._ask(message("draft.sum_differs", points=show(item.points), total=show(total)))
        self._keys(
            code=item.code,
            concept=concept or "foundation_other",
            **_names(item),
            points=total if item.points is None else item.points,
            group="activity" if concept in _ACTIVITIES else "foundation",
            basis=self.basis,
            source=self.source,
        )

    def heading(self, item: AnnexItem, main: AnnexMain) -> None:
        total = _total(below for below in main.components if below.heading == item.code)
        self._table("[[headings]]")
        if not item.name:
            self._ask(message("draft.heading", code=item.code))
        self._keys(
            code=item.code,
            name_vi=item.name or f"Đề mục {item.code}",
            points=total,
            basis=self.basis if item.name else "illustrative",
        )

    def component(self, item: AnnexItem, main: AnnexMain) -> None:
        self._table("[[components]]")
        points, basis = item.points, self.basis
        if points is None:
            self._ask(message("draft.no_maximum"))
            points, basis = Fraction(0), "illustrative"
        draft = draft_rule(item.rule, name=item.name, points=points)
        if item.rule:
            self._comment(f"Cách tính theo bảng: {' '.join(item.rule.split())}")
        for question in draft.questions:
            self._ask(question)
        code = self.codes[item.code]
        needs_evidence = not _NOT_AT_HAND.fullmatch(label_key(item.evidence))
        self._keys(
            code=code,
            printed_code=item.code if item.code != code else None,
            main=main.item.code,
            heading=item.heading or None,
            points=points,
            **_names(item),
            basis=basis,
            source=item.source or self.source,
            evidence="required" if needs_evidence else None,
            rule=draft.rule,
        )
        for name, variable in draft.variables.items():
            self._table(f"[components.variables.{name}]")
            self._keys(**variable)

    def _table(self, header: str) -> None:
        self.lines += ["", header]

    def _comment(self, text: str) -> None:
        self.lines.append(f"# {text}")

    def _ask(self, text: Text) -> None:
        self._comment(f"CÂU HỎI: {text.vi}")
        self.questions.append((len(self.lines), text))

    def _keys(self, **values: Any) -> None:
        pairs = ((key, value) for key, value in values.items() if value is not None)
        self.lines += [f"{key} = {_toml(value)}" for key, value in pairs]


def _names(item: AnnexItem) -> dict[str, str | None]:
    return {"name_vi": item.name, "name_en": item.name_en or None}


def _total(items: Iterable[AnnexItem]) -> Fraction:
    return sum((item.points or Fraction(0) for item in items), Fraction(0))


def _codes(mains: Sequence[AnnexMain]) -> dict[str, str]:
    """Return printed code → code of one width: 4.22.1 is 042201, and 1.1 then is 010100."""
    printed = [item.code for main in mains for item in main.components]
    depth = max((code.count(".") + 1 for code in printed), default=1)
    places = {main.item.code: number for number, main in enumerate(mains, start=1)}
    codes = {}
    for number, code in enumerate(printed, start=1):
        main, *steps = code.split(".")
        steps = [str(places.get(main, main)), *steps]
        is_numbered = all(step.isdecimal() and int(step) < 100 for step in steps)
        digits = "".join(f"{int(step):02d}" for step in steps) if is_numbered else ""
        codes[code] = digits.ljust(2 * depth, "0") if digits else f"{number:0{2 * depth}d}"
    return codes


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{key} = {_toml(item)}" for key, item in value.items())
        return f"{{ {pairs} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, Fraction):
        return show(value) if value.denominator == 1 else json.dumps(show(value))
    return json.dumps(value, ensure_ascii=False)
