"""Accounts: made by an administrator, entered by a one-time link, exported and closed."""

import hashlib
import json
import secrets
from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.utils import timezone

from dti_pipeline.portal import audit, models
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.chain import CENTRE_ROLES, ROLES, UNIT_ROLES
from dti_pipeline.portal.errors import RefusedError, require_reason
from dti_pipeline.portal.figures import definition_of
from dti_pipeline.portal.models import Account, Assignment, Round
from dti_pipeline.portal.rights import present_assignments, require_role

LINK_DAYS = 7
# What the log tells of what an account may do.
RIGHTS = (
    *("right_given", "right_ended", "review_declined", "key_made", "keys_ended"),
    "account_closed",
)


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up by himself; the office's sign-on service opens accounts that exist."""

    def is_open_for_signup(self, *_: Any) -> bool:
        return False


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def make_entry_link(account: Account) -> str:
    """Return the address, below the portal's own, by which an account sets its password once."""
    token = secrets.token_urlsafe(32)
    until, digest = timezone.now() + timedelta(days=LINK_DAYS), _digest(token)
    models.EntryLink.objects.create(account=account, token_sha256=digest, valid_until=until)
    return f"/enter/{token}/"


def _open_links(token: str) -> Any:
    return models.EntryLink.objects.filter(
        token_sha256=_digest(token), used_at=None, valid_until__gte=timezone.now()
    )


def account_of_link(token: str) -> Account | None:
    """Return whose link a token is; None where it is used, too old or unknown."""
    link = _open_links(token).first()
    return link.account if link and link.account.is_active else None


@transaction.atomic
def use_link(token: str, password: str, actor: Actor) -> bool:
    """Set the password; say whether the link was still good."""
    if not _open_links(token).update(used_at=timezone.now()):
        return False
    account = models.EntryLink.objects.get(token_sha256=_digest(token)).account
    # Earlier links open nothing more.
    models.EntryLink.objects.filter(account=account, used_at=None).update(used_at=timezone.now())
    account.set_password(password)
    account.save()
    audit.record(actor, "account_password", account.email)
    return True


@transaction.atomic
def make_key(actor: Actor, account: Account) -> str:
    require_role(actor, ["admin"])
    key = secrets.token_urlsafe(32)
    account.keys.create(key_sha256=_digest(key))
    audit.record(actor, "key_made", account.email)
    return key


@transaction.atomic
def end_keys(actor: Actor, account: Account) -> None:
    require_role(actor, ["admin"])
    count = account.keys.filter(ended_at=None).update(ended_at=timezone.now())
    audit.record(actor, "keys_ended", account.email, after={"keys": count})


def account_of_key(key: str) -> Account | None:
    """Return whose key it is; None where it is unknown, or ended with its account or before."""
    keys = models.ApiKey.objects.filter(
        key_sha256=_digest(key), ended_at=None, account__is_active=True
    )
    return keys[0].account if keys else None


@transaction.atomic
def create_account(actor: Actor, *, email: str, name: str, office: str) -> tuple[Account, str]:
    require_role(actor, ["admin"])
    email, name, office = email.strip().lower(), name.strip(), office.strip()
    try:
        Account(email=email, name=name, office=office).clean_fields(exclude=["password"])
    except ValidationError:
        raise RefusedError("refused.account_incomplete") from None
    if Account.objects.filter(email__iexact=email).exists():
        raise RefusedError("refused.account_exists", email=email)
    account = Account.objects.create_account(email, name, office)
    after = {"name": name, "office": office}
    audit.record(actor, "account_created", account.email, after=after)
    return account, make_entry_link(account)


@transaction.atomic
def assign(
    actor: Actor, account: Account, role: str, *, round_: Round | None = None, **scope: str
) -> Assignment:
    """Give an account a role; for one unit_id, main_code or component_code only, or for all.

    Administrators give all roles, operators those of review and of units.
    """
    givers = ["admin"] if role in ("admin", "operator", "head") else ["admin", "operator"]
    require_role(actor, givers, round_)
    if role not in ROLES or (role in UNIT_ROLES and not scope.get("unit_id")):
        raise RefusedError("refused.role_without_unit")
    judges = {"reviewer", "council", "operator", "head"}
    rivals = judges if role in UNIT_ROLES else UNIT_ROLES if role in judges else ()
    if account.assignments.filter(ended_at=None, role__in=rivals).exists():
        raise RefusedError("refused.role_conflict")
    _require_codes(round_, {scope.get("main_code"), scope.get("component_code")} - {None, ""})
    assignment = account.assignments.create(role=role, round=round_, **scope)
    audit.record(actor, "right_given", account.email, after=_shown(assignment))
    return assignment


def _require_codes(round_: Round | None, codes: set[Any]) -> None:
    """Refuse a code that no index set of the round, or of any round, has: it would give nothing."""
    for code in codes:
        rounds = [round_] if round_ else Round.objects.all()
        frameworks = [f for one in rounds for f in definition_of(one).frameworks.values()]
        if not any(code in {**one.mains, **one.by_code} for one in frameworks):
            raise RefusedError("refused.code_unknown", code=code)


def _shown(assignment: Assignment) -> dict[str, Any]:
    return {
        "role": assignment.role,
        "round": assignment.round.assessment_id if assignment.round else "",
        "unit": assignment.unit_id,
        "main": assignment.main_code,
        "component": assignment.component_code,
    }


@transaction.atomic
def end_assignment(actor: Actor, assignment: Assignment, reason: str) -> None:
    require_role(actor, ["admin", "operator"], assignment.round)
    if assignment.role in ("admin", "operator", "head"):
        require_role(actor, ["admin"])
        _require_another_admin(Q(pk=assignment.pk))
    reason = require_reason(reason)
    assignment.ended_at = timezone.now()
    assignment.save(update_fields=["ended_at"])
    email, before = assignment.account.email, _shown(assignment)
    audit.record(actor, "right_ended", email, before=before, reason=reason)


def _require_another_admin(ending: Q) -> None:
    """Refuse to end the last right of administration that somebody can use."""
    admins = present_assignments().filter(role="admin", account__is_active=True)
    if admins.filter(ending).exists() and not admins.exclude(ending).exists():
        raise RefusedError("refused.admin_needed")


@transaction.atomic
def decline(actor: Actor, assignment_id: int, reason: str) -> None:
    """Let a reviewer step back, for a conflict of interest."""
    own = present_assignments().filter(account=actor.person, role__in=CENTRE_ROLES)
    assignment = get_object_or_404(own, pk=assignment_id)
    reason = require_reason(reason)
    assignment.declined_at = timezone.now()
    assignment.declined_reason = reason
    assignment.save(update_fields=["declined_at", "declined_reason"])
    email, before = actor.person.email, _shown(assignment)
    audit.record(actor, "review_declined", email, before=before, reason=reason)


@transaction.atomic
def close_account(actor: Actor, account: Account, reason: str) -> None:
    """Close an account: it may do nothing more; what it did stays under its name."""
    require_role(actor, ["admin"])
    if not account.is_active:
        return
    _require_another_admin(Q(account=account))
    reason = require_reason(reason)
    account.is_active = False
    account.closed_at = timezone.now()
    account.set_unusable_password()
    account.save()
    audit.record(actor, "account_closed", account.email, reason=reason)


def export_account(account: Account) -> str:
    content = {
        "email": account.email,
        "name": account.name,
        "office": account.office,
        "created_at": account.created_at.isoformat(),
        "closed_at": account.closed_at.isoformat() if account.closed_at else None,
        "rights": [_shown(assignment) for assignment in account.assignments.all()],
        "entries": models.AnswerVersion.objects.filter(by=account).count(),
        "events": list(
            models.Event.objects.filter(actor=Actor(account).name).values("at", "action", "subject")
        ),
    }
    return json.dumps(content, ensure_ascii=False, indent=1)
