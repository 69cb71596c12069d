"""The tile map: one box per unit, with the boxes of Hoàng Sa and Trường Sa.

Tiles show every unit at one size and leave no border to argue about; the archipelagos come from
``dim_tile`` and are always drawn.
"""

from collections.abc import Sequence
from typing import Any, Final

import polars as pl

from dti_pipeline.reports.figures import fixed
from dti_pipeline.reports.release_view import AssessmentView, Row
from schemas.text import Text

TILE_WIDTH, TILE_HEIGHT, GAP = 92, 50, 4
CLASSES: Final = 5
# Letters that fit on one line of a tile.
LINE: Final = 13


def tile_map(assessment: AssessmentView) -> dict[str, Any] | None:
    tiles = assessment.release.table("dim_unit").select("unit_id", "tile_row", "tile_col")
    units = (
        assessment.overall.join(tiles, on="unit_id", how="left", maintain_order="left")
        .drop_nulls(["tile_row", "tile_col"])
        .to_dicts()
    )
    if not units:
        return None
    boxes = assessment.release.table("dim_tile").filter(unit_set=assessment.row["unit_set"])
    archipelagos = boxes.to_dicts()
    columns: list[int] = [row["tile_col"] for row in (*units, *archipelagos)]
    lines: list[int] = [row["tile_row"] for row in (*units, *archipelagos)]
    values = [row["value"] for row in units]
    shades = classes(values)
    limits = (
        pl.DataFrame({"shade": shades, "value": values})
        .filter(pl.col("shade") > 0)
        .group_by("shade")
        .agg(low=pl.min("value"), high=pl.max("value"))
        .sort("shade")
    )

    def placed(row: Row, /, **content: Any) -> Row:
        x, y = row["tile_col"] - min(columns), row["tile_row"] - min(lines)
        return {"x": x * (TILE_WIDTH + GAP), "y": y * (TILE_HEIGHT + GAP), **content}

    last = placed({"tile_col": max(columns), "tile_row": max(lines)})
    return {
        "tiles": [
            placed(row, lines=wrap(row["unit_name"]), row=row, shade=shade)
            for row, shade in zip(units, shades, strict=True)
        ],
        "boxes": [
            placed(
                row,
                vi=wrap(row["label_vi"]),
                en=wrap(row["label_en"]),
                label=Text(row["label_vi"], row["label_en"]),
            )
            for row in archipelagos
        ],
        "width": last["x"] + TILE_WIDTH,
        "height": last["y"] + TILE_HEIGHT,
        "tile": (TILE_WIDTH, TILE_HEIGHT),
        "limits": [
            (shade, fixed(low, assessment.decimals), fixed(high, assessment.decimals))
            for shade, low, high in limits.rows()
        ],
    }


def classes(values: Sequence[float | None]) -> list[int]:
    """Return a class of 1 (lowest fifth) to 5 (highest fifth) for every value, 0 for none.

    Equal values share a class: a class is that of the number of values below.
    """
    ordered = sorted(value for value in values if value is not None)
    below = {value: place for place, value in reversed(list(enumerate(ordered)))}
    return [0 if value is None else 1 + CLASSES * below[value] // len(ordered) for value in values]


def wrap(name: str) -> list[str]:
    """Break a name into lines that fit a tile, at spaces; a bracket starts a line."""
    lines = [""]
    for word in name.split():
        longer = f"{lines[-1]} {word}".strip()
        fits = len(longer) <= LINE and not word.startswith("(")
        if fits or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
