"""Do pages take the same time for names that exist and names that do not (SEC-28), and the search for who is out of scope (SEC-55)?

`python -m tests.benchmarks.likeness [SAMPLES]`: interleaved samples a class; medians, and the two-sided p of Mann and
Whitney against the class "nobody". security.md, section 7, asks for 2 000 samples and fails at p < 0.01 with a gap of
more than 2 ms; so does the exit status.
"""

from __future__ import annotations

import math
import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from flask import Flask

from tests.benchmarks.installation import installation, table
from tests.benchmarks.lean import LeanBrowser
from tests.support.moved import NIGER, add_office
from tests.support.people import completed, disable, invite
from tests.support.rows import beside, rows_of
from wizard.extensions import tools
from wizard.models import Account, write
from wizard.services import memberships, people_search
from wizard.services.staff import Agent, Scope
from wizard.settings import Settings

NOTABLE, GAP = 0.01, 0.002
UNLIMITED = 1_000_000
Sample = Callable[[], float]


def mann_whitney(first: Sequence[float], second: Sequence[float]) -> float:
    """The two-sided p that both samples come from one distribution: normal approximation with ties, for 20 values or more."""
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    ranks, ties, at = [0.0, 0.0], 0.0, 0
    while at < len(ranked):
        end = at
        while end < len(ranked) and ranked[end][0] == ranked[at][0]:
            end += 1
        for _, whose in ranked[at:end]:
            ranks[whose] += (at + 1 + end) / 2
        ties += (end - at) ** 3 - (end - at)
        at = end
    n, m = len(first), len(second)
    whole = n + m
    u = ranks[0] - n * (n + 1) / 2
    spread = math.sqrt(n * m / 12 * (whole + 1 - ties / (whole * (whole - 1))))
    return math.erfc(abs(u - n * m / 2) / spread / math.sqrt(2)) if spread else 1.0


def wrong_passwords(app: Flask, name: str) -> Sample:
    """Each sample is one wrong password for `name`."""
    browser = LeanBrowser(app).get("/sign-in").post(username=name)
    numbers = count()

    def sample() -> float:
        before = browser.wall
        browser.post(password=f"wrong password {next(numbers)}")
        assert browser.statuses[-1] == 422, browser.statuses[-1]
        return browser.wall - before

    return sample


def arrivals(app: Flask, name: str) -> Sample:
    """Each sample is the arrival at the page that has a mail sent, in a browser of its own."""

    def sample() -> float:
        browser = LeanBrowser(app).get("/forgotten-password")
        before = browser.wall
        browser.post(username=name)
        assert browser.path.endswith("/verify-email"), browser.path
        return browser.wall - before

    return sample


def searches(app: Flask, organisation_id: str, question: str) -> Sample:
    """Each sample is one search of an agent who sees this organisation only; it finds nobody."""
    agent = Agent("agent", "Agent", "agent", Scope(organisation_id=organisation_id))

    def act() -> float:
        before = time.perf_counter()
        found = people_search.find(agent, question)
        assert not found.rows, question
        return time.perf_counter() - before

    return lambda: beside(app, act)


def search_classes(app: Flask, number: int) -> bool:
    """Whether the search takes as long for somebody out of scope as for nobody."""
    seen, hidden = (completed(app, name) for name in ("amina.seen", "amina.hidden"))
    organisation_id = beside(app, lambda: _members(seen.account_id, hidden.account_id))
    kinds = {
        "user name": ("amina.hidden", "amina.hidding"),
        "address": ("amina.hidden@example.org", "amina.hidding@example.org"),
        "part of a word": ("mina.hidd", "mina.hiss"),
        "two words": ("amina hidden", "amina hidding"),
    }
    alike = True
    for kind, (there, nobody) in kinds.items():
        samples = {"nobody": nobody, "out of scope": there}
        found = interleaved({name: searches(app, organisation_id, q) for name, q in samples.items()}, number)
        alike &= report(f"The helpdesk's search within a scope: {kind}", found)
    return alike


def _members(seen: str, hidden: str) -> str:
    """Puts each into an organisation of its own and returns the first one's id."""
    offices = [add_office(NIGER, name) for name in ("One", "Two")]
    with write():
        for account_id, office in zip((seen, hidden), offices, strict=True):
            memberships.add(account_id, office, "reader", tools().clock.now())
        people_search.refresh([seen, hidden])
    return offices[0].organisation_id


def prepare(app: Flask) -> dict[str, str]:
    """A name of each class."""
    known, invited, gone = completed(app, "known.person"), invite(app, "invited.person"), completed(app, "gone.person")
    disable(app, gone)
    ended = completed(app, "ended.person")

    def end_password() -> None:
        with write() as session:
            row = session.get_one(Account, ended.account_id)
            row.former_password_hash, row.password_hash, row.password_ended_at = (
                row.password_hash,
                None,
                row.password_set_at,
            )

    beside(app, end_password)
    assert rows_of(app, Account, id=ended.account_id)[0].password_hash is None
    return {
        "nobody": "nobody.person",
        "known": known.username,
        "invited, no own password": invited.username,
        "disabled": gone.username,
        "own password ended": ended.username,
    }


def interleaved(samples: dict[str, Sample], number: int) -> dict[str, list[float]]:
    """`number` samples of each class, in an order that is drawn anew each round."""
    dice, found = random.Random(7), {name: list[float]() for name in samples}
    for _ in range(number):
        for name in dice.sample(sorted(samples), len(samples)):
            found[name].append(samples[name]())
    return found


def report(title: str, found: dict[str, list[float]]) -> bool:
    """Print the table; says whether every class is like "nobody"."""
    nobody = found["nobody"]
    rows: list[tuple[object, ...]] = []
    alike = True
    for name, values in found.items():
        p = mann_whitney(values, nobody) if name != "nobody" else 1.0
        gap = statistics.median(values) - statistics.median(nobody)
        alike = alike and not (p < NOTABLE and abs(gap) > GAP)
        rows.append((name, len(values), f"{statistics.median(values) * 1000:.2f}", f"{gap * 1000:+.2f}", f"{p:.3f}"))
    print(title)
    print(table(("class", "samples", "median ms", "gap ms", "p"), rows), end="\n\n")
    return alike


def main(number: int = 300) -> int:
    open_doors: dict[str, Any] = {"source_limit": UNLIMITED, "outer_limit": f"{UNLIMITED} per minute"}
    many = open_doors | dict.fromkeys(
        ("password_tries", "mailed_sends", "mailed_sends_a_day", "mailed_code_stop"), UNLIMITED
    )
    with installation(argon2=Settings().argon2, **many) as app:
        names = prepare(app)
        alike = report(
            "Enter password: one wrong password",
            interleaved({kind: wrong_passwords(app, name) for kind, name in names.items()}, number),
        )
        alike &= report(
            "Forgotten password: arrival at the page that has a mail sent",
            interleaved({kind: arrivals(app, name) for kind, name in names.items()}, number),
        )
    with installation(argon2=Settings().argon2, **open_doors) as app:
        pair = {"nobody": "nobody.person", "known": completed(app, "known.person").username}
        paused = {kind: wrong_passwords(app, name) for kind, name in pair.items()}
        interleaved(paused, 10)  # from here on both are in a pause: no password is checked
        alike &= report("Enter password: in a pause", interleaved(paused, number))
        alike &= search_classes(app, number)
    print("Alike." if alike else "NOT alike.")
    return 0 if alike else 1


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:2])))
