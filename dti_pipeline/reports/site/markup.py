"""The template engine, and the few helpers that templates use for texts, figures and marks.

Every text goes through the engine's automatic escaping. A text in two languages is written in
Vietnamese with the English one in ``data-en``; the page's script exchanges them. Figures carry
the class ``n``, and the script exchanges their comma and dot. Nothing sets a style or a handler
in an attribute: the content-security policy of the pages forbids both.
"""

import json
from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from dti_pipeline.reports import figures, words
from dti_pipeline.reports.release_view import Row
from schemas.causes import CAUSES
from schemas.text import Text

# Pages load their own files only, wherever they are opened from; no style or script stands in a
# page itself.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'"
)
NOTHING: Final = Markup(f'<span class="none">{figures.NOTHING}</span>')
CACHED: Final = 20_000
_JSON_ESCAPES: Final = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


@cache
def environment() -> Environment:
    """Return the template engine of the site.

    One engine serves all sites of a process: compiling the templates takes longer than a page.
    """
    engine = template_engine("dti_pipeline.reports.site")
    engine.globals.update(
        t=text,
        both=both,
        attr=attribute,
        num=number,
        points=partial(number, decimals=2),
        points_lost=points_lost,
        signed=partial(figure, figures.signed),
        rank=rank,
        word=word,
        mark=mark,
        moved=moved,
        short=figures.short,
        whole=figures.whole,
        num_text=figures.fixed,
        reason=words.reason,
        Text=Text,
        name_of=words.name_of,
        words_of=words.words_of,
        missing=figures.missing,
        DATA_MARKS=words.DATA_MARKS,
        CAUSES=CAUSES,
        policy=POLICY,
    )
    return engine


def template_engine(package: str) -> Environment:
    """Return what fills a package's templates: escaping on, unknown names are errors."""
    return Environment(
        loader=PackageLoader(package, "templates"),
        autoescape=True,
        auto_reload=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


# Words and figures repeat from row to row and from page to page; a page of 98 components is made
# four times as fast with them at hand. Escaping comes first in each, then the markup.
@lru_cache(maxsize=CACHED)
def text(vi: str, en: str) -> Markup:
    return Markup(f'<span data-en="{escape(en)}">{escape(vi)}</span>')


def both(value: Text) -> Markup:
    return text(value.vi, value.en)


@lru_cache(maxsize=CACHED)
def attribute(name: str, vi: str, en: str) -> Markup:
    return Markup(f' {name}="{escape(vi)}" data-en-{name}="{escape(en)}"')


def word(kind: str, code: str | None) -> Markup:
    return both(words.name_of(kind, code))


@lru_cache(maxsize=CACHED)
def figure(write: Callable[..., str], *values: float | None) -> Markup:
    return Markup(f'<span class="n">{escape(write(*values))}</span>')


def number(value: float | None, decimals: int = 4) -> Markup:
    return figure(figures.fixed, value, decimals)


def points_lost(row: Row) -> Markup:
    return figure(figures.lost, row["max_points_effective"], row["points"])


@lru_cache(maxsize=CACHED)
def rank(place: int | None, count: int | None, *, tied: bool = False) -> Markup:
    """Write a rank with the number of units beside it, where that is public.

    A shared rank has an equals sign.
    """
    if place is None:
        return NOTHING
    title = attribute("title", "Đồng hạng", "Tied")
    sign = f'<abbr class="tie"{title}>=</abbr>' if tied else ""
    among = "" if count is None else f'<span class="of">/{count:d}</span>'
    return Markup(f'<span class="rank">{sign}<b>{place:d}</b>{among}</span>')


@lru_cache(maxsize=CACHED)
def moved(places: int | None) -> Markup:
    if places is None:
        return NOTHING
    kind, arrow, vi, en = "same", "0", "giữ nguyên thứ hạng", "same rank"
    if places:
        up, down = ("up", "▲", "tăng ", "up "), ("down", "▼", "giảm ", "down ")
        kind, arrow, vi, en = up if places > 0 else down
    return Markup(
        f'<span class="move {kind}"><span aria-hidden="true">{arrow}</span>'
        f'<span class="sr" data-en="{en}">{vi}</span>{abs(places) or ""}</span>'
    )


@lru_cache(maxsize=CACHED)
def mark(data_basis: str | None) -> Markup:
    sign = words.DATA_MARKS.get(data_basis or "")
    if sign is None:
        return Markup("")
    names = words.name_of("data_bases", data_basis)
    title = attribute("title", *(f"{name[0].upper()}{name[1:]}" for name in names))
    return Markup(f'<abbr class="mark"{title}>{sign}</abbr>')


def script_json(content: object) -> str:
    """Write data for a script file; harmless also inside a page."""
    raw = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return raw.translate(_JSON_ESCAPES)
