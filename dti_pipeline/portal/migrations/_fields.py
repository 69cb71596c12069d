"""Fields that many tables begin with, as migrations write them."""

from typing import Any, Final

from django.conf import settings
from django.db import models
from django.utils.timezone import now

PERSON: Final = settings.AUTH_USER_MODEL


def link(
    to: str, on_delete: Any = models.PROTECT, kind: type = models.ForeignKey, **more: Any
) -> Any:
    return kind(to=to, on_delete=on_delete, **more)


def once(name: str, *fields: str) -> list[models.UniqueConstraint]:
    return [models.UniqueConstraint(fields=fields, name=name)]


ID: Final = (
    "id",
    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
)
AT: Final = ("at", models.DateTimeField(default=now))
BY: Final = ("by", link(PERSON))
