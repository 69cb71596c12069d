"""What stands on the sheets of the workbook; how it is written is the business of ``workbook``."""

from collections.abc import Iterator
from typing import Any

import polars as pl

from dti_pipeline.reports.figures import moment, rounded
from dti_pipeline.reports.view import Edition, Row
from dti_pipeline.reports.words import (
    BASES,
    BREAKS,
    DATA_BASES,
    DATA_BASIS_TEXTS,
    DATA_MARKS,
    LEVELS,
    STATUSES,
    name_of,
    reason,
)
from dti_pipeline.reports.workbook.lists import dictionary_sheet, indicators_sheet, issues_sheet
from dti_pipeline.reports.workbook.model import UNIT_WIDTH, Column, Sheet


def sheets(edition: Edition) -> Iterator[Sheet]:
    """Yield the sheets of an assessment's workbook; those about nothing are left out."""
    note, is_warning = basis_note(edition)
    yield _about(edition, note=note, is_warning=is_warning)
    yield _ranking(edition, note=note, is_warning=is_warning)
    if edition.has_components:
        for name, column in (("Điểm thành phần", "points"), ("Mức thành phần", "band_code")):
            yield from _matrices(edition, name, column, note=note, is_warning=is_warning)
    if edition.row["compared_with"]:
        yield _on_previous(edition)
    if not edition.table("fact_change").is_empty():
        yield _between_revisions(edition)
    yield issues_sheet(edition)
    yield indicators_sheet(edition)
    yield dictionary_sheet(edition)


def basis_note(edition: Edition) -> tuple[str, bool]:
    """Return what the figures stand on, and whether it is a warning."""
    kind = edition.row["data_basis"]
    status = edition.book.status_note
    texts = [status.vi] if status else []
    texts.append(name_of(DATA_BASIS_TEXTS, kind).vi)
    if edition.unofficial:
        counts = ", ".join(
            f"{n} {name_of(BASES, code).vi}" for code, n in edition.unofficial["counts"]
        )
        texts.append(f"{edition.unofficial['total']} chỉ số thành phần: {counts}.")
    return " ".join(texts), kind in DATA_MARKS or status is not None


def _about(edition: Edition, *, note: str, is_warning: bool) -> Sheet:
    manifest = edition.book.release.manifest
    row = edition.row
    rows: list[tuple[str, Any]] = [
        ("Kỳ đánh giá", edition.id),
        ("Bản phát hành", manifest["release_id"]),
        ("Tính lúc", moment(edition.book.computed_at)),
        ("Trạng thái", name_of(STATUSES, edition.book.status).vi),
        ("Lý do", reason(manifest["reason"]).vi),
        ("Mã băm nội dung", manifest["content_hash"]),
        ("Số đơn vị", row["n_units"]),
        ("Số đơn vị được xếp hạng", row["n_ranked"]),
        ("Kỳ số liệu từ", row["period_start"]),
        ("Kỳ số liệu đến", row["period_end"]),
        ("Bộ chỉ số", row["framework_id"]),
        ("So sánh với", row["compared_with"] or "–"),
        ("Điểm gãy so sánh", edition.break_text.vi if edition.break_text else "không"),
        ("Nền dữ liệu", name_of(DATA_BASES, row["data_basis"]).vi),
        (
            "Cách xếp hạng",
            "so trên giá trị công bố; bằng nhau thì đồng hạng, hạng kế tiếp bỏ trống",
        ),
        (
            "Giá trị",
            f"điểm / điểm tối đa thực tế, làm tròn {edition.decimals} chữ số thập phân",
        ),
        ("English", "Column names in English stand on the sheets Chỉ số and Từ điển."),
    ]
    return Sheet(
        name="Đọc trước",
        title=edition.title.vi,
        note=note,
        is_warning=is_warning,
        columns=[Column("Mục", width=26), Column("Nội dung", width=90)],
        rows=rows,
    )


def _round(value: float | None, decimals: int) -> float | None:
    return None if value is None else float(rounded(value, decimals))


def _ranking(edition: Edition, *, note: str, is_warning: bool) -> Sheet:
    n = edition.decimals
    columns = [
        Column("Hạng", "whole", 7),
        Column("Trong số", "whole", 8),
        Column("Đơn vị", width=UNIT_WIDTH),
        Column("Vùng", width=36),
        Column("Nhóm", width=12),
        Column("Giá trị", f"value{n}", 10, bar_maximum=1),
        Column("Điểm", "points", 10),
        Column("Điểm tối đa thực tế", "points", 10),
        Column("± giá trị", f"delta{n}", 10),
        Column("± hạng (dương: tăng)", "change", 9),
        Column("Điểm gãy so với kỳ trước", width=18),
    ]
    parts = [scope for scope in edition.scopes if scope.kind != "overall"]
    for scope in parts:
        columns.append(Column(scope.title.vi, f"value{n}", 13, bar_maximum=1))
        columns.append(Column(f"Hạng: {scope.title.vi}", "whole", 13))
    columns += [Column("Nền dữ liệu", width=16), Column("Mã đơn vị", width=14)]
    cells = _by_scope(edition)
    rows = []
    for row in edition.overall.iter_rows(named=True):
        values: list[Any] = [
            row["rank"],
            row["n_ranked"],
            row["unit_name"],
            row["region_name"],
            name_of(LEVELS, row["group_code"]).vi,
            _round(row["value"], n),
            _round(row["points"], 6),
            row["max_points_effective"],
            _round(row["value_change"], n),
            row["rank_change"],
            None if row["prev_break"] == "none" else name_of(BREAKS, row["prev_break"]).vi,
        ]
        for scope in parts:
            cell = cells.get((row["unit_id"], scope.code))
            values += [_round(cell["value"], n), cell["rank"]] if cell else [None, None]
        rows.append([*values, name_of(DATA_BASES, row["data_basis"]).vi, row["unit_id"]])
    return Sheet(
        name="Xếp hạng",
        title=f"Xếp hạng · {edition.title.vi}",
        note=note,
        is_warning=is_warning,
        columns=columns,
        rows=rows,
        frozen=3,
    )


def _by_scope(edition: Edition) -> dict[tuple[str, str], Row]:
    chosen = edition.ranking.select("unit_id", "scope_code", "value", "rank")
    return {(row["unit_id"], row["scope_code"]): row for row in chosen.iter_rows(named=True)}


def _matrices(
    edition: Edition, name: str, column: str, *, note: str, is_warning: bool
) -> Iterator[Sheet]:
    """Yield one row per unit, one column per component: its points, or its band.

    Codes are unique within a framework only, so every framework has a sheet of its own.
    """
    scores = edition.component_scores
    several = len(edition.frameworks) > 1
    for place, framework in enumerate(edition.frameworks, start=1):
        own = scores.filter(pl.col("framework_id") == framework)
        if own.is_empty():
            continue
        columns, codes = _component_columns(edition, framework, own, is_points=column == "points")
        cells = {
            (unit, code): value
            for unit, code, value in own.select("unit_id", "component_code", column).iter_rows()
        }
        rows = []
        for row in edition.overall.filter(framework_id=framework).iter_rows(named=True):
            found = [cells.get((row["unit_id"], code)) for code in codes]
            values = [_round(v, 6) for v in found] if column == "points" else found
            rows.append([row["rank"], row["unit_name"], *values])
        yield Sheet(
            name=f"{name} {place}" if several else name,
            title=f"{name} · {edition.title.vi}" + (f" · {framework}" if several else ""),
            note=note,
            is_warning=is_warning,
            columns=columns,
            rows=rows,
            frozen=2,
        )


def _component_columns(
    edition: Edition, framework: str, scores: pl.DataFrame, *, is_points: bool
) -> tuple[list[Column], list[str]]:
    maxima = dict(scores.group_by("component_code").agg(pl.max("max_points")).iter_rows())
    columns = [Column("Hạng", "whole", 7), Column("Đơn vị", width=UNIT_WIDTH)]
    codes = sorted(maxima)
    for code in codes:
        indicator = edition.indicators.get((framework, "component", code))
        text, basis = (indicator["name_vi"], indicator["basis"]) if indicator else ("", "official")
        kind = "" if basis == "official" else f" ({name_of(BASES, basis).vi})"
        columns.append(
            Column(
                f"{code} · {maxima[code]:g} đ · {text}{kind}",
                "points" if is_points else "band",
                15,
                bar_maximum=(maxima[code] or None) if is_points else None,
            )
        )
    return columns, codes


def _on_previous(edition: Edition) -> Sheet:
    n = edition.decimals
    names = {scope.code: scope.title.vi for scope in edition.scopes}
    rows = edition.ranking.filter(pl.col("prev_basis") != "none").sort(
        "order", "scope_code", "rank", "unit_id", nulls_last=True
    )
    return Sheet(
        name="Thay đổi",
        title=f"So với kỳ {edition.row['compared_with']}",
        note=edition.break_text.vi if edition.break_text else "Hai kỳ dùng cùng bộ chỉ số.",
        is_warning=edition.break_text is not None,
        columns=[
            Column("Đơn vị", width=UNIT_WIDTH),
            Column("Chỉ số", width=34),
            Column("Giá trị kỳ trước", f"value{n}"),
            Column("Giá trị", f"value{n}"),
            Column("± giá trị", f"delta{n}"),
            Column("Hạng kỳ trước", "whole", 10),
            Column("Trong số kỳ trước", "whole", 10),
            Column("Hạng", "whole", 8),
            Column("Trong số", "whole", 8),
            Column("± hạng (dương: tăng)", "change", 10),
            Column("Điểm gãy", width=20),
            Column("Nền dữ liệu", width=16),
        ],
        rows=[
            [
                row["unit_name"],
                names.get(row["scope_code"], row["scope_code"]),
                _round(row["value_prev"], n),
                _round(row["value"], n),
                _round(row["value_change"], n),
                row["rank_prev"],
                row["n_ranked_prev"] if row["rank_prev"] is not None else None,
                row["rank"],
                row["n_ranked"],
                row["rank_change"],
                None if row["prev_break"] == "none" else name_of(BREAKS, row["prev_break"]).vi,
                name_of(DATA_BASES, row["data_basis"]).vi,
            ]
            for row in rows.iter_rows(named=True)
        ],
        frozen=1,
    )


def _between_revisions(edition: Edition) -> Sheet:
    n = edition.decimals
    rows = edition.table("fact_change")
    return Sheet(
        name="Giữa hai lần tính",
        title="Thay đổi giữa hai lần tính, và vì sao",
        note="± hạng là tổng các phần: quy tắc, bộ chỉ số, tập đơn vị, đơn vị khác, chính mình.",
        columns=[
            Column("Đơn vị", width=UNIT_WIDTH),
            Column("Phạm vi", width=9),
            Column("Lần tính trước", width=28),
            Column("Lần tính sau", width=28),
            Column("Giá trị trước", f"value{n}"),
            Column("Giá trị sau", f"value{n}"),
            Column("Hạng trước", "whole", 9),
            Column("Hạng sau", "whole", 9),
            Column("± hạng", "change", 8),
            Column("do quy tắc", "change", 9),
            Column("do bộ chỉ số", "change", 9),
            Column("do tập đơn vị", "change", 9),
            Column("do đơn vị khác", "change", 9),
            Column("do chính đơn vị", "change", 9),
            Column("Giải thích", "wrap", 70),
        ],
        rows=[
            [
                row["unit_name"],
                row["scope_code"],
                row["revision_from"],
                row["revision_id"],
                _round(row["value_from"], n),
                _round(row["value_to"], n),
                row["rank_from"],
                row["rank_to"],
                row["rank_change"],
                row["rank_change_rules"],
                row["rank_change_framework"],
                row["rank_change_units"],
                row["rank_change_others"],
                row["rank_change_own"],
                row["reason_vi"],
            ]
            for row in rows.iter_rows(named=True)
        ],
        frozen=1,
    )
