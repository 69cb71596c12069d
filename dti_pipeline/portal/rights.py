"""Who may do what here now: the only place where a right is decided.

The chain says which role may take a step in which state; an account's assignments say for which
round, unit, main and component it has a role.
"""

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils import timezone

from dti_pipeline.portal import chain
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.errors import NotAllowedError
from dti_pipeline.portal.models import Account, Assignment, Dossier, Round

# Roles of the centre that see the board and every dossier, whatever they are assigned to.
BOARD_ROLES = frozenset({"council", "operator", "head", "monitor"})


def present_assignments(round_: Round | None = None) -> "QuerySet[Assignment]":
    """Return the assignments that are neither ended nor declined, for one round or at all."""
    assignments = Assignment.objects.filter(declined_at=None, ended_at=None)
    if round_ is None:
        return assignments
    return assignments.filter(Q(round=None) | Q(round=round_))


def assignments_of(account: Account, round_: Round | None = None) -> list[Assignment]:
    """Return what an account is now, for one round or at all; a closed account is nothing."""
    return list(present_assignments(round_).filter(account=account)) if account.is_active else []


def roles_in(account: Account, round_: Round | None = None) -> set[str]:
    return {assignment.role for assignment in assignments_of(account, round_)}


def roles_for(
    account: Account, dossier: Dossier, *, main_code: str = "", component_code: str = ""
) -> set[str]:
    """Return the roles of an account for a dossier, or for one component of it.

    A reviewer of some mains or components has the role for the dossier, since its state is a
    matter of all reviewers, but for no other component.
    """
    return {
        a.role
        for a in assignments_of(account, dossier.round)
        if (a.unit_id == dossier.unit_id or (not a.unit_id and a.role not in chain.UNIT_ROLES))
        and (not component_code or a.component_code in ("", component_code))
        and (not main_code or a.main_code in ("", main_code))
    }


def open_windows(dossier: Dossier) -> frozenset[str]:
    """Return the windows that are open for a unit: by the round's dates, or by an exception."""
    today, round_ = timezone.localdate(), dossier.round
    dates = {
        "declare": (round_.declare_from, round_.declare_until),
        "explain": (round_.explain_from, round_.explain_until),
    }
    excepted = {e.window for e in dossier.exceptions.all() if e.until >= today}
    return frozenset(
        window
        for window, (state, later) in chain.WINDOW_STATES.items()
        if (round_.state == state and dates[window][0] <= today <= dates[window][1])
        or (window in excepted and round_.state in (state, later))
    )


def steps_for(
    account: Account, dossier: Dossier, *, main_code: str = "", component_code: str = ""
) -> dict[str, chain.Step]:
    roles = roles_for(account, dossier, main_code=main_code, component_code=component_code)
    round_state, windows = dossier.round.state, open_windows(dossier)
    return {
        step.name: step
        for step in chain.STEPS
        if step.subject == "dossier"
        and step.roles & roles
        and dossier.state in step.states
        and step.through_office in (None, dossier.through_office)
        and (step.window in windows if step.window else round_state in step.round_states)
    }


def require_step(
    actor: Actor, dossier: Dossier, name: str, *, component_code: str = ""
) -> chain.Step:
    steps = steps_for(actor.person, dossier, component_code=component_code)
    if name not in steps:
        raise NotAllowedError
    return steps[name]


def round_steps(account: Account, round_: Round) -> dict[str, chain.Step]:
    roles = roles_in(account, round_)
    return {
        step.name: step
        for step in chain.STEPS
        if step.subject == "round" and step.roles & roles and round_.state in step.states
    }


def require_role(actor: Actor, roles: Iterable[str], round_: Round | None = None) -> None:
    if not roles_in(actor.person, round_) & set(roles):
        raise NotAllowedError


def visible_dossiers(account: Account, round_: Round | None = None) -> "QuerySet[Dossier]":
    dossiers = Dossier.objects.select_related("round")
    if round_ is not None:
        dossiers = dossiers.filter(round=round_)
    visible = Q(pk__in=[])
    for a in assignments_of(account, round_):
        if a.role in chain.CENTRE_ROLES or (a.role in chain.UNIT_ROLES and a.unit_id):
            # An empty field stands for all; a condition without any would be left out.
            own = Q(pk__isnull=False)
            if a.round_id:
                own &= Q(round=a.round_id)
            if a.unit_id and a.role not in BOARD_ROLES:
                own &= Q(unit_id=a.unit_id)
            visible |= own
    return dossiers.filter(visible)


def unit_names() -> dict[str, str]:
    """Return the name of every unit that has a dossier, by its id."""
    return dict(Dossier.objects.values_list("unit_id", "unit_name"))


def find_dossier(account: Account, **conditions: int) -> Dossier:
    """Return a dossier that the account may see; from outside, one that is not there is alike."""
    dossier = visible_dossiers(account).filter(**conditions).first()
    if dossier is None:
        raise NotAllowedError
    return dossier


def find_round(actor: Actor, round_id: int, roles: Iterable[str]) -> Round:
    round_ = Round.objects.filter(pk=round_id).first()
    if round_ is None:
        raise NotAllowedError
    require_role(actor, roles, round_)
    return round_


def is_of_centre(account: Account, dossier: Dossier) -> bool:
    """Say whether an account may read what the centre notes among itself."""
    return bool(roles_for(account, dossier) & chain.CENTRE_ROLES)
