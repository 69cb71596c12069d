"""Rounds: made, moved on by two people, locked by their dates, opened longer by exceptions."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import Q
from django.forms.models import model_to_dict
from django.utils import timezone

from dti_pipeline.index.definition import define
from dti_pipeline.intake.forms.asked_units import asked_units
from dti_pipeline.portal import audit, chain, rights
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.errors import NotAllowedError, RefusedError, require_reason, whole_text
from dti_pipeline.portal.figures import definition_of, require_seen, title_of, workspace
from dti_pipeline.portal.models import Dossier, Round, Snapshot, Supply, Vote
from dti_pipeline.portal.notices import accounts_of, letters_to, letters_to_units, post
from dti_pipeline.portal.reviews import write_appraisals
from dti_pipeline.portal.rights import present_assignments, require_role, require_step, round_steps
from schemas.messages import message
from schemas.words import words_of

SNAPSHOT_DAYS: Final = 7
DATES: Final = ("declare_from", "declare_until", "explain_from", "explain_until")
# States in which a dossier has not left its unit, or not come back to the centre.
UNSENT: Final = ("not_started", "declaring", "with_leader", "with_office", "returned")
UNEXPLAINED: Final = ("reviewed", "explaining", "explanation_with_leader")
_WINDOWS: Final = words_of("portal_windows")


def _check_dates(dates: dict[str, date]) -> None:
    for kind, name in _WINDOWS.items():
        if dates[f"{kind}_until"] < dates[f"{kind}_from"]:
            raise RefusedError("refused.window_reversed", window=name)
    if dates["explain_from"] <= dates["declare_until"]:
        raise RefusedError("refused.explaining_too_early")


def create_round(
    actor: Actor, assessment_id: str, dates: dict[str, date], *, through_office: bool = False
) -> Round:
    """Make a round with one dossier for every unit that is asked for a report."""
    require_role(actor, ["operator"])
    _check_dates(dates)
    if Round.objects.filter(assessment_id=assessment_id).exists():
        raise RefusedError("refused.round_exists", assessment=assessment_id)
    units = asked_units(define(assessment_id, workspace=workspace()))
    if not units:
        raise RefusedError("refused.round_without_units", assessment=assessment_id)
    n_named = Counter(unit["name_vi"] for unit in units.values())
    with transaction.atomic():
        round_ = Round.objects.create(assessment_id=assessment_id, **dates)
        common = {"round": round_, "through_office": through_office}
        Dossier.objects.bulk_create(
            Dossier(
                unit_id=unit["unit_id"],
                # Pages, letters and the audit log know a unit by its name.
                unit_name=unit["name_vi"]
                + (f" ({unit['unit_id']})" if n_named[unit["name_vi"]] > 1 else ""),
                framework_id=unit["framework_id"],
                place=place,
                **common,
            )
            for place, unit in units.items()
        )
        Supply.objects.bulk_create(_supplies(round_))
        audit.record(actor, "round_created", round_, after={"units": len(units), **dates})
    return round_


def _supplies(round_: Round) -> list[Supply]:
    """Begin the map of suppliers with what the framework says of them, or of its agencies."""
    supplies = []
    for framework in definition_of(round_).frameworks.values():
        owners = {table.id: table.owner_vi for table in framework.file.tables}
        for component in framework.components:
            supply_of = {supply.variable: supply for supply in component.component.supplies}
            for name, variable in component.component.variables.items():
                if (supply := supply_of.get(name)) is None and not variable.is_central:
                    continue
                supplier = supply.supplier_vi if supply else owners[variable.origin[0]]
                supplies.append(
                    Supply(
                        round=round_,
                        component_code=component.code,
                        item=variable.vi[:300],
                        supplier=supplier[:200],
                        answer=_ANSWER_OF.get(supply.state, "") if supply else "",
                        asked_on=supply.agreed_on if supply else None,
                    )
                )
    return supplies


# What a framework says of a supplier, in words of the map.
_ANSWER_OF: Final = {"agreed": "agreed", "refused": "refused", "asked": "no_answer"}


@transaction.atomic
def set_dates(actor: Actor, round_: Round, dates: dict[str, date], reason: str) -> None:
    """Change the windows of a round; once it is open, with a reason."""
    require_role(actor, ["operator"], round_)
    round_ = _locked(actor, round_.pk)
    if round_.state == "final":
        raise NotAllowedError
    _check_dates(dates)
    if round_.state != "prepared":
        reason = require_reason(reason)
    before = model_to_dict(round_, DATES)
    for name in DATES:
        setattr(round_, name, dates[name])
    round_.save(update_fields=list(DATES))
    audit.record(actor, "round_dates", round_, before=before, after=dates, reason=reason)


def _locked(actor: Actor, round_id: int) -> Round:
    """Return a round to change, from a page that shows its present windows and proposal."""
    round_ = Round.objects.select_for_update().get(pk=round_id)
    lines = audit.lines_on(round_).filter(action__startswith="round_")
    require_seen(actor, lines, round_)
    return round_


def propose(actor: Actor, round_id: int, name: str, reason: str = "") -> Round:
    """Propose a step of the round; another person has to confirm it."""
    with transaction.atomic():
        round_ = _locked(actor, round_id)
        step = round_steps(actor.person, round_).get(name)
        if step is None:
            raise NotAllowedError
        if round_.proposal:
            raise RefusedError("refused.proposal_waiting")
        if step.needs_reason:
            reason = require_reason(reason)
        _require_ready(round_, name)
        round_.proposal, round_.proposal_reason = name, reason
        round_.proposed_by, round_.proposed_at = actor.person, timezone.now()
        round_.save()
        audit.record(actor, "round_proposed", round_, after=name, reason=reason)
    post(
        letters_to(
            accounts_of(round_, ["head"]),
            message("letters.proposed", title=title_of(round_), step=step.text),
            message("letters.please_confirm", by=actor.person.name, step=step.text),
        )
    )
    return round_


def _round_with(name: str, actor: Actor, roles: list[str], round_id: int) -> Round:
    """Return a round to which a step is proposed; refuse another than the person was shown."""
    round_ = _locked(actor, round_id)
    require_role(actor, roles, round_)
    if not round_.proposal or round_.proposal != name:
        raise RefusedError("refused.nothing_proposed")
    return round_


def confirm(actor: Actor, round_id: int, name: str) -> Round:
    """Carry a proposed step out; by the head of the centre, who did not propose it."""
    with transaction.atomic():
        round_ = _round_with(name, actor, ["head"], round_id)
        step = chain.BY_NAME["round", name]
        if round_.proposed_by_id == actor.person.pk:
            raise NotAllowedError
        _require_ready(round_, step.name)
        before, reason = round_.state, round_.proposal_reason
        assert step.target is not None
        round_.state, round_.proposal, round_.proposal_reason = step.target, "", ""
        round_.save()
        why = reason or f"đề xuất của {round_.proposed_by}"
        audit.record(
            actor, f"round_{step.name}", round_, before=before, after=step.target, reason=why
        )
        if step.name in ("explanation", "council"):
            write_appraisals(actor, round_)
    take_snapshot(round_)
    _tell_units(round_)
    return round_


@transaction.atomic
def drop(actor: Actor, round_id: int, name: str, reason: str) -> Round:
    reason = require_reason(reason)
    round_ = _round_with(name, actor, ["head", "operator"], round_id)
    audit.record(actor, "round_dropped", round_, before=name, reason=reason)
    round_.proposal, round_.proposal_reason = "", ""
    round_.save()
    return round_


def _require_ready(round_: Round, name: str) -> None:
    """Refuse a step of a round while a dossier is left where nobody could move it afterwards."""
    is_extended = Q(exceptions__window="declare", exceptions__until__gte=timezone.localdate())
    at_unit = Q(state="returned") | Q(is_extended, state__in=UNSENT)
    reasons = {
        "explanation": {"unreviewed": Q(state__in=("sent", "received")), "at_unit": at_unit},
        "council": {"not_closed": Q(state__in=(*UNEXPLAINED, "explanation_sent"))},
    }
    for reason, condition in reasons.get(name, {}).items():
        left = round_.dossiers.filter(condition).distinct()
        if names := list(left.values_list("unit_name", flat=True)):
            listed = ", ".join(names[:5]) + ("…" if len(names) > 5 else "")
            raise RefusedError(f"dossiers_left.{reason}", count=len(names), names=listed)
    votes = Vote.objects.filter(round=round_, act="approve", is_done=True)
    if name == "finish" and not votes.exists():
        raise RefusedError("refused.not_approved")


def _tell_units(round_: Round) -> None:
    ends = {"open": round_.declare_until, "explanation": round_.explain_until, "final": None}
    if round_.state in ends:
        title = title_of(round_)
        text = message(f"letters.round_{round_.state}", title=title, until=ends[round_.state])
        post(letters_to(accounts_of(round_, chain.UNIT_ROLES), title, text))


def unlock(actor: Actor, dossiers: Iterable[Dossier], window: str, until: date, reason: str) -> int:
    """Open a window longer for some units, all or none; it locks again by itself."""
    reason = require_reason(reason)
    if window not in ("declare", "explain") or until < timezone.localdate():
        raise RefusedError("refused.day_passed")
    chosen, after = list(dossiers), {"window": window, "until": until}
    with transaction.atomic():
        for dossier in chosen:
            require_step(actor, dossier, "unlock")
            dossier.exceptions.create(window=window, until=until, reason=reason, by=actor.person)
            audit.record(actor, "unlock", dossier, after=after, reason=reason)
    days = [(dossier, until) for dossier in chosen]
    post(letters_to_units(chosen[0].round, days, "extended", "why", reason=reason))
    return len(chosen)


def remind(actor: Actor, round_: Round) -> int:
    """Write to the units that can still send, and have not; return the number of letters."""
    require_role(actor, ["operator"], round_)
    is_declaring = round_.state in chain.WINDOW_STATES["declare"]
    window, body = ("declare", "remind") if is_declaring else ("explain", "remind_explain")
    unsent = round_.dossiers.filter(state__in=UNSENT if is_declaring else UNEXPLAINED)
    unsent = unsent.prefetch_related("exceptions")
    waiting = [(one, due(one)) for one in unsent if window in rights.open_windows(one)]
    count = post(letters_to_units(round_, waiting, "due", body))
    audit.record(actor, "reminded", round_, after={"letters": count})
    return count


def take_snapshot(round_: Round) -> Snapshot:
    """Keep how far the units are today; a second one on a day replaces the first."""
    counts = Counter(round_.dossiers.values_list("state", flat=True))
    values = {"counts": {state: counts[state] for state in chain.DOSSIER_STATES}}
    return round_.snapshots.update_or_create(day=timezone.localdate(), defaults=values)[0]


def take_weekly_snapshots() -> int:
    """Take the snapshots that are due; whoever looks at the board or the weekly command does."""
    due = timezone.localdate() - timedelta(days=SNAPSHOT_DAYS)
    rounds = Round.objects.exclude(state__in=("prepared", "final"))
    waiting = list(rounds.exclude(snapshots__day__gt=due))
    for round_ in waiting:
        take_snapshot(round_)
    return len(waiting)


def due(dossier: Dossier) -> date:
    """Return the last day of the unit's window, with its extensions: of what it has still to do."""
    is_declaring = dossier.state in UNSENT or dossier.round.state in ("prepared", "open", "closed")
    window: chain.Window = "declare" if is_declaring else "explain"
    ends = [one.until for one in dossier.exceptions.all() if one.window == window]
    of_round = getattr(dossier.round, f"{window}_until")
    # A round may be moved on before its own date; then an extension alone holds.
    is_over = dossier.round.state == chain.WINDOW_STATES[window][1]
    return max(ends if ends and is_over else [of_round, *ends])


def is_late(dossier: Dossier) -> bool:
    """Say whether a unit has let its time pass; what was never sent stays late to the end."""
    late = {"prepared": (), "explanation": (*UNSENT, *UNEXPLAINED)}.get(dossier.round.state, UNSENT)
    return dossier.state in late and timezone.localdate() > due(dossier)


@transaction.atomic
def set_supply(
    actor: Actor, supply: Supply, *, asked_on: date | None, answer: str, note: str
) -> None:
    require_role(actor, ["operator"], supply.round)
    after = {"asked_on": asked_on, "answer": answer, "note": whole_text(note)}
    supply = Supply.objects.select_for_update(of=("self",)).get(pk=supply.pk)
    subject = f"{supply.round} {supply.component_code} {supply.supplier}: {supply.item}"
    require_seen(actor, audit.lines_on(subject, "supply"), supply.round)
    before = model_to_dict(supply, after)
    Supply.objects.filter(pk=supply.pk).update(**after)
    audit.record(actor, "supply", subject, before=before, after=after)


def visible_rounds(actor: Actor) -> Any:
    assignments = present_assignments().filter(account=actor.person)
    if assignments.filter(round=None, role__in=chain.CENTRE_ROLES).exists():
        return Round.objects.order_by("-pk")
    own = Round.objects.filter(pk__in=assignments.exclude(round=None).values("round"))
    units = assignments.filter(role__in=chain.UNIT_ROLES).values("unit_id")
    return (own | Round.objects.filter(dossiers__unit_id__in=units)).distinct().order_by("-pk")
