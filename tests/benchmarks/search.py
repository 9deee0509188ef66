"""How long the helpdesk waits for the first page of people, and how the database finds them.

`python -m tests.benchmarks.search [ACCOUNTS] [--postgresql] [--plans]`: so many accounts (100 000) in organisations of 200, with names in
Latin, Arabic, Cyrillic and Chinese letters, on SQLite or on a PostgreSQL of its own, in a temporary folder. Prints what the texts and
their index cost, the median and the slowest of twenty of each kind of question, and with `--plans` every statement's plan.
The exit status is 1 when a kind of question whose person is there finds nobody.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from sqlalchemy import event, insert, select, text

from tests.benchmarks.installation import table
from tests.support.clock import START, MovableClock
from tests.support.databases import close
from tests.support.postgresql import postgresql_server
from tests.support.rows import beside
from tests.support.settings import make_settings
from wizard import create_app
from wizard.models import Account, Membership, Office, Organisation, Outcome, SearchEntry, db, search_index
from wizard.services import database_upgrade, people_search
from wizard.services.staff import Agent, Scope

A_THOUSAND = 1000
ROUNDS = 20
COUNTRIES = ("NE", "ML", "TD", "BF", "SN", "KE", "UG", "YE", "UA", "CO")
SYLLABLES = [each + vowel for each in "mrjsltknfpdhgbc" for vowel in "aeiou"]
GIVEN = "maria mohamed fatima anna josé amina léa søren zoë jürgen garcía-márquez".split()  # noqa: SIM905
ARABIC = "محمد فاطمة أحمد عائشة يوسف خديجة إبراهيم مريم حسن زينب".split()  # noqa: SIM905
CYRILLIC = "Иван Мария Фёдор Анна Сергей Ольга Дмитрий Наталья Ковальчук Шевченко".split()  # noqa: SIM905
WORK = ("Relief", "Aid", "Foundation", "Health", "Water", "Schools", "Shelter", "Rights", "Women", "Harvest")
CHINESE = "王李张刘陈杨黄赵周吴"
CHINESE_GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂红"

Question = Callable[[], people_search.Page]


@dataclass
class Names:
    """Names as they are dealt out; the same in every run."""

    chance: random.Random = field(default_factory=lambda: random.Random(20261120))

    def __post_init__(self) -> None:
        self.given = [self._made(2, 3) for _ in range(3000)]
        self.family = [self._made(2, 4) for _ in range(30_000)] + ["garcia"] * 300

    def _made(self, fewest: int, most: int) -> str:
        return "".join(self.chance.choices(SYLLABLES, k=self.chance.randint(fewest, most)))

    def person(self) -> tuple[str, str]:
        """Given and family name; one of ten bears a frequent given name, four of ten write in other letters."""
        turn = self.chance.random()
        if turn < 0.15:
            return self.chance.choice(ARABIC), self.chance.choice(ARABIC) + self.chance.choice(ARABIC)
        if turn < 0.3:
            return self.chance.choice(CYRILLIC), self.chance.choice(CYRILLIC) + "енко"
        if turn < 0.4:
            return "".join(self.chance.choices(CHINESE_GIVEN, k=2)), self.chance.choice(CHINESE)
        given = self.chance.choice(GIVEN if turn < 0.5 else self.given)
        return given.title(), self.chance.choice(self.family).title()


def fill(accounts: int) -> None:
    """Accounts, organisations and memberships, without the texts by which they are found."""
    names, organisations = Names(), max(1, accounts // 200)
    owners, offices = [], []
    for number in range(organisations):
        name = f"{names.chance.choice(names.family).title()} {names.chance.choice(WORK)} {number:05d}"
        owners.append(
            {"id": f"o{number}", "name": name, "name_key": name.casefold(), "kind": "company", "created_at": START}
        )
        offices += [
            {
                "id": f"f{number}-{turn}", "organisation_id": f"o{number}", "name": f"Office {turn}", "name_key": str(turn),
                "kind": "country-office", "country": COUNTRIES[(number + turn) % len(COUNTRIES)], "created_at": START,
            }
            for turn in range(5)
        ]  # fmt: skip
    _insert(Organisation, owners)
    _insert(Office, offices)
    for first in range(0, accounts, 10_000):
        numbers = range(first, min(first + 10_000, accounts))
        _insert(Account, [_account(names, number, organisations) for number in numbers])
        _insert(Membership, [_membership(number, organisations) for number in numbers])
    code = {"at": START, "journey": "sign-in", "step": "enter-code", "result": "refused", "help_code": "K7-42Q"}
    _insert(Outcome, [code | {"account_id": f"{accounts // 2:08d}"}])


def _insert(model: Any, rows: list[dict[str, Any]]) -> None:
    with db.engine.connect().execution_options(perron_write=5.0) as connection:
        connection.execute(insert(model), rows)
        connection.commit()


def _account(names: Names, number: int, organisations: int) -> dict[str, Any]:
    given, family = names.person()
    username = f"{given.lower() if given.isascii() else 'user'}.{number:07d}"
    email = f"{username}@org{number % organisations}.example"
    said = {"given_name": given, "family_name": family, "display_name": f"{given} {family}"}
    keys = {"username": username, "username_key": username, "email": email, "email_key": email}
    language = "fr" if number % 500 else "ps"
    return {"id": f"{number:08d}", "created_at": START, "journey": "sign-in", "language": language, **keys, **said}


def _membership(number: int, organisations: int) -> dict[str, Any]:
    organisation, office = number % organisations, number // organisations % 5
    return {
        "id": f"m{number}", "account_id": f"{number:08d}", "organisation_id": f"o{organisation}",
        "office_id": f"f{organisation}-{office}", "role": "reader", "created_at": START, "accepted_at": START,
    }  # fmt: skip


def questions(accounts: int) -> dict[str, tuple[Question, bool]]:
    """Each kind of question, and whether somebody must be found."""
    middle = f"{accounts // 2:07d}"

    def ask(q: str, page: int = 1, **scope: str) -> Question:
        agent = Agent("agent", "Agent", "agent", Scope(**scope))
        return lambda: people_search.find(agent, q, page)

    return {
        "help code": (ask("k7 42q"), True),
        "user name, rare part": (ask(middle), True),
        "address, whole": (ask(_address(middle)), True),
        "name, frequent": (ask("María"), True),
        "name, frequent, page 5": (ask("maria", page=5), accounts > A_THOUSAND),
        "beginning of a name": (ask("garc"), True),
        "inside a word": (ask("arci"), True),
        "inside a frequent word": (ask("elief"), True),
        "two words": (ask("garcia maria"), accounts > A_THOUSAND),
        "three words, one an organisation": (ask("amina garcia relief"), accounts > A_THOUSAND),
        "one letter": (ask("a"), True),
        "two letters": (ask("zo"), True),
        "organisation": (ask("org3.example"), True),
        "Arabic": (ask("احمد"), True),
        "Arabic, two words": (ask("خديجة يوسف"), True),
        "Cyrillic, accent left out": (ask("федор"), True),
        "Chinese, two letters": (ask("明超"), accounts > A_THOUSAND),
        "nothing, unlike everything": (ask("qqxxqq"), False),
        "nothing, like much": (ask("mariagarcialopez"), False),
        "only marks": (ask('" % * _'), False),
        "in one organisation, frequent": (ask("ma", organisation_id="o3"), accounts > A_THOUSAND),
        "in one organisation, nothing": (ask("qqxxqq", organisation_id="o3"), False),
        "in one organisation and country": (ask("m", organisation_id="o3", country="KE"), True),
        "in one country, frequent": (ask("maria", country="NE"), accounts > A_THOUSAND),
        "in one country, rare": (ask("garc", country="NE"), accounts > A_THOUSAND),
        "in one country and language": (ask("amina", country="ML", language="fr"), accounts > A_THOUSAND),
        "in a rare language, frequent": (ask("maria", language="ps"), accounts > A_THOUSAND),
    }


def _address(number: str) -> str:
    found = select(Account.email).where(Account.id == number.zfill(8))
    return str(db.session.scalar(found))


def measure(asked: dict[str, tuple[Question, bool]]) -> tuple[list[tuple[object, ...]], list[str]]:
    """Milliseconds of each kind of question as the whole of `find` takes them, and the kinds that found nobody and should have.

    The transaction is open already, as in a request, which has read who is asking before it searches.
    Work is the processor's time of this process and of PostgreSQL's beside it, which others on the machine lengthen little.
    """
    rows: list[tuple[object, ...]] = []
    wrong = []
    servers = server_processes()
    for kind, (ask, finds) in asked.items():
        times, worked = [], []
        for _ in range(ROUNDS):
            db.session.rollback()
            db.session.connection()
            began, work = time.perf_counter(), worked_so_far(servers)
            page = ask()
            times.append((time.perf_counter() - began) * 1000)
            worked.append((worked_so_far(servers) - work) * 1000)
        slow = sorted(times)[int(ROUNDS * 0.95) - 1]
        rows.append(
            (
                kind,
                statistics.median(times),
                slow,
                min(times),
                statistics.median(worked),
                f"{len(page.rows)}{'+' if page.more else ''}",
            )
        )
        if finds and not page.rows:
            wrong.append(kind)
    return rows, wrong


def server_processes() -> list[Path]:
    """What the kernel tells of PostgreSQL's processes on this machine that serve this one; none for SQLite."""
    if db.engine.dialect.name == "sqlite":
        return []
    asked = "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
    return [Path(f"/proc/{pid}/schedstat") for pid in db.session.scalars(text(asked))]


def worked_so_far(servers: list[Path]) -> float:
    """Seconds of processor."""
    return time.thread_time() + sum(int(each.read_text().split()[0]) for each in servers if each.exists()) / 1e9


def print_plans(asked: dict[str, tuple[Question, bool]]) -> None:
    """Every statement of each kind of question, and what the database makes of it."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        seen.append((statement, values))

    how = "EXPLAIN QUERY PLAN " if db.engine.dialect.name == "sqlite" else "EXPLAIN (ANALYZE, COSTS OFF) "
    for kind, (ask, _) in asked.items():
        seen.clear()
        event.listen(db.engine, "before_cursor_execute", note)
        ask()
        event.remove(db.engine, "before_cursor_execute", note)
        print(f"\n== {kind}")
        for statement, values in list(seen):
            if "search_" not in statement:
                continue
            print("-- " + " ".join(statement.split()))
            with db.engine.connect() as connection:
                for row in connection.exec_driver_sql(how + statement, values):
                    print("   " + str(row[-1]))


def size() -> str:
    """The texts and their index, in MB. Ends the transaction: one that stays open keeps SQLite from tidying up its log."""
    db.session.rollback()
    if db.engine.dialect.name == "sqlite":
        pages = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        whole = db.session.execute(text(pages)).scalar_one()
        db.session.rollback()
        return f"{whole / 1e6:.0f} MB, the whole database"
    sizes = "SELECT pg_table_size('search_entries'), pg_indexes_size('search_entries')"
    texts, indexes = db.session.execute(text(sizes)).one()
    return f"texts {texts / 1e6:.0f} MB, indexes {indexes / 1e6:.0f} MB"


def run(app: Flask, accounts: int, *, plans: bool) -> int:
    database_upgrade.upgrade(START)
    app.extensions["perron"].clock = MovableClock(START + timedelta(hours=1))
    fill(accounts)
    before = size()
    began = time.perf_counter()
    with db.engine.connect().execution_options(perron_write=5.0) as connection:
        people_search.rebuild(connection)
        connection.commit()
    took = time.perf_counter() - began
    if db.engine.dialect.name == "postgresql":
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
    entry = db.session.scalar(select(SearchEntry.text).limit(1))
    print(f"{accounts} accounts on {db.engine.dialect.name}, {search_index.kind()}; for example:{entry}")
    print(f"Built in {took:.1f} s, {accounts / took:.0f} a second. Before: {before}; after: {size()}.")
    print(f"Load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores. The first page, in ms:")
    asked = questions(accounts)
    rows, wrong = measure(asked)
    print(table(("question", "median", "95 %", "least", "work", "people"), rows))
    if plans:
        print_plans(asked)
    print("".join(f"\nNobody was found: {kind}." for kind in wrong))
    return 1 if wrong else 0


@contextmanager
def database(folder: Path, *, is_postgresql: bool) -> Iterator[str]:
    """The address of an empty database; PostgreSQL's knows the letters of all scripts, as usual installations do."""
    if not is_postgresql:
        yield f"sqlite:///{folder / 'perron.sqlite3'}"
        return
    with postgresql_server() as server:
        admin = server.url("postgres").replace("+psycopg", "")
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute("CREATE DATABASE perron TEMPLATE template0 LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'")
        yield server.url("perron")


def main(arguments: list[str]) -> int:
    accounts = next((int(each) for each in arguments if each.isdigit()), 100_000)
    with (
        tempfile.TemporaryDirectory(prefix="perron-benchmark-") as name,
        database(Path(name), is_postgresql="--postgresql" in arguments) as url,
    ):
        app = create_app(make_settings(Path(name), database_url=url))
        app.testing = True
        try:
            return beside(app, lambda: run(app, accounts, plans="--plans" in arguments))
        finally:
            close(app)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
