"""The first page: what there is to do for this person."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dti_pipeline.portal import rights
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.chain import CENTRE_ROLES
from dti_pipeline.portal.models import Mail, Round
from dti_pipeline.portal.rounds import visible_rounds
from dti_pipeline.portal.views.request import signed_in

_MOST_DOSSIERS = 8
_MOST_LETTERS = 5


@signed_in
def home(request: HttpRequest, actor: Actor) -> HttpResponse:
    rounds = [_round(actor, round_) for round_ in visible_rounds(actor)]
    own = [a for a in rights.assignments_of(actor.person) if a.role in ("reviewer", "consultant")]
    letters = Mail.objects.filter(to=actor.person.email, is_secret=False).order_by("-at")
    context = {
        "rounds": rounds,
        "assignments": own,
        "unit_names": rights.unit_names(),
        "letters": letters[:_MOST_LETTERS],
    }
    return render(request, "portal/home.html", context)


def _round(actor: Actor, round_: Round) -> dict[str, Any]:
    dossiers = rights.visible_dossiers(actor.person, round_)
    roles = rights.roles_in(actor.person, round_)
    is_of_centre = bool(roles & CENTRE_ROLES)
    own = [] if is_of_centre else list(dossiers[:_MOST_DOSSIERS])
    return {
        "round": round_,
        "is_of_centre": is_of_centre,
        "dossiers": [(one, list(rights.steps_for(actor.person, one).values())) for one in own],
        "roles": roles,
    }
