"""What a form's hidden sheet says: which form it is, of whom, and whether it may be used."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from dti_pipeline.index.frameworks.load import BoundFramework
from dti_pipeline.intake.files.cells import Sheet
from dti_pipeline.intake.forms.layout import FORM_VERSION, META_SHEET
from dti_pipeline.intake.place import Place
from schemas.columns import DATA_BASES
from schemas.files.assessment import Assessment
from schemas.issues.issue import Issue
from schemas.text import Text

_ALLOWED: Final = ("cho phép:", "allowed:")
_META_KEYS: Final = ("form_version", "assessment_id", "framework_id", "framework_hash", "unit_id")


def read_meta(sheets: Sequence[Sheet]) -> dict[str, str]:
    """Read the hidden sheet; empty where it is missing."""
    for sheet in sheets:
        if sheet.name == META_SHEET:
            pairs = [(row.get(1), row.get(2)) for _, row in sorted(sheet.rows.items())]
            return {
                key.text.strip(): value.text.strip() if value else ""
                for key, value in pairs
                if key is not None and key.text.strip()
            }
    return {}


def meta_issues(
    meta: Mapping[str, str],
    *,
    assessment: Assessment,
    framework: BoundFramework,
    place: Place,
) -> Iterator[Issue]:
    """Yield what the hidden sheet says against using this workbook."""
    place = place._replace(source_sheet=META_SHEET)
    if missing := [key for key in _META_KEYS if not meta.get(key)]:
        names = ", ".join(missing)
        change = Text(f"trang ẩn {META_SHEET} thiếu {names}", f"hidden {META_SHEET} lacks {names}")
        yield place.issue("report.form_changed", change=change)
        return
    if meta["form_version"] != FORM_VERSION:
        change = Text(
            f"phiên bản biểu mẫu {meta['form_version']}, cần {FORM_VERSION}",
            f"form version {meta['form_version']}, needed is {FORM_VERSION}",
        )
        yield place.issue("report.form_changed", change=change)
    for key, expected in (("assessment_id", assessment.id), ("framework_id", framework.id)):
        if meta[key] != expected:
            yield place.issue("report.wrong_framework", found=meta[key], expected=expected)
    basis = meta.get("data_basis", "")
    if basis and basis not in DATA_BASES:
        allowed = ", ".join(DATA_BASES)
        change = Text(*(f"data_basis “{basis}”, {word} {allowed}" for word in _ALLOWED))
        yield place.issue("report.form_changed", change=change)


def other_hash(
    meta: Mapping[str, str], framework: BoundFramework, place: Place, *, is_grave: bool
) -> Issue:
    """Say that the framework file has changed since; only other questions make it grave."""
    return place._replace(source_sheet=META_SHEET).issue(
        "report.wrong_framework" if is_grave else "report.framework_changed",
        found=f"{framework.id} ({meta['framework_hash'][:12]})",
        expected=f"{framework.id} ({framework.content_hash[:12]})",
    )
