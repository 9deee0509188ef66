"""What posts to steps led to: for the helpdesk and for figures. Holds reasons, never what was typed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from wizard.models.base import Base


class Outcome(Base):
    """One post's outcome: `done`, `refused` (with its reason) or `undone`. `help_code` finds the browser of somebody who calls.

    The index on the time names the account too: the helpdesk's queue passes over the rows of those who have arrived without reading them.
    """

    __tablename__ = "outcomes"
    __table_args__ = (Index("ix_outcomes_at_account_id", "at", "account_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    journey: Mapped[str]
    step: Mapped[str]
    result: Mapped[str]
    reason: Mapped[str | None]
    account_id: Mapped[str | None] = mapped_column(index=True)
    session_id: Mapped[str | None]
    subject: Mapped[str | None]
    help_code: Mapped[str] = mapped_column(index=True)
