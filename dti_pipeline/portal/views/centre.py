"""The centre's side: board, windows, extensions, reminders, suppliers, queue, decisions."""

from collections import Counter
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from dti_pipeline.index.assessments.load import assessment_ids, load_assessment
from dti_pipeline.intake.forms.layout import questions_of
from dti_pipeline.portal import accounts, adoption, dossiers, figures, reviews, rights, rounds
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.chain import BY_NAME, CENTRE_ROLES
from dti_pipeline.portal.errors import NotAllowedError, RefusedError, whole_text
from dti_pipeline.portal.models import Answer, Decision, Dossier, Round, Supply
from dti_pipeline.portal.views.request import (
    day_in,
    number_in,
    numbers_in,
    optional_day,
    posted,
    signed_in,
    tell,
)
from schemas.files.framework import GENERAL
from schemas.messages import message
from schemas.words import words_of


def _dates(request: HttpRequest) -> dict[str, date]:
    return {name: day_in(request, name) for name in rounds.DATES}


@signed_in
def new_round(request: HttpRequest, actor: Actor) -> HttpResponse:
    rights.require_role(actor, ["operator"])
    if request.method == "POST":
        name = whole_text(request.POST.get("assessment", ""), 80)
        through_office = "office" in request.POST
        round_ = rounds.create_round(actor, name, _dates(request), through_office=through_office)
        count = figures.read_central(actor, round_)
        tell(request, message("done.read_central", count=count))
        return redirect("board", round_id=round_.pk)
    ids = set(Round.objects.values_list("assessment_id", flat=True))
    search = figures.workspace().config("assessments")
    names = [name for name in assessment_ids(search=search) if name not in ids]
    context = {"assessments": [load_assessment(name, search=search) for name in names]}
    return render(request, "portal/new_round.html", context)


@signed_in
def board(request: HttpRequest, actor: Actor, round_id: int) -> HttpResponse:
    round_ = rights.find_round(actor, round_id, rights.BOARD_ROLES)
    rounds.take_weekly_snapshots()
    visible = list(rights.visible_dossiers(actor.person, round_).prefetch_related("exceptions"))
    late = {dossier.pk for dossier in visible if rounds.is_late(dossier)}
    filled, which = _filled(round_), request.GET.get("show", "")
    mains = Counter(
        question.component.component.main
        for framework in figures.definition_of(round_).frameworks.values()
        for question in questions_of(framework)
    )
    rows = [
        {
            "dossier": dossier,
            "is_late": dossier.pk in late,
            "begun": any(filled[(dossier.pk, code)] for code in mains),
            "mains": [filled[(dossier.pk, code)] for code in mains],
        }
        for dossier in visible
        if which in ("", dossier.state) or (which == "late" and dossier.pk in late)
    ]
    proposal = BY_NAME.get(("round", round_.proposal))
    roles = rights.roles_in(actor.person, round_)
    context = {
        "round": round_,
        "rows": rows,
        "mains": dict(mains),  # a template asks a counter for its key “items”
        "counts": Counter(dossier.state for dossier in visible),
        "steps": list(rights.round_steps(actor.person, round_).values()),
        "proposal": proposal,
        "may_confirm": proposal and "head" in roles and round_.proposed_by_id != actor.person.pk,
        "may_operate": "operator" in roles,
        "files": figures.agency_files(round_),
        "n_late": len(late),
        "snapshots": round_.snapshots.order_by("-day")[:12],
        "show": which,
        "questions": Decision.objects.filter(dossier__round=round_, state="asked").count(),
    }
    return render(request, "portal/board.html", context)


def _filled(round_: Round) -> Counter[tuple[int, str]]:
    main_of = {
        component.code: component.component.main
        for framework in figures.definition_of(round_).frameworks.values()
        for component in framework.components
    }
    answers = Answer.objects.filter(dossier__round=round_).exclude(status="blank")
    rows = answers.values_list("dossier_id", "component_code")
    return Counter((number, main_of[code]) for number, code in rows if code in main_of)


def _unlock(request: HttpRequest, actor: Actor, round_: Round, reason: str) -> int:
    numbers = numbers_in(request, "dossier")
    until, window = day_in(request, "until"), request.POST.get("window", "")
    chosen = list(round_.dossiers.filter(pk__in=numbers).select_related("round"))
    if not numbers:
        raise RefusedError("refused.nothing_ticked")
    if len(chosen) != len(set(numbers)):
        raise NotAllowedError
    return rounds.unlock(actor, chosen, window, until, reason)


@posted
def round_step(request: HttpRequest, actor: Actor, round_id: int) -> HttpResponse:
    """Do something with the round as a whole; each act asks for its own role."""
    round_ = rights.find_round(actor, round_id, rights.BOARD_ROLES)
    form = request.POST
    act, name, reason = (form.get(key, "") for key in ("act", "step", "reason"))
    acts: dict[str, Callable[[], Any]] = {
        "propose": lambda: rounds.propose(actor, round_id, name, reason),
        "confirm": lambda: rounds.confirm(actor, round_id, name),
        "drop": lambda: rounds.drop(actor, round_id, name, reason),
        "dates": lambda: rounds.set_dates(actor, round_, _dates(request), reason),
        "unlock": lambda: _unlock(request, actor, round_, reason),
        "remind": lambda: rounds.remind(actor, round_),
        "adopt": lambda: adoption.adopt(actor, round_),
        "freeze": lambda: dossiers.freeze_ready(actor, round_),
        "read_central": lambda: figures.read_central(actor, round_),
    }
    if act not in acts:
        raise NotAllowedError
    if isinstance(count := acts[act](), int):
        tell(request, message(f"done.{act}", count=count))
    return redirect("board", round_id=round_id)


@signed_in
def supplies(request: HttpRequest, actor: Actor, round_id: int) -> HttpResponse:
    round_ = rights.find_round(actor, round_id, rights.BOARD_ROLES)
    if request.method == "POST":
        supply = get_object_or_404(Supply, pk=number_in(request, "supply"), round=round_)
        answer = request.POST.get("answer", "")
        if answer and answer not in words_of("portal_supplies"):
            raise NotAllowedError
        asked_on, note = optional_day(request, "asked_on"), request.POST.get("note", "")
        rounds.set_supply(actor, supply, asked_on=asked_on, answer=answer, note=note)
        return redirect("supplies", round_id=round_id)
    context = {
        "round": round_,
        "supplies": round_.supplies.order_by("component_code", "pk"),
        "may_operate": "operator" in rights.roles_in(actor.person, round_),
    }
    return render(request, "portal/supplies.html", context)


_WAITING: Final = {"receive", "decide", "decide_again", "council_decide"}


@signed_in
def queue(request: HttpRequest, actor: Actor, round_id: int) -> HttpResponse:
    round_ = rights.find_round(actor, round_id, CENTRE_ROLES)
    answers = Answer.objects.filter(dossier__round=round_).exclude(status="blank")
    filled = answers.exclude(component_code=GENERAL).values_list("dossier_id", "component_code")
    n_filled = Counter(number for number, _ in filled.distinct())
    n_open, n_explained = (
        Counter(number for number, _ in reviews.open_components(round_.dossiers.all(), stage))
        for stage in ("review", "second")
    )
    rows = [
        {
            "dossier": dossier,
            "total": n_filled[dossier.pk],
            "open": n_open[dossier.pk],
            "explained": n_explained[dossier.pk],
            "is_waiting": bool(_WAITING & set(rights.steps_for(actor.person, dossier))),
        }
        for dossier in rights.visible_dossiers(actor.person, round_).prefetch_related("exceptions")
    ]
    rows.sort(key=lambda row: not row["is_waiting"])
    context = {"round": round_, "rows": rows}
    return render(request, "portal/queue.html", context)


@posted
def decide(request: HttpRequest, actor: Actor, dossier: Dossier) -> HttpResponse:
    code = request.POST.get("code", "")
    names = [field.name for field in fields(reviews.Ruling)]
    ruling = reviews.Ruling(**{name: request.POST.get(name, "") for name in names})
    version = number_in(request, f"version-{ruling.variable}")
    reviews.decide(actor, dossier.pk, code, ruling, base_version=version)
    dossier.drafts.filter(place=f"decide-{code}", by=actor.person).delete()
    main = figures.framework_of(dossier).by_code[code].component.main
    return redirect(f"/dossiers/{dossier.pk}/?main={main}#c-{code}")


@posted
def accept_many(request: HttpRequest, actor: Actor, dossier: Dossier) -> HttpResponse:
    reviews.accept_many(actor, dossier.pk, request.POST.get("note", ""))
    return redirect("dossier", dossier_id=dossier.pk)


@posted
def decline(request: HttpRequest, actor: Actor, assignment_id: int) -> HttpResponse:
    accounts.decline(actor, assignment_id, request.POST.get("reason", ""))
    return redirect("home")
