"""The SQLite library and what is set on each connection; what can be set from outside; secrets.

These are the same whichever database the other tests run on.
"""

from __future__ import annotations

import re
import stat
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from stat import S_IMODE
from threading import Barrier
from typing import Any

import pysqlite3
import pytest
from django.db import IntegrityError, OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler
from pytest_django import DjangoDbBlocker

from openldn.clinic.config import BadConfig, Config, config_of
from openldn.clinic.sqlite import UnfixedSQLite, is_fixed, use_fixed_library

# The library.


@pytest.mark.parametrize(
    "version",
    [
        (3, 51, 3),
        (3, 51, 4),
        (3, 52, 0),
        (3, 53, 4),
        (4, 0, 0),
        (3, 50, 7),
        (3, 50, 8),
        (3, 44, 6),
        (3, 44, 7),
    ],
)
def test_releases_with_the_correction_are_taken(version: tuple[int, ...]) -> None:
    assert is_fixed(version)


@pytest.mark.parametrize(
    "version",
    [
        (3, 51, 2), (3, 51, 0), (3, 50, 6), (3, 50, 0), (3, 49, 2), (3, 45, 3), (3, 45, 0), (3, 44, 5),
        (3, 43, 9), (3, 40, 1), (3, 7, 0),
    ],
)  # fmt: skip
def test_releases_with_the_fault_are_refused(version: tuple[int, ...]) -> None:
    assert not is_fixed(version)


def test_python_then_finds_the_fixed_library() -> None:
    version = use_fixed_library()
    import sqlite3

    assert sqlite3.sqlite_version == version
    assert is_fixed(sqlite3.sqlite_version_info)
    assert sys.modules["sqlite3.dbapi2"].sqlite_version == version


@pytest.mark.parametrize("has_pysqlite3", [True, False])
def test_a_library_with_the_fault_is_refused_with_what_would_work(
    has_pysqlite3: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_fixed_library()
    import sqlite3

    if not has_pysqlite3:
        monkeypatch.setitem(sys.modules, "pysqlite3", None)
    old = pysqlite3 if has_pysqlite3 else sqlite3
    monkeypatch.setattr(old, "sqlite_version_info", (3, 40, 1))
    monkeypatch.setattr(old, "sqlite_version", "3.40.1")
    with pytest.raises(UnfixedSQLite, match=r"3\.40\.1 .* 3\.51\.3 .* pysqlite3.* OPENLDN_DATABASE"):
        use_fixed_library()


# A connection.


@pytest.fixture
def connect(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[Callable[[], BaseDatabaseWrapper]]:
    """Connections to one file, each set as a clinic's; each thread has its own."""
    use_fixed_library()
    connections = ConnectionHandler({"default": Config(var=tmp_path).database_settings()})
    with django_db_blocker.unblock():
        yield lambda: connections["default"]
        connections.close_all()


def value(connection: BaseDatabaseWrapper, sql: str) -> Any:
    """The one value that SQL finds."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    return row[0] if row else None


PRAGMAS = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "trusted_schema": 0,
    "busy_timeout": 10_000,
    "mmap_size": 0,  # worsens the fault of the library
}


def test_pragmas_of_a_connection(connect: Callable[[], BaseDatabaseWrapper], tmp_path: Path) -> None:
    connection = connect()
    assert {name: value(connection, f"PRAGMA {name}") for name in PRAGMAS} == PRAGMAS
    assert value(connection, "SELECT file FROM pragma_database_list") == str(tmp_path / "clinic.sqlite3")
    assert is_fixed(tuple(int(n) for n in value(connection, "SELECT sqlite_version()").split(".")))


def test_a_connection_is_not_thrown_away_after_each_page(connect: Callable[[], BaseDatabaseWrapper]) -> None:
    connection = connect()
    connection.ensure_connection()
    connection.close_if_unusable_or_obsolete()
    assert connection.connection is not None


def test_two_who_write_at_once_lose_nothing(connect: Callable[[], BaseDatabaseWrapper]) -> None:
    """Both read before they write: if neither said so at the start, one of them would be refused midway."""
    times, start = 40, Barrier(2)
    value(connect(), "CREATE TABLE counted (number INTEGER NOT NULL)")
    value(connect(), "INSERT INTO counted VALUES (0)")

    def count(_: int) -> None:
        connection = connect()
        connection.ensure_connection()
        start.wait(timeout=20)
        for _ in range(times):
            connection.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
            number = value(connection, "SELECT number FROM counted")
            value(connection, f"UPDATE counted SET number = {number + 1}")
            connection.commit()
            connection.set_autocommit(True)
        connection.close()

    with ThreadPoolExecutor(2) as both:
        list(both.map(count, range(2)))
    assert value(connect(), "SELECT number FROM counted") == 2 * times


def test_a_row_that_refers_to_nothing_is_refused(connect: Callable[[], BaseDatabaseWrapper]) -> None:
    connection = connect()
    value(connection, "CREATE TABLE one (id INTEGER PRIMARY KEY)")
    value(connection, "CREATE TABLE other (one INTEGER REFERENCES one (id))")
    with pytest.raises(IntegrityError, match="FOREIGN KEY"):
        value(connection, "INSERT INTO other VALUES (1)")


def test_a_folder_that_is_not_there_is_said_so(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> None:
    use_fixed_library()
    nowhere = ConnectionHandler({"default": Config(var=tmp_path / "nowhere").database_settings()})
    with django_db_blocker.unblock(), pytest.raises(OperationalError, match="unable to open"):
        nowhere["default"].ensure_connection()


# Settings from outside.


def test_without_settings_state_lies_below_var() -> None:
    config = config_of({"PATH": "/bin"})
    assert config == Config()
    assert config.database_settings()["NAME"] == Path("var/clinic.sqlite3")


def test_settings_are_read_by_their_names() -> None:
    given = config_of(
        {
            "OPENLDN_PORT": "8080",
            "OPENLDN_HTTPS": "true",
            "OPENLDN_VAR": "/srv/clinic",
            "OPENLDN_NAMES": "a.example, b.example",
        }
    )
    assert (given.port, given.https, given.var) == (8080, True, Path("/srv/clinic"))
    assert given.host_names == ["a.example", "b.example"]
    assert given.origins == ["https://a.example", "https://b.example"]


@pytest.mark.parametrize(
    ("name", "text", "what_works"),
    [
        ("OPENLDN_DATABSE", "postgresql://u@h/n", "OPENLDN_DATABASE"),
        ("OPENLDN_WORKER", "2", "OPENLDN_WORKERS"),
        ("OPENLDN_PORT", "0", "`int` >= 1"),
        ("OPENLDN_PORT", "65536", "`int` <= 65535"),
        ("OPENLDN_PORT", "eighty", "`int`"),
        ("OPENLDN_WORKERS", "0", "`int` >= 1"),
        ("OPENLDN_HTTPS", "perhaps", "`bool`"),
        ("OPENLDN_DATABASE", "mysql://u:p@h/n", "postgresql://USER:PASSWORD@HOST:PORT/NAME"),
        ("OPENLDN_DATABASE", "sqlite:///clinic.sqlite3", "postgresql://USER:PASSWORD@HOST:PORT/NAME"),
        ("OPENLDN_DATABASE", "clinic.sqlite3", "postgresql://USER:PASSWORD@HOST:PORT/NAME"),
        ("OPENLDN_DATABASE", "postgresql://u:p@h", "postgresql://USER:PASSWORD@HOST:PORT/NAME"),
        ("OPENLDN_DATABASE", "postgresql://u:p@h/", "postgresql://USER:PASSWORD@HOST:PORT/NAME"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_used_is_named_with_what_works(
    name: str, text: str, what_works: str
) -> None:
    with pytest.raises(BadConfig, match=f"^{name}.*{re.escape(what_works)}"):
        config_of({name: text}).database_settings()


def test_names_of_others_are_left_alone() -> None:
    assert config_of({"OPENLDN_CHROMIUM": "/usr/bin/chromium", "OPENLDN_WRITE_ACCESS": "1"}) == Config()


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("postgresql://u:p@h:5433/n", ("u", "p", "h", 5433, "n")),
        ("postgres://u@h/n", ("u", "", "h", "", "n")),
        ("postgresql://u:p%2Fq%40r@h/n%20m", ("u", "p/q@r", "h", "", "n m")),
        ("postgresql://u@/n?host=/run/a%20folder", ("u", "", "/run/a folder", "", "n")),
        ("postgresql:///n", ("", "", "", "", "n")),
    ],
)
def test_an_address_of_postgresql_is_read(address: str, wanted: tuple[Any, ...]) -> None:
    found = config_of({"OPENLDN_DATABASE": address}).database_settings()
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert tuple(found[part] for part in ("USER", "PASSWORD", "HOST", "PORT", "NAME")) == wanted


# Secrets.


def test_a_secret_is_made_once_and_read_by_nobody_else(tmp_path: Path) -> None:
    config = Config(var=tmp_path / "var")
    made = config.secret("sessions")
    assert len(made) >= 64
    assert config.secret("sessions") == Config(var=tmp_path / "var").secret("sessions") == made
    path = tmp_path / "var" / "secrets" / "sessions"
    assert path.read_text(encoding="ascii") == made
    assert S_IMODE(path.stat().st_mode) == 0o600
    assert S_IMODE(path.parent.stat().st_mode) == 0o700


def test_each_secret_is_another(tmp_path: Path) -> None:
    names, folders = ("sessions", "demonstration"), (tmp_path / "a", tmp_path / "b")
    assert len({Config(var=folder).secret(name) for folder in folders for name in names}) == 4


@pytest.mark.parametrize(
    "address",
    ["postgresql://u:p@h:abc/clinic", "postgresql://u:p@h:99999/clinic", "postgresql://u:a/b@h/clinic"],
)
def test_an_address_that_cannot_be_split_is_refused_without_telling_the_password(address: str) -> None:
    with pytest.raises(BadConfig, match="%2F") as refused:
        config_of({"OPENLDN_DATABASE": address}).database_settings()
    assert "a/b" not in str(refused.value)


def test_what_stands_behind_the_address_is_handed_on_or_refused() -> None:
    told = config_of({"OPENLDN_DATABASE": "postgresql://u@h/clinic?sslmode=require"}).database_settings()
    assert told["OPTIONS"]["sslmode"] == "require"
    with pytest.raises(BadConfig, match="not sslmodus"):
        config_of({"OPENLDN_DATABASE": "postgresql://u@h/clinic?sslmodus=require"}).database_settings()


def test_an_empty_setting_is_none() -> None:
    assert config_of({"OPENLDN_VAR": "", "OPENLDN_CASES": "x"}).var == Path("var")


def test_the_folder_of_a_clinic_is_nobody_elses(tmp_path: Path) -> None:
    found = config_of({"OPENLDN_VAR": str(tmp_path / "new")})
    assert len(found.secret("x")) > 60
    assert found.secret("x") == found.secret("x")
    assert {stat.S_IMODE(p.stat().st_mode) for p in (found.var, found.var / "secrets")} == {0o700}
    assert [p.name for p in (found.var / "secrets").iterdir()] == ["x"]
