"""What agents did to an account: with reason and identity check, to be undone for a while, and who looks at whom now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from wizard.models.base import ID_LENGTH, Base


class DeskAct(Base):
    """One act of an agent on one account.

    `checked_how` and `checked_by` say how the caller's identity was checked. `state` is waiting (for a second agent), done, refused,
    undone or run-out. `ended` names what the act has ended (kind and ids of rows), so that undoing revives exactly that until `undo_until`,
    unless something new was bound meanwhile.
    """

    __tablename__ = "desk_acts"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    act: Mapped[str]
    step: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    reason: Mapped[str]
    checked_how: Mapped[str]
    state: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(index=True)
    done_at: Mapped[datetime | None]
    approver_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    approved_at: Mapped[datetime | None]
    ended: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    undo_until: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]


class DeskPresence(Base):
    """An agent has a person's card open. Rows older than a minute or two say nothing any more."""

    __tablename__ = "desk_presence"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    since: Mapped[datetime]
    seen_at: Mapped[datetime]
