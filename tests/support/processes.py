"""Servers that a test starts as processes of their own, and ends by their process id."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

LAST_LINES = 40
UNPRIVILEGED = "nobody"
ENOUGH_MEMORY = 2 * 1024**3  # bytes
PR_SET_PDEATHSIG = 1  # prctl(2)


class DidNotStart(Exception):
    """A server ended or stayed silent instead of answering; the message carries the end of its output."""


class ServerProcess:
    """A running server. `output` is the file with everything it printed."""

    def __init__(
        self,
        command: Sequence[str | Path],
        folder: Path,
        *,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        as_user: dict[str, Any] | None = None,
        stop_signal: int = signal.SIGTERM,
    ) -> None:
        self._stop_signal = stop_signal
        self.output = folder / "server.log"
        with self.output.open("ab") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                cwd=cwd or folder,
                env=None if env is None else dict(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=_end_with_parent(stop_signal),  # noqa: PLW1509 - one system call, made ready before the fork
                **(as_user or {}),
            )

    def wait_until(self, answers: Callable[[], bool], seconds: float = 30.0) -> None:
        """Return when `answers()` is true. Raises `DidNotStart` when the process ends or `seconds` have passed."""
        end = time.monotonic() + seconds
        while not answers():
            try:  # the pause between two questions is a wait for the process's end, which is the other answer
                status = self.process.wait(timeout=0.05)
            except subprocess.TimeoutExpired:
                if time.monotonic() < end:
                    continue
                self.stop()
                raise DidNotStart(f"No answer within {seconds:g} s:\n{self.last_lines()}") from None
            raise DidNotStart(f"Ended with status {status}:\n{self.last_lines()}")

    def last_lines(self) -> str:
        lines = self.output.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-LAST_LINES:])

    def stop(self, seconds: float = 15.0) -> int:
        """Ask the process to end, then make it; returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(self._stop_signal)
        try:
            return self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait(timeout=seconds)


def _end_with_parent(stop_signal: int) -> Callable[[], None] | None:
    """What a child does first on Linux: ask for `stop_signal` when this process is killed and can stop nobody any more.

    It belongs to the thread that starts the server, so that must be one which lives as long as the server is needed.
    """
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def ask() -> None:
        prctl(PR_SET_PDEATHSIG, int(stop_signal), 0, 0, 0)

    return ask


def unprivileged() -> dict[str, Any]:
    """How `subprocess` gives up root's rights, for servers that refuse to run with them; empty for anybody else."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(UNPRIVILEGED)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def server_folder(prefix: str) -> Path:
    """A new folder that `unprivileged()` processes may write, with a path short enough for a unix socket.

    It is in memory where the machine offers that, because each test's database is a copy of some hundred files.
    """
    memory = Path("/dev/shm")
    roomy = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= ENOUGH_MEMORY
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=memory if roomy else "/tmp"))
    who = unprivileged()
    if who:
        os.chown(folder, who["user"], who["group"])
    return folder


def free_port() -> int:
    """A port of the loopback interface that nobody holds at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])
