"""What many tests begin with is brought about once in a process and then put back: the rows, the hour, the browsers.

That is only done from the very same state (the rows, the hour, the settings) in an installation on SQLite, and where
somebody watches only from its very beginning; everywhere else it is brought about anew. How one gets there has tests
of its own, which walk.
"""

from __future__ import annotations

import copy
import hashlib
import sqlite3
from collections import OrderedDict
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Generic, TypeVar

from flask import Flask
from sqlalchemy.engine import make_url

from tests.support.clock import START, MovableClock
from tests.support.page_client import PageClient
from tests.support.watched import is_watched
from wizard.models import Base

Made = TypeVar("Made")
Browser = TypeVar("Browser", bound=PageClient)
MOST = 200  # kept states of half a megabyte each; those that nobody has asked for the longest go first


@dataclass(frozen=True)
class Kept(Generic[Made]):
    """What was made, as it was at that moment: `rows` is the whole database, `hour` what the clock said."""

    made: Made
    rows: sqlite3.Connection
    hour: datetime


_kept: OrderedDict[tuple[str, ...], Kept[object]] = OrderedDict()


def kept(app: Flask, name: object, make: Callable[[], Made], twin: Callable[[Made, Flask], Made]) -> Made:
    """What `make` makes, or what it made before from the same state under this `name`, which says by its repr everything
    that it is made of.

    `twin` gives a copy for the application that it is handed, which shares nothing that a test changes.
    """
    tools = app.extensions["perron"]
    file = _file(tools.settings.database_url)
    if not file or not isinstance(tools.clock, MovableClock):
        return make()
    settings = asdict(tools.settings) | {"instance_path": "", "database_url": ""}
    if is_watched(app) and (tools.clock.now() != START or not _is_empty(file)):
        return make()
    installation = repr(settings), tools.keyring.key("cookie").hex()
    known = repr(name), *installation, tools.clock.now().isoformat(), _digest(file)
    if known not in _kept:
        made = make()
        _kept[known] = Kept(twin(made, app), _copied(file), tools.clock.now())
        if len(_kept) > MOST:
            _kept.popitem(last=False)[1].rows.close()
        return made
    _kept.move_to_end(known)
    found: Kept[Made] = _kept[known]  # type: ignore[assignment]
    with closing(sqlite3.connect(file)) as target:
        found.rows.backup(target)
    tools.clock.set(found.hour)
    return twin(found.made, app)


def same_browser(browser: Browser, app: Flask) -> Browser:
    """The same browser in front of `app`: its cookies, its page, what it knows."""
    other = copy.copy(browser)
    other.app, other.raw = app, app.test_client()
    other.raw._cookies = dict(browser.raw._cookies or {})
    other.secrets, other.leaves_to = dict(browser.secrets), set(browser.leaves_to)
    if browser.page is not None:
        other.page = copy.copy(browser.page)
        other.page.client = other
        other.page.__dict__.pop("parsed", None)  # read anew, because a test may cut it up
    return other


def _file(database_url: str) -> str:
    """The file of a database on SQLite, "" for any other."""
    url = make_url(database_url) if database_url else None
    return url.database or "" if url is not None and url.drivername == "sqlite" else ""


def _is_empty(file: str) -> bool:
    with closing(sqlite3.connect(file)) as database:
        return not any(
            database.execute(f'SELECT EXISTS (SELECT 1 FROM "{table.name}")').fetchone()[0]
            for table in Base.metadata.sorted_tables
        )


def _digest(file: str) -> str:
    """One word for everything that the database holds."""
    read = hashlib.blake2b(digest_size=20)
    with closing(sqlite3.connect(file)) as database:
        tables = database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name"
        )
        for (name,) in tables.fetchall():
            rows = database.execute(f'SELECT * FROM "{name}"').fetchall()
            if rows:
                read.update(repr((name, rows)).encode())
    return read.hexdigest()


def _copied(file: str) -> sqlite3.Connection:
    copied = sqlite3.connect(":memory:", check_same_thread=False)
    with closing(sqlite3.connect(file)) as source:
        source.backup(copied)
    return copied
