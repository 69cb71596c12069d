"""The council's side: a draft beside the last release, and the two voices."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from dti_pipeline.portal import council as decisions
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.errors import NotAllowedError
from dti_pipeline.portal.models import DraftRun, Round, Vote
from dti_pipeline.portal.rights import require_role, roles_in
from dti_pipeline.portal.views.request import posted, signed_in

_ROLES = ("council", "operator", "head")


def _round(actor: Actor, round_id: int) -> Round:
    round_ = Round.objects.filter(pk=round_id).first()
    if round_ is None:
        raise NotAllowedError
    require_role(actor, _ROLES, round_)
    return round_


def _last_draft(round_: Round) -> DraftRun | None:
    draft = round_.drafts.order_by("-pk").first()
    return decisions.refresh(draft) if draft else None


@signed_in
def council(request: HttpRequest, actor: Actor, round_id: int) -> HttpResponse:
    """Show the last draft beside the last release."""
    round_ = _round(actor, round_id)
    last = _last_draft(round_)
    roles = roles_in(actor.person, round_)
    context = {
        "round": round_,
        "draft": last,
        "comparison": decisions.comparison(last) if last and last.state == "done" else None,
        "votes": Vote.objects.filter(round=round_).select_related("by").order_by("-pk"),
        "may_draft": bool(roles & {"council", "operator"})
        and round_.state in ("second_review", "council"),
        "may_vote": "council" in roles and round_.state in ("council", "final"),
    }
    return render(request, "portal/council.html", context)


@posted
def draft(request: HttpRequest, actor: Actor, round_id: int) -> HttpResponse:
    """Start computing a draft."""
    decisions.start_draft(actor, _round(actor, round_id))
    return redirect("council", round_id=round_id)


@signed_in
def draft_state(request: HttpRequest, actor: Actor, round_id: int) -> HttpResponse:
    """Give the state of the last computation, for the page to show while it runs."""
    last = _last_draft(_round(actor, round_id))
    response = render(request, "portal/draft_state.html", {"draft": last})
    if last and last.state != "running":
        response.headers["HX-Refresh"] = "true"
    return response


@posted
def vote(request: HttpRequest, actor: Actor, round_id: int) -> HttpResponse:
    """Give a voice for approving or withdrawing."""
    decisions.vote(
        actor,
        _round(actor, round_id),
        request.POST.get("release", ""),
        request.POST.get("act", ""),
        request.POST.get("reason", ""),
    )
    return redirect("council", round_id=round_id)
