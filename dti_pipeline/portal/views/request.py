"""What views share: the signed-in actor, days and numbers of a form, files as attachments."""

from collections.abc import Callable
from datetime import date
from functools import partial, wraps
from typing import Any, Final
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.http import content_disposition_header

from dti_pipeline.intake.numbers.entry import day_of
from dti_pipeline.portal import audit
from dti_pipeline.portal.errors import RefusedError
from dti_pipeline.portal.middleware import actor_of, page_context, wants_json
from dti_pipeline.portal.rights import find_dossier
from schemas.text import Text

View = Callable[..., Any]
# How an address names something of a dossier → the dossier's field of it.
_FIELDS: Final = {"evidence_id": "evidence", "import_id": "imports", "delivery_id": "sent"}


def signed_in(view: View, *, is_posted: bool = False) -> View:
    """Give a view the actor, and what its address names of a dossier that the actor may see.

    Strangers are sent to the log-in page; a script is told so.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, **named: Any) -> Any:
        actor = actor_of(request)
        if actor.account is None:
            if wants_json(request):
                return JsonResponse({"refused": "signed_out"}, status=401)
            if request.method == "POST":  # what was typed would be lost on the way to the log-in
                raise RefusedError("refused.signed_out")
            return redirect(f"/accounts/login/?next={quote(request.get_full_path())}")
        if is_posted and request.method != "POST":
            return HttpResponseNotAllowed(["POST"], render_to_string("405.html", request=request))
        # Before anything is read: what is changed meanwhile counts as not shown.
        request.since = audit.last_number()
        objects = []
        if (number := named.pop("dossier_id", None)) is not None:
            objects.append(find_dossier(actor.person, pk=number))
        for name, field in _FIELDS.items():
            if (number := named.pop(name, None)) is not None:
                dossier = find_dossier(actor.person, **{f"{field}__pk": number})
                objects.append(getattr(dossier, field).get(pk=number))
        return view(request, actor, *objects, **named)

    return wrapper


# For views that change something: anything but POST is refused.
posted = partial(signed_in, is_posted=True)


def tell(request: HttpRequest, text: Text) -> None:
    messages.success(request, text.en if page_context(request)["lang"] == "en" else text.vi)


def optional_day(request: HttpRequest, name: str) -> date | None:
    return day_in(request, name) if request.POST.get(name, "").strip() else None


def day_in(request: HttpRequest, name: str) -> date:
    """Return a day of a form; refuse what is missing or cannot be read."""
    text = request.POST.get(name, "").strip()
    day = day_of(text)
    if day is None:
        raise RefusedError("refused.day_unreadable", text=text)
    return day


def number_in(request: HttpRequest, name: str) -> int:
    """Return a number of a form, 0 where it is empty; refuse what is none."""
    return (numbers_in(request, name) or [0])[-1]


def numbers_in(request: HttpRequest, name: str) -> list[int]:
    texts = list(filter(None, request.POST.getlist(name)))
    for text in texts:
        if not text.isascii() or not text.isdigit() or len(text) > 9:  # what a column holds
            raise RefusedError("refused.number_unreadable", text=text)
    return list(map(int, texts))


def attachment(
    content: bytes,
    *,
    name: str,
    media_type: str = "application/octet-stream",
    is_shown: bool = False,
) -> HttpResponse:
    """Serve a file that no browser runs: to keep, or shown within a page of the portal."""
    framing, ancestors = ("SAMEORIGIN", "'self'") if is_shown else ("DENY", "'none'")
    return HttpResponse(
        content,
        content_type=media_type,
        headers={
            "Content-Disposition": content_disposition_header(not is_shown, name),
            "Content-Security-Policy": f"default-src 'none'; sandbox; frame-ancestors {ancestors}",
            "X-Frame-Options": framing,
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, no-store",
        },
    )
