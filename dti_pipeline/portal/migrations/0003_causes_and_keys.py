"""Causes of lost points, and keys of programs."""

from django.db import migrations, models
from django.utils.timezone import now

from dti_pipeline.portal.migrations._fields import ID, PERSON, link


class Migration(migrations.Migration):
    dependencies = [("portal", "0002_append_only")]
    operations = [
        migrations.AddField("decision", "cause", models.CharField(blank=True, max_length=30)),
        migrations.AddField("decision", "cause_note", models.TextField(blank=True)),
        migrations.CreateModel(
            "ApiKey",
            [
                ID,
                ("account", link(PERSON, models.CASCADE, related_name="keys")),
                ("key_sha256", models.CharField(max_length=64, unique=True)),
                ("made_at", models.DateTimeField(default=now)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
        ),
    ]
