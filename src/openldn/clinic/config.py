"""What can be set from outside, typed, read once at the start; and the secrets, made where there are none."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

_PREFIX: Final = "OPENLDN_"
_EXPECTED: Final = f"{_PREFIX}DATABASE: postgresql://USER:PASSWORD@HOST:PORT/NAME is expected"
_PASSED_ON: Final = ("sslmode", "sslrootcert")
"""What of the address is handed to the driver."""
_POSTGRESQL: Final = ("postgresql", "postgres")


class BadConfig(ValueError):
    """A setting that cannot be used; names it and says what would have worked."""


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Each field is set by OPENLDN_ and its name in capitals."""

    var: Path = Path("var")
    """The one folder that is written to."""
    database: str = ""
    """postgresql://USER:PASSWORD@HOST:PORT/NAME; empty: SQLite below `var`."""
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8000
    names: str = ""
    """Names under which the clinic is reached, with commas between."""
    https: bool = False
    """Whether the clinic is reached by HTTPS only: cookies are then sent by no other way."""
    workers: Annotated[int, msgspec.Meta(ge=1, le=64)] = 2

    @property
    def host_names(self) -> list[str]:
        """Names that a request may ask for."""
        given = [n.strip() for n in self.names.split(",") if n.strip()]
        return given or ["localhost", "127.0.0.1", "[::1]"]

    @property
    def origins(self) -> list[str]:
        """Addresses from which a form may be sent."""
        return [f"https://{name}" for name in self.host_names] if self.https else []

    def database_settings(self) -> dict[str, Any]:
        """Django's settings of the database.

        Raises:
            BadConfig: the address is none of PostgreSQL.
        """
        return _postgresql(self.database) if self.database else _sqlite(self.var / "clinic.sqlite3")

    def secret(self, name: str) -> str:
        """A secret of `var`, made at its first use and readable by nobody else."""
        folder = self.var / "secrets"
        for made in (self.var, folder):
            made.mkdir(parents=True, exist_ok=True, mode=0o700)
        path, begun = folder / name, folder / f".{name}-{os.getpid()}"
        if not path.exists():
            with os.fdopen(os.open(begun, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(64))
            # Whole or not at all, and of two that begin at once the first one's counts.
            with suppress(FileExistsError):
                path.hardlink_to(begun)
            begun.unlink()
        return path.read_text(encoding="ascii")


def config_of(environment: Mapping[str, str]) -> Config:
    """The settings of an environment.

    Raises:
        BadConfig: one is written wrong, or cannot be used.
    """
    told = {n: v for n, v in environment.items() if n.startswith(_PREFIX) and v.strip()}
    given = {n.removeprefix(_PREFIX).lower(): v for n, v in told.items()}
    known = Config.__struct_fields__
    for name in sorted(given.keys() - set(known)):
        if meant := get_close_matches(name, known, n=1, cutoff=0.75):
            raise BadConfig(f"{_PREFIX}{name.upper()} is no setting; is {_PREFIX}{meant[0].upper()} meant?")
        del given[name]  # somebody else's: tests have names of their own
    try:
        return msgspec.convert(given, Config, strict=False, dec_hook=lambda kind, text: kind(text))
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at ")
        raise BadConfig(f"{_PREFIX}{place.strip('`$.').upper()}: {reason}") from error


def _sqlite(path: Path) -> dict[str, Any]:
    """WAL and FULL: a signed plan survives a power cut (ADR 14). Triggers see what REPLACE removes."""
    pragmas = (
        "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON",
        "trusted_schema=OFF",
    )  # fmt: skip
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,
            "init_command": ";".join(f"PRAGMA {p}" for p in pragmas),
        },
    }


def _postgresql(address: str) -> dict[str, Any]:
    try:
        parts = urlsplit(address)
        port, told = parts.port, dict(parse_qsl(parts.query, keep_blank_values=True))
    except ValueError:
        raise BadConfig(f"{_EXPECTED}; write / in a password as %2F") from None
    if parts.scheme not in _POSTGRESQL or not parts.path.strip("/"):
        raise BadConfig(_EXPECTED)
    folder = told.pop("host", "")
    if unknown := sorted(told.keys() - set(_PASSED_ON)):
        raise BadConfig(f"{_EXPECTED}; after ? only host, {', '.join(_PASSED_ON)}, not {unknown[0]}")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": folder or parts.hostname or "",
        "PORT": port or "",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": told
        | {
            "options": "-c statement_timeout=15s -c lock_timeout=10s "
            "-c idle_in_transaction_session_timeout=30s"
        },
    }
