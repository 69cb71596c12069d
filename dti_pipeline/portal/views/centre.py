"""The centre's side: board, windows, extensions, reminders, suppliers, queue, decisions."""

from collections import Counter
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render

from dti_pipeline.index.assessments.load import assessment_ids
from dti_pipeline.intake.forms.layout import questions_of
from dti_pipeline.portal import (
    accounts,
    adoption,
    audit,
    dossiers,
    figures,
    notices,
    reviews,
    rounds,
)
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.chain import BY_NAME, CENTRE_ROLES, DOSSIER_STATES
from dti_pipeline.portal.errors import NotAllowedError
from dti_pipeline.portal.models import Answer, Assignment, Dossier, Round, Supply
from dti_pipeline.portal.rights import (
    find_dossier,
    require_role,
    roles_in,
    round_steps,
    steps_for,
    visible_dossiers,
)
from dti_pipeline.portal.views.request import (
    day_in,
    number_in,
    optional_day,
    posted,
    signed_in,
    wants_json,
)

_BOARD_ROLES = ("operator", "head", "monitor", "council")
ANSWERS = ("", "agreed", "refused", "no_answer")


def _round(actor: Actor, round_id: int, roles: Any = _BOARD_ROLES) -> Round:
    round_ = Round.objects.filter(pk=round_id).first()
    if round_ is None:
        raise NotAllowedError
    require_role(actor, roles, round_)
    return round_


def _dates(request: HttpRequest) -> dict[str, date]:
    return {name: day_in(request, name) for name in rounds.DATES}


@signed_in
def new_round(request: HttpRequest, actor: Actor) -> HttpResponse:
    require_role(actor, ["operator"])
    if request.method == "POST":
        dates = _dates(request)
        made = rounds.create_round(
            actor,
            request.POST.get("assessment", ""),
            dates,
            through_office=request.POST.get("office") == "1",
        )
        return redirect("board", round_id=made.pk)
    held = set(Round.objects.values_list("assessment_id", flat=True))
    known = assessment_ids(search=figures.workspace().config("assessments"))
    context = {"assessments": [name for name in known if name not in held]}
    return render(request, "portal/new_round.html", context)


@signed_in
def board(request: HttpRequest, actor: Actor, round_id: int) -> HttpResponse:
    """Show how far every unit is, main by main, and what can be done with the round."""
    round_ = _round(actor, round_id)
    rounds.take_weekly_snapshots()
    held = list(visible_dossiers(actor.person, round_).prefetch_related("exceptions"))
    filled = _filled(round_)
    mains = _mains(round_)
    rows = [
        {
            "dossier": one,
            "is_late": rounds.is_late(one),
            "mains": [filled.get((one.pk, code), 0) for code in mains],
            "exceptions": list(one.exceptions.all()),
        }
        for one in held
    ]
    if which := request.GET.get("show", ""):
        rows = [
            row
            for row in rows
            if which == row["dossier"].state or (which == "late" and row["is_late"])
        ]
    proposal = BY_NAME.get(("round", round_.proposal))
    roles = roles_in(actor.person, round_)
    context = {
        "round": round_,
        "assessment": figures.definition_of(round_).assessment,
        "rows": rows,
        "mains": mains,
        "counts": Counter(one.state for one in held),
        "states": DOSSIER_STATES,
        "steps": list(round_steps(actor.person, round_).values()),
        "proposal": proposal,
        "may_confirm": proposal and "head" in roles and round_.proposed_by_id != actor.person.pk,
        "may_operate": "operator" in roles,
        "snapshots": round_.snapshots.order_by("-day")[:12],
        "show": which,
        "questions": sum(one.decisions.filter(state="asked").count() for one in held),
        "roles": roles,
    }
    return render(request, "portal/board.html", context)


def _mains(round_: Round) -> dict[str, int]:
    """Return the mains of a round with the number of their questions."""
    counts: Counter[str] = Counter()
    for framework in figures.definition_of(round_).frameworks.values():
        for question in questions_of(framework):
            counts[question.component.component.main] += 1
    return dict(counts)


def _filled(round_: Round) -> dict[tuple[int, str], int]:
    """Return dossier and main → answered questions."""
    main_of = {
        component.code: component.component.main
        for framework in figures.definition_of(round_).frameworks.values()
        for component in framework.components
    }
    counts: Counter[tuple[int, str]] = Counter()
    held = Answer.objects.filter(dossier__round=round_).exclude(status="blank")
    for dossier_id, code in held.values_list("dossier_id", "component_code"):
        if code in main_of:
            counts[(dossier_id, main_of[code])] += 1
    return dict(counts)


@posted
def round_step(request: HttpRequest, actor: Actor, round_id: int) -> HttpResponse:
    """Propose, confirm or drop a step of the round."""
    _round(actor, round_id)
    act, reason = request.POST.get("act", ""), request.POST.get("reason", "")
    if act == "propose":
        rounds.propose(actor, round_id, request.POST.get("step", ""), reason)
    elif act == "confirm":
        rounds.confirm(actor, round_id)
    elif act == "drop":
        rounds.drop(actor, round_id, reason)
    else:
        raise NotAllowedError
    return redirect("board", round_id=round_id)


@posted
def dates(request: HttpRequest, actor: Actor, round_id: int) -> HttpResponse:
    round_ = _round(actor, round_id, ["operator"])
    rounds.set_dates(actor, round_, _dates(request), request.POST.get("reason", ""))
    return redirect("board", round_id=round_id)


def _chosen(request: HttpRequest, round_: Round) -> list[Dossier]:
    numbers = [int(text) for text in request.POST.getlist("dossier") if text.isdigit()]
    chosen = list(round_.dossiers.filter(pk__in=numbers).select_related("round"))
    if not chosen or len(chosen) != len(set(numbers)):
        raise NotAllowedError
    return chosen


@posted
def unlock(request: HttpRequest, actor: Actor, round_id: int) -> HttpResponse:
    """Extend a window for the units that were ticked."""
    round_ = _round(actor, round_id, ["operator"])
    until = day_in(request, "until")
    rounds.unlock(
        actor,
        _chosen(request, round_),
        request.POST.get("window", ""),
        until,
        request.POST.get("reason", ""),
    )
    return redirect("board", round_id=round_id)


@posted
def remind(request: HttpRequest, actor: Actor, round_id: int) -> HttpResponse:
    """Remind the units that have not sent."""
    round_ = _round(actor, round_id, ["operator"])
    window = "explain" if round_.state == "explanation" else "declare"
    states = rounds.UNEXPLAINED if window == "explain" else rounds.UNSENT
    waiting = round_.dossiers.filter(state__in=states).select_related("round")
    count = notices.remind(round_, waiting, window)
    audit.record(actor, "reminded", round_, after={"letters": count, "window": window})
    return redirect("board", round_id=round_id)


@posted
def many(request: HttpRequest, actor: Actor, round_id: int) -> HttpResponse:
    """Take over the files that came without the portal, or freeze what is ready."""
    round_ = _round(actor, round_id, ["operator"])
    act = request.POST.get("act", "")
    if act == "adopt":
        adoption.adopt(actor, round_)
    elif act == "freeze":
        dossiers.freeze_ready(actor, round_)
    else:
        raise NotAllowedError
    return redirect("board", round_id=round_id)


@posted
def read_central(request: HttpRequest, actor: Actor, round_id: int) -> HttpResponse:
    """Read the agencies' tables anew."""
    round_ = _round(actor, round_id, ["operator"])
    figures.read_central(actor, round_)
    return redirect("board", round_id=round_id)


@signed_in
def supplies(request: HttpRequest, actor: Actor, round_id: int) -> HttpResponse:
    """Show and keep the map of suppliers."""
    round_ = _round(actor, round_id)
    if request.method == "POST":
        supply = get_object_or_404(Supply, pk=number_in(request, "supply"), round=round_)
        answer = request.POST.get("answer", "")
        if answer not in ANSWERS:
            raise NotAllowedError
        rounds.set_supply(
            actor,
            supply,
            asked_on=optional_day(request, "asked_on"),
            answer=answer,
            note=request.POST.get("note", ""),
        )
        return redirect("supplies", round_id=round_id)
    context = {
        "round": round_,
        "supplies": round_.supplies.order_by("component_code", "pk"),
        "may_operate": "operator" in roles_in(actor.person, round_),
        "answers": ANSWERS,
    }
    return render(request, "portal/supplies.html", context)


@signed_in
def queue(request: HttpRequest, actor: Actor, round_id: int) -> HttpResponse:
    """Show the dossiers that an account is to review, the ones that wait first."""
    round_ = _round(actor, round_id, CENTRE_ROLES)
    rows = []
    for one in visible_dossiers(actor.person, round_):
        steps = steps_for(actor.person, one)
        total = len(reviews.answered_components(one)) if one.state != "not_started" else 0
        rows.append(
            {
                "dossier": one,
                "steps": steps,
                "total": total,
                "open": len(reviews.undecided(one)) if total else 0,
                "explained": len(reviews.unanswered_explanations(one)) if total else 0,
                "is_waiting": bool(
                    {"receive", "decide", "decide_again", "council_decide"} & set(steps)
                ),
            }
        )
    rows.sort(key=lambda row: not row["is_waiting"])
    context = {"round": round_, "rows": rows}
    return render(request, "portal/queue.html", context)


@posted
def decide(request: HttpRequest, actor: Actor, dossier_id: int) -> HttpResponse:
    """Keep a decision about a component."""
    held = find_dossier(actor.person, dossier_id)
    code = request.POST.get("code", "")
    decision = reviews.decide(
        actor,
        held.pk,
        code,
        state=request.POST.get("state", ""),
        variable=request.POST.get("variable", ""),
        value_text=request.POST.get("value", ""),
        opinion=request.POST.get("opinion", ""),
        note=request.POST.get("note", ""),
        base_version=number_in(request, "version"),
    )
    if wants_json(request):
        return JsonResponse({"version": decision.version})
    main = figures.framework_of(held).by_code[code].component.main
    return redirect(f"/dossiers/{held.pk}/?main={main}#c-{code}")


@posted
def accept_many(request: HttpRequest, actor: Actor, dossier_id: int) -> HttpResponse:
    """Accept what the agencies' figures confirm."""
    held = find_dossier(actor.person, dossier_id)
    reviews.accept_many(actor, held.pk, request.POST.get("note", ""))
    return redirect("dossier", dossier_id=held.pk)


@posted
def decline(request: HttpRequest, actor: Actor, assignment_id: int) -> HttpResponse:
    """Step back from an assignment."""
    held = get_object_or_404(Assignment, pk=assignment_id, account=actor.person)
    accounts.decline(actor, held, request.POST.get("reason", ""))
    return redirect("home")
