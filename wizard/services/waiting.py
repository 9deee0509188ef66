"""Waiting that does not stop the site.

At most `WAITERS` requests of a process wait at once, two of a session; above that the answer comes at once with a jittered retry. A
waiting request has given its database connection back and sleeps on one condition. One thread of the process feeds it for as long as
somebody waits: by what Redis tells, where there is one, and by looking for signals in the database. Nobody waits longer than 25 seconds.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import structlog
from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from wizard.adapters.wake_ups import Ears
from wizard.extensions import tools
from wizard.models import db
from wizard.models.database import DatabaseBusy
from wizard.services import signals

LONGEST = 25.0  # seconds
SWEEP_EVERY = 120  # seconds
PER_SESSION = 2
_log = structlog.get_logger(__name__)


class Full(Exception):
    """No place to wait: come back in `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        self.retry_after = retry_after
        super().__init__("No place to wait.")


class WaitingRoom:
    """The waiting requests of one process, and the one thread that looks for them."""

    def __init__(self, app: Flask, places: int) -> None:
        self._app = app
        self._places = places
        self._condition = threading.Condition()
        self._told: Counter[str] = Counter()
        self._watched: Counter[str] = Counter()
        self._poller: threading.Thread | None = None
        self._sweeps_at = time.monotonic() + SWEEP_EVERY

    def wait(self, topic: str, is_settled: Callable[[], bool]) -> bool:
        """Wait until `is_settled` says so, looking again whenever `topic` is signalled; False when the time is over.

        `is_settled` reads the facts in a fresh transaction, which is given back before this thread sleeps. Raises `Full`.
        """
        ends = time.monotonic() + LONGEST
        with self._place(topic):
            while True:
                with self._condition:
                    seen = self._told[topic]
                # The request has read before it came here: what it saw then may be older than what was told since.
                db.session.rollback()
                if is_settled():
                    return True
                db.session.remove()
                with self._condition:
                    if not self._condition.wait_for(partial(self._is_told, topic, seen), ends - time.monotonic()):
                        return False

    def _is_told(self, topic: str, seen: int) -> bool:
        return self._told[topic] != seen

    def tell(self, topic: str) -> None:
        """Wake who waits for `topic` in this process."""
        with self._condition:
            if self._watched[topic]:
                self._told[topic] += 1
                self._condition.notify_all()

    @contextmanager
    def _place(self, topic: str) -> Iterator[None]:
        with self._condition:
            if self._watched.total() >= self._places or self._watched[topic] >= PER_SESSION:
                raise Full(2 + secrets.randbelow(4))
            self._watched[topic] += 1
            self._start_poller()
        try:
            yield
        finally:
            with self._condition:
                self._watched[topic] -= 1
                if not self._watched[topic]:
                    del self._watched[topic]
                    self._told.pop(topic, None)

    def _start_poller(self) -> None:
        if self._poller is None or not self._poller.is_alive():
            self._poller = threading.Thread(target=self._look, name="perron-waiting", daemon=True)
            self._poller.start()

    def _look(self) -> None:
        """Hear and read the signals for as long as somebody waits."""
        with self._app.app_context():
            ears = signals.wake_ups().ears()
            try:
                self._feed(ears)
            finally:
                ears.close()

    def _feed(self, ears: Ears) -> None:
        last, told = 0, set[int]()
        while True:
            with self._condition:
                if not self._watched:
                    self._poller = None
                    return
            try:
                last = last or signals.newest()
                for number, topic in signals.since(last):
                    if number not in told:
                        told.add(number)
                        last = max(last, number)
                        self.tell(topic)
                if time.monotonic() > self._sweeps_at:
                    self._sweeps_at = time.monotonic() + SWEEP_EVERY
                    signals.sweep(tools().clock.now())
                    told = {number for number in told if number > last - 100}
            except (SQLAlchemyError, DatabaseBusy) as error:
                _log.warning("waiting-looks-again", error=type(error).__name__)
            finally:
                db.session.remove()
            for topic in ears.hear():
                self.tell(topic)


def init_app(app: Flask) -> None:
    signals.init_app(app)
    app.extensions["perron-waiting"] = WaitingRoom(app, app.extensions["perron"].settings.waiters)


def waiting_room() -> WaitingRoom:
    return current_app.extensions["perron-waiting"]  # type: ignore[no-any-return]
