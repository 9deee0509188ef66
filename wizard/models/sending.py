"""A sending: the mails that one command wrote together, so that they can be paused together."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from wizard.models.base import ID_LENGTH, Base


class Sending(Base):
    """Invitations or announcements written by one command. While `paused_at` is set none of its waiting mails is due."""

    __tablename__ = "sendings"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    kind: Mapped[str]
    created_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]
    paused_reason: Mapped[str | None]
