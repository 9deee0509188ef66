"""The audit trail: append-only rows, sealed afterwards in id order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm import Mapped, mapped_column

from wizard.models.base import Base


class AuditEvent(Base):
    """What happened, to whom, by whom. `payload` may be erased; `digest` (salted) stays, so that the seal stays verifiable.

    `sealed_order` numbers the chain: a transaction that commits late may hold a lower id than one that is sealed already, and the
    unique number also lets only one of two sealers through.
    """

    __tablename__ = "audit_events"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(index=True)
    account_id: Mapped[str | None] = mapped_column(index=True)
    actor: Mapped[str]
    session_id: Mapped[str | None]
    payload: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    salt: Mapped[str | None]
    digest: Mapped[str]
    seal: Mapped[str | None]
    sealed_order: Mapped[int | None] = mapped_column(unique=True)

    @property
    def told(self) -> dict[str, Any]:
        """The payload; empty where there is none or it was erased."""
        return self.payload or {}
