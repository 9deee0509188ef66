"""An issue: the temporary password and the button of one invitation."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from wizard.models.base import ID_LENGTH, Base


class Issue(Base):
    """Proves user name and password until the first own password, a newer issue or its end, whichever comes first.

    `session_id` is the session that used it last: the issue belongs to that browser.
    """

    __tablename__ = "issues"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    button_hash: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str | None]
    session_id: Mapped[str | None] = mapped_column(ForeignKey("sessions.id"))
    first_used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None]
