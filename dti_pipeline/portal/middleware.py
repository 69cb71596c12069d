"""What every request gets: the actor, refusals as pages, no caching, a second factor if asked."""

import re
from collections.abc import Callable
from typing import Any, Final

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, override

from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.chain import CENTRE_ROLES
from dti_pipeline.portal.errors import NotAllowedError, RefusedError
from dti_pipeline.portal.rights import roles_in
from dti_pipeline.portal.rounds import DATES
from schemas.messages import message
from schemas.text import SpokenError, Text

_FREE = ("/accounts/", "/static/", "/enter/", "/language/")


class CookieMiddleware:
    """Vietnamese, unless a person chose otherwise; never what a browser happens to prefer.

    A cookie that holds NUL, such as a session's, is taken for none: PostgreSQL keeps it in no text.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.COOKIES = {name: v for name, v in request.COOKIES.items() if "\0" not in v}
        language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "vi")
        with override(language if language in dict(settings.LANGUAGES) else "vi"):
            return self.get_response(request)


class PortalMiddleware:
    """Turns refusals into pages, and keeps what people see out of caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if (
            settings.DTI_MFA_FOR_CENTRE
            and request.user.is_authenticated
            and not request.path.startswith(_FREE)
            and roles_in(request.user) & (CENTRE_ROLES | {"admin"})
            and not is_mfa_enabled(request.user)
        ):
            return redirect("mfa_index")
        response = self.get_response(request)
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """Refuse NUL wherever it is typed: PostgreSQL keeps it in no text."""
        if "%00" in request.get_full_path() + request.POST.urlencode():
            return self.process_exception(request, RefusedError("refused.text_nul"))
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, SpokenError):
            return None
        status = 403 if isinstance(error, NotAllowedError) else 409
        if wants_json(request):
            texts = {"refused": error.text.vi, "refused_en": error.text.en}
            return JsonResponse(texts, status=status)
        return _refusal(request, error.text, status)


# Fields whose content is shown again where it was not taken.
_TYPED: Final = (
    *("reason", "note", "text", "na_reason", "title", "number", "value_text", "cause_note"),
    *("status", "percent", "asked_on", "answer", "until", *DATES),
    *("role", "unit", "main", "component"),
)


def _refusal(request: HttpRequest, text: Text, status: int) -> HttpResponse:
    """Say why nothing was done, and show again what was typed."""
    typed = [(name, entry) for name in _TYPED if (entry := request.POST.get(name))]
    referer = request.headers.get("Referer", "")
    is_own = url_has_allowed_host_and_scheme(referer, {request.get_host()})
    context = {"error": text, "typed": typed, "back": referer if is_own else ""}
    return render(request, "portal/refused.html", context, status=status)


def outdated(request: HttpRequest, **_: str) -> HttpResponse:
    """Answer a form without the token of its session: from before a log-in, or from elsewhere."""
    if wants_json(request):
        return JsonResponse({"refused": "signed_out"}, status=401)
    return _refusal(request, message("refused.form_outdated"), 403)


def wants_json(request: HttpRequest) -> bool:
    is_script = request.headers.get("Accept", "").startswith("application/json")
    return is_script or request.path.startswith("/api/")


def actor_of(request: HttpRequest) -> Actor:
    """Return who acts, and from where.

    The address is that of the connection; behind a proxy, what the proxy itself added last, never
    what the sender claimed before it.
    """
    account = request.user if request.user.is_authenticated else None
    address = request.META.get("REMOTE_ADDR", "")
    if settings.DTI_BEHIND_PROXY:
        address = request.headers.get("X-Forwarded-For", address).rpartition(",")[2].strip()
    since = request.POST.get("since")
    if since is not None:  # what is no number is of an earlier version: nothing of now was shown
        since = int(since) if re.fullmatch(r"[0-9]{1,18}", since) else 0
    return Actor(account, address[:60], since)


def page_context(request: HttpRequest) -> dict[str, Any]:
    user = getattr(request, "user", None)
    account = user if user is not None and user.is_authenticated else None
    return {
        "lang": "en" if (get_language() or "vi").startswith("en") else "vi",
        "roles": roles_in(account) if account else set(),
        "is_demo": account is not None and account.is_demo,
        "since": getattr(request, "since", ""),
    }
