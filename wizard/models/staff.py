"""Staff: which accounts are agents of the helpdesk, with which role and for whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from wizard.models.base import Base


class StaffMember(Base):
    """An agent. `role` is view, assist, reset, approve or supervise, each with the rights of those before it.

    `organisation_id`, `country` and `language` narrow whom the agent sees; NULL: no matter which.
    """

    __tablename__ = "staff"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    role: Mapped[str]
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))
    country: Mapped[str | None]
    language: Mapped[str | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
