"""Bringing a clinic up: tables, first accounts, a free port."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from typing import Final

import django
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

SETTINGS: Final = "openldn.clinic.settings"
_TRIED: Final = 20
"""Ports above the wanted one that are tried when it is taken."""


def prepare() -> None:
    """Load Django, and bring the tables up to this version.

    Raises:
        BadConfig: a setting cannot be used.
        UnfixedSQLite: the SQLite library could destroy the file.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS
    os.umask(0o077)  # what is written here is about patients: nobody else on the machine reads it
    django.setup()
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)


def renew_triggers() -> None:
    """Bring the triggers to this version, too: it may differ where no table does."""
    from openldn.clinic.store.triggers import put_in_place  # noqa: PLC0415 - after `prepare`

    put_in_place()


def learn_sizes() -> None:
    """Let SQLite see how full its tables are, and so which to ask first; PostgreSQL does so itself."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit = 1000")
            cursor.execute("PRAGMA optimize = 0x10002")


def is_empty() -> bool:
    """Whether there is no clinic yet."""
    from openldn.clinic.store.models import Clinic  # noqa: PLC0415 - after `prepare`

    return not Clinic.objects.exists()


def demonstrate(as_of: date) -> None:
    """Make the demonstration clinic, in which it is `as_of`."""
    from openldn.clinic.demo.build import build  # noqa: PLC0415 - after `prepare`

    build(demonstration_password(), as_of=as_of)


def demonstration_password() -> str:
    """Made once, and told at every start."""
    from openldn.clinic.settings import CONFIG  # noqa: PLC0415 - reads the environment

    return "demo-" + CONFIG.secret("demonstration")[:12]


def demonstration_accounts() -> Iterator[tuple[str, str]]:
    """Role and address of the accounts worth trying first, if this is a demonstration."""
    from openldn.clinic.store.models import Account  # noqa: PLC0415 - after `prepare`

    found = Account.objects.filter(clinic__demonstrated_on__isnull=False).order_by("role", "id")
    shown: set[str] = set()
    for account in found:
        if account.role not in shown:
            shown.add(account.role)
            yield account.role, account.email


def free_port(host: str, wanted: int) -> int:
    """The wanted port, or the next one that is free.

    Raises:
        OSError: none of them is.
    """
    for port in range(wanted, wanted + _TRIED):
        with closing(socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise OSError(f"no port from {wanted} to {wanted + _TRIED - 1} is free on {host}: set OPENLDN_PORT")


def found(name: str, country: str, zone: str, administrator: str, email: str) -> str:
    """Make a real, empty clinic, and return the secret of its administrator's invitation."""
    from openldn.clinic.accounts.invitations import invite  # noqa: PLC0415 - after `prepare`
    from openldn.clinic.store.acting import acting  # noqa: PLC0415
    from openldn.clinic.store.models import Account, Clinic, Role  # noqa: PLC0415

    with acting("openldn clinic init"):
        clinic = Clinic.objects.create(name=name, country=country, zone=zone)
        account = Account(clinic=clinic, role=Role.ADMINISTRATOR, name=administrator, email=email.lower())
        account.set_unusable_password()
        account.save()
        return invite(account)
