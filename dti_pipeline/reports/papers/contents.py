"""What the papers say: the annex of a decision, the minister's table, a correction, a reply.

Papers are Vietnamese. What the release does not know (numbers of letters, the decision itself)
stands as ``…`` or in brackets for the office to fill in.
"""

from collections.abc import Sequence
from typing import Final

import polars as pl

from dti_pipeline.reports.figures import fixed, lost, rank_of, short, signed
from dti_pipeline.reports.losses import ComponentLoss, Losses
from dti_pipeline.reports.papers.paper import Column, Paper, PaperError, UnknownComponentError
from dti_pipeline.reports.release_view import AssessmentView, Row, ScopeView
from dti_pipeline.reports.site.pages import GROUP_ORDER, HAS_CHANGED
from dti_pipeline.reports.unit_page import UnitPages
from dti_pipeline.reports.words import DATA_MARKS, name_of, words_of
from dti_pipeline.reports.year_moves import YearMoves
from schemas.words import body_of

# Components a reply explains unless it is told which.
MOST_COMPONENTS: Final = 10
# More scopes beside each other need a page across.
MOST_UPRIGHT: Final = 3
# Units of one change that the summary of the table names.
MOST_NAMES: Final = 3
RANK, UNIT = Column("Thứ hạng", 11, "Ô giữa"), Column("Đơn vị", 32, "Ô chữ")
VALUE_WIDTH: Final = 17


def write_annex(paper: Paper, assessment: AssessmentView) -> None:
    totals = [scope for scope in assessment.scopes if scope.kind in ("pillar", "main_group")]
    mains = [scope for scope in assessment.scopes if scope.kind == "main"]
    annexes = [
        ("Kết quả xếp hạng", totals),
        ("Kết quả các chỉ số chính", mains),
        ("Kết quả theo nhóm, vùng", None),
    ]
    office, sign = paper.office, paper.number or f"…/QĐ-{paper.office.short}"
    for place, (title, scopes) in enumerate(annexes, start=1):
        paper.begin_part(landscape=scopes is not None and len(scopes) > MOST_UPRIGHT)
        paper.paragraph(f"Phụ lục {'I' * place}", "Tên loại")
        paper.paragraph(title.upper(), "Trích yếu")
        paper.paragraph(assessment.title.vi, "Trích yếu")
        decision = f"Quyết định số {sign} {paper.day_text()} của {office.name}"
        paper.paragraph(f"(Kèm theo {decision})", "Kèm theo")
        if scopes is None:
            _write_groups(paper, assessment)
        else:
            _write_scopes(paper, assessment, scopes)
        _write_legend(paper, assessment)


def write_table(paper: Paper, assessment: AssessmentView) -> None:
    moves = YearMoves.of(assessment)
    paper.begin_part()
    paper.head("BC")
    paper.paragraph("BÁO CÁO", "Tên loại")
    paper.paragraph(f"Kết quả {assessment.title.vi}", "Trích yếu")
    columns = [RANK, UNIT, Column("Giá trị", VALUE_WIDTH)]
    if moves:
        paper.paragraph(_summary(moves))
        columns += [Column(moves.before.short_title.vi, 25), Column("Tăng, giảm bậc", 16)]
        columns += [Column(name.vi, 16) for name in words_of("move_causes").values()]
    for name, rows in _pools(assessment):
        if name:
            paper.paragraph(name, "Mục")
        paper.table(columns, [_move_cells(assessment, row, moves) for row in rows])
    if moves:
        note = moves.word("order").vi
        if moves.break_text:
            note = f"{moves.break_text.vi} {note} {moves.word('across').vi}"
        paper.paragraph(note, "Ghi chú")
    _write_legend(paper, assessment, *([moves.before] if moves else []))
    paper.signature()


def write_correction(
    paper: Paper, assessment: AssessmentView, *, figures: pl.DataFrame | None = None
) -> None:
    """Write the notice of a changed result: who has another value or rank, and why.

    Args:
        figures: the figures that changed, by unit_id, component_code and variable; None where
            nobody knows, and every correction so far is named.

    Raises:
        PaperError: where nothing changed since the computation before.
    """
    current = assessment.overall["revision_id"].implode()
    changed = assessment.table("fact_change").filter(
        HAS_CHANGED, pl.col("revision_id").is_in(current), scope="overall"
    )
    if changed.is_empty():
        raise PaperError("papers.no_change", assessment=assessment.id)
    office, title = paper.office.name, assessment.title.vi
    paper.begin_part()
    paper.head("TB")
    paper.paragraph("THÔNG BÁO", "Tên loại")
    paper.paragraph(f"Về việc điều chỉnh kết quả {title}", "Trích yếu")
    paper.paragraph(
        f"Căn cứ Quyết định số … ngày … tháng … năm … của {office} công bố kết quả {title}; căn "
        f"cứ kết quả rà soát số liệu, {office} thông báo điều chỉnh giá trị, thứ hạng của "
        f"{changed.height} đơn vị như sau:"
    )
    columns = [UNIT, *(Column(f"Giá trị {when}", VALUE_WIDTH) for when in ("trước", "sau"))]
    columns += [Column(f"Thứ hạng {when}", 15, "Ô giữa") for when in ("trước", "sau")]
    columns += [Column("Tăng, giảm bậc", 14, "Ô giữa"), Column("Lý do", 55, "Ô chữ")]
    reasons: dict[str, list[str]] = {}
    corrected = assessment.table("fact_observation").drop_nulls("correction_reason")
    if figures is not None:
        key = ["unit_id", "component_code", "variable"]
        corrected = corrected.join(figures, on=key, how="semi")
    grouped = corrected.sort("component_code", "delivery_no").group_by(
        "unit_id", "framework_id", "component_code", maintain_order=True
    )
    for (unit_id, framework_id, component), observations in grouped:
        code = assessment.printed_code(str(framework_id), str(component))
        texts = "; ".join(observations["correction_reason"].unique(maintain_order=True))
        reasons.setdefault(str(unit_id), []).append(f"{code}: {texts}")
    rows = []
    for row in changed.sort("rank_to", "unit_id", nulls_last=True).iter_rows(named=True):
        values = [_value(assessment, row, of=f"value_{when}") for when in ("from", "to")]
        ranks = [str(row[f"rank_{when}"] or "–") for when in ("from", "to")]
        reason = "do kết quả của đơn vị khác"
        # Results taken as published have no points.
        if any(row[f"{name}_from"] != row[f"{name}_to"] for name in ("value", "points")):
            reason = "; ".join(reasons.get(row["unit_id"], [])) or "do số liệu thay đổi"
        elif row["rank_to"] is None:
            reason = "không còn được xếp hạng"
        elif row["rank_from"] is None:
            reason = "được xếp hạng bổ sung"
        move = signed(row["rank_change"], 0)
        rows.append([row["unit_name"], *values, *ranks, move, reason])
    paper.table(columns, rows)
    paper.paragraph(
        "Giá trị, thứ hạng nêu trên thay thế nội dung tương ứng của kết quả đã công bố; giá trị, "
        "thứ hạng của các đơn vị khác không thay đổi."
    )
    _write_legend(paper, assessment)
    paper.signature(["Các đơn vị nêu trên"])


def write_reply(paper: Paper, pages: UnitPages, unit_id: str, *, codes: Sequence[str] = ()) -> None:
    """Write the reply to a unit that contests its result.

    It explains the components with these codes, or those that lost most.

    Raises:
        UnknownComponentError: where the unit has no such component.
    """
    assessment, content = pages.assessment, pages.content(unit_id)
    overall, addressee, office = content["overall"], body_of(content["unit"]), paper.office.name
    parts = _asked(content["losses"], assessment, codes)
    paper.begin_part()
    paper.head("", f"V/v trả lời kiến nghị về kết quả {assessment.short_title.vi}")
    paper.paragraph(f"Kính gửi: {addressee}", "Kính gửi")
    paper.paragraph(
        f"{office} nhận được văn bản số … ngày … tháng … năm … của {addressee} kiến nghị về kết "
        f"quả {assessment.title.vi}. Sau khi rà soát, {office} trả lời như sau:"
    )
    paper.paragraph("1. Kết quả của đơn vị", "Mục")
    rank = "chưa xếp hạng"
    if overall["rank"]:
        rank = f"xếp thứ {rank_of(overall['rank'], overall['n_ranked'])}"
    paper.paragraph(f"Giá trị {_value(assessment, overall)} ({_points(overall)} điểm), {rank}.")
    columns = [Column("Chỉ số chính", 80, "Ô chữ"), Column("Điểm/tối đa", 35), Column("Bị mất", 25)]
    rows = [
        [
            scope.title.vi,
            _points(row),
            lost(row["max_points_effective"], row["points"]),
            rank_of(row["rank"], row["n_ranked"]),
        ]
        for scope, row in content["mains"]
    ]
    paper.table([*columns, Column("Thứ hạng", 25, "Ô giữa")], rows)
    if parts:
        paper.paragraph("2. Chỉ số thành phần được rà soát", "Mục")
        columns = [Column("Mã", 13, "Ô giữa"), Column("Chỉ số thành phần", 46, "Ô chữ")]
        columns += [Column("Điểm/tối đa", 24), Column("Lý do mất điểm", 34, "Ô chữ")]
        columns.append(Column("Số liệu đã tính", 48, "Ô chữ"))
        paper.table(columns, [_component_cells(assessment, part) for part in parts])
    paper.paragraph(f"{3 if parts else 2}. Kết luận", "Mục")
    paper.paragraph(
        "[Giữ nguyên kết quả / Điều chỉnh kết quả đối với chỉ số …, căn cứ …]. Nếu không thống "
        "nhất, đề nghị đơn vị gửi giải trình kèm tài liệu kiểm chứng chậm nhất ngày …/…/…"
    )
    _write_legend(paper, assessment)
    paper.signature(["Như trên"])


def _value(assessment: AssessmentView, row: Row | None, *, of: str = "value") -> str:
    if row is None or row[of] is None:
        return "–"
    return fixed(row[of], assessment.decimals) + DATA_MARKS.get(row["data_basis"], "")


def _points(row: Row) -> str:
    mark = DATA_MARKS.get(row["data_basis"], "")
    return f"{fixed(row['points'], 2)}{mark}/{fixed(row['max_points_effective'], 2)}"


def _pools(assessment: AssessmentView) -> list[tuple[str, list[Row]]]:
    """Return the units ranked together, under the name of their group where there are several."""
    pools = assessment.overall.rows_by_key("pool", named=True, include_key=True)
    has_names = assessment.ranks_groups
    return [(assessment.group_name(p).vi if has_names else "", pools[p]) for p in pools]


def _write_scopes(paper: Paper, assessment: AssessmentView, scopes: Sequence[ScopeView]) -> None:
    key = ("unit_id", "scope_code")
    cells = assessment.ranking.rows_by_key(key, named=True, unique=True)

    def cell(unit: Row, scope: ScopeView) -> str:
        row = cells.get((unit["unit_id"], scope.code))
        rank = f" ({row['rank']})" if row and row["rank"] else ""
        return _value(assessment, row) + rank

    for name, units in _pools(assessment):
        own = [s for s in scopes if any((unit["unit_id"], s.code) in cells for unit in units)]
        width = paper.width - RANK.width - UNIT.width - VALUE_WIDTH
        columns = [RANK, UNIT, Column("Giá trị DTI", VALUE_WIDTH)]
        columns += [Column(f"{scope.title.vi} (thứ hạng)", width / len(own)) for scope in own]
        if name:
            paper.paragraph(name, "Mục")
        rows = [
            [
                str(unit["rank"] or "–"),
                unit["unit_name"],
                _value(assessment, unit),
                *(cell(unit, scope) for scope in own),
            ]
            for unit in units
        ]
        paper.table(columns, rows)


def _write_groups(paper: Paper, assessment: AssessmentView) -> None:
    summary = assessment.table("fact_group_summary").filter(measure="value")
    pillars = [scope for scope in assessment.scopes if scope.kind == "pillar"]
    key = ("group_kind", "group_code", "scope_code")
    by_scope = summary.rows_by_key(key, named=True, unique=True)
    columns = [Column("Nhóm, vùng", 37, "Ô chữ"), Column("Số đơn vị", 12, "Ô giữa")]
    heads = ("Trung bình", "Trung vị", "Thấp nhất", "Cao nhất")
    columns += [Column(title, 16) for title in heads]
    columns += [Column(f"{scope.name.vi}, trung bình", 52 / len(pillars)) for scope in pillars]
    groups = summary.filter(scope="overall").to_dicts()
    rows = []
    for row in sorted(groups, key=lambda row: (GROUP_ORDER[row["group_kind"]], row["group_code"])):
        kind, code = row["group_kind"], row["group_code"]
        means = [_value(assessment, by_scope.get((kind, code, s.code)), of="mean") for s in pillars]
        name = assessment.summary_name(row)
        own = [_value(assessment, row, of=of) for of in ("mean", "median", "min", "max")]
        rows.append([name.vi, str(row["n"]), *own, *means])
    paper.table(columns, rows)


def _summary(moves: YearMoves) -> str:
    changes = [
        (move.rank_change, unit["unit_name"])
        for unit in moves.after.overall.iter_rows(named=True)
        if (move := moves.of_unit(unit["unit_id"])).rank_change is not None
    ]
    title = moves.before.short_title.vi
    if not changes:
        return f"{title} không có thứ hạng của cùng các đơn vị này để so sánh."
    (down, _), (up, _) = min(changes), max(changes)
    rose, fell = sum(n > 0 for n, _ in changes), sum(n < 0 for n, _ in changes)
    text = f"So với {title}: {rose} đơn vị tăng bậc, {fell} đơn vị giảm bậc"
    most = []
    for word, change in (("tăng", max(up, 0)), ("giảm", min(down, 0))):
        if change:
            names = [name for n, name in changes if n == change]
            others = f" và {len(names) - MOST_NAMES} đơn vị khác" * (len(names) > MOST_NAMES)
            units = ", ".join(names[:MOST_NAMES]) + others
            most.append(f"{word} nhiều nhất {units} ({signed(change, 0)})")
    return f"{text}; {', '.join(most)}." if most else f"{text}."


def _move_cells(assessment: AssessmentView, row: Row, moves: YearMoves | None) -> list[str]:
    cells = [str(row["rank"] or "–"), row["unit_name"], _value(assessment, row)]
    if moves is None:
        return cells
    move = moves.of_unit(row["unit_id"])
    before = _value(moves.before, move.before)
    if move.before and move.before["rank"]:
        before += f" ({move.before['rank']})"
    parts = move.parts or {}
    changes = [move.rank_change, *(parts.get(cause) for cause in words_of("move_causes"))]
    return [*cells, before, *(signed(change, 0) for change in changes)]


def _asked(
    losses: Losses | None, assessment: AssessmentView, codes: Sequence[str]
) -> list[ComponentLoss]:
    """Return the components a reply explains: those asked for, or those that lost most."""
    if not codes:
        return losses.largest[:MOST_COMPONENTS] if losses and assessment.has_components else []
    mains = (*losses.mains, *losses.reference) if losses else ()
    components = [part for main in mains for part in main.components]
    printed = {part.code: part for part in components}
    parts = {str(part.row["component_code"]): part for part in components} | printed
    if unknown := ", ".join(code for code in codes if code not in parts):
        names = sorted(printed) or ["–"]
        raise UnknownComponentError("explain.unknown_component", code=unknown, known=names)
    return [parts[code] for code in codes]


def _component_cells(assessment: AssessmentView, part: ComponentLoss) -> list[str]:
    row = part.row
    figures = []
    for figure in part.figures:
        place = (row["component_code"], figure["variable"])
        name = assessment.variable_name(row["unit_id"], *place).vi
        value = short(figure["value"])
        if figure["option"]:
            value = assessment.option_name(row["unit_id"], *place, figure["option"]).vi
        if figure["accepted"]:
            source = name_of("sources", figure["source_kind"]).vi
            mark = DATA_MARKS.get(figure["data_basis"], "")
            figures.append(f"{name}: {value}{mark} ({source})")
    basis = "" if row["basis"] == "official" else f" [{name_of('bases', row['basis']).vi}]"
    reason = name_of("lost_reasons", row["lost_reason"]).vi
    return [part.code, part.name.vi + basis, _points(row), reason, "; ".join(figures) or "–"]


def _write_legend(paper: Paper, *assessments: AssessmentView) -> None:
    kinds = {kind for assessment in assessments for kind in assessment.sample_marks}
    for kind, mark in DATA_MARKS.items():
        if kind in kinds:
            paper.paragraph(f"{mark}: {name_of('data_bases', kind).vi}.", "Ghi chú")
