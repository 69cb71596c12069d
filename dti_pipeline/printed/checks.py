"""What does not agree in a printed table: with the release, or with itself.

The table's own sums come first: a difference, a growth in percent, an order, a skipped rank can be
wrong whatever the release says. Roundings are never faults: a figure agrees where it is the
expected one at the decimals its column prints, a difference or percentage where it lies within one
unit of the last place.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise

from dti_pipeline.exact import decimal_words, rounded_decimal
from dti_pipeline.printed.headers import Measure
from dti_pipeline.printed.interpretation import Interpretation, PrintedFigure, ranked_lists
from dti_pipeline.printed.release_figures import ReleaseFigures, Scope
from dti_pipeline.printed.table import Entry, PrintedTable, Subject
from dti_pipeline.reports.release_view import Row
from schemas.messages import message, nearest


def faults(
    table: PrintedTable, interpretation: Interpretation, release: ReleaseFigures
) -> list[Row]:
    """Return what does not agree, with messages in both languages, in the table's order.

    ``cell`` and ``column`` are empty where the row is meant.
    """
    result = [
        *_names(table, release),
        *_shifted(interpretation),
        *_levels(interpretation, release),
        *_changes(interpretation, release),
        *_ranks(interpretation, release),
        *_orders(interpretation, release),
    ]
    return sorted(result, key=lambda row: row["row"])


def _row(
    check: str,
    subject: Subject,
    entry: Entry | None = None,
    scope: Scope | None = None,
    **texts: str,
) -> Row:
    """Return what does not agree about a subject; without a scope the texts are names."""
    sides = {name: decimal_words(text) if scope else text for name, text in texts.items()}
    near = nearest(subject.candidates)
    sentence = message(f"printed_faults.{check}", **sides, nearest=near)
    return {
        "check": check,
        "row": subject.row,
        "cell": entry.place if entry else "",
        "unit_name": subject.name,
        "unit_id": subject.unit_id,
        "scope": scope[0] if scope else None,
        "scope_code": scope[1] if scope else None,
        "column": entry.column.label if entry else None,
        **texts,
        "message_vi": sentence.vi.strip(),
        "message_en": sentence.en.strip(),
    }


def _fault(check: str, figure: PrintedFigure, expected: str, printed: str = "") -> Row:
    entry = figure.entry
    printed = printed or entry.figure.text
    return _row(check, entry.subject, entry, figure.scope, printed=printed, expected=expected)


def _names(table: PrintedTable, release: ReleaseFigures) -> Iterator[Row]:
    rows = defaultdict(list)
    # A table with one row per unit and scope names every unit many times.
    is_long = any(entry.scope is not None for entry in table.entries)
    for subject in table.subjects:
        if subject.unit_id is None and release.group_of(subject) is None:
            if subject.is_summary:
                continue
            names = subject.candidates or "–"
            yield _row("unit_unknown", subject, printed=subject.name, expected=names)
        elif not is_long and subject.unit_id is not None:
            rows[subject.unit_id].append(subject)
    for subjects in rows.values():
        if len(subjects) > 1:
            numbers = ", ".join(str(subject.row) for subject in subjects)
            yield _row("unit_repeated", subjects[-1], printed=subjects[-1].name, expected=numbers)


def _shifted(interpretation: Interpretation) -> Iterator[Row]:
    columns, shift = interpretation.shifted, interpretation.shift
    if not shift:
        return
    levels = interpretation.of("level")
    first = next(figure for figure in levels if figure.entry.column in columns)
    belongs = [
        f"“{column.label}” → “{columns[place + shift].label}”"
        for place, column in enumerate(columns)
        if 0 <= place + shift < len(columns)
    ]
    printed = ", ".join(f"“{column.label}”" for column in columns)
    expected = "; ".join(belongs)
    yield _row("columns_shifted", first.subject, first.entry, printed=printed, expected=expected)


def _levels(interpretation: Interpretation, release: ReleaseFigures) -> Iterator[Row]:
    """Compare values, points and maxima with the release; a shift is one fault."""
    for figure in interpretation.of("level"):
        is_shifted = figure.entry.column in interpretation.shifted and not figure.is_earlier
        if not figure.is_comparable or is_shifted:
            continue
        expected = release.level(
            figure.subject, figure.scope, figure.measure, earlier=figure.is_earlier
        )
        if expected is not None and not figure.agrees_with(expected):
            decimals = release.decimals(figure.measure)
            yield _fault("level_differs", figure, f"{rounded_decimal(expected, decimals):f}")
    for figure in interpretation.of("maximum"):
        maxima = release.maxima(figure.subject, figure.scope)
        if maxima and figure.value not in maxima:
            yield _fault("maximum_differs", figure, f"{maxima[0]:f}")


Levels = dict[tuple[int, Scope, Measure], PrintedFigure]


def _own_levels(interpretation: Interpretation) -> tuple[Levels, Levels]:
    """Return the table's present and latest earlier levels by row, scope and measure."""
    now: Levels = {}
    before: Levels = {}
    latest_first = sorted(interpretation.of("level"), key=lambda f: -(f.entry.column.year or 0))
    for figure in latest_first:
        key = (figure.subject.row, figure.scope, figure.measure)
        (before if figure.is_earlier else now).setdefault(key, figure)
    return now, before


def _changes(interpretation: Interpretation, release: ReleaseFigures) -> Iterator[Row]:
    """Check changes and growth: against the row's own figures, else against the release."""
    now, before = _own_levels(interpretation)
    for figure in interpretation.of("change"):
        key = (figure.subject.row, figure.scope, figure.measure)
        is_own = key in now and key in before
        level = (figure.subject, figure.scope, figure.measure)
        new, old = release.level(*level), release.level(*level, earlier=True)
        step = figure.step
        if is_own:
            new, old = now[key].value, before[key].value
            step = max(figure.step, now[key].step, before[key].step)
        if new is None or old is None:
            continue
        side = "wrong" if is_own else "differs"
        if figure.entry.figure.is_percent or figure.entry.column.is_percent:
            growth = (new - old) / old * 100 if old else None
            if growth is not None and _distance(figure, growth) >= figure.step:
                expected = f"{rounded_decimal(growth, figure.decimals or 1):f}"
                printed = figure.entry.figure.text.rstrip("% ")
                yield _fault(f"percent_{side}", figure, expected, printed)
        elif _distance(figure, new - old) > step:
            places = figure.decimals
            if figure.entry.figure.is_exceeded:
                places = release.decimals(figure.measure)
            change = new - old if is_own else rounded_decimal(new - old, places)
            yield _fault(f"change_{side}", figure, f"{change:+f}")


def _distance(figure: PrintedFigure, change: Decimal) -> Decimal:
    """Return how far a printed change is from the change; “more than” is right or wrong."""
    if figure.entry.figure.is_exceeded:
        return Decimal(0 if change > figure.value else "Infinity")
    return abs(figure.value - change)


def _ranks(interpretation: Interpretation, release: ReleaseFigures) -> Iterator[Row]:
    printed: dict[tuple[int, Scope, bool], int] = {}
    for figure in interpretation.of("rank"):
        rank = int(figure.value)
        printed[figure.subject.row, figure.scope, figure.is_earlier] = rank
        expected = release.rank(figure.subject, figure.scope, earlier=figure.is_earlier)
        if figure.is_comparable and expected is not None and rank != expected:
            yield _fault("rank_differs", figure, str(expected))
    for figure in interpretation.of("rank_change"):
        before, now = (
            printed.get((figure.subject.row, figure.scope, earlier))
            or release.rank(figure.subject, figure.scope, earlier=earlier)
            for earlier in (True, False)
        )
        # Tables differ in what they call plus; only the number of places can be wrong.
        if before is not None and now is not None and abs(figure.value) != abs(before - now):
            yield _fault("rank_change_wrong", figure, f"{before - now:+d}")


def _orders(interpretation: Interpretation, release: ReleaseFigures) -> Iterator[Row]:
    """Check every list of the table: order of the figures, skipped ranks, ties."""
    by_scope = defaultdict(list)
    for figure in interpretation.of("level"):
        if not figure.is_earlier and release.group_of(figure.subject) is None:
            by_scope[figure.scope, figure.measure].append(figure)
    ranks = defaultdict(list)
    for figure in interpretation.of("rank"):
        if not figure.is_earlier:
            ranks[figure.scope].append(figure)
    for (scope, measure), levels in by_scope.items():
        for ranked in ranked_lists(ranks[scope]) if scope in ranks else ():
            places = {figure.subject.row: figure.value for figure in ranked}
            own = [figure for figure in levels if figure.subject.row in places]
            own.sort(key=lambda figure: places[figure.subject.row])
            yield from _out_of_order(own, release)
            yield from _ties(own, places, decimals=release.decimals(measure))
        if scope not in ranks and _is_descending(levels):
            yield from _out_of_order(levels, release)
    for of_scope in ranks.values():
        for ranked in ranked_lists(of_scope):
            yield from _skips(ranked, release)


def _is_descending(levels: Sequence[PrintedFigure]) -> bool:
    """Say whether a list without ranks is printed from the largest down, but for a slip."""
    rises = sum(b.value > a.value for a, b in pairwise(levels))
    return len(levels) > 3 and rises <= max(1, len(levels) // 10)


def _out_of_order(levels: Sequence[PrintedFigure], release: ReleaseFigures) -> Iterator[Row]:
    """Find figures that do not lie between their neighbours.

    Neighbours are figures the release confirms or does not know; of these the fewest are blamed
    without which the list falls from top to bottom. So one slip never makes others look wrong.
    """
    sound = []
    for place, figure in enumerate(levels):
        expected = release.level(figure.subject, figure.scope, figure.measure)
        if expected is None or figure.agrees_with(expected):
            sound.append(place)
    in_order = [sound[i] for i in _falling([levels[place].value for place in sound])]
    for place, figure in enumerate(levels):
        upper = next((levels[i].value for i in reversed(in_order) if i < place), None)
        lower = next((levels[i].value for i in in_order if i > place), None)
        is_too_high = upper is not None and figure.value > upper
        is_too_low = lower is not None and figure.value < lower
        if is_too_high or is_too_low:
            span = f"{'…' if lower is None else lower} – {'…' if upper is None else upper}"
            yield _fault("out_of_order", figure, span)


def _falling(values: Sequence[Decimal]) -> list[int]:
    """Return the places of a longest sequence that never rises from first to last.

    Patience sorting from the end; where two are equally long, the upper figures are kept.
    """
    ends: list[Decimal] = []
    last: list[int] = []
    after: dict[int, int | None] = {}
    for place in reversed(range(len(values))):
        pile = bisect_right(ends, values[place])
        after[place] = last[pile - 1] if pile else None
        ends[pile : pile + 1] = [values[place]]
        last[pile : pile + 1] = [place]
    places = []
    top = last[-1] if last else None
    while top is not None:
        places.append(top)
        top = after[top]
    return places


def _ties(
    levels: Sequence[PrintedFigure], ranks: dict[int, Decimal], *, decimals: int
) -> Iterator[Row]:
    """Find equal figures with other ranks, and equal ranks with other figures.

    Ties are checked on the published decimals; a column printed with fewer cannot be checked.
    """
    if any(figure.decimals < decimals for figure in levels):
        return
    for upper, lower in pairwise(levels):
        is_equal = rounded_decimal(upper.value, decimals) == rounded_decimal(lower.value, decimals)
        if is_equal != (ranks[upper.subject.row] == ranks[lower.subject.row]):
            texts = (f"{f.subject.name} {f.value} ({ranks[f.subject.row]})" for f in (upper, lower))
            yield _fault("tie_broken", lower, ", ".join(texts))


def _skips(ranked: Sequence[PrintedFigure], release: ReleaseFigures) -> Iterator[Row]:
    """Find ranks that do not follow from the ones above.

    After k units that share rank r comes rank r + k. A list with gaps, such as a region's units,
    may skip further, but never less.
    """
    by_rank: dict[int, list[PrintedFigure]] = defaultdict(list)
    for figure in ranked:
        by_rank[int(figure.value)].append(figure)
    is_whole = len(ranked) >= int(release.view.row["n_ranked"]) or len(ranked) == max(by_rank)
    least = 1
    for rank in sorted(by_rank):
        if rank < least or (rank > least and is_whole):
            yield _fault("rank_skips", by_rank[rank][0], str(least))
        least = rank + len(by_rank[rank])
