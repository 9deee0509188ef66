"""Counters that guard secrets. They live in the database, so that more processes do not mean more tries."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from wizard.models.base import Base


class Throttle(Base):
    """One counter: the tries of one `kind` against one `subject` (a keyed digest, the same for known and unknown names)."""

    __tablename__ = "throttles"

    kind: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime | None]
    window_start: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    fingerprints: Mapped[list[str]] = mapped_column(JSON, default=list)
