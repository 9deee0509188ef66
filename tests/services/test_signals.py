"""Signals: rows of the transaction that causes them, read by whoever waits, swept when nobody can wait any more."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.support.clock import MovableClock
from tests.support.phones import asking, linked, number_on
from tests.support.rows import rows_of
from wizard.models import Session, Signal, write
from wizard.services import signals


def test_a_signal_is_read_by_who_comes_after(app_context: Flask) -> None:
    last = signals.newest()
    assert last == 0
    with write():
        signals.send("a")
        signals.send("b")
    assert [topic for _, topic in signals.since(last)] == ["a", "b"]
    assert signals.newest() == max(number for number, _ in signals.since(last))


def test_what_is_rolled_back_was_never_signalled(app_context: Flask) -> None:
    def send_and_fail() -> None:
        with write():
            signals.send("a")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        send_and_fail()
    assert signals.since(0) == []


def test_signals_just_read_are_seen_again_because_a_late_one_may_stand_before_them(app_context: Flask) -> None:
    with write():
        for number in range(100):
            signals.send(str(number))
    seen = [topic for _, topic in signals.since(signals.newest())]
    assert seen == [str(number) for number in range(50, 100)]


def test_old_signals_are_swept(app_context: Flask, clock: MovableClock) -> None:
    with write():
        signals.send("old")
    clock.advance(minutes=9)
    with write():
        signals.send("young")
    clock.advance(minutes=2)
    signals.sweep(clock.now())
    assert [topic for _, topic in signals.since(0)] == ["young"]


def test_asking_tells_the_phone_and_answering_tells_the_computer(app: Flask) -> None:
    someone = linked(app)
    before = {row.id for row in rows_of(app, Signal)}
    page = asking(app, someone)
    (asked,) = [row for row in rows_of(app, Signal) if row.id not in before]
    assert asked.topic.startswith("device:")
    someone.phone.say(number_on(page))
    answered = rows_of(app, Signal)[-1]
    session = next(row for row in rows_of(app, Session) if row.revoked_at is None and answered.topic.endswith(row.id))
    assert answered.topic == f"session:{session.id}"


def test_no_signal_tells_a_secret(app: Flask) -> None:
    someone = linked(app)
    page = asking(app, someone)
    someone.phone.say(number_on(page))
    assert {row.topic.split(":")[0] for row in rows_of(app, Signal)} == {"device", "session"}
