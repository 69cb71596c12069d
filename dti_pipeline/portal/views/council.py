"""The council's side: a draft beside the last release, and the two voices."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from dti_pipeline.portal import council as decisions
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.models import DraftRun, Round, Vote
from dti_pipeline.portal.rights import find_round, roles_in
from dti_pipeline.portal.views.request import posted, signed_in

_ROLES = ("council", "operator", "head")


def _last_draft(round_: Round) -> DraftRun | None:
    draft = round_.drafts.order_by("-pk").first()
    return decisions.refresh(draft) if draft else None


@signed_in
def council(request: HttpRequest, actor: Actor, round_id: int) -> HttpResponse:
    round_ = find_round(actor, round_id, _ROLES)
    last = _last_draft(round_)
    roles = roles_in(actor.person, round_)
    comparison = decisions.comparison(last) if last and last.state == "done" else None
    votes = Vote.objects.filter(round=round_).select_related("by").order_by("-pk")
    act, release_id = (comparison["act"], comparison["release_id"]) if comparison else ("", "")
    context = {
        "round": round_,
        "draft": last,
        "comparison": comparison,
        "votes": votes,
        "may_draft": bool(roles & {"council", "operator"})
        and round_.state in ("second_review", "council"),
        "may_vote": "council" in roles and round_.state in decisions.ROUND_STATES_OF.get(act, ()),
        "has_voted": votes.filter(by=actor.person, release_id=release_id, act=act).exists(),
    }
    return render(request, "portal/council.html", context)


@posted
def draft(request: HttpRequest, actor: Actor, round_id: int) -> HttpResponse:
    decisions.start_draft(actor, find_round(actor, round_id, _ROLES))
    return redirect("council", round_id=round_id)


@signed_in
def draft_state(request: HttpRequest, actor: Actor, round_id: int) -> HttpResponse:
    draft = _last_draft(find_round(actor, round_id, _ROLES))
    return render(request, "portal/draft_state.html", {"draft": draft})


@posted
def vote(request: HttpRequest, actor: Actor, round_id: int) -> HttpResponse:
    round_, form = find_round(actor, round_id, _ROLES), request.POST
    release, act, reason = (form.get(name, "") for name in ("release", "act", "reason"))
    decisions.vote(actor, round_, release, act, reason)
    return redirect("council", round_id=round_id)
