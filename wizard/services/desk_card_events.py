"""The last things that happened to an account, of the audit trail and of the outcomes of posts, in one list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import groupby, islice
from typing import Any

from sqlalchemy import select

from wizard.domain import desk_words_events as words
from wizard.domain.desk_words import STEP_WORDS, said
from wizard.models import Account, AuditEvent, Outcome, db
from wizard.services import caller_checks, resets

SHOWN = 10
READ = 200
"""Audit events that are read of one account, the newest."""
TOLD_BY_ACT = {
    "step-reset": "reset-step",
    "account-changed": "change-address",
    "account-disabled": "disable",
    "account-enabled": "enable",
}
"""By kind of event: the agent's act that says the same, and why."""
NOBODY_ELSE = frozenset({"person", "system"})
SAME_POST = timedelta(seconds=2)
LOOKS = "card-opened"


@dataclass(frozen=True)
class EventLine:
    """One event in words. `actor` is an agent's name or the operator in words, "" for the person and for the system.

    What happened several `times` on end is one line: `at` is the last time, `since` the first.
    """

    at: datetime
    words: str
    actor: str = ""
    times: int = 1
    since: datetime | None = None


def events_of(account: Account) -> list[AuditEvent]:
    """The account's newest audit events, newest first, without the agents' looks at the card."""
    mine = select(AuditEvent).where(AuditEvent.account_id == account.id, AuditEvent.kind != LOOKS)
    return list(db.session.scalars(mine.order_by(AuditEvent.id.desc()).limit(READ)))


def lines(events: list[AuditEvent], outcomes: tuple[Outcome, ...]) -> list[EventLine]:
    """The newest ten of both, newest first, in the reader's language."""
    told = merge(_of_events(events), outcome_lines(outcomes, events), key=lambda line: line.at, reverse=True)
    return list(islice(folded(told), SHOWN))


def folded(told: Iterable[EventLine]) -> Iterator[EventLine]:
    """The lines, newest first, with neighbours that say the same as one."""
    for (sentence, actor), alike in groupby(told, key=lambda line: (line.words, line.actor)):
        last, *earlier = alike
        yield EventLine(last.at, sentence, actor, 1 + len(earlier), earlier[-1].at) if earlier else last


def were_undone(events: list[AuditEvent]) -> list[AuditEvent]:
    """The agents' acts that were taken back, and what came about by them."""
    taken_back = {event.told["desk_act"] for event in events if event.told.get("turn") == "undone"}
    return [event for event in events if (act := _act_of(event, events)) and act.told["desk_act"] in taken_back]


def _of_events(events: list[AuditEvent]) -> Iterator[EventLine]:
    for event in events:
        if _act_of(event, events) not in {None, event} or _is_told_by_flag(event):
            continue
        actor = "" if event.actor in NOBODY_ELSE else str(said(words.ACTOR_WORDS, event.actor))
        payload = _payload(event)
        sentence = words.event_words(event.kind, payload, actor)
        yield EventLine(event.at, sentence, "" if words.names_actor(event.kind, payload) else actor)


def _is_told_by_flag(event: AuditEvent) -> bool:
    """Whether it is the phone's answer to an agent of which a flag tells too."""
    return event.kind == "caller-answered" and event.told.get("answer") in caller_checks.WARNINGS


def _act_of(event: AuditEvent, events: list[AuditEvent]) -> AuditEvent | None:
    """The event of the agent's act by which this one came about: itself when it is one; None: it was no agent's act."""
    if event.kind == "desk-act":
        return event
    if event.kind not in TOLD_BY_ACT:
        return None
    done = {"act": TOLD_BY_ACT[event.kind], "step": event.told.get("step"), "turn": "done"}.items()
    near = (each for each in events if each.kind == "desk-act" and abs(each.at - event.at) < SAME_POST)
    return next((each for each in near if done <= each.told.items()), None)


def _payload(event: AuditEvent) -> dict[str, Any]:
    told = event.told
    wanted = caller_checks.wanted_of(str(told.get("purpose") or ""))
    if wanted is not None:
        told = told | {"act": wanted.act, "step": wanted.step}
    step = told.get("step")
    return told | {"step": resets.step_of(step)} if step else told


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
