"""An assessment without a file."""

from schemas.files.assessment import Assessment


def assessment(name: str, *, level: str, unit_set: str, **more: object) -> Assessment:
    """Return an assessment of the calendar year in which its name ends."""
    year = name[-4:]
    return Assessment.model_validate(
        {
            "id": name,
            "level": level,
            "year": int(year),
            "title_vi": "Thử",
            "title_en": "Test",
            "unit_set": unit_set,
            "period_start": f"{year}-01-01",
            "period_end": f"{year}-12-31",
            **more,
        }
    )
