"""Commands that read a release: the ranking."""

import sys
from pathlib import Path

import polars as pl

from dti_pipeline.commands.errors import UsageError
from dti_pipeline.commands.output import points, print_json, print_table, signed
from dti_pipeline.release.releases import Published, Release
from dti_pipeline.workspace import Workspace


def open_release(data: Path, *, as_of: str | None) -> Release:
    """Open the current release or the named one."""
    return Published(Workspace(data=data).published).release(as_of)


def known_assessment(release: Release, assessment: str) -> None:
    """Refuse an assessment the release does not hold.

    Raises:
        UsageError: naming those it holds.
    """
    if assessment not in release.assessments:
        known = ", ".join(release.assessments)
        msg = f"release {release.release_id} has no assessment '{assessment}'; it has: {known}"
        raise UsageError(msg)


def scope_code(text: str, *, known: list[str]) -> str:
    """Return the scope code a person means.

    Raises:
        UsageError: naming the known scopes.
    """
    code = {"overall": "DTI"}.get(text.lower(), text.upper())
    if code not in known:
        names = ["overall", *(k.lower() if k.isalpha() else k for k in known if k != "DTI")]
        msg = f"no scope '{text}'; known scopes: {', '.join(names)}"
        raise UsageError(msg)
    return code


BASIS_NOTES = {
    "sample": "SỐ LIỆU MẪU · SAMPLE DATA: not an official result",
    "calibrated_sample": (
        "Số liệu mẫu, hiệu chỉnh theo giá trị đã công bố · "
        "sample figures calibrated to the published values"
    ),
    "published": "Giá trị đã công bố, tính lại · published values, replayed",
    "delivered": "Số liệu đã nộp · delivered figures",
}


def show_ranking(
    assessment: str,
    *,
    scope: str,
    top: int | None,
    as_csv: bool,
    as_of: str | None,
    data: Path,
    as_json: bool,
) -> int:
    """Print a ranking; units without a rank come last."""
    release = open_release(data, as_of=as_of)
    known_assessment(release, assessment)
    ranking = release.scan("fact_ranking").filter(pl.col("assessment_id") == assessment).collect()
    code = scope_code(scope, known=ranking["scope_code"].unique(maintain_order=True).to_list())
    rows = ranking.filter(pl.col("scope_code") == code).sort("rank", "unit_id", nulls_last=True)
    if top is not None:
        rows = rows.filter(pl.col("rank") <= top)
    if as_json:
        print_json(rows, release_id=release.release_id, assessment_id=assessment, scope_code=code)
    elif as_csv:
        sys.stdout.write(rows.write_csv())
    else:
        print_ranking(rows, title=f"{assessment} · {code} · {release.release_id}")
    return 0


def print_ranking(rows: pl.DataFrame, *, title: str) -> None:
    """Print ranking rows as a table, with what they stand on."""
    breaks = {b for b in rows["prev_break"].unique().to_list() if b != "none"}
    print_table(
        (
            row
            | {
                "points": points(row["points"]),
                "rank_of": None if row["rank"] is None else f"{row['rank']}/{row['n_ranked']}",
                "value_change": signed(row["value_change"], decimals=4),
                "rank_change": signed(row["rank_change"]),
            }
            for row in rows.iter_rows(named=True)
        ),
        columns={
            "rank_of": "Hạng·Rank",
            "unit_name": "Đơn vị·Unit",
            "value": "Giá trị·Value",
            "points": "Điểm·Points",
            "value_change": "± giá trị·value",
            "rank_change": "± hạng·rank",
            "data_basis": "Cơ sở·Basis",
        },
        title=title,
    )
    for basis in rows["data_basis"].unique(maintain_order=True).to_list():
        sys.stdout.write(f"  {basis}: {BASIS_NOTES[basis]}\n")
    for kind in sorted(breaks):
        sys.stdout.write(f"  ⚠ so với kỳ trước · against the assessment before: {kind}\n")
