"""The waiting room: few wait at once, none longer than allowed, a signal from anywhere wakes them, and the database is free meanwhile."""

from __future__ import annotations

import contextvars
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.page_client import PageClient
from tests.support.people import invite
from tests.support.phones import Phone, asking, linked, number_on, place_with_phone
from tests.support.rows import beside, change, row_of
from tests.support.windows import window_of
from wizard.cli.serve import _server
from wizard.models import Account, Session, db, write
from wizard.services import signals, waiting
from wizard.services.waiting import Full, WaitingRoom
from wizard.settings import Settings

SEND = """
import sys
from sqlalchemy import create_engine, text
with create_engine(sys.argv[1]).begin() as connection:
    connection.execute(text("INSERT INTO signals (topic, at) VALUES (:topic, :at)"), {"topic": sys.argv[2], "at": sys.argv[3]})
"""


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as made:
        yield made


@pytest.fixture
def room(app: Flask) -> WaitingRoom:
    return WaitingRoom(app, places=3)


def never() -> bool:
    return False


def waits(
    pool: ThreadPoolExecutor, app: Flask, room: WaitingRoom, topic: str, settled: Callable[[], bool] = never
) -> Future[bool]:
    """Somebody begins to wait in a thread; returns when they are in the room."""
    before = room._watched.total()
    found = pool.submit(contextvars.Context().run, beside, app, lambda: room.wait(topic, settled))
    until(lambda: room._watched.total() > before or found.done())
    return found


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds, at most 20 seconds."""
    end, pause = time.monotonic() + 20, threading.Event()
    while not holds():
        assert time.monotonic() < end, "It did not come about."
        pause.wait(0.02)


def send(app: Flask, topic: str) -> None:
    def act() -> None:
        with write():
            signals.send(topic)

    beside(app, act)


def test_what_is_settled_already_is_answered_at_once(app_context: Flask, room: WaitingRoom) -> None:
    assert room.wait("a", lambda: True)


def test_what_was_read_before_waiting_does_not_hide_what_has_happened_since(
    app_context: Flask, room: WaitingRoom, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The signal was told between the gate's reading and the waiting: nobody is woken by it any more."""
    looks: list[int] = []

    def counted() -> bool:
        looks.append(signals.newest())
        return 2 in looks

    beside_it = waits(pool, app_context, room, "session:other", counted)
    assert signals.newest() == 0
    send(app_context, "session:one")
    send(app_context, "session:other")
    assert beside_it.result(20), "The second signal has been told, and so has the first."
    monkeypatch.setattr(waiting, "LONGEST", 0.05)
    monkeypatch.setattr(room, "_start_poller", lambda: None)
    assert room.wait("session:one", lambda: signals.newest() > 0)


def test_nobody_waits_longer_than_allowed(
    app_context: Flask, room: WaitingRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "LONGEST", 0.05)
    assert not room.wait("a", never)


def test_signals_that_settle_nothing_do_not_make_anybody_wait_longer(
    app: Flask, room: WaitingRoom, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "LONGEST", 0.5)
    found = waits(pool, app, room, "a")
    began, pause = time.monotonic(), threading.Event()
    while not found.done() and time.monotonic() - began < 10:
        room.tell("a")
        pause.wait(0.05)
    assert found.result() is False
    assert time.monotonic() - began < 5


def test_a_signal_of_another_thread_wakes_who_waits_for_its_topic(
    app: Flask, room: WaitingRoom, pool: ThreadPoolExecutor
) -> None:
    happened = threading.Event()
    mine = waits(pool, app, room, "a", happened.is_set)
    other = waits(pool, app, room, "b", happened.is_set)
    happened.set()
    send(app, "a")
    assert mine.result(10) is True
    assert not other.done()
    send(app, "b")
    assert other.result(10) is True


def test_a_signal_of_another_process_wakes_as_well(
    app: Flask, room: WaitingRoom, pool: ThreadPoolExecutor, database_url: str
) -> None:
    happened = threading.Event()
    found = waits(pool, app, room, "session:x", happened.is_set)
    happened.set()
    subprocess.run(
        [sys.executable, "-c", SEND, database_url, "session:x", "2026-11-20 09:00:00"], check=True, timeout=60
    )
    assert found.result(10) is True


def test_when_the_room_is_full_the_next_is_told_to_come_back(
    app: Flask, room: WaitingRoom, pool: ThreadPoolExecutor
) -> None:
    happened = threading.Event()
    found = [waits(pool, app, room, topic, happened.is_set) for topic in ("a", "b", "c")]
    told = set()
    for _ in range(40):
        with pytest.raises(Full) as full:
            beside(app, lambda: room.wait("d", never))
        told.add(full.value.retry_after)
    assert told <= {2, 3, 4, 5}
    assert len(told) > 1, "Everybody would come back at the same moment."
    happened.set()
    for topic in ("a", "b", "c"):
        send(app, topic)
    assert [each.result(10) for each in found] == [True] * 3
    assert beside(app, lambda: room.wait("d", lambda: True))


def test_two_wait_for_one_session_and_a_third_is_told_to_come_back(
    app: Flask, room: WaitingRoom, pool: ThreadPoolExecutor
) -> None:
    happened = threading.Event()
    found = [waits(pool, app, room, "a", happened.is_set) for _ in range(2)]
    with pytest.raises(Full):
        beside(app, lambda: room.wait("a", never))
    happened.set()
    send(app, "a")
    assert [each.result(10) for each in found] == [True, True]


def test_while_somebody_waits_the_database_connection_is_free(
    app: Flask, room: WaitingRoom, pool: ThreadPoolExecutor
) -> None:
    happened = threading.Event()

    def looks() -> bool:
        db.session.scalar(select(Account.id).limit(1))
        return happened.is_set()

    found = [waits(pool, app, room, topic, looks) for topic in ("a", "b", "c")]
    engine = beside(app, lambda: db.engine)
    until(lambda: engine.pool.checkedout() == 0)  # type: ignore[attr-defined]
    assert not any(each.done() for each in found)
    happened.set()
    for topic in ("a", "b", "c"):
        send(app, topic)
    assert [each.result(10) for each in found] == [True] * 3


def test_who_fails_gives_the_place_back(app_context: Flask) -> None:
    room = WaitingRoom(app_context, places=1)

    def fails() -> bool:
        raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            room.wait("a", fails)
    assert room.wait("a", lambda: True)


def test_nobody_looks_when_nobody_waits(app: Flask, room: WaitingRoom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "LONGEST", 0.05)
    assert not beside(app, lambda: room.wait("a", never))
    until(lambda: room._poller is None)
    assert room._told == {}


def test_a_page_with_two_polls_is_told_to_come_back_and_another_person_is_not(
    app: Flask, client: PageClient, pool: ThreadPoolExecutor
) -> None:
    someone = linked(app)
    page = asking(app, someone)
    address, room = "/sign-in/match-number/wait", app.extensions["perron-waiting"]
    windows = [window_of(page.client) for _ in range(2)]
    polls = [pool.submit(window.get, address) for window in windows]
    until(lambda: room._watched.total() == 2)
    third = page.client.get(address)
    assert (third.status, third.json) == (200, {"state": "waiting"})
    assert int(third.headers["Retry-After"]) in range(2, 6)
    scanning = place_with_phone(client, Phone(app), "first-connection", "scan-qr", invite(app, "lea.morel"))
    other = pool.submit(client.get, scanning.path + "/wait")
    until(lambda: room._watched.total() == 3)
    someone.phone.say(number_on(page))
    assert [poll.result(10).json for poll in polls] == [{"state": "answered"}] * 2
    session = row_of(app, Session, account_id=row_of(app, Account, username="lea.morel").id)
    change(app, Session, session.id, revoked_at=session.created_at)
    send(app, f"session:{session.id}")
    assert other.result(10).json == {"state": "ended"}


@pytest.mark.settings(waiters=1)
def test_above_the_cap_of_the_process_pages_are_told_to_come_back(app: Flask, pool: ThreadPoolExecutor) -> None:
    first, second = linked(app), linked(app, "lea.morel")
    pages = [asking(app, first), asking(app, second)]
    address, room = "/sign-in/match-number/wait", app.extensions["perron-waiting"]
    poll = pool.submit(pages[0].client.get, address)
    until(lambda: room._watched.total() == 1)
    answer = pages[1].client.get(address)
    assert (answer.status, answer.json) == (200, {"state": "waiting"})
    assert int(answer.headers["Retry-After"]) in range(2, 6)
    first.phone.say(number_on(pages[0]))
    assert poll.result(10).json == {"state": "answered"}
    second.phone.say(number_on(pages[1]))
    assert pages[1].client.get(address).json == {"state": "answered"}


def test_who_waits_leaves_threads_for_the_others(settings: Settings) -> None:
    assert _server(settings, "127.0.0.1", 0, 1).cfg.threads > settings.waiters
