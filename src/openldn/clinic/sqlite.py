"""The SQLite library: below 3.51.3 WAL with several connections can destroy the file, so it is refused.

SQLite's own page on WAL names the race and the releases that mend it (ADR 14).
"""

from __future__ import annotations

import sys
from typing import Final

_FIXED: Final = (3, 51, 3)
_FIXED_IN: Final = ((3, 44, 6), (3, 50, 7))
"""Older lines into which the correction was carried."""


class UnfixedSQLite(RuntimeError):
    """A library that could destroy the clinic's file."""


def is_fixed(version: tuple[int, ...]) -> bool:
    """Whether several connections may share a file in WAL mode."""
    return version >= _FIXED or any(version[:2] == line[:2] and version >= line for line in _FIXED_IN)


def use_fixed_library() -> str:
    """Put a library without the fault in Python's place, before anything opens a file; returns its version.

    Raises:
        UnfixedSQLite: there is none.
    """
    try:
        import pysqlite3  # noqa: PLC0415 - takes Python's place, so nothing of it may be imported before
        from pysqlite3 import dbapi2  # noqa: PLC0415
    except ImportError:
        import sqlite3 as pysqlite3  # noqa: PLC0415
        from sqlite3 import dbapi2  # noqa: PLC0415
    if not is_fixed(pysqlite3.sqlite_version_info):
        raise UnfixedSQLite(
            f"SQLite {pysqlite3.sqlite_version} can destroy a file that several connections write to; 3.51.3 "
            "or newer is needed: install pysqlite3, or set OPENLDN_DATABASE to a PostgreSQL database"
        )
    sys.modules["sqlite3"], sys.modules["sqlite3.dbapi2"] = pysqlite3, dbapi2
    return str(pysqlite3.sqlite_version)
