"""Wake-ups over several processes: by a real Redis at once, without it or after its end by the look at the database."""

from __future__ import annotations

import contextvars
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
import redis
from flask import Flask
from structlog.testing import capture_logs

from tests.faults.test_kill_phone import linked_an_hour_ago, say_yes
from tests.support.databases import close
from tests.support.far_client import FarClient
from tests.support.page_client import PageClient
from tests.support.people import place_at
from tests.support.phones import number_on
from tests.support.processes import free_port
from tests.support.redis import NoRedis, redis_server
from tests.support.rows import beside
from tests.support.served import Served
from tests.support.settings import INSTALLATION, make_settings
from tests.support.smtp import SmtpServer
from wizard import create_app
from wizard.adapters import wake_ups
from wizard.adapters.clock import SystemClock
from wizard.adapters.wake_ups import CHANNEL, Line
from wizard.models import write
from wizard.services import signals

LONG = 20.0  # seconds: nobody who is woken by the look at the database is awake before
SOON = 10.0
HERE = "/sign-in/match-number/wait"


@pytest.fixture
def stoppable_redis() -> Iterator[tuple[str, Callable[[], None]]]:
    """A real Redis, and what ends it."""
    with ExitStack() as running:
        try:
            url = running.enter_context(redis_server())
        except NoRedis as reason:
            pytest.skip(str(reason))
        yield url, running.close


@pytest.fixture
def process(tmp_path: Any, database_url: str) -> Iterator[Callable[[str], Flask]]:
    """Makes another process's application on the same database, with the given Redis."""
    with ExitStack() as made:

        def make(redis_url: str) -> Flask:
            app = create_app(make_settings(tmp_path, database_url=database_url, redis_url=address(redis_url)))
            made.callback(close, app)
            return app

        yield make


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as made:
        yield made


@pytest.fixture
def rare_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only Redis can wake anybody soon."""
    monkeypatch.setattr(wake_ups, "LOOK_BESIDE", LONG)


def address(url: str) -> str:
    """As an operator writes it: the limiter wants unix sockets named so."""
    return url.replace("unix://", "redis+unix://")


def send(app: Flask, topic: str) -> None:
    def act() -> None:
        with write():
            signals.send(topic)

    beside(app, act)


def waits(pool: ThreadPoolExecutor, app: Flask, topic: str, settled: Callable[[], bool]) -> Future[bool]:
    room = app.extensions["perron-waiting"]
    found = pool.submit(contextvars.Context().run, beside, app, lambda: room.wait(topic, settled))
    until(lambda: room._watched[topic] > 0 or found.done())
    return found


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds, at most 20 seconds."""
    end, pause = time.monotonic() + 20, threading.Event()
    while not holds():
        assert time.monotonic() < end, "It did not come about."
        pause.wait(0.02)


def listeners(url: str) -> int:
    with redis.Redis.from_url(url) as line:
        return dict(line.pubsub_numsub(CHANNEL))[CHANNEL.encode()]


@pytest.mark.usefixtures("rare_looks")
def test_what_one_process_signals_wakes_another_by_redis(
    process: Callable[[str], Flask], redis_url: str, pool: ThreadPoolExecutor
) -> None:
    first, second = process(redis_url), process(redis_url)
    happened = threading.Event()
    mine, other = (waits(pool, second, topic, happened.is_set) for topic in ("a", "b"))
    until(lambda: listeners(redis_url) == 1)
    happened.set()
    send(first, "a")
    assert mine.result(SOON) is True
    assert not other.done()
    send(first, "b")
    assert other.result(SOON) is True


@pytest.mark.usefixtures("rare_looks")
def test_a_phones_answer_to_a_served_process_wakes_the_computer_in_another(
    app: Flask,
    process: Callable[[str], Flask],
    serve: Callable[..., Served],
    database_url: str,
    redis_url: str,
    smtp: SmtpServer,
    pool: ThreadPoolExecutor,
) -> None:
    someone = linked_an_hour_ago(app)
    port = free_port()
    settings = {"public_url": f"http://localhost:{port}", "database_url": database_url, "mail_port": smtp.port}
    site = serve(port=port, **(INSTALLATION | settings | {"redis_url": address(redis_url)}))
    here = process(redis_url)
    here.extensions["perron"].clock = SystemClock()
    page = place_at(PageClient(here), "sign-in", "match-number", someone.person)
    poll = pool.submit(page.client.get, HERE)
    until(lambda: listeners(redis_url) == 1)
    assert say_yes(FarClient(site.base_url), someone, number_on(page)).status == 200
    assert poll.result(SOON).json == {"state": "answered"}
    assert page.press().signed_in


@pytest.mark.usefixtures("rare_looks")
def test_who_begins_to_wait_after_the_signal_is_told_by_the_first_look(
    process: Callable[[str], Flask], redis_url: str, pool: ThreadPoolExecutor
) -> None:
    """Between the look at the facts and the subscription nothing is lost."""
    first, second = process(redis_url), process(redis_url)
    looked = threading.Event()

    def settled() -> bool:
        if looked.is_set():
            return True
        looked.set()
        send(first, "a")
        return False

    assert waits(pool, second, "a", settled).result(SOON) is True


def test_when_redis_ends_the_look_at_the_database_wakes_and_the_log_says_so_once(
    process: Callable[[str], Flask], stoppable_redis: tuple[str, Callable[[], None]], pool: ThreadPoolExecutor
) -> None:
    url, end_redis = stoppable_redis
    first, second = process(url), process(url)
    with capture_logs() as logs:
        happened = [threading.Event() for _ in range(6)]
        waiting = [waits(pool, second, str(n), event.is_set) for n, event in enumerate(happened)]
        until(lambda: listeners(url) == 1)
        end_redis()
        before = threading.active_count()
        for number, (event, waiter) in enumerate(zip(happened, waiting, strict=True)):
            event.set()
            send(first, str(number))
            assert waiter.result(SOON) is True
        assert threading.active_count() <= before
    said = [entry["event"] for entry in logs if str(entry["event"]).startswith("wake-ups")]
    assert said == ["wake-ups-away"] * 2  # one of each process


@pytest.mark.usefixtures("rare_looks")
def test_a_broken_line_to_redis_is_mended(
    process: Callable[[str], Flask], redis_url: str, pool: ThreadPoolExecutor
) -> None:
    first, second = process(redis_url), process(redis_url)
    happened = threading.Event()
    found = waits(pool, second, "a", happened.is_set)
    until(lambda: listeners(redis_url) == 1)
    with redis.Redis.from_url(redis_url) as line:
        assert line.client_kill_filter(_type="pubsub") == 1
    until(lambda: listeners(redis_url) == 1)
    happened.set()
    send(first, "a")
    assert found.result(SOON) is True


def test_a_redis_that_never_answers_costs_neither_a_signal_nor_a_long_wait(
    process: Callable[[str], Flask], pool: ThreadPoolExecutor
) -> None:
    first, second = process("unix:///nobody/listens/here.sock"), process("unix:///nobody/listens/here.sock")
    happened = threading.Event()
    found = waits(pool, second, "a", happened.is_set)
    happened.set()
    send(first, "a")
    assert found.result(SOON) is True


def test_nothing_is_told_that_was_rolled_back_and_nothing_secret(
    process: Callable[[str], Flask], redis_url: str
) -> None:
    app = process(redis_url)

    def fail() -> None:
        with write():
            signals.send("session:rolled-back")
            raise ZeroDivisionError

    with redis.Redis.from_url(redis_url) as line, line.pubsub() as heard:
        heard.subscribe(CHANNEL)
        until(lambda: (heard.get_message(timeout=1) or {}).get("type") == "subscribe")
        with pytest.raises(ZeroDivisionError):
            beside(app, fail)
        send(app, "session:kept")
        message = heard.get_message(timeout=SOON)
    assert message is not None
    assert message["data"] == b"session:kept"


@pytest.mark.usefixtures("rare_looks")
def test_nobody_listens_when_nobody_waits(
    process: Callable[[str], Flask], redis_url: str, monkeypatch: pytest.MonkeyPatch, pool: ThreadPoolExecutor
) -> None:
    monkeypatch.setattr(wake_ups, "LOOK_BESIDE", 0.2)
    app, happened = process(redis_url), threading.Event()
    found = waits(pool, app, "a", happened.is_set)
    until(lambda: listeners(redis_url) == 1)
    happened.set()
    send(app, "a")
    assert found.result(SOON) is True
    until(lambda: listeners(redis_url) == 0)


def test_a_redis_that_is_away_is_tried_again_ever_more_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    line, now = Line(), [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    pauses = []
    for _ in range(7):
        assert line.may_be_tried
        line.has_failed(OSError())
        began = now[0]
        while not line.may_be_tried:
            now[0] += 0.5
        pauses.append(now[0] - began)
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    line.works()
    line.has_failed(OSError())
    assert not line.may_be_tried
    now[0] += 1
    assert line.may_be_tried


@pytest.mark.parametrize("url", ["redis+cluster://localhost:7000", "memcached://localhost"])
def test_an_address_that_only_the_limiter_understands_leaves_the_looks(url: str) -> None:
    with capture_logs() as logs:
        made = wake_ups.wake_ups_for(url)
    assert isinstance(made, wake_ups.Pause)
    assert [entry["event"] for entry in logs] == ["wake-ups-not-by-redis"]
