"""Which agents have a person's card open.

The card's page and its poll write this, each agent at most once a minute: a read that writes, on purpose, as `last_seen` of a session
is. Nobody can be warned of what nobody has written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from wizard.models import Account, DeskPresence, db, write

WRITTEN_EVERY = timedelta(minutes=1)
GONE_AFTER = timedelta(minutes=2)
"""An agent whose card has not asked for so long has closed it; more than `WRITTEN_EVERY` and a slow poll."""


@dataclass(frozen=True)
class Present:
    """Another agent who has the card open."""

    agent_id: str
    name: str
    since: datetime


def note(account_id: str, agent_id: str, now: datetime) -> None:
    """Write that the agent has the card open. Opens its own transaction, once a minute."""
    row = db.session.get(DeskPresence, (account_id, agent_id))
    if row is not None and now - row.seen_at < WRITTEN_EVERY:
        return
    try:
        with write() as session:
            mine = session.get(DeskPresence, (account_id, agent_id), populate_existing=True)
            if mine is None:
                session.add(DeskPresence(account_id=account_id, agent_id=agent_id, since=now, seen_at=now))
            else:
                mine.since = now if now - mine.seen_at > GONE_AFTER else mine.since
                mine.seen_at = now
    except IntegrityError:
        return  # the same agent's other window has written it at this moment


def others(account_id: str, agent_id: str, now: datetime) -> list[Present]:
    """The other agents who have this card open now, the first one first."""
    rows = db.session.execute(
        select(DeskPresence, Account)
        .join(Account, Account.id == DeskPresence.agent_id)
        .where(DeskPresence.account_id == account_id, DeskPresence.agent_id != agent_id)
        .where(DeskPresence.seen_at > now - GONE_AFTER)
        .order_by(DeskPresence.since, DeskPresence.agent_id)
    )
    return [Present(account.id, account.name or account.email, row.since) for row, account in rows]
