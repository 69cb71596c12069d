"""What the portal keeps: accounts and rights, rounds and dossiers, answers and decisions.

Nothing is overwritten without its former state in a version or in the audit log, and nothing that
a unit entered is ever deleted. Component and variable codes are text, not keys: an index set may
change under answers that stay.
"""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone


class AccountManager(BaseUserManager["Account"]):
    def create_account(self, email: str, name: str, office: str = "", **more: Any) -> "Account":
        account = self.model(email=email.strip().lower(), name=name, office=office, **more)
        account.set_unusable_password()
        account.save()
        return account

    def get_by_natural_key(self, username: str) -> "Account":
        return self.get(email__iexact=username)


class Account(AbstractBaseUser):
    """A person: name, office and mail, and nothing else that is personal."""

    email = models.EmailField("thư điện tử", unique=True)
    name = models.CharField("họ tên", max_length=120)
    office = models.CharField("đơn vị công tác", max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = AccountManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class Signed(models.Model):
    """What one person did at one moment."""

    by = models.ForeignKey(Account, on_delete=models.PROTECT)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True


def _once(name: str, *fields: str) -> tuple[models.UniqueConstraint]:
    return (models.UniqueConstraint(fields=fields, name=name),)


class EntryLink(models.Model):
    """A one-time link by which an account sets its password; only its hash is kept."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE)
    token_sha256 = models.CharField(max_length=64, unique=True)
    valid_until = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class ApiKey(models.Model):
    """A key by which a program reads with the rights of an account; only its hash is kept."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="keys")
    key_sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)


class Round(models.Model):
    assessment_id = models.CharField(max_length=80, unique=True)
    state = models.CharField(max_length=20, default="prepared")
    declare_from = models.DateField()
    declare_until = models.DateField()
    explain_from = models.DateField()
    explain_until = models.DateField()
    # A step that one person proposed and another has to confirm.
    proposal = models.CharField(max_length=30, blank=True)
    proposal_reason = models.TextField(blank=True)
    proposed_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    central_read_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.assessment_id


class Dossier(models.Model):
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="dossiers")
    unit_id = models.CharField(max_length=40)
    unit_name = models.CharField(max_length=200)
    framework_id = models.CharField(max_length=80)
    place = models.IntegerField()
    state = models.CharField(max_length=30, default="not_started")
    through_office = models.BooleanField(default=False)
    state_since = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("place",)
        constraints = _once("one_dossier_per_unit", "round", "unit_id")

    def __str__(self) -> str:
        return f"{self.round.assessment_id} {self.unit_name}"


class Assignment(models.Model):
    """A right: what an account is, and for which round, unit, main and component.

    An empty field stands for all of them; unit roles always name their unit.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="assignments")
    role = models.CharField(max_length=20)
    round = models.ForeignKey(Round, null=True, blank=True, on_delete=models.CASCADE)
    unit_id = models.CharField(max_length=40, blank=True)
    main_code = models.CharField(max_length=20, blank=True)
    component_code = models.CharField(max_length=20, blank=True)
    declined_at = models.DateTimeField(null=True)
    declined_reason = models.TextField(blank=True)
    ended_at = models.DateTimeField(null=True)


class LockException(Signed):
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="exceptions")
    window = models.CharField(max_length=10)
    until = models.DateField()
    reason = models.TextField()


class Answer(models.Model):
    """The present entry of one question, as typed, and how it was read."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="answers")
    component_code = models.CharField(max_length=20)
    variable = models.CharField(max_length=80)
    text = models.TextField(blank=True)
    is_not_applicable = models.BooleanField(default=False)
    na_reason = models.TextField(blank=True)
    value_micro = models.BigIntegerField(null=True)
    option = models.CharField(max_length=80, null=True)
    status = models.CharField(max_length=30, default="blank")
    reading = models.CharField(max_length=200, blank=True)
    version = models.IntegerField(default=0)
    by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = _once("one_answer_per_question", "dossier", "component_code", "variable")

    @property
    def entry(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("text", "is_not_applicable", "na_reason")}


class AnswerVersion(Signed):
    """An entry that somebody made; one that came too late is kept as a conflict."""

    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="versions")
    version = models.IntegerField()
    entry = models.JSONField()
    origin = models.CharField(max_length=20, default="page")
    is_conflict = models.BooleanField(default=False)


class StoredFile(models.Model):
    """A file that was uploaded or written, kept once by its content."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    kind = models.CharField(max_length=10)
    at = models.DateTimeField(default=timezone.now)


class Evidence(models.Model):
    """A document behind a component's figures; without a file where a form only names it."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="evidence")
    component_code = models.CharField(max_length=20)
    file = models.ForeignKey(StoredFile, null=True, on_delete=models.PROTECT)
    file_name = models.CharField(max_length=200)
    number = models.CharField(max_length=120, blank=True)
    issued = models.DateField(null=True)
    title = models.CharField(max_length=400, blank=True)
    stage = models.CharField(max_length=10, default="declare")
    by = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(Account, null=True, on_delete=models.PROTECT, related_name="+")


class Explanation(Signed):
    """What a unit says about one component: why there is no evidence, or against a review."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="explanations")
    component_code = models.CharField(max_length=20)
    stage = models.CharField(max_length=10)
    text = models.TextField()
    version = models.IntegerField(default=1)

    class Meta(Signed.Meta):
        constraints = _once("one_explanation_per_stage", "dossier", "component_code", "stage")


class Comment(Signed):
    """A remark on a component, or on the dossier; internal ones are for the centre only."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="comments")
    component_code = models.CharField(max_length=20, blank=True)
    text = models.TextField()
    is_internal = models.BooleanField(default=False)


class FormDraft(Signed):
    """What somebody typed into a form of a dossier and has not sent: a decision, a comment."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="drafts")
    place = models.CharField(max_length=40)
    content = models.JSONField()

    class Meta(Signed.Meta):
        constraints = _once("one_draft_per_form_and_person", "dossier", "place", "by")


class UnitPlan(Signed):
    """The plan that a unit follows, a workbook of ``dti plan``; component → status and percent."""

    dossier = models.OneToOneField(Dossier, on_delete=models.PROTECT, related_name="plan")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT)
    progress = models.JSONField(default=dict)


class Decision(Signed):
    """What a reviewer or the council decided about a component, or one figure of it, at a stage."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="decisions")
    component_code = models.CharField(max_length=20)
    variable = models.CharField(max_length=80, blank=True)
    stage = models.CharField(max_length=10)
    state = models.CharField(max_length=20)
    value_text = models.TextField(blank=True)
    value_micro = models.BigIntegerField(null=True)
    opinion = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True)
    cause = models.CharField(max_length=30, blank=True)
    cause_note = models.TextField(blank=True)
    points_before = models.BigIntegerField(null=True)
    points_after = models.BigIntegerField(null=True)
    version = models.IntegerField(default=1)

    class Meta(Signed.Meta):
        constraints = _once(
            "one_decision_per_figure_and_stage", "dossier", "component_code", "variable", "stage"
        )


class Delivery(Signed):
    """A file that the portal wrote into the folder of deliveries; a later one may replace it."""

    dossier = models.ForeignKey(Dossier, null=True, on_delete=models.PROTECT, related_name="sent")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="deliveries")
    kind = models.CharField(max_length=20)
    path = models.CharField(max_length=300)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT)
    content = models.JSONField(default=dict)
    is_current = models.BooleanField(default=True)


class WorkbookImport(Signed):
    """A workbook that came back: its differences, and whether they were taken over."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="imports")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT)
    file_name = models.CharField(max_length=200)
    state = models.CharField(max_length=10, default="preview")
    changes = models.JSONField(default=list)
    problems = models.JSONField(default=list)


class CentralFigure(models.Model):
    """A figure of an agency's table, shown before declaring, with its place and the day."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="central")
    unit_id = models.CharField(max_length=40, db_index=True)
    component_code = models.CharField(max_length=20)
    variable = models.CharField(max_length=80)
    value_micro = models.BigIntegerField(null=True)
    status = models.CharField(max_length=30)
    source_file = models.CharField(max_length=300)
    source_sheet = models.CharField(max_length=100, blank=True)
    source_cell = models.CharField(max_length=300, blank=True)
    source_sha256 = models.CharField(max_length=64)
    since = models.DateField()


class Snapshot(models.Model):
    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="snapshots")
    day = models.DateField()
    counts = models.JSONField()

    class Meta:
        constraints = _once("one_snapshot_per_day", "round", "day")


class Mail(models.Model):
    """A letter: sent by SMTP, or waiting in the outbox for somebody to send it.

    A secret one carries a link that opens an account.
    """

    to = models.EmailField()
    subject = models.CharField(max_length=300)
    body = models.TextField()
    at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    is_secret = models.BooleanField(default=False)


class Supply(models.Model):
    """Who supplies a component's data: asked, and agreed or not."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="supplies")
    component_code = models.CharField(max_length=20)
    item = models.CharField(max_length=300)
    supplier = models.CharField(max_length=200)
    asked_on = models.DateField(null=True, blank=True)
    answer = models.CharField(max_length=20, blank=True)
    note = models.TextField(blank=True)


class DraftRun(Signed):
    """A computation of a draft release by the pipeline's own jobs."""

    round = models.ForeignKey(Round, on_delete=models.CASCADE, related_name="drafts")
    state = models.CharField(max_length=10, default="running")
    log = models.TextField(blank=True)
    release_id = models.CharField(max_length=40, blank=True)
    process = models.IntegerField(null=True)
    ended_at = models.DateTimeField(null=True)


class Vote(Signed):
    """One of the two voices that approve or withdraw a release."""

    release_id = models.CharField(max_length=40)
    round = models.ForeignKey(Round, on_delete=models.PROTECT)
    act = models.CharField(max_length=10)
    reason = models.TextField()
    is_done = models.BooleanField(default=False)


class Event(models.Model):
    """A line of the audit log; only ever added, chained by `audit`."""

    number = models.BigIntegerField(unique=True)
    at = models.CharField(max_length=40)
    actor = models.CharField(max_length=200)
    address = models.CharField(max_length=60, blank=True)
    action = models.CharField(max_length=40)
    subject = models.CharField(max_length=200)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    chain = models.CharField(max_length=64)

    class Meta:
        ordering = ("number",)
