"""Approval requests: asks a linked phone to confirm one sign-in, and the signals that wake who waits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from wizard.models.base import ID_LENGTH, Base


class ApprovalRequest(Base):
    """One request of one computer's session. One try, one answer, one claim.

    `shown` holds number and scan token encrypted, for the computer's page only (SEC-13). `answer` is "yes", "wrong" or "not-me";
    writing it decides nothing: the asking session claims it by its next post (SEC-14).
    """

    __tablename__ = "approval_requests"
    __table_args__ = (
        Index(
            "uq_approval_requests_one_open", "account_id", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    purpose: Mapped[str]
    challenge: Mapped[str]
    shown: Mapped[bytes | None] = mapped_column(LargeBinary)
    number_hash: Mapped[str]
    scan_hash: Mapped[str]
    browser: Mapped[str]
    source: Mapped[str]
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_at: Mapped[datetime | None]
    authenticator_id: Mapped[str | None] = mapped_column(ForeignKey("authenticators.id"))
    claimed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None]


class Signal(Base):
    """Something happened to `topic`: read by each process's one poller, which wakes who waits for it. Old rows are swept."""

    __tablename__ = "signals"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    topic: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
