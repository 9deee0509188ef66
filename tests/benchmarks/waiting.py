"""What many people who wait cost one who signs in, in one process, and what the next one is told at the cap.

`python -m tests.benchmarks.waiting [WAITERS]`: one `perron serve` process with SQLite and room for exactly so many. That many
phones keep their poll open, as our page does; meanwhile somebody signs in by user name and password again and again (the
installation's default hash, no second step), and the same without waiters before and after. The exit status is 1 when a waiter
was lost, a sign-in failed or somebody was let in above the cap.
"""

from __future__ import annotations

import http.client
import re
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask

from tests.benchmarks.installation import table
from tests.support.clock import MovableClock
from tests.support.databases import close
from tests.support.people import Completed, completed
from tests.support.processes import free_port
from tests.support.rows import beside
from tests.support.served import Served, served
from tests.support.settings import make_settings
from wizard import create_app
from wizard.domain.secrets_made import new_id, new_token
from wizard.extensions import tools
from wizard.models import Device, write
from wizard.services import database_upgrade
from wizard.settings import Settings

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
PATIENCE = 120  # seconds
SIGN_INS = 20
ABOVE = 20
A_WHOLE_POLL = 35  # seconds, in which every poll ends once and is sent again
OPEN_DOORS = {"source_limit": 1_000_000, "outer_limit": "1000000 per minute", "second_factor": "off"}


@dataclass
class Line:
    """A browser on one connection: its cookies, and the answer that came last."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)
    path: str = "/"
    page: str = ""
    status: int = 0
    retry_after: str = ""
    location: str = ""

    def __post_init__(self) -> None:
        self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def get(self, path: str) -> Line:
        return self._open("GET", path, None)

    def post(self, **fields: str) -> Line:
        found = TOKEN.search(self.page)
        assert found is not None, f"{self.path} has no form."
        return self._open("POST", self.path, urlencode(fields | {"csrf_token": found.group(1)}))

    def _open(self, method: str, path: str, body: str | None) -> Line:
        for _ in range(8):
            self._ask(method, path, body)
            if self.status != 303:
                self.path = path
                return self
            method, path, body = "GET", self.location, None
        raise AssertionError("Eight redirects and no page.")

    def _ask(self, method: str, path: str, body: str | None) -> None:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Host": f"localhost:{self.port}", "Cookie": cookies}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.line.request(method, path, body, headers)
        answer = self.line.getresponse()
        self.page, self.status = answer.read().decode(), answer.status
        parts = urlsplit(answer.headers.get("Location") or "")
        self.location = parts.path + (f"?{parts.query}" if parts.query else "")
        self.retry_after = answer.headers.get("Retry-After") or ""
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value


class Waiter:
    """A phone that waits: it asks again as our script does, until it is told to stop."""

    def __init__(self, port: int, token: str, stopped: threading.Event) -> None:
        self.browser = Line(port, {"perron-phone": token})
        self.answers: Counter[str] = Counter()
        self.stopped = stopped

    def run(self) -> None:
        while not self.stopped.is_set():
            try:
                self.browser.get("/phone/wait")
            except (OSError, http.client.HTTPException) as error:
                self.answers["lost: " + type(error).__name__] += 1
                return
            told = "come back" if self.browser.retry_after else str(self.browser.status)
            self.answers[told] += 1
            self.stopped.wait(float(self.browser.retry_after or 0.3))


def prepare(folder: Path, waiters: int, port: int) -> tuple[dict[str, Any], Completed, list[str]]:
    """The settings of an installation with one person, and the cookies of so many phones."""
    settings = make_settings(folder, public_url=f"http://localhost:{port}", **OPEN_DOORS)
    app = create_app(settings)
    app.extensions["perron"].clock = MovableClock(datetime.now(UTC))
    beside(app, lambda: database_upgrade.upgrade(datetime.now(UTC)))
    person = completed(app)
    tokens = beside(app, lambda: phones(app, waiters))
    close(app)
    names = ("secret_key", "public_url", "mail_server", "mail_tls", "mail_from", "instance_path")
    kept = {name: getattr(settings, name) for name in names}
    return kept | OPEN_DOORS | {"argon2": Settings().argon2, "waiters": waiters}, person, tokens


def phones(app: Flask, number: int) -> list[str]:
    tokens, now = [new_token() for _ in range(number)], app.extensions["perron"].clock.now()
    with write() as session:
        session.add_all(
            Device(
                id=new_id(),
                token_hash=tools().keyring.digest("device", token),
                browser="",
                created_at=now,
                last_seen_at=now,
            )
            for token in tokens
        )
    return tokens


def sign_in(port: int, person: Completed) -> float:
    """The seconds of one sign-in, from its first page to the signed-in home."""
    began = time.perf_counter()
    browser = Line(port).get("/sign-in").post(username=person.username).post(password=person.password)
    seconds = time.perf_counter() - began
    assert "data-signed-in" in browser.page, (browser.status, browser.path)
    browser.line.close()
    return seconds


def measured(port: int, person: Completed, *, seconds: float = 0) -> list[float]:
    """Sign-ins one after the other, some, and for so long at least."""
    end, found = time.perf_counter() + seconds, list[float]()
    while len(found) < SIGN_INS or time.perf_counter() < end:
        found.append(sign_in(port, person))
    return found


@contextmanager
def waiting(port: int, tokens: Sequence[str]) -> Iterator[list[Waiter]]:
    """So many phones wait until the block ends."""
    stopped = threading.Event()
    waiters = [Waiter(port, token, stopped) for token in tokens]
    threading.stack_size(256 * 1024)
    threads = [threading.Thread(target=waiter.run, daemon=True) for waiter in waiters]
    threading.stack_size(0)
    for thread in threads:
        thread.start()
    threading.Event().wait(10)  # until all have arrived
    try:
        yield waiters
    finally:
        stopped.set()
        for thread in threads:
            thread.join(PATIENCE)


def children_of(site: Served) -> list[int]:
    listed = Path(f"/proc/{site.process.process.pid}/task/{site.process.process.pid}/children")
    return [int(number) for number in listed.read_text().split()] if listed.exists() else []


def size_of(site: Served) -> str:
    """Memory and threads of the worker, on Linux."""
    for pid in children_of(site):
        status = Path(f"/proc/{pid}/status").read_text()
        facts = dict(line.split(":", 1) for line in status.splitlines())
        return f"{int(facts['VmRSS'].split()[0]) // 1024} MB, {facts['Threads'].strip()} threads"
    return "unknown"


def above_the_cap(port: int, tokens: Sequence[str]) -> tuple[Counter[str], list[float], set[str]]:
    """What phones are told for whom there is no place, how fast, and when they shall come back."""
    told, seconds, back = Counter[str](), list[float](), set[str]()
    for token in tokens:
        began = time.perf_counter()
        browser = Line(port, {"perron-phone": token}).get("/phone/wait")
        seconds.append(time.perf_counter() - began)
        told[f"{browser.status} {browser.page.strip()}"] += 1
        back.add(browser.retry_after)
    return told, seconds, back


def row(name: str, found: list[float], beside_this: float) -> tuple[object, ...]:
    ordered = sorted(found)
    middle = statistics.median(found)
    return name, middle * 1000, ordered[int(len(found) * 0.95)] * 1000, f"{middle / beside_this:.2f}"


def main(waiters: int = 500) -> int:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="perron-waiting-") as folder:
        settings, person, tokens = prepare(Path(folder), waiters + ABOVE, port)
        settings["waiters"] = waiters
        with served(Path(folder), settings, port=port) as site:
            sign_in(port, person)
            before, small = measured(port, person), size_of(site)
            with waiting(port, tokens[:waiters]) as all_waiting:
                among, large = measured(port, person, seconds=A_WHOLE_POLL), size_of(site)
                told, seconds, back = above_the_cap(port, tokens[waiters:])
            after = measured(port, person)
    alone = statistics.median(before + after)
    answers = sum((waiter.answers for waiter in all_waiting), Counter[str]())
    print(f"One sign-in by user name and password, {SIGN_INS} of each or more, in ms:")
    rows = [
        row("alone, before", before, alone),
        row(f"beside {waiters} who wait", among, alone),
        row("alone, after", after, alone),
    ]
    print(table(("when", "median", "p95", "ratio"), rows), end="\n\n")
    print(f"The worker: {small} alone, {large} beside them.")
    print(f"The polls' answers: {dict(answers)}.")
    print(
        f"{ABOVE} above the cap: {dict(told)}, Retry-After {sorted(back)}, median {statistics.median(seconds) * 1000:.0f} ms."
    )
    lost = sum(number for name, number in answers.items() if name.startswith("lost"))
    return 0 if not lost and "" not in back and set(told) == {'200 {"state":"waiting"}'} else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
