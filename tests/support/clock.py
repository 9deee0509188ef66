"""A clock that stands still until a test moves it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class MovableClock:
    """The application's clock in tests; safe to read from several threads."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._guard = threading.Lock()

    def now(self) -> datetime:
        with self._guard:
            return self._now

    def advance(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> datetime:
        """Let time pass; returns the new moment. Time never goes back."""
        step = timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)
        assert step >= timedelta(0), "Time never goes back: advance by a positive span."
        with self._guard:
            self._now += step
            return self._now

    def set(self, moment: datetime) -> datetime:
        """Go on to `moment` (aware), which is not before now."""
        return self.advance(seconds=(moment - self.now()).total_seconds())
