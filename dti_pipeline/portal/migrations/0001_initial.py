"""The first tables of the portal."""

from django.db import migrations, models
from django.utils.timezone import now

from dti_pipeline.portal.migrations._fields import AT, BY, ID, PERSON, link, once


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            "Account",
            [
                ID,
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                (
                    "email",
                    models.EmailField(max_length=254, unique=True, verbose_name="thư điện tử"),
                ),
                ("name", models.CharField(max_length=120, verbose_name="họ tên")),
                (
                    "office",
                    models.CharField(blank=True, max_length=200, verbose_name="đơn vị công tác"),
                ),
                ("is_active", models.BooleanField(default=True)),
                ("is_demo", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(default=now)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
            ],
            {"abstract": False},
        ),
        migrations.CreateModel(
            "EntryLink",
            [
                ID,
                ("account", link(PERSON, models.CASCADE)),
                ("token_sha256", models.CharField(max_length=64, unique=True)),
                ("valid_until", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            "Round",
            [
                ID,
                ("assessment_id", models.CharField(max_length=80, unique=True)),
                ("state", models.CharField(default="prepared", max_length=20)),
                ("declare_from", models.DateField()),
                ("declare_until", models.DateField()),
                ("explain_from", models.DateField()),
                ("explain_until", models.DateField()),
                ("proposal", models.CharField(blank=True, max_length=30)),
                ("proposal_reason", models.TextField(blank=True)),
                ("proposed_by", link(PERSON, null=True, related_name="+")),
                ("proposed_at", models.DateTimeField(null=True)),
                ("central_read_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            "Dossier",
            [
                ID,
                ("round", link("portal.round", related_name="dossiers")),
                ("unit_id", models.CharField(max_length=40)),
                ("unit_name", models.CharField(max_length=200)),
                ("framework_id", models.CharField(max_length=80)),
                ("place", models.IntegerField()),
                ("state", models.CharField(default="not_started", max_length=30)),
                ("through_office", models.BooleanField(default=False)),
                ("state_since", models.DateTimeField(default=now)),
                ("version", models.IntegerField(default=1)),
            ],
            {
                "ordering": ("place",),
                "constraints": once("one_dossier_per_unit", "round", "unit_id"),
            },
        ),
        migrations.CreateModel(
            "Assignment",
            [
                ID,
                ("account", link(PERSON, models.CASCADE, related_name="assignments")),
                ("role", models.CharField(max_length=20)),
                ("round", link("portal.round", models.CASCADE, blank=True, null=True)),
                ("unit_id", models.CharField(blank=True, max_length=40)),
                ("main_code", models.CharField(blank=True, max_length=20)),
                ("component_code", models.CharField(blank=True, max_length=20)),
                ("declined_at", models.DateTimeField(null=True)),
                ("declined_reason", models.TextField(blank=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            "LockException",
            [
                ID,
                BY,
                AT,
                ("dossier", link("portal.dossier", related_name="exceptions")),
                ("window", models.CharField(max_length=10)),
                ("until", models.DateField()),
                ("reason", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            "Answer",
            [
                ID,
                ("dossier", link("portal.dossier", related_name="answers")),
                ("component_code", models.CharField(max_length=20)),
                ("variable", models.CharField(max_length=80)),
                ("text", models.TextField(blank=True)),
                ("is_not_applicable", models.BooleanField(default=False)),
                ("na_reason", models.TextField(blank=True)),
                ("value_micro", models.BigIntegerField(null=True)),
                ("option", models.CharField(max_length=80, null=True)),
                ("status", models.CharField(default="blank", max_length=30)),
                ("reading", models.CharField(blank=True, max_length=200)),
                ("version", models.IntegerField(default=0)),
                ("by", link(PERSON, null=True)),
                AT,
            ],
            {
                "constraints": once(
                    "one_answer_per_question", "dossier", "component_code", "variable"
                )
            },
        ),
        migrations.CreateModel(
            "AnswerVersion",
            [
                ID,
                BY,
                AT,
                ("answer", link("portal.answer", related_name="versions")),
                ("version", models.IntegerField()),
                ("entry", models.JSONField()),
                ("origin", models.CharField(default="page", max_length=20)),
                ("is_conflict", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            "StoredFile",
            [
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("kind", models.CharField(max_length=10)),
                AT,
            ],
        ),
        migrations.CreateModel(
            "Evidence",
            [
                ID,
                ("dossier", link("portal.dossier", related_name="evidence")),
                ("component_code", models.CharField(max_length=20)),
                ("file", link("portal.storedfile", null=True)),
                ("file_name", models.CharField(max_length=200)),
                ("number", models.CharField(blank=True, max_length=120)),
                ("issued", models.DateField(null=True)),
                ("title", models.CharField(blank=True, max_length=400)),
                ("stage", models.CharField(default="declare", max_length=10)),
                ("by", link(PERSON, related_name="+")),
                AT,
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_by", link(PERSON, null=True, related_name="+")),
            ],
        ),
        migrations.CreateModel(
            "Explanation",
            [
                ID,
                BY,
                AT,
                ("dossier", link("portal.dossier", related_name="explanations")),
                ("component_code", models.CharField(max_length=20)),
                ("stage", models.CharField(max_length=10)),
                ("text", models.TextField()),
                ("version", models.IntegerField(default=1)),
            ],
            {
                "constraints": once(
                    "one_explanation_per_stage", "dossier", "component_code", "stage"
                )
            },
        ),
        migrations.CreateModel(
            "Comment",
            [
                ID,
                BY,
                AT,
                ("dossier", link("portal.dossier", related_name="comments")),
                ("component_code", models.CharField(blank=True, max_length=20)),
                ("text", models.TextField()),
                ("is_internal", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            "Decision",
            [
                ID,
                BY,
                AT,
                ("dossier", link("portal.dossier", related_name="decisions")),
                ("component_code", models.CharField(max_length=20)),
                ("variable", models.CharField(blank=True, max_length=80)),
                ("stage", models.CharField(max_length=10)),
                ("state", models.CharField(max_length=20)),
                ("value_text", models.TextField(blank=True)),
                ("value_micro", models.BigIntegerField(null=True)),
                ("opinion", models.CharField(blank=True, max_length=40)),
                ("note", models.TextField(blank=True)),
                ("points_before", models.BigIntegerField(null=True)),
                ("points_after", models.BigIntegerField(null=True)),
                ("version", models.IntegerField(default=1)),
            ],
            {
                "constraints": once(
                    "one_decision_per_figure_and_stage",
                    "dossier",
                    "component_code",
                    "variable",
                    "stage",
                )
            },
        ),
        migrations.CreateModel(
            "Delivery",
            [
                ID,
                BY,
                AT,
                ("dossier", link("portal.dossier", null=True, related_name="sent")),
                ("round", link("portal.round", related_name="deliveries")),
                ("kind", models.CharField(max_length=20)),
                ("path", models.CharField(max_length=300)),
                ("file", link("portal.storedfile")),
                ("content", models.JSONField(default=dict)),
                ("is_current", models.BooleanField(default=True)),
            ],
        ),
        migrations.CreateModel(
            "WorkbookImport",
            [
                ID,
                BY,
                AT,
                ("dossier", link("portal.dossier", related_name="imports")),
                ("file", link("portal.storedfile")),
                ("file_name", models.CharField(max_length=200)),
                ("state", models.CharField(default="preview", max_length=10)),
                ("changes", models.JSONField(default=list)),
                ("problems", models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            "CentralFigure",
            [
                ID,
                ("round", link("portal.round", models.CASCADE, related_name="central")),
                ("unit_id", models.CharField(db_index=True, max_length=40)),
                ("component_code", models.CharField(max_length=20)),
                ("variable", models.CharField(max_length=80)),
                ("value_micro", models.BigIntegerField(null=True)),
                ("status", models.CharField(max_length=30)),
                ("source_file", models.CharField(max_length=300)),
                ("source_sheet", models.CharField(blank=True, max_length=100)),
                ("source_cell", models.CharField(blank=True, max_length=300)),
                ("source_sha256", models.CharField(max_length=64)),
                ("since", models.DateField()),
            ],
        ),
        migrations.CreateModel(
            "Snapshot",
            [
                ID,
                ("round", link("portal.round", models.CASCADE, related_name="snapshots")),
                ("day", models.DateField()),
                ("counts", models.JSONField()),
            ],
            {"constraints": once("one_snapshot_per_day", "round", "day")},
        ),
        migrations.CreateModel(
            "Mail",
            [
                ID,
                ("to", models.EmailField(max_length=254)),
                ("subject", models.CharField(max_length=300)),
                ("body", models.TextField()),
                AT,
                ("sent_at", models.DateTimeField(null=True)),
                ("error", models.CharField(blank=True, max_length=300)),
            ],
        ),
        migrations.CreateModel(
            "Supply",
            [
                ID,
                ("round", link("portal.round", models.CASCADE, related_name="supplies")),
                ("component_code", models.CharField(max_length=20)),
                ("item", models.CharField(max_length=300)),
                ("supplier", models.CharField(max_length=200)),
                ("asked_on", models.DateField(blank=True, null=True)),
                ("answer", models.CharField(blank=True, max_length=20)),
                ("note", models.TextField(blank=True)),
            ],
        ),
        migrations.CreateModel(
            "DraftRun",
            [
                ID,
                BY,
                AT,
                ("round", link("portal.round", models.CASCADE, related_name="drafts")),
                ("state", models.CharField(default="running", max_length=10)),
                ("log", models.TextField(blank=True)),
                ("release_id", models.CharField(blank=True, max_length=40)),
                ("process", models.IntegerField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            "Vote",
            [
                ID,
                BY,
                AT,
                ("release_id", models.CharField(max_length=40)),
                ("round", link("portal.round")),
                ("act", models.CharField(max_length=10)),
                ("reason", models.TextField()),
                ("is_done", models.BooleanField(default=False)),
            ],
        ),
        migrations.CreateModel(
            "Event",
            [
                ID,
                ("number", models.BigIntegerField(unique=True)),
                ("at", models.CharField(max_length=40)),
                ("actor", models.CharField(max_length=200)),
                ("address", models.CharField(blank=True, max_length=60)),
                ("action", models.CharField(max_length=40)),
                ("subject", models.CharField(max_length=200)),
                ("before", models.TextField(blank=True)),
                ("after", models.TextField(blank=True)),
                ("reason", models.TextField(blank=True)),
                ("chain", models.CharField(max_length=64)),
            ],
            {"ordering": ("number",)},
        ),
    ]
