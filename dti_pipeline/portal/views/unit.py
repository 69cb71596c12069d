"""The unit's side: declare, attach, discuss, submit, explain; workbook out and in; results."""

from collections import defaultdict
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone

from dti_pipeline.analysis.unit_points import LOST
from dti_pipeline.portal import (
    answers,
    audit,
    dossiers,
    evidence,
    figures,
    models,
    plans,
    reviews,
    sending,
    signatures,
    workbooks,
)
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.errors import NotAllowedError, RefusedError, whole_text
from dti_pipeline.portal.middleware import page_context, wants_json
from dti_pipeline.portal.rights import open_windows, steps_for
from dti_pipeline.portal.rounds import UNSENT, due, is_late
from dti_pipeline.portal.views.component import DossierView, Field
from dti_pipeline.portal.views.request import attachment, number_in, optional_day, posted, signed_in
from schemas.words import words_of

_MOST_EVENTS: Final = 300
_PDF: Final = evidence.MEDIA_TYPES["pdf"]


@signed_in
def dossier(request: HttpRequest, actor: Actor, dossier: models.Dossier) -> HttpResponse:
    view = DossierView(actor, dossier)
    mains = view.mains()
    codes = [row["code"] for row in mains]
    main = request.GET.get("main", "")
    main = main if main in codes else codes[0]
    which = request.GET.get("show", "all")
    which = which if which in words_of("portal_filters") else "all"
    context = {
        "dossier": dossier,
        "view": view,
        "mains": mains,
        "main": next(row for row in mains if row["code"] == main),
        "components": view.components(main, which),
        "show": which,
        "steps": [step for step in view.steps.values() if step.name not in dossiers.WITH_CONTENT],
        "problems": list(answers.problems(dossier)) if view.may_edit else [],
        "is_late": is_late(dossier),
        "due": due(dossier),
        "is_locked": _is_locked(dossier),
        "filled": [sum(row[name] for row in mains) for name in ("filled", "n")],
        "returned": _return_of(dossier),
        "deliveries": _deliveries(dossier),
        "confirmable": reviews.confirmed_by_agencies(dossier) if "decide" in view.steps else [],
    }
    return render(request, "portal/dossier.html", context)


def _is_locked(dossier: models.Dossier) -> bool:
    """Whether the unit has not sent, and no longer can without an extension."""
    has_begun = dossier.round.declare_from <= timezone.localdate()
    is_unsent = dossier.state in UNSENT and dossier.round.state != "prepared"
    return has_begun and is_unsent and "declare" not in open_windows(dossier)


def _return_of(dossier: models.Dossier) -> models.Event | None:
    """Return the last step of a dossier where that one gave a reason, as a return does."""
    last = audit.lines_on(dossier, *dossiers.MOVES).last()
    return last if last and dossiers.MOVES[last.action] else None


def _deliveries(dossier: models.Dossier) -> list[dict[str, Any]]:
    """Return what the unit sent, the newest first, each with its signed copies."""
    deliveries = list(dossier.sent.select_related("by").order_by("-at"))
    copies: dict[int, list[dict[str, Any]]] = {}
    words = words_of("portal_signatures")
    for delivery in deliveries:
        for signature in delivery.content.get("signatures", ()):
            # Why a signer is not trusted, by the names of ETSI EN 319 102-1.
            problem = words.get(signature["problem"], words["other"])
            time = datetime.fromisoformat(signature["time"]) if signature["time"] else None
            row = {**signature, "copy": delivery, "time": time, "problem": problem}
            copies.setdefault(delivery.content["of"], []).append(row)
    return [
        {"sent": d, "signatures": copies.get(d.pk, [])} for d in deliveries if d.kind != "signed"
    ]


@posted
def answer(request: HttpRequest, actor: Actor, dossier: models.Dossier) -> HttpResponse:
    """Keep one entry as it is typed; a script is told what was understood and what it is worth."""
    key = request.POST.get("code", ""), request.POST.get("variable", "")
    version = number_in(request, "version")
    saved, late = answers.save_answer(actor, dossier.pk, key, request.POST, base_version=version)
    if not wants_json(request):
        if late:
            raise figures.outdated(saved.by, "answer", ".".join(key), saved.at, dossier.round)
        return _back(dossier, key[0])
    dossier.refresh_from_db()
    field = Field(figures.questions(dossier)[key], saved)
    context = {**page_context(request), "field": field, "conflict": late}
    live = figures.outlook(dossier, "declare")
    points = next((c for c in live.components if c.code == key[0]), None)
    lost = LOST.get(points.lost) if points else None
    context |= {"points": points, "lost": lost, "overall": live.overall}
    parts = ("echo", "points", "total")
    return JsonResponse(
        {
            "version": saved.version,
            "conflict": late is not None,
            **{name: render_to_string(f"portal/{name}.html", context) for name in parts},
        }
    )


@posted
def explanation(request: HttpRequest, actor: Actor, dossier: models.Dossier) -> HttpResponse:
    stage, code, text = (request.POST.get(name, "") for name in ("stage", "code", "text"))
    present, late = answers.save_explanation(
        actor, dossier.pk, code, stage, text, base_version=number_in(request, "version")
    )
    if not wants_json(request):
        if late:
            action = f"explanation_{stage}"
            raise figures.outdated(present.by, action, code, present.at, dossier.round)
        return _back(dossier, code)
    context = {**page_context(request), "present": present, "late": late}
    return JsonResponse(
        {
            "version": present.version,
            "conflict": bool(late),
            "echo": render_to_string("portal/explanation_echo.html", context),
        }
    )


def _back(dossier: models.Dossier, code: str = "") -> HttpResponse:
    bound = figures.framework_of(dossier).component_of(code)
    main = f"?main={bound.component.main or code}#c-{code}" if bound else ""
    return redirect(f"/dossiers/{dossier.pk}/{main}")


def _uploaded(request: HttpRequest) -> tuple[bytes, str]:
    """Return content and name of a form's file; refuse a form without one, and one cut off."""
    if getattr(request, "upload_too_large", False):
        most = settings.DTI_MAX_FILE_BYTES // 2**20
        raise RefusedError("refused.file_too_large", most=most)
    if (file := request.FILES.get("file")) is None:
        raise RefusedError("refused.file_missing")
    return file.read(), file.name or ""


@posted
def attach(request: HttpRequest, actor: Actor, dossier: models.Dossier) -> HttpResponse:
    content, name = _uploaded(request)
    code, number, title = (request.POST.get(key, "") for key in ("code", "number", "title"))
    more: dict[str, Any] = {"number": number, "issued": optional_day(request, "issued")}
    evidence.attach(actor, dossier.pk, code, content=content, file_name=name, title=title, **more)
    return _back(dossier, code)


@posted
def withdraw(request: HttpRequest, actor: Actor, document: models.Evidence) -> HttpResponse:
    evidence.withdraw(actor, document.pk)
    return _back(document.dossier, document.component_code)


@signed_in
def evidence_file(
    request: HttpRequest, actor: Actor, document: models.Evidence, *, is_shown: bool = False
) -> HttpResponse:
    if document.file is None or (is_shown and document.file.kind not in evidence.SHOWN_KINDS):
        raise NotAllowedError
    return attachment(
        evidence.path_of(document.file_id).read_bytes(),
        name=f"{document.file_name.rpartition('.')[0] or document.file_name}.{document.file.kind}",
        media_type=evidence.MEDIA_TYPES[document.file.kind],
        is_shown=is_shown,
    )


@posted
def keep_draft(request: HttpRequest, actor: Actor, dossier: models.Dossier) -> JsonResponse:
    typed = request.POST.items()
    content = {name: whole_text(text) for name, text in typed if name != "csrfmiddlewaretoken"}
    reviews.keep_draft(actor, dossier, content.pop("place", ""), content)
    return JsonResponse({})


@posted
def comment(request: HttpRequest, actor: Actor, dossier: models.Dossier) -> HttpResponse:
    code = request.POST.get("code", "")
    text, is_internal = request.POST.get("text", ""), "internal" in request.POST
    answers.add_comment(actor, dossier, text, code=code, is_internal=is_internal)
    dossier.drafts.filter(place=f"comment-{code}", by=actor.person).delete()
    return _back(dossier, code)


@posted
def step(request: HttpRequest, actor: Actor, dossier: models.Dossier) -> HttpResponse:
    name, reason = (request.POST.get(key, "") for key in ("step", "reason"))
    dossiers.take_step(actor, dossier.pk, name, reason)
    return _back(dossier)


@signed_in
def changes(request: HttpRequest, actor: Actor, dossier: models.Dossier) -> HttpResponse:
    events = answers.lines_of(actor, dossier).order_by("-number")
    late = models.AnswerVersion.objects.filter(answer__dossier=dossier, is_conflict=True)
    context = {
        "dossier": dossier,
        "of_round": figures.names_of(dossier.round),
        "events": [(one, one.subject.removeprefix(str(dossier))) for one in events[:_MOST_EVENTS]],
        "imports": dossier.imports.select_related("by").order_by("-at"),
        "conflicts": late.select_related("answer__dossier__round", "by"),
    }
    return render(request, "portal/changes.html", context)


def _stages_until(round_: models.Round, decisions: list[models.Decision]) -> list[str]:
    """Return the stages that a round has come to, or that have decisions already."""
    last = {"second_review": "second", "council": "council", "final": "council"}
    come_to = {last.get(round_.state, "review"), *(decision.stage for decision in decisions)}
    return list(figures.STAGES[: max(map(figures.STAGES.index, come_to)) + 1])


@signed_in
def result(request: HttpRequest, actor: Actor, dossier: models.Dossier) -> HttpResponse:
    view = DossierView(actor, dossier)
    decisions = list(view.decisions.select_related("by").order_by("at"))
    stages = _stages_until(dossier.round, decisions) if view.sees_decisions else ["self"]
    outlooks = [figures.outlook(dossier, name) for name in stages]
    released = figures.release_points(dossier) if view.sees_decisions else {}
    of_component = defaultdict(list)
    texts = defaultdict(list)
    for answer in view.answers.values():
        texts["self", answer.component_code].append(answer.text)
    for decision in decisions:
        of_component[decision.component_code].append(decision)
        texts[decision.stage, decision.component_code].append(decision.value_text)
    columns = [one.components for one in outlooks]
    rows = [
        {
            "component": component,
            "stages": [
                (one, texts[name, component.code]) for name, one in zip(stages, points, strict=True)
            ],
            "released": released.get(component.code),
            "decisions": of_component[component.code],
            "move": points[-1].low - points[0].low,
        }
        for component, *points in zip(view.framework.components, *columns, strict=True)
    ]
    moves = [row["move"] for row in rows]
    context = {
        "dossier": dossier,
        "stages": [(name, reviews.STAGE_NAMES[name]) for name in stages],
        "rows": [
            row
            for row in rows
            if row["move"]
            or request.GET.get("all")
            or any(decision.state != "accepted" for decision in row["decisions"])
        ],
        "counts": {"cut": sum(n < 0 for n in moves), "raised": sum(n > 0 for n in moves)},
        "sums": [one.overall for one in outlooks],
        "has_release": bool(released),
        "may_explain": view.may_explain,
    }
    return render(request, "portal/result.html", context)


@signed_in
def plan(request: HttpRequest, actor: Actor, dossier: models.Dossier) -> HttpResponse:
    if "file" in request.FILES or "upload" in request.POST:
        plans.keep_plan(actor, dossier, _uploaded(request)[0])
        return redirect("plan", dossier_id=dossier.pk)
    if request.method == "POST":
        code, status = request.POST.get("code", ""), request.POST.get("status", "")
        plans.set_progress(actor, dossier, code, status, number_in(request, "percent"))
        return redirect(f"/dossiers/{dossier.pk}/plan/#p-{code}")
    kept = models.UnitPlan.objects.filter(dossier=dossier).select_related("by").first()
    context = {
        "dossier": dossier,
        "plan": kept,
        "report": plans.report_of(kept) if kept else None,
        "may_follow": "follow_plan" in steps_for(actor.person, dossier),
    }
    return render(request, "portal/plan.html", context)


@signed_in
def workbook(request: HttpRequest, actor: Actor, dossier: models.Dossier) -> HttpResponse:
    content = sending.report_content(dossier)
    return attachment(
        content, name=sending.report_name(dossier), media_type=evidence.MEDIA_TYPES["xlsx"]
    )


@posted
def read_workbook(request: HttpRequest, actor: Actor, dossier: models.Dossier) -> HttpResponse:
    read = workbooks.preview(actor, dossier, *_uploaded(request))
    return redirect("preview", import_id=read.pk)


@signed_in
def preview(request: HttpRequest, actor: Actor, read: models.WorkbookImport) -> HttpResponse:
    if request.method == "POST":
        workbooks.apply(actor, read.pk)
        return _back(read.dossier)
    questions = figures.questions(read.dossier)
    rows = [
        {**change, "question": questions.get((change["code"], change["variable"]))}
        for change in read.changes
    ]
    context = {"dossier": read.dossier, "read": read, "rows": rows, "unread": answers.UNREAD}
    return render(request, "portal/preview.html", context)


def _require_unsigned(delivery: models.Delivery) -> None:
    """Refuse a signed copy: it has neither receipt nor copy of its own."""
    if delivery.kind == "signed":
        raise NotAllowedError


@signed_in
def receipt(request: HttpRequest, actor: Actor, delivery: models.Delivery) -> HttpResponse:
    _require_unsigned(delivery)
    content = sending.receipt(delivery)
    return attachment(content, name=f"bien_nhan_{delivery.pk}.pdf", media_type=_PDF)


@posted
def attach_signed(request: HttpRequest, actor: Actor, delivery: models.Delivery) -> HttpResponse:
    _require_unsigned(delivery)
    signatures.attach_signed(actor, delivery, _uploaded(request)[0])
    return redirect("dossier", dossier_id=delivery.dossier_id)


@signed_in
def delivery_file(request: HttpRequest, actor: Actor, delivery: models.Delivery) -> HttpResponse:
    names = {"explanation": "giai_trinh_{}.json", "signed": "ban_ky_so_{}.pdf"}
    name = names.get(delivery.kind, delivery.path.rpartition("/")[2]).format(delivery.pk)
    return attachment(evidence.path_of(delivery.file_id).read_bytes(), name=name)
