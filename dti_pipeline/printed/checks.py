"""What does not agree in a printed table: with the release, or with itself.

The table's own sums come first: a difference, a growth in percent, an order, a skipped rank can be
wrong whatever the release says. Roundings are never faults: a figure agrees where it is the
expected one at the decimals its column prints, a difference or percentage where it lies within one
unit of the last place.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from dti_pipeline.exact import rounded_decimal
from dti_pipeline.printed.expected import Expected, Measure
from dti_pipeline.printed.resolve import Printed, Resolved, agrees, sections
from dti_pipeline.printed.table import PrintedTable, Subject

MESSAGES: Final = {
    "unit_unknown": (
        "Không nhận ra đơn vị “{printed}”. Gần giống nhất: {expected}.",
        "Unit “{printed}” is not known. Nearest: {expected}.",
    ),
    "unit_repeated": (
        "Đơn vị “{printed}” đứng ở nhiều dòng: {expected}.",
        "Unit “{printed}” stands in several rows: {expected}.",
    ),
    "columns_shifted": (
        "Các cột {printed} bị lệch một cột: số liệu ở đây thuộc về {expected}.",
        "The columns {printed} are shifted by one: their figures belong to {expected}.",
    ),
    "level_differs": (
        "In {printed}, bản phát hành là {expected}.",
        "Printed {printed}, released {expected}.",
    ),
    "rank_differs": (
        "In hạng {printed}, bản phát hành là hạng {expected}.",
        "Printed rank {printed}, released rank {expected}.",
    ),
    "maximum_differs": (
        "In điểm tối đa {printed}, bộ chỉ số là {expected}.",
        "Printed maximum {printed}, the framework has {expected}.",
    ),
    "change_wrong": (
        "In mức thay đổi {printed}, nhưng hiệu của hai số trong bảng là {expected}.",
        "Printed change {printed}, but the difference of the table's own figures is {expected}.",
    ),
    "change_differs": (
        "In mức thay đổi {printed}, theo bản phát hành là {expected}.",
        "Printed change {printed}, by the release {expected}.",
    ),
    "percent_wrong": (
        "In mức tăng {printed} %, nhưng tính từ hai số trong bảng là {expected} %.",
        "Printed growth {printed} %, but the table's own figures give {expected} %.",
    ),
    "percent_differs": (
        "In mức tăng {printed} %, theo bản phát hành là {expected} %.",
        "Printed growth {printed} %, by the release {expected} %.",
    ),
    "rank_change_wrong": (
        "In thay đổi {printed} bậc, theo hạng là {expected} bậc.",
        "Printed change of {printed} places, by the ranks it is {expected}.",
    ),
    "out_of_order": (
        "In {printed}, nhưng theo thứ hạng phải nằm trong khoảng {expected}.",
        "Printed {printed}, but by its rank it must lie between {expected}.",
    ),
    "rank_skips": (
        "In hạng {printed}, nhưng sau các đơn vị xếp trên phải là hạng {expected} "
        "(đồng hạng thì bỏ qua hạng kế tiếp).",
        "Printed rank {printed}, but after the units above it must be {expected} "
        "(ties share the better rank and the next is skipped).",
    ),
    "tie_broken": (
        "Hai đơn vị cùng {printed} nhưng khác hạng hoặc cùng hạng nhưng khác số: {expected}.",
        "Two units with {printed}: equal figures and other ranks, or the reverse: {expected}.",
    ),
}


@dataclass(frozen=True)
class Fault:
    """One thing that does not agree.

    Attributes:
        check: a key of ``MESSAGES``.
        subject: the row; its place and name.
        place: cell.
        label: header of the column, empty where the row as a whole is meant.
        scope: scope kind and code, None where none is meant.
        printed: what stands there.
        expected: what should.
    """

    check: str
    subject: Subject
    place: str
    label: str
    scope: tuple[str, str] | None
    printed: str
    expected: str

    def row(self) -> dict[str, Any]:
        """Return the fault as a row for people and programs."""
        vi, en = MESSAGES[self.check]
        said = {"printed": self.printed, "expected": self.expected}
        comma = {key: text.replace(".", ",") for key, text in said.items()}
        figures = self.check not in ("unit_unknown", "unit_repeated", "columns_shifted")
        return {
            "check": self.check,
            "row": self.subject.row,
            "cell": self.place,
            "unit_name": self.subject.name,
            "unit_id": self.subject.unit_id,
            "scope": self.scope[0] if self.scope else None,
            "scope_code": self.scope[1] if self.scope else None,
            "column": self.label or None,
            **said,
            "message_vi": vi.format(**(comma if figures else said)),
            "message_en": en.format(**said),
        }


def faults(table: PrintedTable, resolved: Resolved, expected: Expected) -> list[Fault]:
    """Return everything that does not agree, in the order of the rows."""
    found = [
        *_names(table, expected),
        *_shifted(resolved),
        *_levels(resolved, expected),
        *_changes(resolved, expected),
        *_ranks(resolved, expected),
        *_orders(resolved, expected),
    ]
    return sorted(found, key=lambda fault: fault.subject.row)


def _fault(check: str, one: Printed, *, expected: str, printed: str = "") -> Fault:
    return Fault(
        check=check,
        subject=one.subject,
        place=one.entry.place,
        label=one.entry.column.label,
        scope=one.scope,
        printed=printed or one.entry.figure.text,
        expected=expected,
    )


def _names(table: PrintedTable, expected: Expected) -> Iterator[Fault]:
    """Find rows whose unit nobody knows, and units in several rows."""
    rows = defaultdict(list)
    # A table with one row per unit and scope names every unit many times.
    is_long = any(entry.scope is not None for entry in table.entries)
    for subject in table.subjects:
        if subject.unit_id is None and expected.group_of(subject) is None:
            yield Fault("unit_unknown", subject, "", "", None, subject.name, subject.candidates)
        elif not is_long and subject.unit_id is not None:
            rows[subject.unit_id].append(subject)
    for same in rows.values():
        if len(same) > 1:
            listed = ", ".join(str(one.row) for one in same)
            yield Fault("unit_repeated", same[-1], "", "", None, same[-1].name, listed)


def _shifted(resolved: Resolved) -> Iterator[Fault]:
    if not resolved.shift:
        return
    labels = [column.label for column in resolved.shifted]
    step = resolved.shift
    first = next(one for one in resolved.of("level") if one.entry.column in resolved.shifted)
    belongs = [
        f"“{label}” → “{labels[at + step]}”"
        for at, label in enumerate(labels)
        if 0 <= at + step < len(labels)
    ]
    yield Fault(
        check="columns_shifted",
        subject=first.subject,
        place=first.entry.place,
        label=first.entry.column.label,
        scope=None,
        printed=", ".join(f"“{label}”" for label in labels),
        expected="; ".join(belongs),
    )


def _levels(resolved: Resolved, expected: Expected) -> Iterator[Fault]:
    """Compare values, points and maxima with the release; a shift is told once."""
    for one in resolved.of("level"):
        if not one.compared or (one.entry.column in resolved.shifted and not one.earlier):
            continue
        meant = expected.level(one.subject, one.scope, one.measure, earlier=one.earlier)
        if meant is not None and not agrees(one, meant):
            published = _text(meant, expected.decimals(one.measure))
            yield _fault("level_differs", one, expected=published)
    for one in resolved.of("maximum"):
        limits = expected.maximum(one.subject, one.scope)
        if limits and one.value not in limits:
            yield _fault("maximum_differs", one, expected=_text(limits[0]))


Levels = dict[tuple[int, tuple[str, str], Measure], Printed]


def _own_levels(resolved: Resolved) -> tuple[Levels, Levels]:
    """Return the table's present and latest earlier levels by row, scope and measure."""
    now: Levels = {}
    before: Levels = {}
    for one in resolved.of("level"):
        key = (one.subject.row, one.scope, one.measure)
        side = before if one.earlier else now
        year = one.entry.column.year or 0
        if key not in side or year > (side[key].entry.column.year or 0):
            side[key] = one
    return now, before


def _changes(resolved: Resolved, expected: Expected) -> Iterator[Fault]:
    """Check changes and growth: against the row's own figures, else against the release."""
    now, before = _own_levels(resolved)
    for one in resolved.of("change"):
        key = (one.subject.row, one.scope, one.measure)
        own = key in now and key in before
        if own:
            new: Decimal | None = now[key].value
            old: Decimal | None = before[key].value
            step = max(one.step, now[key].step, before[key].step)
        else:
            new = expected.level(one.subject, one.scope, one.measure)
            old = expected.level(one.subject, one.scope, one.measure, earlier=True)
            step = one.step
        if new is None or old is None:
            continue
        side = "wrong" if own else "differs"
        if one.entry.figure.is_percent or one.entry.column.is_percent:
            if old and abs(one.value - (meant := (new - old) / old * 100)) >= one.step:
                yield _fault(
                    f"percent_{side}",
                    one,
                    printed=one.entry.figure.text.rstrip("% "),
                    expected=_text(meant, one.decimals or 1),
                )
        elif abs(one.value - (new - old)) > step:
            meant = new - old if own else rounded_decimal(new - old, one.decimals)
            yield _fault(f"change_{side}", one, expected=f"{meant:+f}")


def _ranks(resolved: Resolved, expected: Expected) -> Iterator[Fault]:
    """Compare ranks and their changes with the release and with each other."""
    printed: dict[tuple[int, tuple[str, str], bool], int] = {}
    for one in resolved.of("rank"):
        printed[one.subject.row, one.scope, one.earlier] = int(one.value)
        meant = expected.rank(one.subject, one.scope, earlier=one.earlier)
        if one.compared and meant is not None and int(one.value) != meant:
            yield _fault("rank_differs", one, expected=str(meant))
    for one in resolved.of("rank_change"):
        sides = [
            printed.get((one.subject.row, one.scope, earlier))
            or expected.rank(one.subject, one.scope, earlier=earlier)
            for earlier in (True, False)
        ]
        before, now = sides
        # Tables differ in what they call plus; only the number of places can be wrong.
        if before is not None and now is not None and abs(one.value) != abs(before - now):
            yield _fault("rank_change_wrong", one, expected=f"{before - now:+d}")


def _orders(resolved: Resolved, expected: Expected) -> Iterator[Fault]:
    """Check every list of the table: order of the figures, skipped ranks, ties."""
    by_scope = defaultdict(list)
    for one in resolved.of("level"):
        if not one.earlier and expected.group_of(one.subject) is None:
            by_scope[one.scope, one.measure].append(one)
    ranks = defaultdict(list)
    for one in resolved.of("rank"):
        if not one.earlier:
            ranks[one.scope].append(one)
    for (scope, measure), levels in by_scope.items():
        if scope in ranks:
            for part in sections(ranks[scope]):
                place = {one.subject.row: at for at, one in enumerate(part)}
                listed = [one for one in levels if one.subject.row in place]
                listed.sort(key=lambda one: part[place[one.subject.row]].value)
                yield from _out_of_order(listed, expected)
                places = {one.subject.row: one.value for one in part}
                yield from _ties(listed, places, decimals=expected.decimals(measure))
        elif _is_descending(levels):
            yield from _out_of_order(levels, expected)
    for of_scope in ranks.values():
        for part in sections(of_scope):
            yield from _skips(part, expected)


def _is_descending(levels: Sequence[Printed]) -> bool:
    """Say whether a list without ranks is printed from the largest down, but for a slip."""
    rises = sum(b.value > a.value for a, b in pairwise(levels))
    return len(levels) > 3 and rises <= max(1, len(levels) // 10)


def _out_of_order(listed: Sequence[Printed], expected: Expected) -> Iterator[Fault]:
    """Find figures that do not lie between their neighbours.

    Neighbours are figures the release confirms or does not know; of these the fewest are blamed
    without which the list falls from top to bottom. So one slip never makes others look wrong.
    """
    sound = []
    for at, one in enumerate(listed):
        meant = expected.level(one.subject, one.scope, one.measure)
        if meant is None or agrees(one, meant):
            sound.append(at)
    falling = _falling([listed[at].value for at in sound])
    kept = {at for place, at in enumerate(sound) if place in falling}
    for at, one in enumerate(listed):
        upper = next((listed[i].value for i in reversed(range(at)) if i in kept), None)
        lower = next((listed[i].value for i in range(at + 1, len(listed)) if i in kept), None)
        too_high = upper is not None and one.value > upper
        too_low = lower is not None and one.value < lower
        if too_high or too_low:
            span = f"{'…' if lower is None else lower} – {'…' if upper is None else upper}"
            yield _fault("out_of_order", one, expected=span)


def _falling(values: Sequence[Decimal]) -> set[int]:
    """Return the places of a longest sequence that never rises from first to last.

    Patience sorting from the end; where two are equally long, the upper figures are kept.
    """
    ends: list[Decimal] = []
    last: list[int] = []
    before: dict[int, int | None] = {}
    for at in reversed(range(len(values))):
        pile = bisect_right(ends, values[at])
        before[at] = last[pile - 1] if pile else None
        ends[pile : pile + 1] = [values[at]]
        last[pile : pile + 1] = [at]
    place = last[-1] if last else None
    found = set()
    while place is not None:
        found.add(place)
        place = before[place]
    return found


def _ties(
    listed: Sequence[Printed], ranks: dict[int, Decimal], *, decimals: int
) -> Iterator[Fault]:
    """Find equal figures with other ranks, and equal ranks with other figures.

    Ties are judged on the published decimals; a column printed with fewer cannot be judged.
    """
    if any(one.decimals < decimals for one in listed):
        return
    for one, other in pairwise(listed):
        first, second = ranks[one.subject.row], ranks[other.subject.row]
        is_equal = rounded_decimal(one.value, decimals) == rounded_decimal(other.value, decimals)
        if is_equal != (first == second):
            yield _fault(
                "tie_broken",
                other,
                expected=f"{one.subject.name} {one.value} ({first}), "
                f"{other.subject.name} {other.value} ({second})",
            )


def _skips(part: Sequence[Printed], expected: Expected) -> Iterator[Fault]:
    """Find ranks that do not follow from the ones above.

    After k units that share rank r comes rank r + k. A list with gaps, such as a region's units,
    may skip further, but never less.
    """
    by_rank: dict[int, list[Printed]] = defaultdict(list)
    for one in part:
        by_rank[int(one.value)].append(one)
    is_whole = len(part) >= int(expected.dim["n_ranked"]) or len(part) == max(by_rank)
    least = 1
    for rank in sorted(by_rank):
        if rank < least or (rank > least and is_whole):
            yield _fault("rank_skips", by_rank[rank][0], expected=str(least))
        least = rank + len(by_rank[rank])


def _text(number: Decimal, decimals: int | None = None) -> str:
    """Write a number plainly, at so many decimals where given."""
    if decimals is None:
        return f"{number:f}"
    return f"{rounded_decimal(number, decimals):f}"
