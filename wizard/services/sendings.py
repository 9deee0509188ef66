"""Sendings: the mails that one command wrote, counted together and paused together.

When too many of them are refused at hand-over, the list of addresses is bad or somebody takes the mails for unwanted ones; going on
would harm every later mail of the installation. The rest then waits until an operator has looked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, func, insert, or_, select, update

from wizard.domain.secrets_made import new_id
from wizard.extensions import tools
from wizard.models import Issue, OutboxMail, Sending, db, write
from wizard.models.database import rows_changed
from wizard.models.outbox import GIVEN_UP, HANDED_OVER, REFUSED, WAITING
from wizard.services import audit

FEWEST = 20  # mails; before that many have met a server no share is judged
USEFUL = timedelta(hours=72)  # for a mail that was paused, from its new turn on
BATCH = 200  # mails resumed in a transaction
TOO_MANY_REFUSED = "too-many-refused"
_SETTLED = (HANDED_OVER, REFUSED)


class UnknownSending(LookupError):
    """There is no sending with this id."""


class NotPaused(Exception):
    """The sending is not paused, or nothing of it waits any more."""


@dataclass(frozen=True)
class Tally:
    """How many mails of a sending have met a server, and how many of them were refused."""

    settled: int = 0
    refused: int = 0

    @property
    def young(self) -> bool:
        return self.settled < FEWEST

    @property
    def too_many(self) -> bool:
        return not self.young and self.refused * 100 > self.settled * tools().settings.refused_share


@dataclass(frozen=True)
class Standing:
    """One sending at a glance; counts are mails."""

    id: str
    kind: str
    created_at: datetime
    paused_at: datetime | None
    paused_reason: str | None
    waiting: int = 0
    handed_over: int = 0
    refused: int = 0
    given_up: int = 0


@dataclass(frozen=True)
class Resumed:
    """What goes on: as which sending, how many mails, and how many had lost their use meanwhile."""

    sending_id: str | None
    mails: int
    given_up: int


def begin(kind: str, now: datetime) -> str:
    """A new sending, inside an open `write()`; returns its id."""
    sending_id = new_id()
    db.session.execute(insert(Sending), [{"id": sending_id, "kind": kind, "created_at": now}])
    return sending_id


def not_paused() -> ColumnElement[bool]:
    """Whether the mail belongs to no sending, or to one that goes on."""
    paused = select(Sending.id).where(Sending.paused_at.is_not(None))
    return or_(OutboxMail.sending_id.is_(None), OutboxMail.sending_id.not_in(paused))


def tallies(sending_ids: Collection[str]) -> dict[str, Tally]:
    """How these sendings have fared so far."""
    found = dict.fromkeys(sending_ids, Tally())
    counts = (OutboxMail.sending_id, func.count(), func.sum(case((OutboxMail.state == REFUSED, 1), else_=0)))
    of_them = select(*counts).where(OutboxMail.sending_id.in_(sending_ids), OutboxMail.state.in_(_SETTLED))
    for sending_id, settled, refused in db.session.execute(of_them.group_by(OutboxMail.sending_id)) if found else ():
        found[sending_id] = Tally(int(settled), int(refused))
    return found


def pause_if_refused(sending_id: str, now: datetime) -> bool:
    """Pause the sending when too many of its mails were refused, inside an open `write()`; True for who pauses it.

    One conditional update: of several deliverers that see the same figures one is told True.
    """
    settled = _number(sending_id, *_SETTLED)
    too_many = (settled >= FEWEST, _number(sending_id, REFUSED) * 100 > settled * tools().settings.refused_share)
    going_on = update(Sending).where(Sending.id == sending_id, Sending.paused_at.is_(None), *too_many)
    if not rows_changed(going_on.values(paused_at=now, paused_reason=TOO_MANY_REFUSED)):
        return False
    audit.record("sending-paused", account_id=None, actor="system", sending=sending_id)
    return True


def _number(sending_id: str, *states: str) -> Any:
    of_sending = select(func.count()).select_from(OutboxMail).where(OutboxMail.sending_id == sending_id)
    return of_sending.where(OutboxMail.state.in_(states)).scalar_subquery()


def standings() -> Iterator[Standing]:
    """All sendings, the newest first."""
    counts: dict[str, dict[str, int]] = {}
    by_state = select(OutboxMail.sending_id, OutboxMail.state, func.count()).where(OutboxMail.sending_id.is_not(None))
    for sending_id, state, number in db.session.execute(by_state.group_by(OutboxMail.sending_id, OutboxMail.state)):
        counts.setdefault(str(sending_id), {})[state.replace("-", "_")] = number
    for row in db.session.scalars(select(Sending).order_by(Sending.created_at.desc(), Sending.id)):
        told: dict[str, Any] = counts.get(row.id, {})
        yield Standing(row.id, row.kind, row.created_at, row.paused_at, row.paused_reason, **told)


def resume(sending_id: str) -> Resumed:
    """Let the mails that wait in a paused sending go on, as a new sending whose share is counted from the beginning.

    They keep their distances and are useful for 72 hours more, but never past the end of their invitation; one whose invitation has
    ended meanwhile is given up. Works in batches: after a kill, resuming again takes those left. Raises `UnknownSending`, `NotPaused`.
    """
    now = tools().clock.now()
    row = db.session.get(Sending, sending_id)
    if row is None:
        raise UnknownSending(sending_id)
    if row.paused_at is None:
        raise NotPaused(sending_id)
    kind, delay = row.kind, now - row.paused_at
    resumed = Resumed(None, 0, 0)
    while True:
        with write():
            mails = list(db.session.execute(_waiting(sending_id)))
            if not mails:
                break
            new = resumed.sending_id or _begin_again(sending_id, kind, now)
            rows = [_moved(*mail, delay=delay, now=now) for mail in mails]
            going = [each for each in rows if each["until"] > each["due"]]
            useless = [each["of"] for each in rows if each["until"] <= each["due"]]
            _move(going, useless, new)
            resumed = Resumed(new, resumed.mails + len(going), resumed.given_up + len(useless))
    if resumed.sending_id is None:
        raise NotPaused(sending_id)
    return resumed


def _begin_again(sending_id: str, kind: str, now: datetime) -> str:
    new = begin(kind, now)
    audit.record("sending-resumed", account_id=None, actor="operator", sending=sending_id, as_sending=new)
    return new


def _waiting(sending_id: str) -> Select[str, str, datetime, datetime]:
    """The mails that still wait, with the end of the invitation that each carries (an announcement carries none)."""
    ends = (
        select(func.max(Issue.ends_at))
        .where(Issue.account_id == OutboxMail.account_id, Issue.ended_at.is_(None))
        .where(Issue.created_at <= OutboxMail.created_at)
        .correlate(OutboxMail)
        .scalar_subquery()
    )
    waiting = select(OutboxMail.id, OutboxMail.kind, OutboxMail.due_at, ends)
    of_sending = waiting.where(OutboxMail.sending_id == sending_id, OutboxMail.state == WAITING)
    return of_sending.order_by(OutboxMail.due_at, OutboxMail.id).limit(BATCH)


def _moved(
    mail_id: str, kind: str, due_at: datetime, ends: datetime | None, *, delay: timedelta, now: datetime
) -> dict[str, Any]:
    due = max(now, due_at + delay)
    until = due + USEFUL if kind == "announcement" else min(due + USEFUL, ends or now)
    return {"of": mail_id, "due": due, "until": until}


def _move(going: list[dict[str, Any]], useless: list[str], sending_id: str) -> None:
    waiting = (OutboxMail.id == bindparam("of"), OutboxMail.state == WAITING)
    values = {"sending_id": sending_id, "due_at": bindparam("due"), "useful_until": bindparam("until")}
    if going:
        db.session.connection().execute(update(OutboxMail).where(*waiting).values(values), going)
    ended = update(OutboxMail).where(OutboxMail.id.in_(useless), OutboxMail.state == WAITING)
    rows_changed(ended.values(state=GIVEN_UP, message=None, leased_until=None))
