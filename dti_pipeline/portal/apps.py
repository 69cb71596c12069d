"""The portal as an application of Django."""

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "dti_pipeline.portal"
    label = "portal"
    default_auto_field = "django.db.models.BigAutoField"
