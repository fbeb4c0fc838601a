"""The one Django app with tables."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class StoreConfig(AppConfig):
    """The store; its triggers are put in place after every migration."""

    name = "openldn.clinic.store"
    label = "store"

    def ready(self) -> None:
        """Triggers belong to the tables as they are now: they are made anew after every migration."""
        from openldn.clinic.store.triggers import put_in_place  # noqa: PLC0415 - needs the models

        post_migrate.connect(put_in_place, sender=self, dispatch_uid="triggers")
