"""One page per unit for a meeting, as PDF: result, ranks, mains, the ten largest losses.

One compiler serves all units of an assessment, so that fonts are loaded once; a page takes some
hundredths of a second. Only the fonts that come with the compiler are used, so that a page looks
the same everywhere, and its only date is that of the release: the same release gives the same
bytes.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final, Literal, cast

import typst

from dti_pipeline.reports import figures
from dti_pipeline.reports.history import Stop
from dti_pipeline.reports.losses import ComponentLoss
from dti_pipeline.reports.unit_page import UnitPages
from dti_pipeline.reports.view import Edition, Row, ScopeView
from dti_pipeline.reports.words import (
    BASES,
    BREAKS,
    DATA_BASIS_TEXTS,
    DATA_MARKS,
    LOST_REASONS,
    ONE_PAGER,
    UNIT_TYPES,
    name_of,
)
from schemas.text import Text

Language = Literal["vi", "en"]
MOST_TARGETS: Final = 6


class OnePagers:
    """The one-pagers of an assessment."""

    def __init__(self, edition: Edition, pages: UnitPages, *, language: Language = "vi") -> None:
        self.edition = edition
        self.pages = pages
        self.language: Language = language
        self.timestamp = int(edition.book.computed_at.timestamp())

    def write_all(
        self,
        folder: Path,
        *,
        units: Iterable[str] | None = None,
        progress: Callable[[str], None] = lambda _: None,
    ) -> list[Path]:
        """Write ``<unit_id>.pdf`` for some units, or for all.

        Args:
            folder: created if need be.
            units: unit ids; None for all.
            progress: told every unit id as its page is written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        written = []
        with as_file(files("dti_pipeline.reports.onepager") / "onepager.typ") as template:
            compiler = typst.Compiler(str(template), ignore_system_fonts=True)
            for unit_id in units if units is not None else self.pages.unit_ids:
                path = folder / f"{unit_id}.pdf"
                data = json.dumps(self.content(unit_id), ensure_ascii=False)
                # Most units fit as they are, and measuring takes as long as the page itself.
                pdf = self._compiled(compiler, data, fit=False)
                if not _is_one_page(pdf):
                    pdf = self._compiled(compiler, data, fit=True)
                path.write_bytes(pdf)
                written.append(path)
                progress(unit_id)
        return written

    def _compiled(self, compiler: typst.Compiler, data: str, *, fit: bool) -> bytes:
        """Return a page as PDF, made smaller until it is one page where ``fit`` is asked for."""
        inputs = {"data": data, "fit": "yes" if fit else "no"}
        pdf = compiler.compile(format="pdf", sys_inputs=inputs, timestamp=self.timestamp)
        return cast(bytes, pdf)

    def content(self, unit_id: str) -> dict[str, Any]:
        """Return everything that stands on the page of a unit, ready to print."""
        found = self.pages.context(unit_id)
        overall, edition = found["overall"], self.edition
        say = self._say
        scopes = [*found["pillars"], *found["mains"]]
        marks = {
            overall["data_basis"],
            *(row["data_basis"] for _, row in scopes),
            *(part.row["data_basis"] for part in found["top"]),
            *(row["data_basis"] for row in found["targets"]),
        }
        return {
            "lang": self.language,
            "unit": overall["unit_name"],
            "about": self._about(found["unit"]),
            "title": say(edition.title),
            "release": edition.book.release.release_id,
            "words": {key: say(label) for key, label in ONE_PAGER.items()},
            "warnings": self._warnings(),
            "figures": self._figures(overall),
            "rows": [self._row(scope, row) for scope, row in scopes],
            "losses": [self._loss(part) for part in found["top"]],
            "gaps": [
                {
                    "name": f"{say(gap.name)}: {gap.unit_name} ({gap.rank}/{overall['n_ranked']})",
                    "value": self._number(figures.signed(gap.value, edition.decimals)),
                    "points": self._number(figures.signed(gap.points, 2)),
                }
                for gap in found["gaps"]
            ],
            "history": self._history(found["history"]),
            "targets": self._targets(found["targets"]),
            "legend": self._legend(marks, has_breaks=overall["prev_break"] != "none"),
            "footer": f"{edition.book.release.release_id} · {overall['revision_id']} · {unit_id}",
        }

    def _say(self, label: Text) -> str:
        return label.vi if self.language == "vi" else label.en

    def _number(self, text: str) -> str:
        return text if self.language == "vi" else figures.english(text)

    def _value(self, value: float | None, basis: str | None = None) -> str:
        return self._number(figures.fixed(value, self.edition.decimals)) + _mark(basis)

    def _about(self, unit: Row) -> str:
        region = unit["region_name"] if self.language == "vi" else unit["region_name_en"]
        kind = self._say(name_of(UNIT_TYPES, unit["unit_type"])) if unit["unit_type"] else None
        return " · ".join(part for part in (kind, region) if part)

    def _warnings(self) -> list[str]:
        status = self.edition.book.status_note
        notes = [self._say(status)] if status else []
        kind = self.edition.row["data_basis"]
        if kind in DATA_MARKS:
            notes.append(f"{DATA_MARKS[kind]} {self._say(DATA_BASIS_TEXTS[kind])}")
        unofficial = self.edition.unofficial
        if unofficial:
            counts = ", ".join(
                f"{count} {self._say(name_of(BASES, code))}" for code, count in unofficial["counts"]
            )
            notes.append(
                self._say(ONE_PAGER["unofficial"]).format(n=unofficial["total"], counts=counts)
            )
        return notes

    def _figures(self, overall: Row) -> list[dict[str, str]]:
        say, number = self._say, self._number
        reached = figures.fixed(overall["points"], 2)
        most = figures.fixed(overall["max_points_effective"], 2)
        found = [
            {
                "name": say(ONE_PAGER["overall"]),
                "value": self._value(overall["value"], overall["data_basis"]),
                "of": "",
                "note": number(f"{reached} / {most} ") + say(ONE_PAGER["points"]).lower(),
            },
            self._standing(ONE_PAGER["rank"], overall["rank"], overall["n_ranked"]),
        ]
        if overall["rank_in_region"] is not None:
            found.append(
                self._standing(
                    ONE_PAGER["rank_in_region"], overall["rank_in_region"], overall["n_in_region"]
                )
            )
        if overall["value_change"] is not None:
            kind = overall["prev_break"]
            note = "" if kind == "none" else f"⚠ {say(name_of(BREAKS, kind))}"
            change = overall["rank_change"]
            moved = "" if change is None else f" ({change:+d} {say(ONE_PAGER['places'])})"
            found.append(
                {
                    "name": say(ONE_PAGER["on_previous"]),
                    "value": number(figures.signed(overall["value_change"], self.edition.decimals)),
                    "of": moved.replace("-", "−").replace("+0", "0"),
                    "note": note,
                }
            )
        return found

    def _standing(self, name: Text, rank: int | None, count: int | None) -> dict[str, str]:
        shown = figures.NOTHING if rank is None else str(rank)
        among = "" if rank is None else f"/{count}"
        return {"name": self._say(name), "value": shown, "of": among, "note": ""}

    def _row(self, scope: ScopeView, row: Row) -> dict[str, Any]:
        number = self._number
        points = figures.NOTHING
        if row["points"] is not None:
            most = figures.fixed(row["max_points_effective"], 2)
            points = f"{figures.fixed(row['points'], 2)}/{most}"
        reference = f" ({self._say(ONE_PAGER['reference'])})" if scope.is_reference else ""
        return {
            "pillar": scope.kind == "pillar",
            "name": self._say(scope.title) + reference,
            "value": self._value(row["value"], row["data_basis"]),
            "share": _share(row["value"]),
            "median": _share(row["median"]),
            "best": _share(row["best"]),
            "median_text": number(figures.fixed(row["median"], self.edition.decimals)),
            "rank": figures.rank_of(row["rank"], row["n_ranked"]),
            "points": number(points),
            "change": number(figures.signed(row["value_change"], self.edition.decimals)),
        }

    def _loss(self, part: ComponentLoss) -> dict[str, str]:
        lost = figures.fixed(part.lost / figures.MICRO, 2)
        most = figures.fixed(part.row["max_points_effective"], 2)
        basis = part.row["basis"]
        lead = None
        if part.indicator is not None:
            english = part.indicator["lead_role_en"] if self.language == "en" else None
            lead = english or part.indicator["lead_role"]
        return {
            "code": part.row["component_code"],
            "name": self._say(part.name),
            "basis": "" if basis == "official" else f" ({self._say(name_of(BASES, basis))})",
            "lost": self._number(f"{lost}/{most}") + _mark(part.row["data_basis"]),
            "reason": self._say(name_of(LOST_REASONS, part.row["lost_reason"])),
            "lead": lead or figures.NOTHING,
        }

    def _history(self, history: Sequence[tuple[Stop, Row]]) -> list[dict[str, str]]:
        return [
            {
                "year": stop.short,
                "value": self._value(row["value"], row["data_basis"]),
                "rank": figures.rank_of(row["rank"], row["n_ranked"]),
                "note": f"⚠ {self._say(stop.break_before)}" if stop.break_before else "",
            }
            for stop, row in history
        ]

    def _targets(self, targets: Sequence[Row]) -> list[dict[str, str]]:
        """Return the targets that are not reached or not known, then those reached."""
        ordered = sorted(targets, key=lambda row: (row["is_reached"] is True, row["target_code"]))
        number = self._number
        return [
            {
                "name": row["name_vi"] if self.language == "vi" else row["name_en"],
                "wanted": f"{'≥' if row['direction'] == 'at_least' else '≤'} "
                f"{number(figures.short(row['target_value'], 2))} {row['unit_of_measure']}",
                "present": number(figures.short(row["present_value"], 2))
                + _mark(row["data_basis"] if row["present_value"] is not None else None),
                "missing": number(figures.short(row["missing_by"], 2)),
            }
            for row in ordered[:MOST_TARGETS]
        ]

    def _legend(self, marks: set[str], *, has_breaks: bool) -> str:
        parts = [self._say(ONE_PAGER["legend"])]
        parts += [
            f"{sign} {self._say(name_of(DATA_BASIS_TEXTS, kind))}"
            for kind, sign in DATA_MARKS.items()
            if kind in marks
        ]
        if has_breaks and self.edition.break_text:
            parts.append(f"⚠ {self._say(self.edition.break_text)}")
        return " ".join(parts)


def _is_one_page(pdf: bytes) -> bool:
    """Say whether a PDF is known to have one page."""
    return re.findall(rb"/Type\s*/Pages\b[^>]*?/Count\s+(\d+)", pdf) == [b"1"]


def _mark(basis: str | None) -> str:
    """Return the mark of a figure that rests on samples, with the space before it."""
    return f" {DATA_MARKS[basis]}" if basis in DATA_MARKS else ""


def _share(value: float | None) -> float:
    """Return a value as the length of a bar."""
    return min(max(value or 0.0, 0.0), 1.0)
