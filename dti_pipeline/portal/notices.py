"""Letters: to whom, about what; by SMTP where there is one, else kept in the outbox."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any, Final

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import Q
from django.utils import timezone

from dti_pipeline.portal import jobs
from dti_pipeline.portal.chain import DOSSIER_STATES, UNIT_ROLES
from dti_pipeline.portal.figures import title_of
from dti_pipeline.portal.models import Account, Dossier, Mail, Round
from dti_pipeline.portal.rights import present_assignments
from schemas.messages import message
from schemas.text import Text

# Letters that a page waits for, and that one connection to the mail server takes.
_AT_ONCE: Final = 10


class OutboxBackend(BaseEmailBackend):
    """Takes letters that allauth writes: they carry links for new passwords."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        return post(
            Mail(to=to, subject=letter.subject, body=str(letter.body), is_secret=True)
            for letter in email_messages
            for to in letter.to
        )


def letters_to(accounts: Iterable[Account], subject: Text, body: Text) -> Iterator[Mail]:
    """Yield one letter to each account."""
    for account in {account.pk: account for account in accounts if account.is_active}.values():
        text = f"{body.vi}\n\n{body.en}\n"
        yield Mail(to=account.email, subject=f"{subject.vi} · {subject.en}"[:300], body=text)


def post(letters: Iterable[Mail]) -> int:
    """Keep letters in the outbox, then send them; return their number.

    A page waits for a few; more are sent by a process of their own.
    """
    kept = Mail.objects.bulk_create(letters)
    demo = set(Account.objects.filter(is_demo=True).values_list("email", flat=True))
    waiting = [letter.pk for letter in kept if settings.EMAIL_HOST and letter.to not in demo]
    if len(waiting) <= _AT_ONCE:
        send(waiting)
    else:
        jobs.start("letter_job", settings.DTI_DATA, text=json.dumps(waiting))
    return len(kept)


def send(numbers: Sequence[int]) -> None:
    """Send letters of the outbox, a few by each connection.

    A mail server that fails, or a process that is killed, leaves there what was not sent.
    """
    unsent = Mail.objects.filter(pk__in=numbers, sent_at=None)
    try:
        for first in range(0, len(numbers), _AT_ONCE):
            batch = numbers[first : first + _AT_ONCE]
            with get_connection("django.core.mail.backends.smtp.EmailBackend") as server:
                for letter in unsent.filter(pk__in=batch):
                    _send(letter, server)
    except OSError as error:
        unsent.filter(error="").update(error=str(error)[:300])


def _send(letter: Mail, server: Any) -> None:
    try:
        EmailMessage(letter.subject, letter.body, None, [letter.to], connection=server).send()
    except (SMTPRecipientsRefused, SMTPResponseException, ValueError) as error:
        letter.error = str(error)[:300]  # of this letter alone
    else:
        letter.sent_at = timezone.now()
        letter.body = "" if letter.is_secret else letter.body
    letter.save()


def accounts_of(round_: Round, roles: Iterable[str], unit_id: str = "") -> list[Account]:
    """Return the accounts that hold one of some roles; unit roles of one unit only."""
    assignments = present_assignments(round_).filter(role__in=list(roles))
    if unit_id:
        is_for_all = Q(unit_id="") & ~Q(role__in=UNIT_ROLES)
        assignments = assignments.filter(Q(unit_id=unit_id) | is_for_all)
    return [assignment.account for assignment in assignments.select_related("account")]


def tell(dossier: Dossier, roles: Iterable[str], text: Text, reason: str = "") -> None:
    title, unit = title_of(dossier.round), dossier.unit_name
    why = message("letters.why", reason=reason) if reason else Text("", "")
    post(
        letters_to(
            accounts_of(dossier.round, roles, dossier.unit_id),
            Text(f"{unit}: {text.vi}", text.en),
            Text(
                f"{text.vi}: {unit}, {title.vi}. {why.vi}",
                f"{text.en}: {unit}, {title.en}. {why.en}",
            ),
        )
    )


def letters_to_units(
    round_: Round, dossiers: Iterable[tuple[Dossier, date]], subject: str, body: str, **words: Any
) -> Iterator[Mail]:
    """Yield a letter to the specialists and leaders of each dossier's unit, with a day."""
    people: dict[str, list[Account]] = {}
    held = present_assignments(round_).filter(role__in=("specialist", "leader"))
    for assignment in held.select_related("account"):
        people.setdefault(assignment.unit_id, []).append(assignment.account)
    for dossier, until in dossiers:
        words |= {"dossier": dossier, "until": until, "state": DOSSIER_STATES[dossier.state]}
        texts = [message(f"letters.{key}", **words) for key in (subject, body)]
        yield from letters_to(people.get(dossier.unit_id, ()), *texts)
