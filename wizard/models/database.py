"""The connection to the database and the one way to write: `with write():`.

SQLite runs in WAL with `synchronous=FULL`: with less, a committed transaction may vanish on power loss and a burnt code become
good again (security.md, section 1). Writers of one process stand in a fair queue before `BEGIN IMMEDIATE`, because SQLite's own
busy handler lets late comers overtake; readers open `BEGIN`. PostgreSQL needs neither.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session as OrmSession

from wizard.models.base import Base

WRITER_PATIENCE = 5.0  # seconds, then 503

db = SQLAlchemy(model_class=Base, session_options={"autoflush": False, "expire_on_commit": True})


class DatabaseBusy(Exception):
    """The writers' queue did not move within its patience; the request is answered 503 with Retry-After."""


class NestedWrite(RuntimeError):
    """A write transaction was opened inside another: its locks would not nest, so it is a defect of the caller."""


class FairLock:
    """A lock that is handed over in the order of asking."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._held = False
        self._queue: deque[threading.Event] = deque()

    def acquire(self, patience: float) -> None:
        """Wait at most `patience` seconds; raises `DatabaseBusy` after that."""
        with self._guard:
            if not self._held and not self._queue:
                self._held = True
                return
            turn = threading.Event()
            self._queue.append(turn)
        if turn.wait(patience):
            return
        with self._guard:
            if turn.is_set():  # handed over between the time-out and here
                return
            self._queue.remove(turn)
        raise DatabaseBusy("The writers' queue did not move in time.")

    def release(self) -> None:
        with self._guard:
            if self._queue:
                self._queue.popleft().set()
            else:
                self._held = False


_writer = FairLock()


@contextmanager
def write(patience: float = WRITER_PATIENCE) -> Iterator[OrmSession]:
    """One write transaction: committed at the end of the block, rolled back whole when the block raises.

    Ends the request's read transaction first, so that everything read inside is read again under the lock.
    Raises `DatabaseBusy` after `patience` seconds, or the driver's OperationalError when another process holds the database for that
    long; `NestedWrite` inside another block.
    """
    session = db.session()
    if session.info.get("writing"):
        raise NestedWrite
    session.rollback()
    is_sqlite = db.engine.dialect.name == "sqlite"
    end = time.monotonic() + patience
    if is_sqlite:
        _writer.acquire(patience)
    session.info["writing"] = True
    try:
        # One patience for both queues, this process's and SQLite's own.
        session.connection(execution_options={"perron_write": max(0.0, end - time.monotonic())})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["writing"] = False
        if is_sqlite:
            _writer.release()


def rows_changed(statement: Any) -> int:
    """Run an UPDATE or DELETE in the open write transaction and say how many rows it changed (SEC-25)."""
    result = db.session.execute(statement, execution_options={"synchronize_session": "fetch"})
    return int(result.rowcount)  # type: ignore[attr-defined]


def configure(app: Flask, url: str) -> None:
    """Bind the application to the database at `url` and prepare its connections."""
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(url)
    db.init_app(app)
    with app.app_context():
        _prepare(db.engine)


def _engine_options(url: str) -> dict[str, Any]:
    """Values of statements are hidden: a traceback in the log must not name people or hold digests."""
    if url.startswith("sqlite"):
        return {
            "connect_args": {"timeout": WRITER_PATIENCE, "check_same_thread": False},
            "pool_size": 20,
            "max_overflow": 40,
            "hide_parameters": True,
        }
    patience = int(WRITER_PATIENCE * 1000)
    return {
        "pool_size": 10,
        "max_overflow": 10,
        "pool_timeout": WRITER_PATIENCE,
        "pool_pre_ping": True,
        "hide_parameters": True,
        "connect_args": {"connect_timeout": 5, "options": f"-c lock_timeout={patience} -c timezone=UTC"},
    }


def _prepare(engine: Engine) -> None:
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver opens no transaction of its own: on_begin does
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={int(WRITER_PATIENCE * 1000)}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        patience = connection.get_execution_options().get("perron_write")
        connection.exec_driver_sql(
            f"PRAGMA busy_timeout={int((WRITER_PATIENCE if patience is None else patience) * 1000)}"
        )
        connection.exec_driver_sql("BEGIN" if patience is None else "BEGIN IMMEDIATE")
