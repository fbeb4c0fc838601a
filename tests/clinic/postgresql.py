"""A private PostgreSQL server for tests: in a folder of its own, reached by a socket and by nothing else."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest

_FOR_TESTS = "-c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=30"
"""No network; what is lost by a power cut may be lost."""


def programs() -> Path:
    """Where Debian puts the programs of a server: the newest version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    return found[-1].parent


@contextmanager
def cluster() -> Iterator[str]:
    """The OPENLDN_DATABASE of an empty database, on a server that goes away with all it holds.

    Its user owns that database and may make others, as a clinic's would; no superuser, whom no rule binds.
    """
    # Short, because the path of a socket may have a hundred characters; only its owner may look into it.
    folder = Path(tempfile.mkdtemp(prefix="openldn-pg-", dir="/tmp"))
    try:
        # A server refuses to run as root.
        owner: dict[str, Any] = {}
        if os.getuid() == 0:
            postgres = pwd.getpwnam("postgres")
            os.chown(folder, postgres.pw_uid, postgres.pw_gid)
            owner = {"user": postgres.pw_uid, "group": postgres.pw_gid, "extra_groups": []}
        data = folder / "data"
        _run(folder, owner, "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
             "--locale=C.UTF-8", "--no-sync", "--data-checksums")  # fmt: skip
        _run(folder, owner, "pg_ctl", "start", "-D", data, "-w", "-l", folder / "log",
             "-o", f"-k {folder} {_FOR_TESTS}")  # fmt: skip
        try:
            with psycopg.connect(
                host=str(folder), user="postgres", dbname="postgres", autocommit=True
            ) as server:
                server.execute("CREATE ROLE clinic LOGIN CREATEDB")
                server.execute("CREATE DATABASE clinic OWNER clinic")
            yield f"postgresql://clinic@/clinic?host={quote(str(folder))}"
        finally:
            _run(folder, owner, "pg_ctl", "stop", "-D", data, "-m", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def on_postgresql() -> Iterator[str]:
    """The OPENLDN_DATABASE of a server for one test, which `needs("postgresql")`."""
    with cluster() as address:
        yield address


def _run(folder: Path, owner: dict[str, Any], program: str, *arguments: str | Path) -> None:
    # Into a file: the server keeps what it inherits open, so that nobody would ever see the end of a pipe.
    with (folder / "said").open("w+", encoding="utf-8") as said:
        ended = subprocess.run(
            [programs() / program, *arguments],
            cwd=folder, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT, check=False, **owner,
        )  # fmt: skip
        said.seek(0)
        assert ended.returncode == 0, f"{program}: {said.read()}"
