"""Tell the office what failed, by mail and by a web hook; without settings it is only logged.

Dagster's freshness policies ask when an asset was made last, not which partition is missing, and
are a preview; an assessment that is due is one partition, so a sensor of ours asks for it.
"""

import json
import logging
import os
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from http.client import HTTPException
from typing import Final
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

import dagster as dg

from assets.automation import ASSESS, FOLLOW, PUBLISH, TIMEZONE
from assets.execution import failures
from assets.health import service_problems
from assets.resources import WorkspaceResource
from dti_pipeline.release.due import overdue
from schemas.messages import message
from schemas.text import SpokenError, Text, WrongUsageError

LISTED: Final = 20
"""Issues in one alert; the others are counted."""
TIMEOUT: Final = 20
LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class AlertSettingsError(WrongUsageError, ValueError):
    """A setting that cannot be understood; the message gives an example."""


class AlertNotSentError(SpokenError, RuntimeError):
    """A mail server or web hook that did not take an alert; the message names it."""


@dataclass(frozen=True)
class AlertSettings:
    """Where alerts go; docs/operations.md has the variables.

    Attributes:
        to: mail addresses.
        sender: the address they come from.
        smtp: address of the mail server, smtp:// or smtps://.
        url: of the web hook; gets JSON with ``title`` and ``text``.
        language: of the alerts.
    """

    to: tuple[str, ...]
    sender: str
    smtp: str
    url: str
    language: str

    @property
    def targets(self) -> tuple[str, ...]:
        mail = self.to if self.smtp else ()
        return (*mail, *filter(None, (urlsplit(self.url).hostname,)))


def alert_settings(environ: Mapping[str, str] = os.environ) -> AlertSettings:
    """Read the settings; the mail server is that of the portal.

    Raises:
        AlertSettingsError: if an address cannot be understood.
    """
    smtp, url = environ.get("DTI_PORTAL_SMTP", ""), environ.get("DTI_ALERT_URL", "")
    _require("DTI_PORTAL_SMTP", smtp, ("smtp", "smtps"), "smtp://user:password@host:587")
    _require("DTI_ALERT_URL", url, ("http", "https"), "https://chat.example/hooks/dti")
    return AlertSettings(
        to=tuple(filter(None, map(str.strip, environ.get("DTI_ALERT_TO", "").split(",")))),
        sender=environ.get("DTI_PORTAL_FROM", "dti@localhost"),
        smtp=smtp,
        url=url,
        language=environ.get("DTI_LANG", "vi").lower(),
    )


def _require(name: str, url: str, schemes: tuple[str, ...], example: str) -> None:
    parts = urlsplit(url)
    if url and (parts.scheme not in schemes or not parts.hostname):
        value = f"{parts.scheme}://…"  # what follows may hold a password
        raise AlertSettingsError(
            message("alert.bad_setting", name=name, value=value, example=example)
        )


def send(subject: Text, paragraphs: list[Text], settings: AlertSettings) -> None:
    """Log an alert and send it everywhere.

    Raises:
        AlertNotSentError: if a target did not take it; the others were tried.
    """
    index = 1 if settings.language == "en" else 0
    title = subject[index]
    body = "\n\n".join(text[index] for text in paragraphs)
    logging.getLogger("dti.alerts").error("%s\n%s", title, body)
    problems: list[tuple[str | None, Exception]] = []
    if settings.to and settings.smtp:
        try:
            _mail(title, body, settings)
        except OSError as error:  # of smtplib and of the network
            problems.append((urlsplit(settings.smtp).hostname, error))
    if settings.url:
        content = json.dumps({"title": title, "text": f"{title}\n\n{body}"}).encode()
        request = Request(settings.url, content, {"Content-Type": "application/json"})
        try:
            with urlopen(request, timeout=TIMEOUT):
                pass
        except (OSError, HTTPException) as error:
            problems.append((urlsplit(settings.url).hostname, error))
    if problems:
        target, problem = problems[0]
        raise AlertNotSentError(message("alert.not_sent", target=target, error=problem))


def _mail(title: str, body: str, settings: AlertSettings) -> None:
    letter = EmailMessage()
    letter["Subject"], letter["From"], letter["To"] = title, settings.sender, settings.to
    letter.set_content(body)
    parts = urlsplit(settings.smtp)
    host = parts.hostname or ""
    trust = ssl.create_default_context()
    server = (
        smtplib.SMTP_SSL(host, parts.port or 465, timeout=TIMEOUT, context=trust)
        if parts.scheme == "smtps"
        else smtplib.SMTP(host, parts.port or 587, timeout=TIMEOUT)
    )
    with server:
        server.ehlo()
        # Only a server on this machine may do without encryption.
        if parts.scheme == "smtp" and (host not in LOCAL or server.has_extn("starttls")):
            server.starttls(context=trust)
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        server.send_message(letter)


def alert_sensors(*, seconds: int = 60) -> list[dg.SensorDefinition]:
    """Build the sensors that tell the office.

    Args:
        seconds: between two looks at failed runs; what is late is looked for ten times as seldom.
    """

    @dg.run_failure_sensor(
        monitored_jobs=[ASSESS, PUBLISH, FOLLOW],
        name="alert_on_failure",
        minimum_interval_seconds=seconds,
        description="Tells by mail and web hook what failed, where, and what to do.",
    )
    def alert_on_failure(context: dg.RunFailureSensorContext) -> None:
        run = context.dagster_run
        name = run.tags.get("dagster/partition", run.job_name)
        count, issues = _blocking(context)
        if count:
            more = (
                [message("alert.more", count=count - LISTED, name=name)] if count > LISTED else []
            )
            subject = message("alert.blocked", name=name, count=count)
            body = [*issues[:LISTED], *more, message("alert.unchanged")]
        else:
            subject = message("alert.failed", name=name)
            texts = [
                f"{one.step}: {one.text}" for one in failures(context.get_step_failure_events())
            ]
            reasons = texts or [context.failure_event.message or run.job_name]
            body = [
                *(Text(text, text) for text in reasons),
                message("alert.look", run=run.run_id[:8]),
            ]
        send(subject, body, alert_settings())

    @dg.sensor(
        name="alert_on_delay",
        minimum_interval_seconds=10 * seconds,
        description="Tells what is due and not computed, and which sensor no longer ticks.",
    )
    def alert_on_delay(
        context: dg.SensorEvaluationContext, workspace: WorkspaceResource
    ) -> dg.SensorResult | dg.SkipReason:
        today = datetime.now(ZoneInfo(TIMEZONE)).date()
        late = {f"due {one.assessment_id}": one.text for one in overdue(workspace.workspace, today)}
        problems = late | dict(service_problems(context.instance))
        told = set(json.loads(context.cursor or "[]"))
        news = [text for key, text in problems.items() if key not in told]
        if news:
            send(message("alert.health", count=len(news)), news, alert_settings())
        # What has passed is forgotten, so that it is told when it comes again.
        cursor = json.dumps(sorted(problems))
        return dg.SensorResult(
            skip_reason=f"{len(problems)} problems, {len(news)} new", cursor=cursor
        )

    return [alert_on_failure, alert_on_delay]


def _blocking(context: dg.RunFailureSensorContext) -> tuple[int, list[Text]]:
    """Return how many issues stopped a run, and the first, as the check recorded them."""
    records = context.instance.get_records_for_run(
        context.dagster_run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION
    ).records
    for record in records:
        event = record.event_log_entry.get_dagster_event().asset_check_evaluation_data
        if event.check_name == "nothing_blocks" and not event.passed:
            issues, count = event.metadata["issues"], event.metadata["blocking_issues"].value
            assert isinstance(issues, dg.TableMetadataValue)
            rows = [record.data for record in issues.records]
            texts = [Text(str(row["message_vi"]), str(row["message_en"])) for row in rows]
            return int(str(count)), texts
    return 0, []
