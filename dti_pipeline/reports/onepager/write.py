"""One page per unit for a meeting, as PDF: result, ranks, mains, the ten largest losses.

One compiler serves all units of an assessment, so that fonts are loaded once; a page takes some
hundredths of a second. Only the fonts that come with the compiler are used, so that a page looks
the same everywhere, and its only date is that of the release: the same release gives the same
bytes.
"""

import json
import multiprocessing
import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final, cast

import typst

from dti_pipeline.reports import figures
from dti_pipeline.reports.losses import ComponentLoss
from dti_pipeline.reports.release_view import Row, ScopeView
from dti_pipeline.reports.timeline import Stop
from dti_pipeline.reports.unit_page import UnitPages
from dti_pipeline.reports.words import DATA_MARKS, name_of, words_of
from dti_pipeline.whole_file import write_whole
from schemas.text import Language, Text

MOST_TARGETS: Final = 6
# Two at most: the machines that publish an index are small, and others work on them.
MAX_WORKERS: Final = 2
# Fewer pages than this do not pay for starting workers.
PAGES_FOR_A_POOL: Final = 30


class OnePagers:
    def __init__(self, pages: UnitPages, *, language: Language = "vi") -> None:
        self.assessment = pages.assessment
        self.pages = pages
        self.language = language
        self.timestamp = int(self.assessment.release.computed_at.timestamp())

    def write_all(
        self,
        folder: Path,
        *,
        units: Iterable[str] | None = None,
        progress: Callable[[str], None] = lambda _: None,
    ) -> list[Path]:
        """Write ``<unit_id>.pdf`` of some units, or of all; ``progress`` is told every unit."""
        folder.mkdir(parents=True, exist_ok=True)
        unit_ids = list(units if units is not None else self.pages.unit_ids)
        paths = [folder / f"{unit_id}.pdf" for unit_id in unit_ids]
        with as_file(files("dti_pipeline.reports.onepager") / "onepager.typ") as template:
            pages = (
                (path, json.dumps(self.content(unit_id), ensure_ascii=False))
                for path, unit_id in zip(paths, unit_ids, strict=True)
            )
            write = partial(_write_page, str(template), self.timestamp)
            if len(paths) < PAGES_FOR_A_POOL:
                for unit_id, page in zip(unit_ids, pages, strict=True):
                    write(page)
                    progress(unit_id)
            else:
                # Typst holds the interpreter while it sets a page: processes, not threads.
                context = multiprocessing.get_context("spawn")
                with ProcessPoolExecutor(MAX_WORKERS, mp_context=context) as pool:
                    for unit_id, _ in zip(unit_ids, pool.map(write, pages), strict=True):
                        progress(unit_id)
        return paths

    def content(self, unit_id: str) -> dict[str, Any]:
        unit = self.pages.content(unit_id)
        overall, release = unit["overall"], self.assessment.release
        scopes = [*unit["totals"], *unit["mains"]]
        rows = [overall, *(row for _, row in scopes), *(part.row for part in unit["top"])]
        return {
            "lang": self.language,
            "unit": self._title(unit["unit"]),
            "about": self._about(unit["unit"]),
            "title": self._say(self.assessment.title),
            "release": release.release_id,
            "words": {key: self._say(text) for key, text in words_of("one_pager").items()},
            "warnings": self._warnings(),
            "figures": self._figures(overall),
            "rows": [self._row(scope, row) for scope, row in scopes],
            "losses": [self._loss(part) for part in unit["top"]],
            "gaps": [
                {
                    "name": f"{self._say(gap['name'])}: {gap['unit_name']} "
                    f"({gap['rank']}/{overall['n_ranked']})",
                    "value": self._change(gap["value"]),
                    "points": self._number(figures.signed(gap["points"], 2)),
                }
                for gap in unit["gaps"]
            ],
            "history": self._history(unit["history"]),
            "targets": self._targets(unit["targets"]),
            "legend": self._legend(
                {row["data_basis"] for row in (*rows, *unit["targets"])},
                has_break=overall["prev_break"] != "none",
            ),
            "footer": f"{release.release_id} · {overall['revision_id']} · {unit_id}",
        }

    def _say(self, text: Text) -> str:
        return text.vi if self.language == "vi" else text.en

    def _word(self, kind: str, code: str | None) -> str:
        return self._say(name_of(kind, code))

    def _number(self, text: str) -> str:
        return text if self.language == "vi" else figures.english(text)

    def _points(self, points: float | None, maximum: float | None) -> str:
        if points is None:
            return figures.NOTHING
        return self._number(f"{figures.fixed(points, 2)}/{figures.fixed(maximum, 2)}")

    def _value(self, value: float | None) -> str:
        return self._number(figures.fixed(value, self.assessment.decimals))

    def _change(self, change: float | None) -> str:
        return self._number(figures.signed(change, self.assessment.decimals))

    def _title(self, unit: Row) -> str:
        """Name a place with its kind before it, as in “Tỉnh Bắc Kạn”; in English by its name."""
        name, kind = str(unit["name_vi"]), unit["unit_type"]
        if self.language == "en":
            return str(unit["name_en"])
        is_place = unit["level"] not in ("nation", "ministry", "department")
        if not kind or not is_place or name.casefold().startswith(kind.casefold()):
            return name
        return f"{kind[0].upper()}{kind[1:]} {name}"

    def _about(self, unit: Row) -> str:
        if self.language == "vi":
            return unit["region_name"] or ""
        kind = self._word("unit_types", unit["unit_type"]) if unit["unit_type"] else None
        return " · ".join(part for part in (kind, unit["region_name_en"]) if part)

    def _warnings(self) -> list[str]:
        status = self.assessment.release.status_note
        warnings = [self._say(status)] if status else []
        kind = self.assessment.row["data_basis"]
        if kind in DATA_MARKS:
            warnings.append(f"{DATA_MARKS[kind]} {self._word('data_basis_texts', kind)}")
        if self.assessment.unofficial:
            warnings.append(self._say(self.assessment.unofficial))
        return warnings

    def _figures(self, overall: Row) -> list[dict[str, str]]:
        points, maximum = (
            self._number(figures.fixed(overall[name], 2))
            for name in ("points", "max_points_effective")
        )
        value = self._value(overall["value"]) + _mark(overall["data_basis"])
        note = f"{points} / {maximum} {self._word('one_pager', 'points').lower()}"
        note = "" if overall["points"] is None else note
        boxes = [_box(self._word("one_pager", "overall"), value, note=note)]
        ranks = {"rank": "n_ranked"}
        if overall["rank_in_region"] is not None:
            ranks["rank_in_region"] = "n_in_region"
        for name, among in ranks.items():
            rank, count = overall[name], overall[among]
            of = ("" if count is None else f"/{count}") + _mark(overall["data_basis"])
            texts = (figures.NOTHING, "") if rank is None else (str(rank), of)
            boxes.append(_box(self._word("one_pager", name), *texts))
        if overall["value_change"] is not None or overall["rank_change"] is not None:
            kind, before = overall["prev_break"], self._say(self.assessment.compared_title)
            notes = [self._moved(overall)] if overall["rank_change"] is not None else []
            notes += [f"⚠ {self._word('breaks', kind)}"] if kind != "none" else []
            name = self._word("one_pager", "on_previous").format(before=before)
            boxes.append(_box(name, self._change(overall["value_change"]), note=" ".join(notes)))
        return boxes

    def _moved(self, overall: Row) -> str:
        places = overall["rank_change"]
        way = "up" if places > 0 else "down" if places < 0 else "same"
        rank = figures.rank_of(overall["rank_prev"], overall["n_ranked_prev"])
        before = self._word("one_pager", "from_rank").format(rank=rank)
        return f"{self._word('year_moves', way).format(n=abs(places))} ({before})"

    def _row(self, scope: ScopeView, row: Row) -> dict[str, Any]:
        reference = f" ({self._word('one_pager', 'reference')})" if scope.is_reference else ""
        return {
            "total": scope.kind != "main",
            "name": self._say(scope.title) + reference,
            "value": self._value(row["value"]) + _mark(row["data_basis"]),
            "share": _share(row["value"]),
            "median": _share(row["median"]),
            "best": _share(row["best"]),
            "median_text": self._value(row["median"]),
            "rank": _marked_rank(row),
            "points": self._points(row["points"], row["max_points_effective"]),
            "change": self._change(row["value_change"]),
        }

    def _loss(self, part: ComponentLoss) -> dict[str, str]:
        row, indicator = part.row, part.indicator or {}
        lead = self.language == "en" and indicator.get("lead_role_en")
        is_official = row["basis"] == "official"
        maximum = row["max_points_effective"]
        lost = self._number(f"{figures.lost(maximum, row['points'])}/{figures.fixed(maximum, 2)}")
        return {
            "code": part.code,
            "name": self._say(part.name),
            "basis": "" if is_official else f" ({self._word('bases', row['basis'])})",
            "lost": lost + _mark(row["data_basis"]),
            "rank": _marked_rank(row),
            "reason": self._word("lost_reasons", row["lost_reason"]),
            "lead": lead or indicator.get("lead_role") or figures.NOTHING,
        }

    def _history(self, history: Sequence[tuple[Stop, Row]]) -> list[dict[str, str]]:
        return [
            {
                "year": stop.short,
                "value": self._value(row["value"]) + _mark(row["data_basis"]),
                "rank": figures.rank_of(row["rank"], row["n_ranked"]),
                "note": f"⚠ {self._say(stop.break_before)}" if stop.break_before else "",
            }
            for stop, row in history
        ]

    def _targets(self, targets: Sequence[Row]) -> list[dict[str, str]]:
        """Return own targets before reference ones; those not reached or not known first."""

        reference = self._say(Text(" (chỉ tiêu tham khảo)", " (reference target)"))

        def order(row: Row) -> tuple[bool, bool, str]:
            return bool(row["is_reference"]), row["is_reached"] is True, row["target_code"]

        return [
            {
                "name": row[f"name_{self.language}"] + (reference if row["is_reference"] else ""),
                "wanted": self._level(row),
                "present": self._number(figures.short(row["present_value"], 2))
                + ("" if row["present_value"] is None else _mark(row["data_basis"])),
                "missing": self._number(figures.missing(row)),
            }
            for row in sorted(targets, key=order)[:MOST_TARGETS]
        ]

    def _level(self, target: Row) -> str:
        """Write the level a target sets, such as “≥ 70%”."""
        sign = "≥" if target["direction"] == "at_least" else "≤"
        unit = self._word("units_of_measure", target["unit_of_measure"])
        level = self._number(figures.short(target["target_value"], 2))
        return f"{sign} {level}{'' if unit == '%' else ' '}{unit}"

    def _legend(self, data_bases: set[str], *, has_break: bool) -> str:
        parts = [self._word("one_pager", "legend")]
        parts += [
            f"{sign} {self._word('data_basis_texts', kind)}"
            for kind, sign in DATA_MARKS.items()
            if kind in data_bases
        ]
        if has_break and self.assessment.break_text:
            parts.append(f"⚠ {self._say(self.assessment.break_text)}")
        return " ".join(parts)


@cache
def _compiler(template: str) -> typst.Compiler:
    return typst.Compiler(template, ignore_system_fonts=True)


def _write_page(template: str, timestamp: int, page: tuple[Path, str]) -> None:
    """Write one page as PDF, made smaller until it is one page where it does not fit."""
    path, data = page
    compiler = _compiler(template)
    # Most units fit as they are, and measuring takes as long as the page itself.
    for fit in ("no", "yes"):
        pdf = cast(
            bytes,
            compiler.compile(
                format="pdf", sys_inputs={"data": data, "fit": fit}, timestamp=timestamp
            ),
        )
        if re.findall(rb"/Type\s*/Pages\b[^>]*?/Count\s+(\d+)", pdf) == [b"1"]:
            break
    write_whole(path, pdf)


def _box(name: str, value: str, of: str = "", *, note: str = "") -> dict[str, str]:
    return {"name": name, "value": value, "of": of, "note": note}


def _marked_rank(row: Row) -> str:
    rank = figures.rank_of(row["rank"], row["n_ranked"])
    return rank if row["rank"] is None else rank + _mark(row["data_basis"])


def _mark(basis: str) -> str:
    return f" {DATA_MARKS[basis]}" if basis in DATA_MARKS else ""


def _share(value: float | None) -> float:
    return min(max(value or 0.0, 0.0), 1.0)
