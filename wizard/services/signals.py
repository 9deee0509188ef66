"""Telling that something has happened, to whoever waits in any process.

A signal is a row of the transaction that causes it, so it is never sent for what was rolled back. After the commit its topic is told
by Redis too, where there is one. Losing a signal costs seconds, never safety: who waits looks at the facts again by itself.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from flask import Flask, current_app
from sqlalchemy import delete, event, func, select
from sqlalchemy.orm import Session as OrmSession

from wizard.adapters.wake_ups import WakeUps, wake_ups_for
from wizard.extensions import tools
from wizard.models import Signal, db, write
from wizard.models.database import rows_changed

KEPT = timedelta(minutes=10)
TOPICS = "signalled"


def init_app(app: Flask) -> None:
    app.extensions["perron-wake-ups"] = wake_ups_for(app.extensions["perron"].settings.redis_url)


def wake_ups() -> WakeUps:
    return cast("WakeUps", current_app.extensions["perron-wake-ups"])


def send(topic: str) -> None:
    """Signal `topic`, in the open transaction."""
    session = db.session()
    session.add(Signal(topic=topic, at=tools().clock.now()))
    session.info.setdefault(TOPICS, []).append(topic)


@event.listens_for(db.session, "after_commit")
def _tell(session: OrmSession) -> None:
    topics = session.info.pop(TOPICS, None)
    if topics:
        wake_ups().tell(topics)


@event.listens_for(db.session, "after_rollback")
def _forget(session: OrmSession) -> None:
    session.info.pop(TOPICS, None)


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
