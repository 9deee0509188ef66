"""Telling that something has happened, to whoever waits in any process.

A signal is a row of the transaction that causes it, so it is never sent for what was rolled back. Losing one costs seconds, never
safety: who waits looks at the facts again by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from wizard.extensions import tools
from wizard.models import Signal, db, write
from wizard.models.database import rows_changed

KEPT = timedelta(minutes=10)


def send(topic: str) -> None:
    """Signal `topic`, in the open transaction."""
    db.session.add(Signal(topic=topic, at=tools().clock.now()))


def newest() -> int:
    return db.session.scalar(select(func.max(Signal.id))) or 0


def since(last: int) -> list[tuple[int, str]]:
    """The signals after number `last`, with some looked at again: a transaction that commits late may hold a lower number."""
    rows = db.session.execute(select(Signal.id, Signal.topic).where(Signal.id > last - 50).order_by(Signal.id))
    return [(number, topic) for number, topic in rows]


def sweep(now: datetime) -> None:
    """Remove what nobody waits for any more."""
    with write():
        rows_changed(delete(Signal).where(Signal.at < now - KEPT))
