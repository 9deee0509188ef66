"""The real clock: aware, in UTC, and it goes on."""

from __future__ import annotations

from datetime import UTC, timedelta

import time_machine

from wizard.adapters.clock import SystemClock


def test_the_moment_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_it_follows_the_machines_clock() -> None:
    with time_machine.travel("2026-11-20T09:00:00+00:00", tick=False) as machine:
        first = SystemClock().now()
        machine.shift(timedelta(seconds=30))
        assert SystemClock().now() - first == timedelta(seconds=30)
    assert first.tzinfo is UTC
