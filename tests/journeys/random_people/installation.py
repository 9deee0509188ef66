"""One application for each policy, given a fresh database, or a kept moment of one, for every example."""

from __future__ import annotations

import contextvars
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask
from sqlalchemy import event

from tests.journeys.random_people.keys import BrowserKey
from tests.journeys.random_people.stranger import add_stranger
from tests.support.accounts import add_account
from tests.support.clock import START, MovableClock
from tests.support.databases import close
from tests.support.settings import make_settings
from wizard import create_app
from wizard.models import db

POLICIES = ("required", "offered", "off")
USERNAME = "amina.keita"
EMAIL = f"{USERNAME}@people.example"
T = TypeVar("T")


@dataclass(frozen=True)
class Moment:
    """A kept state of the database and what time it was."""

    database: Path
    now: datetime


class Installation:
    """The application under one policy. Every example sees it at the same address with a database of its own."""

    def __init__(self, folder: Path, template: Path, policy: str) -> None:
        self.policy = policy
        self.folder = folder / policy
        self.folder.mkdir()
        self.database = self.folder / "people.sqlite3"
        shutil.copy(template, self.database)
        self.app: Flask = create_app(
            make_settings(self.folder, database_url=f"sqlite:///{self.database}", second_factor=policy)
        )
        self.app.testing = True
        self.reader: sqlite3.Connection | None = None
        self._kept = 0
        self.strangers_key = BrowserKey()
        self.strangers_cookies: dict[str, str] = {}
        self._never_flush()
        self.start = self._with_somebody(template)

    @property
    def clock(self) -> MovableClock:
        found: MovableClock = self.app.extensions["perron"].clock
        return found

    def inside(self, work: Callable[[], T]) -> T:
        """Run `work` in an application context of its own, whatever is going on around it."""

        def entered() -> T:
            with self.app.app_context():
                return work()

        return contextvars.Context().run(entered)

    def go_to(self, moment: Moment) -> None:
        """Put the database and the clock back to `moment`."""
        self.close()
        for ending in ("-wal", "-shm"):
            Path(f"{self.database}{ending}").unlink(missing_ok=True)
        shutil.copy(moment.database, self.database)
        self.app.extensions["perron"].clock = MovableClock(moment.now)
        self.reader = sqlite3.connect(self.database, isolation_level=None)
        self.reader.row_factory = sqlite3.Row

    def keep(self) -> Moment:
        """Keep the database as it is now, to come back to."""
        self._kept += 1
        target = self.folder / f"kept-{self._kept}.sqlite3"
        assert self.reader is not None
        self.reader.execute("VACUUM INTO ?", (str(target),))
        return Moment(target, self.clock.now())

    def close(self) -> None:
        """Give back every connection."""
        if self.reader is not None:
            self.reader.close()
            self.reader = None
        close(self.app)

    def _with_somebody(self, template: Path) -> Moment:
        self.go_to(Moment(template, START))
        self.inside(lambda: add_account(USERNAME))
        self.strangers_cookies = self.inside(lambda: add_stranger(self.strangers_key))
        return self.keep()

    def _never_flush(self) -> None:
        """Nobody pulls the plug in these tests, so that writes need not wait for the disk."""

        def quick(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA synchronous=OFF")

        with self.app.app_context():
            event.listen(db.engine, "connect", quick)
