"""Which component a code means that is not written exactly: `101` or `1.1` for `0101`."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches

from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.index.rules.component import ScoredComponent
from dti_pipeline.intake.files.cells import CellType
from dti_pipeline.intake.place import Place
from dti_pipeline.intake.tables.rows import Row
from schemas.issues.issue import Issue
from schemas.messages import nearest
from schemas.text import Text


def component_of(row: Row, framework: BoundFramework) -> ScoredComponent | None:
    """Return the component that a row names by its code or printed code.

    A printed code that was typed as a number has lost the zeros at its end: 4.1 may be 4.10.
    """
    text = row.text("component_code")
    if row.label("component_code").cell_type is CellType.NUMBER:
        return framework.by_code.get(text)
    return framework.component_of(text)


def _nearest_codes(text: str, framework: BoundFramework) -> list[str]:
    """Return the codes a wrong code may have been: those of its number, else those spelt alike."""
    mains = printed_mains(framework)
    return codes_of_number(text, mains, lost_zeros=True) or get_close_matches(
        text, list(mains), n=3, cutoff=0.5
    )


def unknown_component(
    place: Place, code: str, framework: BoundFramework, candidates: Collection[str] = ()
) -> Issue:
    """Refuse a code; candidates are its printed codes where it may be several."""
    return place.issue(
        "component.unknown",
        raw_text=code,
        code=code,
        framework=framework.id,
        nearest=nearest(candidates or _nearest_codes(code, framework)),
    )


def unknown_variable(place: Place, name: str, variables: Collection[str]) -> Issue:
    return place.issue(
        "variable.unknown",
        raw_text=name or None,
        component=place.component_code,
        name=name or Text("(không ghi)", "(not given)"),
        candidates=", ".join(variables) or "–",
    )


def printed_mains(framework: BoundFramework) -> dict[str, str]:
    """Return printed code → main code."""
    return {code: bound.component.main for code, bound in framework.by_printed_code.items()}


def codes_of_number(text: str, mains: Mapping[str, str], *, lost_zeros: bool) -> list[str]:
    """Return the codes that a number such as ``101``, ``1.1`` or ``1,10`` can stand for.

    ``mains`` is code → main code. With ``lost_zeros``, as of typed numbers, 1.1 may be 1.10.
    """
    parts = text.replace(",", ".").split(".")
    if not all(part.isascii() and part.isdigit() for part in parts) or len(parts) > 2:
        return []
    if len(parts) == 2 and lost_zeros and not int(parts[1]):
        parts = parts[:1]
    number = int(parts[0])
    if len(parts) == 1:
        return [code for code in mains if _number(code) == number]
    ends = {int(parts[1])} | ({int(parts[1]) * 10} if lost_zeros else set())
    return [
        code
        for code, main in mains.items()
        if _number(main) == number
        and any(
            _number(code[:cut]) == number and _number(code[cut:].lstrip(".")) in ends
            for cut in range(1, len(code))
        )
    ]


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None
