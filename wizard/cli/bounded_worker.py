"""gunicorn's threaded worker with an end to every reading: who sends slowly, or nothing more, holds no thread for ever.

Without it one stranger with some hundred half-sent requests would have all threads of a process, and nobody else an answer.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

HEADERS_WITHIN = 15.0  # seconds
BODY_WITHIN = 180.0  # seconds; an upload of 20 MB over a line of 1 Mbit/s
LOOK_EVERY = 1.0  # seconds, and only while a request is being handled


class BoundedWorker(ThreadWorker):  # type: ignore[misc]
    """Reading ends at its time; an answer that takes longer is not touched."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._condition = threading.Condition()
        self._ends: dict[Any, float] = {}
        self._watcher: threading.Thread | None = None

    def handle(self, conn: Any) -> Any:
        """One request of a connection, in a thread of its own."""
        self._read_until(conn, HEADERS_WITHIN)
        try:
            return super().handle(conn)
        finally:
            with self._condition:
                self._ends.pop(conn, None)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """The headers are there."""
        self._read_until(conn, BODY_WITHIN)
        return super().handle_request(req, conn)

    def _read_until(self, conn: Any, seconds: float) -> None:
        with self._condition:
            self._ends[conn] = time.monotonic() + seconds
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="perron-reading", daemon=True)
                self._watcher.start()
            self._condition.notify()

    def _watch(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._ends)
                now = time.monotonic()
                late = [conn for conn, end in self._ends.items() if end < now]
                for conn in late:
                    del self._ends[conn]
                    with suppress(OSError):  # it has ended by itself
                        conn.sock.shutdown(socket.SHUT_RD)
            time.sleep(LOOK_EVERY)
