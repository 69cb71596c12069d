from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0004_drafts_letters_plans"),
    ]

    operations = [
        migrations.RemoveField(model_name="dossier", name="version"),
    ]
