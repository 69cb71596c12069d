"""What views share: the signed-in actor, days and numbers of a form, files as attachments."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header

from dti_pipeline.intake.numbers.entry import day_of
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.errors import RefusedError
from dti_pipeline.portal.middleware import actor_of, wants_json

View = Callable[..., Any]


def signed_in(view: View) -> View:
    """Give a view the actor; send strangers to the log-in page, or say so to a script."""

    @wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        actor = actor_of(request)
        if actor.account is None:
            if wants_json(request):
                return JsonResponse({"refused": "signed_out"}, status=401)
            if request.method == "POST":  # what was typed would be lost on the way to the log-in
                raise RefusedError("refused.signed_out")
            return redirect(f"/accounts/login/?next={quote(request.get_full_path())}")
        return view(request, actor, *args, **kwargs)

    return wrapper


def posted(view: View) -> View:
    """Like `signed_in`, for views that change something: anything but POST is refused."""

    @wraps(view)
    def wrapper(request: HttpRequest, actor: Actor, *args: Any, **kwargs: Any) -> Any:
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        return view(request, actor, *args, **kwargs)

    return signed_in(wrapper)


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
        if not text.isascii() or not text.isdigit() or len(text) > 12:
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
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": f"default-src 'none'; sandbox; frame-ancestors {ancestors}",
            "X-Frame-Options": framing,
            "Cross-Origin-Resource-Policy": "same-origin",
            "Cache-Control": "private, no-store",
        },
    )
