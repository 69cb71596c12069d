"""Say in the words of the issue catalogue why a file was not read."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from dti_pipeline.index.csv_rows import Finding
from dti_pipeline.intake.files.deliveries import Delivery
from dti_pipeline.intake.files.os_errors import in_words
from schemas.issues.issue import Issue, make
from schemas.text import Text
from schemas.words import words_of

_Details = Mapping[str, Any]


def _megabytes(size: Any) -> str:
    return f"{int(size) / 2**20:.1f} MB"


def _size(details: _Details) -> dict[str, Any]:
    return {"size": _megabytes(details["bytes"]), "limit": _megabytes(details["limit"])}


_LINE: Final = ("dòng", "line")
# Finding → rule of the catalogue and its details; what is not listed is ``file.unreadable``.
_RULES: Final[Mapping[str, tuple[str, Callable[[_Details], dict[str, Any]]]]] = {
    "file.outside_root": ("file.symlink_outside", lambda _: {}),
    "file.symlink_outside": ("file.symlink_outside", lambda _: {}),
    "file.too_many_rows": ("file.too_many_rows", lambda d: {"limit": d["limit"]}),
    "file.too_large": ("file.too_large", _size),
    "file.unpacks_too_large": ("file.too_large", _size),
    "file.unknown_kind": ("file.not_a_workbook", lambda d: {"what": d["suffix"]}),
    "file.not_a_workbook": ("file.not_a_workbook", lambda _: {"what": "zip/xml"}),
    "file.legacy_workbook": ("file.not_a_workbook", lambda _: {"what": ".xls (Excel 97-2003)"}),
    "file.encrypted": ("file.encrypted", lambda _: {}),
    "file.too_many_members": (
        "file.members",
        lambda d: {"count": d["members"], "limit": d["limit"]},
    ),
    "file.compression_ratio": (
        "file.compression",
        lambda d: {"ratio": d["ratio"], "limit": d["limit"]},
    ),
    "file.macro": ("file.macro", lambda d: {"what": d["part"]}),
    "file.external_link": (
        "file.external_link",
        lambda d: {"what": f"{d['part']} {d['target']}".strip()},
    ),
    "file.entity": ("file.entity", lambda d: {"what": d["part"]}),
    "file.encoding": (
        "file.encoding",
        lambda d: {"what": Text(*(f"{word} {d['line']}, byte {d['byte']}" for word in _LINE))},
    ),
    "file.converted": ("file.converted", lambda d: {"encoding": d["encoding"]}),
    "file.legacy_text": (
        "file.legacy_text",
        lambda d: {"encoding": d["encoding"], "names": d["names"]},
    ),
    "file.separator_unclear": (
        "file.separator_unclear",
        lambda d: {"signs": d["separators"]},
    ),
    "csv.may_be_cut": ("file.may_be_cut", lambda d: {"raw": d["text"]}),
    "file.reading_timeout": ("file.timeout", lambda d: {"seconds": d["seconds"]}),
    "file.reading_memory": ("file.memory", lambda d: {"limit": _megabytes(d["bytes"])}),
}

# Headers that are blank or repeated matter only if the table needs them, and then it says so.
_HARMLESS: Final = frozenset({"csv.header_blank", "csv.header_repeated"})


def file_issue(
    finding: Finding,
    delivery: Delivery,
    *,
    unit_id: str | None = None,
    unit_name: str | None = None,
) -> Issue | None:
    """Turn a finding about a delivered file into an issue; None where it harms nobody.

    Unit and name are those of the sender, where the file's name tells them.
    """
    if finding.code in _HARMLESS:
        return None
    if finding.code in _RULES:
        rule_id, details = _RULES[finding.code]
        return make(
            rule_id,
            unit_id=unit_id,
            unit_name=unit_name,
            source_file=delivery.path,
            source_cell=str(finding.details["cell"]) if "cell" in finding.details else None,
            **details(finding.details),
        )
    row = finding.details.get("row") or finding.details.get("line")
    return make(
        "file.unreadable",
        unit_id=unit_id,
        unit_name=unit_name,
        source_file=delivery.path,
        source_cell=f"row {row}" if row else None,
        what=file_words(finding),
    )


def file_words(finding: Finding) -> Text:
    """Say what is wrong, with the finding's details, and what to do where the catalogue does."""
    if finding.code in _RULES:
        rule_id, details = _RULES[finding.code]
        issue = make(rule_id, **details(finding.details))
        return Text(issue.message_vi, issue.message_en)
    what = words_of("file_faults").get(finding.code, Text(finding.code, finding.code))
    names = words_of("file_details")
    texts = [
        in_words(str(detail))
        if key == "reason"
        else Text(*(f"{name} {detail}" for name in names.get(key, (key, key))))
        for key, detail in finding.details.items()
        if detail != ""
    ]
    if not texts:
        return what
    return Text(*(f"{what[side]} ({', '.join(text[side] for text in texts)})" for side in (0, 1)))
