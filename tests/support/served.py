"""The application served for real: by its own command in a process, or by threads of this process when a test moves
the clock.

`python -m tests.support.served PROGRAM FOLDER` starts an installed `perron` once as a demonstration, opens /healthz
and /, stops it.
"""

from __future__ import annotations

import http.client
import os
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.support.processes import ServerProcess, free_port

ROOT = Path(__file__).resolve().parents[2]
PERRON = (sys.executable, "-c", "from wizard.cli import main; main()")


@dataclass
class Served:
    """A running installation: where it answers, its process, its folder."""

    base_url: str
    process: ServerProcess
    instance: Path

    def get(self, path: str) -> tuple[int, str]:
        """Status and body of a plain GET."""
        status = answer(self.base_url, path)
        assert status is not None, f"{self.base_url} does not answer:\n{self.process.last_lines()}"
        return status


@contextmanager
def served(
    folder: Path,
    settings: dict[str, Any],
    *,
    program: Sequence[str | Path] = PERRON,
    cwd: Path = ROOT,
    arguments: Sequence[str] = (),
    port: int | None = None,
) -> Iterator[Served]:
    """`perron serve` as a process of its own, with `settings` (by the names of `Settings`) and nothing else in the
    environment.

    Raises `DidNotStart` with the server's own words when /healthz does not answer within a minute.
    """
    port = port or free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PERRON_")}
    for name, value in settings.items():
        environment[f"PERRON_{name.upper()}"] = ",".join(value) if isinstance(value, tuple) else str(value)
    instance = Path(environment.setdefault("PERRON_INSTANCE_PATH", str(folder / "instance")))
    base_url = f"http://localhost:{port}"
    command = [*program, "serve", "--port", str(port), *arguments]
    process = ServerProcess(command, folder, env=environment, cwd=cwd)
    try:
        process.wait_until(lambda: (answer(base_url, "/healthz") or (0, ""))[0] == 200, seconds=60)
        yield Served(base_url, process, instance)
    finally:
        process.stop()


def answer(base_url: str, path: str) -> tuple[int, str] | None:
    """Status and body of a GET, or None while nobody listens."""
    host = base_url.removeprefix("http://")
    connection = http.client.HTTPConnection("127.0.0.1", int(host.split(":")[1]), timeout=10)
    try:
        connection.request("GET", path, headers={"Host": host})
        response = connection.getresponse()
        return response.status, response.read().decode("utf-8", errors="replace")
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _whole(app: Flask) -> Callable[[Any, Any], list[bytes]]:
    """Answers read to their end at once: a browser that goes away in the middle would leave the server's file open."""

    def answer(environ: Any, start_response: Any) -> list[bytes]:
        parts = app(environ, start_response)
        try:
            return list(parts)
        finally:
            if hasattr(parts, "close"):
                parts.close()

    return answer


@contextmanager
def live(app: Flask, door: socket.socket) -> Iterator[str]:
    """Serve `app` from threads of this process on the listening socket `door`; gives its base URL."""
    port = int(door.getsockname()[1])
    server = make_server("127.0.0.1", port, _whole(app), threaded=True, fd=door.fileno())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://localhost:{port}"
    finally:
        server.shutdown()
        thread.join(timeout=10)
        server.server_close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Starts `perron serve` in an own process with the given settings (demo mode without any); all are stopped at the
    end.
    """
    from contextlib import ExitStack

    with ExitStack() as running:

        def start(*, arguments: Sequence[str] = (), port: int | None = None, **settings: Any) -> Served:
            folder = Path(tempfile.mkdtemp(dir=tmp_path))
            return running.enter_context(served(folder, settings, arguments=arguments, port=port))

        yield start


def main(program: str, folder: str) -> int:
    """Start an installed `perron` once in `folder`, look at it, stop it. Returns the exit status."""
    place = Path(folder).resolve()
    with served(place, {}, program=[Path(program).absolute()], cwd=place) as site:
        for path, needed in (("/healthz", ""), ("/", 'data-page="front"'), ("/static/css/perron.css", "{")):
            status, body = site.get(path)
            if status != 200 or needed not in body:
                print(f"{path} answered {status}:\n{body[:2000]}\n{site.process.last_lines()}", file=sys.stderr)
                return 1
            print(f"{path} answered {status}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
