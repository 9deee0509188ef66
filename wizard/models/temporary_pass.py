"""A temporary pass: read out by an agent, used once, in place of the second step."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from wizard.models.base import ID_LENGTH, Base


class TemporaryPass(Base):
    """One pass, stored hashed. It opens a new second step or, in forgotten-password, stands in for it; never the password."""

    __tablename__ = "temporary_passes"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    pass_hash: Mapped[str]
    made_by: Mapped[str]
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None]
