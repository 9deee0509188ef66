"""Which tests look at what is done, not only at what comes of it: for them nothing is put back, everything is done.

A test that patches something, reads the log or counts statements would see nothing of what is not done; and where
several act at the same time, rows that were put back would undo what another one has just written.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from weakref import WeakSet

import structlog
from flask import Flask
from structlog.testing import LogCapture

from tests.support.settings import INSTALLATION
from wizard.models import db

WATCHES = frozenset({"monkeypatch", "caplog", "capsys", "capfd", "recwarn", "live_app", "smtp", "redis_url"})
_watched: WeakSet[Flask] = WeakSet()


def watch(app: Flask, fixtures: Collection[str]) -> None:
    """Note that `app` belongs to a test with these fixtures."""
    if WATCHES & set(fixtures):
        _watched.add(app)


def is_watched(app: Flask) -> bool:
    """Whether somebody looks at what is done in `app`, or acts beside it."""
    settings = app.extensions["perron"].settings
    if app in _watched or settings.outer_limit != INSTALLATION["outer_limit"] or settings.redis_url:
        return True
    if any(isinstance(each, LogCapture) for each in structlog.get_config()["processors"]):
        return True
    if any(thread.name.startswith("ThreadPoolExecutor") for thread in threading.enumerate()):
        return True
    with app.app_context():
        return bool(db.engine.dispatch.before_cursor_execute)
