"""From the annex of a decision to a draft framework file, with what is still to be decided.

Every question stands as a comment above its place in the file, and is returned with its line.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
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
_Lines = Iterator[str | Text]  # of the file; a text is a question and becomes a comment


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
    parts = (
        _head(framework_id, level=level, title=title, decision=decision, source=source),
        _mains(mains, basis, source),
        _headings(mains, basis),
        _components(mains, basis, source),
    )
    lines = list(chain.from_iterable(parts))
    questions = [(n, line) for n, line in enumerate(lines, start=1) if isinstance(line, Text)]
    texts = (f"# CÂU HỎI: {line.vi}" if isinstance(line, Text) else line for line in lines)
    return Draft("\n".join(texts) + "\n", questions)


def _head(framework_id: str, *, level: str, title: str, decision: str, source: str) -> _Lines:
    yield "# Bản nháp từ bảng; mỗi dòng “CÂU HỎI” cần quyết định, xong thì xóa."
    yield "# Made from a table: settle every CÂU HỎI (question), then delete its line."
    yield from _keys(id=framework_id, level=level, title_vi=title)
    if not decision:
        yield message("draft.decision")
    yield from _keys(decision=decision, source=source)


def _mains(mains: Sequence[AnnexMain], basis: Basis, source: str) -> _Lines:
    concepts: set[str] = set()
    for main in mains:
        item, total = main.item, _total(main.components)
        yield from ("", "[[mains]]")
        name, words = label_key(item.name), annex_words()["concepts"].items()
        concept = next((concept for word, concept in words if word in name), None)
        if concept is None or concept in concepts:
            yield message("draft.concept", name=item.name)
        concepts.add(concept or "foundation_other")
        if item.points is not None and item.points != total:
            yield message("draft.sum_differs", points=show(item.points), total=show(total))
        yield from _keys(
            code=item.code,
            concept=concept or "foundation_other",
            **_names(item),
            points=total if item.points is None else item.points,
            group="activity" if concept in _ACTIVITIES else "foundation",
            basis=basis,
            source=source,
        )


def _headings(mains: Sequence[AnnexMain], basis: Basis) -> _Lines:
    for main in mains:
        for item in main.headings:
            yield from ("", "[[headings]]")
            if not item.name:
                yield message("draft.heading", code=item.code)
            yield from _keys(
                code=item.code,
                name_vi=item.name or f"Đề mục {item.code}",
                points=_total(below for below in main.components if below.heading == item.code),
                basis=basis if item.name else "illustrative",
            )


def _components(mains: Sequence[AnnexMain], basis: Basis, source: str) -> _Lines:
    codes = _codes(mains)
    for main in mains:
        for item in main.components:
            yield from ("", "[[components]]")
            if item.points is None:
                yield message("draft.no_maximum")
            points = item.points or Fraction(0)
            draft = draft_rule(item.rule, name=item.name, points=points)
            if item.rule:
                yield f"# Cách tính theo bảng: {' '.join(item.rule.split())}"
            yield from draft.questions
            code = codes[item.code]
            needs_evidence = not _NOT_AT_HAND.fullmatch(label_key(item.evidence))
            yield from _keys(
                code=code,
                printed_code=item.code if item.code != code else None,
                main=main.item.code,
                heading=item.heading or None,
                points=points,
                **_names(item),
                basis="illustrative" if item.points is None else basis,
                source=item.source or source,
                evidence="required" if needs_evidence else None,
                rule=draft.rule,
            )
            for name, variable in draft.variables.items():
                yield from ("", f"[components.variables.{name}]")
                yield from _keys(**variable)


def _keys(**values: Any) -> Iterator[str]:
    for key, value in values.items():
        if value is not None:
            yield f"{key} = {_toml(value)}"


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
