"""Wake-ups between processes: a topic that is told in one is heard in all, by Redis, or not at all where there is none.

A wake-up carries no fact and decides nothing: who hears it reads the facts again. So it may be lost or come twice; the signals in the
database are the record, and whoever listens looks there every few seconds as well. Losing Redis costs speed only.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Protocol

import structlog

if TYPE_CHECKING:  # an extra: installed only where REDIS_URL is used
    from redis import Redis
    from redis.client import PubSub

CHANNEL = "perron-wake-ups"
LOOK_EVERY = 0.4  # seconds between looks at the database, without Redis
LOOK_BESIDE = 3.0  # with Redis, as the net below it
PATIENCE = 0.5  # seconds for one word with Redis
SHORTEST_BACK_OFF, LONGEST_BACK_OFF = 1.0, 30.0
_log = structlog.get_logger(__name__)


class Ears(Protocol):
    """One listener's side."""

    def hear(self) -> Iterator[str]:
        """The topics that are told, as they come; it ends when it is time to look at the database."""

    def close(self) -> None: ...


class WakeUps(Protocol):
    """How processes wake each other. `tell` never raises and never waits long."""

    def tell(self, topics: Iterable[str], /) -> None: ...

    def ears(self) -> Ears: ...


class Pause:
    """No Redis: nothing is told, and a listener looks at the database often."""

    def tell(self, _topics: Iterable[str], /) -> None:
        return

    def ears(self) -> Ears:
        return self

    def hear(self) -> Iterator[str]:
        threading.Event().wait(LOOK_EVERY)
        return iter(())

    def close(self) -> None:
        return


class RedisWakeUps:
    """Wake-ups by one Redis channel. `url` is the address as `redis.Redis.from_url` takes it; raises ValueError for another."""

    def __init__(self, url: str) -> None:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        self.line = Line()
        self._client: Redis = Redis.from_url(
            url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE, retry=Retry(NoBackoff(), 1)
        )

    def tell(self, topics: Iterable[str], /) -> None:
        from redis import RedisError

        if not self.line.may_be_tried:
            return
        try:
            for topic in topics:
                self._client.publish(CHANNEL, topic)
        except (RedisError, OSError) as error:
            self.line.has_failed(error)
        else:
            self.line.works()

    def ears(self) -> RedisEars:
        return RedisEars(self._client, self.line)


class RedisEars:
    """One subscription, made anew when it breaks. While Redis is away it only pauses, as without Redis."""

    def __init__(self, client: Redis, line: Line) -> None:
        self._client, self._line = client, line
        self._subscribed: PubSub | None = None

    def hear(self) -> Iterator[str]:
        from redis import RedisError

        if self._subscribed is None and not self._line.may_be_tried:
            yield from Pause().hear()
            return
        try:
            if self._subscribed is None:
                self._subscribed = self._client.pubsub()  # type: ignore[no-untyped-call]
                self._subscribed.subscribe(CHANNEL)
            yield from self._until_it_is_time(self._subscribed)
        except (RedisError, OSError) as error:
            self.close()
            self._line.has_failed(error)

    def _until_it_is_time(self, subscribed: PubSub) -> Iterator[str]:
        ends = time.monotonic() + LOOK_BESIDE
        while (left := ends - time.monotonic()) > 0:
            message = subscribed.get_message(timeout=left)
            if message is None:
                continue
            if message["type"] == "subscribe":  # what was told before is not heard any more: look now
                self._line.works()
                return
            if message["type"] == "message":
                yield bytes(message["data"]).decode(errors="replace")

    def close(self) -> None:
        subscribed, self._subscribed = self._subscribed, None
        if subscribed is not None:
            subscribed.close()


class Line:
    """What a process knows about its Redis: whether it may be tried again yet. One warning for each time that it is away."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._back_off = 0.0
        self._again_at = 0.0

    @property
    def may_be_tried(self) -> bool:
        return time.monotonic() >= self._again_at

    def has_failed(self, error: Exception) -> None:
        with self._guard:
            if not self.may_be_tried:
                return  # the other side of this process has just said so
            if not self._back_off:
                _log.warning("wake-ups-away", error=type(error).__name__)
            self._back_off = min(max(SHORTEST_BACK_OFF, 2 * self._back_off), LONGEST_BACK_OFF)
            self._again_at = time.monotonic() + self._back_off

    def works(self) -> None:
        with self._guard:
            if self._back_off:
                _log.info("wake-ups-back")
            self._back_off = self._again_at = 0.0


def wake_ups_for(redis_url: str) -> WakeUps:
    """The wake-ups of an installation; `redis_url` is REDIS_URL, whose unix sockets are written `redis+unix://` for the limiter."""
    if not redis_url:
        return Pause()
    try:
        return RedisWakeUps(redis_url.replace("redis+unix://", "unix://", 1))
    except ValueError as error:  # a cluster or sentinels, which the limiter knows and this module does not
        _log.warning("wake-ups-not-by-redis", error=type(error).__name__)
        return Pause()
