"""What is bound to an account to prove a second factor; pending until proven."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from wizard.models.base import ID_LENGTH, Base


class Authenticator(Base):
    """One authenticator. Pending while `proven_at` is NULL, and then of the session that began it only.

    `secret` is encrypted under a purpose key. `last_step` is the last accepted time step of a code app: it and older ones are
    refused for ever (RFC 6238, section 5.2; SEC-16). `told_ahead` is a time step of the future whose code was typed and told so: it
    must never become good. `help_code` is what the pages of its phone showed at `help_code_at`: it finds the person of a caller who
    reads it out.
    """

    __tablename__ = "authenticators"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    kind: Mapped[str]
    label: Mapped[str]
    help_code: Mapped[str | None] = mapped_column(index=True)
    help_code_at: Mapped[datetime | None]
    device_id: Mapped[str | None] = mapped_column(ForeignKey("devices.id"), index=True)
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    last_step: Mapped[int | None]
    told_ahead: Mapped[int | None]
    created_at: Mapped[datetime]
    proven_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None]
