"""Pages of accounts and rights, the audit log and the outbox."""

import io

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.password_validation import password_changed, validate_password
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views import i18n

from dti_pipeline.portal import accounts, audit
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.errors import NotAllowedError, RefusedError, whole_text
from dti_pipeline.portal.figures import names_of, require_seen
from dti_pipeline.portal.middleware import actor_of
from dti_pipeline.portal.models import Account, Assignment, Dossier, Event, Mail, Round
from dti_pipeline.portal.rights import require_role, roles_in, unit_names
from dti_pipeline.portal.views.request import attachment, number_in, numbers_in, signed_in
from schemas.messages import message
from schemas.text import Text

_PAGE = 200


def set_language(request: HttpRequest) -> HttpResponse:
    """Keep a choice of language; Django would keep one that the portal lacks, and speaks itself."""
    if request.POST.get("language") not in dict(settings.LANGUAGES):
        return redirect("home")
    return i18n.set_language(request)


def enter(request: HttpRequest, token: str) -> HttpResponse:
    account = accounts.account_of_link(token)
    if account is None:
        return render(request, "portal/link_used.html", status=410)
    problems: list[Text] = []
    if request.method == "POST":
        password = request.POST.get("password", "")
        if password != request.POST.get("again", ""):
            problems = [message("refused.passwords_differ")]
        else:
            try:
                validate_password(password, account)
            except ValidationError as error:
                problems = [Text(text, text) for text in error.messages]
        if not problems and accounts.use_link(token, password, actor_of(request)):
            account.refresh_from_db()
            password_changed(password, account)
            login(request, account, backend="django.contrib.auth.backends.ModelBackend")
            return redirect("home")
    return render(request, "portal/enter.html", {"person": account, "problems": problems})


@signed_in
def people(request: HttpRequest, actor: Actor) -> HttpResponse:
    require_role(actor, ["admin", "operator"])
    if request.method == "POST":
        names = {name: request.POST.get(name, "") for name in ("email", "name", "office")}
        account, link = accounts.create_account(actor, **names)
        return _person_page(request, account, link=request.build_absolute_uri(link))
    persons = Account.objects.prefetch_related("assignments__round").order_by("name")
    context = {"people": persons, "unit_names": unit_names()}
    return render(request, "portal/people.html", context)


@signed_in
def person(request: HttpRequest, actor: Actor, account_id: int) -> HttpResponse:
    require_role(actor, ["admin", "operator"])
    account = get_object_or_404(Account, pk=account_id)
    secret = _change_person(actor, account, request) if request.method == "POST" else {}
    return _person_page(request, account, **secret)


def _change_person(actor: Actor, account: Account, request: HttpRequest) -> dict[str, str]:
    """Do what was asked; return what is shown once and never again."""
    form = request.POST
    others = audit.lines_on(account.email, *accounts.RIGHTS).exclude(actor=actor.name)
    require_seen(actor, others)
    match form.get("act", ""):
        case "assign":
            round_ = Round.objects.filter(pk=number_in(request, "round")).first()
            accounts.assign(
                actor,
                account,
                form.get("role", ""),
                round_=round_,
                unit_id=_unit_id(whole_text(form.get("unit", "")), round_),
                main_code=form.get("main", "").strip(),
                component_code=form.get("component", "").strip(),
            )
        case "end":
            number = number_in(request, "assignment")
            assignment = get_object_or_404(Assignment, pk=number, account=account, ended_at=None)
            accounts.end_assignment(actor, assignment, form.get("reason", ""))
        case "link":
            require_role(actor, ["admin"])
            audit.record(actor, "link_made", account.email)
            return {"link": request.build_absolute_uri(accounts.make_entry_link(account))}
        case "key":
            return {"key": accounts.make_key(actor, account)}
        case "end_keys":
            accounts.end_keys(actor, account)
        case "close":
            accounts.close_account(actor, account, form.get("reason", ""))
    return {}


def _unit_id(text: str, round_: Round | None) -> str:
    """Return the code of the one unit that a form names by its code or its name."""
    if not text:
        return ""
    dossiers = Dossier.objects.filter(Q(unit_id=text) | Q(unit_name=text))
    if round_ is not None:
        dossiers = dossiers.filter(round=round_)
    units = sorted(set(dossiers.values_list("unit_id", flat=True)))
    if len(units) != 1:
        key = "unit_unclear" if units else "unit_unknown"
        raise RefusedError(f"refused.{key}", text=text, units=units)
    return units[0]


def _person_page(request: HttpRequest, account: Account, **secret: str) -> HttpResponse:
    context = {
        **secret,
        "person": account,
        "keys": account.keys.filter(ended_at=None).order_by("made_at"),
        "held": account.assignments.filter(ended_at=None).select_related("round"),
        "rounds": Round.objects.order_by("-pk"),
        "unit_names": unit_names(),
        "units": Dossier.objects.values_list("unit_name", flat=True).distinct(),
    }
    return render(request, "portal/person.html", context)


@signed_in
def export(request: HttpRequest, actor: Actor, account_id: int) -> HttpResponse:
    if actor.person.pk != account_id:
        require_role(actor, ["admin"])
    account = get_object_or_404(Account, pk=account_id)
    audit.record(actor, "account_exported", account.email)
    text = accounts.export_account(account)
    return attachment(text.encode(), name="tai_khoan.json", media_type="application/json")


@signed_in
def audit_log(request: HttpRequest, actor: Actor) -> HttpResponse:
    require_role(actor, ["admin", "operator", "head", "monitor"])
    if request.GET.get("format") == "csv":
        stream = io.StringIO()
        audit.export(stream)
        content = "\ufeff" + stream.getvalue()
        return attachment(content.encode(), name="audit.csv", media_type="text/csv")
    events = Event.objects.order_by("-number")
    if subject := whole_text(request.GET.get("q", "")):
        events = events.filter(subject__icontains=subject)
    names = {round_.assessment_id: names_of(round_) for round_ in Round.objects.all()}
    rows = [(one, names.get(one.subject.partition(" ")[0], {})) for one in events[:_PAGE]]
    return render(request, "portal/audit.html", {"events": rows, "q": subject, "most": _PAGE})


@signed_in
def outbox(request: HttpRequest, actor: Actor) -> HttpResponse:
    require_role(actor, ["admin", "operator"])
    waiting = Mail.objects.filter(sent_at=None).order_by("-at")
    if "admin" not in roles_in(actor.person):
        waiting = waiting.exclude(is_secret=True)  # whoever gives accounts hands these on
    if request.method == "POST":
        if not (numbers := numbers_in(request, "mail")):
            raise RefusedError("refused.nothing_ticked")
        mails = waiting.filter(pk__in=numbers)
        if not (count := mails.update(sent_at=timezone.now())):
            raise NotAllowedError
        audit.record(actor, "mail_sent", f"{count} letters")
    return render(request, "portal/outbox.html", {"letters": waiting[:_PAGE]})
