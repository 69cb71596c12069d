"""The sheets of the workbook: ranking, components, changes, and those that list."""

from collections.abc import Iterator
from typing import Any, Final

import polars as pl

from dti_pipeline.reports.figures import NOTHING, moment
from dti_pipeline.reports.release_view import LEFT_OUT, AssessmentView, Row
from dti_pipeline.reports.words import DATA_MARKS, name_of, reason
from dti_pipeline.reports.workbook.sheet import Column, Sheet, columns

# Excel holds 1,048,576 rows; the sheet of issues stops before and says so.
MOST_ISSUES: Final = 1_000_000


def sheets(assessment: AssessmentView) -> Iterator[Sheet]:
    """Yield the sheets of an assessment's workbook; those about nothing are left out."""
    yield _about(assessment)
    yield _ranking(assessment)
    if assessment.has_components:
        yield from _matrices(assessment, "Điểm thành phần", "points")
        yield from _matrices(assessment, "Thứ hạng thành phần", "rank")
        yield from _matrices(assessment, "Mức thành phần", "band_code")
    if assessment.row["compared_with"]:
        yield _on_previous(assessment)
    if not assessment.table("fact_change").is_empty():
        yield _between_revisions(assessment)
    yield _issues(assessment)
    yield _indicators(assessment)
    yield _dictionary(assessment)


def basis_note(assessment: AssessmentView) -> tuple[str, bool]:
    kind, status = assessment.row["data_basis"], assessment.release.status_note
    texts = [status.vi] if status else []
    texts.append(name_of("data_basis_texts", kind).vi)
    if assessment.unofficial:
        texts.append(assessment.unofficial.vi)
    return " ".join(texts), kind in DATA_MARKS or status is not None


def _about(assessment: AssessmentView) -> Sheet:
    release, row = assessment.release, assessment.row
    return Sheet(
        name="Thông tin chung",
        title=assessment.title.vi,
        columns=[Column("Mục", 0, width=26), Column("Nội dung", 1, width=90)],
        rows=[
            ("Mã kỳ đánh giá", assessment.id),
            ("Bản phát hành", release.release_id),
            ("Lập lúc", moment(release.computed_at).vi),
            ("Trạng thái", name_of("statuses", release.status).vi),
            ("Lý do", reason(release.manifest["reason"]).vi),
            ("Mã kiểm tra nội dung (SHA-256)", release.manifest["content_hash"]),
            ("Số đơn vị", row["n_units"]),
            ("Số đơn vị được xếp hạng", row["n_ranked"]),
            ("Số liệu từ ngày", row["period_start"]),
            ("Số liệu đến ngày", row["period_end"]),
            ("Bộ chỉ số", "; ".join(item["title_vi"] for item in assessment.framework_rows)),
            ("So sánh với", assessment.compared_title.vi if row["compared_with"] else "–"),
            ("Không so sánh trực tiếp", assessment.break_text.vi if assessment.break_text else "–"),
            ("Tính chất số liệu", name_of("data_bases", row["data_basis"]).vi),
            (
                "Cách xếp hạng",
                "theo giá trị làm tròn; bằng nhau thì đồng hạng, thứ hạng kế tiếp để trống",
            ),
            (
                "Giá trị",
                f"điểm / điểm tối đa thực tế, làm tròn {assessment.decimals} chữ số thập phân",
            ),
            ("English", "Column names in English stand on the sheets Chỉ số and Từ điển."),
        ],
    )


def _break(row: Row) -> str | None:
    return None if row["prev_break"] == "none" else name_of("breaks", row["prev_break"]).vi


def _ranking(assessment: AssessmentView) -> Sheet:
    decimals = assessment.decimals
    own_columns = columns(
        "ranking",
        decimals=decimals,
        group_code=lambda row: assessment.group_name(row["group_code"]).vi,
        prev_break=_break,
    )
    rows = assessment.overall
    for scope in assessment.scopes:
        if scope.kind == "overall":
            continue
        names = {"value": f"value of {scope.code}", "rank": f"rank of {scope.code}"}
        own_columns += [
            Column(scope.title.vi, names["value"], f"value{decimals}", 13, bar_maximum=1),
            Column(f"Thứ hạng: {scope.title.vi}", names["rank"], "whole", 13),
        ]
        own = assessment.ranking.filter(scope_code=scope.code).select("unit_id", "value", "rank")
        rows = rows.join(own.rename(names), on="unit_id", how="left", maintain_order="left")
    return Sheet(
        name="Xếp hạng",
        title=f"Xếp hạng · {assessment.title.vi}",
        columns=[*own_columns, *columns("ranking_end")],
        rows=rows.to_dicts(),
        frozen=3,
    )


def _matrices(assessment: AssessmentView, name: str, column: str) -> Iterator[Sheet]:
    """Yield one row per unit, one column per component: its points, its rank, or its band.

    Codes are unique within a framework only, so every framework has a sheet of its own.
    """
    several = len(assessment.frameworks) > 1
    for place, framework in enumerate(assessment.frameworks, start=1):
        scores = assessment.component_scores.filter(framework_id=framework)
        if scores.is_empty():
            continue
        cells: dict[str, dict[str, Any]] = {}
        own = scores.select("unit_id", "component_code", column, is_left_out=LEFT_OUT)
        for unit, code, value, is_left_out in own.iter_rows():
            # A zero would look like points that were lost.
            cells.setdefault(unit, {})[code] = NOTHING if is_left_out and value == 0 else value
        maxima = dict(scores.group_by("component_code").agg(pl.max("max_points")).iter_rows())
        yield Sheet(
            name=f"{name} {place}" if several else name,
            title=f"{name} · {assessment.title.vi}" + (f" · {framework}" if several else ""),
            columns=[
                *columns("matrix"),
                *(
                    _component_column(assessment, framework, code, maxima[code], column)
                    for code in sorted(maxima)
                ),
            ],
            rows=[
                dict.fromkeys(maxima) | row | cells.get(row["unit_id"], {})
                for row in assessment.overall.filter(framework_id=framework).to_dicts()
            ],
            frozen=2,
        )


def _component_column(
    assessment: AssessmentView, framework: str, code: str, maximum: float, column: str
) -> Column:
    indicator = assessment.indicators.get((framework, "component", code))
    text, basis = (indicator["name_vi"], indicator["basis"]) if indicator else ("", "official")
    kind = "" if basis == "official" else f" ({name_of('bases', basis).vi})"
    printed = assessment.printed_code(framework, code)
    title = f"{printed} {text} (tối đa {maximum:g} điểm){kind}"
    if column == "points":
        return Column(title, code, "points", 15, bar_maximum=maximum or None)
    return Column(title, code, "whole" if column == "rank" else "band", 15)


def _on_previous(assessment: AssessmentView) -> Sheet:
    names = {scope.code: scope.title.vi for scope in assessment.scopes}
    rows = assessment.ranking.filter(pl.col("prev_basis") != "none").sort(
        "order", "scope_code", "rank", "unit_id", nulls_last=True
    )
    before = pl.when(pl.col("rank_prev").is_not_null()).then("n_ranked_prev")
    break_text = assessment.break_text
    return Sheet(
        name="Thay đổi",
        title=f"So với {assessment.compared_title.vi}",
        note=break_text.vi if break_text else "Hai kỳ đánh giá dùng cùng bộ chỉ số.",
        is_warning=break_text is not None,
        columns=columns(
            "on_previous",
            decimals=assessment.decimals,
            scope_code=lambda row: names.get(row["scope_code"], row["scope_code"]),
            prev_break=_break,
        ),
        rows=rows.with_columns(n_ranked_prev=before).to_dicts(),
        frozen=1,
    )


def _between_revisions(assessment: AssessmentView) -> Sheet:
    return Sheet(
        name="Giữa hai lần tính",
        title="Thay đổi giữa hai lần tính và nguyên nhân",
        note="Số bậc tăng, giảm bằng tổng các phần theo nguyên nhân.",
        columns=columns("between_revisions", decimals=assessment.decimals),
        rows=assessment.table("fact_change").to_dicts(),
        frozen=1,
    )


def _issues(assessment: AssessmentView) -> Sheet:
    issues = assessment.table("dq_issue").sort("issue_no")
    note = f"{issues.height} vấn đề"
    if issues.height > MOST_ISSUES:
        note += f"; chỉ ghi {MOST_ISSUES}"
    names = pl.col("unit_id").replace(assessment.unit_names)
    return Sheet(
        name="Vấn đề",
        title="Vấn đề về chất lượng số liệu",
        note=note,
        columns=columns(
            "issues", action_taken=lambda row: name_of("actions", row["action_taken"]).vi
        ),
        rows=issues.head(MOST_ISSUES).with_columns(names).to_dicts(),
    )


def _indicators(assessment: AssessmentView) -> Sheet:
    return Sheet(
        name="Chỉ số",
        title="Bộ chỉ số và cách tính điểm",
        columns=columns("indicators"),
        rows=[
            row | {"indicator_code": row.get("printed_code") or row["indicator_code"]}
            for row in assessment.indicators.values()
            if assessment.has_components or row["indicator_level"] != "component"
        ],
        frozen=3,
    )


def _dictionary(assessment: AssessmentView) -> Sheet:
    return Sheet(
        name="Từ điển",
        title="Các bảng và cột của bản phát hành",
        note="Bảng tính này là trích từ các bảng đó; toàn bộ ở tệp Parquet và CSV.",
        columns=columns("dictionary"),
        rows=assessment.release.table("meta_column").sort("table_name", "position").to_dicts(),
        frozen=2,
    )
