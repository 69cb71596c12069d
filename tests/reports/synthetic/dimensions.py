"""What a made-up assessment is about: units, indicators, revisions."""

from datetime import date
from typing import Any

import polars as pl

from tests.reports.synthetic.figures import MICRO, Figures, Shape


def unit_rows(figures: Figures) -> pl.DataFrame:
    shape = figures.shape
    return pl.DataFrame(
        {
            "unit_id": figures.ids,
            "unit_set": shape.unit_set,
            "official_code": [str(place) for place in range(shape.units)],
            "name_vi": figures.names,
            "name_en": figures.names,
            "name_ascii": [
                {"Ninh Bình": "Ninh Binh", "Đắk Lắk": "Dak Lak"}.get(name, f"Unit {place + 1}")
                for place, name in enumerate(figures.names)
            ],
            "group_code": figures.group,
            "region_code": figures.region,
            "region_name": [f"Vùng {code}" for code in figures.region],
            "region_name_en": [f"Region {code}" for code in figures.region],
            "tile_row": [place // 9 if shape.units < 100 else None for place in range(shape.units)],
            "tile_col": [place % 9 if shape.units < 100 else None for place in range(shape.units)],
        }
    )


def tile_rows(figures: Figures) -> pl.DataFrame:
    rows = [
        {"tile_row": row, "tile_col": 11, "label_vi": vi, "label_en": en}
        for row, vi, en in ((1, "Hoàng Sa", "Hoang Sa"), (3, "Trường Sa", "Truong Sa"))
    ]
    return pl.DataFrame(rows).with_columns(unit_set=pl.lit(figures.shape.unit_set))


def indicator_rows(figures: Figures) -> pl.DataFrame:
    bases = ("official", "inferred", "illustrative")
    rows: list[dict[str, Any]] = [_indicator("overall", "DTI", "Tổng", figures.total_max)]
    for main, codes in enumerate(figures.codes):
        rows.append(
            _indicator("main", str(main + 1), f"Chỉ số {main + 1}", int(figures.main_max[main]))
            | {"counted": main in figures.counted, "concept": f"concept_{main + 1}"}
        )
        rows += [
            _indicator("component", code, f"Thành phần {code}", int(figures.maxima[main, part]))
            | {
                "counted": main in figures.counted,
                "main_code": str(main + 1),
                "basis": bases[part % 3],
                "rule_kind": "ratio",
                "rule_text_vi": f"Điểm = a / b × {figures.maxima[main, part] // MICRO}.",
                "rule_text_en": f"Points = a / b × {figures.maxima[main, part] // MICRO}.",
                "lead_role": "Phòng Văn hóa - Xã hội",
                "lead_role_en": "Culture and society",
                "source_kind": "self_report",
            }
            for part, code in enumerate(codes)
        ]
    return pl.DataFrame(rows, infer_schema_length=None).with_row_index("sort_order")


def _indicator(level: str, code: str, name: str, maximum: int) -> dict[str, Any]:
    return {
        "indicator_level": level,
        "indicator_code": code,
        "printed_code": code,
        "name_vi": name,
        "name_en": f"{name} in English",
        "max_points": maximum / MICRO,
        "max_points_micro": maximum,
        "counted": True,
        "basis": "illustrative",
    }


def assessment_rows(figures: Figures) -> pl.DataFrame:
    shape = figures.shape
    broken = shape.comparability != "none"
    return pl.DataFrame(
        {
            "title_vi": [f"Chỉ số thử {shape.assessment_id}"],
            "title_en": [f"Made-up index {shape.assessment_id}"],
            "unit_set": [shape.unit_set],
            "compared_with": [shape.compared_with],
            "comparability": [shape.comparability],
            "break_vi": ["Đổi bộ chỉ số thử nghiệm." if broken else None],
            "break_en": ["The made-up framework changed." if broken else None],
            "period_start": [date(shape.year, 1, 1)],
            "period_end": [date(shape.year, 12, 31)],
            "n_units": [shape.units],
            "n_ranked": [shape.units - 1],
        },
        schema_overrides={"compared_with": pl.String, "break_vi": pl.String, "break_en": pl.String},
    )


def revision_rows(shape: Shape) -> pl.DataFrame:
    numbers = range(1, shape.revisions + 1)
    return pl.DataFrame(
        {
            "revision_id": [f"{shape.assessment_id}-r{number:04d}-00000000" for number in numbers],
            "revision_no": numbers,
            "status": ["superseded"] * (shape.revisions - 1) + ["published"],
        }
    )
