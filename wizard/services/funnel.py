"""The way of all people through a journey, derived from what their posts led to: nobody is followed, nothing else is written down.

One question is worked out at a time, because it reads every outcome of its time. An answer holds for a minute; one that took long holds
ten times as long as it took, so that nobody can keep the database busy by asking.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import nlargest

from flask import current_app

from wizard.extensions import tools
from wizard.models.database import DatabaseBusy
from wizard.services import funnel_contacts, funnel_rows
from wizard.services.funnel_figures import Funnel, Tally, percentile
from wizard.services.funnel_flights import Flight
from wizard.services.funnel_questions import Filters, Question
from wizard.services.staff import Scope

HOLDS = timedelta(minutes=1)
TIMES = 10
PATIENCE = 5.0  # seconds
KEPT = 32  # answers
ORGANISATIONS = 20  # of those that came, the ones with the most people under way


_Key = tuple[str, int, Filters, Scope]


@dataclass(frozen=True)
class _Answer:
    """`holds`: how long it is good."""

    funnel: Funnel
    holds: timedelta

    @classmethod
    def of(cls, work_out: Callable[[], Funnel]) -> _Answer:
        began = time.monotonic()
        found = work_out()
        return cls(found, max(HOLDS, TIMES * timedelta(seconds=time.monotonic() - began)))

    def is_good(self, now: datetime) -> bool:
        return self.funnel.at <= now < self.funnel.at + self.holds


@dataclass
class _Answers:
    one_at_a_time: threading.Lock = field(default_factory=threading.Lock)
    kept: dict[_Key, _Answer] = field(default_factory=dict)

    def keep(self, key: _Key, answer: _Answer) -> None:
        self.kept.pop(key, None)
        while len(self.kept) >= KEPT:
            self.kept.pop(next(iter(self.kept)))
        self.kept[key] = answer


def ask(question: Question, flight: Flight) -> Funnel:
    """The figures of at most a minute ago, or of a little longer when counting them takes long; `at` says of when.

    While another question is worked out, an older answer is given where there is one. Raises `DatabaseBusy` where there is none and the
    turn does not come: agents who wait must not use up the threads by which people sign in.
    """
    answers: _Answers = current_app.extensions.setdefault("perron-funnel", _Answers())
    key = (question.journey, question.weeks, question.filters, question.scope)
    kept = answers.kept.get(key)
    if kept and kept.is_good(tools().clock.now()):
        return kept.funnel
    if not answers.one_at_a_time.acquire(timeout=0.01 if kept else PATIENCE):
        if kept:
            return kept.funnel
        raise DatabaseBusy("Other figures are being counted.")
    try:
        now = tools().clock.now()
        kept = answers.kept.get(key)
        if kept is None or not kept.is_good(now):
            kept = _Answer.of(lambda: count(question, flight, now))
            answers.keep(key, kept)
        return kept.funnel
    finally:
        answers.one_at_a_time.release()


def count(question: Question, flight: Flight, now: datetime) -> Funnel:
    """The figures at `now`, counted."""
    since = question.since(now)
    tally = Tally(flight)
    for group in funnel_rows.groups(question, flight, since, now):
        tally.take(group)
    reasons: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for (place, reason), times in funnel_rows.reasons(question, flight, since).items():
        reasons[place].append((reason, times))
    contacts = funnel_contacts.contacts(question, flight, since)
    monday = {number: since + timedelta(weeks=number) for number in range(question.weeks)}
    return Funnel(
        journey=flight.journey,
        since=since,
        at=now,
        treads=tuple(
            tally.tread(tread.number, tread.slug, _most_first(reasons[tread.number]), contacts.get(tread.number, 0))
            for tread in flight.treads
        ),
        inside=tally.came[flight.inside],
        middle=percentile(tally.whole, 50),
        weeks=tuple((monday[number], tally.weeks[number]) for number in sorted(tally.weeks) if number in monday),
        languages=tuple(sorted(tally.languages.items())),
        organisations=tuple(nlargest(ORGANISATIONS, tally.organisations.items(), key=lambda each: each[1].here)),
    )


def _most_first(reasons: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(reasons, key=lambda each: (-each[1], each[0])))
