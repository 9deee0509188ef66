"""What one complete sign-in costs: requests, SQL statements, commits and processor time, with the password's hash apart.

`python -m tests.benchmarks.cost [SIGN_INS]`. The hash is the installation's default one; everything runs in this process.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import event

from tests.benchmarks.installation import installation, table
from tests.benchmarks.lean import LeanBrowser
from tests.support.people import Completed, clock_of, completed, next_code
from tests.support.rows import beside, rows_of
from wizard.models import Account, db
from wizard.services import hashing
from wizard.settings import Settings


def sign_in(app: Flask, person: Completed) -> LeanBrowser:
    """The short way in, from the front page to the signed-in home."""
    assert person.secret is not None
    browser = LeanBrowser(app).get("/").get("/sign-in").post(username=person.username).post(password=person.password)
    browser.post(code=next_code(person.secret, clock_of(app)))
    assert "data-signed-in" in browser.page, browser.statuses
    return browser


@contextmanager
def counted(app: Flask) -> Iterator[Counter[str]]:
    """The statements of the block by their first word; BEGIN, COMMIT and PRAGMA by their own names."""
    seen: Counter[str] = Counter()
    engine = beside(app, lambda: db.engine)

    def on_statement(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        seen[statement.split(None, 1)[0].upper()] += 1

    def on_commit(_connection: object) -> None:
        seen["COMMIT"] += 1

    event.listen(engine, "before_cursor_execute", on_statement)
    event.listen(engine, "commit", on_commit)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", on_statement)
        event.remove(engine, "commit", on_commit)


def hash_time(app: Flask, person: Completed, times: int) -> float:
    """Median processor time of checking this person's password once, in seconds."""
    stored = rows_of(app, Account, id=person.account_id)[0].password_hash

    def check() -> float:
        began = time.process_time()
        assert hashing.check(person.password, stored).fits
        return time.process_time() - began

    return statistics.median(beside(app, check) for _ in range(times))


def main(sign_ins: int = 30) -> int:
    with installation(argon2=Settings().argon2) as app:
        person = completed(app)
        sign_in(app, person)
        with counted(app) as seen:
            browser = sign_in(app, person)
        runs = [sign_in(app, person) for _ in range(sign_ins)]
        hashed = hash_time(app, person, sign_ins)
    cpu = statistics.median(run.cpu for run in runs)
    wall = statistics.median(run.wall for run in runs)
    reads, writes = seen["SELECT"], seen["INSERT"] + seen["UPDATE"] + seen["DELETE"]
    print(f"One complete sign-in with a code, median of {sign_ins}:")
    print(
        table(
            ("what", "figure"),
            [
                ("requests, redirects included", browser.requests),
                ("SELECT statements", reads),
                ("INSERT, UPDATE and DELETE statements", writes),
                ("commits", seen["COMMIT"]),
                ("processor time, ms", cpu * 1000),
                ("  of it the hash, ms", hashed * 1000),
                ("  of it everything else, ms", (cpu - hashed) * 1000),
                ("time on the clock, ms", wall * 1000),
            ],
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
