"""Letters: to whom, about what; by SMTP where there is one, else kept in the outbox."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.conf import settings
from django.core.mail import EmailMessage, send_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import Q
from django.utils import timezone

from dti_pipeline.portal.chain import UNIT_ROLES
from dti_pipeline.portal.models import Account, Dossier, Mail, Round
from dti_pipeline.portal.rights import present_assignments
from schemas.messages import message
from schemas.text import Text


class OutboxBackend(BaseEmailBackend):
    """Keeps letters that allauth writes, with links for new passwords, in the database."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for letter in email_messages:
            content = {"subject": letter.subject, "body": str(letter.body), "is_secret": True}
            Mail.objects.bulk_create(Mail(to=to, **content) for to in letter.to)
        return len(email_messages)


def write_to(accounts: Iterable[Account], subject: Text, body: Text) -> int:
    """Write one letter to each account; a mail server that fails leaves it in the outbox."""
    people = {account.pk: account for account in accounts if account.is_active}.values()
    for account in people:
        text = f"{body.vi}\n\n{body.en}\n"
        letter = Mail(to=account.email, subject=f"{subject.vi} · {subject.en}"[:300], body=text)
        if "smtp" in settings.EMAIL_BACKEND and not account.is_demo:
            try:
                send_mail(letter.subject, text, None, [letter.to])
                letter.sent_at = timezone.now()
            except OSError as error:
                letter.error = str(error)[:300]
        letter.save()
    return len(people)


def accounts_of(round_: Round, roles: Iterable[str], unit_id: str = "") -> list[Account]:
    """Return the accounts that hold one of some roles; unit roles of one unit only."""
    assignments = present_assignments(round_).filter(role__in=list(roles))
    if unit_id:
        is_for_all = Q(unit_id="") & ~Q(role__in=UNIT_ROLES)
        assignments = assignments.filter(Q(unit_id=unit_id) | is_for_all)
    return [assignment.account for assignment in assignments.select_related("account")]


def tell(dossier: Dossier, roles: Iterable[str], text: Text, reason: str = "") -> None:
    where = f"{dossier.round.assessment_id} · {dossier.unit_name}"
    why = f"\nLý do · reason: {reason}" if reason else ""
    write_to(
        accounts_of(dossier.round, roles, dossier.unit_id),
        Text(f"{where}: {text.vi}", text.en),
        Text(f"{text.vi}: {where}.{why}", f"{text.en}: {where}."),
    )


def write_reminders(dossiers: Iterable[Dossier], until: date) -> int:
    count = 0
    for dossier in dossiers:
        subject = message("letters.due", dossier=dossier, until=until)
        body = message("letters.remind", unit=dossier.unit_name, until=until)
        people = accounts_of(dossier.round, ("specialist", "leader"), dossier.unit_id)
        count += write_to(people, subject, body)
    return count
