"""Recovery codes: ten a set, once each, for when no authenticator can be used."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from wizard.models.base import ID_LENGTH, Base


class RecoveryCodeSet(Base):
    """One set of an account. Until `kept_at` it is only being shown, to the session that made it, and opens nothing.

    `shown` holds the codes encrypted, as long as their page may still be loaded again; keeping or skipping wipes them.
    """

    __tablename__ = "recovery_code_sets"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    shown: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
    kept_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None]


class RecoveryCode(Base):
    """One code of a set, stored as an HMAC over account and code: somebody else's code never opens this account."""

    __tablename__ = "recovery_codes"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    set_id: Mapped[str] = mapped_column(ForeignKey("recovery_code_sets.id"), index=True)
    code_hash: Mapped[str] = mapped_column(unique=True)
    used_at: Mapped[datetime | None]
