"""The one way to write: a fair queue, one patience, nothing nested, nothing half done."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from tests.support.accounts import add_account
from tests.support.held import held_by_another
from tests.support.races import at_once
from tests.support.rows import beside, rows_of
from wizard.models import Account, InstallationFact, Issue, db, write
from wizard.models.database import DatabaseBusy, FairLock, NestedWrite, rows_changed

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def note(name: str, value: str = "x", at: datetime = NOON) -> InstallationFact:
    return InstallationFact(name=name, value=value, at=at)


def test_writers_are_served_in_the_order_of_asking() -> None:
    lock, served = FairLock(), list[int]()
    lock.acquire(1)
    threads = []

    def ask(number: int) -> None:
        lock.acquire(10)
        served.append(number)
        lock.release()

    for number in range(8):
        thread = threading.Thread(target=ask, args=(number,))
        thread.start()
        threads.append(thread)
        _until(lambda number=number: len(lock._queue) == number + 1)
    lock.release()
    for thread in threads:
        thread.join(10)
    assert served == list(range(8))


def test_who_waits_too_long_is_told_and_does_not_block_the_next_one() -> None:
    lock = FairLock()
    lock.acquire(1)
    with pytest.raises(DatabaseBusy):
        lock.acquire(0.05)
    lock.release()
    lock.acquire(0.05)
    lock.release()


def test_a_lock_given_to_many_is_held_by_one_at_a_time() -> None:
    lock, inside, most = FairLock(), list[int](), list[int]()

    def work(number: int) -> None:
        lock.acquire(20)
        inside.append(number)
        most.append(len(inside))
        inside.remove(number)
        lock.release()

    at_once([lambda number=number: work(number) for number in range(50)])
    assert most == [1] * 50


def test_a_write_inside_a_write_is_a_defect_and_leaves_nothing(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(NestedWrite):
            _write_inside_a_write()
        with write() as session:  # and the queue has been given back
            session.add(note("after"))
    assert [row.name for row in rows_of(app, InstallationFact)] == ["after"]


def test_a_block_that_raises_is_rolled_back_whole(each_database: str, app: Flask) -> None:
    with app.app_context(), suppress(ZeroDivisionError), write() as session:
        session.add(note("half"))
        session.flush()
        raise ZeroDivisionError
    assert rows_of(app, InstallationFact) == []


def test_what_was_read_before_is_read_again_under_the_lock(each_database: str, app: Flask) -> None:
    with app.app_context():
        account = add_account()
        assert account.given_name == "Léa"
        beside(app, lambda: _rename(account.id, "Lia"))
        with write():
            assert account.given_name == "Lia"


def test_fifty_writers_that_add_one_make_fifty(each_database: str, app: Flask) -> None:
    def add_one() -> None:
        with write():
            row = db.session.scalars(select(InstallationFact).with_for_update()).one()
            row.value = str(int(row.value) + 1)

    with app.app_context(), write() as session:
        session.add(note("counter", "0"))
    at_once([lambda: beside(app, add_one) for _ in range(50)])
    assert [row.value for row in rows_of(app, InstallationFact)] == ["50"]


def test_of_fifty_conditional_updates_one_changes_the_row(each_database: str, app: Flask) -> None:
    def use() -> int:
        with write():
            unused = update(InstallationFact).where(InstallationFact.value == "unused")
            return rows_changed(unused.values(value="used"))

    with app.app_context(), write() as session:
        session.add(note("secret", "unused"))
    assert sorted(at_once([lambda: beside(app, use) for _ in range(50)])) == [0] * 49 + [1]


def test_a_database_that_another_process_holds_is_given_up_after_one_patience(
    app: Flask, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two who wait behind each other wait no longer than one: the queue here and SQLite's own share the patience."""

    def try_it() -> float:
        began = time.monotonic()
        with pytest.raises((DatabaseBusy, OperationalError)), write(patience=0.6) as session:
            session.add(note("never"))
        return time.monotonic() - began

    with held_by_another(database_url.removeprefix("sqlite:///")):
        waited = at_once([lambda: beside(app, try_it) for _ in range(3)])
    assert max(waited) < 1.1, waited
    with app.app_context(), write() as session:
        session.add(note("after"))
    assert [row.name for row in rows_of(app, InstallationFact)] == ["after"]


def test_sqlite_keeps_what_was_committed_even_when_the_power_fails(app: Flask) -> None:
    with app.app_context():
        facts = {
            name: db.session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert facts == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_row_that_points_nowhere_is_refused(each_database: str, app: Flask) -> None:
    with app.app_context(), pytest.raises(IntegrityError), write() as session:
        session.add(Issue(id="i", account_id="nobody", created_at=NOON, ends_at=NOON, button_hash="b"))


def test_moments_come_back_in_utc_and_naive_ones_are_not_stored(each_database: str, app: Flask) -> None:
    east = datetime(2026, 11, 20, 15, tzinfo=timezone(timedelta(hours=3)))
    with app.app_context(), write() as session:
        session.add(note("moment", at=east))
    found = rows_of(app, InstallationFact)[0].at
    assert (found, found.tzinfo) == (NOON, UTC)
    with app.app_context(), pytest.raises(StatementError, match="without a time zone"), write() as session:
        session.add(note("naive", at=datetime(2026, 11, 20, 12)))  # noqa: DTZ001 - the mistake that is refused


def _write_inside_a_write() -> None:
    with write() as session:
        session.add(note("outer"))
        with write():
            session.add(note("inner"))


def _rename(account_id: str, name: str) -> None:
    with write():
        rows_changed(update(Account).where(Account.id == account_id).values(given_name=name))


def _until(holds: object) -> None:
    """Wait until `holds()`; each look gives the other threads their turn."""
    assert callable(holds)
    end = time.monotonic() + 10
    gate = threading.Event()
    while not holds():
        assert time.monotonic() < end, "It never came true."
        gate.wait(0.005)
