"""Letters: to whom, about what; by SMTP where there is one, else kept in the outbox."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.conf import settings
from django.core.mail import EmailMessage, send_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone

from dti_pipeline.portal.chain import UNIT_ROLES
from dti_pipeline.portal.models import Account, Assignment, Dossier, Mail, Round
from schemas.text import Text


class OutboxBackend(BaseEmailBackend):
    """Keeps letters in the database; the page of the outbox shows them."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            for to in message.to:
                Mail.objects.create(to=to, subject=message.subject, body=str(message.body))
        return len(email_messages)


def write_to(accounts: Iterable[Account], subject: Text, body: Text) -> int:
    """Write one letter to each account; a mail server that fails leaves it in the outbox."""
    count = 0
    for account in {one.pk: one for one in accounts if one.is_active}.values():
        text = f"{body.vi}\n\n{body.en}\n"
        letter = Mail(to=account.email, subject=f"{subject.vi} · {subject.en}"[:300], body=text)
        if "smtp" in settings.EMAIL_BACKEND and not account.is_demo:
            try:
                send_mail(letter.subject, text, None, [letter.to])
                letter.sent_at = timezone.now()
            except OSError as error:
                letter.error = str(error)[:300]
        letter.save()
        count += 1
    return count


def accounts_of(round_: Round, roles: Iterable[str], unit_id: str = "") -> list[Account]:
    """Return the accounts that hold one of some roles; unit roles of one unit only."""
    held = Assignment.objects.filter(
        role__in=list(roles), declined_at=None, ended_at=None, account__is_active=True
    ).select_related("account")
    return [
        one.account
        for one in held
        if one.round_id in (None, round_.pk)
        and (not unit_id or one.unit_id in ("", unit_id))
        and (one.role not in UNIT_ROLES or not unit_id or one.unit_id == unit_id)
    ]


def tell(dossier: Dossier, roles: Iterable[str], text: Text, reason: str = "") -> None:
    """Tell those who hold a role for a dossier what happened to it."""
    where = f"{dossier.round.assessment_id} · {dossier.unit_name}"
    why = f"\nLý do · reason: {reason}" if reason else ""
    write_to(
        accounts_of(dossier.round, roles, dossier.unit_id),
        Text(f"{where}: {text.vi}", text.en),
        Text(f"{text.vi}: {where}.{why}", f"{text.en}: {where}."),
    )


def write_reminders(dossiers: Iterable[Dossier], until: date) -> int:
    """Remind the units that still have to send; return the number of letters."""
    count = 0
    for dossier in dossiers:
        subject = Text(f"{dossier}: hạn gửi {until:%d/%m/%Y}", f"due {until:%d/%m/%Y}")
        body = Text(
            f"Hồ sơ của {dossier.unit_name} chưa gửi cơ quan chủ trì. Hạn gửi: {until:%d/%m/%Y}. "
            "Đề nghị hoàn thành, trình lãnh đạo duyệt và gửi trên hệ thống trước hạn.",
            f"The dossier of {dossier.unit_name} has not been sent. It is due on "
            f"{until:%d/%m/%Y}. Please complete it and have it sent by your leader.",
        )
        people = accounts_of(dossier.round, ("specialist", "leader"), dossier.unit_id)
        count += write_to(people, subject, body)
    return count
