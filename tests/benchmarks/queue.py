"""How long an agent waits for the queue and for the funnel, and how the database finds who is stuck.

`python -m tests.benchmarks.queue [ACCOUNTS] [--postgresql] [--plans]`: so many accounts (100 000) on SQLite or on a PostgreSQL of its
own, in a temporary folder. Three of ten have not begun; the others walked a first connection within 13 months, a seventh of them within the
last two weeks; one of twenty did not arrive. Prints the median and the slowest of a few of each question, and with `--plans` the plan.
A second table is the worst case: everybody who began has arrived, so that the list is empty and nothing ends the search.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask
from sqlalchemy import text

from tests.benchmarks.installation import table
from tests.support.clock import START, MovableClock
from tests.support.databases import close
from tests.support.postgresql import postgresql_server
from tests.support.rows import beside
from tests.support.settings import make_settings
from wizard import create_app
from wizard.journeys import JOURNEYS
from wizard.models import db
from wizard.services import database_upgrade, desk_queue, funnel
from wizard.services.desk_queue import Wanted
from wizard.services.funnel_flights import flight_of
from wizard.services.funnel_questions import Filters, Question
from wizard.services.staff import Agent, Scope

EVERYBODY = Agent("agent", "Ines", "supervise", Scope())
ROUNDS = 5
STEPS = (
    "prepare",
    "enter-username",
    "enter-password",
    "choose-authenticator",
    "enter-code",
    "change-password",
    "finish",
)
FORTNIGHT, YEAR = 14 * 86400, 395 * 86400
# Without chance, so that every run has the same people: a number is dealt out by multiplying it with a prime.
DEALT = "(i * 7919 + 13) % 1000"
BEGAN = f"{DEALT} >= 300"
STUCK = "(i * 104729 + 7) % 20 = 0"
AGO = f"((CASE WHEN {DEALT} < 400 THEN (i * 31337) % {FORTNIGHT} ELSE {FORTNIGHT} + (i * 31337) % {YEAR - FORTNIGHT} END) + 700)"
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {accounts})"


def fill(accounts: int, *, nobody_stuck: bool = False) -> int:
    """Make people and their outcomes with statements of the database; returns how many outcomes."""
    is_sqlite = db.engine.dialect.name == "sqlite"
    name = "printf('%08d', i)" if is_sqlite else "lpad(i::text, 8, '0')"
    now, numbers = int(START.timestamp()), NUMBERS.format(accounts=accounts)
    moment = "strftime('%Y-%m-%d %H:%M:%f000', {0}, 'unixepoch')" if is_sqlite else "to_timestamp({0})"
    at = moment.format(f"{now} - {AGO}")
    stuck = "1 = 0" if nobody_stuck else STUCK
    signed_in = f"CASE WHEN {BEGAN} AND NOT {stuck} THEN {at} END"
    far = f"CASE WHEN {stuck} THEN 1 + (i / 20) % 5 ELSE {len(STEPS)} END"
    last = moment.format(f"{now} - {AGO} + ({far} - 1) * 20")
    under_way = f"CASE WHEN {BEGAN} AND {stuck} THEN {last} END"
    steps = " UNION ALL ".join(f"SELECT {number} AS k, '{step}' AS step" for number, step in enumerate(STEPS))
    with db.engine.connect().execution_options(perron_write=5.0) as connection:
        connection.execute(
            text(
                f"INSERT INTO accounts (id, created_at, journey, username, username_key, email, email_key, email_domain, match_key,"
                f" given_name, family_name, display_name, language, last_sign_in_at, under_way_since)"
                f" {numbers} SELECT {name}, {moment.format(now - YEAR)},"
                f" 'first-connection', {name}, {name}, {name}, {name}, '', '', 'Amina', 'Keita', '', 'en', {signed_in}, {under_way} FROM n"
            )
        )
        made = connection.execute(
            text(
                f"INSERT INTO outcomes (at, journey, step, result, reason, account_id, help_code) {numbers},"
                f" steps AS ({steps}) SELECT {moment.format(f'{now} - {AGO} + k * 20')}, 'first-connection', step, 'done', NULL,"
                f" CASE WHEN k > 1 OR {stuck} THEN {name} END, {name} FROM n JOIN steps ON k < {far} WHERE {BEGAN}"
            )
        )
        connection.execute(text("ANALYZE"))
        connection.commit()
    return made.rowcount


@contextmanager
def installation(*, postgresql: bool) -> Iterator[Flask]:
    with tempfile.TemporaryDirectory(prefix="perron-benchmark-") as folder:
        if not postgresql:
            with _on(Path(folder)) as app:
                yield app
            return
        with postgresql_server() as server, _on(Path(folder), database_url=server.url(server.create())) as app:
            yield app


@contextmanager
def _on(folder: Path, **settings: str) -> Iterator[Flask]:
    app = create_app(make_settings(folder, **settings))
    app.extensions["perron"].clock = MovableClock()
    beside(app, lambda: database_upgrade.upgrade(START))
    try:
        yield app
    finally:
        close(app)


def questions() -> dict[str, tuple[Callable[[], object], int]]:
    """What is asked, and how often; the funnel's answer is not the kept one."""
    flights = [flight_of(journey, "required") for journey in JOURNEYS.values()]
    first = flights[0]

    def figures(weeks: int, **filters: str) -> Callable[[], object]:
        return lambda: funnel.count(Question(first.journey, weeks, Filters(**filters), EVERYBODY), first, START).inside

    def people(page: int = 1, step: str | None = None, **filters: str) -> Callable[[], object]:
        wanted = Wanted(EVERYBODY, Filters(**filters), step)
        return lambda: len(desk_queue.stuck(wanted, flights, page).people)

    return {
        "queue": (people(), ROUNDS),
        "queue, page 10": (people(10), ROUNDS),
        "queue, one step": (people(step="scan-qr"), ROUNDS),
        "queue, one language": (people(language="en"), ROUNDS),
        "queue, counts by step": (lambda: sum(desk_queue.counts(Wanted(EVERYBODY), flights).values()), ROUNDS),
        "funnel, this week": (figures(1), 2),
        "funnel, 4 weeks": (figures(4), 2),
        "funnel, 4 weeks, one language": (figures(4, language="en"), 1),
        "funnel, 13 months": (figures(57), 1),
    }


def measure(app: Flask) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    for name, (ask, rounds) in questions().items():
        taken, busy, answer = [], [], None
        for _ in range(rounds):
            began, cpu = time.perf_counter(), time.process_time()
            answer = beside(app, ask)
            taken.append((time.perf_counter() - began) * 1000)
            busy.append((time.process_time() - cpu) * 1000)
        rows.append((name, str(answer), statistics.median(taken), max(taken), statistics.median(busy)))
        print(".", end="", file=sys.stderr, flush=True)
    return rows


def plan() -> str:
    flights = [flight_of(journey, "required") for journey in JOURNEYS.values()]
    asked = desk_queue.waiting(Wanted(EVERYBODY), flights).limit(desk_queue.PAGE + 1)
    sql = str(asked.compile(db.engine, compile_kwargs={"literal_binds": True}))
    explain = "EXPLAIN QUERY PLAN" if db.engine.dialect.name == "sqlite" else "EXPLAIN (COSTS OFF)"
    rows = db.session.connection().exec_driver_sql(f"{explain} {sql.replace('%', '%%')}")
    return "\n".join(str(row[-1]) for row in rows)


def main(accounts: int, *, postgresql: bool, plans: bool) -> int:
    for nobody_stuck in (False, True):
        with installation(postgresql=postgresql) as app:
            made = beside(app, lambda stuck=nobody_stuck: fill(accounts, nobody_stuck=stuck))
            print(f"{'PostgreSQL' if postgresql else 'SQLite'}, {accounts} accounts, {made} outcomes", end="")
            print(
                f"{', nobody stuck' if nobody_stuck else ''}, load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores:"
            )
            print(
                table(("question", "answer", "median ms", "slowest ms", "of it this process"), measure(app)), flush=True
            )
            if plans and not nobody_stuck:
                print(beside(app, plan), flush=True)
    return 0


if __name__ == "__main__":
    words = sys.argv[1:]
    sizes = [int(word) for word in words if word.isdigit()]
    sys.exit(main(*(sizes or [100_000]), postgresql="--postgresql" in words, plans="--plans" in words))
