"""Counting tries in the database, before the secret is looked at (SEC-26).

Subjects are keyed digests, made alike for names that exist and names that do not (SEC-28).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select, tuple_
from sqlalchemy.exc import IntegrityError

from wizard.domain import throttle
from wizard.domain.throttle import Backoff, Counter, Rule, Verdict, Window
from wizard.extensions import tools
from wizard.models import Throttle, db, write


def password_rule() -> Backoff:
    settings = tools().settings
    return Backoff(
        settings.password_tries, settings.password_pause, settings.password_longest_pause, settings.password_fade
    )


def code_app_rule() -> Window:
    settings = tools().settings
    return Window(settings.code_tries, settings.password_fade, settings.code_pause)


def code_app_day_rule() -> Window:
    """However patiently somebody guesses: NIST SP 800-63B-4 allows 100 wrong codes in a row at most."""
    return Window(tools().settings.code_tries_a_day, 86400)


def subject_of(kind: str, name: str) -> str:
    """How `name` is written in counters and outcomes."""
    return tools().keyring.digest("subject:" + kind, name)


def count(kind: str, name: str, rule: Rule, fingerprint: str | None = None) -> Verdict:
    """Count one try of `kind` against `name` in a transaction of its own and judge it.

    `fingerprint` tells the same wrong secret typed again; it is digested before it is stored.
    """
    return count_all([(kind, name, rule)], fingerprint)[0]


def count_all(tries: list[tuple[str, str, Rule]], fingerprint: str | None = None) -> list[Verdict]:
    """Count one try against several counters in one transaction; counted in none unless all allow it."""
    now = tools().clock.now()
    mark = tools().keyring.digest("fingerprint", fingerprint) if fingerprint is not None else None
    _make_rows(tries)
    with write():
        rows = [_locked(kind, name) for kind, name, _ in tries]
        judged = [
            throttle.attempt(_counter(row), rule, now, mark) for row, (_, _, rule) in zip(rows, tries, strict=True)
        ]
        if all(verdict.allowed for _, verdict in judged):
            for row, (counter, _) in zip(rows, judged, strict=True):
                _store(row, counter)
    return [verdict for _, verdict in judged]


def book(bookings: list[tuple[str, str, int, float]], horizon: float) -> datetime | None:
    """Book one mail or the like in several counters, in the open transaction; the latest moment that they give.

    Each booking is (kind, name, limit, seconds): so many at once, then in even distances. None, and booked in none of them, when one
    gives no moment within `horizon` seconds.
    """
    now = tools().clock.now()
    rows = [_locked(kind, name) for kind, name, _limit, _seconds in bookings]
    booked = [
        throttle.book(_counter(row), limit, seconds, horizon, now)
        for row, (_kind, _name, limit, seconds) in zip(rows, bookings, strict=True)
    ]
    moments = [moment for _counter_after, moment in booked if moment is not None]
    if len(moments) < len(booked):
        return None
    for row, (counter, _moment) in zip(rows, booked, strict=True):
        _store(row, counter)
    return max(moments)


def first_refusal(tries: list[tuple[str, str, Rule]]) -> Verdict:
    """Count one try against several counters and give the verdict of the first that refuses, else that of the first."""
    verdicts = count_all(tries)
    return next((verdict for verdict in verdicts if not verdict.allowed), verdicts[0])


def paused_until(kind: str, name: str) -> datetime | None:
    """When the pause of this counter ends, None while there is none. Reads only."""
    return _paused_until(db.session.get(Throttle, (kind, subject_of(kind, name))))


def left_of(kind: str, name: str, rule: Window) -> tuple[int, datetime | None]:
    """How many tries a window still has, and when it begins anew if none is left. Reads only."""
    return _left_of(db.session.get(Throttle, (kind, subject_of(kind, name))), rule)


class Counters:
    """Several counters, (kind, name) each, as they stood when this was made: read with one question, for who looks at many."""

    def __init__(self, named: Iterable[tuple[str, str]]) -> None:
        keys = [(kind, subject_of(kind, name)) for kind, name in named]
        rows = db.session.scalars(select(Throttle).where(tuple_(Throttle.kind, Throttle.subject).in_(keys)))
        self._rows = dict.fromkeys(keys) | {(row.kind, row.subject): row for row in rows}

    def paused_until(self, kind: str, name: str) -> datetime | None:
        """When the pause of this counter ends, None while there is none. Raises `KeyError` for one that was not read."""
        return _paused_until(self._rows[kind, subject_of(kind, name)])

    def left_of(self, kind: str, name: str, rule: Window) -> tuple[int, datetime | None]:
        """How many tries a window still has, and when it begins anew if none is left. Raises `KeyError` for one that was not read."""
        return _left_of(self._rows[kind, subject_of(kind, name)], rule)


def _paused_until(row: Throttle | None) -> datetime | None:
    return row.paused_until if row and row.paused_until and row.paused_until > tools().clock.now() else None


def _left_of(row: Throttle | None, rule: Window) -> tuple[int, datetime | None]:
    if row is None:
        return rule.limit, None
    _, verdict = throttle.attempt(_counter(row), rule, tools().clock.now())
    if verdict.allowed:
        return (verdict.left or 0) + 1, None
    return 0, verdict.paused_until


def reset(kind: str, name: str) -> None:
    """A right try: the counter starts anew. Runs inside the step's transaction."""
    _store(_locked(kind, name), Counter())


def take_back(kind: str, name: str) -> None:
    """A right try at something that many share: only this one is taken back."""
    row = _locked(kind, name)
    _store(row, replace(_counter(row), count=max(0, row.count - 1), paused_until=None))


def _make_rows(tries: list[tuple[str, str, Rule]]) -> None:
    missing = [(kind, subject_of(kind, name)) for kind, name, _ in tries]
    missing = [key for key in missing if db.session.get(Throttle, key) is None]
    for key in missing:
        try:
            with write() as session:
                session.add(Throttle(kind=key[0], subject=key[1], count=0, fingerprints=[]))
        except IntegrityError:
            continue  # made by a request at the same moment


def _locked(kind: str, name: str) -> Throttle:
    key = (kind, subject_of(kind, name))
    mine = select(Throttle).where(Throttle.kind == key[0], Throttle.subject == key[1])
    statement = mine.with_for_update().execution_options(populate_existing=True)
    row = db.session.scalar(statement)
    if row is None:
        row = Throttle(kind=key[0], subject=key[1], count=0, fingerprints=[])
        try:
            with db.session.begin_nested():
                db.session.add(row)
        except IntegrityError:  # made at the same moment by another transaction, which has been committed since
            row = db.session.scalars(statement).one()
    return row


def _counter(row: Throttle) -> Counter:
    return Counter(row.count, row.last_at, row.paused_until, tuple(row.fingerprints), row.window_start)


def _store(row: Throttle, counter: Counter) -> None:
    row.count, row.last_at, row.paused_until = counter.count, counter.last_at, counter.paused_until
    row.fingerprints, row.window_start = list(counter.fingerprints), counter.window_start
