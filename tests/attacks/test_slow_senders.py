"""Many who begin a request and do not end it: everybody else is answered all the same."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.far_client import FarClient
from tests.support.served import Served, served

IN_A_HURRY = "import wizard.cli.bounded_worker as worker; worker.HEADERS_WITHIN = worker.BODY_WITHIN = 1.0"
PROGRAM = (sys.executable, "-c", f"{IN_A_HURRY}; from wizard.cli import main; main()")
WAITERS = 2  # so that the process has few threads
MORE_THAN_THREADS = 60


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Served]:
    """`perron serve` with short ends to every reading."""
    with served(tmp_path, {"waiters": WAITERS}, program=PROGRAM) as running:
        yield running


@pytest.mark.parametrize(
    "begun",
    [
        b"GET / HT",
        b"GET / HTTP/1.1\r\nHost: localhost",
        b"POST /language HTTP/1.1\r\nHost: {host}\r\nContent-Length: 500\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nlang",
    ],
    ids=["first line", "headers", "body"],
)
def test_half_sent_requests_hold_no_thread_for_ever(site: Served, begun: bytes) -> None:
    parts = urlsplit(site.base_url)
    with ExitStack() as lines:
        for _ in range(MORE_THAN_THREADS):
            line = lines.enter_context(socket.create_connection(("127.0.0.1", parts.port or 80), timeout=15))
            line.sendall(begun.replace(b"{host}", parts.netloc.encode()))
        assert FarClient(site.base_url, patience=15).get("/healthz").json == {"alive": True}


def test_a_request_that_comes_in_pieces_and_in_time_is_answered(site: Served) -> None:
    parts = urlsplit(site.base_url)
    with socket.create_connection(("127.0.0.1", parts.port or 80), timeout=15) as line:
        for piece in (
            b"GET /heal",
            b"thz HTTP/1.1\r\nHost: ",
            parts.netloc.encode(),
            b"\r\nConnection: close\r\n",
            b"\r\n",
        ):
            line.sendall(piece)
        found = b""
        while chunk := line.recv(65536):
            found += chunk
    assert found.startswith(b"HTTP/1.1 200")
