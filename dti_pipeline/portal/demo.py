"""A round to try the whole chain on, in a data folder of its own: marked accounts for all roles."""

from datetime import timedelta
from typing import Final

from django.utils import timezone

from dti_pipeline.portal import adoption, audit, figures, rounds
from dti_pipeline.portal.audit import Actor
from dti_pipeline.portal.chain import ROLES, UNIT_ROLES
from dti_pipeline.portal.models import Account, Assignment, Round
from dti_pipeline.portal.sending import report_name
from schemas.text import Text

ASSESSMENT: Final = "province-2022"
UNIT: Final = "VN-P63-06"
PASSWORD: Final = "dung-thu-khong-that"


def fill() -> list[str]:
    """Make the accounts and the round once; return a line per account to print."""
    accounts = {role: _account(role, text) for role, text in ROLES.items()}
    # Two members of the council, since one alone approves nothing.
    accounts["council 2"] = _account("council", ROLES["council"], number=2)
    if not Round.objects.filter(assessment_id=ASSESSMENT).exists():
        _make_round(accounts)
    return [f"{role:12} {account.email}  {PASSWORD}" for role, account in accounts.items()]


def _account(role: str, text: Text, number: int = 1) -> Account:
    email = f"{role}{number if number > 1 else ''}@demo.invalid"
    account = Account.objects.filter(email=email).first()
    if account is None:
        account = Account.objects.create_account(
            email, f"Dùng thử: {text.vi}", "Tài khoản dùng thử", is_demo=True
        )
        account.set_password(PASSWORD)
        account.save()
        unit_id = UNIT if role in UNIT_ROLES else ""
        Assignment.objects.create(account=account, role=role, unit_id=unit_id)
        audit.record(audit.SYSTEM, "account_created", email, after={"role": role})
    return account


def _make_round(accounts: dict[str, Account]) -> None:
    """Open a round in which one unit still has to declare; the other reports are there."""
    operator, head = Actor(accounts["operator"]), Actor(accounts["head"])
    today = timezone.localdate()
    dates = {
        "declare_from": today - timedelta(days=1),
        "declare_until": today + timedelta(days=30),
        "explain_from": today + timedelta(days=31),
        "explain_until": today + timedelta(days=45),
    }
    round_ = rounds.create_round(operator, ASSESSMENT, dates)
    figures.read_central(operator, round_)
    own = round_.dossiers.get(unit_id=UNIT)
    folder = figures.workspace().raw / ASSESSMENT / "self_reports"
    own_file = folder / report_name(own)
    # Its unit shall declare anew; the made-up report stays beside as something to upload.
    own_file.rename(figures.workspace().data / own_file.name)
    rounds.propose(operator, round_.pk, "open")
    round_ = rounds.confirm(head, round_.pk, "open")
    adoption.adopt(operator, round_)
    others = round_.dossiers.exclude(unit_id=UNIT)
    others.update(state="reviewed", state_since=timezone.now())
    audit.record(operator, "demo_reviewed", round_, after={"units": others.count()})
