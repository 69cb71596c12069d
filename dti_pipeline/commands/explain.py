"""The command ``explain``: why a unit has its score, down to the cell each figure came from.

Everything printed stands in the release; the framework it was computed with only names the
figures.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from dti_pipeline.commands.explanation import Explanation, points_lost
from dti_pipeline.commands.output import points as points_text
from dti_pipeline.commands.output import print_json, print_table
from dti_pipeline.commands.reading import BASIS_NOTES, open_release
from dti_pipeline.commands.step import next_step
from dti_pipeline.commands.units import find_unit
from dti_pipeline.exact import figure_text
from dti_pipeline.workspace import Workspace

REASONS: Final = {
    "no_data": ("không có số liệu", "no data"),
    "evidence_missing": ("thiếu tài liệu kiểm chứng", "evidence missing"),
    "evidence_rejected": ("tài liệu kiểm chứng bị bác", "evidence rejected"),
    "not_reached": ("chưa đạt", "not reached"),
    "denominator_zero": ("mẫu số bằng 0", "denominator is zero"),
    "not_applicable": ("không phát sinh", "not applicable"),
    "late": ("nộp trễ hạn", "delivered late"),
}
BASES: Final = {
    "official": ("chính thức", "official"),
    "inferred": ("suy ra", "inferred"),
    "illustrative": ("minh họa", "illustrative"),
}
WORDS: Final = {
    "lost": ("mất", "lost"),
    "no_figure": ("không có ai nộp", "nobody delivered it"),
    "not_counted": ("không dùng", "not counted"),
    "zero": ("Thành phần không có điểm", "Components at zero"),
    "partial": ("Thành phần chưa đạt tối đa", "Components below their maximum"),
    "reference": ("Chỉ để tham khảo, không tính điểm", "For reference only, not counted"),
    "maximum": ("điểm tối đa", "maximum"),
    "result": ("kết quả", "result"),
    "adjustment": ("quy đổi, thưởng, phạt", "scaled up, bonus, penalty"),
    "rule": ("Quy tắc", "Rule"),
    "lead": ("Chủ trì", "Lead"),
    "evidence": ("tài liệu kiểm chứng", "evidence"),
    "best": ("tốt nhất", "best"),
    "median": ("trung vị", "median"),
    "group": ("nhóm", "group"),
    "region": ("vùng", "region"),
    "none": (
        "Không có chỉ số thành phần: giá trị lấy từ đơn vị khác hoặc từ kết quả đã công bố",
        "No components: the values come from other units or from published results",
    ),
    "above": ("Đơn vị xếp ngay trên", "Next unit above"),
    "next": ("bậc kế tiếp", "next step"),
    "target": ("mục tiêu theo mức", "target by band"),
    "top": ("mức cao nhất", "most"),
    "if": ("hạng tổng thể nếu đạt", "overall rank if reached"),
    "per_unit": ("điểm cho mỗi đơn vị", "points per unit"),
    "bands": ("Số thành phần theo mức", "Components per band"),
}
# Width of the longest bar of the waterfall, in characters.
BAR: Final = 32


def explain_unit(
    assessment: str,
    unit: str,
    *,
    component: str | None,
    as_of: str | None,
    data: Path,
    lang: str,
    as_json: bool,
) -> int:
    """Explain a unit's score, or one of its components."""
    workspace = Workspace(data=data.resolve())
    release = open_release(data.resolve(), as_of=as_of)
    unit_id = find_unit(release, assessment, unit, workspace=workspace)
    told = Explanation.read(release, assessment, unit_id, workspace=workspace)
    language = 0 if lang == "vi" else 1
    head: dict[str, Any] = {}
    if component is not None:
        told = told.of_component(component)
        head["next_step"] = next_step(
            release, assessment, unit_id, component=component, workspace=workspace
        )
    if as_json:
        print_json(told.rows(), **told.head(), **head)
    elif component is None:
        _print_unit(told, language)
    else:
        _print_component(told, language, step=head["next_step"])
    return 0


def _say(text: str = "") -> None:
    sys.stdout.write(f"{text}\n")


def _print_unit(told: Explanation, language: int) -> None:
    """Print the whole explanation: scopes, waterfall, zeros, other losses."""
    name = ("name_vi", "name_en")[language]
    _print_head(told, language)
    print_table(
        (
            row
            | {
                "name": row[name],
                "points": points_text(row["points"]),
                "max": points_text(row["max_points_effective"]),
                "lost": points_text(points_lost(row)),
                "rank_of": None if row["rank"] is None else f"{row['rank']}/{row['n_ranked']}",
            }
            for row in told.scopes.iter_rows(named=True)
        ),
        columns={
            "scope_code": "Mã·Code",
            "name": "Tên·Name",
            "value": "Giá trị·Value",
            "points": "Điểm·Points",
            "max": "Tối đa·Max",
            "lost": "Mất·Lost",
            "rank_of": "Hạng·Rank",
            "data_basis": "Cơ sở·Basis",
        },
    )
    _say()
    if told.components.is_empty():
        _say(WORDS["none"][language])
        _say()
    elif not told.bands.is_empty():
        counts = ", ".join(f"{r['band_code']} {r['n']}" for r in told.bands.iter_rows(named=True))
        _say(f"{WORDS['bands'][language]}: {counts}")
        _say()
    names = dict(told.scopes.select("scope_code", name).iter_rows())
    names |= dict(told.components.select("component_code", name).iter_rows())
    if told.steps["points"][0] > 0:
        for line in waterfall_lines(told.steps, names=names, language=language):
            _say(line)
    lost = pl.col("points_lost") > 0
    zero = pl.col("points_micro") == 0
    figures = told.figures_by_component()
    for title, rows in (
        ("zero", told.components.filter("counted", lost, zero)),
        ("partial", told.components.filter("counted", lost, ~zero)),
        ("reference", told.components.filter(~pl.col("counted"), lost)),
    ):
        if rows.is_empty():
            continue
        total = points_text(float(rows["points_lost"].sum()))
        _say()
        _say(f"{WORDS[title][language]}: {rows.height} ({WORDS['lost'][language]} {total})")
        for row in rows.iter_rows(named=True):
            _print_loss(row, figures.get(row["component_code"], []), language)


def _print_head(told: Explanation, language: int) -> None:
    """Print value, points, rank, the unit above, and what all of it stands on."""
    row = told.overall
    ranked = f"{row['rank']}/{row['n_ranked']}" if row["rank"] is not None else "–"
    region = (
        f" (vùng·region {row['rank_in_region']}/{row['n_in_region']})"
        if row["rank_in_region"] is not None
        else ""
    )
    value = "–" if row["value"] is None else f"{row['value']:.4f}"
    above = f"; {WORDS['above'][language]}: {told.gap[0]} (+{told.gap[1]:.4f})" if told.gap else ""
    _say(f"{row['unit_name']} · {row['assessment_id']} · {told.release.release_id}")
    _say(
        f"Giá trị·Value {value} · Điểm·Points {points_text(row['points']) or '–'} / "
        f"{points_text(row['max_points_effective']) or '–'} · Hạng·Rank {ranked}{region}{above}"
    )
    _say(f"  {row['data_basis']}: {BASIS_NOTES[row['data_basis']]}")
    bases = set(told.components["basis"].unique().to_list()) - {"official"}
    if bases:
        marks = ", ".join(f"{b}: {BASES[b][0]}" for b in sorted(bases))
        _say(
            f"  [{marks}] tên, điểm, quy tắc thành phần không phải quy định chính thức · "
            "component names, points and rules are not official"
        )


def _print_loss(
    row: Mapping[str, Any], figures: Sequence[Mapping[str, Any]], language: int
) -> None:
    """Print one component: what it lost and why, and below it where its figures came from."""
    name = row[("name_vi", "name_en")[language]]
    reason = REASONS[row["lost_reason"]][language] if row["lost_reason"] else ""
    _say(
        f"{row['component_code']}  −{points_text(row['points_lost'])}  "
        f"{points_text(row['points'])}/{points_text(row['max_points_effective'])}  {name}  "
        f"· {reason}  [{row['basis']}, {row['data_basis']}]"
    )
    for line in figure_lines(figures, language=language):
        _say(f"        {line}")


def _print_component(told: Explanation, language: int, *, step: Mapping[str, Any] | None) -> None:
    """Print one component in full."""
    _print_head(told, language)
    row = told.components.row(0, named=True)
    _say()
    _print_loss(row, [], language)
    _say(f"  {WORDS['rule'][language]}: {row[('rule_text_vi', 'rule_text_en')[language]]}")
    role = row[("lead_role", "lead_role_en")[language]]
    if role:
        _say(f"  {WORDS['lead'][language]}: {role}")
    for whom in ("group", "region"):
        best, median = row[f"best_in_{whom}"], row[f"median_in_{whom}"]
        if best is not None:
            _say(
                f"  {WORDS[whom][language]}: {WORDS['best'][language]} {points_text(best)} "
                f"(−{points_text(row[f'to_best_in_{whom}'])}), {WORDS['median'][language]} "
                f"{points_text(median)} (−{points_text(row[f'to_median_in_{whom}'])})"
            )
    for aim in ("next", "target", "top"):
        if row.get(f"points_{aim}") is not None and row[f"points_{aim}"] > row["points"]:
            rank = row[f"rank_if_{aim}"]
            told_rank = f"; {WORDS['if'][language]}: {rank}" if rank is not None else ""
            _say(f"  {WORDS[aim][language]}: {points_text(row[f'points_{aim}'])}{told_rank}")
    figures = told.figures_by_component().get(row["component_code"], [])
    for line in figure_lines(figures, language=language, in_full=True):
        _say(f"  {line}")
    if step is not None:
        _print_step(step, language)


def _print_step(step: Mapping[str, Any], language: int) -> None:
    """Say which figures the next step needs, and what one more unit earns on the way."""
    label = ("label_vi", "label_en")[language]
    needs = "; ".join(f"{m[label]}: {m['from'] or '–'} → {m['to']}" for m in step["measures"])
    slope = f" ({step['slope']:.6f} {WORDS['per_unit'][language]})" if step["slope"] else ""
    _say(f"  {WORDS['next'][language]} {points_text(step['points'])}: {needs}{slope}")


def figure_lines(
    figures: Sequence[Mapping[str, Any]], *, language: int, in_full: bool = False
) -> Iterator[str]:
    """Say each figure with the cell it came from.

    Args:
        figures: rows with ``FIGURE_COLUMNS``.
        language: 0 Vietnamese, 1 English.
        in_full: also the names under which a correction finds it (component and variable, central
            table and column), its status, evidence and source.
    """
    for row in figures:
        label = row[("label_vi", "label_en")[language]]
        if in_full:
            central = f", {row['central']}" if row["central"] else ""
            label = f"{label} [{row['component_code']} {row['variable']}{central}]"
        if row["source_file"] is None:
            yield f"{label}: {WORDS['no_figure'][language]}"
            continue
        place = " › ".join(
            text for text in (row["source_file"], row["source_sheet"], row["source_cell"]) if text
        )
        number = "–" if row["value_micro"] is None else figure_text(row["value_micro"])
        value = row["option"] or number
        unused = f" ({WORDS['not_counted'][language]}: {row['remark']})" if row["remark"] else ""
        extra = (
            f"; {row['obs_status']}, {WORDS['evidence'][language]} {row['evidence_state']}, "
            f"{row['source_kind']}, {row['data_basis']}"
            if in_full
            else ""
        )
        yield f"{label} = {value} ← {place} “{row['raw_text'] or ''}”{unused}{extra}"


def waterfall_lines(
    steps: pl.DataFrame, *, names: Mapping[str, str], language: int
) -> Iterator[str]:
    """Draw the waterfall: one bar per main, and below it one per component that lost points.

    Bars of components have the same scale as those of mains, so that both can be compared.
    """
    losses = steps.filter(pl.col("kind") == "main")["points"]
    widest = max((-points for points in losses), default=0.0)
    for row in steps.iter_rows(named=True):
        kind = row["kind"]
        if kind in ("maximum", "result"):
            yield f"{row['points']:>10.2f}  {WORDS[kind][language]}"
            continue
        code = row["component_code"] or row["main_code"]
        label = WORDS["adjustment"][language] if kind == "adjustment" else f"{code} {names[code]}"
        lost = -row["points"]
        bar = "█" * max(round(BAR * lost / widest), 1 if lost > 0 else 0) if widest > 0 else ""
        if kind == "main":
            yield f"{-lost:>+10.2f}  {bar:<{BAR}}  {label}  → {row['left']:.2f}"
        else:
            yield f"{-lost:>+10.2f}    {bar.replace('█', '▒'):<{BAR}}  {label}"
