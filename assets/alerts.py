"""Tell the office what failed, by mail and by a web hook; without settings it is only logged.

Dagster's freshness policies ask when an asset was made last, not which partition is missing, and
are a preview; an assessment that is due is one partition, so a sensor of ours asks for it.
"""

import json
import logging
import os
import smtplib
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen
from zoneinfo import ZoneInfo

import dagster as dg

from assets.automation import ASSESS, FOLLOW, PUBLISH, TIMEZONE
from assets.checks import NOTHING_BLOCKS
from assets.execution import failures
from assets.health import service_problems
from assets.resources import WorkspaceResource
from dti_pipeline.addresses import scheme_of, server_address
from dti_pipeline.release.due import overdue
from dti_pipeline.store.parquet import replace_file
from schemas.messages import message
from schemas.text import Text, WrongUsageError

LISTED: Final = 20
"""Issues in one alert; the others are counted."""
TIMEOUT: Final = 20
PAUSE: Final = timedelta(minutes=1)
"""After a receiver did not answer: a tick of a sensor has one minute in all."""
GIVE_UP: Final = timedelta(days=2)
KEPT: Final = timedelta(days=30)
LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class AlertSettingsError(WrongUsageError, ValueError):
    """A setting that cannot be understood; the message gives an example."""


@dataclass(frozen=True)
class AlertSettings:
    """Where alerts go; docs/operations.md has the variables.

    Attributes:
        to: mail addresses.
        smtp: address of the mail server, smtp:// or smtps://.
        url: of the web hook; gets JSON with ``title`` and ``text``.
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
    """Read the settings, of which an address may be refused; the mail server is the portal's."""
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
    if url and server_address(url, schemes) is None:
        value = f"{scheme_of(url)}://…"
        raise AlertSettingsError("alert.bad_setting", name=name, value=value, example=example)


def send(
    subject: Text, paragraphs: list[Text], settings: AlertSettings, *, without: Collection[str] = ()
) -> dict[str, str]:
    """Log an alert and send it to all targets but some; return who did not take it, and why."""
    index = 1 if settings.language == "en" else 0
    title, body = subject[index], "\n\n".join(text[index] for text in paragraphs)
    logging.getLogger("dti.alerts").error("%s\n%s", title, body)
    problems: dict[str, str] = {}
    if to := [one for one in settings.to if settings.smtp and one not in without]:
        try:
            problems |= _mail(title, body, settings, to)
        except OSError as error:  # of smtplib and of the network
            problems |= dict.fromkeys(to, f"{urlsplit(settings.smtp).hostname}: {error}")
    hook = urlsplit(settings.url).hostname
    if hook and hook not in without:
        content = json.dumps({"title": title, "text": f"{title}\n\n{body}"}).encode()
        request = Request(settings.url, content, {"Content-Type": "application/json"})
        try:
            with urlopen(request, timeout=TIMEOUT):
                pass
        except (OSError, HTTPException) as error:
            problems[hook] = str(error)
    return problems


class Outbox:
    """Alerts of Dagster's sensors, one file each, that wait until every target has taken them.

    What was sent stays as a mark, so that a run is told once even where the daemon died before it
    noted that. A target whose answer was lost gets an alert twice: nobody can know.
    """

    def __init__(self, home: str) -> None:
        self.folder = Path(home) / "alerts"

    def tell(self, key: str, subject: Text, paragraphs: list[Text]) -> None:
        """Send an alert; a target that does not take it gets it from a later `send_waiting`."""
        path = self.folder / f"{key}.json"
        if not path.exists():
            self.folder.mkdir(exist_ok=True)
            alert = {"texts": [subject, *paragraphs], "since": datetime.now(UTC).isoformat()}
            replace_file(path, json.dumps(alert | {"tried": "", "taken": [], "problems": {}}))
        self.send_waiting()

    def send_waiting(self) -> None:
        """Send what waits, for two days; forget what is a month old."""
        now, settings = datetime.now(UTC), alert_settings()
        waiting, pause = self.waiting(), (now - PAUSE).isoformat()
        for path, alert in waiting.items():
            # One silent target must not use up the tick: the next alert has its turn later.
            if any(one["problems"] and one["tried"] > pause for one in waiting.values()):
                break
            if alert["since"] > (now - GIVE_UP).isoformat():
                subject, *paragraphs = [Text(*pair) for pair in alert["texts"]]
                alert["problems"] = send(subject, paragraphs, settings, without=alert["taken"])
                alert["taken"] += [t for t in settings.targets if t not in alert["problems"]]
                alert["tried"] = now.isoformat()
                replace_file(path, json.dumps(alert))
        for path in self.folder.glob("*.json"):
            if path.stat().st_mtime < (now - KEPT).timestamp():
                path.unlink()

    def waiting(self) -> dict[Path, dict[str, Any]]:
        """Return the alerts that a target has not taken; the one tried last is the last."""
        alerts = {path: json.loads(path.read_bytes()) for path in self.folder.glob("*.json")}
        waiting = [(p, a) for p, a in alerts.items() if a["problems"] or not a["tried"]]
        return dict(sorted(waiting, key=lambda entry: str(entry[1]["tried"])))


def _mail(title: str, body: str, settings: AlertSettings, to: Collection[str]) -> dict[str, str]:
    """Send one letter; return the addresses that the server refused, where it took others."""
    letter = EmailMessage()
    letter["Subject"], letter["From"], letter["To"] = title, settings.sender, settings.to
    letter["Date"] = datetime.now(UTC)
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
        refused = server.send_message(letter, to_addrs=list(to))
    return {address: f"{code} {answer!r}" for address, (code, answer) in refused.items()}


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
        if run.tags.get("dagster/will_retry") == "true":
            return  # the last try is told
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
            events = [*context.get_step_failure_events(), context.failure_event]
            texts = [f"{one.step}: {one.text}" for one in failures(events)]
            reasons = texts or [context.failure_event.message or run.job_name]
            body = [
                *(Text(text, text) for text in reasons),
                message("alert.look", run=run.run_id[:8]),
            ]
        Outbox(context.instance.root_directory).tell(run.run_id, subject, body)

    @dg.sensor(
        name="alert_on_delay",
        minimum_interval_seconds=10 * seconds,
        description="Tells what is due or no longer ticks; sends alerts again that nobody took.",
    )
    def alert_on_delay(
        context: dg.SensorEvaluationContext, workspace: WorkspaceResource
    ) -> dg.SensorResult | dg.SkipReason:
        today = datetime.now(ZoneInfo(TIMEZONE)).date()
        late = {f"due {one.assessment_id}": one.text for one in overdue(workspace.paths, today)}
        problems = late | dict(service_problems(context.instance))
        earlier = set(json.loads(context.cursor or "[]"))
        news = [text for key, text in problems.items() if key not in earlier]
        outbox = Outbox(context.instance.root_directory)
        if news:
            outbox.tell(
                f"late-{datetime.now(UTC).timestamp()}",
                message("alert.health", count=len(news)),
                news,
            )
        else:
            outbox.send_waiting()
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
        if event.check_name == NOTHING_BLOCKS.name and not event.passed:
            issues, count = event.metadata["issues"], event.metadata["count"].value
            assert isinstance(issues, dg.TableMetadataValue)
            rows = [record.data for record in issues.records]
            texts = [Text(str(row["message_vi"]), str(row["message_en"])) for row in rows]
            return int(str(count)), texts
    return 0, []
