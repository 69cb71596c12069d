"""Drafts of forms, plans of units, and letters that carry a link."""

from django.db import migrations, models

from dti_pipeline.portal.migrations._fields import AT, BY, ID, link, once


class Migration(migrations.Migration):
    dependencies = [("portal", "0003_causes_and_keys")]
    operations = [
        migrations.AddField("mail", "is_secret", models.BooleanField(default=False)),
        migrations.CreateModel(
            "UnitPlan",
            [
                ID,
                BY,
                AT,
                ("dossier", link("portal.dossier", kind=models.OneToOneField, related_name="plan")),
                ("file", link("portal.storedfile")),
                ("progress", models.JSONField(default=dict)),
            ],
            {"abstract": False},
        ),
        migrations.CreateModel(
            "FormDraft",
            [
                ID,
                BY,
                AT,
                ("dossier", link("portal.dossier", models.CASCADE, related_name="drafts")),
                ("place", models.CharField(max_length=40)),
                ("content", models.JSONField()),
            ],
            {
                "abstract": False,
                "constraints": once("one_draft_per_form_and_person", "dossier", "place", "by"),
            },
        ),
    ]
