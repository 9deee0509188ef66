"""Sessions of browsers and the proofs that were given in them. Rows end by `revoked_at` and `ended_at`; none is deleted here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column

from wizard.models.base import ID_LENGTH, Base


class Session(Base):
    """One browser from its first proof on.

    The cookie's token is stored hashed. `previous_*` remember the token that was replaced last, until when its holder is sent on
    softly, and the fingerprint of the post that replaced it, so that a double press does not lose the person (SEC-35). `visit` is a
    digest of the browser's nonce: one browser has one session. `account_id` is NULL while only an address without an account is
    proven. `is_agent` gives it the shorter life of an agent's session.
    """

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    previous_hash: Mapped[str | None] = mapped_column(index=True)
    previous_until: Mapped[datetime | None]
    previous_post: Mapped[str | None]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str | None]
    visit: Mapped[str] = mapped_column(index=True, default="")
    browser: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")
    shared: Mapped[bool] = mapped_column(default=False)
    is_agent: Mapped[bool] = mapped_column(default=False, server_default=false())


class Proof(Base):
    """One thing that this session has proven: (kind, method, authenticator, target, at). Ends with what it stands on."""

    __tablename__ = "proofs"

    id: Mapped[str] = mapped_column(String(ID_LENGTH), primary_key=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"), index=True)
    account_id: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    kind: Mapped[str]
    method: Mapped[str]
    authenticator_id: Mapped[str | None] = mapped_column(ForeignKey("authenticators.id"), index=True)
    issue_id: Mapped[str | None] = mapped_column(ForeignKey("issues.id"), index=True)
    target: Mapped[str | None]
    purpose: Mapped[str | None]
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
