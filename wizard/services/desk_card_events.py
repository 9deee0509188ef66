"""The last things that happened to an account, of the audit trail and of the outcomes of posts, in one list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from wizard.domain import desk_words_events as words
from wizard.domain.desk_words import STEP_WORDS, said
from wizard.models import Account, AuditEvent, Outcome, db

SHOWN = 10
READ = 200
"""Audit events that are read of one account, the newest."""
NOBODY_ELSE = frozenset({"person", "system"})
SAME_POST = timedelta(seconds=2)
LOOKS = "card-opened"


@dataclass(frozen=True)
class EventLine:
    """One event in words. `actor` is an agent's name or the operator in words, "" for the person and for the system."""

    at: datetime
    words: str
    actor: str = ""


def events_of(account: Account) -> list[AuditEvent]:
    """The account's newest audit events, newest first, without the agents' looks at the card."""
    mine = select(AuditEvent).where(AuditEvent.account_id == account.id, AuditEvent.kind != LOOKS)
    return list(db.session.scalars(mine.order_by(AuditEvent.id.desc()).limit(READ)))


def lines(events: list[AuditEvent], outcomes: tuple[Outcome, ...]) -> list[EventLine]:
    """The newest ten of both, newest first, in the reader's language."""
    told = [*_of_events(events), *outcome_lines(outcomes, events)]
    return sorted(told, key=lambda line: line.at, reverse=True)[:SHOWN]


def _of_events(events: list[AuditEvent]) -> Iterator[EventLine]:
    for event in events[:SHOWN]:
        actor = "" if event.actor in NOBODY_ELSE else str(said(words.ACTOR_WORDS, event.actor))
        yield EventLine(event.at, words.event_words(event.kind, event.payload), actor)


def outcome_lines(outcomes: tuple[Outcome, ...], events: list[AuditEvent]) -> Iterator[EventLine]:
    """What posts led to; a step that was done is left out where an audit event tells the same post."""
    for row in outcomes:
        if row.result == "done" and row.reason is None and _is_told(row, events):
            continue
        yield EventLine(row.at, _sentence(row))


def _is_told(row: Outcome, events: list[AuditEvent]) -> bool:
    if row.session_id is None:
        return False
    return any(event.session_id == row.session_id and abs(event.at - row.at) < SAME_POST for event in events)


def _sentence(row: Outcome) -> str:
    step = str(said(STEP_WORDS, row.step))
    if row.result == "refused":
        why = str(said(words.REASON_WORDS, row.reason or ""))
        return str(words.REFUSED).format(step=step, why=why)
    if row.reason is None:
        return str(words.DONE).format(step=step)
    return str(words.CHOSEN_WORDS.get(row.reason, words.DONE)).format(step=step)
